//! All paths from an object to the roots, within limits: DevTools' `getRetainingPaths`.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Distance, Heap, IgnoredRetainers};
use crate::graph::{EdgeKind, EdgeOrdinal, NodeOrdinal};
use crate::util::{Cancelled, Progress};

/// Where the search for paths ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathLimits {
    /// Steps of a path.
    pub depth: u32,
    /// Visits of nodes in all.
    pub nodes: u32,
    /// Retainers that are followed from one node.
    pub siblings: u32,
}

impl Default for PathLimits {
    /// DevTools' own.
    fn default() -> Self {
        Self { depth: 30, nodes: 5000, siblings: 100 }
    }
}

/// Which limits kept something back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitsReached {
    /// Some path would have been longer.
    pub depth: bool,
    /// Some nodes were not visited.
    pub nodes: bool,
    /// Some node has more retainers.
    pub siblings: bool,
}

/// A step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathStep {
    /// Steps from the object, from 0. The steps behind this one that are deeper lead on from it.
    pub depth: u32,
    /// The retaining edge.
    pub edge: EdgeOrdinal,
    /// Where it comes from.
    pub holder: NodeOrdinal,
    /// Distance of the holder.
    pub distance: Distance,
}

/// A tree of paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetainingPaths {
    /// The tree in preorder: each step is followed by those that lead on from it.
    pub steps: Vec<PathStep>,
    /// What is not in it.
    pub limits_reached: LimitsReached,
}

/// Holders at this distance end a path: behind them are only the root and its groups.
const ROOT_DISTANCE: i32 = 2;

/// Finds the paths from an object towards roots, the nearest holders first. What is ignored
/// is on no path.
///
/// A node that was finished is entered again only on a shorter way, so a holder that is
/// shared shows its own paths once.
pub fn retaining_paths(
    heap: &Heap,
    node: NodeOrdinal,
    limits: PathLimits,
    ignored: Option<&IgnoredRetainers>,
    progress: &Progress,
) -> Result<RetainingPaths, Cancelled> {
    heap.index_retainers(progress)?;
    let mut search = Search {
        heap,
        limits,
        ignored,
        progress,
        visits: 0,
        on_path: FxHashSet::default(),
        finished: FxHashMap::default(),
        found: RetainingPaths::default(),
    };
    search.run(node)?;
    Ok(search.found)
}

struct Search<'a> {
    heap: &'a Heap,
    limits: PathLimits,
    ignored: Option<&'a IgnoredRetainers>,
    progress: &'a Progress,
    visits: u64,
    on_path: FxHashSet<NodeOrdinal>,
    /// Nodes that are done, and at which depth they were.
    finished: FxHashMap<NodeOrdinal, u32>,
    found: RetainingPaths,
}

/// A node on the present path.
struct Level {
    node: NodeOrdinal,
    /// Its retainers to follow, the last one first.
    rest: Vec<PathStep>,
    /// Number of steps found before those of this node.
    before: usize,
}

impl Search<'_> {
    fn run(&mut self, node: NodeOrdinal) -> Result<(), Cancelled> {
        let mut levels: Vec<Level> = self.enter(node, 0)?.into_iter().collect();
        loop {
            self.progress.check()?;
            let depth = levels.len().saturating_sub(1) as u32; // at most `limits.depth`
            let Some(level) = levels.last_mut() else { return Ok(()) };
            let Some(step) = level.rest.pop() else {
                let (node, before) = (level.node, level.before);
                levels.pop();
                self.leave(node, depth, before);
                continue;
            };
            if step.distance.0 == ROOT_DISTANCE {
                self.visits += 1;
                if self.visits > u64::from(self.limits.nodes) {
                    self.found.limits_reached.nodes = true;
                    level.rest.clear();
                } else {
                    self.found.steps.push(step);
                }
                continue;
            }
            if let Some(next) = self.enter(step.holder, depth + 1)? {
                self.found.steps.push(step);
                levels.push(Level { before: self.found.steps.len(), ..next });
            }
        }
    }

    /// Visits a node; `None` when no path leads on from it.
    fn enter(&mut self, node: NodeOrdinal, depth: u32) -> Result<Option<Level>, Cancelled> {
        self.visits += 1;
        if self.visits > u64::from(self.limits.nodes) {
            self.found.limits_reached.nodes = true;
            return Ok(None);
        }
        if depth >= self.limits.depth {
            self.found.limits_reached.depth = true;
            return Ok(None);
        }
        let is_done = self.finished.get(&node).is_some_and(|&before| depth >= before);
        if self.distance(node) <= ROOT_DISTANCE || is_done || !self.on_path.insert(node) {
            return Ok(None);
        }
        let rest = self.retainers(node, depth)?;
        Ok(Some(Level { node, rest, before: 0 }))
    }

    /// A node is done. The step that led to it is no path if nothing was found behind it.
    fn leave(&mut self, node: NodeOrdinal, depth: u32, before: usize) {
        if self.found.steps.len() == before && before > 0 {
            self.found.steps.pop();
        }
        self.on_path.remove(&node);
        self.finished.insert(node, depth);
    }

    fn distance(&self, node: NodeOrdinal) -> i32 {
        self.ignored.map_or(&self.heap.distances, IgnoredRetainers::distances).of(node).0
    }

    /// The retainers of a node that may be on a path, the nearest one last; of equally near
    /// ones the first in DevTools' order, which is that of descending edges, last.
    fn retainers(&mut self, node: NodeOrdinal, depth: u32) -> Result<Vec<PathStep>, Cancelled> {
        const CHECK_EVERY: usize = 1 << 12;
        let mut steps = Vec::new();
        let left = i64::from(self.limits.depth - depth); // `depth` is below the limit
        for (count, edge) in self.heap.retainers().of(node).enumerate() {
            if count % CHECK_EVERY == 0 {
                self.progress.check()?;
            }
            if self.heap.graph.edge_kind(edge) == EdgeKind::WEAK
                || self.ignored.is_some_and(|ignored| ignored.contains_edge(edge))
            {
                continue;
            }
            let holder = self.heap.graph.edge_from(edge);
            let distance = self.distance(holder);
            if distance < 0 {
                continue;
            }
            if i64::from(distance - ROOT_DISTANCE) < left {
                steps.push(PathStep { depth, edge, holder, distance: Distance(distance) });
            } else {
                self.found.limits_reached.depth = true;
            }
        }
        let order = |step: &PathStep| (step.distance, std::cmp::Reverse(step.edge));
        let most = self.limits.siblings as usize;
        if steps.len() > most {
            self.found.limits_reached.siblings = true;
            if most > 0 {
                steps.select_nth_unstable_by_key(most - 1, order);
            }
            steps.truncate(most);
        }
        steps.sort_unstable_by_key(|step| std::cmp::Reverse(order(step)));
        Ok(steps)
    }
}

