//! The text of concatenated strings, which V8 keeps as trees of pieces (ropes).

use super::name_sets::{NameSet, find_names};
use super::text;
use crate::graph::{EdgeKind, EdgeOrdinal, Graph, NodeKind, NodeOrdinal, ROOT};
use crate::util::{Cancelled, Column, Progress, RankedSet, stored};

/// A rope's displayed text takes no further piece from this length in UTF-16 units on.
const LIMIT: u16 = 1024;

/// How many nodes of a rope are looked at for its text. V8 makes no ropes with empty
/// pieces, but a flattened one gets an empty second half: four nodes a unit
/// are enough. The bound is for cycles, which damaged files may have.
const MAX_STEPS: u32 = 8 * LIMIT as u32;

/// Where to begin reading ropes whose head alone is longer than what is displayed, or that have no text.
///
/// Appending to a string in a loop makes a rope as deep as the loop is long, and
/// each step is a node of its own. Walking down from each of them would take
/// quadratic time.
#[derive(Debug, Default)]
pub struct Ropes {
    /// Rope and the node below it that has the same displayed text; sorted by rope.
    begin: Column<[u32; 2]>,
    parts: PartNames,
}

/// The names of the edges to the two parts.
#[derive(Debug, Default)]
struct PartNames {
    first: NameSet,
    second: NameSet,
}

stored!(Ropes { begin, parts });
stored!(PartNames { first, second });

impl Ropes {
    /// Whether ropes begin at nodes, of which there are so many: what was loaded from a file
    /// may be anything.
    pub(super) fn is_sound(&self, nodes: usize) -> bool {
        self.begin.is_sorted_by(|[a, _], [b, _]| a < b)
            && self.begin.iter().all(|&[_, begin]| (begin as usize) < nodes)
    }

    /// The node that has the same text as the rope, as deep as it can be.
    pub(super) fn begin(&self, rope: NodeOrdinal) -> NodeOrdinal {
        match self.begin.binary_search_by_key(&rope.0, |&[node, _]| node) {
            Ok(at) => NodeOrdinal(self.begin[at][1]), // found there
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
            let (first, second) = parts(graph, node, &ropes.parts);
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

/// The two parts of a rope. A missing one is the root, whose name is empty. Of
/// several edges of one name the last before both are found counts.
fn parts(graph: &Graph, rope: NodeOrdinal, names: &PartNames) -> (NodeOrdinal, NodeOrdinal) {
    let (mut first, mut second) = (ROOT, ROOT);
    for edge in graph.edge_range(rope).map(EdgeOrdinal) {
        if graph.edge_kind(edge) != EdgeKind::INTERNAL {
            continue;
        }
        let name = graph.edge_name_or_index(edge);
        if names.first.contains(name) {
            first = graph.edge_to(edge);
        } else if names.second.contains(name) {
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
    progress.check()?;
    let kinds = (0u32..).zip(graph.nodes().kind.iter());
    let rows = kinds.filter(|&(_, &kind)| kind == NodeKind::CONS_STRING.0).map(|(node, _)| node);
    let nodes = RankedSet::new(graph.node_count() as usize, rows);
    if nodes.is_empty() {
        return Ok(Ropes::default());
    }
    let [first, second] = find_names(graph, ["first", "second"]);
    let names = PartNames { first, second };
    let mut lengths = Lengths { graph, names: &names, nodes: &nodes, of: vec![UNKNOWN; nodes.len()] };
    let mut begin: Vec<u32> = nodes.iter().collect();
    let mut stack = Vec::new();
    for (row, node) in nodes.iter().enumerate() {
        if row.is_multiple_of(4096) {
            progress.check()?;
        }
        stack.push((row, NodeOrdinal(node)));
        lengths.measure(&mut stack, &mut begin, progress)?;
    }
    let begin = nodes.iter().zip(&begin).map(|(node, &begin)| [node, begin]);
    Ok(Ropes { begin: begin.filter(|[node, begin]| node != begin).collect(), parts: names })
}

const UNKNOWN: u16 = u16::MAX;
const UNDER_WAY: u16 = u16::MAX - 1;

/// Lengths of ropes in units, at most `LIMIT`; a row is a place among the ropes.
struct Lengths<'a> {
    graph: &'a Graph,
    names: &'a PartNames,
    nodes: &'a RankedSet,
    of: Vec<u16>,
}

impl Lengths<'_> {
    /// Measures the rope on the stack and all it needs for that, from the leaves up.
    fn measure(
        &mut self,
        stack: &mut Vec<(usize, NodeOrdinal)>,
        begin: &mut [u32],
        progress: &Progress,
    ) -> Result<(), Cancelled> {
        let mut steps = 0u32;
        while let Some(&(row, node)) = stack.last() {
            steps += 1;
            if steps.is_multiple_of(4096) {
                progress.check()?;
            }
            if self.of[row] != UNKNOWN && self.of[row] != UNDER_WAY {
                stack.pop();
                continue;
            }
            self.of[row] = UNDER_WAY;
            let (first, second) = parts(self.graph, node, self.names);
            let head = match self.known(first) {
                Ok(length) => length,
                Err(row) => {
                    stack.push((row, first));
                    continue;
                }
            };
            if head >= LIMIT {
                begin[row] = self.nodes.rank(first.0).map_or(first.0, |row| begin[row]);
                self.of[row] = LIMIT;
                continue;
            }
            match self.known(second) {
                Ok(tail) => {
                    self.of[row] = LIMIT.min(head + tail);
                    if self.of[row] == 0 {
                        begin[row] = ROOT.0; // without text; nothing to look for in a cycle
                    }
                }
                Err(row) => stack.push((row, second)),
            }
        }
        Ok(())
    }

    /// Length of a node's text, or the row of the rope to measure before. A rope
    /// that contains itself counts as empty there.
    fn known(&self, node: NodeOrdinal) -> Result<u16, usize> {
        let Some(row) = self.nodes.rank(node.0) else {
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
