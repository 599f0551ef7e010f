//! Strings whose text other strings have, too.

use std::cmp::Reverse;

use super::equal_texts::EqualTexts;
use super::internal_edges::internal_target;
use super::name_sets::{NameSet, find_names};
use super::noted_values::NotedValues;
use super::{Heap, names, text};
use crate::graph::{EdgeKind, Graph, NodeKind, NodeOrdinal};
use crate::util::{BitSet, Cancelled, Phase, Progress, RankedSet};

/// All groups of equal strings.
#[derive(Debug, Default)]
pub struct DuplicateStrings {
    /// What retains most comes first.
    pub groups: Vec<StringGroup>,
    members: Vec<u32>,
}

/// Two or more strings with one text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StringGroup {
    /// Number of strings.
    pub count: u32,
    /// Sum of their shallow sizes, in bytes.
    pub shallow_size: u64,
    /// Plain sum of their retained sizes, in bytes.
    pub retained_size: u64,
    /// How sure it is that they are equal.
    pub sameness: Sameness,
    /// What the file says of strings whose text it cuts.
    pub cut: Option<CutText>,
    /// Where its members begin.
    start: usize,
}

/// How sure it is that strings with the same text in a snapshot were equal in the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sameness {
    /// The whole text stands in the file.
    Exact,
    /// The text is as long as texts are cut to, and nothing says how long it was: what
    /// followed may differ.
    MaybeCut,
    /// The text was cut, but length and hash of the whole are the same.
    SameLengthAndHash,
}

/// What the newest V8 notes about a string whose text it cuts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CutText {
    /// Length of the whole in UTF-16 units.
    pub length: Option<f64>,
    /// V8's hash of the whole.
    pub hash: Option<f64>,
}

impl DuplicateStrings {
    /// The strings of a group, in file order.
    pub fn members(&self, group: &StringGroup) -> impl ExactSizeIterator<Item = NodeOrdinal> + '_ {
        self.members[group.start..][..group.count as usize].iter().copied().map(NodeOrdinal)
    }
}

/// Groups all strings and ropes that take space by their text; of cut ones also by length
/// and hash. Flattened ropes do not count: they only point at their text.
pub fn duplicate_strings(heap: &Heap, progress: &Progress) -> Result<DuplicateStrings, Cancelled> {
    progress.phase(Phase::Texts, || {
        let marks = Marks::read(heap, progress)?;
        let strings = strings(heap, &marks, progress)?;
        let texts = EqualTexts::new(heap, &strings, progress)?;
        let keys = Keys::assign(heap, &marks, &texts, &strings, progress)?;
        collect(heap, &marks, &strings, &keys, progress)
    })
}

const STEP: usize = 1 << 12;

/// The edges by which V8 tells more about strings.
struct Marks {
    first: NameSet,
    second: NameSet,
    truncated: NameSet,
    length: NameSet,
    hash: NameSet,
    values: NotedValues,
}

impl Marks {
    fn read(heap: &Heap, progress: &Progress) -> Result<Self, Cancelled> {
        let graph = &heap.graph;
        let [first, second, truncated, length, hash] =
            find_names(graph, ["first", "second", "truncated", "length", "hash"]);
        let has_values = truncated.first().is_some() || length.first().is_some();
        let values = if has_values { NotedValues::read(heap, progress)? } else { NotedValues::default() };
        Ok(Self { first, second, truncated, length, hash, values })
    }

    fn int(&self, graph: &Graph, node: NodeOrdinal, name: &NameSet) -> Option<f64> {
        self.values.int(internal_target(graph, node, name)?)
    }

    fn is_truncated(&self, graph: &Graph, node: NodeOrdinal) -> bool {
        internal_target(graph, node, &self.truncated).is_some_and(|mark| self.values.is_true(mark))
    }
}

