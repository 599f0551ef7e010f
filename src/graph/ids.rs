//! Numbers that must not be mixed: places in the tables, and V8's own ids.

use std::fmt;

/// Row of the node table, in file order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeOrdinal(pub u32);

/// Row of the edge table, in file order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EdgeOrdinal(pub u32);

/// V8's id of an object: the same object keeps it from snapshot to snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u64);

impl NodeOrdinal {
    /// For indexing columns.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl EdgeOrdinal {
    /// For indexing columns.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}", self.0)
    }
}
