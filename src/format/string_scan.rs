//! Finds where each text of the string table begins.

use std::ops::Range;

use rayon::prelude::*;

use super::cursor::Cursor;
use super::meter::Meter;
use super::{Error, Result, Source, StringTable, Warning};

/// The string table's places.
#[derive(Debug, Default)]
pub(super) struct StringScan {
    /// Behind the opening quote of each text.
    pub starts: Vec<u64>,
    /// A bit for each text with a backslash.
    pub escaped: Vec<u64>,
    /// Behind the closing quote of the last text.
    pub end: usize,
}

/// Texts between two looks at the cancel flag.
const TICK: usize = 1 << 14;

/// Bytes of a table that is worth being read in pieces.
const LARGE: usize = 1 << 20;

/// Bytes of a piece: its quotes and texts stay in the cache from step to step.
const PIECE: usize = 1 << 18;

impl StringScan {
    /// Reads the string table that `cursor` stands before, and moves behind it. After an
    /// error it has the texts that are whole.
    pub(super) fn read(&mut self, cursor: &mut Cursor, meter: Meter) -> Result<()> {
        self.read_in(cursor, meter, LARGE, PIECE)
    }

    /// The same; a table with `large` bytes behind its start or more is read in pieces of
    /// `piece` bytes.
    pub(super) fn read_in(
        &mut self,
        cursor: &mut Cursor,
        meter: Meter,
        large: usize,
        piece: usize,
    ) -> Result<()> {
        cursor.expect(b'[', "an array of texts")?;
        cursor.skip_blanks();
        if cursor.peek() == Some(b']') {
            cursor.at += 1;
            return Ok(());
        }
        let mut counted = cursor.at;
        if cursor.peek() == Some(b'"') && cursor.text.len() - cursor.at >= large {
            self.read_pieces(cursor.text, cursor.at, piece, &mut counted, meter)?;
        }
        // The rest, or all of a small table, text by text.
        loop {
            if self.starts.is_empty() {
                self.read_one(cursor)?;
            } else {
                cursor.at = self.end;
                if cursor.peek() != Some(b',') {
                    cursor.skip_blanks();
                }
                match cursor.peek() {
                    Some(b',') => cursor.at += 1,
                    Some(b']') => break,
                    _ => return Err(cursor.error("a comma, or the end of the array")),
                }
                self.read_one(cursor)?;
            }
            if self.starts.len().is_multiple_of(TICK) {
                meter.advance(cursor.at.saturating_sub(counted))?;
                counted = counted.max(cursor.at);
            }
        }
        cursor.at += 1;
        meter.advance(cursor.at.saturating_sub(counted))?;
        if self.len() >= u32::MAX as usize {
            return Err(Error::Inconsistent(format!(
                "the string table has {} texts; more than 4,294,967,294 cannot be opened",
                self.len()
            )));
        }
        Ok(())
    }

    #[inline]
    fn read_one(&mut self, cursor: &mut Cursor) -> Result<()> {
        cursor.expect(b'"', "a text")?;
        let start = cursor.at;
        let is_escaped = skip_text(cursor)?;
        self.push(start, is_escaped, cursor.at);
        Ok(())
    }

    #[inline]
    fn push(&mut self, start: usize, is_escaped: bool, end: usize) {
        let row = self.starts.len();
        if row.is_multiple_of(64) {
            self.escaped.push(0);
        }
        self.escaped[row / 64] |= u64::from(is_escaped) << (row % 64); // pushed with the first row of 64
        self.starts.push(start as u64);
        self.end = end;
    }

    /// Number of texts.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The table, for the text that was read.
    pub(super) fn into_table(mut self, source: Source) -> StringTable {
        self.starts.push(self.end as u64 + 1);
        self.starts.shrink_to_fit();
        StringTable::new(source, self.starts, self.escaped)
    }

