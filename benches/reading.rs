//! How fast snapshots are read: all of a file, and what its parts take.
//!
//! `cargo bench --bench reading` reads a heap made up here. Give a file of your own with
//! `HEAPLENS_BENCH_FILE=/path/to/heap.heapsnapshot cargo bench --bench reading`.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput};
use heaplens::format::builder::SnapshotBuilder;
use heaplens::format::{self, EdgeKind, NodeKind};
use heaplens::util::{LargeBlocks, Progress};

#[global_allocator]
static ALLOCATOR: LargeBlocks = LargeBlocks;

/// Objects of the made-up heap; with three edges each it is about 25 MB.
const OBJECTS: u32 = 300_000;

/// A heap in which numbers have the lengths that they have in real ones: targets are
/// near and far, names few and many.
fn made_up_heap() -> String {
    let mut heap = SnapshotBuilder::new();
    let root = heap.node(NodeKind::SYNTHETIC, "", 0);
    let objects: Vec<u32> = (0..OBJECTS)
        .map(|object| match object % 3 {
            0 => heap.node(NodeKind::STRING, &format!("1763825911042-{object}"), 32),
            1 => heap.node(NodeKind::OBJECT, "Object", 56),
            _ => heap.node(NodeKind::ARRAY, "(object elements)", u64::from(object % 5000)),
        })
        .collect();
    let mut far = 1u32;
    for (index, &object) in objects.iter().enumerate() {
        far = far.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        heap.edge(root, EdgeKind::ELEMENT, index as u32, object);
        heap.edge(object, EdgeKind::INTERNAL, "map", objects[index % 100]);
        heap.edge(object, EdgeKind::PROPERTY, "value", objects[(far >> 8) as usize % objects.len()]);
    }
    heap.to_json()
}

fn read(path: &Path) -> Progress {
    let progress = Progress::new();
    match format::open(path, &progress) {
        Ok(heap) => drop(black_box(heap)),
        Err(error) => panic!("{}: {error}", path.display()),
    }
    progress
}

fn main() {
    let folder = tempfile::tempdir().expect("a folder for the made-up heap");
    let path = std::env::var_os("HEAPLENS_BENCH_FILE").map_or_else(
        || {
            let path = folder.path().join("made-up.heapsnapshot");
            std::fs::write(&path, made_up_heap()).expect("room for the made-up heap");
            path
        },
        PathBuf::from,
    );
    let bytes = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
    for (phase, time) in read(&path).timings() {
        println!("{:20} {:8.1} ms", phase.label(), time.as_secs_f64() * 1e3);
    }

    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    let mut group = criterion.benchmark_group("reading");
    group.throughput(Throughput::Bytes(bytes));
    group.bench_function("open", |bencher| bencher.iter(|| read(&path)));
    group.finish();
    criterion.final_summary();
}
