//! Whether the ids of two snapshots name the same objects.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use super::Heap;
use super::id_join::{Entry, Side, join_ids};
use crate::graph::{Graph, NodeKind, NodeOrdinal};
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
    let keep_base = |node, id| is_sampled(id, one_in) && tells(base, node);
    let keep_target = |node, id| is_sampled(id, one_in) && tells(target, node);
    let base_side = Side { graph: base, keep: &keep_base };
    let target_side = Side { graph: target, keep: &keep_target };
    let pairs = join_ids(base_side, target_side, progress, |olds, news| pairs(base, target, olds, news))?;
    Ok(agreement(&pairs.concat()))
}

/// Whether an id is looked at. Depends on nothing else, so both sides take the same.
fn is_sampled(id: u64, one_in: u64) -> bool {
    (id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) & (one_in - 1) == 0 // a power of two
}

/// The roots have the same ids and names in all snapshots and tell nothing.
fn tells(graph: &Graph, node: NodeOrdinal) -> bool {
    graph.kind(node) != NodeKind::SYNTHETIC
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

#[cfg(test)]
mod tests {
    use super::{Comparability, comparability};
    use crate::analysis::Heap;
    use crate::analysis::testing::{heap_of, object, rooted};
    use crate::util::Progress;

    /// Objects of the classes `names(0)`, `names(1)`, …, with ids from `first_id` on.
    fn heap(first_id: u64, count: u64, names: impl Fn(u64) -> String) -> Heap {
        let mut snapshot = rooted();
        for i in 0..count {
            let node = object(&mut snapshot, &names(i), 8);
            snapshot.set_id(node, first_id + 2 * i);
        }
        heap_of(&snapshot)
    }

    fn compare(base: &Heap, target: &Heap) -> Comparability {
        comparability(base, target, &Progress::new()).unwrap()
    }

    #[test]
    fn ids_of_one_session_mean_the_same_objects() {
        let base = heap(11, 500, |i| format!("Class{i}"));
        let grown = heap(11, 900, |i| format!("Class{i}"));
        let found = compare(&base, &grown);
        assert_eq!((found.common, found.agreeing), (500, 500));
        assert!(found.by_id());
    }

    #[test]
    fn ids_that_were_given_anew_do_not() {
        let base = heap(11, 500, |i| format!("Class{i}"));
        let renumbered = heap(11, 500, |i| format!("Class{}", 499 - i));
        assert!(!compare(&base, &renumbered).by_id());
        assert!(!compare(&base, &heap(5001, 500, |i| format!("Class{i}"))).by_id());
    }

    #[test]
    fn agreement_by_chance_is_no_agreement() {
        let lists = |seed: u64| {
            let is_rare = move |i: u64| (i + seed) % 10 == 0;
            heap(11, 1000, move |i| if is_rare(i) { format!("Class{}", i % 7) } else { "Node".into() })
        };
        let found = compare(&lists(0), &lists(5));
        assert!(found.agreeing * 10 >= found.common * 8 && !found.by_id(), "{found:?}");
        assert!(compare(&lists(0), &lists(0)).by_id());
    }
}
