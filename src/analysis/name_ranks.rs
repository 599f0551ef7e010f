//! Places of names in the order of their UTF-16 units, so that sorting by name compares numbers.

use std::borrow::Cow;
use std::cmp::Ordering;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::names::{PLAIN_OBJECT, append_display_name};
use super::{Heap, text};
use crate::format::StringTable;
use crate::graph::{NodeKind, NodeOrdinal, StringIndex};
use crate::util::{Cancelled, Progress};

/// Nodes that a thread takes at a time.
const CHUNK: usize = 1 << 14;
/// Of texts that are made (of ropes and plain objects), so many bytes are kept;
/// where that does not decide, they are made again.
const KEPT: usize = 256;

/// Rank of each node's displayed name among those of the list; equal names have equal ranks.
pub(super) fn node_name_ranks(
    heap: &Heap,
    nodes: &[NodeOrdinal],
    progress: &Progress,
) -> Result<Vec<u32>, Cancelled> {
    let parts = nodes
        .par_chunks(CHUNK)
        .map(|chunk| {
            progress.check()?;
            Ok(NodeNames::of(heap, chunk))
        })
        .collect::<Result<Vec<_>, Cancelled>>()?;
    let mut used = StringSet::new(heap.graph.strings());
    for part in &parts {
        part.names.iter().for_each(|name| name.mark(&mut used));
    }
    let used = used.numbered();
    let mut texts = used.texts(heap.graph.strings());
    let mut rows = Vec::with_capacity(nodes.len());
    for part in parts {
        progress.check()?;
        let first_made = texts.len() as u32;
        rows.extend(part.names.iter().map(|name| match *name {
            NodeName::InFile(index) => used.number(index),
            NodeName::Made(row) => first_made + row,
        }));
        texts.extend(part.made);
    }
    let ranks = ranks(Some(heap), &texts, progress)?;
    Ok(rows.into_iter().map(|row| ranks[row as usize]).collect()) // rows are places in `texts`
}

/// Where the name of a node stands.
#[derive(Clone, Copy)]
enum NodeName {
    /// In the string table.
    InFile(StringIndex),
    /// Among [`NodeNames::made`].
    Made(u32),
}

impl NodeName {
    fn mark(self, used: &mut StringSet) {
        if let Self::InFile(index) = self {
            used.insert(index);
        }
    }
}

/// The names of some nodes.
struct NodeNames {
    names: Vec<NodeName>,
    made: Vec<Text<'static>>,
}

impl NodeNames {
    fn of(heap: &Heap, nodes: &[NodeOrdinal]) -> Self {
        let graph = &heap.graph;
        let mut names = Vec::with_capacity(nodes.len());
        let mut made = Vec::new();
        let mut known: FxHashMap<Vec<u8>, u32> = FxHashMap::default();
        let mut name = Vec::new();
        for &node in nodes {
            let index = graph.name(node);
            let is_made = match graph.kind(node) {
                NodeKind::CONS_STRING => true,
                NodeKind::OBJECT => graph.strings().is(index, PLAIN_OBJECT),
                _ => heap.detachedness.is_renamed(graph, node),
            };
            if !is_made && index.0 < graph.strings().len() {
                names.push(NodeName::InFile(index));
                continue;
            }
            name.clear();
            append_display_name(heap, node, &mut name);
            if let Some(&row) = known.get(&name) {
                names.push(NodeName::Made(row));
                continue;
            }
            let row = made.len() as u32;
            names.push(NodeName::Made(row));
            if name.len() > KEPT {
                made.push(Text { kept: Cow::Owned(name[..KEPT].to_vec()), rest_of: Some(node) });
            } else {
                known.insert(name.clone(), row);
                made.push(Text { kept: Cow::Owned(name.clone()), rest_of: None });
            }
        }
        Self { names, made }
    }
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

    /// The first bytes, as a number that compares as they do.
    fn prefix(&self) -> u64 {
        let mut bytes = [0; 8];
        let length = self.kept.len().min(8);
        bytes[..length].copy_from_slice(&self.kept[..length]);
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
    let compare = |a: u32, b: u32| texts[a as usize].compare(&texts[b as usize], heap); // rows of `texts`
    let mut order: Vec<(u64, u32)> = (0u32..).zip(texts).map(|(row, text)| (text.prefix(), row)).collect();
    order.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| compare(a.1, b.1)));
    progress.check()?;
    let mut ranks = vec![0; texts.len()];
    let mut rank = 0;
    for (i, &(prefix, row)) in order.iter().enumerate() {
        if i > 0 && (order[i - 1].0 != prefix || compare(order[i - 1].1, row) != Ordering::Equal) {
            rank += 1;
        }
        ranks[row as usize] = rank;
    }
    Ok(ranks)
}

/// A set of string indices: a bit for each.
pub(super) struct StringSet {
    words: Vec<u64>,
}

impl StringSet {
    pub(super) fn new(strings: &StringTable) -> Self {
        Self { words: vec![0; (strings.len() as usize).div_ceil(64)] }
    }

    /// Takes an index in. It must be one of the table.
    pub(super) fn insert(&mut self, index: StringIndex) {
        self.words[index.0 as usize / 64] |= 1 << (index.0 % 64);
    }

    /// Numbers the members, ascending.
    pub(super) fn numbered(self) -> NumberedStrings {
        let mut before = 0;
        let counts = self.words.iter().map(|word| {
            before += word.count_ones();
            before - word.count_ones()
        });
        NumberedStrings { before: counts.collect(), words: self.words }
    }
}

/// String indices with numbers from 0.
pub(super) struct NumberedStrings {
    words: Vec<u64>,
    /// How many members there are in the words before.
    before: Vec<u32>,
}

impl NumberedStrings {
    /// Number of a member.
    #[inline]
    pub(super) fn number(&self, index: StringIndex) -> u32 {
        let (word, bit) = (index.0 as usize / 64, index.0 % 64);
        self.before[word] + (self.words[word] & ((1 << bit) - 1)).count_ones()
    }

    /// The members' texts, by number.
    pub(super) fn texts<'a>(&self, strings: &'a StringTable) -> Vec<Text<'a>> {
        let in_word = |(at, &word): (usize, &u64)| {
            let bits = (0..64).filter(move |bit| word >> bit & 1 == 1);
            bits.map(move |bit| StringIndex(at as u32 * 64 + bit)).collect::<Vec<_>>()
        };
        let members: Vec<StringIndex> =
            self.words.par_iter().enumerate().with_min_len(1 << 10).flat_map_iter(in_word).collect();
        members.par_iter().map(|&index| Text::whole(text::text(strings, index))).collect()
    }
}
