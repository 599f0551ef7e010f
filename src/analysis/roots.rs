//! Which of the root's targets stand for the user's program and not for the machinery of V8.

use crate::graph::{Graph, NodeKind, NodeOrdinal, ROOT};

/// Whether a node is the page's root of its DOM trees.
pub(super) fn is_document_dom_trees(graph: &Graph, node: NodeOrdinal) -> bool {
    graph.kind(node) == NodeKind::SYNTHETIC && graph.strings().is(graph.name(node), "(Document DOM trees)")
}

/// Whether a node, as a target of a root edge, is a user root: distances start there.
pub(super) fn is_user_root(graph: &Graph, node: NodeOrdinal) -> bool {
    graph.kind(node) != NodeKind::SYNTHETIC || is_document_dom_trees(graph, node)
}

/// Whether the root has an edge, of any kind, to a user root. Snapshots that
/// expose the internals of V8 have none.
pub(super) fn has_user_roots(graph: &Graph) -> bool {
    graph.edge_rows(ROOT).to.iter().any(|&to| is_user_root(graph, NodeOrdinal(to)))
}
