//! The names that people see: of nodes and of edges.

use super::distances::parse_int;
use super::ropes::append_rope;
use super::{Heap, text};
use crate::graph::{EdgeKind, EdgeOrdinal, Graph, NodeKind, NodeOrdinal};

/// An edge's name: a text, or a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EdgeNameText {
    /// Of property, context, internal, weak and named shortcut edges.
    Text(String),
    /// Of element and hidden edges, and of shortcuts named by a number.
    Index(String),
}

/// The name of plain objects.
pub(super) const PLAIN_OBJECT: &str = "Object";
/// The property that previews and interfaces leave out.
pub(super) const PROTO: &str = "__proto__";
/// What stands before the names of detached native nodes.
pub(super) const DETACHED: &str = "Detached ";

/// The displayed name of a node: DevTools' rules for ropes, plain objects, detached nodes.
pub fn display_name(heap: &Heap, node: NodeOrdinal) -> String {
    let mut name = Vec::new();
    append_display_name(heap, node, &mut name);
    text::to_string(&name)
}

/// Appends the displayed name of a node, encoded as [`text`] says.
pub(super) fn append_display_name(heap: &Heap, node: NodeOrdinal, name: &mut Vec<u8>) {
    let graph = &heap.graph;
    match graph.kind(node) {
        NodeKind::CONS_STRING => append_rope(graph, heap.ropes(), node, name),
        NodeKind::OBJECT if graph.strings().is(graph.name(node), PLAIN_OBJECT) => {
            append_preview(graph, node, name);
        }
        _ => {
            if heap.detachedness.is_renamed(graph, node) {
                name.extend_from_slice(DETACHED.as_bytes());
            }
            name.extend_from_slice(&text::text(graph.strings(), graph.name(node)));
        }
    }
}

/// The preview of a plain object, such as `{id, total, …, lines}`.
pub fn preview(graph: &Graph, node: NodeOrdinal) -> String {
    let mut name = Vec::new();
    append_preview(graph, node, &mut name);
    text::to_string(&name)
}

/// Longest preview, in UTF-16 units, that still takes another name.
const PREVIEW_LIMIT: usize = 100;
const SEPARATOR: &[u8] = b", ";

/// Takes property names from the front and the back of the edges in turn, until
/// the next one would not fit.
pub(super) fn append_preview(graph: &Graph, node: NodeOrdinal, name: &mut Vec<u8>) {
    let mut edges = graph.edge_range(node);
    let (mut front, mut back) = (b"{".to_vec(), b"}".to_vec());
    let mut from_back = false;
    while !edges.is_empty() {
        let edge = if from_back { edges.end - 1 } else { edges.start };
        let formatted = property_text(graph, EdgeOrdinal(edge));
        if let Some(formatted) = &formatted {
            let units = [&front, &back, formatted].map(|part| text::unit_count(part));
            if front.len() > 1 && units.iter().sum::<usize>() > PREVIEW_LIMIT {
                break;
            }
        }
        if from_back {
            edges.end -= 1;
        } else {
            edges.start += 1;
        }
        let Some(formatted) = formatted else { continue };
        if from_back {
            let tail = if back.len() > 1 { [SEPARATOR, &back].concat() } else { back };
            back = [formatted, tail].concat();
        } else {
            if front.len() > 1 {
                front.extend_from_slice(SEPARATOR);
            }
            front.extend_from_slice(&formatted);
        }
        from_back = !from_back;
    }
    name.extend_from_slice(&front);
    if !edges.is_empty() {
        name.extend_from_slice(", …".as_bytes());
    }
    if back.len() > 1 {
        name.extend_from_slice(SEPARATOR);
    }
    name.extend_from_slice(&back);
}

/// The formatted name of a property edge; `None` for other edges and `__proto__`.
fn property_text(graph: &Graph, edge: EdgeOrdinal) -> Option<Vec<u8>> {
    if graph.edge_kind(edge) != EdgeKind::PROPERTY {
        return None;
    }
    let name = text::text(graph.strings(), crate::graph::StringIndex(graph.edge_name_or_index(edge)));
    (*name != *PROTO.as_bytes()).then(|| format_property(&name))
}

/// A property name as it stands in previews and interfaces: quoted where it
/// could be mistaken for several.
pub(super) fn format_property(name: &[u8]) -> Vec<u8> {
    if !name.iter().any(|byte| b",'\"{}".contains(byte)) {
        return name.to_vec();
    }
    let mut literal = Vec::with_capacity(name.len() + 2);
    text::push_json_literal(&mut literal, name);
    literal
}

/// The displayed name of an edge.
pub fn edge_name(graph: &Graph, edge: EdgeOrdinal) -> EdgeNameText {
    let kind = graph.edge_kind(edge);
    let name = graph.edge_name_or_index(edge);
    if kind.is_indexed() {
        return EdgeNameText::Index(name.to_string());
    }
    let text = graph.text(crate::graph::StringIndex(name));
    match kind {
        EdgeKind::SHORTCUT => match number_text(parse_int(&text)) {
            Some(number) => EdgeNameText::Index(number),
            None => EdgeNameText::Text(text.into_owned()),
        },
        _ => EdgeNameText::Text(text.into_owned()),
    }
}

/// JavaScript's `String(number)` of a whole number or infinity; `None` for NaN.
fn number_text(number: f64) -> Option<String> {
    let sign = if number < 0.0 { "-" } else { "" };
    match number.abs() {
        size if size.is_nan() => None,
        f64::INFINITY => Some(format!("{sign}Infinity")),
        size if size < 1e21 => Some(format!("{sign}{size}")),
        size => Some(format!("{sign}{size:e}").replace('e', "e+")),
    }
}

