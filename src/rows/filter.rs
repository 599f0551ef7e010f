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

    /// What is looked for, in lower case.
    pub fn words(&self) -> &str {
        &self.lower
    }

    /// Whether a text passes (DevTools' class filter: lower-cased substring).
    pub fn matches(&self, text: &str) -> bool {
        self.is_empty() || text.to_lowercase().contains(&self.lower)
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
    fn an_id_is_told_by_its_sign() {
        assert_eq!(Filter::new("@688417").id(), Some(688_417));
        assert_eq!(Filter::new("688417").id(), None);
        assert!(!Filter::new("1").is_about_texts());
        assert!(Filter::new("17").is_about_texts());
    }
}
