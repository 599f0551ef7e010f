//! Lookups against Chrome DevTools: search, object query, containment and retainers in all orders, dominators,
//! retaining paths, ignored retainers, places in scripts, recordings. The answers are
//! `tests/golden/NAME.lookups.json.zst`, made by `tests/oracle/lookup-answers.mjs`.

use std::path::Path;
use std::sync::Arc;

use heaplens::analysis::{
    AllocationProfile, AllocationRow, EdgeNameText, Heap, IgnoredRetainers, LimitsReached, PathLimits,
    Pattern, Query, QueryOrder, allocation_profile, dominator_chain, edge_name, ignored_retainers,
    query_objects, retainer_distance, retaining_paths, search, timeline,
};
use heaplens::graph::{EdgeOrdinal, NodeOrdinal, StringIndex};
use heaplens::rows::{Column, FieldsOf, Filter, RetainersOf, Sort, Source, Tree};
use heaplens::util::Progress;
use serde::Deserialize;

use crate::goldens::{Collection, golden, heap, sha256};
use crate::lines::{Lines, line};

/// All answers about one snapshot.
#[derive(Deserialize)]
pub(crate) struct Answers {
    /// What is searched, case-sensitive, regular expression, ids.
    searches: Vec<(String, bool, bool, Lines)>,
    queries: Vec<(Options, Lines)>,
    /// Ordinal of a node, column, ascending, edges.
    contents: Vec<(u32, String, bool, Lines)>,
    retainers: Vec<(u32, String, bool, Lines)>,
    /// Ordinal of a node, ids.
    dominators: Vec<(u32, Vec<u64>)>,
    paths: Vec<PathsOf>,
    ignoring: Vec<Ignoring>,
    locations: Lines,
    allocations: Option<Allocations>,
    samples: Option<Lines>,
}

/// Ordinal of a node; depth, nodes, siblings: limits, and which were reached; steps.
type PathsOf = (u32, [u32; 3], [bool; 3], Lines);

/// The options of DevTools' object query.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    class_name: Option<String>,
    node_type: Option<String>,
    property_name: Option<String>,
    is_detached: Option<bool>,
    min_self_size: Option<u64>,
    max_self_size: Option<u64>,
    min_retained_size: Option<u64>,
    max_retained_size: Option<u64>,
    sort_by: Option<String>,
}

/// What follows from ignoring some nodes.
#[derive(Deserialize)]
struct Ignoring {
    nodes: Vec<u32>,
    /// Hash of the distances that the Retainers pane shows of all nodes.
    distances: String,
    edges: Lines,
    retainers: Vec<(u32, Lines)>,
    paths: Vec<PathsOf>,
}

#[derive(Deserialize)]
struct Allocations {
    functions: Lines,
    callers: Lines,
    stacks: Lines,
    /// By function: nodes and bytes that are alive.
    live: Vec<(u64, u64)>,
}

/// One snapshot under comparison.
struct Case<'a> {
    name: &'a str,
    heap: Arc<Heap>,
    progress: Progress,
}

pub(crate) fn check(name: &str, heap: Heap, answers: &Answers) {
    let case = Case { name, heap: Arc::new(heap), progress: Progress::new() };
    case.searches(answers);
    case.queries(answers);
    case.orders(answers);
    case.dominators(answers);
    for paths in &answers.paths {
        case.paths(paths, None);
    }
    for round in &answers.ignoring {
        case.ignoring(round);
    }
    case.locations(answers);
    case.recordings(answers);
}

