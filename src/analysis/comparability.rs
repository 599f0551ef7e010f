//! Whether the ids of two snapshots name the same objects.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use super::Heap;
use super::id_join::{Entry, Side, join_ids};
use crate::graph::{Graph, NodeOrdinal};
use crate::util::{Cancelled, Progress};

/// How far two snapshots agree about the objects whose ids both have.
///
/// V8 numbers objects anew when an inspector session ends; ids of snapshots from
/// two sessions then coincide by chance, and a comparison by id is nonsense.
/// Nothing in a file says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Comparability {
    /// Ids that both snapshots have, among those looked at: all of small
    /// snapshots, an even sample of large ones.
    pub common: u64,
    /// Those of them under which both have the same kind and name.
    pub agreeing: u64,
    /// How many would agree by chance: much in a heap of few kinds of objects.
    pub by_chance: u64,
}

impl Comparability {
    /// Whether comparing by id makes sense: the snapshots agree clearly more than by chance.
    ///
    /// This is Cohen's kappa (“A coefficient of agreement for nominal scales”,
    /// 1960): of what chance leaves open, 98 % and more agree within one session,
    /// at most a third between unrelated processes, a tenth after a new numbering.
    pub fn by_id(&self) -> bool {
        let beyond_chance = |number: u64| u128::from(number.saturating_sub(self.by_chance));
        self.common > 0 && beyond_chance(self.agreeing) * 10 >= beyond_chance(self.common) * 7
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
    let keep = |_, id: u64| (id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) & (one_in - 1) == 0;
    let sides = [base, target].map(|graph| Side { graph, keep: &keep });
    let pairs = join_ids(sides[0], sides[1], progress, |olds, news| pairs(base, target, olds, news))?;
    Ok(agreement(&pairs.concat()))
}

/// What stands for a node: its kind and raw name, hashed.
type Label = u64;

/// The labels of the two nodes of each common id.
fn pairs(base: &Graph, target: &Graph, olds: &[Entry], news: &[Entry]) -> Vec<(Label, Label)> {
    let mut pairs = Vec::new();
    let mut news = news.iter().peekable();
    for old in olds {
        while news.next_if(|new| new.id() < old.id()).is_some() {}
        if let Some(new) = news.next_if(|new| new.id() == old.id()) {
            pairs.push((label(base, old.node()), label(target, new.node())));
        }
    }
    pairs
}

fn label(graph: &Graph, node: NodeOrdinal) -> Label {
    let mut hasher = FxHasher::default();
    graph.meta().node_kinds.get(graph.kind(node).0).hash(&mut hasher);
    graph.strings().raw(graph.name(node)).hash(&mut hasher);
    hasher.finish()
}

/// Counts pairs that agree, and how many would if the targets were dealt out at random.
fn agreement(pairs: &[(Label, Label)]) -> Comparability {
    let mut uses: FxHashMap<Label, (u64, u64)> = FxHashMap::default();
    for (old, new) in pairs {
        uses.entry(*old).or_default().0 += 1;
        uses.entry(*new).or_default().1 += 1;
    }
    let common = pairs.len() as u64;
    let products: u64 = uses.values().map(|(olds, news)| olds * news).sum(); // at most `common` squared
    Comparability {
        common,
        agreeing: pairs.iter().filter(|(old, new)| old == new).count() as u64,
        by_chance: products / common.max(1),
    }
}
