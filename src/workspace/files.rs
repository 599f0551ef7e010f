//! Tells when the file of an open snapshot changes under it.

use std::time::{Duration, Instant};

use rustc_hash::FxHashSet;

use super::SnapshotKey;
use super::state::{MessageKind, Workspace};
use crate::graph::Change;

/// Between two looks at the files when nothing happens.
const PAUSE: Duration = Duration::from_secs(1);

/// When the files were looked at, and what has been told.
#[derive(Debug, Default)]
pub(super) struct FileWatch {
    last_look: Option<Instant>,
    /// So that a message that was closed does not come again.
    told: FxHashSet<(SnapshotKey, Change)>,
}

impl Workspace {
    /// Looks at the files of the open snapshots: `now`, or when the last look was a while
    /// ago. Whether there is something new to tell.
    pub(super) fn look_at_files(&mut self, now: bool) -> bool {
        if !now && self.files.last_look.is_some_and(|last| last.elapsed() < PAUSE) {
            return false;
        }
        self.files.last_look = Some(Instant::now());
        let changes: Vec<_> = self
            .snapshots
            .iter()
            .filter_map(|snapshot| {
                let change = snapshot.heap()?.graph.change()?;
                Some((snapshot.key, change, format!("{}: {change}", snapshot.title)))
            })
            .collect();
        let mut is_news = false;
        for (key, change, text) in changes {
            if self.files.told.insert((key, change)) {
                self.tell(MessageKind::Warning, text);
                is_news = true;
            }
        }
        is_news
    }
}
