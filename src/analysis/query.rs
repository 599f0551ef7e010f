//! Finds objects by what they are: sizes, kind, name, names of their fields. DevTools' `queryObjects`.

use super::search::{DisplayedNames, nodes_where, texts_with};
use super::{Direction, EdgeNameText, Heap, NodeKey, Pattern, edge_name, sort_nodes};
use crate::graph::{EdgeKind, EdgeOrdinal, NodeOrdinal};
use crate::util::{Cancelled, Progress};

/// What objects must be; what is `None` does not matter.
#[derive(Debug, Default)]
pub struct Query {
    /// Least shallow size, in bytes.
    pub min_shallow_size: Option<u64>,
    /// Largest shallow size, in bytes.
    pub max_shallow_size: Option<u64>,
    /// Least retained size, in bytes.
    pub min_retained_size: Option<u64>,
    /// Largest retained size, in bytes.
    pub max_retained_size: Option<u64>,
    /// Whether they are marked as detached.
    pub is_detached: Option<bool>,
    /// What their displayed names hold.
    pub name: Option<Pattern>,
    /// The kind, as files spell it, in any case.
    pub kind: Option<String>,
    /// What the name of some edge of theirs holds; indices are names, too.
    pub property: Option<Pattern>,
    /// The order of the answer.
    pub order: QueryOrder,
}

/// Orders of an answer; equal objects are in file order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueryOrder {
    /// Largest retained size first.
    #[default]
    RetainedSize,
    /// Largest shallow size first.
    ShallowSize,
    /// Smallest id first.
    Id,
}

/// The objects that a query asks for, in its order. Unlike a search it finds objects of size 0.
pub fn query_objects(heap: &Heap, query: &Query, progress: &Progress) -> Result<Vec<NodeOrdinal>, Cancelled> {
    let names = query.name.as_ref().map(|name| DisplayedNames::new(heap, name, progress)).transpose()?;
    let properties = query
        .property
        .as_ref()
        .map(|property| texts_with(heap.graph.strings(), property, progress).map(|rows| (property, rows)));
    let properties = properties.transpose()?;
    let kinds: Option<Vec<bool>> = query.kind.as_ref().map(|kind| {
        let named = |number: u8| heap.graph.meta().node_kinds.get(number).eq_ignore_ascii_case(kind);
        (0..=u8::MAX).map(named).collect()
    });
    let is_within = |size: u64, least: Option<u64>, most: Option<u64>| {
        least.is_none_or(|least| size >= least) && most.is_none_or(|most| size <= most)
    };
    let mut nodes = nodes_where(heap, progress, |node, shapes| {
        let is_detached = heap.detachedness.state[node.index()] == 2;
        is_within(heap.sizes.of(node), query.min_shallow_size, query.max_shallow_size)
            && is_within(heap.retained.of(node), query.min_retained_size, query.max_retained_size)
            && query.is_detached.is_none_or(|wanted| wanted == is_detached)
            && kinds.as_ref().is_none_or(|kinds| kinds[usize::from(heap.graph.kind(node).0)])
            && names.as_ref().is_none_or(|names| names.match_node(node, shapes))
            && properties.as_ref().is_none_or(|(property, rows)| {
                let mut edges = heap.graph.edges_of(node);
                edges.any(|edge| match heap.graph.edge_kind(edge) {
                    kind if kind.is_indexed() || kind == EdgeKind::SHORTCUT => is_named(heap, edge, property),
                    _ => rows.contains(heap.graph.edge_name_or_index(edge)),
                })
            })
    })?;
    let key = match query.order {
        QueryOrder::RetainedSize => (NodeKey::RetainedSize, Direction::Descending),
        QueryOrder::ShallowSize => (NodeKey::ShallowSize, Direction::Descending),
        QueryOrder::Id => (NodeKey::Id, Direction::Ascending),
    };
    sort_nodes(heap, &mut nodes, [key, key], progress)?;
    Ok(nodes)
}

fn is_named(heap: &Heap, edge: EdgeOrdinal, pattern: &Pattern) -> bool {
    let (EdgeNameText::Text(name) | EdgeNameText::Index(name)) = edge_name(&heap.graph, edge);
    pattern.is_in(&super::text::encode(&name))
}

#[cfg(test)]
mod tests {
    use super::{Query, QueryOrder, query_objects};
    use crate::analysis::Pattern;
    use crate::analysis::testing::{heap_of, object, rooted};
    use crate::format::{EdgeKind, NodeKind};
    use crate::util::Progress;

    #[test]
    fn objects_are_found_by_what_they_are() {
        let mut snapshot = rooted();
        let small = object(&mut snapshot, "Cart", 8);
        let large = object(&mut snapshot, "Cart", 100);
        let list = snapshot.node(NodeKind::ARRAY, "", 40);
        let menu = snapshot.node(NodeKind::NATIVE, "<menu>", 0);
        snapshot.set_detachedness(menu, 2);
        snapshot.edge(small, EdgeKind::PROPERTY, "lineItems", list);
        snapshot.edge(list, EdgeKind::ELEMENT, 17, menu);
        snapshot.set_id(large, 2);
        let heap = heap_of(&snapshot);
        let found = |query: Query| -> Vec<u32> {
            query_objects(&heap, &query, &Progress::new()).unwrap().iter().map(|node| node.0).collect()
        };
        let regex = |source| Some(Pattern::regex(source, true).unwrap());
        let carts = || Query { name: regex("^cart$"), ..Query::default() };
        assert_eq!(found(carts()), [large, small]);
        assert_eq!(found(Query { order: QueryOrder::Id, ..carts() }), [large, small]);
        assert_eq!(found(Query { max_shallow_size: Some(99), ..carts() }), [small]);
        assert_eq!(found(Query { min_retained_size: Some(49), ..carts() }), [large]);
        assert_eq!(found(Query { property: regex("items$"), ..Query::default() }), [small]);
        assert_eq!(found(Query { property: regex("^17$"), ..Query::default() }), [list]);
        assert_eq!(found(Query { kind: Some("Array".to_owned()), ..Query::default() }), [list]);
        assert_eq!(found(Query { is_detached: Some(true), ..Query::default() }), [menu]);
    }
}
