//! How long lookups take: `cargo bench --no-default-features --bench looking_up`. The environment variable
//! `HEAPLENS_SNAPSHOT` names the snapshot; without it the demo's larger one is taken.

use std::hint::black_box;
use std::path::PathBuf;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use heaplens::analysis::{
    Direction, Heap, NodeKey, PathLimits, Pattern, Query, SizeRule, dominated_by, ignored_retainers,
    query_objects, retaining_paths, script_names, search, sort_nodes, timeline,
};
use heaplens::format::{open, unpack_demo};
use heaplens::graph::{Graph, NodeOrdinal, ROOT, Sample, StringIndex};
use heaplens::util::{LargeBlocks, Progress};

#[global_allocator]
static ALLOCATOR: LargeBlocks = LargeBlocks;

fn heap() -> Heap {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = match std::env::var_os("HEAPLENS_SNAPSHOT") {
        Some(path) => PathBuf::from(path),
        None => unpack_demo(folder.path()).expect("the demo").into_iter().last().expect("two snapshots"),
    };
    let progress = Progress::new();
    let graph = Graph::new(open(&path, &progress).expect("a snapshot"));
    let heap = Heap::analyse(graph, SizeRule::Exact, &progress).expect("nobody cancels");
    heap.index_retainers(&progress).expect("nobody cancels");
    heap
}

fn searches(criterion: &mut Criterion, heap: &Heap) {
    let progress = Progress::new();
    let strings = heap.graph.strings();
    let bytes: usize =
        (0..strings.len()).filter_map(|row| strings.raw(StringIndex(row))).map(<[u8]>::len).sum();
    let mut group = criterion.benchmark_group("search");
    group.sample_size(20).throughput(Throughput::Bytes(bytes as u64));
    for (name, pattern) in [
        ("any case", Pattern::text("user", false)),
        ("this case", Pattern::text("user", true)),
        ("letters of any script", Pattern::text("\u{e9}t\u{e9}", false)),
        ("regex with a literal", Pattern::regex(r"us[e]r.*\d", false).expect("sound")),
        ("regex without one", Pattern::regex(r"[^\w\s]\d{3}[a-f]$", false).expect("sound")),
    ] {
        group.bench_function(name, |bench| bench.iter(|| search(heap, black_box(&pattern), None, &progress)));
    }
    group.finish();
}

fn walks(criterion: &mut Criterion, heap: &Heap) {
    let progress = Progress::new();
    let hub = heap.graph.node_ordinals().max_by_key(|&node| heap.retainers().count(node)).unwrap_or(ROOT);
    let far = heap.graph.node_ordinals().filter(|&node| heap.distances.of(node).shown().is_some());
    let far = far.max_by_key(|&node| heap.distances.of(node)).unwrap_or(ROOT);
    let mut group = criterion.benchmark_group("walks");
    group.sample_size(10);
    group.bench_function("ignore one retainer", |bench| {
        let holder = heap.dominators.of(heap.dominators.of(far));
        bench.iter(|| ignored_retainers(heap, black_box(&[holder]), &progress));
    });
    for (name, node) in [("paths of the farthest object", far), ("paths of the most held one", hub)] {
        group.bench_function(name, |bench| {
            bench.iter(|| retaining_paths(heap, black_box(node), PathLimits::default(), None, &progress));
        });
    }
    group.bench_function("dominated by the root, sorted", |bench| {
        bench.iter(|| {
            let mut nodes = dominated_by(&heap.dominators, ROOT, &progress)?;
            let keys = [(NodeKey::RetainedSize, Direction::Descending), (NodeKey::Id, Direction::Ascending)];
            sort_nodes(heap, &mut nodes, keys, &progress)
        });
    });
    group.bench_function("object query by field", |bench| {
        let property = Some(Pattern::regex("^id$", true).expect("sound"));
        let query = Query { property, min_retained_size: Some(100), ..Query::default() };
        bench.iter(|| query_objects(heap, black_box(&query), &progress));
    });
    group.bench_function("script names", |bench| bench.iter(|| script_names(&heap.graph, &progress)));
    group.bench_function("timeline of 1000 samples", |bench| {
        let last =
            heap.graph.node_ordinals().map(|node: NodeOrdinal| heap.graph.id(node).0).max().unwrap_or(0);
        let samples: Vec<Sample> = (0..1000)
            .map(|row| Sample { timestamp_us: row * 50_000, last_assigned_id: last / 1000 * row })
            .collect();
        bench.iter(|| timeline(&heap.graph, &heap.sizes, samples.clone(), &progress));
    });
    group.finish();
}

fn lookups(criterion: &mut Criterion) {
    let heap = heap();
    searches(criterion, &heap);
    walks(criterion, &heap);
}

criterion_group!(benches, lookups);
criterion_main!(benches);
