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

use super::essential::EssentialEdges;
use super::{Flags, WeakMaps};
use crate::graph::{Graph, NodeOrdinal, ROOT};
use crate::util::{BitSet, Cancelled, Column, Progress};

/// Long loops ask after so many nodes whether they should stop.
const CHECK_EVERY: u32 = 1 << 12;

/// The dominator tree.
#[derive(Debug, Default)]
pub struct Dominators {
    /// Ordinal of the immediate dominator by node; the root's is the root.
    pub immediate: Column<u32>,
    /// All nodes in an order in which each comes after its dominator.
    pub top_down: Column<u32>,
}

impl Dominators {
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
pub fn dominators(
    graph: &Graph,
    flags: &Flags,
    weak_maps: &WeakMaps,
    progress: &Progress,
) -> Result<Dominators, Cancelled> {
    let edges = EssentialEdges::new(graph, flags, weak_maps);
    let Walk { order, parents, mut semi, back, unreached, seen: _ } = Walk::run(&edges, progress)?;
    let preds = back.turned(progress)?;
    semidominators(&parents, &mut semi, &preds, progress)?;
    drop(preds);
    let places = immediate_dominators(&parents, &semi, progress)?;
    drop((parents, semi));

    let mut immediate = vec![ROOT.0; graph.node_count() as usize];
    for (&node, place) in order.iter().zip(&places) {
        immediate[node as usize] = order[place.dominator as usize];
    }
    drop(places);
    let mut top_down = order;
    top_down.extend(unreached);
    Ok(Dominators { immediate: immediate.into(), top_down: top_down.into() })
}

/// Lists of numbers, one a row, in one allocation.
#[derive(Default)]
struct Lists {
    /// Row `n` ends before this place, where the next one starts.
    ends: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    fn row(&self, row: usize) -> &[u32] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.items[start as usize..self.ends[row] as usize]
    }

    /// For each number the rows that hold it. Numbers are below the number of rows.
    fn turned(self, progress: &Progress) -> Result<Self, Cancelled> {
        let mut starts = vec![0u32; self.ends.len()];
        for &item in &self.items {
            starts[item as usize] += 1;
        }
        let mut end = 0;
        for row in &mut starts {
            end += *row;
            *row = end;
        }
        // `starts` holds ends for now; distributing moves each down to its start.
        let mut items = vec![0u32; self.items.len()];
        for row in (0..self.ends.len()).rev() {
            if row.is_multiple_of(CHECK_EVERY as usize) {
                progress.check()?;
            }
            for &item in self.row(row) {
                let slot = &mut starts[item as usize];
                *slot -= 1;
                items[*slot as usize] = row as u32; // rows are node numbers
            }
        }
        let total = items.len() as u32; // as many as essential edges at most
        let ends = starts.iter().skip(1).copied().chain([total]).collect();
        Ok(Self { ends, items })
    }
}

/// A depth-first walk over essential edges, from the root and then from the orphans.
///
/// Nodes get numbers in the order of their first visit; all but `order` and
/// `unreached` speak in these numbers. The root is 0, its own parent.
struct Walk {
    /// The node of each number.
    order: Vec<u32>,
    /// From where each number was visited first.
    parents: Vec<u32>,
    /// The least of a number's predecessors that are less than it: its parent
    /// and other ancestors. The first guess at its semidominator.
    semi: Vec<u32>,
    /// For each number the lesser numbers that its edges lead to.
    back: Lists,
    /// The nodes that were not visited, ascending.
    unreached: Vec<u32>,
    seen: BitSet,
}

/// The number of a node that has none yet.
const UNSEEN: u32 = u32::MAX;

impl Walk {
    fn run(edges: &EssentialEdges, progress: &Progress) -> Result<Self, Cancelled> {
        let node_count = edges.node_count();
        let mut walk = Self {
            order: Vec::with_capacity(node_count as usize),
            parents: Vec::with_capacity(node_count as usize),
            semi: Vec::with_capacity(node_count as usize),
            back: Lists::default(),
            unreached: Vec::new(),
            seen: BitSet::new(node_count as usize),
        };
        walk.back.ends.reserve_exact(node_count as usize);
        let mut numbers = vec![UNSEEN; node_count as usize];
        if node_count == 0 {
            return Ok(walk);
        }
        walk.visit_from(ROOT.0, edges, &mut numbers, progress)?;
        for orphan in orphans(edges, &numbers, progress)? {
            walk.visit_from(orphan, edges, &mut numbers, progress)?;
        }
        if walk.order.len() < numbers.len() {
            walk.unreached = (0..node_count).filter(|&node| numbers[node as usize] == UNSEEN).collect();
        }
        Ok(walk)
    }

