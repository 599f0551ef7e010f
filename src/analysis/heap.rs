//! One snapshot with everything that its tables need, computed.

use std::io;
use std::sync::OnceLock;

use super::aggregates::{Groups, sum_tops, tops};
use super::first_look::{FirstLook, first_look};
use super::{
    Aggregates, Classes, Detachedness, Distances, Dominators, Flags, HeapChange, Interfaces, RetainedSizes,
    Ropes, ScriptNames, ShallowSizes, SizeRule, WeakMaps, classes, detachedness, distances, dominators,
    flags, interfaces, retained_sizes, ropes, script_names, shallow_sizes, weak_maps,
};
use crate::format::Source;
use crate::graph::{Graph, ROOT, Retainers};
use crate::util::{Cancelled, Loader, Phase, Progress, Stored, Storer, release_free_blocks, spill};

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
    later: Later,
    /// The file that all of this is mapped from, where it was loaded.
    index: Option<Source>,
}

/// See the methods of [`Heap`] of these names.
#[derive(Debug, Default)]
struct Later {
    retainers: OnceLock<Retainers>,
    flags: OnceLock<Flags>,
    ropes: OnceLock<Ropes>,
    scripts: OnceLock<ScriptNames>,
}

impl Heap {
    /// Computes all that the tables of constructors show.
    pub fn analyse(graph: Graph, rule: SizeRule, progress: &Progress) -> Result<Self, Cancelled> {
        Self::analyse_telling(graph, rule, progress, |_| ())
    }

    /// The same, and tells the constructors as soon as they are known. First comes what they need;
    /// then two chains of about the same length run side by side: the dominator tree, which
    /// takes the longest, and distances.
    pub fn analyse_telling(
        graph: Graph,
        rule: SizeRule,
        progress: &Progress,
        tell: impl FnOnce(FirstLook) + Send,
    ) -> Result<Self, Cancelled> {
        let g = &graph;
        let steps = Steps::start(progress);
        let detachedness = steps.run(Phase::Marks, 1, || detachedness(g, progress))?;
        let names = || {
            steps.run(Phase::Classes, 5, || {
                let interfaces = interfaces(g, progress)?;
                let classes = classes(g, &detachedness, &interfaces, progress)?;
                Ok((interfaces, classes))
            })
        };
        let others = || {
            let sizes =
                steps.run(Phase::ShallowSizes, 2, || shallow_sizes(g, &detachedness, rule, progress))?;
            // Not for the first look, but here is time for it.
            let weak_maps = steps.run(Phase::Marks, 1, || weak_maps(g, progress))?;
            Ok((sizes, weak_maps))
        };
        let (names, others) = rayon::join(names, others);
        let ((interfaces, classes), (sizes, weak_maps)) = (names?, others?);

        let tree = || steps.run(Phase::Dominators, 16, || dominators(g, &weak_maps, progress));
        let groups = || -> Result<_, Cancelled> {
            tell(steps.run(Phase::Aggregates, 1, || first_look(&classes, &sizes, progress))?);
            let distances = steps.run(Phase::Distances, 5, || distances(g, &weak_maps, progress))?;
            let find = || Groups::find(&classes, &sizes, &distances, &|_| true, progress);
            let groups = steps.run(Phase::Aggregates, 1, find)?;
            Ok((distances, groups))
        };
        // Side by side, each would push the other's pages out of memory where that is scarce.
        let (groups, dominators) =
            if spill::is_scarce() { (groups(), tree()) } else { rayon::join(groups, tree) };
        let (dominators, (distances, groups)) = (dominators?, groups?);

        let tops =
            || steps.run(Phase::Aggregates, 1, || tops(&classes, &sizes, &dominators, &|_| true, progress));
        let retained =
            || steps.run(Phase::RetainedSizes, 2, || retained_sizes(&dominators, &sizes, progress));
        // Not earlier, when there would be time: the dominators need the memory.
        let members =
            || steps.run(Phase::Aggregates, 1, || groups.members(&classes, &sizes, &|_| true, progress));
        let (tops, (retained, members)) = rayon::join(tops, || rayon::join(retained, members));
        let (tops, retained, members) = (tops?, retained?, members?);
        let sums = sum_tops(&classes, &retained, &tops, progress)?;
        let aggregates = groups.finish(members, &sums);
        release_free_blocks();
        Ok(Self {
            graph,
            detachedness,
            weak_maps,
            sizes,
            distances,
            dominators,
            retained,
            interfaces,
            classes,
            aggregates,
            later: Later::default(),
            index: None,
        })
    }

