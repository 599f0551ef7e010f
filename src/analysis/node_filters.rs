//! The filters of the Summary: which nodes it is about.

use super::distances::parse_int;
use super::event_handlers::event_handlers;
use super::name_sets::{find_rows, nodes_named};
use super::reached::reached;
use super::{
    Aggregates, Distance, Heap, NativeContexts, aggregates_where, duplicate_strings, native_contexts,
};
use crate::graph::{EdgeKind, NodeId, NodeKind, NodeOrdinal, StringIndex};
use crate::util::{BitSet, Cancelled, Phase, Progress};

/// What the Summary can be limited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeFilter {
    /// Strings whose text another one has, too.
    DuplicatedStrings,
    /// What only detached nodes hold.
    RetainedByDetachedNodes,
    /// What only the console of the developer tools holds.
    RetainedByConsole,
    /// What only event handlers hold.
    RetainedByEventHandlers,
    /// What only contexts of closures hold.
    RetainedByContexts,
    /// What belongs to a native context.
    NativeContext(NodeOrdinal),
    /// What several native contexts share.
    SharedNativeContexts,
    /// What belongs to no native context.
    NoNativeContext,
    /// Ids above the first up to the second: what was allocated between two snapshots,
    /// when these are the largest ids of objects in each.
    Ids(NodeId, NodeId),
}

/// The nodes that a filter shows.
pub fn filtered_nodes(heap: &Heap, filter: NodeFilter, progress: &Progress) -> Result<BitSet, Cancelled> {
    progress.phase(Phase::Filtering, || match filter {
        NodeFilter::DuplicatedStrings => {
            let strings = duplicate_strings(heap, progress)?;
            let mut shown = BitSet::new(heap.graph.node_count() as usize);
            for group in &strings.groups {
                strings.members(group).for_each(|node| {
                    shown.insert(node.0);
                });
            }
            Ok(shown)
        }
        NodeFilter::RetainedByDetachedNodes => only_retained_by(heap, &detached(heap), progress),
        NodeFilter::RetainedByEventHandlers => {
            only_retained_by(heap, &event_handlers(heap, progress)?, progress)
        }
        NodeFilter::RetainedByContexts => only_retained_by(heap, &context_objects(heap, progress)?, progress),
        NodeFilter::RetainedByConsole => retained_by_console(heap, progress),
        NodeFilter::NativeContext(context) => of_native_context(heap, context.0 as i32, progress),
        NodeFilter::SharedNativeContexts => of_native_context(heap, NativeContexts::SHARED, progress),
        NodeFilter::NoNativeContext => of_native_context(heap, NativeContexts::NONE, progress),
        NodeFilter::Ids(above, up_to) => nodes_where(heap, progress, |node| {
            let id = heap.graph.id(node);
            above < id && id <= up_to
        }),
    })
}

/// The Summary of what a filter shows.
pub fn filtered_aggregates(
    heap: &Heap,
    filter: NodeFilter,
    progress: &Progress,
) -> Result<Aggregates, Cancelled> {
    let shown = filtered_nodes(heap, filter, progress)?;
    let Heap { classes, sizes, distances, dominators, retained, .. } = heap;
    progress.phase(Phase::Aggregates, || {
        let is_shown = |node: NodeOrdinal| shown.contains(node.0);
        aggregates_where(classes, sizes, distances, dominators, retained, &is_shown, progress)
    })
}

/// The nodes that pass a test.
fn nodes_where(
    heap: &Heap,
    progress: &Progress,
    passes: impl Fn(NodeOrdinal) -> bool,
) -> Result<BitSet, Cancelled> {
    let mut nodes = BitSet::new(heap.graph.node_count() as usize);
    for node in heap.graph.node_ordinals() {
        if node.0.is_multiple_of(1 << 16) {
            progress.check()?;
        }
        if passes(node) {
            nodes.insert(node.0);
        }
    }
    Ok(nodes)
}

