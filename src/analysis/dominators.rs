//! Immediate dominators over essential edges.
//!
//! Semi-NCA (Georgiadis and Tarjan, “Finding dominators revisited”, 2004), over
//! nodes renumbered in depth-first order, because locality is what costs here:
//!
//! 1. [`Walk`] numbers the nodes and notes, in the new numbers, who leads back to whom.
//! 2. [`semidominators`] are found as in Lengauer and Tarjan's algorithm, by
//!    compressing paths of the depth-first tree.
//! 3. [`immediate_dominators`] are the nearest common ancestors of tree parent
//!    and semidominator. They are looked for along skew-binary jump pointers
//!    (Myers, “An applicative random-access stack”, 1983), which makes the
//!    worst case of this step O(n log n) where plain semi-NCA is quadratic:
//!    heaps do hold long chains whose two ends reach the same objects.

use super::WeakMaps;
use super::dominator_walk::{CHECK_EVERY, Lists, Walk};
use super::essential::EssentialEdges;
use crate::graph::{Graph, NodeOrdinal, ROOT};
use crate::util::{BitSet, Cancelled, Column, Progress, spill, stored};

/// The dominator tree.
#[derive(Debug, Default)]
pub struct Dominators {
    /// Ordinal of the immediate dominator by node; the root's is the root.
    pub immediate: Column<u32>,
    /// All nodes in preorder of the tree: each is followed by all that it dominates.
    pub preorder: Column<u32>,
}

stored!(Dominators { immediate, preorder });

impl Dominators {
    /// Whether these are a tree of so many nodes, listed in preorder: what was loaded from a file
    /// may be anything.
    pub(super) fn is_sound(&self, nodes: usize) -> bool {
        let mut seen = BitSet::new(nodes);
        // From the root down to the node before.
        let mut path: Vec<u32> = Vec::new();
        let comes_in_order = |&node: &u32| {
            let Some(&dominator) = self.immediate.get(node as usize) else { return false };
            while path.last().is_some_and(|&above| above != dominator) {
                path.pop();
            }
            let follows = if node == ROOT.0 { dominator == node } else { !path.is_empty() };
            path.push(node);
            follows && seen.insert(node)
        };
        self.immediate.len() == nodes
            && self.preorder.len() == nodes
            && self.preorder.iter().all(comes_in_order)
    }

    /// Immediate dominator of a node.
    #[inline]
    pub fn of(&self, node: NodeOrdinal) -> NodeOrdinal {
        NodeOrdinal(self.immediate[node.index()])
    }
}

/// Computes immediate dominators.
///
/// *Orphans*, nodes to which no essential edge leads, hang on the root as if it
/// led to them. What is reachable neither from the root nor from an orphan (rings
/// that nothing else leads to) hangs on the root too, node by node, and its edges
/// count for nobody.
pub fn dominators(graph: &Graph, weak_maps: &WeakMaps, progress: &Progress) -> Result<Dominators, Cancelled> {
    Semidominators::find(graph, weak_maps, progress, || Ok(()))?.tree(progress)
}

/// What is known when all edges have been looked at. From here on the work takes less memory than
/// before, and leaves some for others.
pub(super) struct Semidominators {
    /// The node of each number of the walk.
    order: Vec<u32>,
    /// Nodes that the walk did not reach, ascending.
    unreached: Vec<u32>,
    /// By number.
    parents: Vec<u32>,
    /// By number, behind one entry that means nothing.
    semi: Vec<u32>,
    /// Space for two entries a node, whatever is in it.
    pairs: Vec<u32>,
}

impl Semidominators {
    /// `walked` is called when half of the work is done.
    pub(super) fn find(
        graph: &Graph,
        weak_maps: &WeakMaps,
        progress: &Progress,
        walked: impl FnOnce() -> Result<(), Cancelled>,
    ) -> Result<Self, Cancelled> {
        let edges = EssentialEdges::new(graph, weak_maps);
        let Walk { order, parents, ahead, back, unreached, numbers, .. } = Walk::run(edges, progress)?;

        // Buffers are handed on from step to step: fresh memory costs as much as the work on it,
        // and nowhere else is as much of it in use at once.
        let preds = back.turned(numbers, progress)?;
        walked()?;
        // (Where memory is scarce, what grew lies in a file; but now nothing is as busy as the pairs.)
        let mut pairs = if spill::is_scarce() { Vec::new() } else { back.items };
        let room = 2 * graph.node_count() as usize;
        pairs.reserve_exact(room.saturating_sub(pairs.len()));
        pairs.resize(room, 0);
        let (links, _) = pairs.as_chunks_mut::<2>();
        for (link, &parent) in links.iter_mut().zip(&parents) {
            *link = [parent, parent];
        }
        for (number, ancestor) in ahead {
            let [_, least] = &mut links[number as usize];
            *least = ancestor.min(*least);
        }
        let semi = semidominators(preds, links, progress)?;
        Ok(Self { order, unreached, parents, semi, pairs })
    }

