//! A row as plain values, for export: nothing rounded, nothing cut.

use super::{Column, Item, ItemKind};
use crate::analysis::{EdgeNameText, Heap, display_name, edge_name};
use crate::graph::{EdgeOrdinal, NodeOrdinal};

/// One row's values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The edge's name, where the row is about an edge; element indices in brackets.
    pub edge: Option<String>,
    /// Constructor name, or the object's whole displayed name.
    pub name: String,
    /// The object's class.
    pub class: Option<String>,
    /// The object's id.
    pub id: Option<u64>,
    /// What the other columns say, in their order: counts, steps, bytes.
    pub values: Vec<Option<i64>>,
}

impl Record {
    /// The record of an object's row; `values` are the columns behind the first.
    pub(super) fn of_object(heap: &Heap, item: Item, node: NodeOrdinal, values: Vec<Option<i64>>) -> Self {
        let edge = match item.kind {
            ItemKind::Field | ItemKind::Retainer => Some(edge_text(heap, EdgeOrdinal(item.ordinal))),
            ItemKind::Class | ItemKind::Object => None,
        };
        Self {
            edge,
            name: display_name(heap, node),
            class: Some(heap.classes.name_of(node).to_owned()),
            id: Some(heap.graph.id(node).0),
            values,
        }
    }
}

/// An edge's name as one text: element indices in brackets.
pub fn edge_text(heap: &Heap, edge: EdgeOrdinal) -> String {
    use crate::graph::EdgeKind;
    match edge_name(&heap.graph, edge) {
        EdgeNameText::Index(index) if heap.graph.edge_kind(edge) == EdgeKind::ELEMENT => format!("[{index}]"),
        EdgeNameText::Index(name) | EdgeNameText::Text(name) => name,
    }
}

/// Distance, shallow and retained size of an object as values.
pub(super) fn object_values(heap: &Heap, node: NodeOrdinal) -> [Option<i64>; 3] {
    [
        heap.distances.of(node).shown().map(i64::from),
        Some(bytes(heap.sizes.of(node))),
        Some(bytes(heap.retained.of(node))),
    ]
}

/// Bytes as a value; what no memory can hold is held at the limit.
pub(super) fn bytes(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// The name of a column in exported files.
pub fn column_name(column: Column) -> &'static str {
    match column {
        Column::Name => "name",
        Column::Count => "count",
        Column::Distance => "distance",
        Column::ShallowSize => "shallow_size",
        Column::RetainedSize => "retained_size",
        Column::New => "new",
        Column::Deleted => "deleted",
        Column::Delta => "delta",
        Column::AllocatedSize => "allocated_size",
        Column::FreedSize => "freed_size",
        Column::SizeDelta => "size_delta",
    }
}
