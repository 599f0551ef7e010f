//! The nodes of two snapshots side by side, by id.

use rayon::prelude::*;

use crate::graph::{Graph, NodeOrdinal};
use crate::util::{Cancelled, Progress, WideColumn};

/// A node of one side, ordered by id, then by place in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry(u64);

impl Entry {
    fn new(id: u32, node: u32) -> Self {
        Self(u64::from(id) << 32 | u64::from(node))
    }

    /// Stands for the id: compares with that of entries of the same call, on either side.
    #[inline]
    pub(super) fn id(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The node.
    #[inline]
    pub(super) fn node(self) -> NodeOrdinal {
        NodeOrdinal(self.0 as u32)
    }
}

/// One of the two snapshots.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) graph: &'a Graph,
    /// Which nodes take part, given with their ids.
    pub(super) keep: &'a (dyn Fn(NodeOrdinal, u64) -> bool + Sync),
}

/// Entries that share the upper bits of their ids form a cell; a part is a run of cells.
const CELL_BITS: u32 = 16;
const CELLS: usize = 1 << (32 - CELL_BITS);
/// A part has about as many entries (of both sides), so that it stays in a core's cache.
const PART: usize = 1 << 16;
const STEP: u32 = 1 << 16;

/// Calls `visit` with the entries of both sides in a range of ids, each side
/// sorted, for all ranges, in parallel. Gives the answers in the order of ids.
///
/// Nodes are thrown into parts by the upper bits of their ids, then sorted part
/// by part: sorting happens in cache, and no table by id is needed, whatever
/// the ids are.
pub(super) fn join_ids<R: Send>(
    base: Side<'_>,
    target: Side<'_>,
    progress: &Progress,
    visit: impl Fn(&[Entry], &[Entry]) -> R + Sync,
) -> Result<Vec<R>, Cancelled> {
    let (base_counts, target_counts) =
        rayon::join(|| cell_counts(base, progress), || cell_counts(target, progress));
    let (base_counts, target_counts) = (base_counts?, target_counts?);
    let part_of_cell = parts(&base_counts, &target_counts);
    let (base_parts, target_parts) = rayon::join(
        || scatter(base, &base_counts, &part_of_cell, progress),
        || scatter(target, &target_counts, &part_of_cell, progress),
    );
    let (mut base_parts, mut target_parts) = (base_parts?, target_parts?);
    let (base_wide, target_wide) = wide_entries(base, target);
    base_parts.push(base_wide);
    target_parts.push(target_wide);
    base_parts
        .into_par_iter()
        .zip(target_parts)
        .map(|(mut base, mut target)| {
            progress.check()?;
            base.sort_unstable();
            target.sort_unstable();
            Ok(visit(&base, &target))
        })
        .collect()
}

/// Kept nodes by cell, ids that do not fit into 32 bits aside.
fn cell_counts(side: Side<'_>, progress: &Progress) -> Result<Vec<u32>, Cancelled> {
    let mut counts = vec![0; CELLS];
    narrow_entries(side, progress, |id, _| counts[(id >> CELL_BITS) as usize] += 1)?;
    Ok(counts)
}

fn narrow_entries(
    side: Side<'_>,
    progress: &Progress,
    mut each: impl FnMut(u32, u32),
) -> Result<(), Cancelled> {
    for (node, &id) in (0u32..).zip(side.graph.nodes().id.low()) {
        if node.is_multiple_of(STEP) {
            progress.check()?;
        }
        if id != WideColumn::IS_WIDE && (side.keep)(NodeOrdinal(node), u64::from(id)) {
            each(id, node);
        }
    }
    Ok(())
}

/// Number of the part that each cell belongs to.
fn parts(base_counts: &[u32], target_counts: &[u32]) -> Vec<u32> {
    let (mut part, mut entries) = (0, 0);
    let counts = base_counts.iter().zip(target_counts);
    counts
        .map(|(&base, &target)| {
            let cell = base as usize + target as usize;
            if entries > 0 && entries + cell > PART {
                (part, entries) = (part + 1, 0);
            }
            entries += cell;
            part
        })
        .collect()
}

fn scatter(
    side: Side<'_>,
    counts: &[u32],
    part_of_cell: &[u32],
    progress: &Progress,
) -> Result<Vec<Vec<Entry>>, Cancelled> {
    let mut lengths = vec![0; part_of_cell.last().map_or(0, |&last| last as usize + 1)];
    for (&part, &count) in part_of_cell.iter().zip(counts) {
        lengths[part as usize] += count as usize; // parts are numbered up to the last cell's
    }
    let mut parts: Vec<Vec<Entry>> = lengths.into_iter().map(Vec::with_capacity).collect();
    narrow_entries(side, progress, |id, node| {
        let part = part_of_cell[(id >> CELL_BITS) as usize];
        parts[part as usize].push(Entry::new(id, node));
    })?;
    Ok(parts)
}

/// The nodes with larger ids (addresses, as some embedders have), which are few.
/// They get their ranks among these ids instead.
fn wide_entries(base: Side<'_>, target: Side<'_>) -> (Vec<Entry>, Vec<Entry>) {
    let kept = |side: Side<'_>| -> Vec<(u64, u32)> {
        let is_kept = |&(node, id): &(u32, u64)| (side.keep)(NodeOrdinal(node), id);
        side.graph.nodes().id.wide().filter(is_kept).map(|(node, id)| (id, node)).collect()
    };
    let (base, target) = (kept(base), kept(target));
    let mut ids: Vec<u64> = base.iter().chain(&target).map(|&(id, _)| id).collect();
    ids.sort_unstable();
    ids.dedup();
    let rank = |&(id, node): &(u64, u32)| Entry::new(ids.partition_point(|&other| other < id) as u32, node);
    (base.iter().map(rank).collect(), target.iter().map(rank).collect())
}