    /// Edges by target. Whoever asks first waits for as long as a pass over all edges takes:
    /// see [`Self::index_retainers`].
    pub fn retainers(&self) -> &Retainers {
        let make = || Retainers::build(&self.graph, &Progress::new());
        self.later.retainers.get_or_init(|| make().unwrap_or_default()) // nobody can cancel it
    }

    /// Makes the retainers ready, where a job can be watched and cancelled.
    pub fn index_retainers(&self, progress: &Progress) -> Result<(), Cancelled> {
        if self.later.retainers.get().is_none() {
            let built = progress.phase(Phase::Retainers, || Retainers::build(&self.graph, progress))?;
            // Somebody else may have been faster: then theirs stay, which are the same.
            drop(self.later.retainers.set(built));
        }
        Ok(())
    }

    /// Marks.
    pub fn flags(&self) -> &Flags {
        let make = || flags(&self.graph, &self.detachedness, &Progress::new());
        self.later.flags.get_or_init(|| make().unwrap_or_default()) // nobody can cancel it
    }

    /// Where to read the texts of concatenated strings.
    pub fn ropes(&self) -> &Ropes {
        let make = || ropes(&self.graph, &Progress::new());
        self.later.ropes.get_or_init(|| make().unwrap_or_default()) // nobody can cancel it
    }

    /// Stores everything, so that [`Self::load`] needs no analysis; the texts only with
    /// `embed_texts`, else they stay in the snapshot's file.
    pub fn store(&self, out: &mut Storer, embed_texts: bool) -> io::Result<()> {
        self.graph.store(out, embed_texts)?;
        self.detachedness.store(out)?;
        self.weak_maps.store(out)?;
        self.sizes.store(out)?;
        self.distances.store(out)?;
        self.dominators.store(out)?;
        self.retained.store(out)?;
        self.interfaces.store(out)?;
        self.classes.store(out)?;
        self.aggregates.store(out)?;
        self.retainers().store(out)?;
        self.flags().store(out)?;
        self.ropes().store(out)
    }

    /// What [`Self::store`] wrote. `text` is the snapshot's text; `None` where the texts were
    /// stored along. `index` is the file that `from` reads. What is loaded from a file that cannot be trusted must be
    /// [sound](Self::is_sound) before it is used.
    pub fn load(from: &mut Loader, text: Option<Source>, index: Source) -> Option<Self> {
        Some(Self {
            graph: Graph::load(from, text)?,
            detachedness: Stored::load(from)?,
            weak_maps: Stored::load(from)?,
            sizes: Stored::load(from)?,
            distances: Stored::load(from)?,
            dominators: Stored::load(from)?,
            retained: Stored::load(from)?,
            interfaces: Stored::load(from)?,
            classes: Stored::load(from)?,
            aggregates: Stored::load(from)?,
            later: Later {
                retainers: OnceLock::from(Retainers::load(from)?),
                flags: OnceLock::from(Flags::load(from)?),
                ropes: OnceLock::from(Ropes::load(from)?),
                scripts: OnceLock::new(),
            },
            index: Some(index),
        })
    }

    /// What [`Self::store`] writes, in the words of [`Stored::shape`].
    pub fn shape() -> String {
        let mut shape = String::new();
        Graph::shape(&mut shape);
        Detachedness::shape(&mut shape);
        WeakMaps::shape(&mut shape);
        ShallowSizes::shape(&mut shape);
        Distances::shape(&mut shape);
        Dominators::shape(&mut shape);
        RetainedSizes::shape(&mut shape);
        Interfaces::shape(&mut shape);
        Classes::shape(&mut shape);
        Aggregates::shape(&mut shape);
        Retainers::shape(&mut shape);
        Flags::shape(&mut shape);
        Ropes::shape(&mut shape);
        shape
    }

    /// Whether every number that others are looked up by is in its bounds, and the dominators
    /// are a tree: with that, nothing that is asked of a heap can go wrong, whatever else its
    /// numbers say. What was loaded from a file may be anything.
    pub fn is_sound(&self) -> bool {
        if !self.graph.is_sound() {
            return false;
        }
        let (nodes, edges) = (self.graph.node_count() as usize, self.graph.edge_count() as usize);
        let tables = || {
            self.detachedness.state.len() == nodes
                && self.flags().bits.len() == nodes
                && self.distances.steps.len() == nodes
                && self.sizes.bytes.is_sound(nodes)
                && self.retained.bytes.is_sound(nodes)
                && self.weak_maps.is_sound()
                && self.ropes().is_sound(nodes)
                && self.classes.is_sound(nodes)
                && self.aggregates.is_sound(self.classes.list.len(), nodes)
                && self.retainers().is_sound(nodes, edges)
        };
        let (tables, dominators) = rayon::join(tables, || self.dominators.is_sound(nodes));
        tables && dominators
    }

