//! The rows of the string table that hold one of a rule's fixed names.
//!
//! Rules ask for names by text, millions of times: the rows are found once, so
//! that a question is a comparison of numbers. V8 has each text in one row,
//! other writers may repeat it.

use rayon::prelude::*;

use super::Heap;
use crate::graph::{Graph, NodeOrdinal, StringIndex};
use crate::util::{BitSet, Cancelled, Column, Progress, stored};

/// Rows of the string table, ascending; mostly one or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NameSet(Column<u32>);

stored!(NameSet(_));

impl NameSet {
    /// Whether a row is one of these.
    #[inline]
    pub(super) fn contains(&self, name: u32) -> bool {
        match self.0[..] {
            [] => false,
            [only] => only == name,
            _ => self.0.binary_search(&name).is_ok(),
        }
    }

    /// The first row; `None` when no row has the name.
    pub(super) fn first(&self) -> Option<u32> {
        self.0.first().copied()
    }
}

/// Finds the rows of several names in one pass over the string table.
pub(super) fn find_names<const N: usize>(graph: &Graph, texts: [&str; N]) -> [NameSet; N] {
    let strings = graph.strings();
    let found: Vec<(u32, usize)> = (0..strings.len())
        .into_par_iter()
        .filter_map(|row| {
            let index = StringIndex(row);
            let which = if strings.is_escaped(index) {
                let text = strings.get(index);
                texts.iter().position(|&wanted| text == wanted)
            } else {
                let raw = strings.raw(index)?;
                texts.iter().position(|wanted| raw == wanted.as_bytes())
            };
            which.map(|which| (row, which))
        })
        .collect();
    let mut sets = [const { Vec::new() }; N];
    for (row, which) in found {
        sets[which].push(row); // a position in `texts`
    }
    sets.map(|rows| NameSet(rows.into()))
}

/// The rows whose texts pass a test.
pub(super) fn find_rows(graph: &Graph, passes: impl Fn(&[u8]) -> bool + Sync) -> BitSet {
    let strings = graph.strings();
    let found: Vec<u32> = (0..strings.len())
        .into_par_iter()
        .filter(|&row| {
            let index = StringIndex(row);
            match strings.raw(index) {
                None => false,
                Some(_) if strings.is_escaped(index) => passes(strings.get(index).as_bytes()),
                Some(raw) => passes(raw),
            }
        })
        .collect();
    let mut rows = BitSet::new(strings.len() as usize);
    for row in found {
        rows.insert(row);
    }
    rows
}

/// The nodes whose raw names stand in such rows. What is displayed as `Detached …` has
/// no other name for DevTools.
pub(super) fn nodes_named(heap: &Heap, rows: &BitSet, progress: &Progress) -> Result<BitSet, Cancelled> {
    const STEP: usize = 1 << 16;
    let graph = &heap.graph;
    let mut nodes = BitSet::new(graph.node_count() as usize);
    for (names, first) in graph.nodes().name.chunks(STEP).zip((0u32..).step_by(STEP)) {
        progress.check()?;
        for (&name, node) in names.iter().zip(first..) {
            if rows.contains(name) && !heap.detachedness.is_renamed(graph, NodeOrdinal(node)) {
                nodes.insert(node);
            }
        }
    }
    Ok(nodes)
}

#[cfg(test)]
mod tests {
    use super::find_names;
    use crate::format::{NodeKind, Source, builder::SnapshotBuilder, read};
    use crate::graph::{Graph, NodeOrdinal};
    use crate::util::Progress;

    #[test]
    fn a_name_is_found_in_all_its_rows_however_it_is_written() {
        let mut heap = SnapshotBuilder::new();
        heap.node(NodeKind::SYNTHETIC, "", 0);
        for name in ["map", "Map", "first copy", "second copy", "maps"] {
            heap.node(NodeKind::OBJECT, name, 8);
        }
        let json = heap.to_json().replace("first copy", r"\u006dap").replace("second copy", "map");
        let graph = Graph::new(read(Source::from_bytes(json.into_bytes()), &Progress::new()).unwrap());

        let [maps, none] = find_names(&graph, ["map", "nobody"]);
        let named: Vec<bool> = (1..6).map(|node| maps.contains(graph.name(NodeOrdinal(node)).0)).collect();
        assert_eq!(named, [true, false, true, true, false]);
        assert_eq!(maps.first(), Some(graph.name(NodeOrdinal(1)).0));
        assert_eq!(none.first(), None);
    }
}
