//! Which edges keep their target alive: the graph that dominators are computed on.

use rustc_hash::FxHashSet;

use super::{PageObjects, WeakMaps};
use crate::graph::{EdgeKind, Graph, NodeOrdinal, ROOT};
use crate::util::BitSet;

/// The essential edges of a graph. An edge is essential unless
///
/// - it leads from a WeakMap's table to a value (the edge from the key counts),
/// - it is weak, or leads back to its own node or to the root,
/// - it is a shortcut that does not leave the root,
/// - it leads from outside the page into it and does not leave the root: what a
///   debugger or an extension holds should not change who dominates.
pub(super) struct EssentialEdges<'a> {
    graph: &'a Graph,
    weak_maps: &'a WeakMaps,
    /// The nodes that WeakMap entries name as their tables.
    tables: BitSet,
    /// `None` as long as only nodes of the page are asked about.
    page: Option<PageObjects>,
}

impl<'a> EssentialEdges<'a> {
    /// For asking about the root and nodes of the page: all others need [`Self::know_page`] first.
    pub(super) fn new(graph: &'a Graph, weak_maps: &'a WeakMaps) -> Self {
        Self { graph, weak_maps, tables: tables(graph, weak_maps), page: None }
    }

    /// Tells which nodes belong to the page.
    pub(super) fn know_page(&mut self, page: PageObjects) {
        self.page = Some(page);
    }

    /// The graph.
    pub(super) fn graph(&self) -> &'a Graph {
        self.graph
    }

    /// Number of nodes of the graph.
    pub(super) fn node_count(&self) -> u32 {
        self.graph.node_count()
    }

    /// Calls `visit` with the target of each essential edge of a node, from the last edge on.
    #[inline]
    pub(super) fn targets_from_last(&self, node: u32, mut visit: impl FnMut(u32)) {
        self.each_strong_edge(node, |to, is_essential| {
            if is_essential {
                visit(to);
            }
        });
    }

    /// Calls `visit` for each edge of a node that is not weak, from the last one on, with its
    /// target and whether it is essential.
    #[inline]
    pub(super) fn each_strong_edge(&self, node: u32, mut visit: impl FnMut(u32, bool)) {
        let from = NodeOrdinal(node);
        let is_root = from == ROOT;
        let beyond = self.page.as_ref().filter(|page| !is_root && !page.contains(node));
        let is_table = self.tables.contains(node);
        let edges = self.graph.edge_rows(from);
        for (at, (&kind, &to)) in edges.kinds.iter().zip(edges.to).enumerate().rev() {
            let kind = EdgeKind(kind);
            if kind == EdgeKind::WEAK {
                continue;
            }
            let is_essential = (kind != EdgeKind::SHORTCUT || is_root)
                && to != node
                && to != ROOT.0
                && beyond.is_none_or(|page| !page.contains(to))
                && !(is_table && self.is_table_edge(from, kind, edges.names[at]));
            visit(to, is_essential);
        }
    }

    #[cold]
    fn is_table_edge(&self, from: NodeOrdinal, kind: EdgeKind, name: u32) -> bool {
        self.weak_maps.entry(kind, name).is_some_and(|entry| entry.table_id == self.graph.id(from).0)
    }
}

/// The nodes whose ids WeakMap entries name as their tables.
fn tables(graph: &Graph, weak_maps: &WeakMaps) -> BitSet {
    // Most ids are ruled out by their low bits.
    const BUCKETS: u64 = 1 << 16;
    if weak_maps.table_ids().is_empty() {
        return BitSet::default();
    }
    let ids: FxHashSet<u64> = weak_maps.table_ids().iter().copied().collect();
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

#[cfg(test)]
mod tests {
    use super::EssentialEdges;
    use crate::analysis::{WeakMaps, page_objects, weak_maps};
    use crate::format::{EdgeKind, NodeKind, Source, builder::SnapshotBuilder, read};
    use crate::graph::{Graph, ROOT};
    use crate::util::Progress;

    #[test]
    fn edges_that_keep_nothing_alive_are_left_out() {
        let mut heap = SnapshotBuilder::new();
        let root = heap.node(NodeKind::SYNTHETIC, "", 0);
        let global = heap.node(NodeKind::OBJECT, "global", 8);
        let table = heap.node(NodeKind::ARRAY, "WeakMap table", 8);
        let key = heap.node(NodeKind::OBJECT, "Key", 8);
        let value = heap.node(NodeKind::OBJECT, "Value", 8);
        let debugger = heap.node(NodeKind::SYNTHETIC, "(Debugger)", 0);
        let aside = heap.node(NodeKind::OBJECT, "Breakpoint", 8);
        let pair = " / part of key (Key @7) -> value (Value @9) pair in WeakMap (table @5)";
        heap.edge(root, EdgeKind::SHORTCUT, "1", global);
        heap.edge(root, EdgeKind::ELEMENT, 1, debugger);
        heap.edge(root, EdgeKind::WEAK, "2", value);
        heap.edge(global, EdgeKind::PROPERTY, "table", table);
        heap.edge(global, EdgeKind::PROPERTY, "key", key);
        heap.edge(global, EdgeKind::PROPERTY, "itself", global);
        heap.edge(global, EdgeKind::SHORTCUT, "key", key);
        heap.edge(table, EdgeKind::INTERNAL, format!("1{pair}").as_str(), value);
        heap.edge(table, EdgeKind::PROPERTY, format!("1{pair}").as_str(), key);
        heap.edge(key, EdgeKind::INTERNAL, format!("2{pair}").as_str(), value);
        heap.edge(debugger, EdgeKind::ELEMENT, 1, value);
        heap.edge(debugger, EdgeKind::ELEMENT, 2, aside);
        heap.edge(aside, EdgeKind::PROPERTY, "key", key);
        let graph =
            Graph::new(read(Source::from_bytes(heap.to_json().into_bytes()), &Progress::new()).unwrap());
        let page = page_objects(&graph, &Progress::new()).unwrap();
        let weak_maps = weak_maps(&graph, &Progress::new()).unwrap();

        let mut edges = EssentialEdges::new(&graph, &weak_maps);
        edges.know_page(page);
        let targets = |node| {
            let mut targets = Vec::new();
            edges.targets_from_last(node, |to| targets.push(to));
            targets
        };
        assert_eq!(targets(root), [debugger, global]);
        assert_eq!(targets(global), [key, table]);
        assert_eq!(targets(table), [key], "the value counts for its key");
        assert_eq!(targets(key), [value]);
        assert_eq!(targets(debugger), [aside], "who looks into the page holds nothing there");
        assert!(targets(aside).is_empty());
    }

    #[test]
    fn edges_of_a_kind_that_nobody_knows_hold_like_others() {
        let mut heap = SnapshotBuilder::new();
        let root = heap.node(NodeKind::SYNTHETIC, "", 0);
        let object = heap.node(NodeKind::OBJECT, "Object", 8);
        heap.edge(root, EdgeKind::CONTEXT, "field", object);
        let json = heap.to_json().replace("\"context\"", "\"teleport\"");
        let graph = Graph::new(read(Source::from_bytes(json.into_bytes()), &Progress::new()).unwrap());
        assert!(graph.edge_rows(ROOT).kinds[0] > EdgeKind::WEAK.0);

        let mut targets = Vec::new();
        let weak_maps = WeakMaps::default();
        let edges = EssentialEdges::new(&graph, &weak_maps);
        edges.targets_from_last(root, |to| targets.push(to));
        assert_eq!(targets, [object]);
    }
}
