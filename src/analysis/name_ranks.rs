//! Places of names in the order of their UTF-16 units, so that sorting by name compares numbers.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::iter::once;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_64;

use super::Heap;
use super::names::{PLAIN_OBJECT, append_display_name};
use super::text_ranks::{LONGEST_BEGINNING, RowTexts, Texts, text_ranks};
use crate::graph::{NodeKind, NodeOrdinal};
use crate::util::{Cancelled, Progress, RankedSet};

/// The progress of ranking; each step has a part of them that stands for the time it takes.
const STEPS: u64 = 10;
/// Nodes that a thread takes at a time.
const CHUNK: usize = 1 << 14;
/// Texts that are made (of ropes and plain objects) may take so many bytes in all …
const BUDGET: usize = 256 << 20;
/// … but so many each they have; where that does not decide, they are made again.
const KEPT_AT_LEAST: usize = LONGEST_BEGINNING;
/// No more than that is kept of a text.
const KEPT_AT_MOST: usize = 4096;

/// Rank of each node's displayed name among those of the list; equal names have equal ranks.
///
/// Besides the ranks it takes memory for the texts that are made, and 24 bytes for each text.
pub(super) fn node_name_ranks(
    heap: &Heap,
    nodes: impl IndexedParallelIterator<Item = NodeOrdinal> + Clone,
    progress: &Progress,
) -> Result<Vec<u32>, Cancelled> {
    progress.expect(STEPS);
    heap.ropes(); // once, before all threads ask for them
    let (rows, made) = sources(heap, nodes.clone(), progress)?;
    progress.advance(1)?;
    let names = Names {
        heap,
        in_file: RowTexts::new(heap.graph.strings(), &rows),
        made: make_names(heap, &made, progress)?,
    };
    progress.advance(5)?;
    let ranks = text_ranks(&names, &names.numbers(), progress)?;
    progress.advance(3)?;
    // Where names come from is found out twice: keeping it would take 8 bytes a node.
    let rank = |node| {
        // All sources are in one of the sets, and all numbers have a rank.
        let number = match source(heap, node) {
            Source::InFile(row) => rows.rank(row).unwrap_or_default() as u32,
            Source::Made(node) => names.number_of_made(made.rank(node).unwrap_or_default()),
        };
        ranks[number as usize]
    };
    let ranks = nodes.map(rank).collect();
    progress.advance(1)?;
    Ok(ranks)
}

/// Where the name of a node comes from.
#[derive(Clone, Copy)]
enum Source {
    /// This row of the string table.
    InFile(u32),
    /// It is made: the displayed name of this node.
    Made(u32),
}

/// The rows and the nodes that names come from.
fn sources(
    heap: &Heap,
    nodes: impl IndexedParallelIterator<Item = NodeOrdinal>,
    progress: &Progress,
) -> Result<(RankedSet, RankedSet), Cancelled> {
    let bits = |count: u32| (0..count.div_ceil(u64::BITS)).map(|_| AtomicU64::new(0)).collect::<Vec<_>>();
    let (rows, made) = (bits(heap.graph.strings().len()), bits(heap.graph.node_count()));
    nodes.with_min_len(CHUNK).try_for_each(|node| {
        let (set, number) = match source(heap, node) {
            Source::InFile(row) => (&rows, row),
            Source::Made(node) => (&made, node),
        };
        let (word, bit) = (&set[(number / u64::BITS) as usize], 1 << (number % u64::BITS)); // both in bounds
        // Most names are met many times, and looking is quicker than writing.
        if word.load(Relaxed) & bit == 0 {
            word.fetch_or(bit, Relaxed);
        }
        progress.check()
    })?;
    let set =
        |bits: Vec<AtomicU64>| RankedSet::of_words(bits.into_iter().map(AtomicU64::into_inner).collect());
    Ok((set(rows), set(made)))
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

/// All names, numbered: first those of the file, then those that are made, from a multiple of [`CHUNK`]
/// on for each chunk of nodes.
struct Names<'a> {
    heap: &'a Heap,
    in_file: RowTexts<'a>,
    made: Vec<MadeNames>,
}

impl Names<'_> {
    /// The numbers that are there.
    fn numbers(&self) -> Vec<Range<u32>> {
        let starts = (self.in_file.len()..).step_by(CHUNK);
        let made = self.made.iter().zip(starts).map(|(part, start)| start..start + part.ends.len() as u32);
        once(0..self.in_file.len()).chain(made).collect()
    }

    /// The number of the name of a node whose name is made, by its place among these.
    fn number_of_made(&self, place: usize) -> u32 {
        let part = place / CHUNK;
        self.in_file.len() + (part * CHUNK) as u32 + u32::from(self.made[part].of_node[place % CHUNK])
    }
}

