//! Retaining paths: the shortest chain of holders from an object to a root, and
//! the object that is typical of many because most are held the same way.

use std::cmp::Ordering;
use std::hash::{Hash as _, Hasher as _};

use rustc_hash::{FxHashMap, FxHasher};

use super::objects::shown_retainers;
use super::record::edge_text;
use crate::analysis::{Distance, Heap, IgnoredRetainers, display_name, retainer_distance};
use crate::graph::{EdgeKind, EdgeOrdinal, NodeKind, NodeOrdinal};
use crate::util::text::utf16_order;
use crate::util::{Cancelled, Progress};

/// How many holders a path has at most (as many levels as DevTools opens by itself).
pub const LONGEST_PATH: usize = 20;

/// How many objects are looked at to find a typical one.
const SAMPLE: usize = 200;

/// Finds retaining paths; remembers the first retainer of each node it met.
pub struct PathFinder<'a> {
    heap: &'a Heap,
    ignored: Option<&'a IgnoredRetainers>,
    progress: &'a Progress,
    first: FxHashMap<NodeOrdinal, Option<EdgeOrdinal>>,
}

impl<'a> PathFinder<'a> {
    /// For a snapshot.
    pub fn new(heap: &'a Heap, progress: &'a Progress) -> Self {
        Self::ignoring(heap, None, progress)
    }

    /// For a snapshot of which some objects are ignored: paths lead around them.
    pub fn ignoring(heap: &'a Heap, ignored: Option<&'a IgnoredRetainers>, progress: &'a Progress) -> Self {
        Self { heap, ignored, progress, first: FxHashMap::default() }
    }

    /// The chain of first retainers (in the default order of the Retainers
    /// pane) from an object towards a root: the shortest way there. Empty where
    /// all ways lead through what is ignored.
    pub fn path(&mut self, node: NodeOrdinal) -> Result<Vec<EdgeOrdinal>, Cancelled> {
        let mut path: Vec<EdgeOrdinal> = Vec::new();
        let mut seen = vec![node];
        let mut at = node;
        while path.len() < LONGEST_PATH {
            let Some(edge) = self.first_retainer(at)? else { break };
            let steps = self.distance(edge);
            if self.ignored.is_some() && steps.0 >= Distance::UNREACHABLE_BASE {
                break;
            }
            path.push(edge);
            at = self.heap.graph.edge_from(edge);
            if seen.contains(&at) || steps.shown().is_none_or(|steps| steps <= 1) {
                break;
            }
            seen.push(at);
        }
        Ok(path)
    }

    fn first_retainer(&mut self, node: NodeOrdinal) -> Result<Option<EdgeOrdinal>, Cancelled> {
        if let Some(&known) = self.first.get(&node) {
            return Ok(known);
        }
        let mut best: Option<EdgeOrdinal> = None;
        for (count, edge) in shown_retainers(self.heap, node).enumerate() {
            if count % 4096 == 0 {
                self.progress.check()?;
            }
            if best.is_none_or(|best| self.retainer_order(edge, best) == Ordering::Less) {
                best = Some(edge);
            }
        }
        self.first.insert(node, best);
        Ok(best)
    }

    fn distance(&self, edge: EdgeOrdinal) -> Distance {
        retainer_distance(self.heap, self.ignored, edge, self.heap.graph.edge_from(edge))
    }

    /// By distance, then name, then the later edge first.
    fn retainer_order(&self, a: EdgeOrdinal, b: EdgeOrdinal) -> Ordering {
        let (from_a, from_b) = (self.heap.graph.edge_from(a), self.heap.graph.edge_from(b));
        self.distance(a)
            .cmp(&self.distance(b))
            .then_with(|| {
                if from_a == from_b {
                    Ordering::Equal
                } else {
                    utf16_order(&display_name(self.heap, from_a), &display_name(self.heap, from_b))
                }
            })
            .then(b.cmp(&a))
    }

    /// The object that stands for most of `nodes`: one of those held along the
    /// most frequent path, indices left out. A sample spread evenly is looked at.
    pub fn typical(&mut self, nodes: &[NodeOrdinal]) -> Result<Option<Typical>, Cancelled> {
        let step = nodes.len().div_ceil(SAMPLE).max(1);
        let mut groups: FxHashMap<u64, (usize, usize)> = FxHashMap::default(); // pattern to (count, first place)
        let sample: Vec<NodeOrdinal> = nodes.iter().copied().step_by(step).collect();
        for (place, &node) in sample.iter().enumerate() {
            let path = self.path(node)?;
            groups.entry(self.pattern(&path)).or_insert((0, place)).0 += 1;
        }
        let most = groups.values().max_by_key(|&&(count, place)| (count, std::cmp::Reverse(place)));
        Ok(most.map(|&(alike, place)| Typical { node: sample[place], alike, looked_at: sample.len() }))
    }

    /// A number for the path up to the recognised holder, equal for objects held the same way.
    fn pattern(&self, path: &[EdgeOrdinal]) -> u64 {
        let mut hasher = FxHasher::default();
        let end = recognised_at(self.heap, path).max(path.len().min(2));
        for &edge in &path[..end] {
            let kind = self.heap.graph.edge_kind(edge);
            kind.0.hash(&mut hasher);
            let name = edge_text(self.heap, edge);
            if !kind.is_indexed() && name.parse::<u64>().is_err() {
                name.hash(&mut hasher);
            }
            self.heap.classes.of(self.heap.graph.edge_from(edge)).hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// An object that stands for many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typical {
    /// The object.
    pub node: NodeOrdinal,
    /// How many of those looked at are held in the same way.
    pub alike: usize,
    /// How many were looked at.
    pub looked_at: usize,
}

/// How many edges of a retaining path lead to the first holder that a user would
/// recognise: an instance of a class of the program, or a function with a name.
/// 0 when there is none.
pub fn recognised_at(heap: &Heap, path: &[EdgeOrdinal]) -> usize {
    let recognised = |edge: &EdgeOrdinal| {
        let holder = heap.graph.edge_from(*edge);
        let by_name = heap.graph.edge_kind(*edge) != EdgeKind::INTERNAL;
        match heap.graph.kind(holder) {
            NodeKind::OBJECT => by_name && heap.graph.location(holder).is_some(),
            NodeKind::CLOSURE => by_name && !heap.graph.name_text(holder).is_empty(),
            _ => false,
        }
    };
    path.iter().position(recognised).map_or(0, |at| at + 1)
}
