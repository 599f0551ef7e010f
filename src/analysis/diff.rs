//! The Comparison: what is new and what is gone, by class.

use rustc_hash::FxHashMap;

use super::aggregates::tally;
use super::id_join::{Entry, Side, join_ids};
use super::{Class, ClassId, Classes, Heap, classes};
use crate::graph::{NodeId, NodeOrdinal};
use crate::util::{Cancelled, Progress};

/// One class in which something appeared or disappeared. Counts are object counts, sizes bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassDiff {
    /// Public class key (see [`Class::key`](super::Class::key)).
    pub key: String,
    /// What the constructor column says.
    pub name: String,
    /// Objects only in the target, ascending by id.
    pub added: Vec<NodeOrdinal>,
    /// Objects only in the base, ascending by id: ordinals of the base.
    pub deleted: Vec<NodeOrdinal>,
    /// Shallow bytes of the added.
    pub added_size: u64,
    /// Shallow bytes of the deleted.
    pub deleted_size: u64,
    /// Objects in the base and in the target.
    pub base_count: u64,
    /// See `base_count`.
    pub target_count: u64,
    /// Shallow bytes of all objects in the base.
    pub base_size: u64,
    /// Shallow bytes of all objects in the target.
    pub target_size: u64,
}

/// The difference of two snapshots.
#[derive(Debug, Default)]
pub struct Diff {
    /// In DevTools' order before sorting. With `by_id`, only classes with something added or deleted;
    /// without, those whose count or size differs, `added` and `deleted` being empty.
    pub list: Vec<ClassDiff>,
    /// Whether objects were matched by id; otherwise only counts and sizes are compared.
    pub by_id: bool,
}

/// Compares a target with a base; by id, or only by counts where ids are not comparable.
///
/// The base's plain objects are classified by the target's interfaces, so that
/// classes mean the same on both sides.
pub fn diff(base: &Heap, target: &Heap, by_id: bool, progress: &Progress) -> Result<Diff, Cancelled> {
    let same_interfaces = base.interfaces == target.interfaces;
    let reclassified = if same_interfaces {
        None
    } else {
        Some(classes(&base.graph, &base.detachedness, &target.interfaces, progress)?)
    };
    let base_classes = reclassified.as_ref().unwrap_or(&base.classes);
    let base_totals =
        if same_interfaces { summary_totals(base) } else { totals(base_classes, base, progress)? };
    let mut rows = Rows::default();
    let base_rows = rows.add(base_classes, &base_totals, |row| (&mut row.base_count, &mut row.base_size));
    let target_rows = rows
        .add(&target.classes, &summary_totals(target), |row| (&mut row.target_count, &mut row.target_size));
    let base = Half { heap: base, classes: base_classes, rows: &base_rows };
    let target = Half { heap: target, classes: &target.classes, rows: &target_rows };
    if by_id {
        match_ids(&mut rows.list, base, target, progress)?;
    }
    name_vanished(&mut rows.list, base, progress)?;
    let is_changed = |row: &ClassDiff| {
        if by_id {
            !row.added.is_empty() || !row.deleted.is_empty()
        } else {
            row.base_count != row.target_count || row.base_size != row.target_size
        }
    };
    rows.list.retain(is_changed);
    Ok(Diff { list: rows.list, by_id })
}

/// Number of objects and their bytes, by class; classes in DevTools' order.
type Totals = Vec<(ClassId, u64, u64)>;

/// The totals of a snapshot's own classes.
fn summary_totals(heap: &Heap) -> Totals {
    let rows = heap.aggregates.list.iter();
    rows.map(|row| (row.class, u64::from(row.count), row.shallow_size)).collect()
}

/// The totals of other classes of the same nodes.
fn totals(classes: &Classes, heap: &Heap, progress: &Progress) -> Result<Totals, Cancelled> {
    let tally = tally(classes, &heap.sizes, None, &|node| heap.sizes.of(node) != 0, progress)?;
    let total = |&class: &ClassId| {
        let sums = &tally.sums[class.0 as usize]; // one entry a class
        (class, u64::from(sums.count), sums.size)
    };
    Ok(tally.list.iter().map(total).collect())
}

