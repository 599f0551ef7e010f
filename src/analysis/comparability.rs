//! Whether the ids of two snapshots name the same objects.

use super::Heap;
use super::id_join::{Entry, Side, join_ids};
use crate::graph::{Graph, NodeOrdinal};
use crate::util::{Cancelled, Progress};

/// How far two snapshots agree about the objects whose ids both have.
///
/// V8 numbers objects anew when an inspector session ends; ids of snapshots from
/// two sessions then coincide by chance, and a comparison by id is nonsense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparability {
    /// Ids that both snapshots have, among those looked at: all of small
    /// snapshots, an even sample of large ones.
    pub common: u64,
    /// Those of them under which both have the same kind and name.
    pub agreeing: u64,
}

impl Comparability {
    /// Whether comparing by id makes sense: more than half of the common ids agree.
    ///
    /// Within one session nearly all do, after a new numbering a tenth or less.
    pub fn by_id(&self) -> bool {
        self.agreeing * 2 > self.common
    }
}

/// About so many nodes of the larger snapshot are looked at, at most twice as many.
const SAMPLE: u64 = 1 << 16;

/// Compares what common ids stand for.
pub fn comparability(base: &Heap, target: &Heap, progress: &Progress) -> Result<Comparability, Cancelled> {
    let (base, target) = (&base.graph, &target.graph);
    let nodes = u64::from(base.node_count().max(target.node_count()));
    let one_in = (nodes / SAMPLE).max(1).next_power_of_two();
    // Which ids are looked at depends on the id alone, so both sides take the same.
    let keep = |_, id: u64| id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32 & (one_in - 1) == 0;
    let sides = [base, target].map(|graph| Side { graph, keep: &keep });
    let parts = join_ids(sides[0], sides[1], progress, |olds, news| agreement(base, target, olds, news))?;
    let sum = |field: fn(&Comparability) -> u64| parts.iter().map(field).sum();
    Ok(Comparability { common: sum(|part| part.common), agreeing: sum(|part| part.agreeing) })
}

/// Counts common ids of two sorted lists and those under which both have like nodes.
fn agreement(base: &Graph, target: &Graph, olds: &[Entry], news: &[Entry]) -> Comparability {
    let mut found = Comparability { common: 0, agreeing: 0 };
    let mut news = news.iter().peekable();
    for old in olds {
        while news.next_if(|new| new.id() < old.id()).is_some() {}
        if let Some(new) = news.next_if(|new| new.id() == old.id()) {
            found.common += 1;
            found.agreeing += u64::from(are_alike(base, old.node(), target, new.node()));
        }
    }
    found
}

/// Whether two nodes have the same kind and the same raw name.
fn are_alike(base: &Graph, old: NodeOrdinal, target: &Graph, new: NodeOrdinal) -> bool {
    let (old_kind, new_kind) = (base.kind(old).0, target.kind(new).0);
    base.meta().node_kinds.get(old_kind) == target.meta().node_kinds.get(new_kind)
        && base.strings().raw(base.name(old)) == target.strings().raw(target.name(new))
}
