//! Shallow sizes after ownership: hidden parts of an object count as the object's own.

use super::Detachedness;
use crate::graph::{Graph, NodeOrdinal};
use crate::util::{Cancelled, Progress, WideColumn};

/// How sizes above 4 GiB are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SizeRule {
    /// As they are.
    #[default]
    Exact,
    /// Modulo 2³², as DevTools does: for comparing with it.
    Wrap32,
}

/// Bytes of each node, with the parts that only it holds.
#[derive(Debug, Default)]
pub struct ShallowSizes {
    /// Bytes by node.
    pub bytes: WideColumn,
}

impl ShallowSizes {
    /// Bytes of a node.
    #[inline]
    pub fn of(&self, node: NodeOrdinal) -> u64 {
        self.bytes.get(node.0)
    }
}

/// Moves the sizes of ownable nodes to their single owners.
pub fn shallow_sizes(
    _graph: &Graph,
    _detachedness: &Detachedness,
    _rule: SizeRule,
    _progress: &Progress,
) -> Result<ShallowSizes, Cancelled> {
    todo!()
}