    /// The tree.
    pub(super) fn tree(self, progress: &Progress) -> Result<Dominators, Cancelled> {
        let Self { mut order, unreached, parents, semi, mut pairs } = self;
        let (pairs, _) = pairs.as_chunks_mut::<2>();
        let mut by_number = parents;
        immediate_dominators(&mut by_number, &semi[1..], pairs, progress)?;

        by_number.resize(order.len() + unreached.len(), 0);
        order.extend(unreached);
        let mut immediate = semi;
        immediate.clear();
        immediate.resize(order.len(), ROOT.0);
        let by_node = || {
            for (&node, &dominator) in order.iter().zip(&by_number) {
                immediate[node as usize] = order[dominator as usize];
            }
        };
        let (preorder, ()) = rayon::join(|| preorder(&order, &by_number, pairs, progress), by_node);
        Ok(Dominators { immediate: immediate.into(), preorder: preorder?.into() })
    }
}

/// What path compression knows of a number: a proper ancestor in the walk's tree, and the
/// least semidominator on the way there, the ancestor's own excluded.
type Link = [u32; 2];

/// The semidominators of all numbers, each behind one entry that means nothing. `preds` lists
/// for each number the greater ones that lead to it. `links` begin with the number's parent, and
/// the least of the others that lead to it.
fn semidominators(mut preds: Lists, links: &mut [Link], progress: &Progress) -> Result<Vec<u32>, Cancelled> {
    let mut path = Vec::new();
    for number in (1..preds.starts.len() - 1).rev() {
        if number.is_multiple_of(CHECK_EVERY) {
            progress.check()?;
        }
        let [_, mut least] = links[number];
        for &pred in preds.row(number) {
            least = least.min(least_semi(links, &mut path, pred, number as u32));
        }
        links[number][1] = least;
        // Nobody asks any more where this row ends.
        preds.starts[number + 1] = least;
    }
    Ok(preds.starts)
}

/// The least semidominator of `number` and its ancestors above `floor`, all of
/// which are known. Shortens the way for the next who asks.
#[inline]
fn least_semi(links: &mut [Link], path: &mut Vec<u32>, number: u32, floor: u32) -> u32 {
    let [mut ancestor, mut least] = links[number as usize];
    if ancestor <= floor {
        return least;
    }
    path.clear();
    path.push(number);
    loop {
        let [next, known] = links[ancestor as usize];
        if next <= floor {
            (ancestor, least) = (next, known);
            break;
        }
        path.push(ancestor);
        ancestor = next;
    }
    for &number in path.iter().rev() {
        let link = &mut links[number as usize];
        least = least.min(link[1]);
        *link = [ancestor, least];
    }
    least
}

/// An ancestor in the dominator tree, and how many steps the number itself is from the root.
/// How far up the ancestor is depends on that depth alone, and such that any
/// ancestor is a logarithm of jumps away.
type Jump = [u32; 2];

/// Turns each number's tree parent into its immediate dominator: the first of the
/// parent and that one's dominators that is not above the semidominator in the walk's order.
/// `jumps` is space for one entry a number.
fn immediate_dominators(
    parents: &mut [u32],
    semi: &[u32],
    jumps: &mut [Jump],
    progress: &Progress,
) -> Result<(), Cancelled> {
    let dominators = parents; // from the least number on
    if let Some(root) = jumps.first_mut() {
        *root = [0, 0];
    }
    for number in 1..semi.len() {
        if number.is_multiple_of(CHECK_EVERY) {
            progress.check()?;
        }
        let semi = semi[number];
        let mut dominator = dominators[number];
        while dominator > semi {
            let [jump, _] = jumps[dominator as usize];
            dominator = if jump > semi { jump } else { dominators[dominator as usize] };
        }
        dominators[number] = dominator;
        let [first, depth] = jumps[dominator as usize];
        let [second, first_depth] = jumps[first as usize];
        let [_, second_depth] = jumps[second as usize];
        // Two jumps of the same length in a row become one, as when counting with the digits 0, 1 and 2.
        let joins = depth - first_depth == first_depth - second_depth;
        jumps[number] = [if joins { second } else { dominator }, depth + 1];
    }
    Ok(())
}

/// What is known of a number while the tree is laid out: how many it dominates, itself
/// included, and the place of what comes next below it.
type Room = [u32; 2];