/// The nodes that are compared, in file order.
fn strings(heap: &Heap, marks: &Marks, progress: &Progress) -> Result<Vec<u32>, Cancelled> {
    let graph = &heap.graph;
    let mut strings = Vec::new();
    for node in graph.node_ordinals() {
        if node.index().is_multiple_of(1 << 14) {
            progress.check()?;
        }
        let is_string = match graph.kind(node) {
            NodeKind::STRING => true,
            NodeKind::CONS_STRING => !is_flat(heap, marks, node),
            _ => false,
        };
        if is_string && heap.sizes.of(node) != 0 {
            strings.push(node.0);
        }
    }
    Ok(strings)
}

/// Whether one of a rope's parts is empty: V8 flattens a rope so.
fn is_flat(heap: &Heap, marks: &Marks, rope: NodeOrdinal) -> bool {
    let edges = heap.graph.edge_rows(rope);
    let parts = edges.kinds.iter().zip(edges.names).zip(edges.to).filter(|((kind, name), _)| {
        EdgeKind(**kind) == EdgeKind::INTERNAL
            && (marks.first.contains(**name) || marks.second.contains(**name))
    });
    parts.into_iter().any(|(_, &part)| has_no_text(heap, NodeOrdinal(part)))
}

fn has_no_text(heap: &Heap, node: NodeOrdinal) -> bool {
    let graph = &heap.graph;
    // A rope whose text begins deeper down has that node's; one without text begins at the root.
    let node = if graph.kind(node) == NodeKind::CONS_STRING { heap.ropes().begin(node) } else { node };
    graph.kind(node) != NodeKind::CONS_STRING
        && graph.strings().raw(graph.name(node)).is_some_and(<[u8]>::is_empty)
        && !heap.detachedness.is_renamed(graph, node)
}

/// A number for each string: equal ones form a group.
struct Keys {
    /// Parallel to the strings; [`Keys::NONE`] for what is compared with nothing.
    of: Vec<u32>,
    /// Numbers of texts are below this; those of cut texts follow.
    text_count: usize,
    /// By number above `text_count`: the number of the text, and what tells it from others.
    cuts: Vec<(u32, CutText)>,
}

impl Keys {
    const NONE: u32 = u32::MAX;

    fn assign(
        heap: &Heap,
        marks: &Marks,
        texts: &EqualTexts,
        strings: &[u32],
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let graph = &heap.graph;
        let has_marks = marks.truncated.first().is_some();
        let mut of = Vec::with_capacity(strings.len());
        let mut cut_strings = Vec::new();
        for (place, &node) in strings.iter().enumerate() {
            if place.is_multiple_of(STEP) {
                progress.check()?;
            }
            let node = NodeOrdinal(node);
            let number = texts.number(heap, node).unwrap_or(Self::NONE);
            if has_marks && number != Self::NONE && marks.is_truncated(graph, node) {
                let cut = CutText {
                    length: marks.int(graph, node, &marks.length),
                    hash: marks.int(graph, node, &marks.hash),
                };
                cut_strings.push((number, cut, place));
            }
            of.push(number);
        }
        let bits = |number: Option<f64>| number.map(f64::to_bits);
        let identity = |&(number, cut, _): &(u32, CutText, usize)| (number, bits(cut.length), bits(cut.hash));
        cut_strings.sort_by_key(identity);
        let mut keys = Self { of, text_count: texts.count(), cuts: Vec::new() };
        for same in cut_strings.chunk_by(|a, b| identity(a) == identity(b)) {
            let key = (keys.text_count + keys.cuts.len()) as u32; // see `EqualTexts`
            for &(_, _, place) in same {
                keys.of[place] = key; // places of `of`
            }
            keys.cuts.extend(same.first().map(|&(number, cut, _)| (number, cut)));
        }
        Ok(keys)
    }

    /// The numbers that two strings or more have.
    fn repeated(&self, progress: &Progress) -> Result<RankedSet, Cancelled> {
        let bound = self.text_count + self.cuts.len();
        let (mut once, mut twice) = (BitSet::new(bound), BitSet::new(bound));
        for keys in self.of.chunks(1 << 14) {
            progress.check()?;
            for &key in keys.iter().filter(|&&key| key != Self::NONE) {
                if !once.insert(key) {
                    twice.insert(key);
                }
            }
        }
        Ok(RankedSet::new(bound, self.of.iter().copied().filter(|&key| twice.contains(key))))
    }

