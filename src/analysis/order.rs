//! DevTools' orders of objects and of edges: two keys, then the place in the file.

use super::Heap;
use crate::graph::{EdgeOrdinal, NodeOrdinal};
use crate::util::{Cancelled, Progress};

/// Which way a key is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// What objects are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeKey {
    /// Displayed name, by UTF-16 units.
    Name,
    /// Distance.
    Distance,
    /// Shallow size.
    ShallowSize,
    /// Retained size.
    RetainedSize,
    /// V8's id.
    Id,
}

/// What edges are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EdgeKey {
    /// The edge's name: texts, then numbers, then `__proto__`.
    Name,
    /// Something of the node at the other end.
    Node(NodeKey),
}

/// Sorts objects in place; equal ones by ordinal.
pub fn sort_nodes(
    _heap: &Heap,
    _nodes: &mut [NodeOrdinal],
    _keys: [(NodeKey, Direction); 2],
    _progress: &Progress,
) -> Result<(), Cancelled> {
    todo!()
}

/// Which node of an edge a list of edges is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EdgeEnd {
    /// Fields of an object: where the edges lead. Equal ones by ascending edge.
    Target,
    /// Retainers of an object: where the edges come from. Equal ones by descending edge.
    Source,
}

/// Sorts edges in place.
pub fn sort_edges(
    _heap: &Heap,
    _edges: &mut [EdgeOrdinal],
    _end: EdgeEnd,
    _keys: [(EdgeKey, Direction); 2],
    _progress: &Progress,
) -> Result<(), Cancelled> {
    todo!()
}