    /// What has become of the files that this lies in since they were opened, if anything: of the
    /// index first, where more is at stake. Asks the system.
    pub fn change(&self) -> Option<HeapChange> {
        let of_index = self.index.as_ref().and_then(Source::change).filter(|change| change.touches_content());
        of_index.map(HeapChange::Index).or_else(|| self.graph.change().map(HeapChange::Snapshot))
    }

    /// Names of scripts, as far as objects or a recording of allocations tell them.
    pub fn scripts(&self) -> &ScriptNames {
        self.later.scripts.get_or_init(|| {
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

/// The analyses as steps of the progress bar: of what reading has left of it, if it has left some.
struct Steps<'a> {
    progress: &'a Progress,
    rest: u64,
}

impl<'a> Steps<'a> {
    /// The sum of the weights in [`Heap::analyse`], which stand for the time that each step takes.
    const TOTAL: u64 = 36;

    fn start(progress: &'a Progress) -> Self {
        let (done, total) = progress.units();
        if done < total {
            return Self { progress, rest: total - done };
        }
        progress.expect(Self::TOTAL);
        Self { progress, rest: Self::TOTAL }
    }

    /// Runs an analysis and counts it as done.
    fn run<T>(
        &self,
        phase: Phase,
        weight: u64,
        work: impl FnOnce() -> Result<T, Cancelled>,
    ) -> Result<T, Cancelled> {
        let result = self.progress.phase(phase, work)?;
        spill::write_early();
        self.progress.advance(self.rest * weight / Self::TOTAL)?; // lengths of files are far below 2⁵⁰
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::{FirstLook, Heap, SizeRule};
    use crate::format::{EdgeKind, NodeKind, Source, builder::SnapshotBuilder, read};
    use crate::graph::{Graph, NodeOrdinal};
    use crate::util::{Cancelled, Phase, Progress};

    fn leak() -> Graph {
        let mut heap = SnapshotBuilder::new();
        let root = heap.node(NodeKind::SYNTHETIC, "", 0);
        let bus = heap.node(NodeKind::OBJECT, "RedisStreamBus", 100);
        let events = heap.node(NodeKind::ARRAY, "(object elements)", 40);
        let id = heap.node(NodeKind::STRING, "1700000000000-0", 32);
        heap.edge(root, EdgeKind::ELEMENT, 1, bus);
        heap.edge(bus, EdgeKind::INTERNAL, "elements", events);
        heap.edge(events, EdgeKind::ELEMENT, 0, id);
        Graph::new(read(Source::from_bytes(heap.to_json().into_bytes()), &Progress::new()).unwrap())
    }

    #[test]
    fn a_heap_has_all_numbers_of_its_tables() {
        let progress = Progress::new();
        let heap = Heap::analyse(leak(), SizeRule::Exact, &progress).unwrap();
        let bus = NodeOrdinal(1);
        assert_eq!(heap.sizes.of(bus), 140);
        assert_eq!(heap.retained.of(bus), 172);
        assert_eq!(heap.distances.of(NodeOrdinal(3)).shown(), Some(3));
        assert_eq!(heap.retainers().count(NodeOrdinal(3)), 1);
        assert_eq!(heap.dominators.of(NodeOrdinal(3)), NodeOrdinal(2));
        assert_eq!(heap.classes.name_of(bus), "RedisStreamBus");
        assert_eq!(heap.total_size(), 172);
        assert_eq!(progress.fraction(), 1.0, "the steps' weights add up");
        assert!(progress.timings().iter().any(|timing| timing.0 == Phase::Dominators));

        let progress = Progress::new();
        progress.expect(4 * 36);
        progress.advance(36).unwrap(); // what was read
        Heap::analyse(leak(), SizeRule::Exact, &progress).unwrap();
        assert_eq!(progress.units(), (4 * 36, 4 * 36), "the bar goes on where reading has left it");
    }

    #[test]
    fn constructors_are_told_before_the_rest_is_known() {
        let mut told = FirstLook::default();
        let rule = SizeRule::Exact;
        let heap = Heap::analyse_telling(leak(), rule, &Progress::new(), |look| told = look).unwrap();
        let classes: Vec<_> =
            told.classes.iter().map(|class| (class.name.as_str(), class.count, class.shallow_size)).collect();
        assert_eq!(classes, [("RedisStreamBus", 1, 140), ("(string)", 1, 32)]);
        assert_eq!(told.shallow_size, heap.total_size());
    }

    #[test]
    fn a_cancelled_analysis_ends_without_a_heap() {
        let progress = Progress::new();
        progress.cancel();
        assert_eq!(Heap::analyse(leak(), SizeRule::Exact, &progress).err(), Some(Cancelled));
    }
}
