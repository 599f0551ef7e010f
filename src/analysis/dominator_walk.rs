//! The walk that [dominators](super::dominators()) are computed on: numbers for all nodes in depth-first
//! order, and who leads back to whom in these numbers.

use rayon::prelude::*;

use super::essential::EssentialEdges;
use super::page_objects::{complete, page_entries};
use crate::graph::ROOT;
use crate::util::{BitSet, Cancelled, Progress, spill};

/// Long loops ask after so many nodes whether they should stop.
pub(super) const CHECK_EVERY: usize = 1 << 12;

/// Lists of numbers, one a row, which can be read from the last row on.
#[derive(Default)]
pub(super) struct Rows {
    /// How many items each row has, or [`Self::LONG`]: a byte a row instead of a place.
    pub(super) lengths: Vec<u8>,
    /// The lengths that do not fit there, in the order of their rows.
    pub(super) long: Vec<u32>,
    pub(super) items: Vec<u32>,
}

/// Lists of numbers, one a row, in one allocation.
pub(super) struct Lists {
    /// Where each row starts and the one before it ends; one entry more than rows.
    pub(super) starts: Vec<u32>,
    pub(super) items: Vec<u32>,
}

impl Lists {
    pub(super) fn row(&self, row: usize) -> &[u32] {
        &self.items[self.starts[row] as usize..self.starts[row + 1] as usize]
    }
}

impl Rows {
    const LONG: u8 = u8::MAX;

    /// Makes the items from `start` on the next row.
    fn end_row(&mut self, start: usize) {
        let length = self.items.len() - start;
        let short = u8::try_from(length).unwrap_or(Self::LONG);
        self.lengths.push(short);
        if short == Self::LONG {
            self.long.push(length as u32); // as many as edges at most
        }
    }

    /// The rows with their numbers, from the last one on.
    fn rows_from_last(&self) -> impl Iterator<Item = (usize, &[u32])> {
        let mut rest = &self.items[..];
        let mut long = self.long.iter().rev();
        self.lengths.iter().enumerate().rev().map(move |(row, &length)| {
            let is_long = length == Self::LONG;
            let length = if is_long { long.next().copied().unwrap_or_default() } else { u32::from(length) };
            let (before, items) = rest.split_at(rest.len() - length as usize); // the lengths' sum is all
            rest = before;
            (row, items)
        })
    }

    /// For each number the rows that hold it, in `buffer`. Numbers are below the number of rows.
    ///
    /// Each thread takes a range of numbers and looks at all rows for them: reading rows in order
    /// costs little, and what is written in no order lies close together.
    pub(super) fn turned(&self, buffer: Vec<u32>, progress: &Progress) -> Result<Lists, Cancelled> {
        let mut starts = buffer;
        starts.clear();
        starts.resize(self.lengths.len() + 1, 0);
        let share = starts.len().div_ceil(rayon::current_num_threads()).max(CHECK_EVERY);
        let count = |(first, counts): (usize, &mut [u32])| self.count(first, counts, progress);
        starts.par_chunks_mut(share).enumerate().map(|(i, part)| (i * share, part)).try_for_each(count)?;
        let mut end = 0;
        for row in &mut starts {
            end += *row;
            *row = end;
        }
        // `starts` holds ends for now; distributing moves each down to its start.
        let mut items = spill::for_later(|| vec![0; self.items.len()]);
        let mut rest = &mut items[..];
        let mut before = 0;
        let mut parts = Vec::new();
        for (i, ends) in starts.chunks_mut(share).enumerate() {
            let end = ends.last().map_or(before, |&end| end);
            let part = rest.split_off_mut(..(end - before) as usize).unwrap_or_default();
            parts.push((i * share, ends, part, before));
            before = end;
        }
        parts.into_par_iter().try_for_each(|(first, ends, items, before)| {
            self.distribute(first, ends, items, before, progress)
        })?;
        Ok(Lists { starts, items })
    }

