//! The string table: offsets into the file's bytes; a text is decoded when somebody looks.

use std::borrow::Cow;
use std::io;
use std::ops::Range;

use super::{Change, Source};
use crate::util::{Column, Loader, Stored as _, Storer};

/// Row of the string table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StringIndex(pub u32);

/// All texts of a snapshot, left in the file.
#[derive(Debug)]
pub struct StringTable {
    source: Source,
    /// Offset in the snapshot of the first byte of `source`.
    base: u64,
    /// Offset of the first byte behind the opening quote; one more entry stands for
    /// the end, as if another text's quote were right behind the last text's.
    starts: Column<u64>,
    /// A bit for each text that holds a backslash and so must be unescaped.
    escaped: Column<u64>,
}

impl StringTable {
    /// `starts` has one entry more than there are texts.
    pub(super) fn new(source: Source, starts: Vec<u64>, escaped: Vec<u64>) -> Self {
        Self { source, base: 0, starts: starts.into(), escaped: escaped.into() }
    }

    /// Stores the offsets; with `embed_texts` the texts as well, with `embed_all` within all of
    /// the snapshot.
    pub fn store(&self, out: &mut Storer, embed_texts: bool, embed_all: bool) -> io::Result<()> {
        self.starts.store(out)?;
        self.escaped.store(out)?;
        let (base, texts) = match (embed_texts, embed_all) {
            (false, _) => (self.base, [].as_slice()),
            (true, false) => self.texts(),
            (true, true) => (self.base, self.source.bytes()),
        };
        out.number(base);
        out.column(texts)
    }

    /// What [`Self::store`] wrote. `source` is the snapshot's text; `None` where the texts were
    /// stored along.
    pub fn load(from: &mut Loader, source: Option<Source>) -> Option<Self> {
        let (starts, escaped) = (Column::load(from)?, Column::load(from)?);
        let base = from.number()?;
        let texts = from.column_range()?;
        let source = source.unwrap_or_else(|| Source::part_of(from.map().clone(), texts));
        (!starts.is_empty()).then_some(Self { source, base, starts, escaped })
    }

    /// Appends what [`Self::store`] writes, in the words of [`Stored::shape`](crate::util::Stored::shape).
    pub fn shape(out: &mut String) {
        Column::<u64>::shape(out);
        Column::<u64>::shape(out);
        out.push_str("base,texts");
    }

    /// The part of the snapshot that holds the texts, and the offset of its beginning.
    fn texts(&self) -> (u64, &[u8]) {
        let bytes = self.source.bytes();
        let place = |start: u64| (start.saturating_sub(self.base) as usize).min(bytes.len());
        let (first, last) = (place(self.starts[0]), place(self.starts[self.starts.len() - 1])); // never empty
        (self.base + first as u64, bytes.get(first..last).unwrap_or_default())
    }

    /// Whether the rows can be counted in 32 bits; where each begins is checked when it is read.
    pub fn is_sound(&self) -> bool {
        u32::try_from(self.starts.len()).is_ok() && self.escaped.len() == (self.starts.len() - 1).div_ceil(64)
    }

    /// What has become of the file that the texts are read from, if anything. Asks the system.
    pub fn change(&self) -> Option<Change> {
        self.source.change()
    }

    /// The whole text of the snapshot.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// Number of texts.
    pub fn len(&self) -> u32 {
        (self.starts.len() - 1) as u32 // as many as fit into u32, checked when reading
    }

    /// Whether there are no texts.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes between the quotes, as written (JSON escapes included).
    /// `None` when the table has no such row.
    pub fn raw(&self, index: StringIndex) -> Option<&[u8]> {
        let row = index.0 as usize;
        let (start, next) = (self.starts.get(row)?, self.starts.get(row + 1)?);
        let (start, next) = (start.checked_sub(self.base)?, next.checked_sub(self.base)?);
        // Behind the text: its quote, then blanks, a comma, and the next one's quote.
        let text = self.source.bytes().get(start as usize..(next as usize).checked_sub(1)?)?;
        let end = memchr::memrchr(b'"', text)?;
        Some(&text[..end])
    }

    /// The bytes of neighbouring rows as the file has them, with the quotes, commas and blanks
    /// between them, from the first one's first byte on.
    pub fn region(&self, rows: Range<u32>) -> &[u8] {
        let bytes = self.source.bytes();
        let place = |row: u32| {
            let start = self.starts.get(row as usize)?.checked_sub(self.base)?;
            Some((start as usize).min(bytes.len())) // the end stands where another text would begin
        };
        let span = place(rows.start).zip(place(rows.end)).map(|(start, end)| start..end);
        span.and_then(|span| bytes.get(span)).unwrap_or_default()
    }

    /// The row at a place of the [`Self::region`] of `rows`, and where that row ends there: the
    /// place of the next one. `None` when no row of `rows` is there.
    pub fn row_at(&self, rows: Range<u32>, place: usize) -> Option<(StringIndex, usize)> {
        let starts = self.starts.get(rows.start as usize..=rows.end as usize)?;
        let first = *starts.first()?;
        let behind = starts.partition_point(|&start| start - first <= place as u64); // they ascend
        let row = rows.start + behind.checked_sub(1)? as u32;
        Some((StringIndex(row), (*starts.get(behind)? - first) as usize))
    }

