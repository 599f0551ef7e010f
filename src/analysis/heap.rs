//! One snapshot with everything that its tables need, computed.

use super::{
    Aggregates, Classes, Detachedness, Distances, Dominators, Flags, Interfaces, RetainedSizes, Ropes,
    ShallowSizes, SizeRule, WeakMaps, aggregates, classes, detachedness, distances, dominators, flags,
    interfaces, retained_sizes, ropes, shallow_sizes, weak_maps,
};
use crate::graph::{Graph, ROOT, Retainers};
use crate::util::{Cancelled, Phase, Progress};

/// A snapshot's graph and the results of its analyses.
#[derive(Debug)]
pub struct Heap {
    /// Nodes, edges, strings.
    pub graph: Graph,
    /// Edges by target.
    pub retainers: Retainers,
    /// Attached and detached nodes.
    pub detachedness: Detachedness,
    /// Marks.
    pub flags: Flags,
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
    /// Where to read the texts of concatenated strings.
    pub ropes: Ropes,
    /// Shapes of plain objects.
    pub interfaces: Interfaces,
    /// Class of each node.
    pub classes: Classes,
    /// The Summary.
    pub aggregates: Aggregates,
}

impl Heap {
    /// Computes everything. What does not depend on each other runs side by side.
    pub fn analyse(graph: Graph, rule: SizeRule, progress: &Progress) -> Result<Self, Cancelled> {
        let g = &graph;
        let (detachedness, weak_maps) = rayon::join(
            || progress.phase(Phase::Marks, || detachedness(g, progress)),
            || weak_maps(g, progress),
        );
        let (detachedness, weak_maps) = (detachedness?, weak_maps?);

        let numbers = || -> Result<_, Cancelled> {
            let flags = progress.phase(Phase::Marks, || flags(g, &detachedness, progress))?;
            let (dominators, sizes) = rayon::join(
                || progress.phase(Phase::Dominators, || dominators(g, &flags, &weak_maps, progress)),
                || progress.phase(Phase::ShallowSizes, || shallow_sizes(g, &detachedness, rule, progress)),
            );
            let (dominators, sizes) = (dominators?, sizes?);
            let retained =
                progress.phase(Phase::RetainedSizes, || retained_sizes(&dominators, &sizes, progress))?;
            Ok((flags, dominators, sizes, retained))
        };
        let tables = || -> Result<_, Cancelled> {
            let distances = progress.phase(Phase::Distances, || distances(g, &weak_maps, progress))?;
            let retainers = progress.phase(Phase::Retainers, || Retainers::build(g, progress))?;
            let (ropes, interfaces, classes) = progress.phase(Phase::Classes, || {
                let ropes = ropes(g, progress)?;
                let interfaces = interfaces(g, progress)?;
                let classes = classes(g, &detachedness, &interfaces, progress)?;
                Ok::<_, Cancelled>((ropes, interfaces, classes))
            })?;
            Ok((distances, retainers, ropes, interfaces, classes))
        };
        let (numbers, tables) = rayon::join(numbers, tables);
        let (flags, dominators, sizes, retained) = numbers?;
        let (distances, retainers, ropes, interfaces, classes) = tables?;

        let aggregates = progress.phase(Phase::Aggregates, || {
            aggregates(g, &classes, &sizes, &distances, &dominators, &retained, progress)
        })?;
        Ok(Self {
            graph,
            retainers,
            detachedness,
            flags,
            weak_maps,
            sizes,
            distances,
            dominators,
            retained,
            ropes,
            interfaces,
            classes,
            aggregates,
        })
    }

    /// The snapshot's total: everything below the root, and native memory that the header reports.
    pub fn total_size(&self) -> u64 {
        self.retained.of(ROOT) + self.graph.meta().extra_native_bytes
    }
}