impl Case<'_> {
    fn ids(&self, nodes: &[NodeOrdinal]) -> Vec<String> {
        nodes.iter().map(|&node| self.heap.graph.id(node).0.to_string()).collect()
    }

    fn searches(&self, answers: &Answers) {
        for (text, case_sensitive, is_regex, expected) in &answers.searches {
            let pattern = match is_regex {
                true => Pattern::regex(text, false).unwrap(),
                false => Pattern::text(text.trim(), *case_sensitive),
            };
            let found = search(&self.heap, &pattern, None, &self.progress).unwrap();
            let what = format!("{}: search for {text:?}, case {case_sensitive}, regex {is_regex}", self.name);
            expected.check(&what, &self.ids(&found));
        }
    }

    fn queries(&self, answers: &Answers) {
        for (place, (options, expected)) in answers.queries.iter().enumerate() {
            let pattern = |source: &Option<String>| source.as_ref().map(|s| Pattern::regex(s, true).unwrap());
            let query = Query {
                min_shallow_size: options.min_self_size,
                max_shallow_size: options.max_self_size,
                min_retained_size: options.min_retained_size,
                max_retained_size: options.max_retained_size,
                is_detached: options.is_detached,
                name: pattern(&options.class_name),
                kind: options.node_type.clone(),
                property: pattern(&options.property_name),
                order: match options.sort_by.as_deref() {
                    None | Some("retainedSize") => QueryOrder::RetainedSize,
                    Some("selfSize") => QueryOrder::ShallowSize,
                    Some("id") => QueryOrder::Id,
                    Some(other) => panic!("no such order: {other}"),
                },
            };
            let found = query_objects(&self.heap, &query, &self.progress).unwrap();
            expected.check(&format!("{}: object query {place}", self.name), &self.ids(&found));
        }
    }

    fn edge_line(&self, edge: EdgeOrdinal, other: NodeOrdinal) -> String {
        let graph = &self.heap.graph;
        let (EdgeNameText::Text(name) | EdgeNameText::Index(name)) = edge_name(graph, edge);
        line!(graph.meta().edge_kinds.get(graph.edge_kind(edge).0), name, graph.id(other).0)
    }

    /// A retainer as the pane shows it.
    fn retainer_line(&self, edge: EdgeOrdinal, ignored: Option<&IgnoredRetainers>) -> String {
        let holder = self.heap.graph.edge_from(edge);
        let steps = retainer_distance(&self.heap, ignored, edge, holder).0;
        let mark = ignored.is_some_and(|ignored| ignored.contains(holder));
        line!(self.edge_line(edge, holder), steps, mark)
    }

    /// The edges of a table's top level.
    fn edges(&self, source: Arc<dyn Source>, sort: Sort) -> Vec<EdgeOrdinal> {
        let tree = Tree::build(source, Some(sort), Filter::default(), &self.progress).unwrap();
        tree.top_items().map(|item| EdgeOrdinal(item.ordinal)).collect()
    }

    fn retainers(&self, node: u32, sort: Sort, ignored: Option<&Arc<IgnoredRetainers>>) -> Vec<String> {
        let source =
            RetainersOf::ignoring(self.heap.clone(), NodeOrdinal(node), ignored.cloned(), &self.progress);
        let edges = self.edges(Arc::new(source.unwrap()), sort);
        edges.into_iter().map(|edge| self.retainer_line(edge, ignored.map(Arc::as_ref))).collect()
    }

    fn orders(&self, answers: &Answers) {
        for (node, column, ascending, expected) in &answers.contents {
            let source = FieldsOf::new(self.heap.clone(), NodeOrdinal(*node));
            let edges = self.edges(Arc::new(source), sort_by(column, *ascending));
            let ours: Vec<_> =
                edges.into_iter().map(|edge| self.edge_line(edge, self.heap.graph.edge_to(edge))).collect();
            let what = format!("{}: contents of node {node} by {column}, ascending {ascending}", self.name);
            expected.check(&what, &ours);
        }
        for (node, column, ascending, expected) in &answers.retainers {
            let what = format!("{}: retainers of node {node} by {column}, ascending {ascending}", self.name);
            expected.check(&what, &self.retainers(*node, sort_by(column, *ascending), None));
        }
    }

    fn dominators(&self, answers: &Answers) {
        for (node, expected) in &answers.dominators {
            let chain = dominator_chain(&self.heap.dominators, NodeOrdinal(*node));
            let ours: Vec<u64> = chain.iter().map(|&node| self.heap.graph.id(node).0).collect();
            assert_eq!(ours, *expected, "{}: dominators of node {node}", self.name);
        }
    }

    fn paths(&self, (node, limits, reached, expected): &PathsOf, ignored: Option<&IgnoredRetainers>) {
        let [depth, nodes, siblings] = *limits;
        let limits = PathLimits { depth, nodes, siblings };
        let found = retaining_paths(&self.heap, NodeOrdinal(*node), limits, ignored, &self.progress).unwrap();
        let what = format!("{}: paths of node {node} within {limits:?}", self.name);
        let ours = found
            .steps
            .iter()
            .map(|step| line!(step.depth, self.edge_line(step.edge, step.holder), step.distance.0));
        expected.check(&what, &ours.collect::<Vec<_>>());
        let LimitsReached { depth, nodes, siblings } = found.limits_reached;
        assert_eq!([depth, nodes, siblings], *reached, "{what}: limits reached");
    }

    fn ignoring(&self, round: &Ignoring) {
        let nodes: Vec<_> = round.nodes.iter().copied().map(NodeOrdinal).collect();
        let ignored = Arc::new(ignored_retainers(&self.heap, &nodes, &self.progress).unwrap());
        let what = format!("{}: ignoring {:?}", self.name, round.nodes);
        let edges: Vec<_> = ignored.edges().iter().map(|edge| edge.0.to_string()).collect();
        round.edges.check(&format!("{what}: edges"), &edges);
        for (node, expected) in &round.retainers {
            let ours = self.retainers(*node, sort_by("distance", true), Some(&ignored));
            expected.check(&format!("{what}: retainers of node {node}"), &ours);
        }
        // Distances of nodes are those of retainers by an edge that is not ignored itself.
        let distances = self.heap.graph.node_ordinals().map(|node| {
            let steps = ignored.distances().of(node).0;
            let far = self.heap.distances.of(node).0.max(0) + 200_000_000;
            if steps == -5 { far } else { steps }
        });
        let ours = sha256(distances.map(i32::to_le_bytes));
        assert_eq!(ours, round.distances, "{what}: distances");
        for paths in &round.paths {
            self.paths(paths, Some(&ignored));
        }
    }

    fn locations(&self, answers: &Answers) {
        let graph = &self.heap.graph;
        let line = |node| {
            let place = graph.location(node)?;
            Some(line!(graph.id(node).0, place.script_id, place.line, place.column))
        };
        let ours: Vec<_> = graph.node_ordinals().filter_map(line).collect();
        answers.locations.check(&format!("{}: locations", self.name), &ours);
    }

    fn recordings(&self, answers: &Answers) {
        let (graph, sizes) = (&self.heap.graph, &self.heap.sizes);
        let samples = graph.samples(&self.progress).unwrap();
        assert_eq!(samples.is_empty(), answers.samples.is_none(), "{}: samples", self.name);
        if let Some(expected) = &answers.samples {
            let line = timeline(graph, sizes, samples, &self.progress).unwrap();
            let rows = line.samples.iter().zip(&line.sizes).map(|(sample, size)| {
                line!(sample.timestamp_us as f64 / 1000.0, sample.last_assigned_id, size)
            });
            expected.check(&format!("{}: samples", self.name), &rows.collect::<Vec<_>>());
        }
        let table = graph.trace_table(&self.progress).unwrap();
        assert_eq!(table.tree.is_empty(), answers.allocations.is_none(), "{}: allocations", self.name);
        if let Some(expected) = &answers.allocations {
            let profile = allocation_profile(graph, sizes, table, &self.progress).unwrap();
            Profile { case: self, profile: &profile }.check(expected);
        }
    }
}

