//! Which edges keep their target alive: the graph that dominators are computed on.

use rustc_hash::FxHashSet;

use super::{Flags, WeakMaps};
use crate::graph::{EdgeKind, Graph, NodeOrdinal, ROOT};
use crate::util::BitSet;

/// The essential edges of a graph. An edge is essential unless
///
/// - it leads from a WeakMap's table to a value (the edge from the key counts),
/// - it is weak, or leads back to its own node,
/// - it is a shortcut that does not leave the root,
/// - it leads from outside the page into it and does not leave the root: what a
///   debugger or an extension holds should not change who dominates.
pub(super) struct EssentialEdges<'a> {
    graph: &'a Graph,
    weak_maps: &'a WeakMaps,
    /// The nodes that WeakMap entries name as their tables.
    tables: BitSet,
    page: BitSet,
}

impl<'a> EssentialEdges<'a> {
    pub(super) fn new(graph: &'a Graph, flags: &Flags, weak_maps: &'a WeakMaps) -> Self {
        let mut page = BitSet::new(flags.bits.len());
        for (&bits, node) in flags.bits.iter().zip(0..) {
            if bits & Flags::PAGE_OBJECT != 0 {
                page.insert(node);
            }
        }
        Self { graph, weak_maps, tables: tables(graph, weak_maps), page }
    }

    /// Number of nodes of the graph.
    pub(super) fn node_count(&self) -> u32 {
        self.graph.node_count()
    }

    /// Calls `visit` with the target of each essential edge of a node, from the last edge on.
    #[inline]
    pub(super) fn targets_from_last(&self, node: u32, mut visit: impl FnMut(u32)) {
        let from = NodeOrdinal(node);
        let is_root = from == ROOT;
        let enters_page = is_root || self.page.contains(node);
        let is_table = self.tables.contains(node);
        let edges = self.graph.edge_rows(from);
        for (at, (&kind, &to)) in edges.kinds.iter().zip(edges.to).enumerate().rev() {
            let kind = EdgeKind(kind);
            let holds = kind != EdgeKind::WEAK && (kind != EdgeKind::SHORTCUT || is_root) && to != node;
            if holds
                && (enters_page || !self.page.contains(to))
                && !(is_table && self.is_table_edge(from, kind, edges.names[at]))
            {
                visit(to);
            }
        }
    }

    #[cold]
    fn is_table_edge(&self, from: NodeOrdinal, kind: EdgeKind, name: u32) -> bool {
        self.weak_maps.entry(kind, name).is_some_and(|entry| entry.table_id == self.graph.id(from).0)
    }
}

/// The nodes whose ids WeakMap entries name as their tables.
fn tables(graph: &Graph, weak_maps: &WeakMaps) -> BitSet {
    if weak_maps.entries.is_empty() {
        return BitSet::default();
    }
    // Most ids are ruled out by their low bits.
    const BUCKETS: u64 = 1 << 16;
    let ids: FxHashSet<u64> = weak_maps.entries.values().map(|entry| entry.table_id).collect();
    let mut buckets = BitSet::new(BUCKETS as usize);
    for id in &ids {
        buckets.insert((id % BUCKETS) as u32);
    }
    let mut tables = BitSet::new(graph.node_count() as usize);
    for node in graph.node_ordinals() {
        let id = graph.id(node).0;
        if buckets.contains((id % BUCKETS) as u32) && ids.contains(&id) {
            tables.insert(node.0);
        }
    }
    tables
}
