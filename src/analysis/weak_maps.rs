//! Edges that stand for an entry of a `WeakMap`: V8 names them with the table's and the key's ids.

use std::borrow::Cow;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::graph::{EdgeKind, Graph, StringIndex};
use crate::util::{Cancelled, Column, Progress, RankedSet, stored};

/// The edge names of a snapshot that follow the WeakMap pattern.
#[derive(Debug, Default)]
pub struct WeakMaps {
    /// String indices of the names.
    names: RankedSet,
    /// By name, in the order of `names`: [`WeakMapEntry::table_id`].
    table_ids: Column<u64>,
    /// By name, in the order of `names`: [`WeakMapEntry::part`].
    parts: Column<u32>,
    part_count: u32,
}

/// What an edge name of the pattern says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeakMapEntry {
    /// Id of the table.
    pub table_id: u64,
    /// Number of the *duplicated part*: equal for the edge from the table and the edge from the key.
    pub part: u32,
}

impl WeakMaps {
    /// What an edge says of a WeakMap; `None` for other edges. Only internal edges do.
    #[inline]
    pub fn entry(&self, kind: EdgeKind, name: u32) -> Option<WeakMapEntry> {
        if kind != EdgeKind::INTERNAL {
            return None;
        }
        // Nearly all names are not among these, which the set's bits tell fast.
        let at = self.names.rank(name)?;
        Some(WeakMapEntry { table_id: self.table_ids[at], part: self.parts[at] }) // one each a name
    }

    /// The ids of the tables, once for each name.
    pub fn table_ids(&self) -> &[u64] {
        &self.table_ids
    }

    /// Whether the parts fit together as reading names makes them: what was loaded from a file
    /// may be anything.
    pub(super) fn is_sound(&self) -> bool {
        self.names.is_sound()
            && self.table_ids.len() == self.names.len()
            && self.parts.len() == self.names.len()
            && self.parts.iter().all(|&part| part < self.part_count)
    }

    /// Number of different duplicated parts; they are numbered from 0.
    pub fn part_count(&self) -> u32 {
        self.part_count
    }
}

stored!(WeakMaps { names, table_ids, parts, part_count });

/// Parses the string table's WeakMap edge names.
pub fn weak_maps(graph: &Graph, progress: &Progress) -> Result<WeakMaps, Cancelled> {
    const CHECK_EVERY: u32 = 1 << 14;
    let strings = graph.strings();
    let parsed = (0..strings.len())
        .into_par_iter()
        .filter_map(|row| {
            if row.is_multiple_of(CHECK_EVERY) && progress.check().is_err() {
                return Some(Err(Cancelled));
            }
            let index = StringIndex(row);
            let raw = strings.raw(index)?;
            // Reading the two ends rules out nearly all texts without decoding them.
            let may_match = raw.first()?.is_ascii_digit() && raw.last() == Some(&b')');
            if !may_match && !strings.is_escaped(index) {
                return None;
            }
            Some(Ok(match strings.get(index) {
                Cow::Borrowed(text) => {
                    parse(text).map(|(table, part)| (index, table, Cow::Borrowed(part)))?
                }
                Cow::Owned(text) => {
                    parse(&text).map(|(table, part)| (index, table, Cow::Owned(part.to_owned())))?
                }
            }))
        })
        .collect::<Result<Vec<_>, Cancelled>>()?;

    if parsed.is_empty() {
        return Ok(WeakMaps::default());
    }
    // In the order of the string table, as the set numbers them.
    let names = RankedSet::new(strings.len() as usize, parsed.iter().map(|(index, ..)| index.0));
    let table_ids = parsed.iter().map(|&(_, table_id, _)| table_id).collect();
    let mut numbers: FxHashMap<Cow<str>, u32> = FxHashMap::default();
    let mut number = |part| {
        let next = numbers.len() as u32; // at most one a string
        *numbers.entry(part).or_insert(next)
    };
    let parts = parsed.into_iter().map(|(_, _, part)| number(part)).collect();
    Ok(WeakMaps { names, table_ids, parts, part_count: numbers.len() as u32 })
}