#[cfg(test)]
mod tests {
    use super::{EdgeNameText, display_name, edge_name};
    use crate::analysis::testing::{heap_of, object, plain, rooted};
    use crate::format::{EdgeKind, NodeKind, builder::SnapshotBuilder};
    use crate::graph::{EdgeOrdinal, NodeOrdinal};

    fn name_of(snapshot: &SnapshotBuilder, node: u32) -> String {
        display_name(&heap_of(snapshot), NodeOrdinal(node))
    }

    #[test]
    fn previews_take_properties_from_both_ends_in_turn() {
        let mut snapshot = rooted();
        let order = plain(&mut snapshot, &["id", "__proto__", "total", "a,b", "quote\\\""]);
        snapshot.edge(order, EdgeKind::INTERNAL, "elements", 0);
        assert_eq!(name_of(&snapshot, order), r#"{id, total, "a,b", "quote\\\""}"#);
        let empty = plain(&mut snapshot, &[]);
        assert_eq!(name_of(&snapshot, empty), "{}");
    }

    #[test]
    fn previews_leave_out_the_middle_of_what_is_longer_than_100_units() {
        let mut snapshot = rooted();
        let lengths = [("a", 40), ("b", 40), ("c", 19), ("d", 17), ("e", 3)];
        let names = lengths.map(|(letter, length)| letter.repeat(length));
        // Front and back have 41 and 4 units when b comes; then 83, and d would make 104.
        let order = plain(&mut snapshot, &names.each_ref().map(String::as_str));
        assert_eq!(name_of(&snapshot, order), format!("{{{}, {}, …, eee}}", names[0], names[1]));
        let long = "x".repeat(500);
        let one = plain(&mut snapshot, &[&long, "y"]);
        assert_eq!(name_of(&snapshot, one), format!("{{{long}, …}}")); // at least one, of any length
    }

    fn rope(snapshot: &mut SnapshotBuilder, first: u32, second: u32) -> u32 {
        let rope = snapshot.node(NodeKind::CONS_STRING, "(concatenated string)", 32);
        snapshot.edge(0, EdgeKind::ELEMENT, rope, rope);
        snapshot.edge(rope, EdgeKind::INTERNAL, "first", first);
        snapshot.edge(rope, EdgeKind::INTERNAL, "second", second);
        rope
    }

    #[test]
    fn ropes_show_the_text_of_their_pieces_until_it_is_long_enough() {
        let mut snapshot = rooted();
        let [hello, world] = ["hello ", "world"].map(|text| snapshot.node(NodeKind::STRING, text, 16));
        let greeting = rope(&mut snapshot, hello, world);
        let twice = rope(&mut snapshot, greeting, greeting);
        let long = snapshot.node(NodeKind::STRING, &"x".repeat(1020), 16);
        let longer = rope(&mut snapshot, long, twice); // the piece that passes 1024 is taken whole
        let longest = rope(&mut snapshot, longer, world);
        let heap = heap_of(&snapshot);
        let name = |node| display_name(&heap, NodeOrdinal(node));
        assert_eq!(name(twice), "hello worldhello world");
        assert_eq!(name(longer), "x".repeat(1020) + "hello ");
        assert_eq!(name(longest), name(longer));
    }

    #[test]
    fn ropes_may_be_deep_and_a_cycle_comes_to_an_end() {
        let mut snapshot = rooted();
        let start = snapshot.node(NodeKind::STRING, "start", 16);
        let line = snapshot.node(NodeKind::STRING, ", a line", 16);
        let log = (0..50_000).fold(start, |log, _| rope(&mut snapshot, log, line));
        let ring = rope(&mut snapshot, 0, start);
        snapshot.edge(ring, EdgeKind::INTERNAL, "first", ring);
        let heap = heap_of(&snapshot);
        let expected = "start".to_owned() + &", a line".repeat(128); // 1,029 units
        for node in [log, log - 20_000] {
            assert_eq!(display_name(&heap, NodeOrdinal(node)), expected);
        }
        display_name(&heap, NodeOrdinal(ring)); // whatever it is called
    }

    #[test]
    fn detached_elements_say_so() {
        let mut snapshot = rooted();
        let row = snapshot.node(NodeKind::NATIVE, "<tr id=\"7\">", 8);
        snapshot.set_detachedness(row, 2);
        assert_eq!(name_of(&snapshot, row), "Detached <tr id=\"7\">");
    }

    #[test]
    fn edges_are_named_by_texts_or_numbers() {
        let mut snapshot = rooted();
        let cart = object(&mut snapshot, "Cart", 8); // edge 0
        snapshot.edge(cart, EdgeKind::ELEMENT, 4_294_967_294, 0);
        for name in [" 12px", "-0", "1234567890123456789012345", "x1", "99999999999999999999"] {
            snapshot.edge(cart, EdgeKind::SHORTCUT, name, 0);
        }
        snapshot.edge(cart, EdgeKind::WEAK, "17", 0);
        let heap = heap_of(&snapshot);
        let names: Vec<_> = (1..8).map(|edge| edge_name(&heap.graph, EdgeOrdinal(edge))).collect();
        let index = |text: &str| EdgeNameText::Index(text.into());
        let text = |text: &str| EdgeNameText::Text(text.into());
        let numbers = ["4294967294", "12", "0", "1.2345678901234568e+24"].map(index);
        assert_eq!(names[..4], numbers);
        assert_eq!(names[4..], [text("x1"), index("100000000000000000000"), text("17")]);
    }
}
