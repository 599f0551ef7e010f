//! What is looked for in texts: a piece of text, in this case or any, or a regular expression.

use std::sync::Arc;

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};

use super::js_regex;
use super::letter_case::canonical;
use super::row_automaton::RowAutomaton;
use super::text;
use crate::format::{StringIndex, StringTable};

/// Something to look for. Copies share what was compiled; each thread should have its own.
#[derive(Clone, Debug)]
pub struct Pattern(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// A piece of text, encoded as [`text`] says.
    Text {
        finder: Finder<'static>,
        /// Whether it reads the same in a text as the file has it, if that has no escapes.
        is_plain: bool,
        /// Whether it cannot lie across two texts of the file.
        is_within: bool,
    },
    /// A piece of ASCII in any case.
    AsciiAnyCase {
        regex: Regex,
        /// Whether it cannot lie across two texts of the file.
        is_within: bool,
    },
    /// A piece of text in any case: of its canonical units.
    AnyCase(Finder<'static>),
    /// A regular expression, for UTF-8.
    Regex {
        regex: Regex,
        /// The fast way through the string table, where the expression is not too large for it.
        automaton: Option<Arc<RowAutomaton>>,
    },
}

/// Why a regular expression cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the regular expression cannot be used: {0}")]
pub struct BadPattern(String);

impl Pattern {
    /// A piece of text. Without regard to case, letters are compared as JavaScript's regular
    /// expressions compare them: `ı` is no `I`, and the Kelvin sign no `k`.
    pub fn text(piece: &str, case_sensitive: bool) -> Self {
        let encoded = text::encode(piece);
        // Between two texts of the file there are quotes; within texts there are only escaped ones.
        let is_within = !piece.is_empty() && !piece.contains(['"', '\\']);
        if case_sensitive {
            let is_plain = piece.chars().all(|c| c <= '\u{FFFF}' && c != char::REPLACEMENT_CHARACTER);
            return Self(Kind::Text { finder: Finder::new(&encoded).into_owned(), is_plain, is_within });
        }
        if piece.is_ascii() {
            let regex =
                RegexBuilder::new(&regex::escape(piece)).unicode(false).case_insensitive(true).build();
            if let Ok(regex) = regex {
                return Self(Kind::AsciiAnyCase { regex, is_within });
            }
        }
        Self(Kind::AnyCase(Finder::new(&in_one_case(&encoded)).into_owned()))
    }

    /// A regular expression as JavaScript reads it. What is different: look-ahead, look-behind
    /// and back-references are refused; characters above U+FFFF are one, not two; lone
    /// surrogates are U+FFFD.
    pub fn regex(pattern: &str, ignore_case: bool) -> Result<Self, BadPattern> {
        let translated = js_regex::translate(pattern, ignore_case).map_err(BadPattern)?;
        let regex = Regex::new(&translated).map_err(|error| BadPattern(reason(&error)))?;
        let automaton = RowAutomaton::new(&translated).map(Arc::new);
        Ok(Self(Kind::Regex { regex, automaton }))
    }

    /// Whether a text that is encoded as [`text`] says holds it.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        match &self.0 {
            Kind::Text { finder, .. } => finder.find(text).is_some(),
            Kind::AsciiAnyCase { regex, .. } => regex.is_match(text),
            // What is no ASCII is never the same letter as what is.
            Kind::AnyCase(finder) => !text.is_ascii() && finder.find(&in_one_case(text)).is_some(),
            Kind::Regex { regex, .. } if text.is_ascii() => regex.is_match(text),
            Kind::Regex { regex, .. } => regex.is_match(text::to_string(text).as_bytes()),
        }
    }

    /// Whether a row of the string table holds it. Nearly all rows are looked at as the file has them.
    pub(super) fn is_in_row(&self, strings: &StringTable, index: StringIndex) -> bool {
        if let Some(raw) = strings.raw(index)
            && !strings.is_escaped(index)
        {
            match &self.0 {
                Kind::Text { finder, is_plain: true, .. } => return finder.find(raw).is_some(),
                Kind::AsciiAnyCase { regex, .. } => return regex.is_match(raw),
                Kind::AnyCase(_) if raw.is_ascii() => return false,
                Kind::Regex { regex, .. } if std::str::from_utf8(raw).is_ok() => return regex.is_match(raw),
                _ => {}
            }
        }
        match &self.0 {
            Kind::Regex { regex, .. } => regex.is_match(strings.get(index).as_bytes()),
            _ => self.is_in(&text::text(strings, index)),
        }
    }
}