fn sort_by(column: &str, ascending: bool) -> Sort {
    let column = match column {
        "name" => Column::Name,
        "distance" => Column::Distance,
        "selfSize" => Column::ShallowSize,
        "retainedSize" => Column::RetainedSize,
        other => panic!("no such column: {other}"),
    };
    Sort { column, descending: !ascending }
}

/// The recording of a snapshot under comparison.
struct Profile<'a> {
    case: &'a Case<'a>,
    profile: &'a AllocationProfile,
}

impl Profile<'_> {
    /// As many as the answers open.
    const LEVELS: u32 = 4;

    fn check(&self, expected: &Allocations) {
        let name = self.case.name;
        let functions = self.profile.functions();
        let lines: Vec<_> = functions.iter().map(|row| self.row(0, row)).collect();
        expected.functions.check(&format!("{name}: functions that allocated"), &lines);

        let mut opened = Vec::new();
        for row in functions.iter().take(expected.live.len()) {
            self.with_callers(row, 0, &mut opened);
        }
        expected.callers.check(&format!("{name}: callers"), &opened);

        let graph = &self.case.heap.graph;
        let stacks = graph.node_ordinals().filter_map(|node| {
            let stack = self.profile.stack(graph, node);
            let frames: Vec<_> = stack.iter().map(|&function| self.function(function)).collect();
            (!frames.is_empty()).then(|| line!(node.0, frames.join("\t")))
        });
        expected.stacks.check(&format!("{name}: stacks"), &stacks.collect::<Vec<_>>());
        for (row, expected) in functions.iter().zip(&expected.live) {
            assert_eq!((row.live_count, row.live_size), *expected, "{name}: alive of {}", self.row(0, row));
            let live = self.live(row);
            assert_eq!(live, *expected, "{name}: nodes with the traces of {}", self.row(0, row));
        }
    }

    /// Nodes with one of the row's traces, and their bytes: what DevTools' filter by a row shows.
    fn live(&self, row: &AllocationRow) -> (u64, u64) {
        let heap = &self.case.heap;
        let traces: std::collections::HashSet<u64> = self.profile.trace_ids(row).collect();
        let of_node = heap.graph.nodes().trace_node.as_ref();
        let nodes = heap.graph.node_ordinals().filter(|node| {
            let trace = of_node.map_or(0, |of_node| of_node[node.index()]);
            traces.contains(&u64::from(trace))
        });
        nodes.fold((0, 0), |(count, size), node| (count + 1, size + heap.sizes.of(node)))
    }

    fn function(&self, function: u32) -> String {
        let function = &self.profile.table.functions[function as usize];
        let text = |index| self.case.heap.graph.text(StringIndex(index)).into_owned();
        line!(
            text(function.name),
            text(function.script_name),
            function.script_id,
            function.line,
            function.column
        )
    }

    fn row(&self, level: u32, row: &AllocationRow) -> String {
        let AllocationRow { count, size, live_count, live_size, has_callers, .. } = row;
        line!(level, self.function(row.function), count, size, live_count, live_size, has_callers)
    }

    /// A row and its callers; a caller that is the only one is opened whatever the level.
    fn with_callers(&self, row: &AllocationRow, level: u32, out: &mut Vec<String>) {
        out.push(self.row(level, row));
        if level >= Self::LEVELS || !row.has_callers {
            return;
        }
        let mut below = level;
        let mut callers = self.profile.callers(row);
        while let [only] = &callers[..] {
            below += 1;
            out.push(self.row(below, only));
            callers = self.profile.callers(only);
        }
        for caller in &callers {
            self.with_callers(caller, below + 1, out);
        }
    }
}

