//! DevTools' orders of objects and of edges: two keys, then the place in the file.

use std::slice::from_ref;

use rayon::prelude::*;

use super::name_order::NameOrder;
use super::name_ranks::node_name_ranks;
use super::names::{EdgeNameText, PROTO, edge_name};
use super::text_ranks::{RowTexts, text_ranks};
use super::{Distance, Heap, IgnoredRetainers, retainer_distance};
use crate::graph::{EdgeKind, EdgeOrdinal, Graph, NodeOrdinal, StringIndex};
use crate::util::{Cancelled, Progress, RankedSet, RowOrder, SortKey, sorted_rows};

/// Which way a key is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// What objects are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeKey {
    /// Displayed name, by UTF-16 units.
    Name,
    /// Distance. What nothing reaches comes first, but last among retainers.
    Distance,
    /// Shallow size.
    ShallowSize,
    /// Retained size.
    RetainedSize,
    /// V8's id.
    Id,
}

/// What edges are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EdgeKey {
    /// The edge's name: texts, then numbers (as texts: `10` before `9`). `__proto__`
    /// is always last, in both directions.
    Name,
    /// Something of the node at the other end.
    Node(NodeKey),
}

/// Sorts objects in place; equal ones by ordinal.
pub fn sort_nodes(
    heap: &Heap,
    nodes: &mut [NodeOrdinal],
    keys: [(NodeKey, Direction); 2],
    progress: &Progress,
) -> Result<(), Cancelled> {
    if let [(NodeKey::Name, direction), (NodeKey::Id, Direction::Ascending)] = keys
        && let Some(order) = name_order(heap, nodes.len(), progress)?
        && order.sort(nodes, direction, progress)?
    {
        return Ok(());
    }
    let order = node_order(heap, nodes, keys, progress)?;
    order.apply(nodes, |node| node.0, NodeOrdinal);
    Ok(())
}

fn node_order(
    heap: &Heap,
    nodes: &[NodeOrdinal],
    [first, second]: [(NodeKey, Direction); 2],
    progress: &Progress,
) -> Result<RowOrder, Cancelled> {
    // What the first key leaves undecided, the same one again cannot decide.
    let numbers = |key| NodeNumbers::new(heap, nodes, key, progress);
    let second = if second.0 == first.0 { None } else { Some(numbers(second)?) };
    let first = numbers(first)?;
    // Rows that are equal keep their order anyway.
    let ordinals = Some(Ordinals(nodes)).filter(|_| !nodes.is_sorted());
    let mut keys: Vec<&dyn SortKey> = vec![&first];
    keys.extend(second.iter().map(|key| key as &dyn SortKey));
    keys.extend(ordinals.iter().map(|key| key as &dyn SortKey));
    sorted_rows(rows(nodes), &keys, progress)
}

/// Number of rows of a list of nodes or edges, all different ones.
fn rows<T>(list: &[T]) -> u32 {
    list.len() as u32 // nodes and edges are counted in 32 bits
}

/// A key of nodes by their places in a list; smaller numbers come first.
struct NodeNumbers<'a> {
    heap: &'a Heap,
    nodes: &'a [NodeOrdinal],
    key: NodeKey,
    direction: Direction,
    ranks: Ranks,
}

/// Ranks of names, where they are sorted by.
enum Ranks {
    None,
    /// By place in the list.
    Listed(Vec<u32>),
    /// By node.
    OfHeap(Vec<u32>),
}

impl Ranks {
    fn new(heap: &Heap, nodes: &[NodeOrdinal], progress: &Progress) -> Result<Self, Cancelled> {
        match name_order(heap, nodes.len(), progress)? {
            Some(order) if order.suits_ranking(nodes.len()) => Ok(Self::OfHeap(order.ranks(progress)?)),
            _ => Ok(Self::Listed(node_name_ranks(heap, nodes.par_iter().copied(), progress)?)),
        }
    }
}