fn of_native_context(heap: &Heap, context: i32, progress: &Progress) -> Result<BitSet, Cancelled> {
    let contexts = native_contexts(&heap.graph, &heap.detachedness, progress)?;
    nodes_where(heap, progress, |node| contexts.of[node.index()] == context)
}

/// What has a distance, but that the root does not reach without the `holders`.
fn only_retained_by(heap: &Heap, holders: &BitSet, progress: &Progress) -> Result<BitSet, Cancelled> {
    let free = reached(&heap.graph, holders, |_, _, _| false, progress)?;
    not_free(heap, &free, progress)
}

fn not_free(heap: &Heap, free: &BitSet, progress: &Progress) -> Result<BitSet, Cancelled> {
    nodes_where(heap, progress, |node| {
        !free.contains(node.0) && heap.distances.of(node) != Distance::UNREACHED
    })
}

fn detached(heap: &Heap) -> BitSet {
    let mut nodes = BitSet::new(heap.graph.node_count() as usize);
    for (&state, node) in heap.detachedness.state.iter().zip(0..) {
        if state == 2 {
            nodes.insert(node);
        }
    }
    nodes
}

/// Contexts of closures, by name.
pub(super) fn context_objects(heap: &Heap, progress: &Progress) -> Result<BitSet, Cancelled> {
    const NAME: &[u8] = b"system / Context";
    let is_context =
        |text: &[u8]| text.strip_prefix(NAME).is_some_and(|rest| rest.is_empty() || rest.starts_with(b" / "));
    nodes_named(heap, &find_rows(&heap.graph, is_context), progress)
}

/// What the console logged or evaluated hangs on synthetic nodes, by edges that say so.
fn retained_by_console(heap: &Heap, progress: &Progress) -> Result<BitSet, Cancelled> {
    let graph = &heap.graph;
    let names = find_rows(graph, |text| text.ends_with(b" / DevTools console"));
    let is_cut = |node: NodeOrdinal, kind: EdgeKind, name: u32| {
        graph.kind(node) == NodeKind::SYNTHETIC
            && !kind.is_indexed()
            && names.contains(name)
            // A shortcut whose name begins with a number is displayed as that number.
            && (kind != EdgeKind::SHORTCUT || parse_int(&graph.text(StringIndex(name))).is_nan())
    };
    let free = reached(graph, &BitSet::default(), is_cut, progress)?;
    not_free(heap, &free, progress)
}

/// How much of a heap is only held by contexts of closures, over all nodes that take space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetainedByContexts {
    /// Number of contexts.
    pub contexts: u64,
    /// Number of nodes that only contexts hold.
    pub retained_count: u64,
    /// Their bytes.
    pub retained_size: u64,
    /// Number of the other nodes.
    pub other_count: u64,
    /// Their bytes.
    pub other_size: u64,
}

