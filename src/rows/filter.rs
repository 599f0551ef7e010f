//! The filter box above a table.

/// Words that a row's text must contain, in any case. Empty: all rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    text: String,
    lower: String,
}

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

    /// Whether a text passes (DevTools' class filter: lower-cased substring).
    pub fn matches(&self, text: &str) -> bool {
        self.is_empty() || text.to_lowercase().contains(&self.lower)
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;

    #[test]
    fn case_and_blanks_around_do_not_matter() {
        let filter = Filter::new(" redis ");
        assert!(filter.matches("RedisStreamBus"));
        assert!(!filter.matches("(string)"));
        assert!(Filter::new("  ").matches("anything"));
    }
}
