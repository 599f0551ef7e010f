//! Answers that are lists: lines of text, of which the first ones and the hash of all are committed.

use serde::Deserialize;

use crate::goldens::sha256;

/// A list as lines of text: the first ones and the hash of all.
#[derive(Deserialize)]
pub(crate) struct Lines {
    pub(crate) count: usize,
    sha256: String,
    first: Vec<String>,
}

impl Lines {
    pub(crate) fn check(&self, what: &str, ours: &[String]) {
        for (place, (ours, expected)) in ours.iter().zip(&self.first).enumerate() {
            assert_eq!(ours, expected, "{what}: line {place}");
        }
        assert_eq!(ours.len(), self.count, "{what}: number of lines");
        let all = ours.iter().map(|line| format!("{line}\n"));
        assert_eq!(sha256(all), self.sha256, "{what}: a line behind the first ones differs");
    }
}

/// Values side by side, as the answers have them.
macro_rules! line {
    ($($value:expr),+ $(,)?) => { [$($value.to_string()),+].join("\t") };
}
pub(crate) use line;
