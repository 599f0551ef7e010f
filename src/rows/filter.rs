//! The filter box above a table.

/// Words that a row's text must contain, in any case. Empty: all rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    text: String,
    lower: String,
}

/// Shorter words are in nearly all texts: they are looked for in the names of constructors only.
const LEAST_FOR_TEXTS: usize = 2;

impl Filter {
    /// From what was typed; blanks around it do not count.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), lower: text.trim().to_lowercase() }
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether all rows pass.
    pub fn is_empty(&self) -> bool {
        self.lower.is_empty()
    }

    /// Whether the same rows pass as with another one.
    pub fn is_like(&self, other: &Self) -> bool {
        self.lower == other.lower
    }

    /// Whether a text passes (DevTools' class filter: lower-cased substring).
    pub fn matches(&self, text: &str) -> bool {
        self.matches_bytes(text.as_bytes())
    }

    /// Whether a text passes that is given as UTF-8; broken sequences count as U+FFFD.
    /// Nearly all texts are ASCII, and need no copy.
    pub fn matches_bytes(&self, text: &[u8]) -> bool {
        if text.is_ascii() {
            return contains_ascii(text, self.lower.as_bytes());
        }
        String::from_utf8_lossy(text).to_lowercase().contains(&self.lower)
    }

    /// Whether it is looked for in the texts of objects as well.
    pub fn is_about_texts(&self) -> bool {
        self.lower.chars().nth(LEAST_FOR_TEXTS - 1).is_some()
    }

    /// The id in `@688417`.
    pub fn id(&self) -> Option<u64> {
        self.lower.strip_prefix('@')?.parse().ok()
    }
}

/// Whether an ASCII text has lower-cased words in it, in any case.
fn contains_ascii(text: &[u8], lower: &[u8]) -> bool {
    let Some(&first) = lower.first() else { return true };
    let Some(starts) = (text.len() + 1).checked_sub(lower.len()) else { return false };
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), &text[..starts])
        .any(|at| text[at..at + lower.len()].eq_ignore_ascii_case(lower))
}

#[cfg(test)]
mod tests {
    use super::Filter;

    #[test]
    fn case_and_blanks_around_do_not_matter() {
        let filter = Filter::new(" redis ");
        assert!(filter.matches("RedisStreamBus"));
        assert!(filter.matches("a Redis"));
        assert!(!filter.matches("(string)"));
        assert!(!filter.matches("redi"));
        assert!(Filter::new("  ").matches("anything"));
        assert!(Filter::new("").matches(""));
    }

    #[test]
    fn all_scripts_are_found_in_any_case() {
        assert!(Filter::new("ÄNDERN").matches("Preis ändern"));
        assert!(!Filter::new("ä").matches("plain"));
        assert!(Filter::new("k").matches("\u{212A}"), "the Kelvin sign is a k");
        assert!(Filter::new("b").matches_bytes(b"a\xFFB"));
    }

    #[test]
    fn an_id_is_told_by_its_sign() {
        assert_eq!(Filter::new("@688417").id(), Some(688_417));
        assert_eq!(Filter::new("688417").id(), None);
        assert!(!Filter::new("1").is_about_texts());
        assert!(Filter::new("17").is_about_texts());
    }
}
