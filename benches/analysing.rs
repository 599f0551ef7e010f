//! How long each analysis of a generated heap takes: `cargo bench --no-default-features --bench analysing`.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use heaplens::analysis::{
    Heap, SizeRule, detachedness, distances, dominators, native_contexts, page_objects, retained_sizes,
    shallow_sizes, weak_maps,
};
use heaplens::format::{EdgeKind, NodeKind, Source, builder::SnapshotBuilder, read};
use heaplens::graph::{Graph, Retainers};
use heaplens::util::{LargeBlocks, Progress};

#[global_allocator]
static ALLOCATOR: LargeBlocks = LargeBlocks;

/// Sessions in the generated heap; a session is 7 nodes.
const SESSIONS: u32 = 40_000;

/// A service that keeps sessions in a map and hangs something on each by a WeakMap: objects
/// with hidden parts, shared maps, long arrays and a few ways back up.
fn service() -> Graph {
    let mut heap = SnapshotBuilder::new();
    let root = heap.node(NodeKind::SYNTHETIC, "", 0);
    let gc_roots = heap.node(NodeKind::SYNTHETIC, "(GC roots)", 0);
    let context = heap.node(NodeKind::HIDDEN, "system / NativeContext", 500);
    let global = heap.node(NodeKind::OBJECT, "global", 40);
    let meta_map = heap.node(NodeKind::HIDDEN, "system / Map", 80);
    let map = heap.node(NodeKind::HIDDEN, "system / Map", 80);
    let sessions = heap.node(NodeKind::OBJECT, "Map", 40);
    let table = heap.node(NodeKind::ARRAY, "", 16 * u64::from(SESSIONS));
    let weak_table = heap.node(NodeKind::ARRAY, "WeakMap table", 16 * u64::from(SESSIONS));
    heap.edge(root, EdgeKind::ELEMENT, 1, gc_roots);
    heap.edge(root, EdgeKind::SHORTCUT, "1", global);
    heap.edge(gc_roots, EdgeKind::INTERNAL, "context", context);
    heap.edge(context, EdgeKind::INTERNAL, "global", global);
    heap.edge(meta_map, EdgeKind::INTERNAL, "map", meta_map);
    heap.edge(meta_map, EdgeKind::INTERNAL, "native_context", context);
    heap.edge(map, EdgeKind::INTERNAL, "map", meta_map);
    heap.edge(global, EdgeKind::PROPERTY, "sessions", sessions);
    heap.edge(global, EdgeKind::PROPERTY, "extras", weak_table);
    heap.edge(sessions, EdgeKind::INTERNAL, "table", table);
    for number in 0..SESSIONS {
        let session = heap.node(NodeKind::OBJECT, "Session", 56);
        let user = heap.node(NodeKind::OBJECT, "Object", 32);
        let id = heap.node(NodeKind::STRING, &format!("session {number}"), 24);
        let events = heap.node(NodeKind::OBJECT, "Array", 16);
        let elements = heap.node(NodeKind::ARRAY, "(object elements)", 64);
        let handler = heap.node(NodeKind::CLOSURE, "", 32);
        let extra = heap.node(NodeKind::OBJECT, "Extra", 24);
        heap.edge(table, EdgeKind::INTERNAL, "entry", session);
        for object in [session, user, events, handler, extra] {
            heap.edge(object, EdgeKind::INTERNAL, "map", map);
        }
        heap.edge(session, EdgeKind::PROPERTY, "id", id);
        heap.edge(session, EdgeKind::PROPERTY, "user", user);
        heap.edge(session, EdgeKind::PROPERTY, "events", events);
        heap.edge(session, EdgeKind::WEAK, "1", gc_roots);
        heap.edge(user, EdgeKind::PROPERTY, "id", id);
        heap.edge(user, EdgeKind::PROPERTY, "onEvent", handler);
        heap.edge(events, EdgeKind::INTERNAL, "elements", elements);
        heap.edge(elements, EdgeKind::HIDDEN, 1, handler);
        heap.edge(handler, EdgeKind::CONTEXT, "session", session);
        // Ids of generated nodes are odd, from 1.
        let pair = format!(
            " / part of key (Session @{}) -> value (Extra @{}) pair in WeakMap (table @{})",
            2 * session + 1,
            2 * extra + 1,
            2 * weak_table + 1,
        );
        heap.edge(weak_table, EdgeKind::INTERNAL, format!("1{pair}").as_str(), extra);
        heap.edge(session, EdgeKind::INTERNAL, format!("2{pair}").as_str(), extra);
    }
    read_back(&heap)
}

fn read_back(heap: &SnapshotBuilder) -> Graph {
    let source = Source::from_bytes(heap.to_json().into_bytes());
    Graph::new(read(source, &Progress::new()).expect("a built snapshot is sound"))
}

fn analysing(criterion: &mut Criterion) {
    const NEVER: &str = "nobody cancels";
    let progress = &Progress::new();
    let mut graph = service();
    let self_sizes = graph.take_self_sizes();
    let graph = &graph;
    let detached = &detachedness(graph, progress).expect(NEVER);
    let maps = &weak_maps(graph, progress).expect(NEVER);
    let sizes = |self_sizes| shallow_sizes(graph, self_sizes, detached, SizeRule::Exact, progress);
    let found_sizes = &sizes(self_sizes.clone()).expect(NEVER);
    let tree = &dominators(graph, maps, progress).expect(NEVER);

    let mut group = criterion.benchmark_group("analysing");
    group.sample_size(20);
    group.bench_function("weak maps", |b| b.iter(|| weak_maps(black_box(graph), progress)));
    group.bench_function("page objects", |b| b.iter(|| page_objects(black_box(graph), progress)));
    group.bench_function("shallow sizes", |b| {
        b.iter_batched(|| self_sizes.clone(), |all| black_box(sizes(all)), BatchSize::LargeInput);
    });
    group.bench_function("distances", |b| b.iter(|| distances(black_box(graph), maps, progress)));
    group.bench_function("dominators", |b| b.iter(|| dominators(black_box(graph), maps, progress)));
    group.bench_function("retained sizes", |b| {
        b.iter(|| retained_sizes(black_box(tree), found_sizes, progress));
    });
    group.bench_function("retainers", |b| b.iter(|| Retainers::build(black_box(graph), progress)));
    group.bench_function("native contexts", |b| {
        b.iter(|| native_contexts(black_box(graph), detached, progress));
    });
    group.bench_function("everything", |b| {
        b.iter_batched(
            service,
            |graph| Heap::analyse(graph, SizeRule::Exact, progress),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, analysing);
criterion_main!(benches);