/// The table's id and the duplicated part of an edge name such as
/// `2 / part of key (Session @5) -> value (User @7) pair in WeakMap (table @3)`.
///
/// The labels in parentheses may hold anything but line breaks, even what looks
/// like a part of the pattern.
fn parse(text: &str) -> Option<(u64, &str)> {
    const BORDER: &str = ") -> value (";
    let part = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if part.len() == text.len() {
        return None;
    }
    let inner = part.strip_prefix(" / part of key (")?.strip_suffix(')')?;
    let (pair, table) = inner.rsplit_once(" pair in WeakMap (table @")?;
    if table.is_empty() || !table.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if has_line_break(pair) {
        return None;
    }
    // The first possible border leaves most to the value's label: if it fails there, it fails everywhere.
    let (border, _) = pair.match_indices(BORDER).find(|&(at, _)| ends_with_id(&pair[..at]))?;
    let value = pair[border + BORDER.len()..].strip_suffix(')')?;
    if !ends_with_id(value) {
        return None;
    }
    // A number that does not fit names no object.
    Some((table.parse().unwrap_or(u64::MAX), part))
}

/// Whether a text holds one of JavaScript's line terminators.
fn has_line_break(text: &str) -> bool {
    memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_some()
        || !text.is_ascii() && text.contains(['\u{2028}', '\u{2029}'])
}

/// Whether a text ends like `Session @5`.
fn ends_with_id(text: &str) -> bool {
    let label = text.trim_end_matches(|c: char| c.is_ascii_digit());
    label.len() < text.len() && label.ends_with(" @")
}

#[cfg(test)]
mod tests {
    use super::{WeakMapEntry, parse, weak_maps};
    use crate::format::{EdgeKind, NodeKind, Source, builder::SnapshotBuilder, read};
    use crate::graph::{Graph, NodeOrdinal};
    use crate::util::Progress;

    #[test]
    fn an_entry_is_told_by_its_edge_name() {
        let name = "2 / part of key (Session @5) -> value (User @7) pair in WeakMap (table @3)";
        assert_eq!(parse(name), Some((3, &name[1..])));
        for odd in [
            "12 / part of key ( @5) -> value ( @7) pair in WeakMap (table @3)",
            "1 / part of key (x) -> value (y @5) -> value (V @7) pair in WeakMap (table @3)",
            "1 / part of key (a @3 @5) -> value (b @1) -> value (V @7) pair in WeakMap (table @3)",
            "1 / part of key (a @5) -> value (b pair in WeakMap (table @9) @7) pair in WeakMap (table @3)",
        ] {
            assert_eq!(parse(odd).map(|entry| entry.0), Some(3), "{odd}");
        }
    }

    #[test]
    fn near_misses_are_ordinary_edges() {
        for name in [
            " / part of key (a @5) -> value (b @7) pair in WeakMap (table @3)",
            "1 / part of key (a @5) -> value (b @7) pair in WeakMap (table @)",
            "1 / part of key (a @5) -> value (b @7) pair in WeakMap (table @3) ",
            "1 / part of key (a @x) -> value (b @7) pair in WeakMap (table @3)",
            "1 / part of key (a\n@5) -> value (b @7) pair in WeakMap (table @3)",
            "1 / part of key (a\u{2028} @5) -> value (b @7) pair in WeakMap (table @3)",
            "1 / part of key (a@5) -> value (b @7) pair in WeakMap (table @3)",
            "1 / part of key (a @5) -> value (b7) pair in WeakMap (table @3)",
            "1 / part of key (a @5) -> value (b @) pair in WeakMap (table @3)",
            "map",
        ] {
            assert_eq!(parse(name), None, "{name}");
        }
    }

    #[test]
    fn both_edges_of_a_pair_have_the_same_part() {
        let mut heap = SnapshotBuilder::new();
        let table = heap.node(NodeKind::SYNTHETIC, "", 0);
        let key = heap.node(NodeKind::OBJECT, "Session", 8);
        let pair = " / part of key (Session @3) -> value (Use\\r @1) pair in WeakMap (table @1)";
        heap.edge(table, EdgeKind::INTERNAL, format!("1{pair}").as_str(), key);
        heap.edge(table, EdgeKind::INTERNAL, format!("22{pair}").as_str(), key);
        heap.edge(table, EdgeKind::PROPERTY, format!("22{pair}").as_str(), key);
        heap.edge(table, EdgeKind::INTERNAL, pair, key);
        let source = Source::from_bytes(heap.to_json().into_bytes());
        let graph = Graph::new(read(source, &Progress::new()).unwrap());

        let weak_maps = weak_maps(&graph, &Progress::new()).unwrap();
        let entries: Vec<_> = graph
            .edges_of(NodeOrdinal(table))
            .map(|edge| weak_maps.entry(graph.edge_kind(edge), graph.edge_name_or_index(edge)))
            .collect();
        let entry = Some(WeakMapEntry { table_id: 1, part: 0 });
        assert_eq!(entries, [entry, entry, None, None]);
        assert_eq!(weak_maps.part_count(), 1);
    }
}
