//! The names that people see: of nodes and of edges.

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
        NodeKind::CONS_STRING => append_rope(graph, &heap.ropes, node, name),
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
        EdgeKind::SHORTCUT => match parse_int(&text) {
            Some(number) => EdgeNameText::Index(number),
            None => EdgeNameText::Text(text.into_owned()),
        },
        _ => EdgeNameText::Text(text.into_owned()),
    }
}

/// JavaScript's `String(parseInt(text, 10))`; `None` where that is no number.
pub(super) fn parse_int(text: &str) -> Option<String> {
    // ECMAScript's white space: Unicode's, without U+0085, with U+FEFF.
    let is_space = |c: char| c == '\u{FEFF}' || (c.is_whitespace() && c != '\u{85}');
    let text = text.trim_start_matches(is_space);
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    let value: f64 = unsigned[..digits].parse().ok()?;
    let sign = if text.starts_with('-') && value != 0.0 { "-" } else { "" };
    if value.is_infinite() {
        return Some(format!("{sign}Infinity"));
    }
    if value < 1e21 {
        return Some(format!("{sign}{value}"));
    }
    Some(format!("{sign}{}", format!("{value:e}").replace('e', "e+")))
}
