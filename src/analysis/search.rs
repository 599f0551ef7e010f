//! Finds objects by their displayed names: DevTools' search.

use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::name_sets::{NameSet, find_names};
use super::names::{PLAIN_OBJECT, append_display_name};
use super::{Heap, Pattern};
use crate::format::StringTable;
use crate::graph::{EdgeKind, NodeKind, NodeOrdinal, StringIndex};
use crate::util::{BitSet, Cancelled, Progress};

/// The nodes whose displayed names hold a pattern, in file order. Nodes of size 0 are no
/// hits, as no table shows them; of `within`, if it is given, only its members are.
///
/// Each text of the string table is looked at once; after that most nodes are a look at a bit.
/// Counts [`search_steps`] towards the progress.
pub fn search(
    heap: &Heap,
    pattern: &Pattern,
    within: Option<&BitSet>,
    progress: &Progress,
) -> Result<Vec<NodeOrdinal>, Cancelled> {
    let names = DisplayedNames::new(heap, pattern, progress)?;
    let is_hit = |node: NodeOrdinal, shapes: &mut Shapes| {
        heap.sizes.of(node) != 0
            && within.is_none_or(|within| within.contains(node.0))
            && names.match_node(node, shapes)
    };
    nodes_where(heap, progress, is_hit)
}

/// In how many steps a search counts towards the progress: about one a text and one a node.
pub fn search_steps(heap: &Heap) -> u64 {
    u64::from(heap.graph.strings().len()) + u64::from(heap.graph.node_count())
}

/// The nodes that pass a test, in file order.
pub(super) fn nodes_where(
    heap: &Heap,
    progress: &Progress,
    passes: impl Fn(NodeOrdinal, &mut Shapes) -> bool + Sync,
) -> Result<Vec<NodeOrdinal>, Cancelled> {
    const STEP: usize = 1 << 15;
    const CHECK_EVERY: u32 = 1 << 11;
    heap.ropes(); // once, before all threads ask for them
    let nodes = heap.graph.node_count();
    let starts: Vec<u32> = (0..nodes).step_by(STEP).collect();
    let parts: Vec<Vec<NodeOrdinal>> = starts
        .into_par_iter()
        .map_init(Shapes::default, |shapes, first| {
            let mut found = Vec::new();
            for node in first..nodes.min(first.saturating_add(STEP as u32)) {
                if node % CHECK_EVERY == 0 {
                    progress.advance(u64::from(CHECK_EVERY))?;
                }
                if passes(NodeOrdinal(node), shapes) {
                    found.push(NodeOrdinal(node));
                }
            }
            Ok(found)
        })
        .collect::<Result<_, Cancelled>>()?;
    Ok(parts.concat())
}

/// The rows of the string table that hold a pattern.
pub fn texts_with(
    strings: &StringTable,
    pattern: &Pattern,
    progress: &Progress,
) -> Result<BitSet, Cancelled> {
    const STEP: usize = 1 << 12;
    let starts: Vec<u32> = (0..strings.len()).step_by(STEP).collect();
    let parts: Vec<Vec<u32>> = starts
        .into_par_iter()
        .map_init(
            || pattern.clone(),
            |pattern, first| {
                let rows = first..strings.len().min(first.saturating_add(STEP as u32));
                let found = rows_among(strings, pattern, rows);
                progress.advance(STEP as u64)?;
                Ok(found)
            },
        )
        .collect::<Result<_, Cancelled>>()?;
    let mut rows = BitSet::new(strings.len() as usize);
    for row in parts.into_iter().flatten() {
        rows.insert(row);
    }
    Ok(rows)
}

