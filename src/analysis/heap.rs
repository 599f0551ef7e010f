//! One snapshot with everything that its tables need.

use std::sync::{Mutex, MutexGuard, OnceLock, TryLockError};
use std::time::Duration;

use rayon::prelude::*;

use super::name_order::NameOrder;
use super::name_ranks::node_name_ranks;
use super::{
    Aggregates, Classes, Detachedness, Distances, Dominators, Flags, HeapChange, Interfaces, RetainedSizes,
    Ropes, ScriptNames, ShallowSizes, WeakMaps, flags, ropes, script_names,
};
use crate::format::Source;
use crate::graph::{Graph, NodeOrdinal, ROOT, Retainers};
use crate::util::{Cancelled, Phase, Progress, release_free_blocks, release_small_blocks, spill};

/// A snapshot's graph and the results of its analyses.
#[derive(Debug)]
pub struct Heap {
    /// Nodes, edges, strings.
    pub graph: Graph,
    /// Attached and detached nodes.
    pub detachedness: Detachedness,
    /// WeakMap entries among the edges.
    pub weak_maps: WeakMaps,
    /// Shallow sizes after ownership.
    pub sizes: ShallowSizes,
    /// Steps from user roots.
    pub distances: Distances,
    /// The dominator tree.
    pub dominators: Dominators,
    /// Retained sizes.
    pub retained: RetainedSizes,
    /// Shapes of plain objects.
    pub interfaces: Interfaces,
    /// Class of each node.
    pub classes: Classes,
    /// The Summary.
    pub aggregates: Aggregates,
    /// What no table of constructors needs, made when somebody asks.
    pub(super) later: Later,
    /// The file that all of this is mapped from, where it was loaded.
    pub(super) index: Option<Source>,
}

/// See the methods of [`Heap`] of these names.
#[derive(Debug, Default)]
pub(super) struct Later {
    pub(super) retainers: OnceLock<Retainers>,
    pub(super) flags: OnceLock<Flags>,
    pub(super) ropes: OnceLock<Ropes>,
    pub(super) scripts: OnceLock<ScriptNames>,
    pub(super) name_order: OnceLock<NameOrder>,
    /// Who indexes retainers holds it.
    pub(super) indexing: Mutex<()>,
    /// Who orders names holds it.
    pub(super) naming: Mutex<()>,
}

