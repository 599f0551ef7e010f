//! Places of names in the order of their UTF-16 units, so that sorting by name compares numbers.

use std::borrow::Cow;
use std::cmp::Ordering;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::names::{PLAIN_OBJECT, append_display_name};
use super::{Heap, text};
use crate::format::StringTable;
use crate::graph::{NodeKind, NodeOrdinal, StringIndex};
use crate::util::{Cancelled, Progress, RankedSet};

/// Nodes that a thread takes at a time.
const CHUNK: usize = 1 << 14;
/// Texts that are made (of ropes and plain objects) may take so many bytes in all …
const BUDGET: usize = 256 << 20;
/// … but so many each they have; where that does not decide, they are made again.
const KEPT_AT_LEAST: usize = 256;
/// No more than that is kept of a text.
const KEPT_AT_MOST: usize = 4096;

/// Rank of each node's displayed name among those of the list; equal names have equal ranks.
pub(super) fn node_name_ranks(
    heap: &Heap,
    nodes: &[NodeOrdinal],
    progress: &Progress,
) -> Result<Vec<u32>, Cancelled> {
    let graph = &heap.graph;
    heap.ropes(); // once, before all threads ask for them
    let sources = nodes
        .par_chunks(CHUNK)
        .map(|chunk| {
            progress.check()?;
            Ok(sources(heap, chunk))
        })
        .collect::<Result<Vec<_>, Cancelled>>()?
        .concat();
    let rows = sources.iter().filter_map(|source| source.in_file());
    let rows = RankedSet::new(graph.strings().len() as usize, rows);
    let made = sources.iter().filter_map(|source| source.made());
    let made = RankedSet::new(graph.node_count() as usize, made);
    let mut texts = texts_of(graph.strings(), &rows);
    let made_texts = made_texts(heap, &made, progress)?;
    let text_of_made: Vec<u32> = made_texts.iter().flat_map(|part| part.offset_by(texts.len())).collect();
    texts.extend(made_texts.into_iter().flat_map(|part| part.texts));
    let ranks = ranks(Some(heap), &texts, progress)?;
    let rank = |source: &Source| {
        // All sources are in one of the sets.
        let text = match *source {
            Source::InFile(row) => rows.rank(row).unwrap_or_default(),
            Source::Made(node) => text_of_made[made.rank(node).unwrap_or_default()] as usize,
        };
        ranks[text]
    };
    Ok(sources.par_iter().map(rank).collect())
}

/// Where the name of a node comes from.
#[derive(Clone, Copy)]
enum Source {
    /// This row of the string table.
    InFile(u32),
    /// It is made: the displayed name of this node.
    Made(u32),
}

impl Source {
    fn in_file(self) -> Option<u32> {
        if let Self::InFile(row) = self { Some(row) } else { None }
    }

    fn made(self) -> Option<u32> {
        if let Self::Made(node) = self { Some(node) } else { None }
    }
}

fn sources(heap: &Heap, nodes: &[NodeOrdinal]) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::with_capacity(nodes.len());
    for (i, &node) in nodes.iter().enumerate() {
        // Lists of edges often name the same node several times in a row.
        let again = i > 0 && nodes[i - 1] == node;
        sources.push(if again { sources[i - 1] } else { source(heap, node) });
    }
    sources
}

fn source(heap: &Heap, node: NodeOrdinal) -> Source {
    let graph = &heap.graph;
    let name = graph.name(node);
    let is_made = match graph.kind(node) {
        NodeKind::CONS_STRING => {
            let begin = heap.ropes().begin(node);
            // A rope that begins with a long flat text shows that text only.
            let begin_name = graph.name(begin);
            let is_flat = graph.kind(begin) != NodeKind::CONS_STRING;
            if is_flat && begin_name.0 < graph.strings().len() {
                return Source::InFile(begin_name.0);
            }
            return Source::Made(if is_flat { node.0 } else { begin.0 });
        }
        NodeKind::OBJECT => graph.strings().is(name, PLAIN_OBJECT),
        _ => heap.detachedness.is_renamed(graph, node),
    };
    if is_made || name.0 >= graph.strings().len() { Source::Made(node.0) } else { Source::InFile(name.0) }
}

