//! What the window says about the selected object.

use std::sync::Arc;

use crate::analysis::{Heap, display_name};
use crate::graph::{EdgeKind, NodeKind, NodeOrdinal};
use crate::rows::{Cell, Span, Typical, object_words, place_text, size_cell};
use crate::util::units;

/// How much of a text is laid out in the window, in characters; copying takes all of it.
const SHOWN_CHARS: usize = 20_000;

/// The object in the details.
#[derive(Clone, Debug)]
pub struct ObjectCard {
    /// The snapshot it lies in.
    pub heap: Arc<Heap>,
    /// Which object.
    pub node: NodeOrdinal,
    /// Its name and id.
    pub title: Vec<Span>,
    /// Where it comes from: it stands for a constructor that was selected, for instance.
    pub remark: Option<String>,
    /// The text of a string, or the source of a pattern.
    pub text: Option<ObjectText>,
    /// Facts: what, value, exact value.
    pub facts: Vec<(&'static str, Cell)>,
}

/// The text of a string object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectText {
    /// What is shown: the start of it when it is very long.
    pub shown: String,
    /// Number of characters in all (as far as the file has them).
    pub chars: usize,
    /// What is missing, if anything.
    pub note: Option<String>,
}

/// The whole text of an object: what a string holds, or the displayed name.
pub fn full_text(heap: &Heap, node: NodeOrdinal) -> String {
    match heap.graph.kind(node) {
        NodeKind::STRING => heap.graph.name_text(node).into_owned(),
        _ => display_name(heap, node),
    }
}

impl ObjectCard {
    /// Collects what there is to say. `remark` is shown above all else.
    pub fn new(heap: Arc<Heap>, node: NodeOrdinal, remark: Option<String>) -> Self {
        let facts = facts_of(&heap, node);
        Self { title: object_words(&heap, node), text: text_of(&heap, node), heap, node, remark, facts }
    }
}

/// The remark on an object that stands for a constructor's.
pub fn typical_remark(typical: &Typical, class: &str, among: &str) -> String {
    let Typical { alike, looked_at, .. } = typical;
    match alike {
        1 if *looked_at > 1 => {
            format!("One of the {among} {class}: each of {looked_at} looked at is held in its own way")
        }
        _ => {
            format!("Typical of the {among} {class}: {alike} of {looked_at} looked at are held the same way")
        }
    }
}

fn text_of(heap: &Heap, node: NodeOrdinal) -> Option<ObjectText> {
    let kind = heap.graph.kind(node);
    if !matches!(
        kind,
        NodeKind::STRING | NodeKind::CONS_STRING | NodeKind::REGEXP | NodeKind::SYMBOL | NodeKind::BIGINT
    ) {
        return None;
    }
    let text = full_text(heap, node);
    let chars = text.chars().count();
    let units = text.encode_utf16().count();
    let note = match kind {
        NodeKind::STRING if units == 1024 => {
            Some("maybe longer: V8 writes the first 1,024 characters".to_owned())
        }
        NodeKind::CONS_STRING if units >= 1024 => {
            Some("the first pieces of a rope that may be longer".to_owned())
        }
        _ if chars > SHOWN_CHARS => {
            Some(format!("the first {} characters", units::count(SHOWN_CHARS as u64)))
        }
        _ => None,
    };
    let shown = if chars > SHOWN_CHARS { text.chars().take(SHOWN_CHARS).collect() } else { text };
    Some(ObjectText { shown, chars, note })
}

fn facts_of(heap: &Heap, node: NodeOrdinal) -> Vec<(&'static str, Cell)> {
    let plain = |text: String| Cell { text, ..Cell::default() };
    let graph = &heap.graph;
    let mut facts = vec![
        ("Constructor", plain(crate::util::text::one_line(heap.classes.name_of(node), 120))),
        ("Kind", plain(graph.meta().node_kinds.get(graph.kind(node).0).to_owned())),
        ("Shallow size", size_cell(heap.sizes.of(node))),
        ("Retained size", size_cell(heap.retained.of(node))),
    ];
    let distance = heap.distances.of(node).shown();
    facts.push((
        "Distance",
        plain(distance.map_or_else(|| "not reached from a user root".to_owned(), |steps| steps.to_string())),
    ));
    let weak =
        heap.retainers().of(node).filter(|edge| graph.edge_kind(*edge) == EdgeKind::WEAK).count() as u64;
    let holders = u64::from(heap.retainers().count(node)) - weak;
    facts.push(("Held by", plain(references(holders, weak))));
    facts.push(("Holds", plain(references(graph.edge_range(node).len() as u64, 0))));
    match heap.detachedness.state[node.index()] {
        1 => facts.push(("Document", plain("attached".to_owned()))),
        2 => facts.push(("Document", plain("detached".to_owned()))),
        _ => {}
    }
    if let Some(place) = graph.location(node) {
        facts.push(("Source", plain(place_text(place, heap.scripts()))));
    }
    facts
}

fn references(strong: u64, weak: u64) -> String {
    let noun = if strong == 1 { "reference" } else { "references" };
    match weak {
        0 => format!("{} {noun}", units::count(strong)),
        _ => format!("{} {noun} and {} weak", units::count(strong), units::count(weak)),
    }
}
