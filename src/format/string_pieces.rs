//! Finds the texts of a large string table in many pieces at once.
//!
//! Whether a quote opens a text or closes one depends on all quotes before it. So the
//! work has three steps, done for a wave of pieces at a time: each piece notes its quotes,
//! leaving out those that a backslash escapes; a short pass from piece to piece tells
//! which of them open a text (as simdjson's first stage carries it from block to block);
//! then each piece writes down its texts, and looks at what stands between them.
//!
//! Nothing is reported here. Whatever is odd, or the table's end, stops the work: the one
//! who reads text by text goes on behind the last sound one, and knows what to say.

use std::ops::Range;

use rayon::prelude::*;

use super::Result;
use super::cursor::Cursor;
use super::meter::Meter;
use super::string_scan::{StringScan, escape_length};

/// Pieces of a wave, for each thread: enough that threads hardly wait for each other.
const WAVE: usize = 32;

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// Quotes of a piece are told by 31 bits. Longer ones do not occur but in a text of
/// gigabytes of backslashes.
const LONGEST_PIECE: usize = 1 << 31;

impl StringScan {
    /// Notes the texts from `start` on, where a text begins, in pieces of `piece` bytes, up to
    /// the first oddity or the end of the table. Where that is, [`StringScan::end`] tells.
    /// `counted` is how far bytes have been counted as done.
    pub(super) fn read_pieces(
        &mut self,
        text: &[u8],
        start: usize,
        piece: usize,
        counted: &mut usize,
        meter: Meter,
    ) -> Result<()> {
        let mut before = Before { last_quote: None, is_inside: false, is_escaped: false };
        let mut start = start;
        while start < text.len() {
            meter.check()?;
            let cuts = cuts(text, start, piece, WAVE * rayon::current_num_threads());
            let pieces: Vec<Piece> =
                cuts.par_windows(2).map(|cut| Piece::find(text, cut[0]..cut[1])).collect();
            let is_whole = self.add(text, &pieces, &mut before);
            start = *cuts.last().unwrap_or(&text.len()); // there are two cuts at least
            if !is_whole {
                break;
            }
            meter.advance(start - *counted)?;
            *counted = start;
        }
        Ok(())
    }

    /// Adds the texts of a wave. False when there was something odd among them.
    fn add(&mut self, text: &[u8], pieces: &[Piece], before: &mut Before) -> bool {
        let mut is_whole = true;
        let mut places = Vec::with_capacity(pieces.len());
        let mut new_rows = 0;
        for piece in pieces {
            // As many as have their closing quote here.
            let quotes = piece.quotes.len();
            let rows = if before.is_inside { quotes.div_ceil(2) } else { quotes / 2 };
            places.push((piece, before.clone(), rows));
            new_rows += rows;
            before.pass(piece);
            if piece.is_odd {
                is_whole = false;
                break;
            }
        }
        let first_row = self.starts.len();
        self.starts.resize(first_row + new_rows, 0);
        let mut free = &mut self.starts[first_row..];
        let tasks: Vec<_> = places
            .into_iter()
            .map(|(piece, before, rows)| {
                let (own, rest) = std::mem::take(&mut free).split_at_mut(rows);
                free = rest;
                (piece, before, own)
            })
            .collect();
        let noted: Vec<(Noted, usize)> = tasks
            .into_par_iter()
            .map(|(piece, before, starts)| (piece.note(text, before, starts), starts.len()))
            .collect();

        let mut row = first_row;
        for (noted, rows) in noted {
            self.mark_escaped(row, &noted.escaped);
            row += noted.rows;
            self.end = noted.end.unwrap_or(self.end);
            if noted.rows < rows || noted.is_odd {
                is_whole = false;
                break;
            }
        }
        self.starts.truncate(row);
        self.escaped.resize(row.div_ceil(64), 0);
        is_whole
    }

    fn mark_escaped(&mut self, first_row: usize, rows: &[u32]) {
        if let Some(&last) = rows.last() {
            let words = (first_row + last as usize) / 64 + 1;
            self.escaped.resize(words.max(self.escaped.len()), 0);
        }
        for &row in rows {
            let row = first_row + row as usize;
            self.escaped[row / 64] |= 1 << (row % 64); // as long as the last one needs it
        }
    }
}

/// Where a wave of pieces begins and ends: never behind a backslash, so that no piece begins
/// within an escape of two bytes. (Hexadecimal digits of a longer one do no harm.)
fn cuts(text: &[u8], start: usize, piece: usize, pieces: usize) -> Vec<usize> {
    let mut cuts = vec![start];
    let mut last = start;
    while last < text.len() && cuts.len() <= pieces {
        last = (last + piece).min(text.len());
        // A cut behind a backslash moves on, behind the first byte that is none.
        let backslashes = text[last - 1..].iter().take_while(|&&byte| byte == b'\\').count();
        last = (last + backslashes).min(text.len());
        cuts.push(last);
    }
    cuts
}