/// The names of some nodes, equal ones once (mostly: each part for itself).
struct MadeTexts {
    texts: Vec<Text<'static>>,
    /// Place in `texts`, by node.
    of_node: Vec<u32>,
    /// How many texts the parts before have.
    before: usize,
}

impl MadeTexts {
    fn offset_by(&self, offset: usize) -> impl Iterator<Item = u32> + '_ {
        self.of_node.iter().map(move |&text| text + (offset + self.before) as u32)
    }
}

fn made_texts(heap: &Heap, nodes: &RankedSet, progress: &Progress) -> Result<Vec<MadeTexts>, Cancelled> {
    let kept = (BUDGET / nodes.len().max(1)).clamp(KEPT_AT_LEAST, KEPT_AT_MOST);
    let nodes: Vec<NodeOrdinal> = nodes.iter().map(NodeOrdinal).collect();
    let mut parts = nodes
        .par_chunks(CHUNK)
        .map(|chunk| {
            progress.check()?;
            Ok(make_texts(heap, chunk, kept))
        })
        .collect::<Result<Vec<_>, Cancelled>>()?;
    let mut before = 0;
    for part in &mut parts {
        part.before = before;
        before += part.texts.len();
    }
    Ok(parts)
}

fn make_texts(heap: &Heap, nodes: &[NodeOrdinal], kept: usize) -> MadeTexts {
    let mut made = MadeTexts { texts: Vec::new(), of_node: Vec::with_capacity(nodes.len()), before: 0 };
    let mut known: FxHashMap<Vec<u8>, u32> = FxHashMap::default();
    let mut name = Vec::new();
    for &node in nodes {
        name.clear();
        append_display_name(heap, node, &mut name);
        let next = made.texts.len() as u32;
        if name.len() > kept {
            made.texts.push(Text { kept: Cow::Owned(name[..kept].to_vec()), rest_of: Some(node) });
            made.of_node.push(next);
            continue;
        }
        let text = known.get(&name).copied().unwrap_or(next);
        if text == next {
            made.texts.push(Text::whole(name.clone()));
            known.insert(name.clone(), next);
        }
        made.of_node.push(text);
    }
    made
}

/// A text to rank, encoded as [`text`] says.
pub(super) struct Text<'a> {
    kept: Cow<'a, [u8]>,
    /// The node whose name this is the beginning of, where there is more.
    rest_of: Option<NodeOrdinal>,
}

impl<'a> Text<'a> {
    /// A whole text.
    pub(super) fn whole(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self { kept: bytes.into(), rest_of: None }
    }

    /// The text, as far as it is kept.
    pub(super) fn kept(&self) -> &[u8] {
        &self.kept
    }

    /// Eight bytes from a place on, as a number that compares as they do. There are zeros behind the end.
    fn word(&self, place: usize) -> u64 {
        let rest = self.kept.get(place..).unwrap_or_default();
        let mut bytes = [0; WORD];
        let length = rest.len().min(WORD);
        bytes[..length].copy_from_slice(&rest[..length]);
        u64::from_be_bytes(bytes)
    }

    fn compare(&self, other: &Self, heap: Option<&Heap>) -> Ordering {
        let shared = self.kept.len().min(other.kept.len());
        let order = self.kept[..shared].cmp(&other.kept[..shared]);
        let ends = |text: &Self| text.kept.len() == shared && text.rest_of.is_none();
        match order {
            Ordering::Equal if ends(self) || ends(other) => ends(other).cmp(&ends(self)),
            Ordering::Equal => self.full(heap).cmp(&other.full(heap)),
            order => order,
        }
    }

    fn full(&self, heap: Option<&Heap>) -> Cow<'_, [u8]> {
        match (heap, self.rest_of) {
            (Some(heap), Some(node)) => {
                let mut name = Vec::new();
                append_display_name(heap, node, &mut name);
                Cow::Owned(name)
            }
            _ => Cow::Borrowed(&self.kept),
        }
    }
}

