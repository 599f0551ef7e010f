//! Texts as JavaScript measures and compares them: sequences of UTF-16 units.
//!
//! A text is kept as bytes: each UTF-16 unit encoded on its own, the way UTF-8
//! encodes a character of that number (known as CESU-8; lone surrogates are
//! allowed). ASCII texts, nearly all of a snapshot's, are then the file's own
//! bytes. Comparing bytes is comparing units, which plain UTF-8 does not give
//! above U+FFFF, and joining two texts joins their units.

use std::borrow::Cow;

use crate::format::{StringIndex, StringTable};

/// A text of the string table. Borrowed from the file unless it must be decoded.
pub(super) fn text(strings: &StringTable, index: StringIndex) -> Cow<'_, [u8]> {
    let Some(raw) = strings.raw(index) else {
        return Cow::Owned(strings.get(index).into_owned().into_bytes()); // an ASCII placeholder
    };
    if strings.is_escaped(index) { Cow::Owned(unescape(raw)) } else { plain(raw) }
}

/// At least `length` bytes of a text, or all it has: for long texts of which little is needed.
pub(super) fn beginning(strings: &StringTable, index: StringIndex, length: usize) -> Cow<'_, [u8]> {
    // Of what the file has for a byte of text at most, an escape, and as much again for one that is cut.
    const LONGEST: usize = 6;
    let Some(raw) = strings.raw(index) else { return text(strings, index) };
    let is_escaped = strings.is_escaped(index);
    let wanted = &raw[..raw.len().min(length)];
    if !is_escaped && wanted.is_ascii() {
        return Cow::Borrowed(wanted);
    }
    let enough = &raw[..raw.len().min(length.saturating_add(2).saturating_mul(LONGEST))];
    if is_escaped { Cow::Owned(unescape(enough)) } else { plain(enough) }
}

/// Bytes without escapes. Broken UTF-8 becomes U+FFFD.
fn plain(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.is_ascii() {
        return Cow::Borrowed(raw);
    }
    let is_above_ffff = |&byte: &u8| byte >= 0xF0; // such bytes start sequences of four
    match std::str::from_utf8(raw) {
        Ok(_) if !raw.iter().any(is_above_ffff) => Cow::Borrowed(raw),
        Ok(text) => Cow::Owned(encode(text)),
        Err(_) => Cow::Owned(encode(&String::from_utf8_lossy(raw))),
    }
}

/// A Rust text in this encoding.
pub(super) fn encode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    if text.is_ascii() {
        bytes.extend_from_slice(text.as_bytes());
    } else {
        text.encode_utf16().for_each(|unit| push_unit(&mut bytes, unit));
    }
    bytes
}

/// Appends one UTF-16 unit.
pub(super) fn push_unit(bytes: &mut Vec<u8>, unit: u16) {
    match unit {
        0..=0x7F => bytes.push(unit as u8),
        0x80..=0x7FF => bytes.extend([0xC0 | (unit >> 6) as u8, 0x80 | (unit & 0x3F) as u8]),
        _ => bytes.extend([
            0xE0 | (unit >> 12) as u8,
            0x80 | (unit >> 6 & 0x3F) as u8,
            0x80 | (unit & 0x3F) as u8,
        ]),
    }
}

/// Resolves JSON escapes. What is no valid escape is kept as it stands.
fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        bytes.extend_from_slice(&plain(&rest[..at]));
        let (unit, used) = unescape_one(&rest[at..]);
        push_unit(&mut bytes, unit);
        rest = &rest[at + used..];
    }
    bytes.extend_from_slice(&plain(rest));
    bytes
}

/// The unit that an escape at the start of `raw` stands for, and its length in bytes.
fn unescape_one(raw: &[u8]) -> (u16, usize) {
    let short = |character: u8| (u16::from(character), 2);
    match raw.get(1) {
        Some(b'n') => short(b'\n'),
        Some(b't') => short(b'\t'),
        Some(b'r') => short(b'\r'),
        Some(b'b') => short(8),
        Some(b'f') => short(0xC),
        Some(&c @ (b'"' | b'\\' | b'/')) => short(c),
        Some(b'u') => hex_unit(&raw[2..]).map_or((u16::from(b'\\'), 1), |unit| (unit, 6)),
        _ => (u16::from(b'\\'), 1),
    }
}

/// Four hexadecimal digits at the start of `raw`.
fn hex_unit(raw: &[u8]) -> Option<u16> {
    raw.get(..4)?.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)? as u16))
}