    /// The cut text that a number stands for, if it does.
    fn cut(&self, key: u32) -> Option<(u32, CutText)> {
        self.cuts.get((key as usize).checked_sub(self.text_count)?).copied()
    }
}

/// Adds up the groups, lists their members, and puts them in order.
fn collect(
    heap: &Heap,
    marks: &Marks,
    strings: &[u32],
    keys: &Keys,
    progress: &Progress,
) -> Result<DuplicateStrings, Cancelled> {
    let repeated = keys.repeated(progress)?;
    let empty = StringGroup {
        count: 0,
        shallow_size: 0,
        retained_size: 0,
        sameness: Sameness::Exact,
        cut: None,
        start: 0,
    };
    let of_key = |key| StringGroup { cut: keys.cut(key).map(|(_, cut)| cut), ..empty };
    let mut groups: Vec<StringGroup> = repeated.iter().map(of_key).collect();
    let of_groups =
        || strings.iter().zip(&keys.of).filter_map(|(&node, &key)| Some((node, repeated.rank(key)?)));
    for (place, (node, group)) in of_groups().enumerate() {
        if place.is_multiple_of(STEP) {
            progress.check()?;
        }
        let group = &mut groups[group]; // one entry a member of `repeated`
        group.count += 1;
        group.shallow_size += heap.sizes.of(NodeOrdinal(node));
        group.retained_size = group.retained_size.saturating_add(heap.retained.of(NodeOrdinal(node)));
    }
    let mut next = 0;
    for group in &mut groups {
        group.start = next;
        next += group.count as usize;
    }
    let mut members = vec![0; next];
    let mut places: Vec<usize> = groups.iter().map(|group| group.start).collect();
    for (node, group) in of_groups() {
        members[places[group]] = node;
        places[group] += 1;
    }
    progress.check()?;
    let mut duplicates = DuplicateStrings { groups: Vec::new(), members };
    let order = order(&groups, keys, &repeated, &duplicates);
    for (count, at) in order.into_iter().enumerate() {
        if count.is_multiple_of(STEP) {
            progress.check()?;
        }
        let mut group = groups[at]; // a place in `groups`
        group.sameness = sameness(heap, marks, &group, &duplicates);
        duplicates.groups.push(group);
    }
    Ok(duplicates)
}

/// DevTools' order: what retains most first; among equals whole texts before cut ones, then
/// by the first string. Cut texts that read alike stay together.
fn order(
    groups: &[StringGroup],
    keys: &Keys,
    repeated: &RankedSet,
    duplicates: &DuplicateStrings,
) -> Vec<usize> {
    let first = |group: &StringGroup| duplicates.members[group.start];
    let mut first_of_text: rustc_hash::FxHashMap<u32, u32> = rustc_hash::FxHashMap::default();
    let key_of: Vec<u32> = repeated.iter().collect();
    for (group, &key) in groups.iter().zip(&key_of) {
        if let Some((text, _)) = keys.cut(key) {
            let known = first_of_text.entry(text).or_insert(u32::MAX);
            *known = first(group).min(*known);
        }
    }
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_cached_key(|&at| {
        let cut = keys.cut(key_of[at]);
        let first_alike = cut.and_then(|(text, _)| first_of_text.get(&text).copied());
        (Reverse(groups[at].retained_size), cut.is_some(), first_alike, first(&groups[at]))
    });
    order
}

/// V8 cuts texts after this many UTF-16 units, unless it is told otherwise.
const CUT: usize = 1024;