/// The order of all names, where it helps to sort a list of so many nodes; made where it is worth it.
fn name_order<'a>(
    heap: &'a Heap,
    nodes: usize,
    progress: &Progress,
) -> Result<Option<&'a NameOrder>, Cancelled> {
    /// Of lists that are at least such a part of a heap, ordering all of its names takes hardly longer.
    const LARGE_PART: usize = 2;
    if nodes >= (heap.graph.node_count() as usize / LARGE_PART).max(1) {
        heap.order_names(progress)?;
    }
    Ok(heap.name_order().filter(|order| order.suits(nodes)))
}

impl<'a> NodeNumbers<'a> {
    fn new(
        heap: &'a Heap,
        nodes: &'a [NodeOrdinal],
        (key, direction): (NodeKey, Direction),
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let ranks = match key {
            NodeKey::Name => Ranks::new(heap, nodes, progress)?,
            _ => Ranks::None,
        };
        Ok(Self { heap, nodes, key, direction, ranks })
    }

    fn fill(&self, rows: &[u32], numbers: &mut [u64], number: impl Fn(NodeOrdinal) -> u64) {
        for (&row, place) in rows.iter().zip(numbers) {
            *place = directed(number(self.nodes[row as usize]), self.direction); // rows of the list
        }
    }
}

impl SortKey for NodeNumbers<'_> {
    fn numbers(&self, rows: &[u32], numbers: &mut [u64]) {
        let heap = self.heap;
        match self.key {
            NodeKey::Name => match &self.ranks {
                Ranks::OfHeap(ranks) => self.fill(rows, numbers, |node| ranks[node.index()].into()),
                Ranks::Listed(ranks) => {
                    for (&row, number) in rows.iter().zip(numbers) {
                        *number = directed(ranks[row as usize].into(), self.direction); // rows of the list
                    }
                }
                Ranks::None => numbers.fill(0),
            },
            NodeKey::Distance => self.fill(rows, numbers, |node| distance_value(heap.distances.of(node))),
            NodeKey::ShallowSize => self.fill(rows, numbers, |node| heap.sizes.of(node)),
            NodeKey::RetainedSize => self.fill(rows, numbers, |node| heap.retained.of(node)),
            NodeKey::Id => self.fill(rows, numbers, |node| heap.graph.id(node).0),
        }
    }
}

/// Nodes by ordinal, by their places in a list.
struct Ordinals<'a>(&'a [NodeOrdinal]);

impl SortKey for Ordinals<'_> {
    fn numbers(&self, rows: &[u32], numbers: &mut [u64]) {
        for (&row, number) in rows.iter().zip(numbers) {
            *number = self.0[row as usize].0.into(); // rows of the list
        }
    }
}

/// A distance as a value that compares alike.
fn distance_value(distance: Distance) -> u64 {
    (i64::from(distance.0) - i64::from(i32::MIN)) as u64
}

/// A value of which the smaller one comes first under a direction.
fn directed(value: u64, direction: Direction) -> u64 {
    match direction {
        Direction::Ascending => value,
        Direction::Descending => !value,
    }
}

/// Which node of an edge a list of edges is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EdgeEnd {
    /// Fields of an object: where the edges lead. Equal ones by ascending edge.
    Target,
    /// Retainers of an object: where the edges come from. Equal ones by descending edge.
    Source,
}

impl EdgeEnd {
    fn node(self, graph: &Graph, edge: EdgeOrdinal) -> NodeOrdinal {
        match self {
            Self::Target => graph.edge_to(edge),
            Self::Source => graph.edge_from(edge),
        }
    }

    /// What edges are told apart by.
    fn tie(self, edge: u32) -> u32 {
        match self {
            Self::Target => edge,
            Self::Source => !edge,
        }
    }
}

/// Sorts edges in place.
pub fn sort_edges(
    heap: &Heap,
    edges: &mut [EdgeOrdinal],
    end: EdgeEnd,
    keys: [(EdgeKey, Direction); 2],
    progress: &Progress,
) -> Result<(), Cancelled> {
    sort_edges_without(heap, edges, end, None, keys, progress)
}

