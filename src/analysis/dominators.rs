//! Immediate dominators over essential edges.

use super::{Flags, WeakMaps};
use crate::graph::{Graph, NodeOrdinal};
use crate::util::{Cancelled, Column, Progress};

/// The dominator tree.
#[derive(Debug, Default)]
pub struct Dominators {
    /// Ordinal of the immediate dominator by node; the root's is the root.
    pub immediate: Column<u32>,
    /// All nodes in an order in which each comes after its dominator.
    pub top_down: Column<u32>,
}

impl Dominators {
    /// Immediate dominator of a node.
    #[inline]
    pub fn of(&self, node: NodeOrdinal) -> NodeOrdinal {
        NodeOrdinal(self.immediate[node.index()])
    }
}

/// Computes immediate dominators.
pub fn dominators(
    _graph: &Graph,
    _flags: &Flags,
    _weak_maps: &WeakMaps,
    _progress: &Progress,
) -> Result<Dominators, Cancelled> {
    todo!()
}
