//! What the root reaches when some ways are closed.

use super::sweep::sweep;
use crate::graph::{EdgeKind, Graph, NodeOrdinal, ROOT};
use crate::util::{BitSet, Cancelled, Progress};

/// The nodes that the root reaches over edges that are not weak, without entering a
/// `closed` node and without taking an edge that `is_cut` (asked with source, kind and name).
/// The root itself is always reached.
pub(super) fn reached(
    graph: &Graph,
    closed: &BitSet,
    is_cut: impl Fn(NodeOrdinal, EdgeKind, u32) -> bool,
    progress: &Progress,
) -> Result<BitSet, Cancelled> {
    let node_count = graph.node_count() as usize;
    let (mut start, mut reached) = (BitSet::new(node_count), BitSet::new(node_count));
    start.insert(ROOT.0);
    reached.insert(ROOT.0);
    sweep(start, progress, |node, pending| {
        let edges = graph.edge_rows(NodeOrdinal(node));
        for ((&kind, &name), &to) in edges.kinds.iter().zip(edges.names).zip(edges.to) {
            let kind = EdgeKind(kind);
            if kind != EdgeKind::WEAK
                && !reached.contains(to)
                && !closed.contains(to)
                && !is_cut(NodeOrdinal(node), kind, name)
            {
                reached.insert(to);
                pending.push(to);
            }
        }
    })?;
    Ok(reached)
}