    /// Warns where texts are no UTF-8: what is wrong in them is shown as U+FFFD.
    pub(super) fn check_utf8(&self, text: &[u8], meter: Meter, warnings: &mut Vec<Warning>) -> Result<()> {
        // Between two texts stand only quotes, commas and blanks, so whole runs can be checked.
        let bytes_of = |rows: Range<usize>| {
            let end = self.starts.get(rows.end).map_or(self.end, |&start| start as usize);
            &text[self.starts[rows.start] as usize..end] // `rows` are not empty and exist
        };
        let is_broken = |rows: Range<usize>| {
            let bytes = bytes_of(rows);
            !bytes.is_ascii() && std::str::from_utf8(bytes).is_err()
        };
        let runs = self.len().div_ceil(TICK);
        let broken = (0..runs).into_par_iter().map(|run| {
            meter.check()?;
            let rows = run * TICK..((run + 1) * TICK).min(self.len());
            let is_sound = !is_broken(rows.clone());
            Ok(if is_sound { 0 } else { rows.filter(|&row| is_broken(row..row + 1)).count() })
        });
        let count: usize = broken.sum::<Result<usize>>()?;
        if count > 0 {
            warnings.push(Warning(format!(
                "{count} texts are not valid UTF-8; U+FFFD is shown for what is wrong"
            )));
        }
        Ok(())
    }
}

/// Moves from behind an opening quote to behind the closing one. Whether there were escapes.
#[inline]
fn skip_text(cursor: &mut Cursor) -> Result<bool> {
    let mut escaped = false;
    loop {
        let rest = cursor.text.get(cursor.at..).unwrap_or_default();
        let Some(found) = memchr::memchr3(b'"', b'\\', 0, rest) else {
            return Err(cursor.truncated());
        };
        cursor.at += found;
        match rest[found] {
            b'"' => {
                cursor.at += 1;
                return Ok(escaped);
            }
            b'\\' => {
                let Some(length) = escape_length(&rest[found..]) else {
                    let is_cut = rest.len() - found < LONGEST_ESCAPE && !rest[found..].contains(&b'"');
                    return Err(if is_cut { cursor.truncated() } else { cursor.error("an escape of JSON") });
                };
                cursor.at += length;
                escaped = true;
            }
            _ => return Err(cursor.error("a character of a text")),
        }
    }
}

/// Bytes of `\u0000`.
const LONGEST_ESCAPE: usize = 6;

/// Length of the escape that `text` begins with, if it is one.
pub(super) fn escape_length(text: &[u8]) -> Option<usize> {
    match text.get(1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => text.get(2..LONGEST_ESCAPE)?.iter().all(u8::is_ascii_hexdigit).then_some(LONGEST_ESCAPE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::StringScan;
    use crate::format::cursor::Cursor;
    use crate::format::meter::Meter;
    use crate::format::{Source, StringIndex};
    use crate::util::Progress;

    fn texts(json: &str) -> Vec<String> {
        let progress = Progress::new();
        let mut scan = StringScan::default();
        let mut cursor = Cursor::new(json.as_bytes(), 0, "strings");
        let _ = scan.read(&mut cursor, Meter { progress: &progress, counts: true });
        let table = scan.into_table(Source::from_bytes(json.into()));
        (0..table.len()).map(|row| table.get(StringIndex(row)).into_owned()).collect()
    }

    #[test]
    fn texts_are_found_whatever_they_hold() {
        assert_eq!(texts(r#"["a","","\\",  "]\"" ,"\u0041b"]"#), ["a", "", "\\", "]\"", "Ab"]);
        assert_eq!(texts("[ ]"), [""; 0]);
    }

    #[test]
    fn where_the_file_is_cut_off_the_whole_texts_stay() {
        assert_eq!(texts(r#"["a","b"#), ["a"]);
        assert_eq!(texts(r#"["a","b\""#), ["a"]);
        assert_eq!(texts(r#"["a","b""#), ["a", "b"]);
        assert_eq!(texts(r#"["a","b", "#), ["a", "b"]);
        assert_eq!(texts(r#"["a","b\u00"#), ["a"]);
    }
}
