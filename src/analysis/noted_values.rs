//! Numbers and truth values that the newest V8 notes about objects: nodes of kind `number`
//! whose field `value` leads to a text, shared by all objects with that value.

use super::Heap;
use super::distances::parse_int;
use super::internal_edges::internal_target;
use super::name_sets::find_names;
use crate::graph::{NodeKind, NodeOrdinal};
use crate::util::{BitSet, Cancelled, Progress, RankedSet};

/// The values of all such nodes.
#[derive(Debug, Default)]
pub(super) struct NotedValues {
    int_nodes: RankedSet,
    /// By rank in `int_nodes`.
    ints: Vec<f64>,
    trues: BitSet,
}

impl NotedValues {
    /// Reads them in one pass over the nodes.
    pub(super) fn read(heap: &Heap, progress: &Progress) -> Result<Self, Cancelled> {
        let graph = &heap.graph;
        let [int, bool, value, yes] = find_names(graph, ["int", "bool", "value", "true"]);
        // What is displayed as `Detached …` is no number.
        let value_of = |node| {
            internal_target(graph, node, &value).filter(|&text| !heap.detachedness.is_renamed(graph, text))
        };
        let node_count = graph.node_count() as usize;
        let (mut int_nodes, mut ints, mut trues) = (Vec::new(), Vec::new(), BitSet::new(node_count));
        for node in graph.node_ordinals() {
            if node.0.is_multiple_of(1 << 14) {
                progress.check()?;
            }
            if graph.kind(node) != NodeKind::NUMBER {
                continue;
            }
            let name = graph.name(node).0;
            if bool.contains(name) {
                if value_of(node).is_some_and(|text| yes.contains(graph.name(text).0)) {
                    trues.insert(node.0);
                }
            } else if int.contains(name)
                && let Some(text) = value_of(node)
            {
                let number = parse_int(&graph.name_text(text));
                if !number.is_nan() {
                    int_nodes.push(node.0);
                    ints.push(number + 0.0); // no negative zero: it is equal to zero
                }
            }
        }
        Ok(Self { int_nodes: RankedSet::new(node_count, int_nodes), ints, trues })
    }

    /// The whole number that a node stands for.
    pub(super) fn int(&self, node: NodeOrdinal) -> Option<f64> {
        self.int_nodes.rank(node.0).map(|rank| self.ints[rank]) // one entry a member
    }

    /// Whether a node stands for `true`.
    pub(super) fn is_true(&self, node: NodeOrdinal) -> bool {
        self.trues.contains(node.0)
    }
}

#[cfg(test)]
mod tests {
    use super::NotedValues;
    use crate::analysis::testing::{heap_of, rooted};
    use crate::format::{EdgeKind, NodeKind};
    use crate::graph::NodeOrdinal;
    use crate::util::Progress;

    #[test]
    fn values_stand_in_the_text_of_the_field_value() {
        let mut snapshot = rooted();
        let mut noted = |kind, name: &str, text: &str| {
            let node = snapshot.node(kind, name, 0);
            let value = snapshot.node(NodeKind::STRING, text, 0);
            snapshot.edge(node, EdgeKind::PROPERTY, "value", 0);
            snapshot.edge(node, EdgeKind::INTERNAL, "value", value);
            NodeOrdinal(node)
        };
        let twelve = noted(NodeKind::NUMBER, "int", "12");
        let negative = noted(NodeKind::NUMBER, "int", "-2");
        let no_number = noted(NodeKind::NUMBER, "int", "true");
        let smi = noted(NodeKind::NUMBER, "smi number", "7");
        let yes = noted(NodeKind::NUMBER, "bool", "true");
        let no = noted(NodeKind::NUMBER, "bool", "false");
        let text = noted(NodeKind::STRING, "bool", "true");
        let heap = heap_of(&snapshot);
        let values = NotedValues::read(&heap, &Progress::new()).unwrap();
        assert_eq!([twelve, negative].map(|node| values.int(node)), [Some(12.0), Some(-2.0)]);
        assert_eq!([no_number, smi, yes].map(|node| values.int(node)), [None; 3]);
        assert_eq!([yes, no, text].map(|node| values.is_true(node)), [true, false, false]);
    }
}
