//! All analyses that the tables of a snapshot need, in an order that two threads make the most of.

use super::aggregates::{Groups, sum_tops, tops};
use super::dominators::Semidominators;
use super::first_look::{FirstLook, first_look};
use super::heap::Later;
use super::{
    Heap, SizeRule, classes, detachedness, distances, interfaces, retained_sizes, shallow_sizes, weak_maps,
};
use crate::graph::Graph;
use crate::util::{Cancelled, Phase, Progress, release_free_blocks, spill};

/// Takes the constructors as soon as they are known.
pub type Tell<'a> = Box<dyn FnOnce(FirstLook) + Send + 'a>;

impl Heap {
    /// Computes all that the tables of constructors show.
    pub fn analyse(graph: Graph, rule: SizeRule, progress: &Progress) -> Result<Self, Cancelled> {
        Self::analyse_telling(graph, rule, progress, None)
    }

    /// The same, and tells the constructors early where somebody waits for them.
    ///
    /// Two chains of about the same length run side by side: the dominator tree, which takes the longest,
    /// and all else, names of classes first. Where these are waited for, the dominators begin after them.
    pub fn analyse_telling(
        mut graph: Graph,
        rule: SizeRule,
        progress: &Progress,
        tell: Option<Tell>,
    ) -> Result<Self, Cancelled> {
        let self_sizes = graph.take_self_sizes();
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
        let sizes = || {
            let find = || shallow_sizes(g, self_sizes, &detachedness, rule, progress);
            steps.run(Phase::ShallowSizes, 2, find)
        };
        let named_and_sized = || {
            let (names, sizes) = rayon::join(names, sizes);
            Ok((names?, sizes?))
        };
        let weak_maps = || steps.run(Phase::Marks, 1, || weak_maps(g, progress));
        let (named_and_sized, weak_maps) = if tell.is_some() {
            let (done, weak_maps) = rayon::join(named_and_sized, weak_maps);
            (Found::Already(done?), weak_maps?)
        } else {
            (Found::Later(named_and_sized), weak_maps()?)
        };

        let find = || Semidominators::find(g, &weak_maps, progress, || steps.count(7));
        let semidominators = || steps.run(Phase::Dominators, 7, find);
        let others = || -> Result<_, Cancelled> {
            let ((interfaces, classes), sizes) = named_and_sized.get()?;
            match tell {
                Some(tell) => {
                    tell(steps.run(Phase::Aggregates, 1, || first_look(&classes, &sizes, progress))?);
                }
                None => steps.count(1)?,
            }
            g.release_number_pages(); // here, as the other chain takes longer
            let distances = steps.run(Phase::Distances, 5, || distances(g, &weak_maps, progress))?;
            let find = || Groups::find(&classes, &sizes, &distances, &|_| true, progress);
            let groups = steps.run(Phase::Aggregates, 1, find)?;
            Ok((interfaces, classes, sizes, distances, groups))
        };
        let (others, semidominators) = both(others, semidominators);
        let (semidominators, (interfaces, classes, sizes, distances, groups)) = (semidominators?, others?);

        let tree = || steps.run(Phase::Dominators, 2, || semidominators.tree(progress));
        // Not earlier, when there would be time: the semidominators need the memory.
        let members =
            || steps.run(Phase::Aggregates, 1, || groups.members(&classes, &sizes, &|_| true, progress));
        let (dominators, members) = both(tree, members);
        let (dominators, members) = (dominators?, members?);

        let tops =
            || steps.run(Phase::Aggregates, 1, || tops(&classes, &sizes, &dominators, &|_| true, progress));
        let retained =
            || steps.run(Phase::RetainedSizes, 2, || retained_sizes(&dominators, &sizes, progress));
        let (tops, retained) = rayon::join(tops, retained);
        let (tops, retained) = (tops?, retained?);
        let (sums, ()) = rayon::join(|| sum_tops(&classes, &retained, &tops, progress), release_free_blocks);
        let sums = sums?;
        let aggregates = groups.finish(members, &sums);
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
}

/// What may have been found before it is needed.
enum Found<T, Find> {
    Already(T),
    Later(Find),
}

impl<T, Find: FnOnce() -> Result<T, Cancelled>> Found<T, Find> {
    fn get(self) -> Result<T, Cancelled> {
        match self {
            Self::Already(found) => Ok(found),
            Self::Later(find) => find(),
        }
    }
}

/// Runs two works side by side; one after the other where memory is scarce, as each would push the
/// other's pages out of it.
fn both<A: Send, B: Send>(a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    if spill::is_scarce() { (a(), b()) } else { rayon::join(a, b) }
}

/// The analyses as steps of the progress bar.
struct Steps<'a> {
    progress: &'a Progress,
}

impl<'a> Steps<'a> {
    /// The sum of the weights in [`Heap::analyse_telling`], which stand for the time that each step takes.
    const TOTAL: u64 = 36;

    fn start(progress: &'a Progress) -> Self {
        progress.expect(Self::TOTAL);
        Self { progress }
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
        self.count(weight)?;
        Ok(result)
    }

    fn count(&self, weight: u64) -> Result<(), Cancelled> {
        self.progress.advance(weight)
    }
}

#[cfg(test)]
mod tests {
    use super::{FirstLook, Heap, SizeRule, Steps, Tell};
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
        assert_eq!(progress.units(), (Steps::TOTAL, Steps::TOTAL), "the steps' weights add up");
        assert!(progress.timings().iter().any(|timing| timing.0 == Phase::Dominators));
    }

    #[test]
    fn constructors_are_told_before_the_rest_is_known() {
        let mut told = FirstLook::default();
        let rule = SizeRule::Exact;
        let tell = Box::new(|look| told = look);
        let heap = Heap::analyse_telling(leak(), rule, &Progress::new(), Some(tell)).unwrap();
        let classes: Vec<_> =
            told.classes.iter().map(|class| (class.name.as_str(), class.count, class.shallow_size)).collect();
        assert_eq!(classes, [("RedisStreamBus", 1, 140), ("(string)", 1, 32)]);
        assert_eq!(told.shallow_size, heap.total_size());
    }

    #[test]
    fn whether_somebody_waits_for_constructors_changes_no_number() {
        let analyse = |tell: Option<Tell>| {
            let progress = Progress::new();
            let heap = Heap::analyse_telling(leak(), SizeRule::Exact, &progress, tell).unwrap();
            assert_eq!(progress.units(), (Steps::TOTAL, Steps::TOTAL), "the steps' weights add up");
            let numbers = |node| {
                (
                    heap.sizes.of(node),
                    heap.retained.of(node),
                    heap.distances.of(node),
                    heap.classes.name_of(node),
                )
            };
            format!("{:?}", heap.graph.node_ordinals().map(numbers).collect::<Vec<_>>())
        };
        assert_eq!(analyse(Some(Box::new(drop))), analyse(None));
    }

    #[test]
    fn a_cancelled_analysis_ends_without_a_heap() {
        let progress = Progress::new();
        progress.cancel();
        assert_eq!(Heap::analyse(leak(), SizeRule::Exact, &progress).err(), Some(Cancelled));
    }
}
