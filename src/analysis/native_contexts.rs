//! Which JavaScript realm (native context) each node belongs to.

use rayon::prelude::*;

use super::name_sets::find_names;
use super::sweep::sweep;
use super::{Detachedness, Heap};
use crate::graph::{EdgeKind, Graph, NodeOrdinal, StringIndex};
use crate::util::{BitSet, Cancelled, Column, Progress};

/// Realm of each node.
#[derive(Debug, Default)]
pub struct NativeContexts {
    /// Ordinal of the context, [`Self::NONE`] or [`Self::SHARED`], by node.
    /// (A table of 2³¹ nodes would fill a file of more than 80 GB.)
    pub of: Column<i32>,
}

impl NativeContexts {
    /// Attributed to none.
    pub const NONE: i32 = -1;
    /// Shared between several.
    pub const SHARED: i32 = -2;
}

/// Attributes all nodes. Not part of opening a snapshot: asked for when shown.
///
/// A context belongs to itself, and what the map of its map ties to a context
/// to that one. From these nodes the contexts spread over strong edges; what
/// several of them reach is shared.
pub fn native_contexts(
    graph: &Graph,
    detachedness: &Detachedness,
    progress: &Progress,
) -> Result<NativeContexts, Cancelled> {
    let contexts = contexts(graph, detachedness);
    let mut of = fixed(graph, &contexts, progress)?;
    let mut is_fixed = BitSet::new(of.len());
    for (&context, node) in of.iter().zip(0..) {
        if context != NativeContexts::NONE {
            is_fixed.insert(node);
        }
    }
    sweep(is_fixed.clone(), progress, |node, pending| {
        let context = of[node as usize];
        let edges = graph.edge_rows(NodeOrdinal(node));
        for (&kind, &to) in edges.kinds.iter().zip(edges.to) {
            let spreads = !matches!(EdgeKind(kind), EdgeKind::SHORTCUT | EdgeKind::WEAK);
            if !spreads || is_fixed.contains(to) {
                continue;
            }
            let known = &mut of[to as usize];
            if *known != context && *known != NativeContexts::SHARED {
                let is_first = *known == NativeContexts::NONE;
                *known = if is_first { context } else { NativeContexts::SHARED };
                pending.push(to);
            }
        }
    })?;
    Ok(NativeContexts { of: of.into() })
}

/// Bytes of each native context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NativeContextSizes {
    /// Each context, in file order, and the shallow sizes of all nodes attributed to it.
    pub contexts: Vec<(NodeOrdinal, u64)>,
    /// What several contexts share.
    pub shared: u64,
    /// What belongs to none.
    pub none: u64,
}

/// Adds up what belongs to each context.
pub fn native_context_sizes(
    heap: &Heap,
    contexts: &NativeContexts,
    progress: &Progress,
) -> Result<NativeContextSizes, Cancelled> {
    let is_context = |&(node, &context): &(NodeOrdinal, &i32)| i64::from(context) == i64::from(node.0);
    let nodes = || heap.graph.node_ordinals().zip(contexts.of.iter());
    let mut sizes = NativeContextSizes {
        contexts: nodes().filter(is_context).map(|(node, _)| (node, 0)).collect(),
        ..NativeContextSizes::default()
    };
    let mut last = 0; // neighbours mostly belong to the same context
    for (node, &context) in nodes() {
        if node.0.is_multiple_of(STEP) {
            progress.check()?;
        }
        let size = heap.sizes.of(node);
        match context {
            NativeContexts::SHARED => sizes.shared += size,
            NativeContexts::NONE => sizes.none += size,
            context => {
                let context = NodeOrdinal(context as u32); // the others are ordinals
                if sizes.contexts.get(last).is_none_or(|known| known.0 != context) {
                    last = sizes.contexts.partition_point(|known| known.0 < context);
                }
                if let Some(known) = sizes.contexts.get_mut(last) {
                    known.1 += size;
                }
            }
        }
    }
    Ok(sizes)
}

/// The nodes that are native contexts by their displayed names.
fn contexts(graph: &Graph, detachedness: &Detachedness) -> BitSet {
    const NAME: &str = "system / NativeContext";
    let is_named =
        |text: &str| text.strip_prefix(NAME).is_some_and(|rest| rest.is_empty() || rest.starts_with(" / "));
    let strings = graph.strings();
    // The names, and whether they say “Detached” themselves.
    let names: Vec<(u32, bool)> = (0..strings.len())
        .into_par_iter()
        .filter_map(|row| {
            let index = StringIndex(row);
            let raw = strings.raw(index)?;
            let may_match = raw.starts_with(b"system / N") || raw.starts_with(b"Detached system / N");
            if !may_match && !strings.is_escaped(index) {
                return None; // nearly all, without decoding them
            }
            let text = strings.get(index);
            let detached = text.strip_prefix("Detached ");
            is_named(detached.unwrap_or(&text)).then_some((row, detached.is_some()))
        })
        .collect();
    let mut contexts = BitSet::new(graph.node_count() as usize);
    if names.is_empty() {
        return contexts;
    }
    for node in graph.node_ordinals() {
        if let Ok(at) = names.binary_search_by_key(&graph.name(node).0, |name| name.0) {
            let says_detached_twice = names[at].1 && detachedness.is_renamed(graph, node);
            if !says_detached_twice {
                contexts.insert(node.0);
            }
        }
    }
    contexts
}

