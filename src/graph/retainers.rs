//! The edges that lead to each node: the graph seen backwards.

use super::{EdgeOrdinal, Graph, NodeOrdinal};
use crate::util::{Cancelled, Column, Progress};

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
    /// Counts, then distributes: two passes over the edges.
    pub fn build(graph: &Graph, progress: &Progress) -> Result<Self, Cancelled> {
        const STEP: usize = 1 << 16;
        let to = &graph.edges().to;
        let mut first = vec![0u32; graph.node_count() as usize + 1];
        for chunk in to.chunks(STEP) {
            progress.check()?;
            for &node in chunk {
                first[node as usize + 1] += 1; // targets are below the node count
            }
        }
        for node in 1..first.len() {
            first[node] += first[node - 1];
        }
        let mut next = first.clone();
        let mut edges = vec![0u32; to.len()];
        for (step, chunk) in to.chunks(STEP).enumerate() {
            progress.check()?;
            for (&node, edge) in chunk.iter().zip((step * STEP) as u32..) {
                let slot = &mut next[node as usize];
                edges[*slot as usize] = edge;
                *slot += 1;
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
        let range = self.first[node.index()] as usize..self.first[node.index() + 1] as usize;
        self.edges[range].iter().copied().map(EdgeOrdinal)
    }

    /// How many edges lead to a node.
    #[inline]
    pub fn count(&self, node: NodeOrdinal) -> u32 {
        self.first[node.index() + 1] - self.first[node.index()]
    }
}