/// The rows under construction: the classes of both sides, by public key.
#[derive(Default)]
struct Rows {
    list: Vec<ClassDiff>,
    by_key: FxHashMap<String, u32>,
}

/// For classes that have no row: without objects that count, or hidden by another of the same key.
const NO_ROW: u32 = u32::MAX;

impl Rows {
    /// Enters a side's classes with their totals into `fields` of their rows. Gives the row of each class.
    fn add(
        &mut self,
        classes: &Classes,
        totals: &Totals,
        fields: impl Fn(&mut ClassDiff) -> (&mut u64, &mut u64),
    ) -> Vec<u32> {
        let mut row_of_class = vec![NO_ROW; classes.list.len()];
        for &(class, count, size) in totals {
            let Class { name, key } = classes.get(class);
            let row = *self.by_key.entry(key.clone()).or_insert(self.list.len() as u32);
            if row as usize == self.list.len() {
                self.list.push(ClassDiff { key: key.clone(), name: name.clone(), ..ClassDiff::default() });
            }
            let totals = fields(&mut self.list[row as usize]); // exists, or was just added
            (*totals.0, *totals.1) = (count, size);
            row_of_class[class.0 as usize] = row;
        }
        row_of_class
    }
}

/// One of the two snapshots, with what it is compared by.
#[derive(Clone, Copy)]
struct Half<'a> {
    heap: &'a Heap,
    classes: &'a Classes,
    /// Row by class.
    rows: &'a [u32],
}

impl Half<'_> {
    /// The row that a node counts in.
    #[inline]
    fn row_of(&self, node: NodeOrdinal) -> u32 {
        self.rows[self.classes.of(node).0 as usize] // one entry a class
    }

    fn counts(&self, node: NodeOrdinal) -> bool {
        self.row_of(node) != NO_ROW && self.heap.sizes.of(node) != 0
    }
}

/// Nodes that are on one side only, with their rows, ascending by id within a row.
#[derive(Default)]
struct Changes {
    added: Vec<(u32, NodeOrdinal)>,
    deleted: Vec<(u32, NodeOrdinal)>,
}

/// Fills `added` and `deleted` of the rows and their sizes.
fn match_ids(
    rows: &mut [ClassDiff],
    base: Half<'_>,
    target: Half<'_>,
    progress: &Progress,
) -> Result<(), Cancelled> {
    let keep_base = |node, _| base.counts(node);
    let keep_target = |node, _| target.counts(node);
    let base_side = Side { graph: &base.heap.graph, keep: &keep_base };
    let target_side = Side { graph: &target.heap.graph, keep: &keep_target };
    let parts = join_ids(base_side, target_side, progress, |olds, news| {
        let mut changes = Changes::default();
        match_part(olds, news, base, target, &mut changes);
        changes
    })?;
    for part in &parts {
        progress.check()?;
        for &(row, node) in &part.added {
            let row = &mut rows[row as usize]; // rows of both sides are in the list
            row.added.push(node);
            row.added_size += target.heap.sizes.of(node);
        }
        for &(row, node) in &part.deleted {
            let row = &mut rows[row as usize];
            row.deleted.push(node);
            row.deleted_size += base.heap.sizes.of(node);
        }
    }
    Ok(())
}