/// How sure it is that the members of a group are equal.
fn sameness(heap: &Heap, marks: &Marks, group: &StringGroup, duplicates: &DuplicateStrings) -> Sameness {
    match group.cut {
        Some(CutText { length: Some(_), hash: Some(_) }) => return Sameness::SameLengthAndHash,
        Some(_) => return Sameness::MaybeCut,
        None => {}
    }
    let graph = &heap.graph;
    let Some(first) = duplicates.members(group).next() else { return Sameness::Exact };
    let (strings, name) = (graph.strings(), graph.name(first));
    if graph.kind(first) == NodeKind::STRING && strings.raw(name).is_none_or(|raw| raw.len() < CUT) {
        return Sameness::Exact; // nearly all, without decoding them
    }
    let mut text = Vec::new();
    names::append_display_name(heap, first, &mut text);
    if units_before_writing(&text) < CUT {
        return Sameness::Exact;
    }
    let units = text::unit_count(&text) as f64;
    let is_whole = |node: NodeOrdinal| match marks.int(graph, node, &marks.length) {
        None => false,
        // V8 notes the length of all strings, and marks those that it cut.
        Some(length) => graph.kind(node) == NodeKind::STRING || length == units,
    };
    if duplicates.members(group).all(is_whole) { Sameness::Exact } else { Sameness::MaybeCut }
}

/// How many UTF-16 units a text may have had when V8 cut it. V8 writes a character above
/// U+FFFF, which has two units, as one with the low 16 bits of its number: those of emoji
/// lie between U+F000 and U+FAFF.
fn units_before_writing(text: &[u8]) -> usize {
    let is_emoji = |bytes: &&[u8]| matches!(bytes, [0xEF, 0x80..=0xAB, ..]);
    text::unit_count(text) + text.windows(2).filter(is_emoji).count()
}

#[cfg(test)]
mod tests {
    use super::{CutText, Sameness, duplicate_strings};
    use crate::analysis::testing::{heap_of, object, rooted};
    use crate::analysis::{Heap, display_name};
    use crate::format::builder::SnapshotBuilder;
    use crate::format::{EdgeKind, NodeKind};
    use crate::util::{Cancelled, Progress};

    fn text(snapshot: &mut SnapshotBuilder, kind: NodeKind, text: &str, size: u64) -> u32 {
        let node = snapshot.node(kind, text, size);
        snapshot.edge(0, EdgeKind::ELEMENT, node, node);
        node
    }

    fn string(snapshot: &mut SnapshotBuilder, content: &str) -> u32 {
        text(snapshot, NodeKind::STRING, content, 16)
    }

    fn rope(snapshot: &mut SnapshotBuilder, parts: [u32; 2]) -> u32 {
        let rope = text(snapshot, NodeKind::CONS_STRING, "(concatenated string)", 32);
        snapshot.edge(rope, EdgeKind::INTERNAL, "first", parts[0]);
        snapshot.edge(rope, EdgeKind::INTERNAL, "second", parts[1]);
        rope
    }

    /// Start of the text, members, bytes, sameness.
    fn groups(heap: &Heap) -> Vec<(String, Vec<u32>, u64, Sameness)> {
        let found = duplicate_strings(heap, &Progress::new()).unwrap();
        let row = |group: &super::StringGroup| {
            let members: Vec<u32> = found.members(group).map(|node| node.0).collect();
            let name = display_name(heap, crate::graph::NodeOrdinal(members[0]));
            let start = name.chars().take(8).collect();
            (start, members, group.shallow_size, group.sameness)
        };
        found.groups.iter().map(row).collect()
    }

    #[test]
    fn strings_and_ropes_with_one_text_are_a_group() {
        let mut snapshot = rooted();
        let a = string(&mut snapshot, "user-1");
        let [user, one, none] = ["user", "-1", ""].map(|content| string(&mut snapshot, content));
        let b = string(&mut snapshot, "user-1");
        let spelled = rope(&mut snapshot, [user, one]);
        rope(&mut snapshot, [a, none]); // flattened: it is its text
        text(&mut snapshot, NodeKind::SLICED_STRING, "user-1", 16);
        text(&mut snapshot, NodeKind::STRING, "user-1", 0); // stands for a number
        let twice = [rope(&mut snapshot, [one, one]), rope(&mut snapshot, [one, one])];
        let expected = [
            ("user-1".to_owned(), vec![a, b, spelled], 64, Sameness::Exact),
            ("-1-1".to_owned(), twice.to_vec(), 64, Sameness::Exact),
        ];
        assert_eq!(groups(&heap_of(&snapshot)), expected);
    }

