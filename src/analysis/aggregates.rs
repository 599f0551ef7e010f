//! The Summary: constructors with their counts and sizes.

use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{ClassId, Classes, Distance, Distances, Dominators, RetainedSizes, ShallowSizes};
use crate::graph::{Graph, NodeOrdinal};
use crate::util::{Cancelled, Column, Progress, stored};

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

/// Groups all nodes of non-zero size by class.
pub fn aggregates(
    graph: &Graph,
    classes: &Classes,
    sizes: &ShallowSizes,
    distances: &Distances,
    dominators: &Dominators,
    retained: &RetainedSizes,
    progress: &Progress,
) -> Result<Aggregates, Cancelled> {
    debug_assert_eq!(graph.node_count() as usize, classes.of_node.len());
    let all = |_| true;
    aggregates_where(classes, sizes, distances, dominators, retained, &all, progress)
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
    let counted = |node: NodeOrdinal| sizes.of(node) != 0 && filter(node);
    let (groups, tops) = rayon::join(
        || group(classes, sizes, distances, &counted, progress),
        || sum_tops(classes, dominators, retained, &counted, progress),
    );
    let ((tally, members), tops) = (groups?, tops?);
    let mut list = Vec::with_capacity(tally.list.len());
    for class in tally.list {
        let sums = &tally.sums[class.0 as usize]; // one entry a class
        list.push(Aggregate {
            class,
            count: sums.count,
            distance: sums.distance,
            shallow_size: sums.size,
            retained_size: tops[class.0 as usize],
            members: sums.first..sums.first + sums.count as usize,
        });
    }
    Ok(Aggregates { list, members: members.into() })
}

/// Sums over a class's counted nodes.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    pub(super) count: u32,
    pub(super) size: u64,
    distance: Distance,
    /// Where its members begin.
    first: usize,
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
    let empty = Sums { count: 0, size: 0, distance: Distance(i32::MAX), first: 0 };
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

/// Tallies and lists the members of each class, one class behind the other.
fn group(
    classes: &Classes,
    sizes: &ShallowSizes,
    distances: &Distances,
    counted: &impl Fn(NodeOrdinal) -> bool,
    progress: &Progress,
) -> Result<(Tally, Vec<u32>), Cancelled> {
    let mut tally = tally(classes, sizes, Some(distances), counted, progress)?;
    let mut total = 0;
    for sums in &mut tally.sums {
        sums.first = total;
        total += sums.count as usize;
    }
    let mut next: Vec<usize> = tally.sums.iter().map(|sums| sums.first).collect();
    let mut members = vec![0; total];
    for (node, &class) in (0u32..).zip(classes.of_node.iter()) {
        if node.is_multiple_of(1 << 16) {
            progress.check()?;
        }
        if counted(NodeOrdinal(node)) {
            let slot = &mut next[class as usize]; // one entry a class
            members[*slot] = node;
            *slot += 1;
        }
    }
    Ok((tally, members))
}

/// By class: the retained sizes of those counted nodes that no other counted
/// node of the class dominates.
///
/// Nodes are visited in preorder of the dominator tree, where all that a node
/// dominates follows it directly: a class then only needs to know where the
/// subtree of its last topmost node ends.
fn sum_tops(
    classes: &Classes,
    dominators: &Dominators,
    retained: &RetainedSizes,
    counted: &impl Fn(NodeOrdinal) -> bool,
    progress: &Progress,
) -> Result<Vec<u64>, Cancelled> {
    let (preorder, subtree) = preorder(dominators, progress)?;
    let mut sums = vec![0; classes.list.len()];
    let mut ends = vec![0; classes.list.len()];
    for (position, &node) in (0u32..).zip(&preorder) {
        if position.is_multiple_of(1 << 16) {
            progress.check()?;
        }
        let node = NodeOrdinal(node);
        let class = classes.of(node).0 as usize;
        if ends[class] <= position && counted(node) {
            ends[class] = position + subtree[node.index()];
            sums[class] += retained.of(node);
        }
    }
    Ok(sums)
}

/// The nodes in preorder of the dominator tree, and by node how many it dominates, itself included.
fn preorder(dominators: &Dominators, progress: &Progress) -> Result<(Vec<u32>, Vec<u32>), Cancelled> {
    const STEP: usize = 1 << 16;
    let (immediate, top_down) = (&dominators.immediate, &dominators.top_down);
    let mut subtree = vec![1u32; immediate.len()];
    for chunk in top_down.rchunks(STEP) {
        progress.check()?;
        for &node in chunk.iter().rev() {
            let above = immediate[node as usize];
            if above != node {
                subtree[above as usize] += subtree[node as usize];
            }
        }
    }
    // By node: the place of what comes next below it; at first, its own place.
    let mut next = vec![0u32; immediate.len()];
    let mut order = vec![0u32; immediate.len()];
    for chunk in top_down.chunks(STEP) {
        progress.check()?;
        for &node in chunk {
            let above = immediate[node as usize] as usize;
            let place = next[above];
            next[above] += if above == node as usize { 1 } else { subtree[node as usize] };
            if above != node as usize {
                next[node as usize] = place + 1;
            }
            order[place as usize] = node; // each place is given away once
        }
    }
    Ok((order, subtree))
}

#[cfg(test)]
mod tests {
    use super::aggregates_where;
    use crate::analysis::testing::{heap_of, object, rooted};
    use crate::analysis::{Aggregates, Heap};
    use crate::format::{EdgeKind, NodeKind};
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

        let is_inside = |node: crate::graph::NodeOrdinal| node.0 != outer;
        let Heap { classes, sizes, distances, dominators, retained, .. } = &heap;
        let progress = Progress::new();
        let inside =
            aggregates_where(classes, sizes, distances, dominators, retained, &is_inside, &progress).unwrap();
        let expected = [("Item".to_owned(), 1, 2, 10, 11), ("Cart".to_owned(), 1, 3, 1, 1)];
        assert_eq!(rows(&heap, &inside), expected);
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
