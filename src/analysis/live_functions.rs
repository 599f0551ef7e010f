//! Which contexts the closures of a function can reach.
//!
//! A closure has a context, which leads to the one around it by its field `previous`. So
//! contexts form a forest, and a function reaches a context if one of its closures' contexts
//! lies below that one. With the forest numbered in preorder, what lies below a context is
//! a range of numbers: a question is a binary search, however deep the forest is.

use super::internal_edges::internal_target;
use super::name_sets::find_names;
use crate::graph::{Graph, NodeOrdinal};
use crate::util::{BitSet, Cancelled, Progress, RankedSet};

/// A function that exists on the heap.
#[derive(Clone, Copy, Debug)]
pub(super) struct LiveClosure {
    /// Script and scope id of the function's code.
    pub function: (u32, u32),
    /// Its context.
    pub context: NodeOrdinal,
}

/// The contexts of all closures.
#[derive(Debug, Default)]
pub(super) struct LiveFunctions {
    contexts: RankedSet,
    /// By rank of a context: the places in preorder of all that lies below it, itself included.
    below: Vec<(u32, u32)>,
    /// Script and scope id, sorted.
    functions: Vec<(u32, u32)>,
    /// Closures of function `f` are `first[f]..first[f + 1]`.
    first: Vec<u32>,
    /// The places of closures' contexts, by function, ascending.
    places: Vec<u32>,
}

const NONE: u32 = u32::MAX;
const STEP: usize = 1 << 12;

impl LiveFunctions {
    /// Numbers the contexts (the nodes of `contexts`) and sorts the closures.
    pub(super) fn new(
        graph: &Graph,
        contexts: &BitSet,
        closures: Vec<LiveClosure>,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let node_count = graph.node_count();
        let contexts =
            RankedSet::new(node_count as usize, (0..node_count).filter(|&node| contexts.contains(node)));
        let [previous] = find_names(graph, ["previous"]);
        let mut outer = Vec::with_capacity(contexts.len());
        for context in contexts.iter() {
            if outer.len().is_multiple_of(STEP) {
                progress.check()?;
            }
            let previous = internal_target(graph, NodeOrdinal(context), &previous);
            let rank = previous.and_then(|previous| contexts.rank(previous.0));
            outer.push(rank.map_or(NONE, |rank| rank as u32));
        }
        let below = below(outer, progress)?;

        let place = |closure: &LiveClosure| contexts.rank(closure.context.0).map(|rank| below[rank].0);
        let mut known: Vec<((u32, u32), u32)> =
            closures.iter().filter_map(|closure| Some((closure.function, place(closure)?))).collect();
        drop(closures);
        progress.check()?;
        known.sort_unstable();
        let mut live = Self { contexts, below, first: vec![0], ..Self::default() };
        for of_one in known.chunk_by(|a, b| a.0 == b.0) {
            live.functions.extend(of_one.first().map(|&(function, _)| function));
            live.places.extend(of_one.iter().map(|&(_, place)| place));
            live.first.push(live.places.len() as u32); // closures are nodes
        }
        Ok(live)
    }

    /// The number of a function by script and scope id, if there are closures of it.
    pub(super) fn find(&self, function: (u32, u32)) -> Option<u32> {
        self.functions.binary_search(&function).ok().map(|at| at as u32)
    }

    /// The closures of a function, as sorted places to ask [`Self::any_reaches`] about.
    pub(super) fn places(&self, function: u32) -> &[u32] {
        let function = function as usize;
        &self.places[self.first[function] as usize..self.first[function + 1] as usize]
    }

    /// Whether a closure at one of some sorted places reaches a context.
    pub(super) fn any_reaches(&self, places: &[u32], context: NodeOrdinal) -> bool {
        let Some(rank) = self.contexts.rank(context.0) else { return false };
        let (start, end) = self.below[rank]; // one entry a member
        let first = places.partition_point(|&place| place < start);
        places.get(first).is_some_and(|&place| place < end)
    }
}

