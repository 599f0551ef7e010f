//! Per-node marks: reachable by queries, part of the page, detached DOM.

use super::Detachedness;
use crate::graph::{Graph, NodeOrdinal};
use crate::util::{Cancelled, Column, Progress};

/// One byte of marks a node.
#[derive(Debug, Default)]
pub struct Flags {
    /// Sums of the constants below.
    pub bits: Column<u8>,
}

impl Flags {
    /// The console can reach it by names.
    pub const CAN_BE_QUERIED: u8 = 1;
    /// A native node in a detached tree.
    pub const DETACHED_DOM_TREE_NODE: u8 = 2;
    /// Reachable from the page's own roots.
    pub const PAGE_OBJECT: u8 = 4;

    /// Whether a node has a mark.
    #[inline]
    pub fn has(&self, node: NodeOrdinal, flag: u8) -> bool {
        self.bits[node.index()] & flag != 0
    }
}

/// Marks all nodes.
pub fn flags(_graph: &Graph, _detachedness: &Detachedness, _progress: &Progress) -> Result<Flags, Cancelled> {
    todo!()
}