/// Those of neighbouring rows that hold a pattern, in any order.
fn rows_among(strings: &StringTable, pattern: &Pattern, rows: Range<u32>) -> Vec<u32> {
    let holds = |index: &StringIndex| pattern.is_in_row(strings, *index);
    if let Some(automaton) = pattern.automaton()
        && std::str::from_utf8(strings.region(rows.clone())).is_ok()
    {
        let mut found = Vec::new();
        automaton.rows_among(strings, rows, &mut found);
        return found;
    }
    let Some(finder) = pattern.region_finder() else {
        return rows.map(StringIndex).filter(holds).map(|index| index.0).collect();
    };
    let mut found: Vec<u32> = strings.escaped_rows(rows.clone()).filter(holds).map(|index| index.0).collect();
    let region = strings.region(rows.clone());
    let mut at = 0;
    while let Some(place) = region.get(at..).and_then(|rest| finder.find(rest)) {
        let Some((index, next)) = strings.row_at(rows.clone(), at + place) else { break };
        if !strings.is_escaped(index) && holds(&index) {
            found.push(index.0);
        }
        at = next; // behind the place: rows begin at or before it, and the next one behind
    }
    found
}

/// Displayed names under one pattern.
pub(super) struct DisplayedNames<'a> {
    heap: &'a Heap,
    pattern: &'a Pattern,
    rows: BitSet,
    plain_object: NameSet,
}

/// Shapes of plain objects that were met, and whether their previews match. A heap has
/// millions of plain objects and few shapes of them.
#[derive(Default)]
pub(super) struct Shapes {
    known: FxHashMap<Box<[u32]>, bool>,
    shape: Vec<u32>,
    /// The name that was made last: memory to be used again.
    name: Vec<u8>,
}

impl<'a> DisplayedNames<'a> {
    pub(super) fn new(heap: &'a Heap, pattern: &'a Pattern, progress: &Progress) -> Result<Self, Cancelled> {
        let rows = texts_with(heap.graph.strings(), pattern, progress)?;
        let [plain_object] = find_names(&heap.graph, [PLAIN_OBJECT]);
        Ok(Self { heap, pattern, rows, plain_object })
    }

    /// Whether a node's displayed name matches.
    pub(super) fn match_node(&self, node: NodeOrdinal, shapes: &mut Shapes) -> bool {
        let graph = &self.heap.graph;
        let name = graph.name(node).0;
        match graph.kind(node) {
            NodeKind::CONS_STRING => self.match_made_name(node, &mut shapes.name),
            NodeKind::OBJECT if self.plain_object.contains(name) => self.match_preview(node, shapes),
            NodeKind::NATIVE if self.heap.detachedness.is_renamed(graph, node) => {
                self.match_made_name(node, &mut shapes.name)
            }
            _ => self.rows.contains(name),
        }
    }

    fn match_made_name(&self, node: NodeOrdinal, name: &mut Vec<u8>) -> bool {
        name.clear();
        append_display_name(self.heap, node, name);
        self.pattern.is_in(name)
    }

    /// A preview depends on nothing but the names of the properties, and on where among the
    /// edges there is something else.
    fn match_preview(&self, node: NodeOrdinal, shapes: &mut Shapes) -> bool {
        const LONGEST_SHAPE: usize = 64;
        const MOST_SHAPES: usize = 1 << 14;
        const NO_PROPERTY: u32 = u32::MAX; // no table has as many texts
        let edges = self.heap.graph.edge_rows(node);
        if edges.kinds.len() > LONGEST_SHAPE {
            return self.match_made_name(node, &mut shapes.name);
        }
        let property = |(&kind, &name)| if EdgeKind(kind) == EdgeKind::PROPERTY { name } else { NO_PROPERTY };
        shapes.shape.clear();
        shapes.shape.extend(edges.kinds.iter().zip(edges.names).map(property));
        if let Some(&known) = shapes.known.get(&shapes.shape[..]) {
            return known;
        }
        let matches = self.match_made_name(node, &mut shapes.name);
        if shapes.known.len() < MOST_SHAPES {
            shapes.known.insert(shapes.shape.as_slice().into(), matches);
        }
        matches
    }
}

