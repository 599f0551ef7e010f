//! Fields of V8's own structures: internal edges, looked up by name.

use super::name_sets::NameSet;
use crate::graph::{EdgeKind, Graph, NodeOrdinal};

/// Where a node's first internal edge of a name leads.
#[inline]
pub(super) fn internal_target(graph: &Graph, node: NodeOrdinal, name: &NameSet) -> Option<NodeOrdinal> {
    let edges = graph.edge_rows(node);
    let mut rows = edges.kinds.iter().zip(edges.names).zip(edges.to);
    rows.find(|((kind, other), _)| EdgeKind(**kind) == EdgeKind::INTERNAL && name.contains(**other))
        .map(|(_, &to)| NodeOrdinal(to))
}