/// Merges the sorted entries of a range of ids. A node stays when the other
/// side has one of its id and class.
fn match_part(olds: &[Entry], news: &[Entry], base: Half<'_>, target: Half<'_>, changes: &mut Changes) {
    let (mut olds, mut news) = (olds, news);
    loop {
        match (olds, news) {
            ([], []) => return,
            ([old, rest @ ..], _) if news.first().is_none_or(|new| old.id() < new.id()) => {
                changes.deleted.push((base.row_of(old.node()), old.node()));
                olds = rest;
            }
            (_, [new, rest @ ..]) if olds.first().is_none_or(|old| new.id() < old.id()) => {
                changes.added.push((target.row_of(new.node()), new.node()));
                news = rest;
            }
            _ => {
                let id = olds[0].id(); // both have entries, of one id
                let split = |entries: &[Entry]| entries.iter().take_while(|entry| entry.id() == id).count();
                let (old_run, old_rest) = olds.split_at(split(olds));
                let (new_run, new_rest) = news.split_at(split(news));
                match_id(old_run, new_run, base, target, changes);
                (olds, news) = (old_rest, new_rest);
            }
        }
    }
}

/// Matches the nodes of one id: in sound files one on each side.
fn match_id(olds: &[Entry], news: &[Entry], base: Half<'_>, target: Half<'_>, changes: &mut Changes) {
    let by_row = |entries: &[Entry], half: Half<'_>| {
        let mut nodes: Vec<_> = entries.iter().map(|e| (half.row_of(e.node()), e.node())).collect();
        nodes.sort_unstable();
        nodes
    };
    if let ([old], [new]) = (olds, news)
        && base.row_of(old.node()) == target.row_of(new.node())
    {
        return;
    }
    let (olds, news) = (by_row(olds, base), by_row(news, target));
    let (mut old, mut new) = (0, 0);
    while old < olds.len() || new < news.len() {
        match (olds.get(old), news.get(new)) {
            (Some(a), Some(b)) if a.0 == b.0 => (old, new) = (old + 1, new + 1),
            (Some(a), b) if b.is_none_or(|b| a.0 < b.0) => {
                changes.deleted.push(*a);
                old += 1;
            }
            (_, Some(b)) => {
                changes.added.push(*b);
                new += 1;
            }
            _ => return, // both are at their ends, which the loop asks first
        }
    }
}