/// The nodes in preorder of the tree. `dominators` are numbers, and less than the numbers
/// they dominate; `rooms` is space for one entry a number.
fn preorder(
    order: &[u32],
    dominators: &[u32],
    rooms: &mut [Room],
    progress: &Progress,
) -> Result<Vec<u32>, Cancelled> {
    rooms.fill([1, 1]);
    for number in (1..order.len()).rev() {
        if number.is_multiple_of(CHECK_EVERY) {
            progress.check()?;
        }
        rooms[dominators[number] as usize][0] += rooms[number][0];
    }
    let mut preorder = spill::for_later(|| vec![ROOT.0; order.len()]);
    for number in 1..order.len() {
        if number.is_multiple_of(CHECK_EVERY) {
            progress.check()?;
        }
        let [size, _] = rooms[number];
        let [_, next] = &mut rooms[dominators[number] as usize];
        let place = *next;
        *next += size;
        rooms[number][1] = place + 1;
        preorder[place as usize] = order[number]; // each place is given away once
    }
    Ok(preorder)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Dominators, EssentialEdges, dominators};
    use crate::analysis::{SizeRule, detachedness, page_objects, retained_sizes, shallow_sizes, weak_maps};
    use crate::format::{EdgeKind, NodeKind, Source, builder::SnapshotBuilder, read};
    use crate::graph::{Graph, NodeOrdinal};
    use crate::util::Progress;

    fn graph(heap: &SnapshotBuilder) -> Graph {
        Graph::new(read(Source::from_bytes(heap.to_json().into_bytes()), &Progress::new()).unwrap())
    }

    fn tree(graph: &Graph) -> Dominators {
        let weak_maps = weak_maps(graph, &Progress::new()).unwrap();
        dominators(graph, &weak_maps, &Progress::new()).unwrap()
    }

    /// A root, objects of 1, 2, 4, 8 … bytes, and edges between them.
    fn heap(objects: usize, edges: &[(usize, usize, EdgeKind)]) -> SnapshotBuilder {
        let mut heap = SnapshotBuilder::new();
        heap.node(NodeKind::SYNTHETIC, "", 0);
        for object in 0..objects {
            heap.node(NodeKind::OBJECT, "Node", 1 << object);
        }
        for &(from, to, kind) in edges {
            heap.edge(from as u32, kind, "edge", to as u32);
        }
        heap
    }

    #[test]
    fn what_two_ways_lead_to_is_dominated_where_they_part() {
        const P: EdgeKind = EdgeKind::PROPERTY;
        let diamond = [(0, 1, P), (1, 2, P), (1, 3, P), (2, 4, P), (3, 4, P), (4, 5, P), (5, 1, P)];
        assert_eq!(tree(&graph(&heap(5, &diamond))).immediate[..], [0, 0, 1, 1, 1, 4]);
    }

    #[test]
    fn orphans_and_rings_hang_on_the_root_and_edges_of_rings_count_for_nobody() {
        const P: EdgeKind = EdgeKind::PROPERTY;
        // 1 ─ 2; the orphan 3 holds 4; the ring 5 ⇄ 6 leads to 2 and to 4.
        let edges = [(0, 1, P), (1, 2, P), (3, 4, P), (5, 6, P), (6, 5, P), (5, 2, P), (6, 4, P)];
        let tree = tree(&graph(&heap(6, &edges)));
        assert_eq!(tree.immediate[..], [0, 0, 1, 0, 3, 0, 0]);
        assert_eq!(tree.preorder[..], [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn a_long_chain_with_short_cuts_takes_no_quadratic_time() {
        // The root and the chain's end both lead to many objects. Walking up the chain
        // from each would take 10¹⁰ steps.
        const LENGTH: u32 = 100_000;
        let mut heap = SnapshotBuilder::new();
        heap.node(NodeKind::SYNTHETIC, "", 0);
        for node in 1..=2 * LENGTH {
            heap.node(NodeKind::OBJECT, "Node", 1);
            if node <= LENGTH {
                heap.edge(node - 1, EdgeKind::PROPERTY, "next", node);
            } else {
                heap.edge(LENGTH, EdgeKind::PROPERTY, "late", node);
                heap.edge(0, EdgeKind::PROPERTY, "early", node);
            }
        }
        let tree = tree(&graph(&heap));
        for node in 1..=2 * LENGTH {
            let dominator = if node <= LENGTH { node - 1 } else { 0 };
            assert_eq!(tree.of(NodeOrdinal(node)), NodeOrdinal(dominator));
        }
    }

    #[test]
    fn every_edge_counts_of_nodes_with_few_and_with_many() {
        // Chains, and behind each a holder of all its nodes.
        let mut heap = SnapshotBuilder::new();
        let root = heap.node(NodeKind::SYNTHETIC, "", 0);
        for length in [254, 255, 3, 256, 1000, 0, 255] {
            let chain: Vec<u32> = (0..length).map(|_| heap.node(NodeKind::OBJECT, "Node", 1)).collect();
            let holder = heap.node(NodeKind::OBJECT, "Holder", 1);
            for (before, &node) in [root].iter().chain(&chain).zip(&chain) {
                heap.edge(*before, EdgeKind::PROPERTY, "next", node);
                heap.edge(holder, EdgeKind::PROPERTY, "held", node);
            }
            heap.edge(root, EdgeKind::PROPERTY, "holder", holder);
        }
        assert!(tree(&graph(&heap)).immediate.iter().all(|&dominator| dominator == root));
    }

    /// Dominators by their definition, on the essential edges of a small graph.
    struct Naive {
        targets: Vec<Vec<usize>>,
    }

    impl Naive {
        fn new(graph: &Graph) -> Self {
            let weak_maps = weak_maps(graph, &Progress::new()).unwrap();
            let mut edges = EssentialEdges::new(graph, &weak_maps);
            edges.know_page(page_objects(graph, &Progress::new()).unwrap());
            let mut targets = vec![Vec::new(); graph.node_count() as usize];
            let mut has_parent = vec![false; targets.len()];
            for (node, targets) in targets.iter_mut().enumerate() {
                edges.targets_from_last(node as u32, |to| {
                    targets.push(to as usize);
                    has_parent[to as usize] = true;
                });
            }
            let orphans = (1..targets.len()).filter(|&node| !has_parent[node]);
            targets[0].extend(orphans);
            Self { targets }
        }

        /// Which nodes the root reaches when one is taken away.
        fn reached_without(&self, removed: Option<usize>) -> Vec<bool> {
            let mut reached = vec![false; self.targets.len()];
            let mut waiting = vec![0];
            while let Some(node) = waiting.pop() {
                if Some(node) != removed && !std::mem::replace(&mut reached[node], true) {
                    waiting.extend(&self.targets[node]);
                }
            }
            reached
        }

        /// For each node those that fall with it, itself included. What the root does not
        /// reach falls alone, and with the root.
        fn falls_with(&self) -> Vec<Vec<bool>> {
            let all = self.reached_without(None);
            let fall = |node: usize| {
                let rest = self.reached_without(Some(node));
                (0..all.len()).map(|other| other == node || node == 0 || all[other] && !rest[other]).collect()
            };
            (0..all.len()).map(fall).collect()
        }
    }

    fn edge(objects: usize) -> impl Strategy<Value = (usize, usize, EdgeKind)> {
        let kind = prop_oneof![
            6 => Just(EdgeKind::PROPERTY),
            1 => Just(EdgeKind::WEAK),
            1 => Just(EdgeKind::SHORTCUT),
        ];
        (0..=objects, 0..=objects, kind)
    }

    fn edges() -> impl Strategy<Value = (usize, Vec<(usize, usize, EdgeKind)>)> {
        (0usize..14).prop_flat_map(|objects| (Just(objects), prop::collection::vec(edge(objects), 0..40)))
    }

    proptest! {
        #[test]
        fn dominators_and_retained_sizes_are_what_their_definitions_say((objects, edges) in edges()) {
            let mut graph = graph(&heap(objects, &edges));
            let falls_with = Naive::new(&graph).falls_with();
            let tree = tree(&graph);

            let nodes = 0..=objects;
            for node in nodes.clone().skip(1) {
                // The dominators of a node form a chain: the nearest falls with all others.
                let above = nodes.clone().filter(|&other| other != node && falls_with[other][node]);
                let nearest = above.max_by_key(|&d| nodes.clone().filter(|&e| falls_with[e][d]).count());
                prop_assert_eq!(tree.immediate[node], nearest.unwrap_or(0) as u32);
            }
            let mut seen = vec![false; objects + 1];
            for (place, &node) in tree.preorder.iter().enumerate() {
                prop_assert!(!std::mem::replace(&mut seen[node as usize], true));
                let below = |other: u32| node == 0 || falls_with[node as usize][other as usize];
                let rest = &tree.preorder[place..];
                let end = rest.iter().position(|&other| !below(other)).unwrap_or(rest.len());
                prop_assert_eq!(end, nodes.clone().filter(|&other| below(other as u32)).count());
            }
            prop_assert_eq!(seen.len(), tree.preorder.len());

            let detachedness = detachedness(&graph, &Progress::new()).unwrap();
            let (self_sizes, rule) = (graph.take_self_sizes(), SizeRule::Exact);
            let sizes = shallow_sizes(&graph, self_sizes, &detachedness, rule, &Progress::new()).unwrap();
            let retained = retained_sizes(&tree, &sizes, &Progress::new()).unwrap();
            for (node, falls) in falls_with.iter().enumerate() {
                let fallen = nodes.clone().filter(|&other| falls[other]);
                let sum: u64 = fallen.map(|other| sizes.of(NodeOrdinal(other as u32))).sum();
                prop_assert_eq!(retained.of(NodeOrdinal(node as u32)), sum);
            }
        }
    }
}