/// Sorts retainers in place, some being ignored: [`EdgeEnd::Source`] with the distances of
/// [`retainer_distance`].
pub fn sort_retainers(
    heap: &Heap,
    edges: &mut [EdgeOrdinal],
    ignored: Option<&IgnoredRetainers>,
    keys: [(EdgeKey, Direction); 2],
    progress: &Progress,
) -> Result<(), Cancelled> {
    sort_edges_without(heap, edges, EdgeEnd::Source, ignored, keys, progress)
}

fn sort_edges_without(
    heap: &Heap,
    edges: &mut [EdgeOrdinal],
    end: EdgeEnd,
    ignored: Option<&IgnoredRetainers>,
    keys: [(EdgeKey, Direction); 2],
    progress: &Progress,
) -> Result<(), Cancelled> {
    let list = &*edges;
    let needs_nodes = keys.iter().any(|(key, _)| *key != EdgeKey::Name);
    let edges_with_nodes = if needs_nodes { list } else { &[] };
    let nodes: Vec<NodeOrdinal> =
        edges_with_nodes.par_iter().map(|&edge| end.node(&heap.graph, edge)).collect();
    let first = EdgeNumbers::new(heap, list, &nodes, (end, ignored), keys[0], progress)?;
    let second = EdgeNumbers::new(heap, list, &nodes, (end, ignored), keys[1], progress)?;
    let order = sorted_rows(rows(list), &[&first, &second, &Ties { edges: list, end }], progress)?;
    order.apply(edges, |edge| edge.0, EdgeOrdinal);
    Ok(())
}

/// A key of edges by their places in a list; smaller numbers come first.
enum EdgeNumbers<'a> {
    /// By place in the list.
    Listed(Vec<u64>),
    Nodes(NodeNumbers<'a>),
}

impl<'a> EdgeNumbers<'a> {
    fn new(
        heap: &'a Heap,
        edges: &[EdgeOrdinal],
        nodes: &'a [NodeOrdinal],
        (end, ignored): (EdgeEnd, Option<&IgnoredRetainers>),
        (key, direction): (EdgeKey, Direction),
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        Ok(match key {
            EdgeKey::Name => Self::Listed(name_values(&heap.graph, edges, end, direction, progress)?),
            EdgeKey::Node(NodeKey::Distance) if end == EdgeEnd::Source => {
                let value = |(&edge, &holder): (&EdgeOrdinal, &NodeOrdinal)| {
                    directed(distance_value(retainer_distance(heap, ignored, edge, holder)), direction)
                };
                Self::Listed(edges.par_iter().zip(nodes).map(value).collect())
            }
            EdgeKey::Node(key) => Self::Nodes(NodeNumbers::new(heap, nodes, (key, direction), progress)?),
        })
    }
}

impl SortKey for EdgeNumbers<'_> {
    fn numbers(&self, rows: &[u32], numbers: &mut [u64]) {
        match self {
            Self::Listed(values) => {
                for (&row, number) in rows.iter().zip(numbers) {
                    *number = values[row as usize]; // one a place of the list
                }
            }
            Self::Nodes(values) => values.numbers(rows, numbers),
        }
    }
}

/// What edges are told apart by, by their places in a list.
struct Ties<'a> {
    edges: &'a [EdgeOrdinal],
    end: EdgeEnd,
}

impl SortKey for Ties<'_> {
    fn numbers(&self, rows: &[u32], numbers: &mut [u64]) {
        for (&row, number) in rows.iter().zip(numbers) {
            *number = self.end.tie(self.edges[row as usize].0).into(); // rows of the list
        }
    }
}

/// An edge's name as it is sorted.
enum SortedName {
    /// A row of the string table.
    Text(u32),
    /// The digits of a number below 2³², see [`pack_digits`].
    Number(u64),
    /// A number that a shortcut is named by, as a text.
    OddNumber(String),
    /// An index behind the string table.
    Missing(u32),
}

/// Numbers come behind all texts …
const NUMBERS: u64 = 1 << 62;
/// … and `__proto__` behind all numbers.
const PROTOS: u64 = 2 << 62;

