//! The Comparison: what is new and what is gone, by constructor.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::objects::{FieldsBelow, fields, named_row, object_of, sorted_instances};
use super::record::{Record, bytes};
use super::summary::sort_classes;
use super::{
    Cell, ClassHit, Column, ColumnSpec, Filter, Found, Item, ItemKind, Items, Row, Side, Sort, Source,
    TextHits, TextKind, cells, words,
};
use crate::analysis::{ClassDiff, Diff, Heap};
use crate::graph::NodeOrdinal;
use crate::util::text::{one_line, utf16_order};
use crate::util::{Cancelled, Progress};

const COLUMNS: [ColumnSpec; 7] = [
    ColumnSpec {
        column: Column::Name,
        title: "Constructor",
        help: "Objects grouped by the function that made them, or by their kind",
    },
    ColumnSpec { column: Column::New, title: "# New", help: "Objects that only the newer snapshot has" },
    ColumnSpec { column: Column::Deleted, title: "# Deleted", help: "Objects that only the base has" },
    ColumnSpec { column: Column::Delta, title: "# Delta", help: "New objects less deleted ones" },
    ColumnSpec {
        column: Column::AllocatedSize,
        title: "Alloc. size",
        help: "Memory that the new objects themselves take",
    },
    ColumnSpec {
        column: Column::FreedSize,
        title: "Freed size",
        help: "Memory that the deleted objects themselves took",
    },
    ColumnSpec { column: Column::SizeDelta, title: "Size delta", help: "Allocated size less freed size" },
];

const COUNTS_ONLY: &str =
    "The ids of these snapshots do not name the same objects, so only counts are compared";

/// The Comparison of two snapshots.
pub struct Comparison {
    base: Arc<Heap>,
    target: Arc<Heap>,
    diff: Arc<Diff>,
    /// Largest size delta of a class, either way, in bytes.
    largest_delta: u64,
}

/// Change of the number of objects of a class.
pub fn delta_of(class: &ClassDiff, by_id: bool) -> i64 {
    if by_id {
        class.added.len() as i64 - class.deleted.len() as i64
    } else {
        class.target_count as i64 - class.base_count as i64
    }
}

/// Change of the shallow bytes of a class.
pub fn size_delta_of(class: &ClassDiff, by_id: bool) -> i64 {
    if by_id {
        class.added_size.wrapping_sub(class.deleted_size) as i64
    } else {
        class.target_size.wrapping_sub(class.base_size) as i64
    }
}

impl Comparison {
    /// Of a base and a newer snapshot, whose difference is given.
    pub fn new(base: Arc<Heap>, target: Arc<Heap>, diff: Arc<Diff>) -> Self {
        let largest_delta =
            diff.list.iter().map(|class| size_delta_of(class, diff.by_id).unsigned_abs()).max().unwrap_or(0);
        Self { base, target, diff, largest_delta }
    }

    fn class(&self, row: u32) -> &ClassDiff {
        &self.diff.list[row as usize] // rows come from this list
    }

    fn class_row(&self, class: &ClassDiff) -> Row {
        let by_id = self.diff.by_id;
        let known = |cell: Cell| if by_id { cell } else { cells::unknown(COUNTS_ONLY) };
        Row {
            name: vec![words::span(TextKind::Class, one_line(&class.name, 200))],
            cells: vec![
                known(cells::count(class.added.len() as u64)),
                known(cells::count(class.deleted.len() as u64)),
                cells::count_delta(delta_of(class, by_id)),
                known(cells::size(class.added_size)),
                known(cells::size(class.deleted_size)),
                cells::size_delta(size_delta_of(class, by_id), self.largest_delta),
            ],
            ..Row::default()
        }
    }

    /// New and deleted objects carry a dot and their size; fields only their name.
    fn object_row(&self, item: Item, node: NodeOrdinal) -> Row {
        let heap = self.heap(item.side);
        let mut row = named_row(heap, item);
        row.cells = vec![Cell::default(); COLUMNS.len() - 1];
        if item.kind == ItemKind::Object && self.diff.by_id {
            let bytes = heap.sizes.of(node);
            let (dot_at, size_at, delta) = match item.side {
                Side::Target => (0, 3, bytes as i64),
                Side::Base => (1, 4, -(bytes as i64)),
            };
            row.cells[dot_at] = cells::dot();
            row.cells[size_at] = cells::size(bytes);
            row.cells[5] = cells::size_delta(delta, self.largest_delta);
        } else if item.kind == ItemKind::Object {
            row.cells[3] = cells::size(heap.sizes.of(node));
        }
        row
    }

    /// What an object's row counts as: one new or one deleted object with its bytes.
    fn object_values(&self, item: Item, node: NodeOrdinal) -> Vec<Option<i64>> {
        let size = bytes(self.heap(item.side).sizes.of(node));
        match item.side {
            _ if item.kind != ItemKind::Object || !self.diff.by_id => vec![None; COLUMNS.len() - 1],
            Side::Target => vec![Some(1), Some(0), Some(1), Some(size), Some(0), Some(size)],
            Side::Base => vec![Some(0), Some(1), Some(-1), Some(0), Some(size), Some(-size)],
        }
    }

    /// The objects of a class: the new, then the deleted; where ids do not compare, all of the target.
    fn objects(
        &self,
        item: Item,
        sort: Sort,
        found: &Found,
        progress: &Progress,
    ) -> Result<Items, Cancelled> {
        let class = self.class(item.ordinal);
        let mut items = Items::default();
        let added = if self.diff.by_id { class.added.clone() } else { self.target_members(&class.key) };
        let added = found.of_class(item, Side::Target, added);
        let rows = sorted_instances(&self.target, added, sort, progress)?;
        items.push(ItemKind::Object, Side::Target, rows);
        let deleted = found.of_class(item, Side::Base, class.deleted.clone());
        let rows = sorted_instances(&self.base, deleted, sort, progress)?;
        items.push(ItemKind::Object, Side::Base, rows);
        Ok(items)
    }

