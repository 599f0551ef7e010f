//! JavaScript's regular expressions (without flags, or with `i`) in the words of the `regex` crate.
//!
//! The two differ in what short forms mean: JavaScript's `\w`, `\d` and `\b` know ASCII only,
//! its `\s` includes the byte order mark, its `.` stops at four kinds of line ends, brackets
//! within brackets and braces that repeat nothing are letters. What is left different:
//!
//! - look-ahead, look-behind and back-references are refused, as the crate searches in linear
//!   time whatever the pattern;
//! - a character above U+FFFF is one character here, two units in JavaScript (`^.$` finds it);
//! - halves of such characters that stand alone are read as U+FFFD.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use super::letter_case::alike;

/// Translates a pattern; the error is a sentence about what cannot be.
pub(super) fn translate(pattern: &str, ignore_case: bool) -> Result<String, String> {
    let mut translation = Translation { rest: pattern.chars().peekable(), ignore_case, out: String::new() };
    translation.run()?;
    Ok(translation.out)
}

/// Characters from the first to the last.
type Range = (u32, u32);

const DIGITS: &[Range] = &[(0x30, 0x39)];
const WORD: &[Range] = &[(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)];
const SPACE: &[Range] = &[
    (0x9, 0xD),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
];
const LINE_ENDS: &[Range] = &[(0xA, 0xA), (0xD, 0xD), (0x2028, 0x2029)];
const LAST: u32 = char::MAX as u32;
const REPLACEMENT: u32 = char::REPLACEMENT_CHARACTER as u32;

/// What a backslash and the letters behind it stand for.
enum Escape {
    Character(u32),
    Class(Vec<Range>),
}

struct Translation<'a> {
    rest: Peekable<Chars<'a>>,
    ignore_case: bool,
    out: String,
}