    /// Visits all that can be reached from a start and was not visited, as if the
    /// root led to the start.
    fn visit_from(
        &mut self,
        start: u32,
        edges: &EssentialEdges,
        numbers: &mut [u32],
        progress: &Progress,
    ) -> Result<(), Cancelled> {
        // A node waits once for each edge that led to it while it was unseen; the
        // last one is the one that it is visited by, as in a recursive walk.
        let mut waiting = vec![(start, 0)];
        while let Some((node, parent)) = waiting.pop() {
            if !self.seen.insert(node) {
                // Seen below `parent` meanwhile: an edge from an ancestor.
                let semi = &mut self.semi[numbers[node as usize] as usize];
                *semi = parent.min(*semi);
                continue;
            }
            let number = self.order.len() as u32; // as many as nodes
            if number.is_multiple_of(CHECK_EVERY) {
                progress.check()?;
            }
            numbers[node as usize] = number;
            self.order.push(node);
            self.parents.push(parent);
            self.semi.push(parent);
            let (seen, back) = (&self.seen, &mut self.back.items);
            edges.targets(node, |to| {
                if seen.contains(to) {
                    back.push(numbers[to as usize]);
                } else {
                    waiting.push((to, number));
                }
            });
            self.back.ends.push(self.back.items.len() as u32); // as many as edges at most
        }
        Ok(())
    }
}

/// The unseen nodes to which no essential edge leads, ascending. Only unseen
/// nodes can lead to unseen nodes.
fn orphans(edges: &EssentialEdges, numbers: &[u32], progress: &Progress) -> Result<Vec<u32>, Cancelled> {
    let unseen = || (0..edges.node_count()).filter(|&node| numbers[node as usize] == UNSEEN);
    let mut has_parent = BitSet::new(numbers.len());
    for (node, done) in unseen().zip(1u32..) {
        if done.is_multiple_of(CHECK_EVERY) {
            progress.check()?;
        }
        edges.targets(node, |to| {
            has_parent.insert(to);
        });
    }
    Ok(unseen().filter(|&node| !has_parent.contains(node)).collect())
}

/// What path compression knows of a number.
#[derive(Clone, Copy)]
struct Link {
    /// A proper ancestor in the depth-first tree.
    ancestor: u32,
    /// The least semidominator on the way there, the ancestor's own excluded.
    least: u32,
}

/// Lowers the first guesses in `semi` to the semidominators of all numbers;
/// `preds` lists the greater numbers that lead to each.
fn semidominators(
    parents: &[u32],
    semi: &mut [u32],
    preds: &Lists,
    progress: &Progress,
) -> Result<(), Cancelled> {
    let mut links: Vec<Link> =
        parents.iter().zip(&*semi).map(|(&ancestor, &least)| Link { ancestor, least }).collect();
    let mut path = Vec::new();
    for number in (1..semi.len() as u32).rev() {
        if number.is_multiple_of(CHECK_EVERY) {
            progress.check()?;
        }
        let mut least = semi[number as usize];
        for &pred in preds.row(number as usize) {
            least = least.min(least_semi(&mut links, &mut path, pred, number));
        }
        semi[number as usize] = least;
        links[number as usize].least = least;
    }
    Ok(())
}

/// The least semidominator of `number` and its ancestors above `floor`, all of
/// which are known. Shortens the way for the next who asks.
#[inline]
fn least_semi(links: &mut [Link], path: &mut Vec<u32>, number: u32, floor: u32) -> u32 {
    let mut link = links[number as usize];
    if link.ancestor <= floor {
        return link.least;
    }
    path.clear();
    path.push(number);
    loop {
        let next = links[link.ancestor as usize];
        if next.ancestor <= floor {
            link = next;
            break;
        }
        path.push(link.ancestor);
        link = next;
    }
    for &number in path.iter().rev() {
        let below = &mut links[number as usize];
        link.least = link.least.min(below.least);
        *below = link;
    }
    link.least
}

/// A place in the dominator tree.
#[derive(Clone, Copy, Default)]
struct Place {
    /// The immediate dominator; the root's is the root.
    dominator: u32,
    /// An ancestor farther up (or the dominator again): how far depends on the depth
    /// alone, and such that any ancestor is few jumps away.
    jump: u32,
    /// Steps from the root.
    depth: u32,
}

/// The immediate dominator of each number: of its tree parent and that one's
/// dominators the first that is not above the semidominator in the walk's order.
fn immediate_dominators(parents: &[u32], semi: &[u32], progress: &Progress) -> Result<Vec<Place>, Cancelled> {
    let mut places = Vec::with_capacity(parents.len());
    places.push(Place::default());
    for (number, (&parent, &semi)) in parents.iter().zip(semi).enumerate().skip(1) {
        if number.is_multiple_of(CHECK_EVERY as usize) {
            progress.check()?;
        }
        let mut dominator = parent;
        while dominator > semi {
            let place: Place = places[dominator as usize]; // lesser numbers have theirs
            dominator = if place.jump > semi { place.jump } else { place.dominator };
        }
        let above = places[dominator as usize];
        let jump = places[above.jump as usize];
        // Two equal jumps in a row are joined to one, as in counting with digits 0, 1 and 2.
        let joins = above.depth - jump.depth == jump.depth - places[jump.jump as usize].depth;
        let jump = if joins { jump.jump } else { dominator };
        places.push(Place { dominator, jump, depth: above.depth + 1 });
    }
    Ok(places)
}