/// Names the classes that only the base has: as the base itself names the member with the largest id.
fn name_vanished(rows: &mut [ClassDiff], base: Half<'_>, progress: &Progress) -> Result<(), Cancelled> {
    let is_vanished: Vec<bool> = rows.iter().map(|row| row.target_count == 0).collect();
    let mut last: FxHashMap<u32, (NodeId, NodeOrdinal)> = FxHashMap::default();
    for node in base.heap.graph.node_ordinals() {
        if node.0.is_multiple_of(1 << 16) {
            progress.check()?;
        }
        let row = base.row_of(node);
        if row != NO_ROW && is_vanished[row as usize] && base.counts(node) {
            let this = (base.heap.graph.id(node), node);
            let last = last.entry(row).or_insert(this);
            *last = this.max(*last);
        }
    }
    for (row, (_, node)) in last {
        base.heap.classes.name_of(node).clone_into(&mut rows[row as usize].name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Diff, diff};
    use crate::analysis::testing::{heap_of, object, plain, rooted};
    use crate::format::builder::SnapshotBuilder;
    use crate::graph::NodeOrdinal;
    use crate::util::Progress;

    fn compare(base: &SnapshotBuilder, target: &SnapshotBuilder, by_id: bool) -> Diff {
        diff(&heap_of(base), &heap_of(target), by_id, &Progress::new()).unwrap()
    }

    /// Objects of a class with some ids, each as large as its id.
    fn add(snapshot: &mut SnapshotBuilder, class: &str, ids: &[u64]) {
        for &id in ids {
            let node = object(snapshot, class, id);
            snapshot.set_id(node, id);
        }
    }

    fn nodes(ordinals: &[u32]) -> Vec<NodeOrdinal> {
        ordinals.iter().copied().map(NodeOrdinal).collect()
    }

    #[test]
    fn objects_are_new_or_deleted_by_id_within_their_class() {
        let (mut base, mut target) = (rooted(), rooted());
        add(&mut base, "Cart", &[900, 101, 103]);
        add(&mut base, "Same", &[201]);
        add(&mut target, "New", &[301]);
        add(&mut target, "Cart", &[107, 1 << 40, 101, 105]);
        add(&mut target, "Same", &[201]);
        let diff = compare(&base, &target, true);
        let keys: Vec<_> = diff.list.iter().map(|row| row.key.as_str()).collect();
        assert_eq!(keys, [",Cart", ",New"]); // the base's classes first
        let cart = &diff.list[0];
        assert_eq!(cart.added, nodes(&[5, 2, 3])); // ascending by id: 105, 107, 2^40
        assert_eq!(cart.deleted, nodes(&[3, 1]));
        assert_eq!((cart.added_size, cart.deleted_size), (212 + (1 << 40), 1003));
        assert_eq!((cart.base_count, cart.target_count), (3, 4));
        assert_eq!((cart.base_size, cart.target_size), (1104, 313 + (1 << 40)));
    }

    #[test]
    fn an_object_that_changed_its_class_is_deleted_in_one_and_new_in_the_other() {
        let (mut base, mut target) = (rooted(), rooted());
        add(&mut base, "Draft", &[101]);
        add(&mut target, "Order", &[101]);
        let diff = compare(&base, &target, true);
        let rows: Vec<_> =
            diff.list.iter().map(|row| (row.name.as_str(), row.added.len(), row.deleted.len())).collect();
        assert_eq!(rows, [("Draft", 0, 1), ("Order", 1, 0)]);
    }

    #[test]
    fn an_id_that_stands_twice_is_matched_as_often_as_both_sides_have_it() {
        let (mut base, mut target) = (rooted(), rooted());
        add(&mut base, "Cart", &[101, 101, 101]);
        add(&mut base, "Item", &[101]);
        add(&mut target, "Cart", &[101]);
        add(&mut target, "Item", &[101, 101]);
        let diff = compare(&base, &target, true);
        let rows: Vec<_> = diff.list.iter().map(|row| (row.added.clone(), row.deleted.clone())).collect();
        assert_eq!(rows, [(vec![], nodes(&[2, 3])), (nodes(&[3]), vec![])]);
    }

    #[test]
    fn the_base_is_classified_by_the_targets_interfaces() {
        let (mut base, mut target) = (rooted(), rooted());
        plain(&mut base, &["id", "x"]); // alone: `Object` in the base
        for _ in 0..3 {
            plain(&mut target, &["id", "x"]);
        }
        let diff = compare(&base, &target, true);
        let rows: Vec<_> = diff.list.iter().map(|row| (row.name.as_str(), row.base_count)).collect();
        assert_eq!(rows, [("{id, x}", 1)]);
        assert_eq!(diff.list[0].added, nodes(&[2, 3]));
    }

    #[test]
    fn a_class_that_vanished_is_called_as_the_base_calls_it() {
        let (mut base, target) = (rooted(), rooted());
        for _ in 0..2 {
            plain(&mut base, &["id", "x"]); // an interface of the base, not of the target
        }
        for by_id in [true, false] {
            let diff = compare(&base, &target, by_id);
            let rows: Vec<_> = diff.list.iter().map(|row| (row.key.as_str(), row.name.as_str())).collect();
            assert_eq!(rows, [(",Object", "{id, x}")]);
        }
    }

    #[test]
    fn without_ids_counts_and_sizes_are_compared() {
        let (mut base, mut target) = (rooted(), rooted());
        add(&mut base, "Cart", &[101]);
        add(&mut base, "Same", &[103]);
        add(&mut target, "Same", &[103]);
        add(&mut target, "Cart", &[105, 107]);
        let diff = compare(&base, &target, false);
        assert!(!diff.by_id && diff.list.len() == 1);
        let cart = &diff.list[0];
        let facts = (cart.base_count, cart.target_count, cart.base_size, cart.target_size);
        assert_eq!(facts, (1, 2, 101, 212));
        assert!(cart.added.is_empty() && cart.deleted.is_empty());
    }
}
