//! What the tables share about objects: the order of instances and fields, their rows.

use super::{Column, Item, ItemKind, Items, Row, Side, Sort, cells, words};
use crate::analysis::{
    Direction, EdgeEnd, EdgeKey, Heap, IgnoredRetainers, NodeKey, sort_edges, sort_nodes, sort_retainers,
};
use crate::graph::{EdgeOrdinal, NodeOrdinal};
use crate::util::{Cancelled, Progress};

use Direction::{Ascending, Descending};

/// The direction of a table's order.
pub(super) fn direction(sort: Sort) -> Direction {
    if sort.descending { Descending } else { Ascending }
}

/// DevTools' two keys for the instances of a class under a table's order.
fn instance_keys(sort: Sort) -> [(NodeKey, Direction); 2] {
    let chosen = direction(sort);
    match sort.column {
        Column::Name => [(NodeKey::Name, chosen), (NodeKey::Id, Ascending)],
        Column::Distance => [(NodeKey::Distance, chosen), (NodeKey::RetainedSize, Descending)],
        Column::ShallowSize | Column::AllocatedSize | Column::FreedSize | Column::SizeDelta => {
            [(NodeKey::ShallowSize, chosen), (NodeKey::Id, Ascending)]
        }
        Column::RetainedSize => [(NodeKey::RetainedSize, chosen), (NodeKey::Id, Ascending)],
        Column::Count => [(NodeKey::RetainedSize, Descending), (NodeKey::Id, Ascending)],
        Column::New | Column::Deleted | Column::Delta => {
            [(NodeKey::Name, Ascending), (NodeKey::Id, Ascending)]
        }
    }
}

/// Below which kind of row fields are listed: DevTools orders them differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldsBelow {
    /// An instance of a class.
    Instance,
    /// Another field, or nothing: Containment.
    Field,
}

impl FieldsBelow {
    /// By the row that the fields lie in.
    pub(super) fn row(item: Item) -> Self {
        if item.kind == ItemKind::Object { Self::Instance } else { Self::Field }
    }
}

/// DevTools' two keys for the fields of an object under a table's order.
fn field_keys(sort: Sort, below: FieldsBelow) -> [(EdgeKey, Direction); 2] {
    let chosen = direction(sort);
    let retained = EdgeKey::Node(NodeKey::RetainedSize);
    let shallow = EdgeKey::Node(NodeKey::ShallowSize);
    let distance = EdgeKey::Node(NodeKey::Distance);
    match sort.column {
        Column::Name => [(EdgeKey::Name, chosen), (retained, Descending)],
        Column::Distance if below == FieldsBelow::Instance => [(distance, chosen), (retained, Descending)],
        Column::Distance => [(distance, chosen), (EdgeKey::Node(NodeKey::Name), Ascending)],
        Column::ShallowSize => [(shallow, chosen), (EdgeKey::Name, Ascending)],
        Column::AllocatedSize | Column::FreedSize if below == FieldsBelow::Instance => {
            [(shallow, chosen), (EdgeKey::Name, Ascending)]
        }
        Column::RetainedSize => [(retained, chosen), (EdgeKey::Name, Ascending)],
        Column::Count
        | Column::New
        | Column::Deleted
        | Column::Delta
        | Column::AllocatedSize
        | Column::FreedSize
        | Column::SizeDelta => [(EdgeKey::Name, Ascending), (retained, Descending)],
    }
}

/// Sorts the objects of a class as its opened row lists them.
pub fn sorted_instances(
    heap: &Heap,
    mut nodes: Vec<NodeOrdinal>,
    sort: Sort,
    progress: &Progress,
) -> Result<Vec<u32>, Cancelled> {
    sort_nodes(heap, &mut nodes, instance_keys(sort), progress)?;
    Ok(nodes.into_iter().map(|node| node.0).collect())
}

/// The fields of an object: all its edges.
pub(super) fn fields(
    heap: &Heap,
    side: Side,
    node: NodeOrdinal,
    (sort, below): (Sort, FieldsBelow),
    progress: &Progress,
) -> Result<Items, Cancelled> {
    let mut edges: Vec<EdgeOrdinal> = heap.graph.edges_of(node).collect();
    sort_edges(heap, &mut edges, EdgeEnd::Target, field_keys(sort, below), progress)?;
    Ok(Items::new(ItemKind::Field, side, edges.into_iter().map(|edge| edge.0).collect()))
}

/// The retainers of an object: the edges that lead to it and keep it, without
/// those of the root. What is ignored stays in the list, where its distance puts it.
pub(super) fn retainers(
    heap: &Heap,
    side: Side,
    node: NodeOrdinal,
    ignored: Option<&IgnoredRetainers>,
    sort: Sort,
    progress: &Progress,
) -> Result<Items, Cancelled> {
    let mut edges: Vec<EdgeOrdinal> = shown_retainers(heap, node).collect();
    sort_retainers(heap, &mut edges, ignored, field_keys(sort, FieldsBelow::Field), progress)?;
    Ok(Items::new(ItemKind::Retainer, side, edges.into_iter().map(|edge| edge.0).collect()))
}

/// The edges of the Retainers pane, unsorted.
pub(super) fn shown_retainers(heap: &Heap, node: NodeOrdinal) -> impl Iterator<Item = EdgeOrdinal> + '_ {
    use crate::graph::EdgeKind;
    let root_edges = heap.graph.edge_range(crate::graph::ROOT);
    heap.retainers()
        .of(node)
        .filter(move |edge| !root_edges.contains(&edge.0) && heap.graph.edge_kind(*edge) != EdgeKind::WEAK)
}

/// The object a row is about; `None` for constructors.
pub(super) fn object_of(heap: &Heap, item: Item) -> Option<NodeOrdinal> {
    match item.kind {
        ItemKind::Class => None,
        ItemKind::Object => Some(NodeOrdinal(item.ordinal)),
        ItemKind::Field => Some(heap.graph.edge_to(EdgeOrdinal(item.ordinal))),
        ItemKind::Retainer => Some(heap.graph.edge_from(EdgeOrdinal(item.ordinal))),
    }
}

/// The first column of an object's row.
pub(super) fn named_row(heap: &Heap, item: Item) -> Row {
    let name = match item.kind {
        ItemKind::Class => Vec::new(),
        ItemKind::Object => words::object_words(heap, NodeOrdinal(item.ordinal)),
        ItemKind::Field => words::field_words(heap, EdgeOrdinal(item.ordinal)),
        ItemKind::Retainer => words::retainer_words(heap, EdgeOrdinal(item.ordinal)),
    };
    Row { name, ..Row::default() }
}

/// Distance, shallow and retained size of an object, with their shares of the total.
pub(super) fn object_cells(heap: &Heap, node: NodeOrdinal) -> [super::Cell; 3] {
    let total = heap.total_size();
    [
        cells::distance(heap.distances.of(node)),
        cells::size_of(heap.sizes.of(node), total),
        cells::size_of(heap.retained.of(node), total),
    ]
}