/// Waits until nobody else does what holds a lock.
fn turn<'a>(lock: &'a Mutex<()>, progress: &Progress) -> Result<MutexGuard<'a, ()>, Cancelled> {
    loop {
        match lock.try_lock() {
            Ok(turn) => return Ok(turn),
            Err(TryLockError::Poisoned(turn)) => return Ok(turn.into_inner()), // it guards no data
            Err(TryLockError::WouldBlock) => progress.check()?,
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Heap {
    /// Edges by target. Whoever asks first waits for as long as a pass over all edges takes:
    /// see [`Self::index_retainers`].
    pub fn retainers(&self) -> &Retainers {
        let make = || Retainers::build(&self.graph, &Progress::new());
        self.later.retainers.get_or_init(|| make().unwrap_or_default()) // nobody can cancel it
    }

    /// Whether the retainers are ready.
    pub fn has_retainers(&self) -> bool {
        self.later.retainers.get().is_some()
    }

    /// Makes the retainers ready, where a job can be watched and cancelled. While another job is at it,
    /// this one waits: two at once would take twice the memory.
    pub fn index_retainers(&self, progress: &Progress) -> Result<(), Cancelled> {
        if self.has_retainers() {
            return Ok(());
        }
        progress.phase(Phase::Retainers, || {
            let _one_at_a_time = turn(&self.later.indexing, progress)?;
            if !self.has_retainers() {
                let built = Retainers::build(&self.graph, progress)?;
                // Somebody who did not wait may have been faster: then theirs stay, which are the same.
                drop(self.later.retainers.set(built));
            }
            Ok(())
        })
    }

    /// Makes sorting by name quick for all long lists to come: orders all objects by their names once.
    pub fn order_names(&self, progress: &Progress) -> Result<(), Cancelled> {
        if self.name_order().is_some() {
            return Ok(());
        }
        let _one_at_a_time = turn(&self.later.naming, progress)?;
        if self.name_order().is_none() {
            let nodes = (0..self.graph.node_count()).into_par_iter().map(NodeOrdinal);
            let order = || {
                let ranks = progress.part(0.0..0.75, || node_name_ranks(self, nodes, progress))?;
                progress.part(0.75..1.0, || NameOrder::new(self, &ranks, progress))
            };
            drop(self.later.name_order.set(progress.phase(Phase::Names, order)?)); // nobody else has
        }
        Ok(())
    }

    /// Makes ready what tables of constructors do not need, but what comes after them may: the order
    /// of names (unless memory is scarce, where it can wait until somebody sorts by them) and retainers.
    pub fn complete(&self, progress: &Progress) -> Result<(), Cancelled> {
        // In this order, because ordering names takes more memory for a while than it leaves.
        if !spill::is_scarce() {
            progress.part(0.0..0.7, || self.order_names(progress))?;
            release_free_blocks();
            release_small_blocks();
        }
        progress.part(0.7..1.0, || self.index_retainers(progress))
    }

    /// Whether [`Self::complete`] has nothing to do.
    pub fn is_complete(&self) -> bool {
        self.has_retainers() && (self.name_order().is_some() || spill::is_scarce())
    }

    /// All objects by name. `None` before [`Self::order_names`].
    pub(super) fn name_order(&self) -> Option<&NameOrder> {
        self.later.name_order.get()
    }

    /// Marks.
    pub fn flags(&self) -> &Flags {
        let make = || flags(&self.graph, &self.detachedness, &Progress::new());
        self.later.flags.get_or_init(|| make().unwrap_or_default()) // nobody can cancel it
    }

    /// Makes [`Self::ropes`] ready, where a job can be watched and cancelled.
    pub fn join_ropes(&self, progress: &Progress) -> Result<(), Cancelled> {
        if self.later.ropes.get().is_none() {
            let joined = progress.phase(Phase::Ropes, || ropes(&self.graph, progress))?;
            drop(self.later.ropes.set(joined)); // as with retainers
        }
        Ok(())
    }

    /// Where to read the texts of concatenated strings.
    pub fn ropes(&self) -> &Ropes {
        let make = || ropes(&self.graph, &Progress::new());
        made(&self.later.ropes, || make().unwrap_or_default()) // nobody can cancel it
    }

    /// What has become of the files that this lies in since they were opened, if anything: of the
    /// index first, where more is at stake. Asks the system.
    pub fn change(&self) -> Option<HeapChange> {
        let of_index = self.index.as_ref().and_then(Source::change).filter(|change| change.touches_content());
        of_index.map(HeapChange::Index).or_else(|| self.graph.change().map(HeapChange::Snapshot))
    }

    /// Names of scripts, as far as objects or a recording of allocations tell them.
    pub fn scripts(&self) -> &ScriptNames {
        made(&self.later.scripts, || {
            let progress = Progress::new(); // nobody can cancel it
            let mut scripts = script_names(&self.graph, &progress).unwrap_or_default();
            if let Ok(recorded) = self.graph.trace_table(&progress) {
                scripts.add_traces(&self.graph, &recorded);
            }
            scripts
        })
    }

    /// The snapshot's total: everything below the root, and native memory that the header reports.
    pub fn total_size(&self) -> u64 {
        self.retained.of(ROOT).saturating_add(self.graph.meta().extra_native_bytes)
    }
}

/// What is in `place`; made first where nothing is.
///
/// Not made within the lock of `get_or_init`: making uses all threads, and while one of them waits for
/// another's part it takes up other work, which may ask for the same. It would wait for itself. So
/// several threads may make it at once: who is about to ask from many asks once beforehand.
fn made<T>(place: &OnceLock<T>, make: impl FnOnce() -> T) -> &T {
    match place.get() {
        Some(there) => there,
        None => {
            let new = make();
            place.get_or_init(|| new)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use rayon::prelude::*;

    use crate::analysis::testing::{heap_of, rooted};
    use crate::format::{EdgeKind, NodeKind};
    use crate::graph::NodeOrdinal;
    use crate::util::{Cancelled, Phase, Progress};

    #[test]
    fn who_waits_for_anothers_retainers_can_be_stopped_and_gets_them_later() {
        let mut snapshot = rooted();
        let node = snapshot.node(NodeKind::OBJECT, "A", 8);
        snapshot.edge(0, EdgeKind::ELEMENT, 1, node);
        let heap = heap_of(&snapshot);
        let progress = Progress::new();
        let others = heap.later.indexing.lock().unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| heap.index_retainers(&progress));
            progress.cancel();
            assert_eq!(waiting.join().unwrap(), Err(Cancelled));
        });
        assert!(!heap.has_retainers());
        drop(others);
        let progress = Progress::new();
        heap.index_retainers(&progress).unwrap();
        assert!(heap.has_retainers());
        assert_eq!((progress.fraction(), progress.current()), (1.0, Phase::Retainers));
    }

    #[test]
    fn many_threads_may_ask_for_ropes_that_are_not_there_yet() {
        let mut snapshot = rooted();
        let rope = snapshot.node(NodeKind::CONS_STRING, "", 8);
        let flat = snapshot.node(NodeKind::STRING, "a text", 8);
        snapshot.edge(rope, EdgeKind::INTERNAL, "first", flat);
        for number in 0..50_000 {
            snapshot.node(NodeKind::STRING, format!("{number}").as_str(), 8);
        }
        let (done, all_done) = mpsc::channel();
        std::thread::spawn(move || {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(7).build().unwrap();
            for _ in 0..50 {
                let heap = heap_of(&snapshot);
                let begins: Vec<_> = pool.install(|| {
                    (0..10_000).into_par_iter().map(|_| heap.ropes().begin(NodeOrdinal(rope))).collect()
                });
                assert!(begins.iter().all(|&begin| begin == begins[0]));
            }
            done.send(()).unwrap();
        });
        all_done.recv_timeout(Duration::from_mins(2)).expect("threads wait for each other");
    }
}
