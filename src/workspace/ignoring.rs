//! What a user leaves out of the retainers, to see what else holds an object.

use std::sync::Arc;

use super::state::Workspace;
use super::work::{self, Outcome, told};
use crate::analysis::{Heap, IgnoredRetainers};
use crate::graph::NodeOrdinal;

/// The ignored objects of each snapshot that has some. Copies are cheap: jobs take one.
#[derive(Clone, Debug, Default)]
pub(super) struct Ignoring {
    list: Vec<(Arc<Heap>, Arc<IgnoredRetainers>)>,
}

impl Ignoring {
    /// What is ignored in a snapshot, if anything is.
    pub(super) fn of(&self, heap: &Arc<Heap>) -> Option<&Arc<IgnoredRetainers>> {
        self.list.iter().find(|(other, _)| Arc::ptr_eq(other, heap)).map(|(_, ignored)| ignored)
    }

    /// From now on this is ignored in a snapshot.
    pub(super) fn set(&mut self, heap: &Arc<Heap>, ignored: Option<Arc<IgnoredRetainers>>) {
        self.list.retain(|(other, _)| !Arc::ptr_eq(other, heap));
        self.list.extend(ignored.map(|ignored| (heap.clone(), ignored)));
    }
}

impl Workspace {
    /// The objects that are ignored in the snapshot whose retainers are shown.
    pub fn ignored(&self) -> &[NodeOrdinal] {
        let held = self.held.as_ref();
        held.and_then(|(heap, _)| self.ignoring.of(heap)).map_or(&[], |ignored| ignored.nodes())
    }

    /// Whether the holder in a row of the retainers is ignored.
    pub fn is_ignored(&self, row: u64) -> bool {
        let holder = self.retainers.tree.as_ref().and_then(|tree| tree.object(row));
        holder.is_some_and(|(_, node)| self.ignored().contains(&node))
    }

    /// Leaves the holder in a row of the retainers out, or takes it in again.
    pub(super) fn ignore(&mut self, row: u64, ignore: bool) {
        let Some((_, node)) = self.retainers.tree.as_ref().and_then(|tree| tree.object(row)) else { return };
        let mut nodes = self.ignored().to_vec();
        nodes.retain(|other| *other != node);
        if ignore {
            nodes.push(node);
        }
        self.ignore_only(nodes);
    }

    /// Ignores these and no others, and shows the retainers that are left.
    pub(super) fn ignore_only(&mut self, nodes: Vec<NodeOrdinal>) {
        let Some((heap, node)) = self.held.clone() else { return };
        self.retainers.generation += 1;
        self.retainers.opening.clear();
        let generation = self.retainers.generation;
        let look = (self.retainers.sort(), self.retainers.filter());
        let of = heap.clone();
        let handle = self.jobs.start(
            "ignore",
            move |progress| {
                let result = work::retainers_without(&of, node, &nodes, look, progress);
                Outcome::Ignored(generation, of, result)
            },
            move |fault| Outcome::Ignored(generation, heap, Err(told(&fault))),
        );
        self.retainers.building = Some(handle);
    }
}
