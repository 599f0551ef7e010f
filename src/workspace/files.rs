//! Tells when the file of an open snapshot changes under it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustc_hash::FxHashSet;

use super::state::{MessageKind, Offer, Workspace};
use super::work::Outcome;
use super::{Command, SnapshotKey};
use crate::analysis::{Heap, HeapChange};
use crate::jobs::Handle;
use crate::util::Progress;

/// Between two looks at the files when nothing happens.
const PAUSE: Duration = Duration::from_secs(1);

/// When the files were looked at, and what has been told.
#[derive(Debug, Default)]
pub(super) struct FileWatch {
    last_look: Option<Instant>,
    /// The look that is under way: a file on a network share may take its time.
    looking: Option<Handle>,
    /// So that a message that was closed does not come again.
    told: FxHashSet<(SnapshotKey, HeapChange)>,
}

impl Workspace {
    /// Starts to look at the files of the open snapshots: `now`, or when the last look was a while ago.
    pub(super) fn look_at_files(&mut self, now: bool) {
        let is_due = now || self.files.last_look.is_none_or(|last| last.elapsed() >= PAUSE);
        if !is_due || self.files.looking.is_some() {
            return;
        }
        self.files.last_look = Some(Instant::now());
        let heaps: Vec<(SnapshotKey, Arc<Heap>)> = self
            .snapshots
            .iter()
            .filter_map(|snapshot| Some((snapshot.key, snapshot.heap()?.clone())))
            .collect();
        if heaps.is_empty() {
            return;
        }
        let look = move |_: &Progress| {
            let changed = heaps.iter().filter_map(|(key, heap)| Some((*key, heap.change()?)));
            Outcome::Changes(changed.collect())
        };
        self.files.looking = Some(self.jobs.start("watch", look, |_| Outcome::Changes(Vec::new())));
    }

    /// Takes in what a look found. Whether there is something new to tell.
    pub(super) fn files_changed(&mut self, changes: Vec<(SnapshotKey, HeapChange)>) -> bool {
        self.files.looking = None;
        let mut is_news = false;
        for (key, change) in changes {
            let Some(snapshot) = self.snapshot(key) else { continue };
            let text = format!("{}: {change}", snapshot.title);
            if self.files.told.insert((key, change)) {
                let offer = Offer { title: "Open again", command: Command::Reload(key) };
                self.tell_offering(MessageKind::Warning, text, Some(offer));
                is_news = true;
            }
        }
        is_news
    }
}
