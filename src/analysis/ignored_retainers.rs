//! What a user leaves out of the Retainers pane: the distances, and the edges that hold nothing, without it.

use rustc_hash::FxHashSet;

use super::distances::distances_without;
use super::{Distance, Distances, Heap, WeakMaps};
use crate::graph::{EdgeOrdinal, EdgeRows, Graph, NodeOrdinal};
use crate::util::{Cancelled, Progress};

/// Some ignored objects of one heap, and what follows from ignoring them.
#[derive(Debug, Default)]
pub struct IgnoredRetainers {
    /// Ascending.
    nodes: Vec<NodeOrdinal>,
    distances: Distances,
    /// Halves of WeakMap entries whose other half is gone, ascending.
    edges: Vec<EdgeOrdinal>,
}

impl IgnoredRetainers {
    /// The ignored objects, ascending.
    pub fn nodes(&self) -> &[NodeOrdinal] {
        &self.nodes
    }

    /// Whether an object is one of the ignored.
    pub fn contains(&self, node: NodeOrdinal) -> bool {
        self.nodes.binary_search(&node).is_ok()
    }

    /// Edges that hold nothing any more although they are strong: a WeakMap holds a value
    /// as long as both the map and the key are there. Ascending.
    pub fn edges(&self) -> &[EdgeOrdinal] {
        &self.edges
    }

    /// Whether an edge is one of [`Self::edges`].
    pub fn contains_edge(&self, edge: EdgeOrdinal) -> bool {
        self.edges.binary_search(&edge).is_ok()
    }

    /// Steps from the nearest user root on ways that do not touch the ignored objects.
    pub fn distances(&self) -> &Distances {
        &self.distances
    }
}

/// Computes what follows from ignoring some objects: DevTools' "Ignore this retainer".
///
/// Edges to them are no ways any more, so what is reached through them only loses its
/// distance. Takes a search of the whole graph, as [`super::distances`] does.
pub fn ignored_retainers(
    heap: &Heap,
    nodes: &[NodeOrdinal],
    progress: &Progress,
) -> Result<IgnoredRetainers, Cancelled> {
    let mut nodes = nodes.to_vec();
    nodes.sort_unstable();
    nodes.dedup();
    let distances = distances_without(&heap.graph, &heap.weak_maps, &nodes, progress)?;
    let edges = dead_halves(heap, &distances, progress)?;
    Ok(IgnoredRetainers { nodes, distances, edges })
}

/// The edges of WeakMap entries of which one edge leaves a node without a distance.
fn dead_halves(
    heap: &Heap,
    distances: &Distances,
    progress: &Progress,
) -> Result<Vec<EdgeOrdinal>, Cancelled> {
    let entries = entries_of_unreached(heap, distances, progress)?;
    let values: FxHashSet<u32> = entries.iter().map(|&(value, _)| value).collect();
    let mut edges = Vec::new();
    for value in values {
        progress.check()?;
        edges.extend(heap.retainers().of(NodeOrdinal(value)).filter(|&edge| {
            part_of(&heap.graph, &heap.weak_maps, edge).is_some_and(|part| entries.contains(&(value, part)))
        }));
    }
    edges.sort_unstable();
    Ok(edges)
}

/// Value and duplicated part of the WeakMap entries that leave nodes without a distance.
fn entries_of_unreached(
    heap: &Heap,
    distances: &Distances,
    progress: &Progress,
) -> Result<FxHashSet<(u32, u32)>, Cancelled> {
    const CHECK_EVERY: usize = 1 << 14;
    let mut entries = FxHashSet::default();
    if heap.weak_maps.table_ids().is_empty() {
        return Ok(entries);
    }
    for (block, steps) in distances.steps.chunks(CHECK_EVERY).enumerate() {
        progress.check()?;
        for (row, &steps) in steps.iter().enumerate() {
            if steps == Distance::UNREACHED.0 {
                let EdgeRows { kinds, names, to } =
                    heap.graph.edge_rows(NodeOrdinal((block * CHECK_EVERY + row) as u32)); // below the node count
                for ((&kind, &name), &value) in kinds.iter().zip(names).zip(to) {
                    let entry = heap.weak_maps.entry(crate::graph::EdgeKind(kind), name);
                    entries.extend(entry.map(|entry| (value, entry.part)));
                }
            }
        }
    }
    Ok(entries)
}

fn part_of(graph: &Graph, weak_maps: &WeakMaps, edge: EdgeOrdinal) -> Option<u32> {
    weak_maps.entry(graph.edge_kind(edge), graph.edge_name_or_index(edge)).map(|entry| entry.part)
}

/// Distance of a retainer, `holder` being where its edge comes from: as DevTools sorts and
/// shows the rows of its Retainers pane. From [`Distance::UNREACHABLE_BASE`] on the edge is
/// no part of any way from a root, be it that the ways lead through ignored objects, or that
/// there are none.
pub fn retainer_distance(
    heap: &Heap,
    ignored: Option<&IgnoredRetainers>,
    edge: EdgeOrdinal,
    holder: NodeOrdinal,
) -> Distance {
    if ignored.is_some_and(|ignored| ignored.contains_edge(edge)) {
        return Distance(Distance::UNREACHABLE_BASE);
    }
    let distances = ignored.map_or(&heap.distances, |ignored| &ignored.distances);
    match distances.of(holder) {
        // Among each other they keep the order that they have otherwise.
        Distance::UNREACHED => {
            Distance(heap.distances.of(holder).0.max(0).saturating_add(Distance::UNREACHABLE_BASE))
        }
        reached => reached,
    }
}