/// Length in UTF-16 units.
pub(super) fn unit_count(bytes: &[u8]) -> usize {
    let is_continuation = |byte: u8| byte & 0xC0 == 0x80;
    bytes.iter().filter(|&&byte| !is_continuation(byte)).count()
}

/// The units of a text.
pub(super) fn units(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let lead = u16::from(*bytes.get(at)?);
        let tail = |i: usize| bytes.get(at + i).map_or(0, |&byte| u16::from(byte & 0x3F));
        let (unit, length) = match lead {
            0..0x80 => (lead, 1),
            0x80..0xE0 => ((lead & 0x1F) << 6 | tail(1), 2),
            _ => ((lead & 0xF) << 12 | tail(1) << 6 | tail(2), 3),
        };
        at += length;
        Some(unit)
    })
}

/// For people: surrogate pairs are joined, lone surrogates become U+FFFD.
pub(super) fn to_string(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(), // holds no surrogates: they are not valid UTF-8
        Err(_) => {
            char::decode_utf16(units(bytes)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
    }
}

/// Appends a text as a JSON string literal, as JavaScript's `JSON.stringify` writes it.
pub(super) fn push_json_literal(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    let all: Vec<u16> = units(bytes).collect();
    for (i, &unit) in all.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| all.get(i));
        let after = all.get(i + 1);
        let is_lone = match unit {
            0xD800..0xDC00 => !after.is_some_and(|next| (0xDC00..0xE000).contains(next)),
            0xDC00..0xE000 => !before.is_some_and(|last| (0xD800..0xDC00).contains(last)),
            _ => false,
        };
        match unit {
            0x22 => out.extend_from_slice(b"\\\""),
            0x5C => out.extend_from_slice(b"\\\\"),
            0x8 => out.extend_from_slice(b"\\b"),
            0x9 => out.extend_from_slice(b"\\t"),
            0xA => out.extend_from_slice(b"\\n"),
            0xC => out.extend_from_slice(b"\\f"),
            0xD => out.extend_from_slice(b"\\r"),
            _ if unit < 0x20 || is_lone => out.extend_from_slice(format!("\\u{unit:04x}").as_bytes()),
            _ => push_unit(out, unit),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::{beginning, encode, plain, push_json_literal, text, to_string, unescape, unit_count};
    use crate::format::{Source, StringIndex, builder::SnapshotBuilder, read};
    use crate::util::Progress;

    #[test]
    fn beginnings_are_those_of_the_texts_wherever_the_file_is_cut_for_them() {
        let mut snapshot = SnapshotBuilder::new();
        let texts =
            ["", "plain", "é\n😀\"\\\u{1}\u{FF5E}", "\u{1}\u{2}\u{3}\u{4}😀", "\u{10FFFF}😀\u{10FFFF}"];
        for text in texts {
            snapshot.node(crate::format::NodeKind::STRING, text.repeat(3).as_str(), 8);
        }
        let raw = read(Source::from_bytes(snapshot.to_json().into_bytes()), &Progress::new()).unwrap();
        for index in (0..raw.strings.len()).map(StringIndex) {
            let whole = text(&raw.strings, index);
            for length in 0..whole.len() + 2 {
                let begun = beginning(&raw.strings, index, length);
                let sure = length.min(whole.len());
                assert_eq!(begun[..sure], whole[..sure], "{length} bytes of {whole:?}");
                assert!(begun.len() >= sure && (begun.len() == whole.len() || begun.len() >= length));
            }
        }
    }

    #[test]
    fn order_is_that_of_utf16_units_not_of_code_points() {
        let (emoji, private) = (encode("😀"), encode("\u{E000}"));
        assert!("😀" > "\u{E000}");
        assert!(emoji < private);
        assert_eq!(unit_count(&emoji), 2);
        assert_eq!(to_string(&emoji), "😀");
    }

    #[test]
    fn surrogates_that_meet_when_texts_are_joined_become_one_character() {
        let joined = [unescape(br"\uD83D"), unescape(br"\uDE00!")].concat();
        assert_eq!(to_string(&joined), "😀!");
        assert_eq!(to_string(&unescape(br"a\uDE00\n")), "a\u{FFFD}\n");
        assert_eq!(to_string(&plain(b"a\xFFb")), "a\u{FFFD}b");
    }

    #[test]
    fn json_literals_escape_what_javascript_escapes() {
        let mut out = Vec::new();
        push_json_literal(&mut out, &[encode("a\"\\\u{1}\u{7f}é"), unescape(br"\uD83D")].concat());
        assert_eq!(to_string(&out), "\"a\\\"\\\\\\u0001\u{7f}é\\ud83d\"");
    }
}
