//! Views that others took the place of: who comes back finds them as they were left.

use std::sync::Arc;

use super::state::{View, Workspace};
use super::{ObjectCard, Slot, SnapshotKey, Table};
use crate::analysis::{Heap, IgnoredRetainers};
use crate::graph::NodeOrdinal;
use crate::rows::{TableModel as _, Tree};

/// How many are kept: each holds the rows of its tables.
const KEPT: usize = 4;

/// A view with what it showed.
pub(super) struct Parked {
    view: View,
    main: Table,
    retainers: Table,
    held: Option<(Arc<Heap>, NodeOrdinal)>,
    card: Option<ObjectCard>,
    /// What the retainers leave out.
    ignored: Option<Arc<IgnoredRetainers>>,
}

impl Workspace {
    /// Empties the view for another one.
    pub(super) fn park(&mut self) {
        let is_open = self.snapshots.iter().filter(|snapshot| self.view.is_about(snapshot.key)).count()
            == self.view.keys().len();
        let ignored = self.held.as_ref().and_then(|(heap, _)| self.ignoring.of(heap)).cloned();
        let is_outdated = self.retainers.is_busy();
        let (main, mut retainers) = (self.main.take(), self.retainers.take());
        retainers.tree.take_if(|_| is_outdated); // others were asked for
        let (held, card) = (self.held.take(), self.card.take());
        self.card_job = None;
        if is_open && main.tree.is_some() {
            self.parked.retain(|other| other.view != self.view);
            self.parked.truncate(KEPT - 1);
            self.parked.insert(0, Parked { view: self.view, main, retainers, held, card, ignored });
        }
    }

    /// Shows a view as it was left; false when it is not kept.
    pub(super) fn bring_back(&mut self, view: View) -> bool {
        let Some(at) = self.parked.iter().position(|other| other.view == view) else { return false };
        let Parked { main, retainers, held, card, ignored, .. } = self.parked.remove(at);
        self.main.put_back(main);
        if self.main.is_outdated() {
            self.rearrange(Slot::Main);
        }
        let now = held.as_ref().and_then(|(heap, _)| self.ignoring.of(heap));
        if retainers.tree.is_some() && now.map(Arc::as_ptr) == ignored.as_ref().map(Arc::as_ptr) {
            self.retainers.put_back(retainers);
            (self.held, self.card) = (held, card);
        } else if let Some(row) = self.main.tree.as_ref().and_then(Tree::cursor) {
            self.show_retainers(Slot::Main, row); // other objects are left out now, or they were not there yet
        }
        true
    }

    /// Forgets views of a snapshot that is closed.
    pub(super) fn forget_parked(&mut self, key: SnapshotKey) {
        self.parked.retain(|parked| !parked.view.is_about(key));
    }
}