    /// Counts how often the numbers from `first` on occur, as many as there are `counts`.
    fn count(&self, first: usize, counts: &mut [u32], progress: &Progress) -> Result<(), Cancelled> {
        for items in self.items.chunks(16 * CHECK_EVERY) {
            progress.check()?;
            for &item in items {
                if let Some(count) = counts.get_mut((item as usize).wrapping_sub(first)) {
                    *count += 1;
                }
            }
        }
        Ok(())
    }

    /// Writes down which rows hold the numbers from `first` on. `ends` says for each number where
    /// its rows end, in a list of which `items` begins `before` places behind the start.
    fn distribute(
        &self,
        first: usize,
        ends: &mut [u32],
        items: &mut [u32],
        before: u32,
        progress: &Progress,
    ) -> Result<(), Cancelled> {
        for (row, row_items) in self.rows_from_last() {
            if row.is_multiple_of(CHECK_EVERY) {
                progress.check()?;
            }
            for &item in row_items {
                if let Some(slot) = ends.get_mut((item as usize).wrapping_sub(first)) {
                    *slot -= 1;
                    items[(*slot - before) as usize] = row as u32; // rows are node numbers
                }
            }
        }
        Ok(())
    }
}

/// A depth-first walk over essential edges, from the root and then from the orphans.
///
/// Nodes get numbers in the order of their first visit; all but `order` and
/// `unreached` speak in these numbers. The root is 0, its own parent.
pub(super) struct Walk {
    /// The node of each number.
    pub(super) order: Vec<u32>,
    /// From where each number was visited first.
    pub(super) parents: Vec<u32>,
    /// Numbers to which an ancestor leads that is not the parent, with the ancestor.
    pub(super) ahead: Vec<(u32, u32)>,
    /// For each number the lesser numbers that its edges lead to.
    pub(super) back: Rows,
    /// The nodes that were not visited, ascending.
    pub(super) unreached: Vec<u32>,
    /// The number of each node that was seen.
    pub(super) numbers: Vec<u32>,
    pub(super) seen: BitSet,
    /// Nodes to visit, and the number that led there; those that come next are last. A node
    /// waits once for each edge that led to it while it was unseen; the last one is the one
    /// that it is visited by, as in a recursive walk.
    pub(super) waiting: Vec<(u32, u32)>,
}

impl Walk {
    pub(super) fn run(mut edges: EssentialEdges, progress: &Progress) -> Result<Self, Cancelled> {
        let node_count = edges.node_count() as usize;
        let mut walk = Self {
            order: spill::for_later(|| Vec::with_capacity(node_count)),
            parents: spill::for_later(|| Vec::with_capacity(node_count)),
            ahead: Vec::new(),
            back: Rows {
                lengths: spill::for_later(|| Vec::with_capacity(node_count)),
                items: spill::for_later(|| {
                    Vec::with_capacity(if spill::is_scarce() { node_count } else { 0 })
                }),
                long: Vec::new(),
            },
            unreached: Vec::new(),
            numbers: vec![0; node_count + 1], // one more than needed: the buffer holds starts of rows later
            seen: BitSet::new(node_count),
            waiting: Vec::new(),
        };
        if node_count > 0 {
            walk.visit_page(&mut edges, progress)?;
            walk.visit_waiting(0, &edges, |_| (), progress)?;
            for orphan in walk.orphans(&edges, progress)? {
                // As if the root led to it.
                walk.waiting.push((orphan, 0));
                walk.visit_waiting(0, &edges, |_| (), progress)?;
            }
            walk.unreached = walk.unseen(&edges).collect();
        }
        walk.back.items.shrink_to_fit();
        Ok(walk)
    }

