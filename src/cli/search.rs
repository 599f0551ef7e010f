//! `heaplens search`: objects by their displayed names, or by id.

use std::path::PathBuf;

use clap::Args;

use super::Error;
use super::answer::check_unchanged;
use super::args::{Output, Page};
use super::ids::find;
use super::listing::{Listing, OBJECT, object_values};
use super::opening::open_at;
use crate::analysis::{Pattern, SizeRule, search};
use crate::graph::{NodeId, NodeOrdinal};
use crate::util::{Phase, Progress};

/// What `heaplens search` is told.
#[derive(Debug, Args)]
pub struct Search {
    /// The snapshot, or `-` for standard input
    file: PathBuf,
    /// What to look for; @123 is the object with that id
    text: String,
    /// Upper and lower case are different letters
    #[arg(long)]
    case_sensitive: bool,
    /// Read TEXT as a regular expression of JavaScript, which is always case-sensitive.
    /// Look-ahead, look-behind and back-references are refused
    #[arg(long)]
    regex: bool,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    output: Output,
}

impl Search {
    pub(super) fn run(self, progress: &Progress) -> Result<bool, Error> {
        let text = self.text.trim();
        if text.is_empty() {
            return Err(Error::Told("there is nothing to search for".to_owned()));
        }
        let id = text.strip_prefix('@').map(parse_id).transpose()?;
        let pattern = match (id, self.regex) {
            (None, true) => Some(Pattern::regex(text, false).map_err(|bad| Error::Told(bad.to_string()))?),
            (None, false) => Some(Pattern::text(text, self.case_sensitive)),
            (Some(_), _) => None,
        };
        let heap = open_at(&self.file, SizeRule::Exact, progress)?;
        let hits: Vec<NodeOrdinal> = match (id, &pattern) {
            (Some(id), _) => vec![find(&heap, &self.file, id)?],
            (None, Some(pattern)) => {
                progress.phase(Phase::Searching, || search(&heap, pattern, None, progress))?
            }
            (None, None) => Vec::new(),
        };
        let list = Listing {
            facts: vec![("query", text.into()), ("total", hits.len().into())],
            rows_are: "hits",
            names: &OBJECT,
            rows: self.page.of(&hits).iter().map(|&node| object_values(&heap, node)),
        };
        list.write(self.output.format, progress)?;
        check_unchanged(&self.file, &heap)?;
        Ok(self.output.timings)
    }
}

/// The number at the start of a text, as JavaScript's `parseInt` reads it.
fn parse_id(text: &str) -> Result<NodeId, Error> {
    let text = text.trim_start();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let id = text[..digits].parse().map(NodeId);
    id.map_err(|_| Error::Told("expected an object id, such as @30119".to_owned()))
}