impl Translation<'_> {
    fn run(&mut self) -> Result<(), String> {
        while let Some(character) = self.rest.next() {
            match character {
                '\\' => self.escape()?,
                '.' => self.class(&complement(LINE_ENDS)),
                '[' => self.brackets()?,
                '(' => self.group()?,
                '{' => self.brace(),
                '^' | '$' | '|' | ')' | '*' | '+' | '?' => self.out.push(character),
                other => self.character(other.into()),
            }
        }
        Ok(())
    }

    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        if self.rest.peek() != Some(&'?') {
            return Ok(());
        }
        self.rest.next();
        match self.rest.next() {
            Some(':') => self.out.push_str("?:"),
            Some('<') if !matches!(self.rest.peek(), Some('=' | '!')) => {
                let name_ends = self.rest.by_ref().any(|character| character == '>');
                if !name_ends {
                    return Err("the name of a group does not end".to_owned());
                }
            }
            Some('=' | '!' | '<') => return Err("looking ahead and behind is not supported".to_owned()),
            _ => return Err("this kind of group is not supported".to_owned()),
        }
        Ok(())
    }

    /// `{2,3}` repeats; any other brace is a letter.
    fn brace(&mut self) {
        let inside: String = self.rest.clone().take_while(|&character| character != '}').collect();
        let is_closed = self.rest.clone().nth(inside.chars().count()) == Some('}');
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let repeats = match inside.split_once(',') {
            Some((least, most)) => is_number(least) && (most.is_empty() || is_number(most)),
            None => is_number(&inside),
        };
        if is_closed && repeats {
            let _ = write!(self.out, "{{{inside}}}"); // writing to a string cannot fail
            self.rest.nth(inside.chars().count());
        } else {
            self.character('{'.into());
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.rest.peek() {
            Some('b') => self.out.push_str(r"(?-u:\b)"),
            Some('B') => self.out.push_str(r"(?-u:\B)"),
            Some('k' | '1'..='9') => return Err("references back to groups are not supported".to_owned()),
            _ => {
                match self.escaped()? {
                    Escape::Character(character) => self.character(character),
                    Escape::Class(ranges) => self.class(&ranges),
                }
                return Ok(());
            }
        }
        self.rest.next();
        Ok(())
    }

    /// What stands behind a backslash, in brackets and outside.
    fn escaped(&mut self) -> Result<Escape, String> {
        let Some(letter) = self.rest.next() else { return Err("a backslash stands at the end".to_owned()) };
        Ok(match letter {
            'd' => Escape::Class(DIGITS.to_vec()),
            'D' => Escape::Class(complement(DIGITS)),
            'w' => Escape::Class(WORD.to_vec()),
            'W' => Escape::Class(complement(WORD)),
            's' => Escape::Class(SPACE.to_vec()),
            'S' => Escape::Class(complement(SPACE)),
            't' => Escape::Character(0x9),
            'n' => Escape::Character(0xA),
            'v' => Escape::Character(0xB),
            'f' => Escape::Character(0xC),
            'r' => Escape::Character(0xD),
            '0' => Escape::Character(0),
            'x' => Escape::Character(self.hex(2).unwrap_or('x'.into())),
            'u' => Escape::Character(self.unit()),
            'c' => Escape::Character(self.control()),
            other => Escape::Character(other.into()),
        })
    }

    /// So many hexadecimal digits, if they are there.
    fn hex(&mut self, digits: usize) -> Option<u32> {
        let text: String = self.rest.clone().take(digits).collect();
        let is_hex = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = is_hex.then(|| u32::from_str_radix(&text, 16).ok())??;
        self.rest.nth(digits - 1);
        Some(number)
    }

    /// The character of `\uD83D\uDE00` or `\u0041`.
    fn unit(&mut self) -> u32 {
        match self.hex(4) {
            None => 'u'.into(),
            Some(first @ 0xD800..0xDC00) => {
                let before = self.rest.clone();
                let is_escape = self.rest.next() == Some('\\') && self.rest.next() == Some('u');
                match if is_escape { self.hex(4) } else { None } {
                    Some(second @ 0xDC00..0xE000) => 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00),
                    _ => {
                        self.rest = before;
                        REPLACEMENT
                    }
                }
            }
            Some(0xDC00..0xE000) => REPLACEMENT,
            Some(unit) => unit,
        }
    }

    fn control(&mut self) -> u32 {
        match self.rest.peek() {
            Some(letter) if letter.is_ascii_alphabetic() => {
                let code = u32::from(*letter) % 32;
                self.rest.next();
                code
            }
            _ => '\\'.into(), // the `c` is not read twice: patterns that mean this are not met
        }
    }

    /// `[…]`: what stands in it, closed under the case of letters.
    fn brackets(&mut self) -> Result<(), String> {
        let is_negated = self.rest.next_if_eq(&'^').is_some();
        let mut ranges: Vec<Range> = Vec::new();
        loop {
            let first = match self.member()? {
                None => break,
                Some(Escape::Class(class)) => {
                    ranges.extend(class);
                    continue;
                }
                Some(Escape::Character(first)) => first,
            };
            ranges.push((first, first));
            if self.rest.peek() != Some(&'-') {
                continue;
            }
            self.rest.next();
            match self.member()? {
                // The `-` stood last, or before a class: it is a letter.
                None => {
                    ranges.push(('-'.into(), '-'.into()));
                    break;
                }
                Some(Escape::Class(class)) => {
                    ranges.push(('-'.into(), '-'.into()));
                    ranges.extend(class);
                }
                Some(Escape::Character(last)) if last < first => {
                    return Err("a range of characters is out of order".to_owned());
                }
                Some(Escape::Character(last)) => ranges.push((first, last)),
            }
        }
        if self.ignore_case {
            ranges = in_any_case(&ranges);
        }
        let ranges = normalized(ranges);
        self.class(&if is_negated { complement(&ranges) } else { ranges });
        Ok(())
    }

    /// The next member of a class in brackets; `None` behind the last one.
    fn member(&mut self) -> Result<Option<Escape>, String> {
        match self.rest.next() {
            None => Err("a class of characters does not end".to_owned()),
            Some(']') => Ok(None),
            Some('\\') if self.rest.next_if_eq(&'b').is_some() => Ok(Some(Escape::Character(8))),
            Some('\\') => self.escaped().map(Some),
            Some(other) => Ok(Some(Escape::Character(other.into()))),
        }
    }

    fn character(&mut self, character: u32) {
        let alone = [(character, character)];
        if self.ignore_case {
            self.class(&normalized(in_any_case(&alone)));
        } else {
            self.class(&alone);
        }
    }

    /// Writes a class; a single character is written as itself.
    fn class(&mut self, ranges: &[Range]) {
        if let [(first, last)] = ranges
            && first == last
            && let Some(character) = char::from_u32(*first)
        {
            self.out.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
            return;
        }
        self.out.push('[');
        if ranges.is_empty() {
            self.out.push_str(r"^\x{0}-\x{10FFFF}"); // nothing
        }
        for (first, last) in ranges.iter().flat_map(|&range| without_surrogates(range)) {
            let _ = write!(self.out, r"\x{{{first:X}}}-\x{{{last:X}}}"); // writing to a string cannot fail
        }
        self.out.push(']');
    }
}

