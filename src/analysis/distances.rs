//! Steps from the nearest user root, for each node.

use super::WeakMaps;
use crate::graph::{Graph, NodeOrdinal};
use crate::util::{Cancelled, Column, Progress};

/// Steps from the nearest user root, with DevTools' numbers for the special cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Distance(pub i32);

impl Distance {
    /// Nothing reaches the node.
    pub const UNREACHED: Self = Self(-5);
    /// From here on: reached only from system roots.
    pub const SYSTEM_BASE: i32 = 100_000_000;

    /// The number to show; `None` for nodes that no user root reaches.
    pub fn shown(self) -> Option<i32> {
        (0..Self::SYSTEM_BASE).contains(&self.0).then_some(self.0)
    }
}

/// Distances by node.
#[derive(Debug, Default)]
pub struct Distances {
    /// [`Distance`] by node.
    pub steps: Column<i32>,
}

impl Distances {
    /// Distance of a node.
    #[inline]
    pub fn of(&self, node: NodeOrdinal) -> Distance {
        Distance(self.steps[node.index()])
    }
}

/// Breadth-first from the user roots, then from the root.
pub fn distances(
    _graph: &Graph,
    _weak_maps: &WeakMaps,
    _progress: &Progress,
) -> Result<Distances, Cancelled> {
    todo!()
}