/// What is known where a piece begins.
#[derive(Clone)]
struct Before {
    /// Offset of the last quote, if there was one since the beginning.
    last_quote: Option<usize>,
    /// Whether that one opened a text.
    is_inside: bool,
    /// Whether there has been a backslash since.
    is_escaped: bool,
}

impl Before {
    /// Goes on to the piece behind `piece`.
    fn pass(&mut self, piece: &Piece) {
        if let Some(&last) = piece.quotes.last() {
            self.last_quote = Some(piece.start + (last >> 1) as usize);
            self.is_escaped = false;
        }
        self.is_inside ^= piece.quotes.len() % 2 == 1;
        self.is_escaped |= piece.ends_escaped;
    }
}

/// The quotes of a piece.
struct Piece {
    /// Offset of the first byte.
    start: usize,
    /// Bytes from the start, times 2; plus 1 where a backslash stands between the
    /// quote before (or the start) and this one.
    quotes: Vec<u32>,
    /// Whether there is a backslash behind the last quote.
    ends_escaped: bool,
    /// Whether something stands behind the last quote that is not allowed in a text.
    is_odd: bool,
}

impl Piece {
    fn find(text: &[u8], range: Range<usize>) -> Self {
        let bytes = &text[range.clone()];
        let mut piece = Self { start: range.start, quotes: Vec::new(), ends_escaped: false, is_odd: false };
        if bytes.len() >= LONGEST_PIECE {
            piece.is_odd = true;
            return piece;
        }
        piece.quotes.reserve(bytes.len() / 8);
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        let mut last_block = [b' '; BLOCK]; // blanks do not count
        last_block[..rest.len()].copy_from_slice(rest);
        let mut behind_escape = 0;
        for (number, block) in blocks.iter().chain([&last_block]).enumerate() {
            let start = number * BLOCK;
            let mut marks = bits(block, |byte| byte == b'"');
            let is_other = |byte| byte == b'\\' || byte == 0;
            // Most blocks have nothing but quotes: one answer for all bytes is cheap. (Bytes, as no
            // vector instructions are made for a `bool`: measured, five times slower.)
            if block.iter().fold(0, |any, &byte| any | u8::from(is_other(byte))) != 0 {
                marks |= bits(block, is_other);
            }
            while marks != 0 {
                let at = start + marks.trailing_zeros() as usize;
                marks &= marks - 1;
                if at < behind_escape {
                    continue;
                }
                match bytes[at] {
                    b'"' => {
                        piece.quotes.push((at as u32) << 1 | u32::from(piece.ends_escaped));
                        piece.ends_escaped = false;
                    }
                    b'\\' if let Some(length) = escape_length(&text[range.start + at..]) => {
                        behind_escape = at + length;
                        piece.ends_escaped = true;
                    }
                    _ => {
                        piece.is_odd = true;
                        return piece;
                    }
                }
            }
        }
        piece
    }

    /// Writes the starts of the texts that end in this piece to `starts`, which has room for
    /// just as many.
    fn note(&self, text: &[u8], before: Before, starts: &mut [u64]) -> Noted {
        let mut noted = Noted::default();
        let Before { mut last_quote, mut is_inside, is_escaped } = before;
        let mut carried = is_escaped; // belongs to the first quote only
        for &quote in &self.quotes {
            let at = self.start + (quote >> 1) as usize;
            let has_escape = (quote & 1 == 1) | std::mem::take(&mut carried);
            if is_inside {
                if has_escape {
                    noted.escaped.push(noted.rows as u32); // fewer than the piece has bytes
                }
                starts[noted.rows] = last_quote.map_or(0, |open| open as u64 + 1); // a text is open
                noted.rows += 1;
                noted.end = Some(at + 1);
            } else if last_quote.is_some_and(|close| has_escape || !separates(text, close + 1..at)) {
                noted.is_odd = true;
                break;
            }
            is_inside = !is_inside;
            last_quote = Some(at);
        }
        noted
    }
}

