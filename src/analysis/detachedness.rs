//! Which nodes are attached to a document and which are detached from it.

use crate::graph::{Graph, NodeKind, NodeOrdinal};
use crate::util::{Cancelled, Column, Progress};

/// The state of each node after propagation through native nodes.
#[derive(Debug, Default)]
pub struct Detachedness {
    /// 0 unknown, 1 attached, 2 detached (3 where a file says so).
    pub state: Column<u8>,
    /// Whether detached native nodes are shown as `Detached …` (the file has
    /// the field; older writers spelled it so themselves).
    pub renames: bool,
}

impl Detachedness {
    /// Whether the displayed name of a node is `Detached ` and its raw name.
    #[inline]
    pub fn is_renamed(&self, graph: &Graph, node: NodeOrdinal) -> bool {
        self.renames && self.state[node.index()] == 2 && graph.kind(node) == NodeKind::NATIVE
    }
}

/// Spreads attached and detached states through native nodes.
pub fn detachedness(_graph: &Graph, _progress: &Progress) -> Result<Detachedness, Cancelled> {
    todo!()
}
