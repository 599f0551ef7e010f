//! Which nodes are attached to a document and which are detached from it.

use crate::graph::{EdgeKind, Graph, NodeKind, NodeOrdinal};
use crate::util::{BitSet, Cancelled, Column, Progress, spill, stored};

const ATTACHED: u8 = 1;
const DETACHED: u8 = 2;

/// The state of each node after propagation through native nodes.
#[derive(Debug, Default)]
pub struct Detachedness {
    /// 0 unknown, 1 attached, 2 detached (3 where a file says so).
    pub state: Column<u8>,
    /// Whether detached native nodes are shown as `Detached …` (the file has
    /// the field; older writers spelled it so themselves).
    pub renames: bool,
}

stored!(Detachedness { state, renames });

impl Detachedness {
    /// Whether the displayed name of a node is `Detached ` and its raw name.
    #[inline]
    pub fn is_renamed(&self, graph: &Graph, node: NodeOrdinal) -> bool {
        self.renames && self.state[node.index()] == DETACHED && graph.kind(node) == NodeKind::NATIVE
    }
}

/// Spreads attached and detached states through native nodes: a native node
/// without a state of its own is attached if an attached native node leads to
/// it, else detached if a detached one does.
pub fn detachedness(graph: &Graph, progress: &Progress) -> Result<Detachedness, Cancelled> {
    match &graph.nodes().detachedness {
        Some(written) => Ok(Detachedness { state: spread(graph, written, progress)?.into(), renames: true }),
        None => Ok(Detachedness { state: from_names(graph, progress)?.into(), renames: false }),
    }
}

/// The states of a file that has no such field: writers of that time named detached nodes so.
fn from_names(graph: &Graph, progress: &Progress) -> Result<Vec<u8>, Cancelled> {
    let mut state = spill::for_later(|| vec![0; graph.node_count() as usize]);
    for (node, state) in graph.node_ordinals().zip(&mut state) {
        if node.0.is_multiple_of(1 << 14) {
            progress.check()?;
        }
        if graph.kind(node) == NodeKind::NATIVE && graph.name_text(node).starts_with("Detached ") {
            *state = DETACHED;
        }
    }
    Ok(state)
}

fn spread(graph: &Graph, written: &[u8], progress: &Progress) -> Result<Vec<u8>, Cancelled> {
    let mut state = spill::for_later(|| vec![0; written.len()]);
    let mut known = BitSet::new(state.len());
    let mut attached = Vec::new();
    let mut detached = Vec::new();
    for (node, &own) in graph.node_ordinals().zip(written) {
        let own = own & 3; // only the two low bits are the state
        if own == 0 {
            continue; // pages that are never written to cost no memory
        }
        state[node.index()] = own;
        known.insert(node.0);
        match own {
            ATTACHED if graph.kind(node) == NodeKind::NATIVE => attached.push(node),
            DETACHED if graph.kind(node) == NodeKind::NATIVE => detached.push(node),
            _ => {}
        }
    }
    for (mut pending, spreading) in [(attached, ATTACHED), (detached, DETACHED)] {
        let mut visits = 0u32;
        while let Some(node) = pending.pop() {
            visits = visits.wrapping_add(1);
            if visits.is_multiple_of(1 << 12) {
                progress.check()?;
            }
            let edges = graph.edge_rows(node);
            for (&kind, &to) in edges.kinds.iter().zip(edges.to) {
                let kind = EdgeKind(kind);
                if kind == EdgeKind::HIDDEN || kind == EdgeKind::WEAK || known.contains(to) {
                    continue;
                }
                let to = NodeOrdinal(to);
                if graph.kind(to) == NodeKind::NATIVE {
                    known.insert(to.0);
                    state[to.index()] = spreading;
                    pending.push(to);
                }
            }
        }
    }
    Ok(state)
}

#[cfg(test)]
mod tests {
    use super::detachedness;
    use crate::format::{EdgeKind, NodeKind, Source, builder::SnapshotBuilder, read};
    use crate::graph::{Graph, NodeOrdinal};
    use crate::util::Progress;

    fn graph(json: String) -> Graph {
        Graph::new(read(Source::from_bytes(json.into_bytes()), &Progress::new()).unwrap())
    }

    /// Two documents' trees: a detached one that leads into an attached one, an
    /// object in between, a state that stands in the file.
    fn trees() -> SnapshotBuilder {
        let mut heap = SnapshotBuilder::new();
        heap.node(NodeKind::SYNTHETIC, "", 0);
        let attached = heap.node(NodeKind::NATIVE, "<body>", 8);
        let detached = heap.node(NodeKind::NATIVE, "<div>", 8);
        let both = heap.node(NodeKind::NATIVE, "<p>", 8);
        let own = heap.node(NodeKind::NATIVE, "<a>", 8);
        let inner = heap.node(NodeKind::NATIVE, "InternalNode", 8);
        let object = heap.node(NodeKind::OBJECT, "Model", 8);
        let behind_object = heap.node(NodeKind::NATIVE, "<i>", 8);
        let weakly = heap.node(NodeKind::NATIVE, "<b>", 8);
        heap.set_detachedness(attached, 1);
        heap.set_detachedness(detached, 2);
        heap.set_detachedness(own, 1);
        heap.edge(attached, EdgeKind::INTERNAL, "1", both);
        heap.edge(detached, EdgeKind::INTERNAL, "1", both);
        heap.edge(detached, EdgeKind::INTERNAL, "2", own);
        heap.edge(detached, EdgeKind::ELEMENT, 3, inner);
        heap.edge(detached, EdgeKind::PROPERTY, "model", object);
        heap.edge(object, EdgeKind::PROPERTY, "view", behind_object);
        heap.edge(detached, EdgeKind::WEAK, "4", weakly);
        heap.edge(detached, EdgeKind::HIDDEN, 4, weakly);
        heap
    }

    #[test]
    fn states_spread_through_native_nodes_and_attached_wins() {
        let graph = graph(trees().to_json());
        let result = detachedness(&graph, &Progress::new()).unwrap();
        assert_eq!(result.state[..], [0, 1, 2, 1, 1, 2, 0, 0, 0]);
        let renamed: Vec<u32> =
            graph.node_ordinals().filter(|&n| result.is_renamed(&graph, n)).map(|n| n.0).collect();
        assert_eq!(renamed, [2, 5]);
    }

    #[test]
    fn files_without_the_field_say_it_in_names() {
        let mut heap = SnapshotBuilder::new();
        heap.node(NodeKind::SYNTHETIC, "", 0);
        let div = heap.node(NodeKind::NATIVE, "Detached HTMLDivElement", 8);
        heap.node(NodeKind::OBJECT, "Detached HTMLDivElement", 8);
        let child = heap.node(NodeKind::NATIVE, "HTMLParagraphElement", 8);
        heap.edge(div, EdgeKind::PROPERTY, "child", child);
        // The last field by another name: nobody knows it.
        let graph = graph(heap.to_json().replace("\"detachedness\"", "\"reserved\""));
        let result = detachedness(&graph, &Progress::new()).unwrap();
        assert_eq!(result.state[..], [0, 2, 0, 0]);
        assert!(!result.is_renamed(&graph, NodeOrdinal(div)));
    }
}
