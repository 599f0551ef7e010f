//! What an object holds: its fields, and theirs.

use std::sync::Arc;

use super::objects::{FieldsBelow, fields, named_row, object_cells, object_of};
use super::record::{Record, object_values};
use super::{Column, ColumnSpec, Found, Item, Items, Row, Side, Sort, Source};
use crate::analysis::Heap;
use crate::graph::NodeOrdinal;
use crate::util::{Cancelled, Progress};

const COLUMNS: [ColumnSpec; 4] = [
    ColumnSpec { column: Column::Name, title: "Holds", help: "References that leave the object" },
    ColumnSpec {
        column: Column::Distance,
        title: "Distance",
        help: "Steps from the nearest user root (a global object)",
    },
    ColumnSpec { column: Column::ShallowSize, title: "Shallow", help: "Memory that the object itself takes" },
    ColumnSpec {
        column: Column::RetainedSize,
        title: "Retained",
        help: "Memory that would be freed if the object were gone",
    },
];

/// The fields of one object.
pub struct FieldsOf {
    heap: Arc<Heap>,
    node: NodeOrdinal,
}

impl FieldsOf {
    /// Of an object.
    pub fn new(heap: Arc<Heap>, node: NodeOrdinal) -> Self {
        Self { heap, node }
    }
}

impl Source for FieldsOf {
    fn columns(&self) -> &'static [ColumnSpec] {
        &COLUMNS
    }

    fn default_sort(&self) -> Sort {
        Sort { column: Column::RetainedSize, descending: true }
    }

    fn roots(&self, sort: Sort, found: &Found, progress: &Progress) -> Result<Items, Cancelled> {
        let items = fields(&self.heap, Side::Target, self.node, (sort, FieldsBelow::Field), progress)?;
        let passes = |item| found.filter().matches(&named_row(&self.heap, item).name_text());
        items.filtered(progress, passes, found.filter().is_empty())
    }

    fn children(
        &self,
        chain: &[Item],
        sort: Sort,
        _found: &Found,
        progress: &Progress,
    ) -> Result<Items, Cancelled> {
        match chain.last().and_then(|item| self.object(*item)) {
            Some(node) => fields(&self.heap, Side::Target, node, (sort, FieldsBelow::Field), progress),
            None => Ok(Items::default()),
        }
    }

    fn can_open(&self, chain: &[Item]) -> bool {
        let node = chain.last().and_then(|item| self.object(*item));
        node.is_some_and(|node| !self.heap.graph.edge_range(node).is_empty())
    }

    fn row(&self, chain: &[Item]) -> Row {
        let Some(&item) = chain.last() else { return Row::default() };
        let mut row = named_row(&self.heap, item);
        if let Some(node) = self.object(item) {
            row.cells.extend(object_cells(&self.heap, node));
        }
        row
    }

    fn record(&self, chain: &[Item]) -> Record {
        let Some(&item) = chain.last() else { return Record::default() };
        let Some(node) = self.object(item) else { return Record::default() };
        Record::of_object(&self.heap, item, node, object_values(&self.heap, node).to_vec())
    }

    fn heap(&self, _side: Side) -> &Arc<Heap> {
        &self.heap
    }

    fn object(&self, item: Item) -> Option<NodeOrdinal> {
        object_of(&self.heap, item)
    }
}