#[cfg(test)]
mod tests {
    use super::{LimitsReached, PathLimits, RetainingPaths, retaining_paths};
    use crate::analysis::testing::{heap_of, object, rooted};
    use crate::analysis::{Heap, display_name, ignored_retainers};
    use crate::format::{EdgeKind, NodeKind, builder::SnapshotBuilder};
    use crate::graph::NodeOrdinal;
    use crate::util::Progress;

    fn chain(heap: &mut SnapshotBuilder, from: u32, names: &[&str]) -> u32 {
        names.iter().fold(from, |from, name| {
            let node = heap.node(NodeKind::OBJECT, name, 8);
            heap.edge(from, EdgeKind::PROPERTY, "field", node);
            node
        })
    }

    fn paths(heap: &Heap, node: u32, limits: PathLimits, ignored: &[u32]) -> RetainingPaths {
        let progress = Progress::new();
        let nodes: Vec<_> = ignored.iter().copied().map(NodeOrdinal).collect();
        let ignored = ignored_retainers(heap, &nodes, &progress).unwrap();
        let ignored = (!nodes.is_empty()).then_some(&ignored);
        retaining_paths(heap, NodeOrdinal(node), limits, ignored, &progress).unwrap()
    }

    fn told(heap: &Heap, paths: &RetainingPaths) -> Vec<String> {
        let steps = paths.steps.iter();
        steps
            .map(|step| format!("{}{}", ">".repeat(step.depth as usize), display_name(heap, step.holder)))
            .collect()
    }

    #[test]
    fn all_paths_are_found_and_none_twice() {
        let mut snapshot = rooted();
        let global = object(&mut snapshot, "global", 8);
        let service = chain(&mut snapshot, global, &["Service"]);
        let cart = chain(&mut snapshot, service, &["Map", "Table", "Cart"]);
        let cache = chain(&mut snapshot, service, &["Cache"]);
        snapshot.edge(cache, EdgeKind::PROPERTY, "cart", cart);
        snapshot.edge(cart, EdgeKind::PROPERTY, "self", cart);
        snapshot.edge(cart, EdgeKind::PROPERTY, "back", cache);
        snapshot.edge(service, EdgeKind::WEAK, "weak", cart);
        let heap = heap_of(&snapshot);
        let all = paths(&heap, cart, PathLimits::default(), &[]);
        assert_eq!(told(&heap, &all), ["Cache", ">Service", "Table", ">Map", ">>Service"]);
        assert_eq!(all.limits_reached, LimitsReached::default());

        let around = paths(&heap, cart, PathLimits::default(), &[cache]);
        assert_eq!(told(&heap, &around), ["Table", ">Map", ">>Service"]);
        assert!(paths(&heap, service, PathLimits::default(), &[]).steps.is_empty(), "next to the roots");
    }

    #[test]
    fn limits_say_what_they_keep_back() {
        let mut snapshot = rooted();
        let global = object(&mut snapshot, "global", 8);
        let service = chain(&mut snapshot, global, &["Service"]);
        let cart = chain(&mut snapshot, service, &["Map", "Table", "Cart"]);
        for _ in 0..3 {
            let near = chain(&mut snapshot, service, &["Near"]);
            snapshot.edge(near, EdgeKind::PROPERTY, "cart", cart);
        }
        let heap = heap_of(&snapshot);
        let with = |depth, nodes, siblings| {
            let found = paths(&heap, cart, PathLimits { depth, nodes, siblings }, &[]);
            let LimitsReached { depth, nodes, siblings } = found.limits_reached;
            (told(&heap, &found).len(), [depth, nodes, siblings])
        };
        assert_eq!(with(30, 5000, 100), (9, [false; 3]));
        assert_eq!(with(2, 5000, 100), (6, [true, false, false]));
        assert_eq!(with(30, 5000, 2), (4, [false, false, true]));
        assert_eq!(with(30, 4, 100), (2, [false, true, false]));
        assert_eq!(with(0, 5000, 100), (0, [true, false, false]));
    }

    #[test]
    fn depth_costs_no_stack() {
        let mut snapshot = rooted();
        let global = object(&mut snapshot, "global", 8);
        let last = chain(&mut snapshot, global, &vec!["Link"; 100_000]);
        let heap = heap_of(&snapshot);
        let limits = PathLimits { depth: u32::MAX, nodes: u32::MAX, siblings: u32::MAX };
        assert_eq!(paths(&heap, last, limits, &[]).steps.len(), 99_999);
    }
}
