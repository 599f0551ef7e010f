//! Steps from the nearest user root, for each node.

use super::WeakMaps;
use super::name_sets::{NameSet, find_names};
use super::roots::is_user_root;
use crate::graph::{EdgeKind, Graph, NodeKind, NodeOrdinal, ROOT, StringIndex};
use crate::util::{BitSet, Cancelled, Column, Progress, stored};

/// Steps from the nearest user root, with DevTools' numbers for the special cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Distance(pub i32);

impl Distance {
    /// Nothing reaches the node.
    pub const UNREACHED: Self = Self(-5);
    /// From here on: reached only from system roots.
    pub const SYSTEM_BASE: i32 = 100_000_000;
    /// From here on, among retainers: reached by nothing but what is ignored, or by nothing at all.
    pub const UNREACHABLE_BASE: i32 = 200_000_000;

    /// The number to show; `None` for nodes that no user root reaches.
    pub fn shown(self) -> Option<i32> {
        (0..Self::SYSTEM_BASE).contains(&self.0).then_some(self.0)
    }
}

/// Distances by node.
#[derive(Debug, Default)]
pub struct Distances {
    /// [`Distance`] by node.
    pub steps: Column<i32>,
}

stored!(Distance(_));
stored!(Distances { steps });

impl Distances {
    /// Distance of a node.
    #[inline]
    pub fn of(&self, node: NodeOrdinal) -> Distance {
        Distance(self.steps[node.index()])
    }
}

/// Breadth-first from the user roots, then from the root.
///
/// The only analysis that depends on the order of visits: of the two edges of a
/// WeakMap's entry the second one that comes up gives the value its distance.
pub fn distances(graph: &Graph, weak_maps: &WeakMaps, progress: &Progress) -> Result<Distances, Cancelled> {
    distances_without(graph, weak_maps, &[], progress)
}

/// The same as if no edge led to some nodes; what is a user root starts all the same.
pub(super) fn distances_without(
    graph: &Graph,
    weak_maps: &WeakMaps,
    ignored: &[NodeOrdinal],
    progress: &Progress,
) -> Result<Distances, Cancelled> {
    let mut search = Search::new(graph, weak_maps, progress);
    // What counts as reached is asked before everything else of an edge, WeakMap entries included.
    for node in ignored {
        search.reached.insert(node.0);
    }
    let user_roots: Vec<u32> =
        graph.edge_rows(ROOT).to.iter().copied().filter(|&to| is_user_root(graph, NodeOrdinal(to))).collect();
    for &root in &user_roots {
        search.reach(root, 1);
    }
    let system_base = if user_roots.is_empty() { 0 } else { Distance::SYSTEM_BASE };
    search.run(user_roots)?;
    search.reach(ROOT.0, system_base);
    search.run(vec![ROOT.0])?;
    Ok(Distances { steps: search.steps.into() })
}

struct Search<'a> {
    graph: &'a Graph,
    filter: Filter<'a>,
    progress: &'a Progress,
    steps: Vec<i32>,
    /// The nodes that have a distance.
    reached: BitSet,
}

impl<'a> Search<'a> {
    fn new(graph: &'a Graph, weak_maps: &'a WeakMaps, progress: &'a Progress) -> Self {
        let node_count = graph.node_count() as usize;
        Self {
            graph,
            filter: Filter::new(graph, weak_maps),
            progress,
            steps: vec![Distance::UNREACHED.0; node_count],
            reached: BitSet::new(node_count),
        }
    }

    fn reach(&mut self, node: u32, steps: i32) {
        self.reached.insert(node);
        self.steps[node as usize] = steps;
    }

    /// First in, first out, one ring of nodes after the other. A node that is
    /// queued twice is visited twice: that matters to WeakMap entries.
    fn run(&mut self, first: Vec<u32>) -> Result<(), Cancelled> {
        const CHECK_EVERY: usize = 1 << 12;
        let mut ring = first;
        let mut next = Vec::new();
        while !ring.is_empty() {
            self.progress.check()?;
            for nodes in ring.chunks(CHECK_EVERY) {
                self.progress.check()?;
                for &node in nodes {
                    self.visit(NodeOrdinal(node), &mut next);
                }
            }
            std::mem::swap(&mut ring, &mut next);
            next.clear();
        }
        Ok(())
    }