/// Counts what [`NodeFilter::RetainedByContexts`] shows, and what not.
pub fn retained_by_contexts(heap: &Heap, progress: &Progress) -> Result<RetainedByContexts, Cancelled> {
    let contexts = context_objects(heap, progress)?;
    let shown = only_retained_by(heap, &contexts, progress)?;
    let mut sums = RetainedByContexts::default();
    for node in heap.graph.node_ordinals() {
        if node.0.is_multiple_of(1 << 16) {
            progress.check()?;
        }
        let size = heap.sizes.of(node);
        if size == 0 {
            continue;
        }
        sums.contexts += u64::from(contexts.contains(node.0));
        let (count, bytes) = match shown.contains(node.0) {
            true => (&mut sums.retained_count, &mut sums.retained_size),
            false => (&mut sums.other_count, &mut sums.other_size),
        };
        *count += 1;
        *bytes += size;
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::{NodeFilter, RetainedByContexts, filtered_nodes, retained_by_contexts};
    use crate::analysis::Heap;
    use crate::analysis::testing::{heap_of, object, rooted};
    use crate::format::{EdgeKind, NodeKind};
    use crate::graph::NodeId;
    use crate::util::Progress;

    fn shown(heap: &Heap, filter: NodeFilter) -> Vec<u32> {
        let nodes = filtered_nodes(heap, filter, &Progress::new()).unwrap();
        (0..heap.graph.node_count()).filter(|&node| nodes.contains(node)).collect()
    }

    #[test]
    fn what_only_a_detached_node_holds_is_retained_by_it() {
        let mut snapshot = rooted();
        let window = object(&mut snapshot, "Window", 8);
        let div = snapshot.node(NodeKind::NATIVE, "<div>", 8);
        let model = snapshot.node(NodeKind::OBJECT, "Model", 8);
        let shared = snapshot.node(NodeKind::OBJECT, "Shared", 8);
        let weak = snapshot.node(NodeKind::OBJECT, "Weak", 8);
        snapshot.set_detachedness(div, 2);
        snapshot.edge(window, EdgeKind::PROPERTY, "div", div);
        snapshot.edge(window, EdgeKind::PROPERTY, "shared", shared);
        snapshot.edge(window, EdgeKind::WEAK, "1", model);
        for to in [model, shared] {
            snapshot.edge(div, EdgeKind::PROPERTY, "to", to);
        }
        snapshot.edge(div, EdgeKind::WEAK, "2", weak); // nothing reaches it: not shown
        assert_eq!(shown(&heap_of(&snapshot), NodeFilter::RetainedByDetachedNodes), [div, model]);
    }

    #[test]
    fn what_hangs_on_the_console_hangs_on_an_edge_that_says_so() {
        let mut snapshot = rooted();
        let handles = snapshot.node(NodeKind::SYNTHETIC, "(Global handles)", 0);
        let window = object(&mut snapshot, "Window", 8);
        let [logged, other, numbered] =
            ["Logged", "Other", "Numbered"].map(|name| snapshot.node(NodeKind::OBJECT, name, 8));
        snapshot.edge(0, EdgeKind::ELEMENT, 1, handles);
        snapshot.edge(handles, EdgeKind::INTERNAL, "Window / DevTools console", logged);
        snapshot.edge(handles, EdgeKind::SHORTCUT, "3 / DevTools console", numbered);
        snapshot.edge(window, EdgeKind::INTERNAL, "Window / DevTools console", other);
        assert_eq!(shown(&heap_of(&snapshot), NodeFilter::RetainedByConsole), [logged]);
    }

    #[test]
    fn contexts_and_what_only_they_hold_are_counted() {
        let mut snapshot = rooted();
        let render = object(&mut snapshot, "Render", 100);
        let context = snapshot.node(NodeKind::OBJECT, "system / Context / render", 10);
        let captured = snapshot.node(NodeKind::OBJECT, "Captured", 1);
        let table = object(&mut snapshot, "system / Contexts", 1000);
        snapshot.edge(render, EdgeKind::INTERNAL, "context", context);
        snapshot.edge(context, EdgeKind::CONTEXT, "captured", captured);
        let heap = heap_of(&snapshot);
        assert_eq!(shown(&heap, NodeFilter::RetainedByContexts), [context, captured]);
        let sums = RetainedByContexts {
            contexts: 1,
            retained_count: 2,
            retained_size: 11,
            other_count: 2,
            other_size: 1100,
        };
        assert_eq!(retained_by_contexts(&heap, &Progress::new()).unwrap(), sums);
        let id = |node: u32| NodeId(2 * u64::from(node) + 1);
        let between = NodeFilter::Ids(id(render), id(captured));
        assert_eq!(shown(&heap, between), [context, captured]);
        assert_eq!(shown(&heap, NodeFilter::Ids(NodeId(u64::MAX), NodeId(5))), [] as [u32; 0]);
        assert!(shown(&heap, between).iter().all(|&node| node != table));
    }
}
