//! The functions that a page's event listeners call.

use super::Heap;
use super::distances::parse_int;
use super::name_sets::{NameSet, find_names};
use crate::graph::{EdgeKind, EdgeRows, Graph, NodeOrdinal, StringIndex};
use crate::util::{BitSet, Cancelled, Progress};

/// Marks the handlers of all listeners.
///
/// DevTools' rule: the edge `1` of a node `V8EventListener` leads to the callback. The
/// handler is the callback if it has a field `code`, as functions do; else the first of
/// the nodes it refers to that has one, as frameworks wrap functions into objects; else
/// the callback.
pub(super) fn event_handlers(heap: &Heap, progress: &Progress) -> Result<BitSet, Cancelled> {
    let graph = &heap.graph;
    let [listener, one, code] = find_names(graph, ["V8EventListener", "1", "code"]);
    let node_count = graph.node_count() as usize;
    let mut handlers = BitSet::new(node_count);
    let mut callbacks = BitSet::new(node_count);
    let mut code = Code { graph, name: code, asked: BitSet::new(node_count), has: BitSet::new(node_count) };
    for node in graph.node_ordinals() {
        if node.0.is_multiple_of(1 << 14) {
            progress.check()?;
        }
        if !listener.contains(graph.name(node).0) || heap.detachedness.is_renamed(graph, node) {
            continue;
        }
        let edges = graph.edge_rows(node);
        let callback = (0..edges.to.len()).find(|&at| is_named(graph, edges, at, &one, Some(1.0)));
        let Some(callback) = callback.map(|at| edges.to[at]) else { continue };
        if callbacks.insert(callback) {
            handlers.insert(code.handler_of(callback));
        }
    }
    Ok(handlers)
}

/// Which nodes have a field `code`; each is looked at once, whoever refers to it.
struct Code<'a> {
    graph: &'a Graph,
    name: NameSet,
    asked: BitSet,
    has: BitSet,
}

impl Code<'_> {
    fn handler_of(&mut self, callback: u32) -> u32 {
        if self.is_at(callback) {
            return callback;
        }
        let targets = self.graph.edge_rows(NodeOrdinal(callback)).to;
        targets.iter().copied().find(|&to| self.is_at(to)).unwrap_or(callback)
    }

    fn is_at(&mut self, node: u32) -> bool {
        if self.asked.insert(node) {
            let edges = self.graph.edge_rows(NodeOrdinal(node));
            if (0..edges.to.len()).any(|at| is_named(self.graph, edges, at, &self.name, None)) {
                self.has.insert(node);
            }
        }
        self.has.contains(node)
    }
}

/// Whether an edge is displayed under a name, given as the rows of its text and, where
/// it is a number's text, that number.
fn is_named(graph: &Graph, edges: EdgeRows<'_>, at: usize, text: &NameSet, number: Option<f64>) -> bool {
    let (kind, name) = (EdgeKind(edges.kinds[at]), edges.names[at]);
    if kind.is_indexed() {
        return number == Some(f64::from(name));
    }
    if kind == EdgeKind::SHORTCUT {
        let parsed = parse_int(&graph.text(StringIndex(name)));
        if !parsed.is_nan() {
            return number == Some(parsed);
        }
    }
    text.contains(name)
}

#[cfg(test)]
mod tests {
    use super::event_handlers;
    use crate::analysis::testing::{heap_of, rooted};
    use crate::format::{EdgeKind, NodeKind};
    use crate::util::Progress;

    #[test]
    fn the_handler_is_the_function_itself_or_what_a_wrapper_holds() {
        let mut snapshot = rooted();
        let mut listener = |edge: Option<(EdgeKind, &str)>, name: &str| {
            let listener = snapshot.node(NodeKind::NATIVE, name, 8);
            let callback = snapshot.node(NodeKind::OBJECT, "Callback", 8);
            match edge {
                Some((kind, name)) => snapshot.edge(listener, kind, name, callback),
                None => snapshot.edge(listener, EdgeKind::ELEMENT, 1, callback),
            }
            callback
        };
        let direct = listener(None, "V8EventListener");
        let wrapper = listener(Some((EdgeKind::INTERNAL, "1")), "V8EventListener");
        let wrapper_of_none = listener(Some((EdgeKind::SHORTCUT, "1st")), "V8EventListener");
        let unnamed = listener(Some((EdgeKind::INTERNAL, "2")), "V8EventListener");
        let of_other = listener(None, "EventListener");
        let data = snapshot.node(NodeKind::OBJECT, "Data", 8);
        let function = snapshot.node(NodeKind::CLOSURE, "onClick", 8);
        for node in [direct, function, unnamed, of_other] {
            snapshot.edge(node, EdgeKind::INTERNAL, "code", 0);
        }
        for node in [wrapper, wrapper_of_none] {
            snapshot.edge(node, EdgeKind::PROPERTY, "data", data);
        }
        snapshot.edge(wrapper, EdgeKind::WEAK, "callback", function);

        let heap = heap_of(&snapshot);
        let handlers = event_handlers(&heap, &Progress::new()).unwrap();
        let marked: Vec<u32> = (0..heap.graph.node_count()).filter(|&node| handlers.contains(node)).collect();
        assert_eq!(marked, [direct, wrapper_of_none, function]);
    }
}