#[cfg(test)]
mod tests {
    use super::{rows_among, search, search_steps};
    use crate::analysis::Pattern;
    use crate::analysis::testing::{heap_of, object, plain, rooted};
    use crate::format::{EdgeKind, NodeKind, Source, read};
    use crate::graph::{Graph, StringIndex};
    use crate::util::{BitSet, Progress};

    /// Texts next to each other in the file, with separators and escapes that look like the pattern.
    #[test]
    fn rows_are_found_many_at_once_as_one_by_one() {
        let texts = ["ab", "b,", ",", "a\"b", "\nab", "n", "\\nab", "AB", " ", "", "bab ab", "é,"];
        let mut snapshot = rooted();
        for text in texts {
            object(&mut snapshot, text, 8);
        }
        let json = snapshot.to_json();
        let spaced = json.replace("\",\"", "\" ,\n \"");
        for json in [json, spaced] {
            let source = Source::from_bytes(json.into_bytes());
            let graph = Graph::new(read(source, &Progress::new()).unwrap());
            let strings = graph.strings();
            for piece in ["ab", "b", ",", " ", "n", "\n", "\"", "\\n", "é", "é,", ", "] {
                for case in [true, false] {
                    let pattern = Pattern::text(piece, case);
                    let mut together = rows_among(strings, &pattern, 0..strings.len());
                    together.sort_unstable();
                    let one_by_one: Vec<u32> = (0..strings.len())
                        .filter(|&row| pattern.is_in_row(strings, StringIndex(row)))
                        .collect();
                    assert_eq!(together, one_by_one, "{piece:?}");
                    let halves = [0..7, 7..strings.len()].map(|rows| rows_among(strings, &pattern, rows));
                    let mut halves = halves.concat();
                    halves.sort_unstable();
                    assert_eq!(halves, one_by_one, "{piece:?} in halves");
                }
            }
        }
    }

    #[test]
    fn displayed_names_are_searched_and_sizes_of_zero_left_out() {
        let mut snapshot = rooted();
        let user = object(&mut snapshot, "SuperUser", 8);
        object(&mut snapshot, "user without size", 0);
        let shape = plain(&mut snapshot, &["userName", "id"]);
        let same_shape = plain(&mut snapshot, &["userName", "id"]);
        plain(&mut snapshot, &["id"]);
        let rope = snapshot.node(NodeKind::CONS_STRING, "(concatenated string)", 8);
        for (edge, text) in [("first", "a us"), ("second", "er logs in")] {
            let part = snapshot.node(NodeKind::STRING, text, 8);
            snapshot.edge(rope, EdgeKind::INTERNAL, edge, part);
        }
        let detached = snapshot.node(NodeKind::NATIVE, "user-menu", 8);
        snapshot.set_detachedness(detached, 2);
        let heap = heap_of(&snapshot);
        let found = |pattern: &Pattern, within: Option<&BitSet>| -> Vec<u32> {
            search(&heap, pattern, within, &Progress::new()).unwrap().iter().map(|node| node.0).collect()
        };
        let any_case = Pattern::text("user", false);
        assert_eq!(found(&any_case, None), [user, shape, same_shape, rope, detached]);
        let progress = Progress::new();
        progress.expect(search_steps(&heap));
        search(&heap, &any_case, None, &progress).unwrap();
        assert_eq!(progress.fraction(), 1.0, "all steps are counted");
        assert_eq!(found(&Pattern::text("user", true), None), [shape, same_shape, rope, detached]);
        assert_eq!(found(&Pattern::regex("^Detached", false).unwrap(), None), [detached]);
        assert_eq!(found(&Pattern::text("Object", true), None), [0u32; 0], "the raw name is not shown");
        let mut within = BitSet::new(heap.graph.node_count() as usize);
        within.insert(rope);
        assert_eq!(found(&any_case, Some(&within)), [rope]);
    }
}
