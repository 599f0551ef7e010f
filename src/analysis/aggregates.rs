//! The Summary: constructors with their counts and sizes.

use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{
    ClassId, Classes, Distance, Distances, Dominators, RetainedSizes, ShallowSizes, dominator_chain,
};
use crate::graph::NodeOrdinal;
use crate::util::{BitSet, Cancelled, Column, Progress, spill, stored};

/// One constructor's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// Its class; name and key stand in [`Classes`].
    pub class: ClassId,
    /// Number of objects.
    pub count: u32,
    /// Least distance of an object.
    pub distance: Distance,
    /// Sum of shallow sizes, in bytes.
    pub shallow_size: u64,
    /// Sum of the retained sizes of those objects that no other object of the class dominates.
    pub retained_size: u64,
    members: Range<usize>,
}

/// All constructors whose objects take space.
#[derive(Debug, Default)]
pub struct Aggregates {
    /// In DevTools' order before sorting; public keys are unique.
    pub list: Vec<Aggregate>,
    members: Column<u32>,
}

impl Aggregates {
    /// The objects of a constructor, in file order.
    pub fn members(&self, row: &Aggregate) -> impl ExactSizeIterator<Item = NodeOrdinal> + '_ {
        self.members[row.members.clone()].iter().copied().map(NodeOrdinal)
    }
}

stored!(Aggregate { class, count, distance, shallow_size, retained_size, members });
stored!(Aggregates { list, members });

impl Aggregates {
    /// Whether classes and members are some of so many: what was loaded from a file may be anything.
    pub(super) fn is_sound(&self, classes: usize, nodes: usize) -> bool {
        let is_sound = |row: &Aggregate| {
            (row.class.0 as usize) < classes
                && row.members.len() == row.count as usize
                && row.members.end <= self.members.len()
        };
        self.list.iter().all(is_sound) && self.members.par_iter().all(|&node| (node as usize) < nodes)
    }
}

/// Groups the nodes of non-zero size that pass a filter.
pub fn aggregates_where(
    classes: &Classes,
    sizes: &ShallowSizes,
    distances: &Distances,
    dominators: &Dominators,
    retained: &RetainedSizes,
    filter: &(impl Fn(NodeOrdinal) -> bool + Sync),
    progress: &Progress,
) -> Result<Aggregates, Cancelled> {
    let members = || {
        let groups = Groups::find(classes, sizes, distances, filter, progress)?;
        let members = groups.members(classes, sizes, filter, progress)?;
        Ok((groups, members))
    };
    let sums = || {
        let tops = tops(classes, sizes, dominators, filter, progress)?;
        sum_tops(classes, retained, &tops, progress)
    };
    let (groups, sums) = rayon::join(members, sums);
    let (groups, members) = groups?;
    Ok(groups.finish(members, &sums?))
}

/// The constructors before anything is known of their members and of what they retain.
pub(super) struct Groups {
    list: Vec<Aggregate>,
    /// By class, those not in the list included: where its members begin.
    first: Vec<usize>,
    /// Of all members.
    count: usize,
}

impl Groups {
    /// Groups the nodes of non-zero size that pass a filter.
    pub(super) fn find(
        classes: &Classes,
        sizes: &ShallowSizes,
        distances: &Distances,
        filter: &impl Fn(NodeOrdinal) -> bool,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let counted = |node: NodeOrdinal| sizes.of(node) != 0 && filter(node);
        let tally = tally(classes, sizes, Some(distances), &counted, progress)?;
        let mut count = 0;
        let mut begin = |sums: &Sums| {
            count += sums.count as usize;
            count - sums.count as usize
        };
        let first: Vec<usize> = tally.sums.iter().map(&mut begin).collect();
        let row = |class: ClassId| {
            let at = class.0 as usize;
            let (sums, first) = (&tally.sums[at], first[at]); // one entry a class
            Aggregate {
                class,
                count: sums.count,
                distance: sums.distance,
                shallow_size: sums.size,
                retained_size: 0,
                members: first..first + sums.count as usize,
            }
        };
        Ok(Self { list: tally.list.into_iter().map(row).collect(), first, count })
    }

