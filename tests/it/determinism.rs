//! The same answer, whatever the number of threads: every column, to the last bit.

use std::fmt::{Debug, Write as _};
use std::sync::Arc;

use heaplens::analysis::{Heap, SizeRule, native_contexts};
use heaplens::format;
use heaplens::graph::Graph;
use heaplens::rows::{Comparison, Filter, Summary, TableModel as _, Tree};
use heaplens::util::Progress;
use heaplens::workspace::{SnapshotKey, compare};
use sha2::{Digest as _, Sha256};

/// Takes in a value's `Debug` text without keeping it.
struct Digest(Sha256);

impl std::fmt::Write for Digest {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

fn digest(value: &dyn Debug) -> String {
    let mut digest = Digest(Sha256::new());
    write!(digest, "{value:?}").unwrap();
    digest.0.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// All columns of a heap by name, shortened to digests.
fn columns(heap: &Heap) -> Vec<(&'static str, String)> {
    let progress = Progress::new();
    let graph = &heap.graph;
    let parts: [(&str, &dyn Debug); 16] = [
        ("nodes", graph.nodes()),
        ("edges", graph.edges()),
        ("strings", graph.strings()),
        ("locations", &graph.locations()),
        ("warnings", &graph.warnings()),
        ("detachedness", &heap.detachedness),
        ("WeakMap entries", &heap.weak_maps),
        ("shallow sizes", &heap.sizes),
        ("distances", &heap.distances),
        ("dominators", &heap.dominators),
        ("retained sizes", &heap.retained),
        ("interfaces", &heap.interfaces),
        ("classes", &heap.classes),
        ("constructors", &heap.aggregates),
        ("retainers, marks, ropes", &(heap.retainers(), heap.flags(), heap.ropes())),
        ("native contexts", &native_contexts(graph, &heap.detachedness, &progress).unwrap()),
    ];
    parts.into_iter().map(|(name, value)| (name, digest(value))).collect()
}

/// A table's rows as they are shown.
fn rows(tree: &Tree) -> String {
    let rows: Vec<_> = (0..tree.row_count()).map(|row| tree.row(row)).collect();
    digest(&rows)
}

/// Everything about the demo's two snapshots, computed by `threads` threads.
fn answers(threads: usize, files: &[std::path::PathBuf; 2]) -> Vec<(&'static str, String)> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let progress = Progress::new();
        let [base, target] = files.each_ref().map(|file| {
            let graph = Graph::new(format::open(file, &progress).unwrap());
            Arc::new(Heap::analyse(graph, SizeRule::Exact, &progress).unwrap())
        });
        let mut answers = columns(&target);
        let compared = compare((SnapshotKey(0), &base), (SnapshotKey(1), &target), &progress).unwrap();
        answers.push(("comparison", digest(&compared)));
        let tree = |source| Tree::build(source, None, Filter::default(), &progress).unwrap();
        answers.push(("rows of the summary", rows(&tree(Arc::new(Summary::new(target.clone()))))));
        let comparison = Comparison::new(base, target, compared.diff);
        answers.push(("rows of the comparison", rows(&tree(Arc::new(comparison)))));
        answers
    })
}

#[test]
fn one_two_and_seven_threads_give_the_same_answers() {
    let folder = tempfile::tempdir().unwrap();
    let files = format::unpack_demo(folder.path()).unwrap();
    let alone = answers(1, &files);
    for threads in [2, 7] {
        assert_eq!(answers(threads, &files), alone, "{threads} threads against one");
    }
}