    /// Visits the root, and what can be reached from where the page begins: that is the page, but
    /// for what only edges lead to that are not essential. With this, finding it takes no pass of
    /// its own.
    fn visit_page(&mut self, edges: &mut EssentialEdges, progress: &Progress) -> Result<(), Cancelled> {
        let graph = edges.graph();
        self.enter(ROOT.0, 0);
        edges.targets_from_last(ROOT.0, |to| self.waiting.push((to, 0)));
        self.back.end_row(0);
        let mut entries = BitSet::new(graph.node_count() as usize);
        for entry in page_entries(graph) {
            entries.insert(entry);
        }
        self.waiting.sort_by_key(|&(node, _)| entries.contains(node)); // a stable sort
        let others = self.waiting.partition_point(|&(node, _)| !entries.contains(node));

        // The root counts as seen, and belongs to the page only where an edge leads to it.
        let mut beside: Vec<u32> = entries.contains(ROOT.0).then_some(ROOT.0).into_iter().collect();
        self.visit_waiting(others, edges, |node| beside.push(node), progress)?;
        let mut known = self.seen.clone();
        known.remove(ROOT.0);
        edges.know_page(complete(graph, known, beside, progress)?);
        Ok(())
    }

    /// Visits what waits, until no more than so many wait. Tells targets of strong edges that
    /// are not essential, where they were not seen yet or are the root.
    fn visit_waiting(
        &mut self,
        until: usize,
        edges: &EssentialEdges,
        mut beside: impl FnMut(u32),
        progress: &Progress,
    ) -> Result<(), Cancelled> {
        while self.waiting.len() > until {
            let Some((node, parent)) = self.waiting.pop() else { break };
            if self.seen.contains(node) {
                // Seen below `parent` meanwhile, so `parent` is an ancestor.
                self.ahead.push((self.numbers[node as usize], parent));
                continue;
            }
            if self.order.len().is_multiple_of(CHECK_EVERY) {
                progress.check()?;
            }
            let number = self.enter(node, parent);
            let Self { back, seen, numbers, waiting, .. } = self;
            let row_start = back.items.len();
            // Backwards, so that the first edge's target is visited next: mostly the next
            // node of the file.
            edges.each_strong_edge(node, |to, is_essential| {
                let is_seen = seen.contains(to);
                if !is_essential {
                    if !is_seen || to == ROOT.0 {
                        beside(to);
                    }
                } else if is_seen {
                    back.items.push(numbers[to as usize]);
                } else {
                    waiting.push((to, number));
                }
            });
            back.end_row(row_start);
        }
        Ok(())
    }

    /// Gives a node, to which `parent` led, its number.
    fn enter(&mut self, node: u32, parent: u32) -> u32 {
        let number = self.order.len() as u32; // as many as nodes
        self.seen.insert(node);
        self.numbers[node as usize] = number;
        self.order.push(node);
        self.parents.push(parent);
        number
    }

    /// The nodes that were not visited, ascending.
    fn unseen(&self, edges: &EssentialEdges) -> impl Iterator<Item = u32> {
        (0..edges.node_count()).filter(|&node| !self.seen.contains(node))
    }

    /// The unseen nodes to which no essential edge leads, ascending. Only unseen
    /// nodes can lead to unseen nodes.
    fn orphans(&self, edges: &EssentialEdges, progress: &Progress) -> Result<Vec<u32>, Cancelled> {
        let mut has_parent = BitSet::new(edges.node_count() as usize);
        for (node, done) in self.unseen(edges).zip(1usize..) {
            if done.is_multiple_of(CHECK_EVERY) {
                progress.check()?;
            }
            edges.targets_from_last(node, |to| {
                has_parent.insert(to);
            });
        }
        Ok(self.unseen(edges).filter(|&node| !has_parent.contains(node)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Rows;

    #[test]
    fn rows_of_any_length_are_read_from_the_last_one_on() {
        let lengths = [1, 0, 254, 255, 0, 1000, 256, 2];
        let mut rows = Rows::default();
        for length in lengths {
            let start = rows.items.len();
            rows.items.extend(0..length);
            rows.end_row(start);
        }
        let read: Vec<_> = rows.rows_from_last().collect();
        for (&(row, items), length) in read.iter().rev().zip(lengths) {
            assert!(items.iter().copied().eq(0..length), "row {row}");
        }
        assert_eq!(read.iter().map(|row| row.0).collect::<Vec<_>>(), [7, 6, 5, 4, 3, 2, 1, 0]);
    }
}
