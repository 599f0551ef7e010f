//! The text of concatenated strings, which V8 keeps as trees of pieces (ropes).

use rayon::prelude::*;

use super::text;
use crate::graph::{EdgeKind, EdgeOrdinal, Graph, NodeKind, NodeOrdinal, ROOT, StringIndex};
use crate::util::{Cancelled, Progress};

/// A rope's displayed text takes no further piece from this length in UTF-16 units on.
const LIMIT: u16 = 1024;

/// How many nodes of a rope are looked at for its text. Sound ropes have no
/// empty pieces but one, so they need no more than `LIMIT` pieces and as many inner nodes;
/// the bound is for cycles.
const MAX_STEPS: u32 = 1 << 16;

/// Where to begin reading ropes whose head alone is longer than what is displayed.
///
/// Appending to a string in a loop makes a rope as deep as the loop is long, and
/// each step is a node of its own. Walking down from each of them would take
/// quadratic time.
#[derive(Debug, Default)]
pub struct Ropes {
    /// Rope and the node below it that has the same displayed text; sorted by rope.
    begin: Vec<(u32, u32)>,
}

impl Ropes {
    fn begin(&self, rope: NodeOrdinal) -> NodeOrdinal {
        match self.begin.binary_search_by_key(&rope.0, |&(node, _)| node) {
            Ok(at) => NodeOrdinal(self.begin[at].1), // found there
            Err(_) => rope,
        }
    }
}

/// Appends a rope's displayed text: its pieces in order, until the text is long enough.
/// The last piece is taken whole.
pub(super) fn append_rope(graph: &Graph, ropes: &Ropes, rope: NodeOrdinal, out: &mut Vec<u8>) {
    let mut stack = vec![ropes.begin(rope)];
    let mut units = 0;
    for _ in 0..MAX_STEPS {
        let Some(node) = stack.pop() else { return };
        if graph.kind(node) == NodeKind::CONS_STRING {
            let (first, second) = parts(graph, node, &mut PartNames::default());
            stack.extend([second, first]);
            continue;
        }
        let piece = text::text(graph.strings(), graph.name(node));
        units += text::unit_count(&piece);
        out.extend_from_slice(&piece);
        if units >= usize::from(LIMIT) {
            return;
        }
    }
}

/// The strings known to be the names of the two parts, so that most edges need no look at a text.
#[derive(Default)]
struct PartNames {
    first: Option<u32>,
    second: Option<u32>,
}

impl PartNames {
    fn is(known: &mut Option<u32>, graph: &Graph, name: u32, text: &str) -> bool {
        if *known == Some(name) {
            return true;
        }
        let same = graph.strings().is(StringIndex(name), text);
        if same {
            *known = Some(name);
        }
        same
    }
}

/// The two parts of a rope. A missing one is the root, whose name is empty. Of
/// several edges of one name the last before both are found counts.
fn parts(graph: &Graph, rope: NodeOrdinal, names: &mut PartNames) -> (NodeOrdinal, NodeOrdinal) {
    let (mut first, mut second) = (ROOT, ROOT);
    for edge in graph.edge_range(rope).map(EdgeOrdinal) {
        if graph.edge_kind(edge) != EdgeKind::INTERNAL {
            continue;
        }
        let name = graph.edge_name_or_index(edge);
        if PartNames::is(&mut names.first, graph, name, "first") {
            first = graph.edge_to(edge);
        } else if PartNames::is(&mut names.second, graph, name, "second") {
            second = graph.edge_to(edge);
        }
        if first != ROOT && second != ROOT {
            break;
        }
    }
    (first, second)
}

/// Finds the beginnings of all ropes.
pub fn ropes(graph: &Graph, progress: &Progress) -> Result<Ropes, Cancelled> {
    let is_rope = |&node: &NodeOrdinal| graph.kind(node) == NodeKind::CONS_STRING;
    let nodes: Vec<NodeOrdinal> = graph.node_ordinals().filter(is_rope).collect();
    let parts: Vec<(NodeOrdinal, NodeOrdinal)> = nodes
        .par_chunks(4096)
        .map(|chunk| {
            progress.check()?;
            let mut names = PartNames::default();
            Ok(chunk.iter().map(|&node| parts(graph, node, &mut names)).collect::<Vec<_>>())
        })
        .collect::<Result<Vec<_>, Cancelled>>()?
        .concat();
    let mut lengths = Lengths { graph, nodes: &nodes, parts: &parts, of: vec![UNKNOWN; nodes.len()] };
    let mut begin: Vec<u32> = nodes.iter().map(|node| node.0).collect();
    for row in 0..nodes.len() {
        lengths.measure(row, &mut begin, progress)?;
    }
    let begin = nodes.iter().zip(&begin).map(|(node, &begin)| (node.0, begin));
    Ok(Ropes { begin: begin.filter(|&(node, begin)| node != begin).collect() })
}

const UNKNOWN: u16 = u16::MAX;
const UNDER_WAY: u16 = u16::MAX - 1;

/// Lengths of ropes in units, at most `LIMIT`; a row is a place in `nodes`.
struct Lengths<'a> {
    graph: &'a Graph,
    nodes: &'a [NodeOrdinal],
    parts: &'a [(NodeOrdinal, NodeOrdinal)],
    of: Vec<u16>,
}

impl Lengths<'_> {
    /// Measures a rope and all it needs for that, from the leaves up.
    fn measure(&mut self, row: usize, begin: &mut [u32], progress: &Progress) -> Result<(), Cancelled> {
        let mut stack = vec![row];
        let mut steps = 0u32;
        while let Some(&row) = stack.last() {
            steps += 1;
            if steps % 4096 == 0 {
                progress.check()?;
            }
            if self.of[row] != UNKNOWN && self.of[row] != UNDER_WAY {
                stack.pop();
                continue;
            }
            self.of[row] = UNDER_WAY;
            let (first, second) = self.parts[row];
            let head = match self.known(first) {
                Ok(length) => length,
                Err(needed) => {
                    stack.push(needed);
                    continue;
                }
            };
            if head >= LIMIT {
                begin[row] = self.row_of(first).map_or(first.0, |row| begin[row]);
                self.of[row] = LIMIT;
                continue;
            }
            match self.known(second) {
                Ok(tail) => self.of[row] = LIMIT.min(head + tail),
                Err(needed) => stack.push(needed),
            }
        }
        Ok(())
    }

    fn row_of(&self, node: NodeOrdinal) -> Option<usize> {
        if self.graph.kind(node) != NodeKind::CONS_STRING {
            return None;
        }
        self.nodes.binary_search(&node).ok()
    }

    /// Length of a node's text, or the rope to measure before. A rope that
    /// contains itself counts as empty there.
    fn known(&self, node: NodeOrdinal) -> Result<u16, usize> {
        let Some(row) = self.row_of(node) else {
            return Ok(self.leaf(node));
        };
        match self.of[row] {
            UNKNOWN => Err(row),
            UNDER_WAY => Ok(0),
            length => Ok(length),
        }
    }

    /// Length of a flat text.
    fn leaf(&self, node: NodeOrdinal) -> u16 {
        const LONGEST_UNIT: usize = 6; // bytes of an escape
        let (strings, name) = (self.graph.strings(), self.graph.name(node));
        let is_long = |raw: &[u8]| raw.len() >= usize::from(LIMIT) * LONGEST_UNIT;
        if strings.raw(name).is_some_and(is_long) {
            return LIMIT;
        }
        text::unit_count(&text::text(strings, name)).min(usize::from(LIMIT)) as u16
    }
}
