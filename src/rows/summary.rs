//! The Summary: constructors, their objects, the objects' fields.

use std::cmp::Reverse;
use std::sync::Arc;

use rayon::prelude::*;

use super::objects::{FieldsBelow, fields, named_row, object_cells, object_of, sorted_instances};
use super::record::{Record, bytes, object_values};
use super::{
    ClassHit, Column, ColumnSpec, Filter, Found, Item, ItemKind, Items, Row, Side, Sort, Source, TextHits,
    TextKind, cells, words,
};
use crate::analysis::{Aggregate, Aggregates, Heap};
use crate::graph::NodeOrdinal;
use crate::util::text::{one_line, utf16_order};
use crate::util::{Cancelled, Progress};

const COLUMNS: [ColumnSpec; 5] = [
    ColumnSpec {
        column: Column::Name,
        title: "Constructor",
        help: "Objects grouped by the function that made them, or by their kind",
    },
    ColumnSpec { column: Column::Count, title: "Count", help: "Number of objects" },
    ColumnSpec {
        column: Column::Distance,
        title: "Distance",
        help: "Steps from the nearest user root (a global object), over the shortest path",
    },
    ColumnSpec {
        column: Column::ShallowSize,
        title: "Shallow size",
        help: "Memory that the objects themselves take, and its share of the snapshot",
    },
    ColumnSpec {
        column: Column::RetainedSize,
        title: "Retained size",
        help: "Memory that would be freed if the objects were gone, and its share of the snapshot",
    },
];

/// The Summary of one snapshot.
pub struct Summary {
    heap: Arc<Heap>,
    /// What a filter leaves; all objects where there is none.
    filtered: Option<Arc<Aggregates>>,
}

impl Summary {
    /// Of a snapshot.
    pub fn new(heap: Arc<Heap>) -> Self {
        Self { heap, filtered: None }
    }

    /// Of the objects that a filter leaves.
    pub fn filtered(heap: Arc<Heap>, aggregates: Arc<Aggregates>) -> Self {
        Self { heap, filtered: Some(aggregates) }
    }

    fn aggregates(&self) -> &Aggregates {
        self.filtered.as_deref().unwrap_or(&self.heap.aggregates)
    }

    fn class_name(&self, row: u32) -> &str {
        let aggregate = &self.aggregates().list[row as usize]; // rows come from this list
        &self.heap.classes.get(aggregate.class).name
    }

    fn class_row(&self, aggregate: &Aggregate) -> Row {
        let total = self.heap.total_size();
        let name = one_line(&self.heap.classes.get(aggregate.class).name, 200);
        Row {
            name: vec![words::span(TextKind::Class, name)],
            cells: vec![
                cells::count(u64::from(aggregate.count)),
                cells::distance(aggregate.distance),
                cells::size_of(aggregate.shallow_size, total),
                cells::size_of(aggregate.retained_size, total),
            ],
            ..Row::default()
        }
    }
}

/// Sorts rows of a class table: by a key that is cheap to make, ties as they stand.
pub(super) fn sort_classes<K: Ord>(rows: &mut [u32], descending: bool, mut key: impl FnMut(u32) -> K) {
    if descending {
        rows.sort_by_cached_key(|&row| Reverse(key(row)));
    } else {
        rows.sort_by_cached_key(|&row| key(row));
    }
}

impl Source for Summary {
    fn columns(&self) -> &'static [ColumnSpec] {
        &COLUMNS
    }

    fn default_sort(&self) -> Sort {
        Sort { column: Column::RetainedSize, descending: true }
    }

    fn find(&self, filter: Filter, progress: &Progress) -> Result<Found, Cancelled> {
        let aggregates = self.aggregates();
        TextHits::expect(&filter, &[&self.heap], progress);
        let objects = TextHits::of(&self.heap, &filter, progress)?;
        let names = (0..aggregates.list.len()).into_par_iter().map(|row| self.class_name(row as u32));
        let count = |row: usize, objects: &TextHits, _: &TextHits| {
            objects.count(aggregates.members(&aggregates.list[row])) // rows are those of the list
        };
        Ok(Found::new(filter, names, objects, TextHits::default(), count))
    }

    fn roots(&self, sort: Sort, found: &Found, progress: &Progress) -> Result<Items, Cancelled> {
        progress.check()?;
        let list = &self.aggregates().list;
        let mut rows: Vec<u32> =
            (0..list.len() as u32).filter(|&row| found.class(row) != ClassHit::None).collect();
        let aggregate = |row: u32| &list[row as usize];
        // DevTools' second keys: sorted first, since the sorts below are stable.
        match sort.column {
            Column::Name | Column::Distance => {
                sort_classes(&mut rows, true, |row| aggregate(row).retained_size);
            }
            _ => rows.sort_by(|&a, &b| utf16_order(self.class_name(a), self.class_name(b))),
        }
        let down = sort.descending;
        match sort.column {
            Column::Name => rows.sort_by(|&a, &b| {
                let order = utf16_order(self.class_name(a), self.class_name(b));
                if down { order.reverse() } else { order }
            }),
            Column::Distance => sort_classes(&mut rows, down, |row| aggregate(row).distance),
            Column::ShallowSize => sort_classes(&mut rows, down, |row| aggregate(row).shallow_size),
            Column::Count => sort_classes(&mut rows, down, |row| aggregate(row).count),
            _ => sort_classes(&mut rows, down, |row| aggregate(row).retained_size),
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
        if item.kind == ItemKind::Class {
            let aggregate = &self.aggregates().list[item.ordinal as usize];
            let nodes = self.aggregates().members(aggregate).collect();
            let nodes = found.of_class(item, Side::Target, nodes);
            let rows = sorted_instances(&self.heap, nodes, sort, progress)?;
            return Ok(Items::new(ItemKind::Object, Side::Target, rows));
        }
        match self.object(item) {
            Some(node) => fields(&self.heap, Side::Target, node, (sort, FieldsBelow::row(item)), progress),
            None => Ok(Items::default()),
        }
    }

    fn can_open(&self, chain: &[Item]) -> bool {
        let Some(&item) = chain.last() else { return false };
        self.object(item).is_none_or(|node| !self.heap.graph.edge_range(node).is_empty())
    }

    fn row(&self, chain: &[Item]) -> Row {
        let Some(&item) = chain.last() else { return Row::default() };
        match self.object(item) {
            None => self.class_row(&self.aggregates().list[item.ordinal as usize]),
            Some(node) => {
                let mut row = named_row(&self.heap, item);
                row.cells.push(super::Cell::default());
                row.cells.extend(object_cells(&self.heap, node));
                row
            }
        }
    }

    fn record(&self, chain: &[Item]) -> Record {
        let Some(&item) = chain.last() else { return Record::default() };
        if let Some(node) = self.object(item) {
            let mut values = vec![None];
            values.extend(object_values(&self.heap, node));
            return Record::of_object(&self.heap, item, node, values);
        }
        let aggregate = &self.aggregates().list[item.ordinal as usize];
        Record {
            name: self.class_name(item.ordinal).to_owned(),
            values: vec![
                Some(i64::from(aggregate.count)),
                aggregate.distance.shown().map(i64::from),
                Some(bytes(aggregate.shallow_size)),
                Some(bytes(aggregate.retained_size)),
            ],
            ..Record::default()
        }
    }

    fn heap(&self, _side: Side) -> &Arc<Heap> {
        &self.heap
    }

    fn object(&self, item: Item) -> Option<NodeOrdinal> {
        object_of(&self.heap, item)
    }
}
