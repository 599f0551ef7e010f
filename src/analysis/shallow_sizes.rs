//! Shallow sizes after ownership: hidden parts of an object count as the object's own.

use super::Detachedness;
use super::roots::has_user_roots;
use super::sweep::sweep;
use crate::graph::{EdgeKind, Graph, NodeKind, NodeOrdinal, ROOT};
use crate::util::{BitSet, Cancelled, Progress, WideColumn, WideRows, stored};

/// How sizes above 4 GiB are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SizeRule {
    /// As they are.
    #[default]
    Exact,
    /// Modulo 2³², as DevTools does: for comparing with it.
    Wrap32,
}

impl SizeRule {
    fn apply(self, size: u64) -> u64 {
        match self {
            Self::Exact => size,
            Self::Wrap32 => size & u64::from(u32::MAX),
        }
    }
}

/// Bytes of each node, with the parts that only it holds.
#[derive(Debug, Default)]
pub struct ShallowSizes {
    /// Bytes by node.
    pub bytes: WideColumn,
}

stored!(ShallowSizes { bytes });

impl ShallowSizes {
    /// Bytes of a node.
    #[inline]
    pub fn of(&self, node: NodeOrdinal) -> u64 {
        self.bytes.get(node.0)
    }

    /// Whether there is one for each of so many nodes, and sums of them stay in 64 bits, as sums of
    /// those below 4 GiB do, however many there are: what was loaded from a file may be anything.
    pub(super) fn is_sound(&self, nodes: usize) -> bool {
        let large: u128 = self.bytes.wide().map(|(_, size)| u128::from(size)).sum();
        self.bytes.is_sound(nodes) && large < 1 << 62
    }
}

/// Moves the sizes of ownable nodes, given those of the [file](Graph::take_self_sizes), to their single owners. Where the file
/// exposes the internals of V8 (the root leads to no user root), nothing moves.
pub fn shallow_sizes(
    graph: &Graph,
    self_sizes: WideColumn,
    detachedness: &Detachedness,
    rule: SizeRule,
    progress: &Progress,
) -> Result<ShallowSizes, Cancelled> {
    let large: Vec<(u32, u64)> = self_sizes.wide().collect();
    let mut sizes = WideRows::from(self_sizes);
    for (node, size) in large {
        sizes.set(node, rule.apply(size));
    }
    if has_user_roots(graph) {
        let owners = owners(graph, detachedness, progress)?;
        for (&owner, node) in owners.iter().zip(0..) {
            let is_owned = owner != node && owner != UNOWNED && owner != SHARED;
            if !is_owned || owner == ROOT.0 || graph.kind(NodeOrdinal(owner)) == NodeKind::SYNTHETIC {
                continue;
            }
            let sum = sizes.get(owner).saturating_add(sizes.get(node));
            sizes.set(owner, rule.apply(sum));
            sizes.set(node, 0);
        }
    }
    Ok(ShallowSizes { bytes: sizes.finish() })
}

/// Nothing leads to the node. (The number of nodes is below both constants, or
/// an edge could not name the last ones.)
const UNOWNED: u32 = u32::MAX;
/// More than one owner leads to the node.
const SHARED: u32 = u32::MAX - 1;

/// The owner of each node: itself, or for ownable nodes the only node that
/// leads to it, directly or through ownable nodes with the same owner.
///
/// The least fixed point over *unowned* < an owner < *shared*: a node changes
/// at most twice, so at most twice the edges are followed.
fn owners(graph: &Graph, detachedness: &Detachedness, progress: &Progress) -> Result<Vec<u32>, Cancelled> {
    let node_count = graph.node_count();
    let mut owners: Vec<u32> = (0..node_count).collect();
    let mut ownable = BitSet::new(node_count as usize);
    let mut start = BitSet::new(node_count as usize);
    for node in graph.node_ordinals() {
        if is_ownable(graph, detachedness, node) {
            ownable.insert(node.0);
            owners[node.index()] = UNOWNED;
        } else {
            start.insert(node.0);
        }
    }
    sweep(start, progress, |node, pending| {
        let owner = owners[node as usize];
        let edges = graph.edge_rows(NodeOrdinal(node));
        for (&kind, &to) in edges.kinds.iter().zip(edges.to) {
            if EdgeKind(kind) == EdgeKind::WEAK || !ownable.contains(to) {
                continue;
            }
            let known = &mut owners[to as usize];
            if *known != owner && *known != SHARED {
                *known = if *known == UNOWNED { owner } else { SHARED };
                pending.push(to);
            }
        }
    })?;
    Ok(owners)
}