/// The names of some nodes, equal ones once.
#[derive(Default)]
struct MadeNames {
    /// The texts, one behind the other, as far as they are kept.
    bytes: Vec<u8>,
    /// Where each text ends.
    ends: Vec<u32>,
    /// The texts of which there is more, ascending, each with a node whose name it is.
    cut: Vec<(u16, NodeOrdinal)>,
    /// Which text each node has.
    of_node: Vec<u16>,
}

/// The names of some nodes, so many nodes in each part.
fn make_names(heap: &Heap, nodes: &RankedSet, progress: &Progress) -> Result<Vec<MadeNames>, Cancelled> {
    let kept = (BUDGET / nodes.len().max(1)).clamp(KEPT_AT_LEAST, KEPT_AT_MOST);
    let nodes: Vec<NodeOrdinal> = nodes.iter().map(NodeOrdinal).collect();
    let make = |chunk| {
        progress.check()?;
        Ok(MadeNames::of(heap, chunk, kept))
    };
    nodes.par_chunks(CHUNK).map(make).collect()
}

impl MadeNames {
    fn of(heap: &Heap, nodes: &[NodeOrdinal], kept: usize) -> Self {
        let mut made = Self::default();
        let mut known: FxHashMap<u64, u16> = FxHashMap::default();
        let mut name = Vec::new();
        for &node in nodes {
            name.clear();
            append_display_name(heap, node, &mut name);
            let next = made.ends.len() as u16; // there are not more than nodes in a chunk
            let text = if name.len() > kept {
                name.truncate(kept);
                made.cut.push((next, node));
                next
            } else {
                // Other texts may have the same hash: such a one is there several times.
                let text = *known.entry(xxh3_64(&name)).or_insert(next);
                if text == next || made.kept(text) == name { text } else { next }
            };
            if text == next {
                made.bytes.extend_from_slice(&name);
                made.ends.push(made.bytes.len() as u32); // a chunk of texts, each of some KiB at most
            }
            made.of_node.push(text);
        }
        made.bytes.shrink_to_fit();
        made.ends.shrink_to_fit();
        made
    }

    /// A text, as far as it is kept.
    fn kept(&self, text: u16) -> &[u8] {
        let text = usize::from(text);
        let start = text.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.bytes[start..self.ends[text] as usize]
    }
}

impl Texts for Names<'_> {
    type Text<'a>
        = Name<'a>
    where
        Self: 'a;

    fn beginning(&self, number: u32, length: usize) -> Cow<'_, [u8]> {
        match self.made_text(number) {
            Some((part, text)) => part.kept(text).into(),
            None => self.in_file.beginning(number, length),
        }
    }

    fn text(&self, number: u32) -> Name<'_> {
        match self.made_text(number) {
            Some((part, text)) => {
                let cut = part.cut.binary_search_by_key(&text, |&(text, _)| text).ok();
                let rest_of = cut.map(|at| (self.heap, part.cut[at].1));
                Name { kept: part.kept(text).into(), rest_of }
            }
            None => Name { kept: self.in_file.text(number), rest_of: None },
        }
    }
}

impl Names<'_> {
    /// Where a name is that is made.
    fn made_text(&self, number: u32) -> Option<(&MadeNames, u16)> {
        let place = number.checked_sub(self.in_file.len())? as usize;
        Some((&self.made[place / CHUNK], (place % CHUNK) as u16))
    }
}

/// A name that is compared with others.
struct Name<'a> {
    kept: Cow<'a, [u8]>,
    /// The node whose name this is the beginning of, where there is more.
    rest_of: Option<(&'a Heap, NodeOrdinal)>,
}

impl Name<'_> {
    fn full(&self) -> Cow<'_, [u8]> {
        match self.rest_of {
            Some((heap, node)) => {
                let mut name = Vec::new();
                append_display_name(heap, node, &mut name);
                name.into()
            }
            None => (&*self.kept).into(),
        }
    }
}

impl Ord for Name<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let shared = self.kept.len().min(other.kept.len());
        let order = self.kept[..shared].cmp(&other.kept[..shared]);
        let ends = |text: &Self| text.kept.len() == shared && text.rest_of.is_none();
        match order {
            Ordering::Equal if ends(self) || ends(other) => ends(other).cmp(&ends(self)),
            Ordering::Equal => self.full().cmp(&other.full()),
            order => order,
        }
    }
}

impl PartialOrd for Name<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Name<'_> {}