/// Compares all snapshots of a collection; returns how many had a recording.
pub(crate) fn check_each(collection: &Collection) -> usize {
    let mut recordings = 0;
    for (name, path) in &collection.snapshots {
        let answers: Answers = golden(&collection.answers, &format!("{name}.lookups"));
        recordings += usize::from(answers.allocations.is_some());
        check(name, heap(path), &answers);
    }
    recordings
}

#[test]
fn lookups_in_random_heaps() {
    let heaps = Collection::committed("adversarial");
    assert!(heaps.snapshots.len() >= 50, "fixtures are missing");
    assert!(check_each(&heaps) >= 4, "recordings are missing");
}

#[test]
fn lookups_in_snapshots_of_many_writers() {
    let heaps = Collection::committed("real");
    assert!(heaps.snapshots.len() >= 12, "fixtures are missing");
    assert!(check_each(&heaps) >= 1, "the recording is missing");
}

/// New random heaps, not the committed ones: run by `tests/oracle/check-adversarial.sh`.
#[test]
#[ignore = "needs Node to make heaps and answers; run tests/oracle/check-adversarial.sh"]
fn lookups_in_fresh_random_heaps() {
    let folder =
        std::env::var_os("HEAPLENS_FRESH").expect("HEAPLENS_FRESH names the folder of heaps and answers");
    let folder = Path::new(&folder);
    let heaps = Collection::new(&folder.join("snapshots"), &folder.join("golden"));
    assert!(!heaps.snapshots.is_empty());
    let recordings = check_each(&heaps);
    println!("lookups equal in {} heaps, {recordings} with recordings", heaps.snapshots.len());
}