    #[inline]
    fn visit(&mut self, node: NodeOrdinal, next: &mut Vec<u32>) {
        // Distances of real nodes are far from the limits: there are fewer nodes.
        let steps = self.steps[node.index()].saturating_add(1);
        let rule = self.filter.rule_of(node);
        let edges = self.graph.edge_rows(node);
        for ((&kind, &name), &to) in edges.kinds.iter().zip(edges.names).zip(edges.to) {
            let kind = EdgeKind(kind);
            if kind == EdgeKind::WEAK || self.reached.contains(to) {
                continue;
            }
            if self.filter.accepts(rule, kind, name) {
                self.reach(to, steps);
                next.push(to);
            }
        }
    }
}

/// What is asked of the edges of a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NodeRule {
    Ordinary,
    /// `system / NativeContext`: its map of sloppy functions does not count.
    NativeContext,
    /// Of the entries (key, details, value) after the second one, values do not count.
    MapDescriptors,
}

/// Which edges a search may take, asked only for targets without a distance.
struct Filter<'a> {
    graph: &'a Graph,
    weak_maps: &'a WeakMaps,
    /// Duplicated parts of WeakMap entries of which one edge has come up.
    pending: BitSet,
    native_context: NameSet,
    map_descriptors: NameSet,
    sloppy_function_map: NameSet,
}

impl<'a> Filter<'a> {
    fn new(graph: &'a Graph, weak_maps: &'a WeakMaps) -> Self {
        let [native_context, map_descriptors, sloppy_function_map] =
            find_names(graph, ["system / NativeContext", "(map descriptors)", "sloppy_function_map"]);
        Self {
            graph,
            weak_maps,
            pending: BitSet::new(weak_maps.part_count() as usize),
            native_context,
            map_descriptors,
            sloppy_function_map,
        }
    }

    #[inline]
    fn rule_of(&self, node: NodeOrdinal) -> NodeRule {
        match self.graph.kind(node) {
            NodeKind::HIDDEN if self.native_context.contains(self.graph.name(node).0) => {
                NodeRule::NativeContext
            }
            NodeKind::ARRAY if self.map_descriptors.contains(self.graph.name(node).0) => {
                NodeRule::MapDescriptors
            }
            _ => NodeRule::Ordinary,
        }
    }

    #[inline]
    fn accepts(&mut self, rule: NodeRule, kind: EdgeKind, name: u32) -> bool {
        match rule {
            NodeRule::NativeContext if !kind.is_indexed() && self.sloppy_function_map.contains(name) => false,
            NodeRule::MapDescriptors => self.is_no_descriptor_value(kind, name),
            _ => self.is_no_first_half(kind, name),
        }
    }

    #[expect(clippy::float_cmp, reason = "the remainder of a whole number is exact")]
    fn is_no_descriptor_value(&self, kind: EdgeKind, name: u32) -> bool {
        let index =
            if kind.is_indexed() { f64::from(name) } else { parse_int(&self.graph.text(StringIndex(name))) };
        // NaN passes.
        index < 2.0 || index % 3.0 != 1.0
    }

    /// Turns down the first of a WeakMap entry's two edges.
    #[inline]
    fn is_no_first_half(&mut self, kind: EdgeKind, name: u32) -> bool {
        match self.weak_maps.entry(kind, name) {
            None => true,
            Some(entry) => {
                let was_pending = self.pending.remove(entry.part);
                if !was_pending {
                    self.pending.insert(entry.part);
                }
                was_pending
            }
        }
    }
}