/// Values of edge names: texts by rank, then numbers as texts, then `__proto__`.
///
/// Two edges named `__proto__` keep neither the second key's order nor that of
/// their places: DevTools calls each smaller than the other, which turns their
/// order around.
fn name_values(
    graph: &Graph,
    edges: &[EdgeOrdinal],
    end: EdgeEnd,
    direction: Direction,
    progress: &Progress,
) -> Result<Vec<u64>, Cancelled> {
    let names: Vec<SortedName> = edges.par_iter().map(|&edge| sorted_name(graph, edge)).collect();
    progress.check()?;
    let strings = graph.strings();
    let in_file = |name: &SortedName| if let SortedName::Text(row) = name { Some(*row) } else { None };
    let used = RankedSet::new(strings.len() as usize, names.iter().filter_map(in_file));
    let texts = RowTexts::new(strings, &used);
    let ranks = text_ranks(&texts, from_ref(&(0..texts.len())), progress)?;
    let numbers = number_values(&names, progress)?;
    let value = |(row, name): (usize, &SortedName)| {
        let ascending = match name {
            SortedName::Text(index) => {
                if strings.is(StringIndex(*index), PROTO) {
                    return PROTOS | u64::from(!end.tie(edges[row].0));
                }
                ranks[used.rank(*index).unwrap_or_default()].into() // all are in the set
            }
            SortedName::Missing(index) => NUMBERS >> 1 | u64::from(*index),
            SortedName::Number(_) | SortedName::OddNumber(_) => NUMBERS | numbers[row],
        };
        match direction {
            Direction::Ascending => ascending,
            Direction::Descending => PROTOS - 1 - ascending,
        }
    };
    Ok(names.par_iter().enumerate().map(value).collect())
}

fn sorted_name(graph: &Graph, edge: EdgeOrdinal) -> SortedName {
    let kind = graph.edge_kind(edge);
    let name = graph.edge_name_or_index(edge);
    if kind.is_indexed() {
        return SortedName::Number(pack_digits(name));
    }
    if name >= graph.strings().len() {
        return SortedName::Missing(name);
    }
    if kind == EdgeKind::SHORTCUT
        && let EdgeNameText::Index(number) = edge_name(graph, edge)
    {
        return match number.parse() {
            Ok(number) => SortedName::Number(pack_digits(number)),
            Err(_) => SortedName::OddNumber(number),
        };
    }
    SortedName::Text(name)
}

/// The decimal digits of a number, most significant first, four bits each
/// and one more than the digit, so that a number comes before longer ones it begins.
fn pack_digits(number: u32) -> u64 {
    const DIGITS: u32 = 10; // of the largest
    let mut packed = 0;
    let mut count = 0;
    let mut rest = number;
    loop {
        packed |= u64::from(rest % 10 + 1) << (4 * count);
        count += 1;
        rest /= 10;
        if rest == 0 {
            return packed << (4 * (DIGITS - count));
        }
    }
}

/// The inverse of [`pack_digits`], as a text.
fn unpack_digits(packed: u64) -> String {
    let digits = (0..10).rev().map(|place| (packed >> (4 * place) & 0xF) as u8);
    digits.filter(|&digit| digit > 0).map(|digit| char::from(b'0' + digit - 1)).collect()
}

/// By place: values that compare as the numbers' texts do.
fn number_values(names: &[SortedName], progress: &Progress) -> Result<Vec<u64>, Cancelled> {
    let is_odd = |name: &SortedName| matches!(name, SortedName::OddNumber(_));
    if !names.par_iter().any(is_odd) {
        let packed = |name: &SortedName| if let SortedName::Number(packed) = name { *packed } else { 0 };
        return Ok(names.par_iter().map(packed).collect());
    }
    let text = |name: &SortedName| match name {
        SortedName::Text(_) | SortedName::Missing(_) => Vec::new(),
        SortedName::Number(packed) => unpack_digits(*packed).into_bytes(),
        SortedName::OddNumber(number) => number.clone().into_bytes(),
    };
    let texts: Vec<Vec<u8>> = names.iter().map(text).collect();
    let ranks = text_ranks(&texts[..], from_ref(&(0..rows(names))), progress)?;
    Ok(ranks.into_iter().map(u64::from).collect())
}

