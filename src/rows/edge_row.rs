//! An edge and the object at its other end as plain values, for JSON.

use serde::Serialize;

use super::{ItemKind, Tree, edge_text};
use crate::analysis::{Heap, IgnoredRetainers, display_name, retainer_distance};
use crate::graph::{EdgeOrdinal, NodeOrdinal};

/// One field or retainer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EdgeRow {
    /// The edge's name; element indices in brackets.
    pub edge: String,
    /// The edge's kind, as files spell it.
    pub edge_kind: String,
    /// Id of the object.
    pub id: u64,
    /// Its displayed name.
    pub name: String,
    /// Its class.
    pub class: String,
    /// Its distance, with DevTools' numbers for what no user root reaches; of retainers from
    /// 200,000,000 on: no way from a root leads through the edge.
    pub distance: i32,
    /// Bytes.
    pub shallow_size: u64,
    /// Bytes.
    pub retained_size: u64,
    /// Whether the retainer is ignored; of retainers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<bool>,
}

impl EdgeRow {
    /// An edge with the object that it comes from, some objects being ignored.
    pub fn retainer(heap: &Heap, edge: EdgeOrdinal, ignored: Option<&IgnoredRetainers>) -> Self {
        let holder = heap.graph.edge_from(edge);
        Self {
            distance: retainer_distance(heap, ignored, edge, holder).0,
            ignored: Some(ignored.is_some_and(|ignored| ignored.contains(holder))),
            ..Self::new(heap, edge, holder)
        }
    }

    /// An edge with the object that it leads to.
    pub fn field(heap: &Heap, edge: EdgeOrdinal) -> Self {
        Self::new(heap, edge, heap.graph.edge_to(edge))
    }

    fn new(heap: &Heap, edge: EdgeOrdinal, node: NodeOrdinal) -> Self {
        Self {
            edge: edge_text(heap, edge),
            edge_kind: heap.graph.meta().edge_kinds.get(heap.graph.edge_kind(edge).0).to_owned(),
            id: heap.graph.id(node).0,
            name: display_name(heap, node),
            class: heap.classes.name_of(node).to_owned(),
            distance: heap.distances.of(node).0,
            shallow_size: heap.sizes.of(node),
            retained_size: heap.retained.of(node),
            ignored: None,
        }
    }
}

/// The edges of a tree's top level, in its order; `ignored` are those of a tree of retainers.
pub fn edge_rows(tree: &Tree, ignored: Option<&IgnoredRetainers>) -> Vec<EdgeRow> {
    tree.top_items()
        .filter_map(|item| {
            let heap = tree.source().heap(item.side);
            match item.kind {
                ItemKind::Field => Some(EdgeRow::field(heap, EdgeOrdinal(item.ordinal))),
                ItemKind::Retainer => Some(EdgeRow::retainer(heap, EdgeOrdinal(item.ordinal), ignored)),
                ItemKind::Class | ItemKind::Object => None,
            }
        })
        .collect()
}