    fn target_members(&self, key: &str) -> Vec<NodeOrdinal> {
        let aggregates = &self.target.aggregates;
        aggregates
            .list
            .iter()
            .find(|row| self.target.classes.get(row.class).key == key)
            .map(|row| aggregates.members(row).collect())
            .unwrap_or_default()
    }
}

impl Source for Comparison {
    fn columns(&self) -> &'static [ColumnSpec] {
        &COLUMNS
    }

    fn default_sort(&self) -> Sort {
        Sort { column: Column::SizeDelta, descending: true }
    }

    fn find(&self, filter: Filter, progress: &Progress) -> Result<Found, Cancelled> {
        let by_id = self.diff.by_id;
        let heaps: &[&Heap] = if by_id { &[&self.target, &self.base] } else { &[&self.target] };
        TextHits::expect(&filter, heaps, progress);
        let objects = TextHits::of(&self.target, &filter, progress)?;
        let base = if by_id { TextHits::of(&self.base, &filter, progress)? } else { TextHits::default() };
        let names = self.diff.list.par_iter().map(|class| class.name.as_str());
        if by_id {
            let count = |row: usize, objects: &TextHits, base: &TextHits| {
                let class = &self.diff.list[row]; // rows are those of the list
                objects.count(class.added.iter().copied()) + base.count(class.deleted.iter().copied())
            };
            return Ok(Found::new(filter, names, objects, base, count));
        }
        let aggregates = &self.target.aggregates;
        let by_key: FxHashMap<&str, _> = aggregates
            .list
            .iter()
            .map(|row| (self.target.classes.get(row.class).key.as_str(), row))
            .collect();
        let count = |row: usize, objects: &TextHits, _: &TextHits| {
            let members = by_key.get(self.diff.list[row].key.as_str()); // rows are those of the list
            members.map_or(0, |row| objects.count(aggregates.members(row)))
        };
        Ok(Found::new(filter, names, objects, base, count))
    }

    fn roots(&self, sort: Sort, found: &Found, progress: &Progress) -> Result<Items, Cancelled> {
        progress.check()?;
        let by_id = self.diff.by_id;
        let mut rows: Vec<u32> =
            (0..self.diff.list.len() as u32).filter(|&row| found.class(row) != ClassHit::None).collect();
        rows.sort_by(|&a, &b| utf16_order(&self.class(a).name, &self.class(b).name));
        let down = sort.descending;
        match sort.column {
            Column::Name if down => rows.reverse(),
            Column::New => sort_classes(&mut rows, down, |row| self.class(row).added.len()),
            Column::Deleted => sort_classes(&mut rows, down, |row| self.class(row).deleted.len()),
            Column::Delta => sort_classes(&mut rows, down, |row| delta_of(self.class(row), by_id)),
            Column::AllocatedSize => sort_classes(&mut rows, down, |row| self.class(row).added_size),
            Column::FreedSize => sort_classes(&mut rows, down, |row| self.class(row).deleted_size),
            Column::SizeDelta => sort_classes(&mut rows, down, |row| size_delta_of(self.class(row), by_id)),
            _ => {}
        }
        Ok(found.classes(rows))
    }

    fn children(
        &self,
        chain: &[Item],
        sort: Sort,
        found: &Found,
        progress: &Progress,
    ) -> Result<Items, Cancelled> {
        let Some(&item) = chain.last() else { return Ok(Items::default()) };
        match self.object(item) {
            None => self.objects(item, sort, found, progress),
            Some(node) => {
                fields(self.heap(item.side), item.side, node, (sort, FieldsBelow::row(item)), progress)
            }
        }
    }

    fn can_open(&self, chain: &[Item]) -> bool {
        let Some(&item) = chain.last() else { return false };
        match self.object(item) {
            None => self.diff.by_id || self.class(item.ordinal).target_count > 0,
            Some(node) => !self.heap(item.side).graph.edge_range(node).is_empty(),
        }
    }

    fn row(&self, chain: &[Item]) -> Row {
        let Some(&item) = chain.last() else { return Row::default() };
        match self.object(item) {
            None => self.class_row(self.class(item.ordinal)),
            Some(node) => self.object_row(item, node),
        }
    }

    fn record(&self, chain: &[Item]) -> Record {
        let Some(&item) = chain.last() else { return Record::default() };
        if let Some(node) = self.object(item) {
            return Record::of_object(self.heap(item.side), item, node, self.object_values(item, node));
        }
        let class = self.class(item.ordinal);
        let by_id = self.diff.by_id;
        let known = |value: i64| by_id.then_some(value);
        Record {
            name: class.name.clone(),
            values: vec![
                known(class.added.len() as i64),
                known(class.deleted.len() as i64),
                Some(delta_of(class, by_id)),
                known(bytes(class.added_size)),
                known(bytes(class.deleted_size)),
                Some(size_delta_of(class, by_id)),
            ],
            ..Record::default()
        }
    }

    fn heap(&self, side: Side) -> &Arc<Heap> {
        match side {
            Side::Target => &self.target,
            Side::Base => &self.base,
        }
    }

    fn object(&self, item: Item) -> Option<NodeOrdinal> {
        object_of(self.heap(item.side), item)
    }
}
