//! The edges that lead to each node: the graph seen backwards.

use rayon::prelude::*;

use super::{EdgeOrdinal, Graph, NodeOrdinal};
use crate::format::are_offsets;
use crate::util::{Cancelled, Column, Progress, stored};

/// For each node the edges that lead to it, in ascending edge order
/// (DevTools lists them descending).
#[derive(Debug, Default)]
pub struct Retainers {
    /// Node `n` has the entries `first[n]..first[n + 1]`; one row more than nodes.
    first: Column<u32>,
    /// Edge ordinals.
    edges: Column<u32>,
}

impl Retainers {
    /// Counts, then distributes: two passes over the edges, the second of which takes longer.
    pub fn build(graph: &Graph, progress: &Progress) -> Result<Self, Cancelled> {
        const STEP: usize = 1 << 16;
        const PASSES: [u64; 2] = [1, 3];
        let to = &graph.edges().to;
        progress.expect(PASSES.iter().sum::<u64>() * to.len() as u64);
        let mut first = vec![0u32; graph.node_count() as usize + 1];
        for targets in to.chunks(STEP) {
            progress.advance(PASSES[0] * targets.len() as u64)?;
            for &node in targets {
                first[node as usize] += 1; // targets are below the node count
            }
        }
        // Each row's end, which distributing from the last edge on moves down to its first.
        let mut end = 0;
        for row in &mut first {
            end += *row;
            *row = end;
        }
        let mut edges = vec![0u32; to.len()];
        let mut edge = to.len() as u32; // as many as fit, checked when reading
        for targets in to.rchunks(STEP) {
            progress.advance(PASSES[1] * targets.len() as u64)?;
            for &node in targets.iter().rev() {
                edge -= 1;
                let slot = &mut first[node as usize];
                *slot -= 1;
                edges[*slot as usize] = edge;
            }
        }
        Ok(Self { first: first.into(), edges: edges.into() })
    }

    /// The edges that lead to a node, ascending.
    #[inline]
    pub fn of(
        &self,
        node: NodeOrdinal,
    ) -> impl DoubleEndedIterator<Item = EdgeOrdinal> + ExactSizeIterator + '_ {
        let start = self.first[node.index()] as usize;
        self.edges[start..start + self.count(node) as usize].iter().copied().map(EdgeOrdinal)
    }

    /// How many edges lead to a node.
    #[inline]
    pub fn count(&self, node: NodeOrdinal) -> u32 {
        self.first[node.index() + 1].saturating_sub(self.first[node.index()]) // see Graph::edge_range
    }
}

impl Retainers {
    /// Whether each of so many edges is listed at one of so many nodes: what was loaded from a
    /// file may be anything.
    pub fn is_sound(&self, nodes: usize, edges: usize) -> bool {
        are_offsets(&self.first, nodes, edges)
            && self.edges.len() == edges
            && self.edges.par_iter().all(|&edge| (edge as usize) < edges)
    }
}

stored!(Retainers { first, edges });

#[cfg(test)]
mod tests {
    use super::Retainers;
    use crate::format::{EdgeKind, NodeKind, Source, builder::SnapshotBuilder, read};
    use crate::graph::{Graph, NodeOrdinal};
    use crate::util::Progress;

    #[test]
    fn each_node_has_its_incoming_edges_in_file_order() {
        let mut heap = SnapshotBuilder::new();
        let root = heap.node(NodeKind::SYNTHETIC, "", 0);
        let a = heap.node(NodeKind::OBJECT, "A", 8);
        let b = heap.node(NodeKind::OBJECT, "B", 8);
        let lonely = heap.node(NodeKind::OBJECT, "C", 8);
        heap.edge(root, EdgeKind::ELEMENT, 1, b);
        heap.edge(root, EdgeKind::ELEMENT, 2, a);
        heap.edge(a, EdgeKind::PROPERTY, "b", b);
        heap.edge(a, EdgeKind::WEAK, "1", b);
        heap.edge(b, EdgeKind::PROPERTY, "b", b);
        heap.edge(lonely, EdgeKind::PROPERTY, "root", root);
        let source = Source::from_bytes(heap.to_json().into_bytes());
        let graph = Graph::new(read(source, &Progress::new()).unwrap());

        let retainers = Retainers::build(&graph, &Progress::new()).unwrap();
        let of = |node| retainers.of(NodeOrdinal(node)).map(|edge| edge.0).collect::<Vec<_>>();
        assert_eq!([of(root), of(a), of(b), of(lonely)], [vec![5], vec![1], vec![0, 2, 3, 4], vec![]]);
        assert_eq!(retainers.count(NodeOrdinal(b)), 4);
    }
}