/// A bit for each byte of a block that `is` something.
#[inline]
fn bits(block: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u64 {
    let mut found = [0; BLOCK];
    for (found, &byte) in found.iter_mut().zip(block) {
        *found = u8::from(is(byte)); // one vector instruction for many
    }
    // The multiplication moves the lowest bits of eight bytes side by side, to the top.
    let eights = found.as_chunks::<8>().0.iter().enumerate();
    eights.fold(0, |bits, (number, eight)| {
        bits | (u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * number)
    })
}

/// What came of a piece.
#[derive(Default)]
struct Noted {
    /// Texts before anything odd.
    rows: usize,
    /// Those of them that have escapes.
    escaped: Vec<u32>,
    /// Behind the closing quote of the last one.
    end: Option<usize>,
    /// Whether something odd stands between two texts.
    is_odd: bool,
}

/// Whether what stands between two texts is a comma, perhaps among blanks.
#[inline]
fn separates(text: &[u8], between: Range<usize>) -> bool {
    match &text[between.clone()] {
        b",\n" | b"," => true, // as V8 writes it; as most others do
        _ => {
            let mut cursor = Cursor::new(&text[..between.end], between.start, "");
            cursor.expect(b',', "").is_ok_and(|()| {
                cursor.skip_blanks();
                cursor.at == between.end
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::StringScan;
    use crate::format::cursor::Cursor;
    use crate::format::meter::Meter;
    use crate::util::Progress;

    /// What is read of `json` in pieces of so many bytes, or text by text: each text's place,
    /// whether it has escapes, and what is said.
    fn scan(json: &[u8], piece: Option<usize>) -> (Vec<u64>, Vec<u64>, usize, usize, String) {
        let progress = Progress::new();
        let mut scan = StringScan::default();
        let mut cursor = Cursor::new(json, 0, "strings");
        let meter = Meter { progress: &progress, counts: true };
        let large = piece.map_or(usize::MAX, |_| 0);
        let result = scan.read_in(&mut cursor, meter, large, piece.unwrap_or(1));
        (scan.starts, scan.escaped, scan.end, cursor.at, format!("{result:?}"))
    }

    fn assert_alike(json: &[u8], piece: usize) {
        let (one, many) = (scan(json, None), scan(json, Some(piece)));
        // No `assert_eq` of the rows, as that may print megabytes.
        assert_eq!((one.0.len(), one.2, one.3, &one.4), (many.0.len(), many.2, many.3, &many.4));
        assert!(one == many, "{} texts: {}", one.0.len(), one.4);
    }

    /// Parts of texts, of what stands between them, and of what is odd.
    fn part() -> impl Strategy<Value = &'static str> {
        prop_oneof![
            5 => prop::sample::select(vec![
                "\",\n\"", "\",\"", "\" ,\t\"", "\\\"", "\\\\", "\\\\\\\\", "\\u00e9", "\\n", "a", "é",
                "name of something", "\",\n\"\",\n\"",
            ]),
            1 => prop::sample::select(vec!["\"", "\\", "\\u00", "\\x", ",", " ", "]", "\0"]),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 4000 }))]
        #[test]
        fn pieces_give_what_reading_one_by_one_gives(
            parts in prop::collection::vec(part(), 0..40),
            piece in prop_oneof![1usize..9, 60usize..70],
            ends in any::<bool>(),
        ) {
            let (parts, end) = (parts.concat(), if ends { "\"]}" } else { "" });
            assert_alike(format!("[\"{parts}{end}").as_bytes(), piece);
        }
    }

    #[test]
    fn backslashes_at_every_cut_are_told_apart() {
        const PIECE: usize = 100;
        for count in (1..9).chain([PIECE, PIECE + 1, 3 * PIECE]) {
            for fill in 0..PIECE + 9 {
                let json = format!("[\"{}{}\",\"a\",\"b\"]", "x".repeat(fill), "\\".repeat(count));
                assert_alike(json.as_bytes(), PIECE);
                let cut_off = json.len() - "\",\"a\",\"b\"]".len();
                assert_alike(&json.as_bytes()[..cut_off], PIECE);
            }
        }
    }

    #[test]
    fn many_waves_of_texts_of_all_lengths_are_found() {
        let mut json = b"[".to_vec();
        for row in 0..400_000 {
            let comma: &[u8] = if row == 0 { b"" } else { b",\n" };
            let length = if row % 50_000 == 1 { 700_000 } else { row % 40 };
            json.extend_from_slice(&[comma, b"\"", &b"y".repeat(length)].concat());
            json.extend_from_slice(if row % 7 == 0 { b"\\n\\\"\"" } else { b"\"" });
        }
        json.extend_from_slice(b"],\"more\":[\"a\",\"b\"]}");
        assert_alike(&json, 1 << 16);

        // Nothing is left to the one who reads text by text but the end.
        let (progress, mut alone) = (Progress::new(), StringScan::default());
        let meter = Meter { progress: &progress, counts: true };
        alone.read_pieces(&json, 1, 1 << 16, &mut 1, meter).unwrap();
        assert_eq!(alone.len(), 400_000);
    }
}
