//! Which edges keep their target alive: the graph that dominators are computed on.

use super::{Flags, WeakMaps};
use crate::graph::{EdgeKind, Graph, NodeOrdinal, ROOT};

/// The essential edges of a graph. An edge is essential unless
///
/// - it leads from a WeakMap's table to a value (the edge from the key counts),
/// - it is weak, or leads back to its own node,
/// - it is a shortcut that does not leave the root,
/// - it leads from outside the page into it and does not leave the root: what a
///   debugger or an extension holds should not change who dominates.
pub(super) struct EssentialEdges<'a> {
    graph: &'a Graph,
    flags: &'a Flags,
    weak_maps: &'a WeakMaps,
}

impl<'a> EssentialEdges<'a> {
    pub(super) fn new(graph: &'a Graph, flags: &'a Flags, weak_maps: &'a WeakMaps) -> Self {
        Self { graph, flags, weak_maps }
    }

    /// Number of nodes of the graph.
    pub(super) fn node_count(&self) -> u32 {
        self.graph.node_count()
    }

    /// Calls `visit` with the target of each essential edge of a node, in file order.
    #[inline]
    pub(super) fn targets(&self, node: u32, mut visit: impl FnMut(u32)) {
        let from = NodeOrdinal(node);
        let is_root = from == ROOT;
        let enters_page = is_root || self.flags.has(from, Flags::PAGE_OBJECT);
        let edges = self.graph.edge_rows(from);
        for ((&kind, &name), &to) in edges.kinds.iter().zip(edges.names).zip(edges.to) {
            let kind = EdgeKind(kind);
            let is_essential = match kind {
                EdgeKind::WEAK => false,
                EdgeKind::SHORTCUT => is_root,
                EdgeKind::INTERNAL => !self.is_table_edge(from, kind, name),
                _ => true,
            };
            if is_essential
                && to != node
                && (enters_page || !self.flags.has(NodeOrdinal(to), Flags::PAGE_OBJECT))
            {
                visit(to);
            }
        }
    }

    #[inline]
    fn is_table_edge(&self, from: NodeOrdinal, kind: EdgeKind, name: u32) -> bool {
        self.weak_maps.entry(kind, name).is_some_and(|entry| entry.table_id == self.graph.id(from).0)
    }
}