/// The characters of a range; the halves of pairs are none.
fn without_surrogates((first, last): Range) -> impl Iterator<Item = Range> {
    [(first, last.min(0xD7FF)), (first.max(0xE000), last)].into_iter().filter(|range| range.0 <= range.1)
}

/// Sorted, without overlaps.
fn normalized(mut ranges: Vec<Range>) -> Vec<Range> {
    ranges.sort_unstable();
    let mut joined: Vec<Range> = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match joined.last_mut() {
            Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
            _ => joined.push((first, last)),
        }
    }
    joined
}

/// What is in none of some sorted ranges.
fn complement(ranges: &[Range]) -> Vec<Range> {
    let mut gaps = Vec::with_capacity(ranges.len() + 1);
    let mut next = 0;
    for &(first, last) in ranges {
        if first > next {
            gaps.push((next, first - 1));
        }
        next = last + 1;
    }
    if next <= LAST {
        gaps.push((next, LAST));
    }
    gaps
}

/// Some ranges and all that is the same letter in another case.
fn in_any_case(ranges: &[Range]) -> Vec<Range> {
    let mut closed = ranges.to_vec();
    for unit in ranges.iter().flat_map(|&(first, last)| first..=last.min(0xFFFF)) {
        let others = alike(unit as u16); // just bounded
        closed.extend(
            others.into_iter().map(u32::from).filter(|&other| other != unit).map(|other| (other, other)),
        );
    }
    closed
}

#[cfg(test)]
mod tests {
    use super::translate;
    use regex::bytes::Regex;

    fn matches(pattern: &str, ignore_case: bool, text: &str) -> bool {
        Regex::new(&translate(pattern, ignore_case).unwrap()).unwrap().is_match(text.as_bytes())
    }

    /// Each with what JavaScript says of it.
    #[test]
    fn patterns_mean_what_they_mean_in_javascript() {
        for (pattern, text, expected) in [
            (r"^user-\d+$", "user-17", true),
            (r"^\d$", "\u{0663}", false), // an Arabic digit
            (r"^\w+$", "é", false),
            (r"\bé", "é", false),
            (r"é\b", "éa", true),
            (r"^\s$", "\u{FEFF}", true),
            (r"a.b", "a\u{2028}b", false),
            (r"a[^]b", "a\nb", true),
            (r"a[]b", "ab", false),
            (r"[[]", "[", true),
            (r"^[a&&b]$", "&", true),
            (r"^[\w-]+$", "a-b", true),
            (r"^[+-]$", "-", true),
            (r"^{id, total}$", "{id, total}", true),
            (r"^a{2}$", "aa", true),
            (r"^a{,2}$", "a{,2}", true),
            (r"\/app\/", "/app/cart.js", true),
            (r"^\x41\u0042\cJ$", "AB\n", true),
            (r"^\uD83D\uDE00$", "😀", true),
            (r"^(?<year>\d{4})(?:-|$)", "2024-01", true),
            (r"^[^\W_]$", "_", false),
            (r"~#&@<>", "~#&@<>", true),
            (r"x*?y|z", "z", true),
        ] {
            assert_eq!(matches(pattern, false, text), expected, "{pattern} {text:?}");
        }
    }

    #[test]
    fn case_is_ignored_as_javascript_does() {
        for (pattern, text, expected) in [
            ("order", "ORDER", true),
            ("É", "é", true),
            ("k", "\u{212A}", false),
            ("[a-z]+ß", "ABCß", true),
            ("^[^k]$", "K", false),
            (r"^\w$", "ſ", false),
        ] {
            assert_eq!(matches(pattern, true, text), expected, "{pattern} {text:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_said() {
        for (pattern, words) in [
            ("a(?=b)", "looking"),
            ("a(?<!b)", "looking"),
            (r"(a)\1", "back"),
            (r"\", "backslash"),
            ("[a", "class"),
            ("[z-a]", "order"),
            ("(?<name", "name"),
        ] {
            let told = translate(pattern, false).unwrap_err();
            assert!(told.contains(words), "{pattern}: {told}");
        }
    }
}
