//! What the tests of several analyses need: small snapshots, analysed.

use super::{Heap, SizeRule};
use crate::format::{EdgeKind, NodeKind, Source, builder::SnapshotBuilder, read};
use crate::graph::Graph;
use crate::util::Progress;

/// Reads and analyses a snapshot under construction.
pub(crate) fn heap_of(snapshot: &SnapshotBuilder) -> Heap {
    let source = Source::from_bytes(snapshot.to_json().into_bytes());
    let graph = Graph::new(read(source, &Progress::new()).unwrap());
    Heap::analyse(graph, SizeRule::Exact, &Progress::new()).unwrap()
}

/// A snapshot with nothing but its root, node 0.
pub(crate) fn rooted() -> SnapshotBuilder {
    let mut snapshot = SnapshotBuilder::new();
    snapshot.node(NodeKind::SYNTHETIC, "", 0);
    snapshot
}

/// Adds an object below the root.
pub(crate) fn object(snapshot: &mut SnapshotBuilder, name: &str, size: u64) -> u32 {
    let node = snapshot.node(NodeKind::OBJECT, name, size);
    snapshot.edge(0, EdgeKind::ELEMENT, node, node);
    node
}

/// Adds a plain object below the root, with properties that lead back to it.
pub(crate) fn plain(snapshot: &mut SnapshotBuilder, properties: &[&str]) -> u32 {
    let node = object(snapshot, "Object", 16);
    for &property in properties {
        snapshot.edge(node, EdgeKind::PROPERTY, property, 0);
    }
    node
}