#[cfg(test)]
mod tests {
    use super::{Direction, EdgeEnd, EdgeKey, NodeKey, sort_edges, sort_nodes};
    use crate::analysis::testing::{heap_of, object, plain, rooted};
    use crate::analysis::{EdgeNameText, Heap, display_name, edge_name};
    use crate::format::{EdgeKind, NodeKind, builder::SnapshotBuilder};
    use crate::graph::{EdgeOrdinal, NodeOrdinal};
    use crate::util::Progress;
    use Direction::{Ascending, Descending};

    fn sorted_names(heap: &Heap, nodes: &[u32], direction: Direction) -> Vec<String> {
        let mut nodes: Vec<_> = nodes.iter().copied().map(NodeOrdinal).collect();
        let keys = [(NodeKey::Name, direction), (NodeKey::Id, Ascending)];
        sort_nodes(heap, &mut nodes, keys, &Progress::new()).unwrap();
        nodes.into_iter().map(|node| display_name(heap, node)).collect()
    }

    #[test]
    fn names_are_ordered_by_utf16_units() {
        let mut snapshot = rooted();
        let texts = ["b", "\u{FF5E}", "😀", "a\nb", "a", "", "A", "same prefix 2", "same prefix 10"];
        let nodes = texts.map(|text| snapshot.node(NodeKind::STRING, text, 8));
        let heap = heap_of(&snapshot);
        let ascending = ["", "A", "a", "a\nb", "b", "same prefix 10", "same prefix 2", "😀", "\u{FF5E}"]
            .map(String::from);
        assert_eq!(sorted_names(&heap, &nodes, Ascending), ascending);
        let descending: Vec<String> = ascending.into_iter().rev().collect();
        assert_eq!(sorted_names(&heap, &nodes, Descending), descending);
    }

    #[test]
    fn made_names_sort_among_those_of_the_file() {
        let mut snapshot = rooted();
        let long = "l".repeat(5000); // longer than what is kept of it
        let [first, one, two] = [&long, "1", "2"].map(|text| snapshot.node(NodeKind::STRING, text, 8));
        let mut rope = |second| {
            let rope = snapshot.node(NodeKind::CONS_STRING, "", 8);
            let flat = snapshot.node(NodeKind::CONS_STRING, "", 8);
            snapshot.edge(flat, EdgeKind::INTERNAL, "first", second);
            snapshot.edge(flat, EdgeKind::INTERNAL, "second", first);
            snapshot.edge(rope, EdgeKind::INTERNAL, "first", flat);
            rope
        };
        let ropes = [rope(two), rope(one)];
        let order = plain(&mut snapshot, &["id"]);
        let class = object(&mut snapshot, "{ic}", 8);
        let heap = heap_of(&snapshot);
        let expected = [format!("1{long}"), format!("2{long}"), long, "{ic}".into(), "{id}".into()];
        assert_eq!(sorted_names(&heap, &[order, class, ropes[0], first, ropes[1]], Ascending), expected);
    }

    #[test]
    fn a_short_list_is_sorted_alike_before_and_after_all_names_are_in_order() {
        let mut snapshot = rooted();
        let nodes = ["pear", "fig", "apple", "fig", "kiwi", "date", "lime", "plum"]
            .map(|text| snapshot.node(NodeKind::STRING, text, 8));
        let heap = heap_of(&snapshot);
        let expected = ["apple", "fig", "pear"].map(String::from);
        assert_eq!(sorted_names(&heap, &nodes[..3], Ascending), expected);
        assert!(heap.name_order().is_none(), "three of ten are not worth ordering all");
        heap.order_names(&Progress::new()).unwrap();
        assert_eq!(sorted_names(&heap, &nodes[..3], Ascending), expected);
        let ranks = heap.name_order().unwrap().ranks(&Progress::new()).unwrap();
        assert_eq!(ranks[nodes[1] as usize], ranks[nodes[3] as usize], "equal names have equal ranks");
    }