    #[test]
    fn texts_that_stand_in_the_table_twice_are_found_however_they_are_written() {
        let mut snapshot = rooted();
        let nodes = ["order é", "copy", "order e"].map(|content| string(&mut snapshot, content));
        let json = snapshot.to_json().replace("\"copy\"", r#""\u006frder \u00e9""#);
        let source = crate::format::Source::from_bytes(json.into_bytes());
        let graph = crate::graph::Graph::new(crate::format::read(source, &Progress::new()).unwrap());
        let heap = Heap::analyse(graph, crate::analysis::SizeRule::Exact, &Progress::new()).unwrap();
        let expected = ("order é".to_owned(), nodes[..2].to_vec(), 32, Sameness::Exact);
        assert_eq!(groups(&heap), [expected]);
    }

    #[test]
    fn a_text_as_long_as_texts_are_cut_to_may_go_on() {
        let mut snapshot = rooted();
        let mut pair = |content: &str| [(); 2].map(|()| string(&mut snapshot, content)).to_vec();
        let (shorter, cut) = ("s".repeat(1023), "c".repeat(1024));
        let emoji = "e".repeat(1014) + &"\u{F600}".repeat(5); // 1,024 units before V8 wrote it
        let pairs = [pair(&shorter), pair(&cut), pair(&emoji)];
        let found = groups(&heap_of(&snapshot));
        let sameness: Vec<_> = found.iter().map(|group| (group.1.clone(), group.3)).collect();
        let [shorter, cut, emoji] = pairs;
        let expected = [(shorter, Sameness::Exact), (cut, Sameness::MaybeCut), (emoji, Sameness::MaybeCut)];
        assert_eq!(sameness, expected);
    }

    #[test]
    fn what_v8_notes_of_cut_strings_tells_them_apart() {
        let mut snapshot = rooted();
        let mut noted = |kind: &str, value: &str| {
            let node = snapshot.node(NodeKind::NUMBER, kind, 0);
            let text = snapshot.node(NodeKind::STRING, value, 0);
            snapshot.edge(node, EdgeKind::INTERNAL, "value", text);
            node
        };
        let [yes, long, longer] = [noted("bool", "true"), noted("int", "2000"), noted("int", "3000")];
        let [hash, other] = [noted("int", "77"), noted("int", "78")];
        let content = "x".repeat(1024);
        let mut cut = |marks: &[(&str, u32)]| {
            let node = string(&mut snapshot, &content);
            for &(name, to) in marks {
                snapshot.edge(node, EdgeKind::INTERNAL, name, to);
            }
            node
        };
        let [truncated, length] = [("truncated", yes), ("length", long)];
        let known: Vec<u32> = (0..2).map(|_| cut(&[truncated, length, ("hash", hash)])).collect();
        cut(&[truncated, length, ("hash", other)]);
        cut(&[truncated, ("length", longer), ("hash", hash)]);
        let unknown: Vec<u32> = (0..3).map(|_| cut(&[truncated, length])).collect();
        let whole: Vec<u32> = (0..2).map(|_| cut(&[("length", longer)])).collect();
        let heap = heap_of(&snapshot);
        let found: Vec<_> = groups(&heap).into_iter().map(|group| (group.1, group.3)).collect();
        let expected =
            [(unknown, Sameness::MaybeCut), (whole, Sameness::Exact), (known, Sameness::SameLengthAndHash)];
        assert_eq!(found, expected);
        let groups = duplicate_strings(&heap, &Progress::new()).unwrap().groups;
        let cut = CutText { length: Some(2000.0), hash: Some(77.0) };
        assert_eq!(groups.iter().map(|group| group.cut).collect::<Vec<_>>()[1..], [None, Some(cut)]);
    }

    #[test]
    fn looking_for_them_can_be_cancelled() {
        let mut snapshot = rooted();
        object(&mut snapshot, "Cart", 8);
        let heap = heap_of(&snapshot);
        let progress = Progress::new();
        progress.cancel();
        assert_eq!(duplicate_strings(&heap, &progress).err(), Some(Cancelled));
    }
}