/// The contexts that nodes are tied to: by being one, or by the map of their map.
fn fixed(graph: &Graph, contexts: &BitSet, progress: &Progress) -> Result<Vec<i32>, Cancelled> {
    // DevTools knows these two names by the first row of the string table that has them.
    let [map, native_context] = find_names(graph, ["map", "native_context"]).map(|names| names.first());
    let maps = internal_targets(graph, map, |_| true, progress)?;
    let tied = internal_targets(graph, native_context, |to| contexts.contains(to), progress)?;
    // `NO_NODE` is behind the end of both.
    let map_of = |node: u32| maps.get(node as usize).copied().unwrap_or(NO_NODE);
    let of = graph.node_ordinals().map(|node| {
        let context = if contexts.contains(node.0) {
            node.0
        } else {
            tied.get(map_of(map_of(node.0)) as usize).copied().unwrap_or(NO_NODE)
        };
        if context == NO_NODE { NativeContexts::NONE } else { context as i32 } // see `NativeContexts::of`
    });
    Ok(of.collect())
}

/// Nodes between two looks at whether to stop.
const STEP: u32 = 1 << 12;

/// No node has this ordinal.
const NO_NODE: u32 = u32::MAX;

/// For each node the target of its first internal edge of a name that leads to
/// an accepted node; [`NO_NODE`] where there is none.
fn internal_targets(
    graph: &Graph,
    name: Option<u32>,
    accepts: impl Fn(u32) -> bool,
    progress: &Progress,
) -> Result<Vec<u32>, Cancelled> {
    let Some(name) = name else { return Ok(Vec::new()) };
    let mut targets = vec![NO_NODE; graph.node_count() as usize];
    for (target, node) in targets.iter_mut().zip(graph.node_ordinals()) {
        if node.0.is_multiple_of(STEP) {
            progress.check()?;
        }
        let edges = graph.edge_rows(node);
        let first = (0..edges.to.len()).find(|&at| {
            edges.names[at] == name
                && EdgeKind(edges.kinds[at]) == EdgeKind::INTERNAL
                && accepts(edges.to[at])
        });
        if let Some(at) = first {
            *target = edges.to[at];
        }
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::{NativeContexts, native_context_sizes, native_contexts};
    use crate::analysis::{Heap, SizeRule, detachedness};
    use crate::format::{EdgeKind, NodeKind, Source, builder::SnapshotBuilder, read};
    use crate::graph::Graph;
    use crate::util::Progress;

    /// A context with its meta map, and a map of that realm.
    fn realm(heap: &mut SnapshotBuilder, name: &str) -> (u32, u32) {
        let context = heap.node(NodeKind::HIDDEN, name, 8);
        let meta_map = heap.node(NodeKind::HIDDEN, "system / Map", 8);
        let map = heap.node(NodeKind::HIDDEN, "system / Map", 8);
        heap.edge(meta_map, EdgeKind::INTERNAL, "map", meta_map);
        heap.edge(meta_map, EdgeKind::INTERNAL, "native_context", map); // no context: passed over
        heap.edge(meta_map, EdgeKind::INTERNAL, "native_context", context);
        heap.edge(map, EdgeKind::INTERNAL, "map", meta_map);
        (context, map)
    }

    #[test]
    fn nodes_belong_to_the_realm_of_their_map_or_of_who_reaches_them() {
        let mut heap = SnapshotBuilder::new();
        let root = heap.node(NodeKind::SYNTHETIC, "", 0);
        let (main, main_map) = realm(&mut heap, "system / NativeContext / https://a.example");
        let (frame, frame_map) = realm(&mut heap, "Detached system / NativeContext");
        let no_context = heap.node(NodeKind::HIDDEN, "system / NativeContextX", 8);
        let of_main = heap.node(NodeKind::OBJECT, "Cart", 8);
        let of_frame = heap.node(NodeKind::OBJECT, "Cart", 8);
        let text = heap.node(NodeKind::STRING, "a", 8);
        let shared = heap.node(NodeKind::STRING, "b", 8);
        let below_shared = heap.node(NodeKind::STRING, "c", 8);
        heap.edge(root, EdgeKind::SHORTCUT, "1", main);
        heap.edge(of_main, EdgeKind::INTERNAL, "map", main_map);
        heap.edge(of_frame, EdgeKind::INTERNAL, "map", frame_map);
        heap.edge(of_main, EdgeKind::PROPERTY, "text", text);
        heap.edge(of_main, EdgeKind::PROPERTY, "b", shared);
        heap.edge(of_main, EdgeKind::PROPERTY, "other", of_frame);
        heap.edge(of_frame, EdgeKind::PROPERTY, "b", shared);
        heap.edge(of_frame, EdgeKind::WEAK, "1", text);
        heap.edge(shared, EdgeKind::PROPERTY, "c", below_shared);
        let source = Source::from_bytes(heap.to_json().into_bytes());
        let graph = Graph::new(read(source, &Progress::new()).unwrap());
        let detachedness = detachedness(&graph, &Progress::new()).unwrap();

        let contexts = native_contexts(&graph, &detachedness, &Progress::new()).unwrap();
        let at = |node: u32| contexts.of[node as usize];
        let (main, frame) = (main as i32, frame as i32);
        assert_eq!([at(main as u32), at(main_map), at(of_main), at(text)], [main; 4]);
        assert_eq!([at(frame as u32), at(frame_map), at(of_frame)], [frame; 3]);
        assert_eq!([at(shared), at(below_shared)], [NativeContexts::SHARED; 2]);
        assert_eq!([at(root), at(no_context)], [NativeContexts::NONE; 2]);

        let heap = Heap::analyse(graph, SizeRule::Exact, &Progress::new()).unwrap();
        let sizes = native_context_sizes(&heap, &contexts, &Progress::new()).unwrap();
        let bytes: Vec<_> = sizes.contexts.iter().map(|&(node, bytes)| (node.0 as i32, bytes)).collect();
        assert_eq!(bytes, [(main, 40), (frame, 32)]);
        assert_eq!((sizes.shared, sizes.none), (16, 8));
    }
}
