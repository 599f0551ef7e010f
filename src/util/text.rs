//! Text as JavaScript orders it, and as one line of a table shows it.

use std::cmp::Ordering;
use std::fmt::Write as _;

/// JavaScript's order of strings: by UTF-16 units. It differs from the order of
/// `str` only between U+E000–U+FFFF and the characters above them.
pub fn utf16_order(a: &str, b: &str) -> Ordering {
    if a.is_ascii() || b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) }
}

/// At most `max_chars` characters on one line: control characters are written as
/// escapes, invisible direction marks are dropped, and `…` marks what is cut.
pub fn one_line(text: &str, max_chars: usize) -> String {
    let mut line = String::with_capacity(text.len().min(max_chars * 4));
    for (count, character) in text.chars().enumerate() {
        if count == max_chars {
            line.push('…');
            break;
        }
        match character {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            // Marks that reorder what stands around them would garble the row.
            '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => {}
            '\u{2028}' | '\u{2029}' => line.push(' '),
            control if control.is_control() => {
                // Writing to a string cannot fail.
                write!(line, "\\x{:02x}", u32::from(control)).ok();
            }
            other => line.push(other),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{one_line, utf16_order};
    use std::cmp::Ordering;

    #[test]
    fn characters_above_the_first_plane_sort_by_their_surrogates() {
        assert_eq!(utf16_order("z\u{1F600}", "z\u{FF5E}"), Ordering::Less);
        assert_eq!("z\u{1F600}".cmp("z\u{FF5E}"), Ordering::Greater);
        assert_eq!(utf16_order("abc", "ab"), Ordering::Greater);
    }

    #[test]
    fn a_row_stays_one_line() {
        assert_eq!(one_line("a\nb\u{202E}c\u{1b}", 80), "a\\nbc\\x1b");
        assert_eq!(one_line("abcdef", 3), "abc…");
    }
}