    /// Lists the members of each class, one class behind the other. The filter is that of [`Self::find`].
    pub(super) fn members(
        &self,
        classes: &Classes,
        sizes: &ShallowSizes,
        filter: &impl Fn(NodeOrdinal) -> bool,
        progress: &Progress,
    ) -> Result<Vec<u32>, Cancelled> {
        let mut next = self.first.clone();
        let mut members = spill::for_later(|| vec![0; self.count]);
        for (node, &class) in (0u32..).zip(classes.of_node.iter()) {
            if node.is_multiple_of(1 << 16) {
                progress.check()?;
            }
            if sizes.of(NodeOrdinal(node)) != 0 && filter(NodeOrdinal(node)) {
                let slot = &mut next[class as usize]; // one entry a class
                members[*slot] = node;
                *slot += 1;
            }
        }
        Ok(members)
    }

    /// Adds what [`Self::members`] and [`sum_tops`] found.
    pub(super) fn finish(self, members: Vec<u32>, sums: &[u64]) -> Aggregates {
        let mut list = self.list;
        for row in &mut list {
            row.retained_size = sums[row.class.0 as usize]; // one entry a class
        }
        Aggregates { list, members: members.into() }
    }
}

/// Sums over a class's counted nodes.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    pub(super) count: u32,
    pub(super) size: u64,
    distance: Distance,
}

/// Counts and sizes of classes.
pub(super) struct Tally {
    /// By class, those not in the list included.
    pub(super) sums: Vec<Sums>,
    /// The classes with counted nodes in DevTools' order.
    pub(super) list: Vec<ClassId>,
}

/// Counts nodes and adds up their sizes, by class.
pub(super) fn tally(
    classes: &Classes,
    sizes: &ShallowSizes,
    distances: Option<&Distances>,
    counted: &impl Fn(NodeOrdinal) -> bool,
    progress: &Progress,
) -> Result<Tally, Cancelled> {
    let empty = Sums { count: 0, size: 0, distance: Distance(i32::MAX) };
    let mut sums = vec![empty; classes.list.len()];
    let mut order = Vec::new();
    for (node, &class) in (0u32..).map(NodeOrdinal).zip(classes.of_node.iter()) {
        if node.0.is_multiple_of(1 << 16) {
            progress.check()?;
        }
        if !counted(node) {
            continue;
        }
        let sums = &mut sums[class as usize]; // one entry a class
        if sums.count == 0 {
            order.push(ClassId(class));
        }
        sums.count += 1;
        sums.size += sizes.of(node);
        if let Some(distances) = distances {
            sums.distance = sums.distance.min(distances.of(node));
        }
    }
    Ok(Tally { sums, list: surviving(classes, &order) })
}

/// Drops classes that another one of the same public key hides. DevTools files
/// them under the key: the later one replaces the earlier one at its place.
fn surviving(classes: &Classes, order: &[ClassId]) -> Vec<ClassId> {
    let mut places: FxHashMap<&str, usize> = FxHashMap::default();
    let mut list: Vec<ClassId> = Vec::with_capacity(order.len());
    for &class in order {
        let place = *places.entry(&classes.get(class).key).or_insert(list.len());
        match list.get_mut(place) {
            Some(hidden) => *hidden = class,
            None => list.push(class),
        }
    }
    list
}