    #[test]
    fn the_second_key_and_then_the_place_decide_between_equals() {
        let mut snapshot = rooted();
        let sizes = [8, 16, 8, 24];
        let nodes = sizes.map(|size| object(&mut snapshot, "Cart", size));
        let heap = heap_of(&snapshot);
        let mut list: Vec<_> = nodes.into_iter().rev().map(NodeOrdinal).collect();
        let keys = [(NodeKey::Name, Descending), (NodeKey::ShallowSize, Descending)];
        sort_nodes(&heap, &mut list, keys, &Progress::new()).unwrap();
        assert_eq!(list, [nodes[3], nodes[1], nodes[0], nodes[2]].map(NodeOrdinal));
    }

    fn sorted_edges(snapshot: &SnapshotBuilder, direction: Direction, end: EdgeEnd) -> Vec<(String, u32)> {
        let heap = heap_of(snapshot);
        let mut edges: Vec<_> = heap.graph.edges_of(NodeOrdinal(0)).collect();
        let keys = [(EdgeKey::Name, direction), (EdgeKey::Node(NodeKey::RetainedSize), Descending)];
        sort_edges(&heap, &mut edges, end, keys, &Progress::new()).unwrap();
        let text = |edge: EdgeOrdinal| match edge_name(&heap.graph, edge) {
            EdgeNameText::Text(name) | EdgeNameText::Index(name) => (name, edge.0),
        };
        edges.into_iter().map(text).collect()
    }

    #[test]
    fn edge_names_are_texts_then_numbers_as_texts_then_proto() {
        let mut snapshot = rooted();
        let cart = snapshot.node(NodeKind::OBJECT, "Cart", 8);
        for name in ["__proto__", "10", "b", "__proto__", "a"] {
            snapshot.edge(0, EdgeKind::PROPERTY, name, cart);
        }
        for index in [9, 100, 10] {
            snapshot.edge(0, EdgeKind::ELEMENT, index, cart);
        }
        let names = |direction, end| {
            let sorted = sorted_edges(&snapshot, direction, end);
            sorted.into_iter().map(|(name, edge)| format!("{name}#{edge}")).collect::<Vec<_>>()
        };
        let ascending = ["10#1", "a#4", "b#2", "10#7", "100#6", "9#5", "__proto__#3", "__proto__#0"];
        assert_eq!(names(Ascending, EdgeEnd::Target), ascending);
        let descending = ["9#5", "100#6", "10#7", "b#2", "a#4", "10#1", "__proto__#0", "__proto__#3"];
        assert_eq!(names(Descending, EdgeEnd::Source), descending); // places of retainers are turned around
    }

    #[test]
    fn shortcuts_sort_as_the_numbers_they_are_named_by() {
        let mut snapshot = rooted();
        let cart = snapshot.node(NodeKind::OBJECT, "Cart", 8);
        for name in ["7", "-3", "123456789012345678901234", "glob"] {
            snapshot.edge(0, EdgeKind::SHORTCUT, name, cart);
        }
        snapshot.edge(0, EdgeKind::ELEMENT, 12, cart);
        let sorted = sorted_edges(&snapshot, Ascending, EdgeEnd::Target);
        let names: Vec<_> = sorted.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["glob", "-3", "1.2345678901234569e+23", "12", "7"]);
    }

    #[test]
    fn unreached_retainers_come_last() {
        let mut snapshot = rooted();
        let near = object(&mut snapshot, "Near", 8); // edge 0
        let nowhere = snapshot.node(NodeKind::OBJECT, "Nowhere", 8);
        let cart = snapshot.node(NodeKind::OBJECT, "Cart", 8);
        snapshot.edge(near, EdgeKind::PROPERTY, "cart", cart);
        snapshot.edge(nowhere, EdgeKind::PROPERTY, "cart", cart);
        let heap = heap_of(&snapshot);
        let mut edges: Vec<_> = heap.retainers().of(NodeOrdinal(cart)).collect();
        let distance = EdgeKey::Node(NodeKey::Distance);
        let keys = [(distance, Ascending), (EdgeKey::Node(NodeKey::Name), Ascending)];
        sort_edges(&heap, &mut edges, EdgeEnd::Source, keys, &Progress::new()).unwrap();
        assert_eq!(edges, [1, 2].map(EdgeOrdinal));
    }
}