    /// The rows among `rows` that are written with escapes, ascending.
    pub fn escaped_rows(&self, rows: Range<u32>) -> impl Iterator<Item = StringIndex> + '_ {
        let words = rows.start / 64..rows.end.div_ceil(64);
        let bits = words.flat_map(move |word| {
            let mut bits = self.escaped.get(word as usize).copied().unwrap_or(0);
            std::iter::from_fn(move || {
                let bit = (bits != 0).then(|| bits.trailing_zeros())?;
                bits &= bits - 1;
                Some(word * 64 + bit)
            })
        });
        bits.filter(move |row| rows.contains(row)).map(StringIndex)
    }

    /// Whether the text of a row is written with escapes.
    pub fn is_escaped(&self, index: StringIndex) -> bool {
        let row = index.0 as usize;
        self.escaped.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// The text of a row. Lone surrogates and broken UTF-8 become U+FFFD; a row
    /// that does not exist gives a placeholder.
    pub fn get(&self, index: StringIndex) -> Cow<'_, str> {
        match self.raw(index) {
            None => Cow::Owned(format!("(missing string {})", index.0)),
            Some(raw) if self.is_escaped(index) => Cow::Owned(unescape(raw)),
            Some(raw) => String::from_utf8_lossy(raw),
        }
    }

    /// The start of the text of a row, of about `max_bytes` bytes as written, without
    /// decoding the rest: a text may have megabytes. `None` when it is no longer than that.
    pub fn prefix(&self, index: StringIndex, max_bytes: usize) -> Option<String> {
        const LONGEST_ESCAPE: usize = 12; // a pair of surrogates
        let raw = self.raw(index)?;
        if raw.len() <= max_bytes {
            return None;
        }
        let mut cut = &raw[..max_bytes];
        if !self.is_escaped(index) {
            return Some(String::from_utf8_lossy(cut).into_owned());
        }
        let tail = max_bytes.saturating_sub(LONGEST_ESCAPE);
        if let Some(escape) = memchr::memrchr(b'\\', &cut[tail..]) {
            cut = &cut[..tail + escape];
        }
        Some(unescape(cut))
    }

    /// Whether a row has this text.
    pub fn is(&self, index: StringIndex, text: &str) -> bool {
        match self.raw(index) {
            Some(raw) if !self.is_escaped(index) => raw == text.as_bytes(),
            Some(_) => self.get(index) == text,
            None => false,
        }
    }

    /// All rows that have this text, ascending. V8 has each text once; other
    /// writers may repeat it.
    pub fn find(&self, text: &str) -> Vec<StringIndex> {
        use rayon::prelude::*;
        (0..self.len()).into_par_iter().map(StringIndex).filter(|&index| self.is(index, text)).collect()
    }
}

/// Resolves JSON escapes. Surrogate pairs are joined, lone ones become U+FFFD.
/// What is no valid escape is kept as it stands (reading refuses such files).
pub(super) fn unescape(raw: &[u8]) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        text.push_str(&String::from_utf8_lossy(&rest[..at]));
        let (character, used) = unescape_one(&rest[at..]);
        text.push(character);
        rest = &rest[at + used..];
    }
    text.push_str(&String::from_utf8_lossy(rest));
    text
}

/// The character that an escape at the start of `raw` stands for, and its length in bytes.
pub(crate) fn unescape_one(raw: &[u8]) -> (char, usize) {
    match raw.get(1) {
        Some(b'n') => ('\n', 2),
        Some(b't') => ('\t', 2),
        Some(b'r') => ('\r', 2),
        Some(b'b') => ('\u{8}', 2),
        Some(b'f') => ('\u{c}', 2),
        Some(&c @ (b'"' | b'\\' | b'/')) => (char::from(c), 2),
        Some(b'u') => unescape_unicode(raw),
        _ => ('\\', 1),
    }
}

/// The character of a `\uXXXX` at the start of `raw`, joined with a following low surrogate.
fn unescape_unicode(raw: &[u8]) -> (char, usize) {
    let Some(first) = hex_unit(&raw[2..]) else {
        return ('\\', 1);
    };
    if (0xD800..0xDC00).contains(&first)
        && raw.get(6..8) == Some(b"\\u")
        && let Some(second @ 0xDC00..0xE000) = hex_unit(&raw[8..])
    {
        let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return (char::from_u32(code).unwrap_or('\u{FFFD}'), 12);
    }
    (char::from_u32(first).unwrap_or('\u{FFFD}'), 6)
}

/// Four hexadecimal digits at the start of `raw`.
fn hex_unit(raw: &[u8]) -> Option<u32> {
    raw.get(..4)?.iter().try_fold(0, |unit, &digit| Some(unit * 16 + char::from(digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn escapes_become_their_characters() {
        assert_eq!(unescape(br#"a\n\"\\\/\u0041\uD83D\uDE00."#), "a\n\"\\/A😀.");
        assert_eq!(unescape(br"\uD83D-\uDE00"), "\u{FFFD}-\u{FFFD}");
        assert_eq!(unescape(br"\ud83d\u0041"), "\u{FFFD}A");
    }
}