/// The nodes of non-zero size that pass a filter and that no other such node of their class dominates.
///
/// Nodes are visited in preorder of the dominator tree, where all that a node dominates
/// follows it directly. Of the nodes above the current one, a class needs to know
/// whether one of its own is among them. Each thread visits a part, and first what is above its start.
pub(super) fn tops(
    classes: &Classes,
    sizes: &ShallowSizes,
    dominators: &Dominators,
    filter: &(impl Fn(NodeOrdinal) -> bool + Sync),
    progress: &Progress,
) -> Result<BitSet, Cancelled> {
    const STEP: usize = if cfg!(test) { 4 } else { 1 << 16 };
    const PARTS: usize = 8; // several a thread, as it may have other work, but each has a set of nodes
    let counts = |node: NodeOrdinal| sizes.of(node) != 0 && filter(node);
    let visit = |nodes: &[u32]| {
        let mut path = DominatorPath::new(classes, dominators);
        let start = NodeOrdinal(nodes[0]); // parts are not empty
        for &node in dominator_chain(dominators, start)[1..].iter().rev() {
            path.enter(node, counts(node));
        }
        let mut tops = BitSet::new(classes.of_node.len());
        for nodes in nodes.chunks(STEP) {
            progress.check()?;
            for node in nodes.iter().copied().map(NodeOrdinal) {
                if path.enter(node, counts(node)) {
                    tops.insert(node.0);
                }
            }
        }
        Ok(tops)
    };
    let share = dominators.preorder.len().div_ceil(PARTS).max(STEP);
    let parts: Vec<Result<BitSet, Cancelled>> = dominators.preorder.par_chunks(share).map(visit).collect();
    let mut all = BitSet::new(classes.of_node.len());
    for part in parts {
        all.union_with(&part?);
    }
    Ok(all)
}

/// The path from the root to a node of the dominator tree, and which classes have a topmost node on it.
struct DominatorPath<'a> {
    classes: &'a Classes,
    dominators: &'a Dominators,
    is_inside: Vec<bool>,
    /// The nodes, with the class that each is a topmost node of, or [`Self::NONE`].
    above: Vec<(u32, u32)>,
}

impl<'a> DominatorPath<'a> {
    const NONE: u32 = u32::MAX;

    fn new(classes: &'a Classes, dominators: &'a Dominators) -> Self {
        Self { classes, dominators, is_inside: vec![false; classes.list.len()], above: Vec::new() }
    }

    /// Goes on to the next node in preorder. Whether it is a topmost one of its class, if it `counts`.
    fn enter(&mut self, node: NodeOrdinal, counts: bool) -> bool {
        let dominator = self.dominators.of(node).0;
        while let Some((_, top_of)) = self.above.pop_if(|&mut (last, _)| last != dominator) {
            if top_of != Self::NONE {
                self.is_inside[top_of as usize] = false;
            }
        }
        let class = self.classes.of(node).0;
        let is_inside = &mut self.is_inside[class as usize]; // one entry a class
        let is_top = counts && !*is_inside;
        *is_inside |= is_top;
        self.above.push((node.0, if is_top { class } else { Self::NONE }));
        is_top
    }
}