/// Rank of each text; equal texts have equal ranks.
pub(super) fn ranks(
    heap: Option<&Heap>,
    texts: &[Text<'_>],
    progress: &Progress,
) -> Result<Vec<u32>, Cancelled> {
    progress.check()?;
    let mut order: Vec<Item> = (0u32..).zip(texts).map(|(row, _)| (0, row)).collect();
    let mut is_new = vec![false; texts.len()];
    Order { heap, texts, progress }.sort(&mut order, &mut is_new, 0)?;
    let mut ranks = vec![0; texts.len()];
    let mut different = 0u32;
    for (&(_, row), &is_new) in order.iter().zip(&is_new) {
        different += u32::from(is_new); // the first one is new
        ranks[row as usize] = different - 1;
    }
    Ok(ranks)
}

/// A word of a text, and the text's row.
type Item = (u64, u32);

const WORD: usize = size_of::<u64>();

/// Sorts texts a word at a time: each text is looked at once a word, not once a comparison.
struct Order<'a> {
    heap: Option<&'a Heap>,
    texts: &'a [Text<'a>],
    progress: &'a Progress,
}

impl Order<'_> {
    /// Sorts texts that are equal before `place`, and marks those that are not equal to the one before.
    fn sort(&self, items: &mut [Item], is_new: &mut [bool], place: usize) -> Result<(), Cancelled> {
        const FEW: usize = 8;
        const AT_A_TIME: usize = 1 << 10;
        if items.len() > AT_A_TIME {
            self.progress.check()?;
        }
        // What is not kept of a text must not be taken for its end.
        if items.len() <= FEW || place + WORD > KEPT_AT_LEAST {
            self.sort_by_comparing(items, is_new);
            return Ok(());
        }
        let fill = |item: &mut Item| item.0 = self.texts[item.1 as usize].word(place); // rows of `texts`
        items.par_iter_mut().with_min_len(AT_A_TIME).for_each(fill);
        items.par_sort_unstable();
        let mut rest = is_new;
        let mut groups = Vec::new();
        for items in items.chunk_by_mut(|a, b| a.0 == b.0) {
            let (is_new, behind) = std::mem::take(&mut rest).split_at_mut(items.len());
            rest = behind;
            is_new[0] = true; // groups have one item at least
            if items.len() > 1 {
                groups.push((items, is_new));
            }
        }
        groups.into_par_iter().try_for_each(|(items, is_new)| {
            let ends = |item: &Item| self.texts[item.1 as usize].kept.len() < place + WORD;
            if items.iter().any(ends) {
                self.sort_by_comparing(items, is_new); // a zero may be behind the end or a letter
                return Ok(());
            }
            self.sort(items, is_new, place + WORD)
        })
    }

    fn sort_by_comparing(&self, items: &mut [Item], is_new: &mut [bool]) {
        let compare = |a: &Item, b: &Item| {
            self.texts[a.1 as usize].compare(&self.texts[b.1 as usize], self.heap) // rows of `texts`
        };
        items.sort_unstable_by(compare);
        is_new.iter_mut().take(1).for_each(|is_new| *is_new = true);
        for (is_new, pair) in is_new.iter_mut().skip(1).zip(items.windows(2)) {
            *is_new = compare(&pair[0], &pair[1]) != Ordering::Equal;
        }
    }
}

/// The texts of some rows of the string table.
pub(super) fn texts_of<'a>(strings: &'a StringTable, rows: &RankedSet) -> Vec<Text<'a>> {
    let rows: Vec<u32> = rows.iter().collect();
    rows.par_iter().map(|&row| Text::whole(text::text(strings, StringIndex(row)))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Text, ranks};
    use crate::util::Progress;

    proptest! {
        #[test]
        fn ranks_are_those_of_sorting_by_comparing(
            parts in prop::collection::vec(
                // Many that begin alike, some that are equal, zeros that are letters.
                prop::collection::vec(prop::sample::select(vec!["a", "b\0", "\0", "same eight", "é"]), 0..9),
                0..300,
            ),
            common in 0usize..70,
        ) {
            let texts: Vec<String> = parts.iter().map(|parts| "same ".repeat(common) + &parts.concat()).collect();
            let mut sorted: Vec<&String> = texts.iter().collect();
            sorted.sort();
            sorted.dedup();
            let expected: Vec<u32> = texts.iter().map(|text| sorted.binary_search(&text).unwrap() as u32).collect();
            let given: Vec<Text<'_>> = texts.iter().map(|text| Text::whole(text.as_bytes())).collect();
            prop_assert_eq!(ranks(None, &given, &Progress::new()).unwrap(), expected);
        }
    }
}
