//! What would be freed with each node: sums over the dominator tree.

use super::{Dominators, ShallowSizes};
use crate::graph::NodeOrdinal;
use crate::util::{Cancelled, Column, Progress};

/// Retained bytes by node.
#[derive(Debug, Default)]
pub struct RetainedSizes {
    /// Bytes by node.
    pub bytes: Column<u64>,
}

impl RetainedSizes {
    /// Bytes of a node.
    #[inline]
    pub fn of(&self, node: NodeOrdinal) -> u64 {
        self.bytes[node.index()]
    }
}

/// Sums shallow sizes up the dominator tree.
pub fn retained_sizes(
    _dominators: &Dominators,
    _sizes: &ShallowSizes,
    _progress: &Progress,
) -> Result<RetainedSizes, Cancelled> {
    todo!()
}
