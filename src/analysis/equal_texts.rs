//! Numbers for the texts of strings: equal texts have equal numbers, whichever rows of the
//! string table or ropes they come from.

use std::borrow::Cow;
use std::hash::BuildHasher as _;

use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use super::ropes::append_rope;
use super::{Heap, text};
use crate::graph::{NodeKind, NodeOrdinal, StringIndex};
use crate::util::{BitSet, Cancelled, Progress, RankedSet};

/// The numbers of texts. A text has the number of its row of the string table; ropes whose
/// text is not that of one of their pieces come behind the rows. (A table and ropes of more
/// than 2³² together would fill a file of more than 60 GB.)
pub(super) struct EqualTexts {
    row_count: u32,
    /// The ropes that have texts of their own.
    ropes: RankedSet,
    /// Numbers that stand for the same text as a smaller one, and that one; sorted.
    aliases: Vec<(u32, u32)>,
}

/// Rows that a task hashes.
const STEP: usize = 1 << 12;

impl EqualTexts {
    /// Finds out which texts of `strings` (nodes that are strings or ropes) are equal.
    ///
    /// V8 has each text once in its table, but other writers may repeat it, and ropes may
    /// spell out what is there. So all used texts are hashed; where two hashes are alike,
    /// the texts are compared.
    pub(super) fn new(heap: &Heap, strings: &[u32], progress: &Progress) -> Result<Self, Cancelled> {
        let graph = &heap.graph;
        let begins = strings.iter().map(|&node| begin(heap, NodeOrdinal(node)));
        let own_ropes = begins.filter(|&node| graph.kind(node) == NodeKind::CONS_STRING).map(|node| node.0);
        let ropes = RankedSet::new(graph.node_count() as usize, own_ropes);
        let mut texts = Self { row_count: graph.strings().len(), ropes, aliases: Vec::new() };

        let mut used = BitSet::new(texts.count());
        let mut used_count = 0;
        for (place, &node) in strings.iter().enumerate() {
            if place.is_multiple_of(STEP) {
                progress.check()?;
            }
            if let Some(number) = texts.number_as_written(heap, NodeOrdinal(node)) {
                used_count += usize::from(used.insert(number));
            }
        }
        let rope_nodes: Vec<u32> = texts.ropes.iter().collect();
        let hashes = texts.hashes(heap, &used, &rope_nodes, progress)?;
        let mut suspects = alike(&hashes, &used, used_count, progress)?;
        suspects.par_sort_unstable();
        let texts_of = |number: u32| texts.text(heap, &rope_nodes, number);
        let mut aliases: Vec<(u32, u32)> = suspects
            .par_chunk_by(|a, b| a.0 == b.0)
            .filter(|run| run.len() > 1)
            .flat_map_iter(|run| same_texts(run, texts_of))
            .collect();
        progress.check()?;
        aliases.par_sort_unstable();
        texts.aliases = aliases;
        Ok(texts)
    }

    /// All numbers are below this.
    pub(super) fn count(&self) -> usize {
        self.row_count as usize + self.ropes.len()
    }

    /// The number of a node's text; `None` for a text that the file does not have.
    pub(super) fn number(&self, heap: &Heap, node: NodeOrdinal) -> Option<u32> {
        let number = self.number_as_written(heap, node)?;
        let alias = self.aliases.binary_search_by_key(&number, |alias| alias.0);
        Some(alias.map_or(number, |at| self.aliases[at].1)) // found there
    }

    /// Equal texts may still have several of these.
    fn number_as_written(&self, heap: &Heap, node: NodeOrdinal) -> Option<u32> {
        let node = begin(heap, node);
        if heap.graph.kind(node) == NodeKind::CONS_STRING {
            return self.ropes.rank(node.0).map(|rank| self.row_count + rank as u32); // see `EqualTexts`
        }
        let row = heap.graph.name(node).0;
        (row < self.row_count).then_some(row)
    }

    /// A number's text as [`text`] encodes it; `rope_nodes` are the members of `ropes`.
    fn text<'a>(&self, heap: &'a Heap, rope_nodes: &[u32], number: u32) -> Cow<'a, [u8]> {
        match number.checked_sub(self.row_count) {
            None => text::text(heap.graph.strings(), StringIndex(number)),
            Some(rank) => {
                let mut rope = Vec::new();
                append_rope(&heap.graph, heap.ropes(), NodeOrdinal(rope_nodes[rank as usize]), &mut rope);
                Cow::Owned(rope)
            }
        }
    }

    /// The hashes of used texts by number.
    fn hashes(
        &self,
        heap: &Heap,
        used: &BitSet,
        rope_nodes: &[u32],
        progress: &Progress,
    ) -> Result<Vec<u32>, Cancelled> {
        let mut hashes = vec![0u32; self.count()];
        hashes.par_chunks_mut(STEP).zip((0..self.count()).into_par_iter().step_by(STEP)).try_for_each(
            |(hashes, first)| {
                progress.check()?;
                for (hash, number) in hashes.iter_mut().zip(first as u32..) {
                    if used.contains(number) {
                        let whole = FxBuildHasher.hash_one(&*self.text(heap, rope_nodes, number));
                        *hash = (whole >> 32) as u32 ^ whole as u32;
                    }
                }
                Ok(())
            },
        )?;
        Ok(hashes)
    }
}

/// The node that a string's text is read from.
fn begin(heap: &Heap, node: NodeOrdinal) -> NodeOrdinal {
    if heap.graph.kind(node) == NodeKind::CONS_STRING { heap.ropes().begin(node) } else { node }
}

/// Hash and number of the texts whose hash may occur twice. A bit for each of 16 times as
/// many hashes as there are tells: few of those that occur once are let through.
fn alike(
    hashes: &[u32],
    used: &BitSet,
    used_count: usize,
    progress: &Progress,
) -> Result<Vec<(u32, u32)>, Cancelled> {
    let bits = (used_count * 16).next_power_of_two().clamp(64, 1 << 32);
    let low = (bits - 1) as u32;
    let (mut once, mut twice) = (BitSet::new(bits), BitSet::new(bits));
    let of_used = || (0u32..).zip(hashes).filter(|(number, _)| used.contains(*number));
    for (number, hash) in of_used() {
        if number.is_multiple_of(1 << 14) {
            progress.check()?;
        }
        if !once.insert(hash & low) {
            twice.insert(hash & low);
        }
    }
    let suspects = of_used().filter(|(_, hash)| twice.contains(*hash & low));
    Ok(suspects.map(|(number, &hash)| (hash, number)).collect())
}

/// Of texts with one hash, those that are equal to one with a smaller number, and that number.
fn same_texts<'a>(run: &[(u32, u32)], text: impl Fn(u32) -> Cow<'a, [u8]>) -> Vec<(u32, u32)> {
    let mut numbers: Vec<u32> = run.iter().map(|&(_, number)| number).collect();
    numbers.sort_by(|&a, &b| text(a).cmp(&text(b)).then(a.cmp(&b)));
    let mut same = Vec::new();
    let mut first = numbers[0]; // a run has two at least
    for &number in &numbers[1..] {
        if text(number) == text(first) {
            same.push((number, first));
        } else {
            first = number;
        }
    }
    same
}