/// Looks for a pattern in many texts of the file at once: finds every text without escapes
/// that holds it, and some that do not.
pub(super) struct RegionFinder<'a>(&'a Kind);

impl Pattern {
    /// The fast way through the string table for a regular expression, if there is one for this.
    pub(super) fn automaton(&self) -> Option<&RowAutomaton> {
        if let Kind::Regex { automaton, .. } = &self.0 { automaton.as_deref() } else { None }
    }

    /// The fast way through the string table for a piece of text, if there is one for this.
    pub(super) fn region_finder(&self) -> Option<RegionFinder<'_>> {
        match self.0 {
            Kind::Text { is_plain: true, is_within: true, .. }
            | Kind::AsciiAnyCase { is_within: true, .. } => Some(RegionFinder(&self.0)),
            _ => None,
        }
    }
}

impl RegionFinder<'_> {
    /// The first place in a region where the pattern stands.
    pub(super) fn find(&self, region: &[u8]) -> Option<usize> {
        match self.0 {
            Kind::Text { finder, .. } => finder.find(region),
            Kind::AsciiAnyCase { regex, .. } => regex.find(region).map(|found| found.start()),
            Kind::AnyCase(_) | Kind::Regex { .. } => None, // have no region finder
        }
    }
}

/// A text with the canonical units of its letters.
fn in_one_case(text: &[u8]) -> Vec<u8> {
    let mut folded = Vec::with_capacity(text.len());
    text::units(text).for_each(|unit| text::push_unit(&mut folded, canonical(unit)));
    folded
}

/// The last line of the crate's message says what is wrong; those before show the translated pattern.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

#[cfg(test)]
mod tests {
    use super::Pattern;
    use crate::analysis::testing::{heap_of, object, rooted};
    use crate::analysis::text::encode;
    use crate::graph::NodeOrdinal;

    #[test]
    fn a_piece_is_found_in_its_case_or_in_any() {
        for (piece, text, exact, any) in [
            ("User", "SuperUser", true, true),
            ("User", "superuser", false, true),
            ("a.b", "aXb", false, false),
            ("É", "café", false, true),
            ("k", "\u{212A}", false, false),
            ("\u{1F600}", "a\u{1F600}b", true, true),
            ("straße", "STRASSE", false, false),
        ] {
            let found = |case| Pattern::text(piece, case).is_in(&encode(text));
            assert_eq!((found(true), found(false)), (exact, any), "{piece} in {text}");
        }
    }

    /// The way of the row looks at bytes of the file, the other one at decoded text.
    #[test]
    fn rows_of_the_file_say_the_same_as_their_texts() {
        let texts = ["User 17", "u\ns\"er", "café", "CAF\u{c9} \u{1F600}", "\u{FF5E}", "k\u{212A}"];
        let mut snapshot = rooted();
        let nodes = texts.map(|text| object(&mut snapshot, text, 8));
        let heap = heap_of(&snapshot);
        let mut patterns = Vec::new();
        for piece in ["user", "User", "\ns", "é", "\u{1F600}", "\u{FFFD}", "\u{212A}", "\""] {
            patterns.push(Pattern::text(piece, true));
            patterns.push(Pattern::text(piece, false));
        }
        for source in ["^.$", r"\d", "^café$", r"\s", "😀$"] {
            patterns.push(Pattern::regex(source, false).unwrap());
            patterns.push(Pattern::regex(source, true).unwrap());
        }
        for (text, node) in texts.iter().zip(nodes) {
            for pattern in &patterns {
                let in_row = pattern.is_in_row(heap.graph.strings(), heap.graph.name(NodeOrdinal(node)));
                assert_eq!(in_row, pattern.is_in(&encode(text)), "{pattern:?} in {text}");
            }
        }
    }

    #[test]
    fn a_bad_pattern_is_told() {
        for bad in ["(", "a(?=b)", "*"] {
            assert!(Pattern::regex(bad, false).is_err(), "{bad}");
        }
    }
}