fn is_ownable(graph: &Graph, detachedness: &Detachedness, node: NodeOrdinal) -> bool {
    match graph.kind(node) {
        NodeKind::HIDDEN | NodeKind::ARRAY => true,
        NodeKind::NATIVE => {
            graph.strings().is(graph.name(node), "system / ExternalStringData")
                && !detachedness.is_renamed(graph, node)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{SizeRule, shallow_sizes};
    use crate::analysis::detachedness;
    use crate::format::{EdgeKind, NodeKind, Source, builder::SnapshotBuilder, read};
    use crate::graph::Graph;
    use crate::util::Progress;

    fn sizes(heap: &SnapshotBuilder, rule: SizeRule) -> Vec<u64> {
        let source = Source::from_bytes(heap.to_json().into_bytes());
        let mut graph = Graph::new(read(source, &Progress::new()).unwrap());
        let self_sizes = graph.take_self_sizes();
        let detachedness = detachedness(&graph, &Progress::new()).unwrap();
        shallow_sizes(&graph, self_sizes, &detachedness, rule, &Progress::new())
            .unwrap()
            .bytes
            .iter()
            .collect()
    }

    /// The root leads to an object, or where internals are exposed to a synthetic node.
    fn heap_with(first: NodeKind) -> (SnapshotBuilder, u32) {
        let mut heap = SnapshotBuilder::new();
        let root = heap.node(NodeKind::SYNTHETIC, "", 0);
        let first = heap.node(first, "Cart", 10);
        heap.edge(root, EdgeKind::ELEMENT, 1, first);
        (heap, first)
    }

    #[test]
    fn parts_of_one_object_count_as_its_own() {
        let (mut heap, cart) = heap_with(NodeKind::OBJECT);
        let elements = heap.node(NodeKind::ARRAY, "(object elements)", 100);
        let inner = heap.node(NodeKind::HIDDEN, "system / PropertyCell", 1000);
        let text = heap.node(NodeKind::NATIVE, "system / ExternalStringData", 10_000);
        let weakly = heap.node(NodeKind::HIDDEN, "system / WeakCell", 7);
        heap.edge(cart, EdgeKind::INTERNAL, "elements", elements);
        heap.edge(elements, EdgeKind::HIDDEN, 1, inner);
        heap.edge(inner, EdgeKind::HIDDEN, 1, elements);
        heap.edge(inner, EdgeKind::INTERNAL, "data", text);
        heap.edge(cart, EdgeKind::WEAK, "1", weakly);
        assert_eq!(sizes(&heap, SizeRule::Exact), [0, 11_110, 0, 0, 0, 7]);
    }

    #[test]
    fn what_two_objects_share_is_its_own() {
        let (mut heap, cart) = heap_with(NodeKind::OBJECT);
        let map = heap.node(NodeKind::HIDDEN, "system / Map", 80);
        let below = heap.node(NodeKind::ARRAY, "(map descriptors)", 24);
        let other = heap.node(NodeKind::OBJECT, "Cart", 10);
        let roots = heap.node(NodeKind::SYNTHETIC, "(GC roots)", 0);
        let of_roots = heap.node(NodeKind::ARRAY, "", 5);
        heap.edge(cart, EdgeKind::INTERNAL, "map", map);
        heap.edge(map, EdgeKind::INTERNAL, "descriptors", below);
        heap.edge(other, EdgeKind::INTERNAL, "map", map);
        heap.edge(roots, EdgeKind::ELEMENT, 1, of_roots);
        assert_eq!(sizes(&heap, SizeRule::Exact), [0, 10, 80, 24, 10, 0, 5]);
    }

    #[test]
    fn with_exposed_internals_nothing_moves() {
        let (mut heap, roots) = heap_with(NodeKind::SYNTHETIC);
        let object = heap.node(NodeKind::OBJECT, "Cart", 10);
        let elements = heap.node(NodeKind::ARRAY, "", 100);
        heap.edge(roots, EdgeKind::ELEMENT, 1, object);
        heap.edge(object, EdgeKind::INTERNAL, "elements", elements);
        assert_eq!(sizes(&heap, SizeRule::Exact), [0, 10, 10, 100]);
    }

    #[test]
    fn sizes_beyond_4_gib_are_right_or_wrap_as_in_devtools() {
        const GIB: u64 = 1 << 30;
        let (mut heap, cart) = heap_with(NodeKind::OBJECT);
        let big = heap.node(NodeKind::ARRAY, "", 4 * GIB - 10);
        let huge = heap.node(NodeKind::ARRAY, "", 9 * GIB);
        heap.edge(cart, EdgeKind::INTERNAL, "a", big);
        let unowned = heap.node(NodeKind::CODE, "", 4 * GIB - 1);
        assert_eq!(sizes(&heap, SizeRule::Exact), [0, 4 * GIB, 0, 9 * GIB, 4 * GIB - 1]);
        assert_eq!(sizes(&heap, SizeRule::Wrap32), [0, 0, 0, GIB, 4 * GIB - 1]);
        heap.edge(unowned, EdgeKind::INTERNAL, "b", huge);
        assert_eq!(sizes(&heap, SizeRule::Exact), [0, 4 * GIB, 0, 0, 13 * GIB - 1]);
        assert_eq!(sizes(&heap, SizeRule::Wrap32), [0, 0, 0, 0, GIB - 1]);
    }
}