#[cfg(test)]
mod tests {
    use super::{ignored_retainers, retainer_distance};
    use crate::analysis::testing::{heap_of, object, rooted};
    use crate::analysis::{Distance, Heap};
    use crate::format::{EdgeKind, NodeKind};
    use crate::graph::{EdgeOrdinal, NodeOrdinal};
    use crate::util::Progress;

    const NONE: i32 = Distance::UNREACHED.0;
    const FAR: i32 = Distance::SYSTEM_BASE;
    const GONE: i32 = Distance::UNREACHABLE_BASE;

    fn steps_without(heap: &Heap, nodes: &[u32]) -> Vec<i32> {
        let nodes: Vec<_> = nodes.iter().copied().map(NodeOrdinal).collect();
        ignored_retainers(heap, &nodes, &Progress::new()).unwrap().distances().steps.to_vec()
    }

    #[test]
    fn what_is_reached_through_ignored_objects_only_loses_its_distance() {
        let mut snapshot = rooted();
        let global = object(&mut snapshot, "global", 8);
        let [cache, list, cart, item] =
            ["Cache", "List", "Cart", "Item"].map(|name| snapshot.node(NodeKind::OBJECT, name, 8));
        let field = EdgeKind::PROPERTY;
        for (from, to) in [(global, cache), (global, list), (cache, cart), (list, cache), (cart, item)] {
            snapshot.edge(from, field, "field", to);
        }
        snapshot.edge(list, field, "again", item);
        let heap = heap_of(&snapshot);
        assert_eq!(heap.distances.steps[..], [FAR, 1, 2, 2, 3, 3]);
        assert_eq!(steps_without(&heap, &[cache]), [FAR, 1, NONE, 2, NONE, 3]);
        assert_eq!(steps_without(&heap, &[cache, list, cache]), [FAR, 1, NONE, NONE, NONE, NONE]);
        assert_eq!(steps_without(&heap, &[global]), heap.distances.steps[..], "roots are where ways start");

        let ignored = ignored_retainers(&heap, &[NodeOrdinal(cache)], &Progress::new()).unwrap();
        let seen = |node: u32, ignored| -> Vec<(u32, i32)> {
            let edges = heap.retainers().of(NodeOrdinal(node));
            let distance = |edge| {
                let holder = heap.graph.edge_from(edge);
                (holder.0, retainer_distance(&heap, ignored, edge, holder).0)
            };
            edges.map(distance).collect()
        };
        assert_eq!(seen(item, None), [(list, 2), (cart, 3)]);
        assert_eq!(seen(item, Some(&ignored)), [(list, 2), (cart, GONE + 3)]);
        assert_eq!(seen(cart, Some(&ignored)), [(cache, GONE + 2)]);
        assert!(ignored.contains(NodeOrdinal(cache)) && !ignored.contains(NodeOrdinal(cart)));
    }

    #[test]
    fn a_weak_map_without_its_key_holds_nothing_and_the_key_without_its_map_neither() {
        let mut snapshot = rooted();
        let map = object(&mut snapshot, "Map", 8); // id 3
        let near = object(&mut snapshot, "Near", 8); // id 5
        let [key, value] = ["Key", "Value"].map(|name| snapshot.node(NodeKind::OBJECT, name, 8));
        let pair = "/ part of key (Key @7) -> value (Value @9) pair in WeakMap (table @3)";
        snapshot.edge(map, EdgeKind::INTERNAL, format!("1 {pair}").as_str(), value); // edge 2
        snapshot.edge(map, EdgeKind::PROPERTY, format!("1 {pair}").as_str(), value);
        snapshot.edge(near, EdgeKind::PROPERTY, "key", key);
        snapshot.edge(key, EdgeKind::INTERNAL, format!("2 {pair}").as_str(), value); // edge 5
        let heap = heap_of(&snapshot);
        assert_eq!(heap.distances.steps[..], [FAR, 1, 1, 2, 2]);

        let without = |node| ignored_retainers(&heap, &[NodeOrdinal(node)], &Progress::new()).unwrap();
        assert_eq!(without(key).edges(), [EdgeOrdinal(2), EdgeOrdinal(5)]);
        assert!(without(map).edges().is_empty(), "a user root is there although it is ignored");
        let distances = |ignored| {
            let edges = heap.retainers().of(NodeOrdinal(value));
            edges
                .map(|edge| retainer_distance(&heap, ignored, edge, heap.graph.edge_from(edge)).0)
                .collect::<Vec<_>>()
        };
        assert_eq!(distances(None), [1, 1, 2]);
        assert_eq!(distances(Some(&without(key))), [GONE, 1, GONE]);
    }

    #[test]
    fn ignoring_ends_when_it_is_cancelled() {
        let heap = heap_of(&rooted());
        let progress = Progress::new();
        progress.cancel();
        assert!(ignored_retainers(&heap, &[], &progress).is_err());
    }
}
