//! Small heaps that tell the founding story, as files for the tests.

use std::path::{Path, PathBuf};

use heaplens::format::builder::SnapshotBuilder;
use heaplens::format::{EdgeKind, NodeKind};

/// Bytes of each leaked id.
pub(crate) const ID_SIZE: u64 = 32;

/// A service whose `RedisStreamBus` keeps `events` ids in its array `sentEvents`:
///
/// ```text
/// root ─▶ (GC roots)
///      ─▶ global ─ service ─▶ OrderService ─ bus ─▶ RedisStreamBus ─ sentEvents ─▶ Array ─ [n] ─▶ "1763…-n"
/// ```
///
/// Objects have the same ids whatever `events` is; the ids of the leaked strings go on from 1001.
pub(crate) fn leaking_service(events: u32) -> SnapshotBuilder {
    let mut heap = SnapshotBuilder::new();
    let root = heap.node(NodeKind::SYNTHETIC, "", 0);
    let gc_roots = heap.node(NodeKind::SYNTHETIC, "(GC roots)", 0);
    let global = heap.node(NodeKind::OBJECT, "global", 100);
    let service = heap.node(NodeKind::OBJECT, "OrderService", 64);
    let bus = heap.node(NodeKind::OBJECT, "RedisStreamBus", 136);
    let sent = heap.node(NodeKind::OBJECT, "Array", 16);
    let elements = heap.node(NodeKind::ARRAY, "(object elements)", 16);
    heap.edge(root, EdgeKind::ELEMENT, 1, gc_roots);
    heap.edge(root, EdgeKind::SHORTCUT, "1", global);
    heap.edge(gc_roots, EdgeKind::ELEMENT, 1, global);
    heap.edge(global, EdgeKind::PROPERTY, "service", service);
    heap.edge(service, EdgeKind::PROPERTY, "bus", bus);
    heap.edge(bus, EdgeKind::PROPERTY, "sentEvents", sent);
    heap.edge(sent, EdgeKind::INTERNAL, "elements", elements);
    heap.location(service, 7, 40, 2);
    heap.location(bus, 8, 22, 4);
    for event in 0..events {
        let id = heap.node(NodeKind::STRING, &format!("1763825911042-{event}"), ID_SIZE);
        heap.set_id(id, 1001 + 2 * u64::from(event));
        heap.edge(sent, EdgeKind::ELEMENT, event, id);
        heap.edge(elements, EdgeKind::INTERNAL, event.to_string().as_str(), id);
    }
    heap
}

/// Writes a heap to a file of a folder.
pub(crate) fn write(folder: &Path, name: &str, heap: &SnapshotBuilder) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, heap.to_json()).unwrap();
    path
}

/// The founding pair: 2 ids, then 12.
pub(crate) fn leaking_pair(folder: &Path) -> [PathBuf; 2] {
    [
        write(folder, "s1.heapsnapshot", &leaking_service(2)),
        write(folder, "s2.heapsnapshot", &leaking_service(12)),
    ]
}
