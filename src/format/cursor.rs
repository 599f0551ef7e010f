//! Steps over JSON text: blanks, keys, texts, whole values, without recursion.

use super::{Error, Result};

/// Bytes of an offending place that an error message shows at most.
const SHOWN: usize = 24;
/// What is being read outside of all sections: nothing that a message had to name.
pub(super) const WHOLE: &str = "the file";

/// A place in the text of a snapshot.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    pub text: &'a [u8],
    /// Bytes from the start of the text.
    pub at: usize,
    /// What is being read, for messages.
    pub section: &'a str,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a [u8], at: usize, section: &'a str) -> Self {
        Self { text, at, section }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Moves behind JSON's white space.
    pub(super) fn skip_blanks(&mut self) {
        const SPACES: [u8; 64] = [b' '; 64]; // pretty printers and padding make long runs
        while is_blank(self.peek()) {
            self.at += 1;
            while self.text.get(self.at..).is_some_and(|rest| rest.starts_with(&SPACES)) {
                self.at += SPACES.len();
            }
        }
    }

    /// Moves behind blanks and `byte`.
    pub(super) fn expect(&mut self, byte: u8, what: &str) -> Result<()> {
        self.skip_blanks();
        if self.peek() != Some(byte) {
            return Err(self.error(what));
        }
        self.at += 1;
        Ok(())
    }

    /// Moves behind blanks and a text; returns what stands between its quotes. Its
    /// escapes are not looked at.
    pub(super) fn text(&mut self, what: &str) -> Result<&'a [u8]> {
        self.expect(b'"', what)?;
        let start = self.at;
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(found) = memchr::memchr3(b'"', b'\\', 0, rest) else {
                return Err(self.truncated());
            };
            self.at += found;
            match rest[found] {
                b'"' => break,
                b'\\' => self.at += 2, // the text may end in between: `get` above sees to it
                _ => return Err(self.error("a character of a text")),
            }
        }
        self.at += 1;
        Ok(&self.text[start..self.at - 1])
    }

    /// Moves behind blanks and a value of any kind. Brackets must match, texts must
    /// end; what else stands inside of brackets is not looked at.
    pub(super) fn skip_value(&mut self) -> Result<()> {
        self.skip_blanks();
        match self.peek() {
            Some(b'"') => self.text("a text").map(drop),
            Some(b'[' | b'{') => self.skip_brackets(),
            _ => self.skip_word(),
        }
    }

    fn skip_brackets(&mut self) -> Result<()> {
        let mut open: Vec<u8> = Vec::new(); // one byte a level, each of which takes one in the file
        loop {
            let Some(byte) = self.peek() else {
                return Err(self.truncated());
            };
            match byte {
                b'"' => {
                    self.text("a text")?;
                    continue;
                }
                b'[' => open.push(b']'),
                b'{' => open.push(b'}'),
                b']' | b'}' => {
                    if open.last() != Some(&byte) {
                        return Err(self.error("the other kind of bracket"));
                    }
                    open.pop();
                }
                0 => return Err(self.error("more of the value")),
                _ => {}
            }
            self.at += 1;
            if open.is_empty() {
                return Ok(());
            }
        }
    }

    /// A number, `true`, `false` or `null`.
    fn skip_word(&mut self) -> Result<()> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest
            .iter()
            .take(SHOWN * 16)
            .position(|byte| !matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.' | b'E'))
            .unwrap_or(rest.len().min(SHOWN * 16));
        if serde_json::from_slice::<serde::de::IgnoredAny>(&rest[..length]).is_err() {
            return Err(self.error("a value"));
        }
        self.at += length;
        Ok(())
    }

    /// The text ends before this section does.
    pub(super) fn truncated(&self) -> Error {
        Error::Truncated { section: self.section.to_owned(), offset: self.text.len() as u64 }
    }

    /// `expected` does not stand here: says what does.
    pub(super) fn error(&self, expected: &str) -> Error {
        match self.text.get(self.at..) {
            None | Some([]) => self.truncated(),
            Some(found) => Error::Malformed {
                offset: self.at as u64,
                expected: match self.section {
                    WHOLE => expected.to_owned(),
                    section => format!("{expected} ({section})"),
                },
                found: describe(found),
            },
        }
    }
}

fn is_blank(byte: Option<u8>) -> bool {
    matches!(byte, Some(b' ' | b'\n' | b'\r' | b'\t'))
}

/// The beginning of `text`, fit for a message.
pub(super) fn describe(text: &[u8]) -> String {
    if text.first() == Some(&0) {
        return "a zero byte (a hole in the file: copy it again)".to_owned();
    }
    let shown = &text[..text.len().min(SHOWN)];
    let line = shown.split(|&byte| byte == b'\n').find(|line| !line.is_empty()).unwrap_or(shown);
    let more = if line.len() < text.len() { "…" } else { "" };
    let mut shown = String::new();
    for character in String::from_utf8_lossy(line).chars() {
        if character.is_control() { shown.extend(character.escape_default()) } else { shown.push(character) }
    }
    format!("`{shown}{more}`")
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    fn behind(text: &str) -> Option<usize> {
        let mut cursor = Cursor::new(text.as_bytes(), 0, "test");
        cursor.skip_value().ok().map(|()| cursor.at)
    }

    #[test]
    fn values_are_skipped_whole() {
        assert_eq!(behind(r#"  {"a]":[1,{"b":"\"}"}]} tail"#), Some(24));
        assert_eq!(behind(r#""a\\" tail"#), Some(5));
        assert_eq!(behind("-1.5e-3,"), Some(7));
        assert_eq!(behind("null}"), Some(4));
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for text in ["", "[", "[}", "nul", r#""a\""#, "01", "]", "'a'", "/* c */1"] {
            assert_eq!(behind(text), None, "{text}");
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let depth = if cfg!(miri) { 1000 } else { 1_000_000 };
        let deep = "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(behind(&deep), Some(2 * depth));
    }
}
