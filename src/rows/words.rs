//! The words of a row: how objects, their names and the edges to them are written.

use std::borrow::Cow;

use super::{Span, TextKind};
use crate::analysis::{EdgeNameText, Heap, display_name, edge_name};
use crate::graph::{EdgeKind, EdgeOrdinal, NodeKind, NodeOrdinal, StringIndex};
use crate::util::{text::one_line, units};

/// Longest text of an object in a row; the whole of it is a click away.
const ROW_CHARS: usize = 160;

/// A piece of text.
pub(super) fn span(kind: TextKind, text: impl Into<String>) -> Span {
    Span { text: text.into(), kind }
}

/// An object as rows show it, such as `"1763825911042-0" @688417` or `RedisStreamBus @30119`.
pub fn object_words(heap: &Heap, node: NodeOrdinal) -> Vec<Span> {
    let mut words = vec![object_word(heap, node), span(TextKind::Faint, format!(" {}", heap.graph.id(node)))];
    if heap.detachedness.state[node.index()] == 2 {
        words.push(span(TextKind::Warning, " detached"));
    }
    words
}

/// The name of an object with the marks of its kind: quotes, slashes, brackets.
fn object_word(heap: &Heap, node: NodeOrdinal) -> Span {
    let name = short_name(heap, node);
    match heap.graph.kind(node) {
        NodeKind::STRING | NodeKind::CONS_STRING => span(TextKind::String, format!("\"{name}\"")),
        NodeKind::REGEXP => span(TextKind::String, format!("/{name}/")),
        NodeKind::CLOSURE if name.is_empty() => span(TextKind::Class, "(anonymous)()"),
        NodeKind::CLOSURE => span(TextKind::Class, format!("{name}()")),
        NodeKind::ARRAY if name.is_empty() => span(TextKind::Class, "(internal array)[]"),
        NodeKind::ARRAY => span(TextKind::Class, format!("{name}[]")),
        _ if name.is_empty() => span(TextKind::Class, "(no name)"),
        _ => span(TextKind::Class, name),
    }
}

/// The displayed name of an object, cut to the length of a row.
pub fn short_name(heap: &Heap, node: NodeOrdinal) -> String {
    let name = match heap.graph.kind(node) {
        NodeKind::STRING => string_prefix(heap, heap.graph.name(node)),
        _ => Cow::Owned(display_name(heap, node)),
    };
    one_line(&name, ROW_CHARS)
}

/// The start of a text, without decoding megabytes for a row.
fn string_prefix(heap: &Heap, index: StringIndex) -> Cow<'_, str> {
    const RAW_BYTES: usize = ROW_CHARS * 12; // an escaped pair of surrogates is the longest character
    let strings = heap.graph.strings();
    strings.prefix(index, RAW_BYTES).map_or_else(|| strings.get(index), Cow::Owned)
}

/// The name of an edge: `property`, `[17]`, or an internal name.
fn edge_word(heap: &Heap, edge: EdgeOrdinal) -> Span {
    let kind = heap.graph.edge_kind(edge);
    match edge_name(&heap.graph, edge) {
        EdgeNameText::Index(index) if kind == EdgeKind::ELEMENT => {
            span(TextKind::Faint, format!("[{index}]"))
        }
        EdgeNameText::Index(index) => span(TextKind::Faint, index),
        EdgeNameText::Text(name) => {
            let text_kind = match kind {
                EdgeKind::INTERNAL | EdgeKind::HIDDEN | EdgeKind::WEAK => TextKind::Faint,
                _ => TextKind::Property,
            };
            span(text_kind, one_line(&name, ROW_CHARS))
        }
    }
}

/// Behind a class that is shown for the sake of some of its objects.
pub(super) fn hits(hits: u64) -> String {
    format!("  {} {}", units::count(hits), if hits == 1 { "object matches" } else { "objects match" })
}

/// An object seen along an edge that leads to it: `name: value @id`.
pub fn field_words(heap: &Heap, edge: EdgeOrdinal) -> Vec<Span> {
    let mut words = vec![edge_word(heap, edge), span(TextKind::Dim, ": ")];
    words.extend(object_words(heap, heap.graph.edge_to(edge)));
    words
}

/// An object seen along an edge that leads from it: `sentEvents in RedisStreamBus @30119`.
pub fn retainer_words(heap: &Heap, edge: EdgeOrdinal) -> Vec<Span> {
    let mut words = vec![edge_word(heap, edge), span(TextKind::Dim, " in ")];
    words.extend(object_words(heap, heap.graph.edge_from(edge)));
    words
}
