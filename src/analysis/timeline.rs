//! What was allocated when, and is still alive: the bars above DevTools' allocation timeline.

use rayon::prelude::*;

use super::ShallowSizes;
use crate::graph::{Graph, NodeOrdinal, Sample};
use crate::util::{Cancelled, Progress};

/// The samples of a recording, with what is alive of the objects of each.
#[derive(Debug, Default)]
pub struct Timeline {
    /// In the order of the file.
    pub samples: Vec<Sample>,
    /// Bytes of the objects that were allocated between a sample's predecessor and it.
    pub sizes: Vec<u64>,
    /// Number of these objects.
    pub counts: Vec<u64>,
}

/// Ids of the objects that were allocated in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdRange {
    /// Ids are above this one …
    pub above: u64,
    /// … and at most this one; `None` when time has no end.
    pub up_to: Option<u64>,
}

/// Puts each object of JavaScript's (they have odd ids) to the first sample that knows its id.
/// What is younger than the last sample belongs to none.
pub fn timeline(
    graph: &Graph,
    sizes: &ShallowSizes,
    samples: Vec<Sample>,
    progress: &Progress,
) -> Result<Timeline, Cancelled> {
    const STEP: u32 = 1 << 17;
    let empty = || (vec![0u64; samples.len()], vec![0u64; samples.len()]);
    let nodes = graph.node_count();
    let steps: Vec<u32> = (0..nodes).step_by(STEP as usize).collect();
    let (sizes, counts) = steps
        .into_par_iter()
        .try_fold(empty, |(mut bytes, mut counts), first| {
            progress.check()?;
            for node in first..nodes.min(first.saturating_add(STEP)) {
                let id = graph.id(NodeOrdinal(node)).0;
                let bucket = if id % 2 == 0 { samples.len() } else { first_not_below(&samples, id) };
                if let (Some(bytes), Some(count)) = (bytes.get_mut(bucket), counts.get_mut(bucket)) {
                    *bytes = bytes.saturating_add(sizes.of(NodeOrdinal(node)));
                    *count += 1;
                }
            }
            Ok((bytes, counts))
        })
        .try_reduce(empty, |(mut bytes, mut counts), (more_bytes, more_counts)| {
            bytes.iter_mut().zip(more_bytes).for_each(|(sum, more)| *sum = sum.saturating_add(more));
            counts.iter_mut().zip(more_counts).for_each(|(sum, more)| *sum += more);
            Ok((bytes, counts))
        })?;
    Ok(Timeline { samples, sizes, counts })
}

/// The first sample whose last id is not below an id. Ids of a damaged file may be out of
/// order; the steps are those of DevTools, so that the answer is the same then.
fn first_not_below(samples: &[Sample], id: u64) -> usize {
    first_where(samples, |sample| sample.last_assigned_id >= id)
}

fn first_where(samples: &[Sample], passes: impl Fn(&Sample) -> bool) -> usize {
    let (mut low, mut high) = (0, samples.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        if passes(&samples[middle]) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    high
}

impl Timeline {
    /// Ids of the objects that were allocated between two times, in microseconds since the
    /// recording began: what DevTools' Summary shows when that part of the timeline is chosen.
    pub fn ids_between(&self, from_us: u64, to_us: u64) -> IdRange {
        let first = first_where(&self.samples, |sample| sample.timestamp_us >= from_us);
        let behind = first_where(&self.samples, |sample| sample.timestamp_us > to_us);
        let id_of = |row: usize| self.samples.get(row).map(|sample| sample.last_assigned_id);
        IdRange { above: first.checked_sub(1).and_then(id_of).unwrap_or(0), up_to: id_of(behind) }
    }
}

#[cfg(test)]
mod tests {
    use super::{IdRange, timeline};
    use crate::analysis::testing::{heap_of, object, rooted};
    use crate::graph::Sample;
    use crate::util::Progress;

    fn samples(times_and_ids: &[(u64, u64)]) -> Vec<Sample> {
        let sample = |&(timestamp_us, last_assigned_id)| Sample { timestamp_us, last_assigned_id };
        times_and_ids.iter().map(sample).collect()
    }

    #[test]
    fn objects_count_for_the_first_sample_that_knows_their_ids() {
        let mut snapshot = rooted(); // id 1
        for (id, size) in [(3, 10), (5, 20), (6, 1000), (7, 40), (9, 80), (11, 160)] {
            let node = object(&mut snapshot, "Order", size);
            snapshot.set_id(node, id);
        }
        let heap = heap_of(&snapshot);
        let samples = samples(&[(0, 3), (500, 7), (900, 7), (1500, 9)]);
        let timeline = timeline(&heap.graph, &heap.sizes, samples, &Progress::new()).unwrap();
        assert_eq!(timeline.sizes, [10, 60, 0, 80]);
        assert_eq!(timeline.counts, [2, 2, 0, 1]);
        let range = |from, to| timeline.ids_between(from, to);
        assert_eq!(range(0, 10_000), IdRange { above: 0, up_to: None });
        assert_eq!(range(400, 600), IdRange { above: 3, up_to: Some(7) });
        assert_eq!(range(600, 1500), IdRange { above: 7, up_to: None });
    }
}
