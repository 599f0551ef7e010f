//! Bytes by what they are: the slices of DevTools' pie.

use super::Heap;
use super::internal_edges::internal_target;
use super::name_sets::find_names;
use crate::graph::NodeKind;
use crate::util::{BitSet, Cancelled, Phase, Progress};

/// Sums of shallow sizes, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Everything; what the header reports outside of the heap included.
    pub total: u64,
    /// Memory of the embedder, and what the header reports.
    pub native: u64,
    /// Of these, buffers of typed arrays.
    pub typed_arrays: u64,
    /// Machine code, bytecode and what belongs to them.
    pub code: u64,
    /// Strings, ropes and slices.
    pub strings: u64,
    /// Arrays with their elements.
    pub js_arrays: u64,
    /// V8's own structures.
    pub system: u64,
}

impl Statistics {
    /// What is in V8's heap.
    pub fn v8_heap(&self) -> u64 {
        self.total.saturating_sub(self.native)
    }

    /// Objects in V8's heap that are none of the above. (Below zero where the elements of an
    /// array are of a kind that is counted on its own.)
    pub fn other_js_objects(&self) -> i64 {
        let others = [self.code, self.strings, self.js_arrays, self.system].into_iter().map(signed);
        others.fold(signed(self.v8_heap()), i64::saturating_sub)
    }

    /// Memory of the embedder that is no buffer of a typed array.
    pub fn other_native(&self) -> u64 {
        self.native.saturating_sub(self.typed_arrays)
    }
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// Adds up all nodes. The elements of an array count for it when nothing else refers to them.
pub fn statistics(heap: &Heap, progress: &Progress) -> Result<Statistics, Cancelled> {
    progress.phase(Phase::Aggregates, || {
        let graph = &heap.graph;
        let [array, buffer, elements] =
            find_names(graph, ["Array", "system / JSArrayBufferData", "elements"]);
        let extra = graph.meta().extra_native_bytes;
        let mut arrays_elements = Vec::new();
        let mut sums = Statistics { total: heap.total_size(), native: extra, ..Statistics::default() };
        for node in graph.node_ordinals() {
            if node.0.is_multiple_of(1 << 16) {
                progress.check()?;
            }
            let size = heap.sizes.of(node);
            match graph.kind(node) {
                NodeKind::HIDDEN => sums.system += size,
                NodeKind::NATIVE => {
                    sums.native += size;
                    let is_renamed = || heap.detachedness.is_renamed(graph, node);
                    if buffer.contains(graph.name(node).0) && !is_renamed() {
                        sums.typed_arrays += size;
                    }
                }
                NodeKind::CODE => sums.code += size,
                NodeKind::STRING | NodeKind::CONS_STRING | NodeKind::SLICED_STRING => sums.strings += size,
                _ if array.contains(graph.name(node).0) => {
                    sums.js_arrays += size;
                    arrays_elements.extend(internal_target(graph, node, &elements));
                }
                _ => {}
            }
        }
        let shared = reached_twice(heap, progress)?;
        // Of an array's elements nobody else can have only one array: none is added twice.
        let own = arrays_elements.into_iter().filter(|elements| !shared.contains(elements.0));
        sums.js_arrays += own.map(|elements| heap.sizes.of(elements)).sum::<u64>();
        Ok(sums)
    })
}

/// The nodes to which more than one edge leads, of whatever kind.
fn reached_twice(heap: &Heap, progress: &Progress) -> Result<BitSet, Cancelled> {
    let node_count = heap.graph.node_count() as usize;
    let (mut once, mut twice) = (BitSet::new(node_count), BitSet::new(node_count));
    for targets in heap.graph.edges().to.chunks(1 << 16) {
        progress.check()?;
        for &to in targets {
            if !once.insert(to) {
                twice.insert(to);
            }
        }
    }
    Ok(twice)
}

#[cfg(test)]
mod tests {
    use super::{Statistics, statistics};
    use crate::analysis::testing::{heap_of, object, rooted};
    use crate::format::{EdgeKind, NodeKind};
    use crate::util::Progress;

    #[test]
    fn arrays_have_their_elements_unless_these_are_shared() {
        let mut snapshot = rooted();
        let kinds = [
            (NodeKind::CODE, "(code)", 1),
            (NodeKind::STRING, "order", 10),
            (NodeKind::SLICED_STRING, "(sliced string)", 20),
            (NodeKind::NATIVE, "<div>", 100),
            (NodeKind::NATIVE, "system / JSArrayBufferData", 200),
            (NodeKind::NUMBER, "heap number", 5),
        ];
        for (kind, name, size) in kinds {
            let node = snapshot.node(kind, name, size);
            snapshot.edge(0, EdgeKind::WEAK, "1", node);
        }
        let [own, sharing] = [1000, 2000].map(|size| object(&mut snapshot, "Array", size));
        let [elements, shared] =
            [30_000, 40_000].map(|size| snapshot.node(NodeKind::REGEXP, "elements", size));
        snapshot.edge(own, EdgeKind::INTERNAL, "elements", elements);
        snapshot.edge(sharing, EdgeKind::INTERNAL, "elements", shared);
        snapshot.edge(0, EdgeKind::WEAK, "2", shared);
        let sums = statistics(&heap_of(&snapshot), &Progress::new()).unwrap();
        let expected = Statistics {
            total: 73_336,
            native: 300,
            typed_arrays: 200,
            code: 1,
            strings: 30,
            js_arrays: 33_000,
            system: 0,
        };
        assert_eq!(sums, expected);
        assert_eq!((sums.v8_heap(), sums.other_js_objects(), sums.other_native()), (73_036, 40_005, 100));
    }
}