/// Retained sizes of some nodes, summed up by class.
pub(super) fn sum_tops(
    classes: &Classes,
    retained: &RetainedSizes,
    tops: &BitSet,
    progress: &Progress,
) -> Result<Vec<u64>, Cancelled> {
    const STEP: usize = 1 << 16;
    const MOST_PARTS: usize = 4; // each has a sum for every class
    let sum_part = |(first, part): (usize, &[u32])| {
        let mut sums = vec![0; classes.list.len()];
        for (first, classes) in (first as u32..).step_by(STEP).zip(part.chunks(STEP)) {
            progress.check()?;
            for (node, &class) in (first..).zip(classes) {
                if tops.contains(node) {
                    sums[class as usize] += retained.of(NodeOrdinal(node)); // one entry a class
                }
            }
        }
        Ok(sums)
    };
    let parts = rayon::current_num_threads().min(MOST_PARTS);
    let share = classes.of_node.len().div_ceil(parts).max(STEP);
    let parts: Vec<Result<Vec<u64>, Cancelled>> =
        classes.of_node.par_chunks(share).enumerate().map(|(i, part)| sum_part((i * share, part))).collect();
    let mut all = vec![0u64; classes.list.len()];
    for part in parts {
        for (sum, more) in all.iter_mut().zip(part?) {
            *sum += more;
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::aggregates_where;
    use crate::analysis::testing::{heap_of, object, rooted};
    use crate::analysis::{Aggregates, Heap, dominator_chain};
    use crate::format::{EdgeKind, NodeKind};
    use crate::graph::NodeOrdinal;
    use crate::util::Progress;

    fn rows(heap: &Heap, aggregates: &Aggregates) -> Vec<(String, u32, i32, u64, u64)> {
        let row = |row: &super::Aggregate| {
            let name = heap.classes.get(row.class).name.clone();
            (name, row.count, row.distance.0, row.shallow_size, row.retained_size)
        };
        aggregates.list.iter().map(row).collect()
    }

    #[test]
    fn what_a_class_retains_is_counted_once_however_its_objects_are_nested() {
        let mut snapshot = rooted();
        let outer = object(&mut snapshot, "Cart", 100);
        let item = snapshot.node(NodeKind::OBJECT, "Item", 10);
        let inner = snapshot.node(NodeKind::OBJECT, "Cart", 1);
        let weightless = snapshot.node(NodeKind::OBJECT, "Item", 0);
        for (from, to) in [(outer, item), (item, inner), (inner, weightless)] {
            snapshot.edge(from, EdgeKind::PROPERTY, "next", to);
        }
        let heap = heap_of(&snapshot);
        let expected = [("Cart".to_owned(), 2, 1, 101, 111), ("Item".to_owned(), 1, 2, 10, 11)];
        assert_eq!(rows(&heap, &heap.aggregates), expected);
        let members: Vec<_> = heap.aggregates.members(&heap.aggregates.list[0]).map(|node| node.0).collect();
        assert_eq!(members, [outer, inner]);

        let is_inside = |node: NodeOrdinal| node.0 != outer;
        let Heap { classes, sizes, distances, dominators, retained, .. } = &heap;
        let progress = Progress::new();
        let inside =
            aggregates_where(classes, sizes, distances, dominators, retained, &is_inside, &progress).unwrap();
        let expected = [("Item".to_owned(), 1, 2, 10, 11), ("Cart".to_owned(), 1, 3, 1, 1)];
        assert_eq!(rows(&heap, &inside), expected);
    }

    proptest! {
        #[test]
        fn a_class_retains_what_its_topmost_objects_retain(
            // The holder of each object (one of those before it, so often a deep one), its class, its size.
            objects in prop::collection::vec((0u32..6, prop::sample::select(vec!["A", "B", "C"]), 0u64..3), 1..80),
        ) {
            let mut snapshot = rooted();
            for &(back, class, size) in &objects {
                let node = snapshot.node(NodeKind::OBJECT, class, size);
                snapshot.edge(node.saturating_sub(1 + back), EdgeKind::PROPERTY, "next", node);
            }
            let heap = heap_of(&snapshot);
            let counts = |node: NodeOrdinal| heap.sizes.of(node) != 0;
            for row in &heap.aggregates.list {
                let is_same = |other: &NodeOrdinal| heap.classes.of(*other) == row.class && counts(*other);
                let is_top =
                    |node: &NodeOrdinal| !dominator_chain(&heap.dominators, *node)[1..].iter().any(is_same);
                let tops = heap.graph.node_ordinals().filter(is_same).filter(is_top);
                let expected: u64 = tops.map(|node| heap.retained.of(node)).sum();
                prop_assert_eq!(row.retained_size, expected);
            }
        }
    }

    #[test]
    fn of_two_classes_with_one_key_the_later_takes_the_place_of_the_earlier() {
        let mut snapshot = rooted();
        let function = snapshot.node(NodeKind::CLOSURE, "f", 64);
        snapshot.edge(0, EdgeKind::ELEMENT, 1, function);
        object(&mut snapshot, "Cart", 8);
        object(&mut snapshot, "Function", 5); // a constructor that somebody called so
        let heap = heap_of(&snapshot);
        let rows = rows(&heap, &heap.aggregates);
        assert_eq!(rows, [("Function".to_owned(), 1, 1, 5, 5), ("Cart".to_owned(), 1, 1, 8, 8)]);
    }

    #[test]
    fn what_nothing_reaches_has_the_least_distance() {
        let mut snapshot = rooted();
        object(&mut snapshot, "Cart", 8);
        snapshot.node(NodeKind::OBJECT, "Cart", 8);
        let heap = heap_of(&snapshot);
        assert_eq!(rows(&heap, &heap.aggregates), [("Cart".to_owned(), 2, -5, 16, 16)]);
    }
}
