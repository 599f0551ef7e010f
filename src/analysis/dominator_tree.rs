//! The dominator tree, walked: up to the root, and down to what an object dominates.

use rayon::prelude::*;

use super::Dominators;
use crate::graph::{NodeOrdinal, ROOT};
use crate::util::{Cancelled, Progress};

/// A node, its dominator, and so on up to and including the root.
pub fn dominator_chain(dominators: &Dominators, node: NodeOrdinal) -> Vec<NodeOrdinal> {
    let mut chain = vec![node];
    let mut at = node;
    while at != ROOT {
        at = dominators.of(at); // a tree: each step is nearer to the root
        chain.push(at);
    }
    chain
}

/// The nodes whose immediate dominator a node is, in file order. Takes a pass over all nodes.
pub fn dominated_by(
    dominators: &Dominators,
    node: NodeOrdinal,
    progress: &Progress,
) -> Result<Vec<NodeOrdinal>, Cancelled> {
    const STEP: usize = 1 << 16;
    let parts: Vec<Vec<NodeOrdinal>> = dominators
        .immediate
        .par_chunks(STEP)
        .enumerate()
        .map(|(part, immediate)| {
            progress.check()?;
            let rows = immediate.iter().zip((part * STEP) as u32..);
            // The root is its own dominator, but nothing that it could be shown inside of.
            let dominated = rows.filter(|&(&dominator, row)| dominator == node.0 && row != ROOT.0);
            Ok(dominated.map(|(_, row)| NodeOrdinal(row)).collect())
        })
        .collect::<Result<_, Cancelled>>()?;
    Ok(parts.concat())
}

#[cfg(test)]
mod tests {
    use super::{dominated_by, dominator_chain};
    use crate::analysis::testing::{heap_of, object, rooted};
    use crate::format::{EdgeKind, NodeKind};
    use crate::graph::{NodeOrdinal, ROOT};
    use crate::util::Progress;

    #[test]
    fn the_tree_is_walked_both_ways() {
        let mut snapshot = rooted();
        let global = object(&mut snapshot, "global", 8);
        let [left, right, shared] =
            ["Left", "Right", "Shared"].map(|name| snapshot.node(NodeKind::OBJECT, name, 8));
        for (from, to) in [(global, left), (global, right), (left, shared), (right, shared)] {
            snapshot.edge(from, EdgeKind::PROPERTY, "field", to);
        }
        let heap = heap_of(&snapshot);
        let ordinals = |nodes: Vec<NodeOrdinal>| nodes.into_iter().map(|node| node.0).collect::<Vec<_>>();
        assert_eq!(ordinals(dominator_chain(&heap.dominators, NodeOrdinal(shared))), [shared, global, 0]);
        assert_eq!(ordinals(dominator_chain(&heap.dominators, ROOT)), [0]);
        let dominated =
            |node| ordinals(dominated_by(&heap.dominators, NodeOrdinal(node), &Progress::new()).unwrap());
        assert_eq!(dominated(global), [left, right, shared]);
        assert_eq!(dominated(0), [global]);
        assert!(dominated(shared).is_empty());
    }
}
