//! The rows of a tree before they are formatted: what each one stands for.

use std::sync::Arc;

use crate::util::{Cancelled, Progress};

/// Which of the snapshots of a table a row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The snapshot of the view; the newer one of a comparison.
    Target,
    /// The older one of a comparison.
    Base,
}

/// What a row stands for. The number's meaning depends on the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ItemKind {
    /// A constructor: a row of the table's list of classes.
    Class,
    /// An object: a node ordinal.
    Object,
    /// A reference that leaves the row above: an edge ordinal.
    Field,
    /// A reference that leads to the row above: an edge ordinal.
    Retainer,
}

/// One row of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Item {
    /// What it stands for.
    pub kind: ItemKind,
    /// Where.
    pub side: Side,
    /// Which one.
    pub ordinal: u32,
}

/// The children of one row in their present order: runs of one kind and side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Items {
    runs: Vec<Run>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    kind: ItemKind,
    side: Side,
    ordinals: Arc<[u32]>,
}

impl Items {
    /// One run.
    pub fn new(kind: ItemKind, side: Side, ordinals: Vec<u32>) -> Self {
        let mut items = Self::default();
        items.push(kind, side, ordinals);
        items
    }

    /// Adds a run behind the others.
    pub fn push(&mut self, kind: ItemKind, side: Side, ordinals: Vec<u32>) {
        if !ordinals.is_empty() {
            self.runs.push(Run { kind, side, ordinals: ordinals.into() });
        }
    }

    /// Number of rows.
    pub fn len(&self) -> u64 {
        self.runs.iter().map(|run| run.ordinals.len() as u64).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The row at a position.
    pub fn get(&self, position: u64) -> Option<Item> {
        let mut rest = usize::try_from(position).ok()?;
        for run in &self.runs {
            match run.ordinals.get(rest) {
                Some(&ordinal) => return Some(Item { kind: run.kind, side: run.side, ordinal }),
                None => rest -= run.ordinals.len(),
            }
        }
        None
    }

    /// The rows that pass, in the same order; all of them when `all` says so.
    pub fn filtered(
        self,
        progress: &Progress,
        mut passes: impl FnMut(Item) -> bool,
        all: bool,
    ) -> Result<Self, Cancelled> {
        if all {
            return Ok(self);
        }
        let mut passing = Self::default();
        for Run { kind, side, ordinals } in &self.runs {
            let mut kept = Vec::new();
            for (count, &ordinal) in ordinals.iter().enumerate() {
                if count % 1024 == 0 {
                    progress.check()?;
                }
                if passes(Item { kind: *kind, side: *side, ordinal }) {
                    kept.push(ordinal);
                }
            }
            passing.push(*kind, *side, kept);
        }
        Ok(passing)
    }

    /// Where a row stands. Takes a pass over the rows.
    pub fn position(&self, item: Item) -> Option<u64> {
        let mut before = 0;
        for run in &self.runs {
            if run.kind == item.kind
                && run.side == item.side
                && let Some(at) = run.ordinals.iter().position(|&ordinal| ordinal == item.ordinal)
            {
                return Some(before + at as u64);
            }
            before += run.ordinals.len() as u64;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Item, ItemKind, Items, Side};

    #[test]
    fn rows_of_several_runs_are_found_by_position_and_back() {
        let mut items = Items::new(ItemKind::Object, Side::Target, vec![7, 3]);
        items.push(ItemKind::Object, Side::Base, vec![3]);
        assert_eq!(items.len(), 3);
        let deleted = Item { kind: ItemKind::Object, side: Side::Base, ordinal: 3 };
        assert_eq!(items.get(2), Some(deleted));
        assert_eq!(items.position(deleted), Some(2));
        assert_eq!(items.get(3), None);
    }
}
