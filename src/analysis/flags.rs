//! Per-node marks: reachable by queries, part of the page, detached DOM.

use super::Detachedness;
use super::roots::is_document_dom_trees;
use super::sweep::sweep;
use crate::graph::{EdgeKind, Graph, NodeKind, NodeOrdinal, ROOT};
use crate::util::{BitSet, Cancelled, Column, Progress};

/// One byte of marks a node.
#[derive(Debug, Default)]
pub struct Flags {
    /// Sums of the constants below.
    pub bits: Column<u8>,
}

impl Flags {
    /// The console can reach it by names.
    pub const CAN_BE_QUERIED: u8 = 1;
    /// A native node in a detached tree.
    pub const DETACHED_DOM_TREE_NODE: u8 = 2;
    /// Reachable from the page's own roots.
    pub const PAGE_OBJECT: u8 = 4;

    /// Whether a node has a mark.
    #[inline]
    pub fn has(&self, node: NodeOrdinal, flag: u8) -> bool {
        self.bits[node.index()] & flag != 0
    }
}

/// Marks all nodes.
pub fn flags(graph: &Graph, detachedness: &Detachedness, progress: &Progress) -> Result<Flags, Cancelled> {
    let (page, queried) = rayon::join(|| page_objects(graph, progress), || queried(graph, progress));
    let (page, queried) = (page?, queried?);
    let bits = graph
        .node_ordinals()
        .map(|node| {
            let is_detached = detachedness.state[node.index()] == 2 && graph.kind(node) == NodeKind::NATIVE;
            u8::from(queried.contains(node.0)) * Flags::CAN_BE_QUERIED
                | u8::from(is_detached) * Flags::DETACHED_DOM_TREE_NODE
                | u8::from(page.contains(node.0)) * Flags::PAGE_OBJECT
        })
        .collect();
    Ok(Flags { bits })
}

/// Reachable over strong edges from what the root's shortcuts and its DOM trees lead to.
fn page_objects(graph: &Graph, progress: &Progress) -> Result<BitSet, Cancelled> {
    let edges = graph.edge_rows(ROOT);
    let entries = edges.kinds.iter().zip(edges.to).filter(|&(&kind, &to)| match EdgeKind(kind) {
        EdgeKind::SHORTCUT => true,
        EdgeKind::ELEMENT => is_document_dom_trees(graph, NodeOrdinal(to)),
        _ => false,
    });
    reach(graph, entries.map(|(_, &to)| to), |kind| kind != EdgeKind::WEAK, progress)
}

/// Reachable by names from what the root leads to outside V8's own roots.
fn queried(graph: &Graph, progress: &Progress) -> Result<BitSet, Cancelled> {
    let entries = graph.edge_rows(ROOT).to.iter().copied();
    let entries = entries.filter(|&to| graph.kind(NodeOrdinal(to)) != NodeKind::SYNTHETIC);
    let is_named = |kind| !matches!(kind, EdgeKind::HIDDEN | EdgeKind::INTERNAL | EdgeKind::WEAK);
    reach(graph, entries, is_named, progress)
}

/// The entries, and all that they lead to over edges of some kinds.
fn reach(
    graph: &Graph,
    entries: impl Iterator<Item = u32>,
    follows: impl Fn(EdgeKind) -> bool,
    progress: &Progress,
) -> Result<BitSet, Cancelled> {
    let mut reached = BitSet::new(graph.node_count() as usize);
    for entry in entries {
        reached.insert(entry);
    }
    let start = reached.clone();
    sweep(start, progress, |node, pending| {
        let edges = graph.edge_rows(NodeOrdinal(node));
        for (&kind, &to) in edges.kinds.iter().zip(edges.to) {
            if follows(EdgeKind(kind)) && reached.insert(to) {
                pending.push(to);
            }
        }
    })?;
    Ok(reached)
}

#[cfg(test)]
mod tests {
    use super::{Flags, flags};
    use crate::analysis::detachedness;
    use crate::format::{EdgeKind, NodeKind, Source, builder::SnapshotBuilder, read};
    use crate::graph::Graph;
    use crate::util::Progress;

    #[test]
    fn the_page_and_what_the_console_reaches_are_marked() {
        let mut heap = SnapshotBuilder::new();
        let root = heap.node(NodeKind::SYNTHETIC, "", 0);
        let window = heap.node(NodeKind::OBJECT, "Window", 8);
        let trees = heap.node(NodeKind::SYNTHETIC, "(Document DOM trees)", 0);
        let gc_roots = heap.node(NodeKind::SYNTHETIC, "(GC roots)", 0);
        let field = heap.node(NodeKind::OBJECT, "Field", 8);
        let map = heap.node(NodeKind::HIDDEN, "system / Map", 8);
        let weak = heap.node(NodeKind::OBJECT, "Weak", 8);
        let element = heap.node(NodeKind::NATIVE, "<div>", 8);
        let internal = heap.node(NodeKind::OBJECT, "Internal", 8);
        heap.set_detachedness(element, 2);
        heap.edge(root, EdgeKind::SHORTCUT, "1", window);
        heap.edge(root, EdgeKind::ELEMENT, 1, trees);
        heap.edge(root, EdgeKind::ELEMENT, 2, gc_roots);
        heap.edge(window, EdgeKind::PROPERTY, "field", field);
        heap.edge(field, EdgeKind::INTERNAL, "map", map);
        heap.edge(window, EdgeKind::WEAK, "weak", weak);
        heap.edge(trees, EdgeKind::ELEMENT, 1, element);
        heap.edge(gc_roots, EdgeKind::ELEMENT, 1, internal);
        let source = Source::from_bytes(heap.to_json().into_bytes());
        let graph = Graph::new(read(source, &Progress::new()).unwrap());
        let detachedness = detachedness(&graph, &Progress::new()).unwrap();

        let flags = flags(&graph, &detachedness, &Progress::new()).unwrap();
        let (queried, detached, page) =
            (Flags::CAN_BE_QUERIED, Flags::DETACHED_DOM_TREE_NODE, Flags::PAGE_OBJECT);
        let both = queried | page;
        assert_eq!(flags.bits[..], [0, both, page, 0, both, page, 0, detached | page, 0]);
    }
}