/// JavaScript's `parseInt(text, 10)`; NaN when there is no number.
pub(super) fn parse_int(text: &str) -> f64 {
    // What JavaScript trims: Unicode's blanks without U+0085, and the byte order mark.
    let text = text.trim_start_matches(|c: char| (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}');
    let (sign, digits) = match text.as_bytes().first() {
        Some(b'-') => (-1.0, &text[1..]),
        Some(b'+') => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    digits[..length].parse::<f64>().map_or(f64::NAN, |number| sign * number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Distance, distances, parse_int};
    use crate::analysis::weak_maps;
    use crate::format::{EdgeKind, NodeKind, Source, builder::SnapshotBuilder, read};
    use crate::graph::Graph;
    use crate::util::Progress;

    const FAR: i32 = Distance::SYSTEM_BASE;
    const NONE: i32 = Distance::UNREACHED.0;

    fn steps(heap: &SnapshotBuilder) -> Vec<i32> {
        let source = Source::from_bytes(heap.to_json().into_bytes());
        let graph = Graph::new(read(source, &Progress::new()).unwrap());
        let weak_maps = weak_maps(&graph, &Progress::new()).unwrap();
        distances(&graph, &weak_maps, &Progress::new()).unwrap().steps.to_vec()
    }

    #[test]
    fn steps_count_from_user_roots_and_then_from_the_system() {
        let mut heap = SnapshotBuilder::new();
        let root = heap.node(NodeKind::SYNTHETIC, "", 0);
        let global = heap.node(NodeKind::OBJECT, "global", 8);
        let trees = heap.node(NodeKind::SYNTHETIC, "(Document DOM trees)", 0);
        let gc_roots = heap.node(NodeKind::SYNTHETIC, "(GC roots)", 0);
        let cart = heap.node(NodeKind::OBJECT, "Cart", 8);
        let internal = heap.node(NodeKind::HIDDEN, "system / Foo", 8);
        let weak = heap.node(NodeKind::OBJECT, "Weak", 8);
        heap.edge(root, EdgeKind::WEAK, "1", global);
        heap.edge(root, EdgeKind::ELEMENT, 1, trees);
        heap.edge(root, EdgeKind::ELEMENT, 2, gc_roots);
        heap.edge(global, EdgeKind::PROPERTY, "cart", cart);
        heap.edge(global, EdgeKind::WEAK, "2", weak);
        heap.edge(gc_roots, EdgeKind::ELEMENT, 1, cart);
        heap.edge(gc_roots, EdgeKind::ELEMENT, 2, internal);
        assert_eq!(steps(&heap), [FAR, 1, 1, FAR + 1, 2, FAR + 2, NONE]);
    }

    #[test]
    fn without_user_roots_steps_count_from_the_root() {
        let mut heap = SnapshotBuilder::new();
        let root = heap.node(NodeKind::SYNTHETIC, "", 0);
        let gc_roots = heap.node(NodeKind::SYNTHETIC, "(GC roots)", 0);
        let object = heap.node(NodeKind::OBJECT, "Cart", 8);
        heap.edge(root, EdgeKind::ELEMENT, 1, gc_roots);
        heap.edge(gc_roots, EdgeKind::ELEMENT, 1, object);
        assert_eq!(steps(&heap), [0, 1, 2]);
    }

    #[test]
    fn a_weak_map_value_is_as_far_as_the_later_of_table_and_key() {
        let mut heap = SnapshotBuilder::new();
        let root = heap.node(NodeKind::SYNTHETIC, "", 0);
        let table = heap.node(NodeKind::ARRAY, "WeakMap table", 8);
        let key = heap.node(NodeKind::OBJECT, "Key", 8);
        let value = heap.node(NodeKind::OBJECT, "Value", 8);
        let dead = heap.node(NodeKind::OBJECT, "Value", 8);
        let between = heap.node(NodeKind::OBJECT, "Between", 8);
        let pair = "/ part of key (Key @5) -> value (Value @7) pair in WeakMap (table @3)";
        let other = "/ part of key (Key @99) -> value (Value @9) pair in WeakMap (table @3)";
        heap.edge(root, EdgeKind::ELEMENT, 1, table);
        heap.edge(root, EdgeKind::ELEMENT, 2, between);
        heap.edge(between, EdgeKind::PROPERTY, "key", key);
        heap.edge(table, EdgeKind::INTERNAL, format!("1 {pair}").as_str(), value);
        heap.edge(table, EdgeKind::INTERNAL, format!("2 {other}").as_str(), dead);
        heap.edge(key, EdgeKind::INTERNAL, format!("3 {pair}").as_str(), value);
        assert_eq!(steps(&heap), [FAR, 1, 2, 3, NONE, 1]);

        // Queued twice, the table shows both of "its" edges.
        heap.edge(root, EdgeKind::ELEMENT, 3, table);
        assert_eq!(steps(&heap), [FAR, 1, 2, 2, 2, 1]);
    }

    #[test]
    fn shared_descriptors_are_no_path() {
        let mut heap = SnapshotBuilder::new();
        let root = heap.node(NodeKind::SYNTHETIC, "", 0);
        let context = heap.node(NodeKind::HIDDEN, "system / NativeContext", 8);
        let map = heap.node(NodeKind::HIDDEN, "system / Map", 8);
        let descriptors = heap.node(NodeKind::ARRAY, "(map descriptors)", 8);
        heap.edge(root, EdgeKind::SHORTCUT, "1", context);
        heap.edge(context, EdgeKind::INTERNAL, "sloppy_function_map", map);
        heap.edge(context, EdgeKind::INTERNAL, "other", descriptors);
        let mut expected = vec![FAR, 1, NONE, 2];
        let cases: [(&str, bool); 8] = [
            ("1", true),
            ("3", true),
            ("4", false),
            ("5", true),
            (" 7 dwarfs", false),
            ("-2", true),
            ("enum_cache", true),
            ("9007199254740997", true), // as a double …996, which 3 divides
        ];
        for (name, passes) in cases {
            let target = heap.node(NodeKind::OBJECT, "Target", 8);
            heap.edge(descriptors, EdgeKind::INTERNAL, name, target);
            expected.push(if passes { 3 } else { NONE });
        }
        let by_index = heap.node(NodeKind::OBJECT, "Target", 8);
        heap.edge(descriptors, EdgeKind::HIDDEN, 10, by_index);
        expected.push(NONE);
        assert_eq!(steps(&heap), expected);
    }

    /// Shortest paths by their definition: as long as an edge leads anywhere in fewer steps, it does.
    /// `from` are the nodes where paths may go on; where they lead, they may go on, too.
    fn relax(steps: &mut [i32], from: &mut [bool], edges: &[(usize, usize, EdgeKind)], open: &[bool]) {
        let mut is_settled = false;
        while !is_settled {
            is_settled = true;
            for &(source, target, kind) in edges {
                let is_shorter = steps[target] < 0 || steps[source] + 1 < steps[target];
                if kind != EdgeKind::WEAK && from[source] && open[target] && is_shorter {
                    steps[target] = steps[source] + 1;
                    from[target] = true;
                    is_settled = false;
                }
            }
        }
    }

    fn naive(objects: &[bool], edges: &[(usize, usize, EdgeKind)]) -> Vec<i32> {
        let count = objects.len();
        let mut steps = vec![NONE; count];
        let mut reached = vec![false; count];
        for &(source, target, _) in edges {
            if source == 0 && objects[target] {
                (steps[target], reached[target]) = (1, true);
            }
        }
        let has_user_roots = reached.contains(&true);
        relax(&mut steps, &mut reached, edges, &vec![true; count]);
        let open: Vec<bool> = (0..count).map(|node| node != 0 && !reached[node]).collect();
        steps[0] = if has_user_roots { FAR } else { 0 };
        let mut from: Vec<bool> = (0..count).map(|node| node == 0).collect();
        relax(&mut steps, &mut from, edges, &open);
        steps
    }

    proptest! {
        #[test]
        fn distances_are_the_shortest_paths_that_their_definition_allows(
            kinds in prop::collection::vec(prop::bool::weighted(0.7), 0..20),
            edges in prop::collection::vec((0usize..20, 0usize..20, 0usize..7), 0..60),
        ) {
            let objects: Vec<bool> = [false].into_iter().chain(kinds).collect();
            let kind = |number| [EdgeKind::WEAK, EdgeKind::INTERNAL][usize::from(number > 0)];
            let mut edges: Vec<_> = edges
                .into_iter()
                .map(|(from, to, number)| (from % objects.len(), to % objects.len(), kind(number)))
                .collect();
            edges.sort_by_key(|edge| edge.0); // as the file has them
            let mut heap = SnapshotBuilder::new();
            for &is_object in &objects {
                heap.node(if is_object { NodeKind::OBJECT } else { NodeKind::SYNTHETIC }, "Node", 8);
            }
            for &(from, to, kind) in &edges {
                heap.edge(from as u32, kind, "edge", to as u32);
            }
            prop_assert_eq!(steps(&heap), naive(&objects, &edges));
        }
    }

    #[test]
    fn numbers_are_parsed_as_javascript_does() {
        for (text, number) in
            [("12", 12.0), (" \u{feff}\n+7px", 7.0), ("-3", -3.0), ("1e3", 1.0), ("0x9", 0.0)]
        {
            assert_eq!(parse_int(text), number, "{text}");
        }
        for text in ["", "-", "x1", "Infinity", "+-1", "\u{85}1"] {
            assert!(parse_int(text).is_nan(), "{text}");
        }
    }
}