/// Numbers a forest in preorder, given what each node lies in: for each node the numbers of
/// all below it. What lies in itself, over others, has all that lies in the ring below it.
fn below(mut outer: Vec<u32>, progress: &Progress) -> Result<Vec<(u32, u32)>, Cancelled> {
    let rings = open_rings(&mut outer, progress)?;
    let mut inner_count = vec![0u32; outer.len()];
    for &outer in outer.iter().filter(|&&outer| outer != NONE) {
        inner_count[outer as usize] += 1;
    }
    // From the innermost out: each node is behind all that lie in it.
    let mut order: Vec<u32> =
        (0..outer.len() as u32).filter(|&node| inner_count[node as usize] == 0).collect();
    let mut size = vec![1u32; outer.len()];
    let mut next = 0;
    while let Some(&node) = order.get(next) {
        if next.is_multiple_of(STEP) {
            progress.check()?;
        }
        next += 1;
        let around = outer[node as usize];
        if around != NONE {
            size[around as usize] += size[node as usize];
            inner_count[around as usize] -= 1;
            if inner_count[around as usize] == 0 {
                order.push(around);
            }
        }
    }
    let mut below = vec![(0, 0); outer.len()];
    let mut free = vec![0u32; outer.len()]; // the next place inside of a node
    let mut free_outside = 0;
    for (count, &node) in order.iter().rev().enumerate() {
        if count.is_multiple_of(STEP) {
            progress.check()?;
        }
        let (around, node) = (outer[node as usize], node as usize);
        let slot = if around == NONE { &mut free_outside } else { &mut free[around as usize] };
        let start = *slot;
        *slot += size[node];
        free[node] = start + 1;
        below[node] = (start, start + size[node]);
    }
    for (node, ring) in rings {
        below[node as usize] = below[ring as usize];
    }
    Ok(below)
}

/// Takes one node of each ring out of what it lies in. Returns the other nodes of rings,
/// each with the one that was taken out.
fn open_rings(outer: &mut [u32], progress: &Progress) -> Result<Vec<(u32, u32)>, Cancelled> {
    let mut walk_of = vec![NONE; outer.len()]; // the node from which a node was first come by
    let mut rings = Vec::new();
    for start in 0..outer.len() as u32 {
        if (start as usize).is_multiple_of(STEP) {
            progress.check()?;
        }
        let mut node = start;
        while node != NONE && walk_of[node as usize] == NONE {
            walk_of[node as usize] = start;
            node = outer[node as usize];
        }
        if node != NONE && walk_of[node as usize] == start {
            let opened = node;
            let mut member = std::mem::replace(&mut outer[opened as usize], NONE);
            while member != opened {
                rings.push((member, opened));
                member = outer[member as usize];
            }
        }
    }
    Ok(rings)
}

#[cfg(test)]
mod tests {
    use super::{NONE, below};
    use crate::util::Progress;
    use proptest::prelude::*;

    proptest! {
        /// Against walking outwards from each node.
        #[test]
        fn what_lies_below_a_node_is_a_range(outer in prop::collection::vec(0u32..14, 0..12)) {
            let count = outer.len() as u32;
            let outer: Vec<u32> = outer.iter().map(|&to| if to < count { to } else { NONE }).collect();
            let below = below(outer.clone(), &Progress::new()).unwrap();
            for inner in 0..count {
                let mut around = vec![];
                let mut node = inner;
                while node != NONE && !around.contains(&node) {
                    around.push(node);
                    node = outer[node as usize];
                }
                for node in 0..count {
                    let (start, end) = below[node as usize];
                    // A node of a ring has the whole ring's range, so its own place may be any in it.
                    let place = below[inner as usize].0;
                    prop_assert_eq!((start..end).contains(&place), around.contains(&node), "{} in {}", inner, node);
                }
            }
        }
    }
}
