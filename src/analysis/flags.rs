//! Per-node marks: reachable by queries, part of the page, detached DOM.

use super::Detachedness;
use super::page_objects::page_objects;
use super::sweep::sweep;
use crate::graph::{EdgeKind, Graph, NodeKind, NodeOrdinal, ROOT};
use crate::util::{BitSet, Cancelled, Column, Progress, stored};

/// One byte of marks a node.
#[derive(Debug, Default)]
pub struct Flags {
    /// Sums of the constants below.
    pub bits: Column<u8>,
}

stored!(Flags { bits });

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

/// Marks all nodes. What can be queried is what the root's targets outside V8's own
/// roots reach by names.
pub fn flags(graph: &Graph, detachedness: &Detachedness, progress: &Progress) -> Result<Flags, Cancelled> {
    let page = page_objects(graph, progress)?;
    let queried = queried(graph, progress)?;
    let marks = |node: NodeOrdinal| {
        let is_detached = detachedness.state[node.index()] == 2 && graph.kind(node) == NodeKind::NATIVE;
        [
            (is_detached, Flags::DETACHED_DOM_TREE_NODE),
            (page.contains(node.0), Flags::PAGE_OBJECT),
            (queried.contains(node.0), Flags::CAN_BE_QUERIED),
        ]
        .into_iter()
        .fold(0, |bits, (is_marked, mark)| if is_marked { bits | mark } else { bits })
    };
    Ok(Flags { bits: graph.node_ordinals().map(marks).collect() })
}

fn queried(graph: &Graph, progress: &Progress) -> Result<BitSet, Cancelled> {
    let mut queried = BitSet::new(graph.node_count() as usize);
    for &to in graph.edge_rows(ROOT).to {
        if graph.kind(NodeOrdinal(to)) != NodeKind::SYNTHETIC {
            queried.insert(to);
        }
    }
    sweep(queried.clone(), progress, |node, pending| {
        let edges = graph.edge_rows(NodeOrdinal(node));
        for (&kind, &to) in edges.kinds.iter().zip(edges.to) {
            let is_name = !matches!(EdgeKind(kind), EdgeKind::WEAK | EdgeKind::HIDDEN | EdgeKind::INTERNAL);
            if is_name && queried.insert(to) {
                pending.push(to);
            }
        }
    })?;
    Ok(queried)
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
