//! The names that people see: of nodes and of edges.

use super::Heap;
use crate::graph::{EdgeOrdinal, Graph, NodeOrdinal};

/// An edge's name: a text, or a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EdgeNameText {
    /// Of property, context, internal, weak and named shortcut edges.
    Text(String),
    /// Of element and hidden edges, and of shortcuts named by a number.
    Index(String),
}

/// The displayed name of a node: DevTools' rules for ropes, plain objects, detached nodes.
pub fn display_name(_heap: &Heap, _node: NodeOrdinal) -> String {
    todo!()
}

/// The preview of a plain object, such as `{id, total, …, lines}`.
pub fn preview(_graph: &Graph, _node: NodeOrdinal) -> String {
    todo!()
}

/// The displayed name of an edge.
pub fn edge_name(_graph: &Graph, _edge: EdgeOrdinal) -> EdgeNameText {
    todo!()
}
