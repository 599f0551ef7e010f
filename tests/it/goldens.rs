//! Our numbers against Chrome DevTools': every committed snapshot is read, analysed and compared with
//! the answers of DevTools' own code (`tests/golden`, made by `tests/oracle/make-goldens.sh`).

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use heaplens::analysis::{
    Aggregate, Direction::Ascending, Direction::Descending, EdgeEnd, EdgeKey, EdgeNameText, Heap, NodeKey,
    SizeRule, comparability, diff, display_name, edge_name, native_contexts, sort_edges, sort_nodes,
};
use heaplens::format::{self, EdgeKind};
use heaplens::graph::{EdgeOrdinal, Graph, NodeId, NodeOrdinal, ROOT};
use heaplens::util::Progress;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

// ------------------------------------------------------------------------- what DevTools answered

/// All answers about one snapshot.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answers {
    snapshot_sha256: String,
    stats: Stats,
    totals: Totals,
    summary: Vec<SummaryRow>,
    /// Names, in order of preference.
    interfaces: Vec<String>,
    /// By class key and by the column that is sorted by: ids of the first objects.
    instances: Vec<(String, BTreeMap<String, Vec<u64>>)>,
    /// Some nodes in full.
    nodes: Vec<NodeFacts>,
    /// All nodes; of large snapshots only the hashes in `stats`.
    columns: Option<Columns>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    node_count: u32,
    edge_count: u32,
    total_size: u64,
    names_sha256: String,
    /// By file name of the column.
    sha256: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Totals {
    classes: usize,
    count: u64,
    #[serde(rename = "self")]
    shallow_size: u64,
}

/// Class key, name, objects, least distance, shallow size, retained size.
type SummaryRow = (String, String, u32, i32, u64, u64);

/// Kind, name, id at the other end.
type EdgeRow = (String, String, u64);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NodeFacts {
    ordinal: u32,
    id: u64,
    r#type: String,
    name: String,
    class_name: String,
    class_key: String,
    distance: i32,
    self_size: u64,
    retained_size: u64,
    dominator_id: u64,
    edge_count: usize,
    retainer_count: u32,
    /// Script id, line, column.
    location: Option<[u32; 3]>,
    /// As Containment lists them; and how many there are.
    edges: Vec<EdgeRow>,
    edges_shown: usize,
    /// As the Retainers pane lists them; and how many there are.
    retainers: Vec<EdgeRow>,
    retainers_shown: usize,
}

/// One entry a node.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Columns {
    distance: Vec<i32>,
    retained: Vec<u64>,
    dominator: Vec<u32>,
    #[serde(rename = "self")]
    shallow: Vec<u64>,
    detached: Vec<u8>,
    flags: Vec<u8>,
    #[serde(rename = "nativecontext")]
    native_context: Vec<i32>,
    /// Rows of `class_keys`.
    class: Vec<usize>,
    class_keys: Vec<String>,
    names: Vec<String>,
}

/// The Comparison of two snapshots.
#[derive(Deserialize)]
struct Difference {
    classes: Vec<DiffRow>,
}

/// Class key, name, new and deleted objects, allocated and freed bytes, new and deleted ids.
type DiffRow = (String, String, usize, usize, u64, u64, Vec<u64>, Vec<u64>);

// ------------------------------------------------------------------------------------- the files

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Snapshots with DevTools' answers about them.
pub(crate) struct Collection {
    /// Name without endings, and path.
    pub(crate) snapshots: BTreeMap<String, PathBuf>,
    pub(crate) answers: PathBuf,
}

impl Collection {
    pub(crate) fn new(snapshots: &Path, answers: &Path) -> Self {
        let entries =
            fs::read_dir(snapshots).unwrap_or_else(|error| panic!("{}: {error}", snapshots.display()));
        let named = |path: PathBuf| {
            let file = path.file_name().unwrap().to_str().unwrap();
            (file.split_once(".heap").unwrap().0.to_owned(), path)
        };
        let snapshots = entries.map(|entry| named(entry.unwrap().path())).collect();
        Self { snapshots, answers: answers.to_owned() }
    }

    /// One of the folders of `tests/fixtures`.
    pub(crate) fn committed(folder: &str) -> Self {
        Self::new(&tests().join("fixtures").join(folder), &tests().join("golden"))
    }

    fn path(&self, name: &str) -> &Path {
        self.snapshots.get(name).unwrap_or_else(|| panic!("no snapshot {name}"))
    }

    pub(crate) fn check_each(&self) {
        for (name, path) in &self.snapshots {
            Case::all(name, path, &golden(&self.answers, name));
        }
    }

    /// Compares the pairs of these snapshots that there are answers about; returns how many.
    fn check_differences(&self) -> usize {
        let answers = fs::read_dir(&self.answers).unwrap().map(|entry| entry.unwrap().file_name());
        let names = answers.map(|file| file.to_str().unwrap().trim_end_matches(".json.zst").to_owned());
        let mut pairs = 0;
        for pair in names {
            let Some((base, target)) = pair.split_once("--") else { continue };
            let (Some(base), Some(target)) = (self.snapshots.get(base), self.snapshots.get(target)) else {
                continue;
            };
            compare(&pair, &heap(base), &heap(target), &golden(&self.answers, &pair));
            pairs += 1;
        }
        pairs
    }
}

pub(crate) fn golden<T: DeserializeOwned>(folder: &Path, name: &str) -> T {
    let path = folder.join(format!("{name}.json.zst"));
    let file = fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = zstd::decode_all(file).unwrap();
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads and analyses with DevTools' rule for sizes.
pub(crate) fn heap(path: &Path) -> Heap {
    let progress = Progress::new();
    let raw = format::open(path, &progress).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Heap::analyse(Graph::new(raw), SizeRule::Wrap32, &progress).unwrap()
}

pub(crate) fn sha256(bytes: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut hash = Sha256::new();
    for part in bytes {
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

// ------------------------------------------------------------------------------------- comparing

/// One snapshot under comparison; panics name it.
struct Case<'a> {
    name: &'a str,
    heap: &'a Heap,
}

impl Case<'_> {
    fn all(name: &str, path: &Path, answers: &Answers) {
        let heap = heap(path);
        let case = Case { name, heap: &heap };
        case.the_input_is_the_same(path, answers);
        if let Some(columns) = &answers.columns {
            case.columns(columns);
        }
        case.hashes(&answers.stats);
        case.summary(answers);
        case.instances(answers);
        for facts in &answers.nodes {
            case.node(facts);
        }
    }

    fn the_input_is_the_same(&self, path: &Path, answers: &Answers) {
        let mut bytes = fs::read(path).unwrap();
        if path.extension().is_some_and(|ending| ending == "zst") {
            bytes = zstd::decode_all(&bytes[..]).unwrap();
        }
        let name = self.name;
        assert_eq!(sha256([bytes]), answers.snapshot_sha256, "{name}: the answers are about another file");
    }

    /// Compares one value a node, and tells the first node that differs.
    fn column<T: PartialEq + Debug>(
        &self,
        what: &str,
        expected: &[T],
        ours: impl ExactSizeIterator<Item = T>,
    ) {
        assert_eq!(ours.len(), expected.len(), "{}: number of nodes", self.name);
        let wrong: Vec<_> =
            ours.zip(expected).zip(0..).filter(|((ours, expected), _)| ours != *expected).collect();
        if let Some(((ours, expected), ordinal)) = wrong.first() {
            let (node, graph) = (NodeOrdinal(*ordinal), &self.heap.graph);
            panic!(
                "{}: {what} of node {ordinal} ({:?} {}) is {expected:?} in DevTools, {ours:?} here; \
                 {} of {} nodes differ",
                self.name,
                graph.name_text(node),
                graph.id(node),
                wrong.len(),
                graph.node_count(),
            );
        }
    }

    fn columns(&self, expected: &Columns) {
        let heap = self.heap;
        let nodes = || heap.graph.node_ordinals();
        let state = &heap.detachedness.state;
        self.column("detachedness", &expected.detached, nodes().map(|node| state[node.index()]));
        self.column("marks", &expected.flags, nodes().map(|node| heap.flags().bits[node.index()]));
        self.column("shallow size", &expected.shallow, nodes().map(|node| heap.sizes.of(node)));
        self.column("dominator", &expected.dominator, nodes().map(|node| heap.dominators.of(node).0));
        self.column("retained size", &expected.retained, nodes().map(|node| heap.retained.of(node)));
        self.column("distance", &expected.distance, nodes().map(|node| heap.distances.of(node).0));
        self.column("name", &expected.names, nodes().map(|node| display_name(heap, node)));
        let keys: Vec<&str> = expected.class.iter().map(|&row| expected.class_keys[row].as_str()).collect();
        self.column("class", &keys, nodes().map(|node| heap.classes.get(heap.classes.of(node)).key.as_str()));
        let realms = native_contexts(&heap.graph, &heap.detachedness, &Progress::new()).unwrap();
        let realms = nodes().map(|node| realms.of[node.index()]);
        self.column("native context", &expected.native_context, realms);
    }

    /// The same columns by hash, as `heaplens dump` and the oracle write them: also for large snapshots.
    fn hashes(&self, expected: &Stats) {
        let heap = self.heap;
        assert_eq!(heap.graph.node_count(), expected.node_count, "{}", self.name);
        assert_eq!(heap.graph.edge_count(), expected.edge_count, "{}", self.name);
        assert_eq!(heap.total_size(), expected.total_size, "{}: total size", self.name);
        let nodes = || heap.graph.node_ordinals();
        let realms = native_contexts(&heap.graph, &heap.detachedness, &Progress::new()).unwrap();
        let is = |file: &str, ours: String| {
            assert_eq!(Some(&ours), expected.sha256.get(file), "{}: {file}", self.name);
        };
        is("detached.u8", sha256([&heap.detachedness.state[..]]));
        is("flags.u8", sha256([&heap.flags().bits[..]]));
        is("self.u32", sha256(nodes().map(|node| (heap.sizes.of(node) as u32).to_le_bytes())));
        is("dominator.u32", sha256(nodes().map(|node| heap.dominators.of(node).0.to_le_bytes())));
        is("retained.f64", sha256(nodes().map(|node| (heap.retained.of(node) as f64).to_le_bytes())));
        is("distance.i32", sha256(nodes().map(|node| heap.distances.of(node).0.to_le_bytes())));
        is("nativecontext.i32", sha256(realms.of.iter().map(|realm| realm.to_le_bytes())));
        let names = sha256(nodes().map(|node| display_name(heap, node) + "\n"));
        assert_eq!(names, expected.names_sha256, "{}: displayed names", self.name);
    }

    fn summary(&self, expected: &Answers) {
        let list = &self.heap.aggregates.list;
        assert_eq!(list.len(), expected.totals.classes, "{}: number of classes", self.name);
        let count: u64 = list.iter().map(|row| u64::from(row.count)).sum();
        let shallow_size: u64 = list.iter().map(|row| row.shallow_size).sum();
        assert_eq!(
            (count, shallow_size),
            (expected.totals.count, expected.totals.shallow_size),
            "{}",
            self.name
        );
        for row in &expected.summary {
            let ours = self.class(&row.0);
            let class = self.heap.classes.get(ours.class);
            let ours = (
                class.key.clone(),
                class.name.clone(),
                ours.count,
                ours.distance.0,
                ours.shallow_size,
                ours.retained_size,
            );
            assert_eq!(ours, *row, "{}: row of the Summary", self.name);
        }
        let interfaces: Vec<_> = self.heap.interfaces.list.iter().map(|interface| &interface.name).collect();
        assert_eq!(interfaces, expected.interfaces.iter().collect::<Vec<_>>(), "{}: interfaces", self.name);
    }

    fn class(&self, key: &str) -> &Aggregate {
        let rows = &self.heap.aggregates.list;
        let found = rows.iter().find(|row| self.heap.classes.get(row.class).key == key);
        found.unwrap_or_else(|| panic!("{}: the class {key:?} is missing", self.name))
    }

    fn instances(&self, expected: &Answers) {
        for (key, orders) in &expected.instances {
            let row = self.class(key);
            for (column, ids) in orders {
                let keys = match column.as_str() {
                    "retainedSize" => [(NodeKey::RetainedSize, Descending), (NodeKey::Id, Ascending)],
                    "selfSize" => [(NodeKey::ShallowSize, Descending), (NodeKey::Id, Ascending)],
                    "distance" => [(NodeKey::Distance, Ascending), (NodeKey::RetainedSize, Descending)],
                    "name" => [(NodeKey::Name, Ascending), (NodeKey::Id, Ascending)],
                    other => panic!("no such column: {other}"),
                };
                let mut nodes: Vec<NodeOrdinal> = self.heap.aggregates.members(row).collect();
                sort_nodes(self.heap, &mut nodes, keys, &Progress::new()).unwrap();
                let ours: Vec<u64> =
                    nodes.iter().take(ids.len()).map(|&node| self.heap.graph.id(node).0).collect();
                assert_eq!(&ours, ids, "{}: objects of {key:?} by {column}", self.name);
            }
        }
    }

    fn node(&self, expected: &NodeFacts) {
        let (heap, graph) = (self.heap, &self.heap.graph);
        let node = NodeOrdinal(expected.ordinal);
        let at = format!("{}: node {} @{}", self.name, expected.ordinal, expected.id);
        assert_eq!(graph.id(node), NodeId(expected.id), "{at}");
        assert_eq!(graph.meta().node_kinds.get(graph.kind(node).0), expected.r#type, "{at}");
        assert_eq!(display_name(heap, node), expected.name, "{at}");
        assert_eq!(heap.classes.name_of(node), expected.class_name, "{at}");
        assert_eq!(heap.classes.get(heap.classes.of(node)).key, expected.class_key, "{at}");
        assert_eq!(heap.distances.of(node).0, expected.distance, "{at}: distance");
        assert_eq!(heap.sizes.of(node), expected.self_size, "{at}: shallow size");
        assert_eq!(heap.retained.of(node), expected.retained_size, "{at}: retained size");
        assert_eq!(graph.id(heap.dominators.of(node)).0, expected.dominator_id, "{at}: dominator");
        assert_eq!(graph.edges_of(node).len(), expected.edge_count, "{at}: edges");
        assert_eq!(heap.retainers().count(node), expected.retainer_count, "{at}: retainers");
        let place = graph.location(node).map(|place| [place.script_id, place.line, place.column]);
        assert_eq!(place, expected.location, "{at}: location");
        self.edges_of(node, expected, &at);
        self.retainers_of(node, expected, &at);
    }

    fn edges_of(&self, node: NodeOrdinal, expected: &NodeFacts, at: &str) {
        let mut edges: Vec<EdgeOrdinal> = self.heap.graph.edges_of(node).collect();
        assert_eq!(edges.len(), expected.edges_shown, "{at}: edges shown");
        let keys = [(EdgeKey::Node(NodeKey::RetainedSize), Descending), (EdgeKey::Name, Ascending)];
        sort_edges(self.heap, &mut edges, EdgeEnd::Target, keys, &Progress::new()).unwrap();
        let ours = edges.iter().map(|&edge| self.edge_row(edge, self.heap.graph.edge_to(edge)));
        assert_eq!(
            ours.take(expected.edges.len()).collect::<Vec<_>>(),
            expected.edges,
            "{at}: edges in order"
        );
    }

    /// The pane hides edges from the root and weak ones.
    fn retainers_of(&self, node: NodeOrdinal, expected: &NodeFacts, at: &str) {
        let graph = &self.heap.graph;
        let is_shown =
            |edge: &EdgeOrdinal| graph.edge_from(*edge) != ROOT && graph.edge_kind(*edge) != EdgeKind::WEAK;
        let mut edges: Vec<EdgeOrdinal> = self.heap.retainers().of(node).filter(is_shown).collect();
        assert_eq!(edges.len(), expected.retainers_shown, "{at}: retainers shown");
        let keys = [(EdgeKey::Node(NodeKey::Distance), Ascending), (EdgeKey::Node(NodeKey::Name), Ascending)];
        sort_edges(self.heap, &mut edges, EdgeEnd::Source, keys, &Progress::new()).unwrap();
        let ours = edges.iter().map(|&edge| self.edge_row(edge, graph.edge_from(edge)));
        let ours: Vec<_> = ours.take(expected.retainers.len()).collect();
        assert_eq!(ours, expected.retainers, "{at}: retainers in order");
    }

    fn edge_row(&self, edge: EdgeOrdinal, other: NodeOrdinal) -> EdgeRow {
        let graph = &self.heap.graph;
        let (EdgeNameText::Text(name) | EdgeNameText::Index(name)) = edge_name(graph, edge);
        (graph.meta().edge_kinds.get(graph.edge_kind(edge).0).to_owned(), name, graph.id(other).0)
    }
}

fn compare(pair: &str, base: &Heap, target: &Heap, expected: &Difference) {
    let ours = diff(base, target, true, &Progress::new()).unwrap();
    assert!(ours.by_id, "{pair}");
    assert_eq!(ours.list.len(), expected.classes.len(), "{pair}: number of classes");
    for row in &expected.classes {
        let found = ours.list.iter().find(|class| class.key == row.0);
        let class = found.unwrap_or_else(|| panic!("{pair}: the class {:?} is missing", row.0));
        let ids = |heap: &Heap, nodes: &[NodeOrdinal]| -> Vec<u64> {
            nodes.iter().map(|&node| heap.graph.id(node).0).collect()
        };
        let class = (
            class.key.clone(),
            class.name.clone(),
            class.added.len(),
            class.deleted.len(),
            class.added_size,
            class.deleted_size,
            ids(target, &class.added),
            ids(base, &class.deleted),
        );
        assert_eq!(class, *row, "{pair}: row of the Comparison");
    }
}

// ------------------------------------------------------------------------------------- the tests

#[test]
fn random_heaps_of_everything_that_is_rare() {
    let heaps = Collection::committed("adversarial");
    assert!(heaps.snapshots.len() >= 40, "fixtures are missing");
    heaps.check_each();
}

#[test]
fn random_heaps_compared_with_themselves_later() {
    let compared = Collection::committed("adversarial").check_differences();
    assert!(compared >= 10, "fixtures are missing");
}

#[test]
fn snapshots_of_many_writers() {
    let heaps = Collection::committed("real");
    assert!(heaps.snapshots.len() >= 12, "fixtures are missing");
    heaps.check_each();
    assert_eq!(heaps.check_differences(), 1, "the page before and after");
}

#[test]
fn the_demo_in_full() {
    let folder = tempfile::tempdir().unwrap();
    format::unpack_demo(folder.path()).unwrap();
    let demo = Collection::new(folder.path(), &tests().join("golden"));
    demo.check_each();
    assert_eq!(demo.check_differences(), 1);
}

/// New random heaps, not the committed ones: run by `tests/oracle/check-adversarial.sh`.
#[test]
#[ignore = "needs Node to make heaps and answers; run tests/oracle/check-adversarial.sh"]
fn fresh_random_heaps() {
    let folder =
        std::env::var_os("HEAPLENS_FRESH").expect("HEAPLENS_FRESH names the folder of heaps and answers");
    let folder = Path::new(&folder);
    let heaps = Collection::new(&folder.join("snapshots"), &folder.join("golden"));
    assert!(!heaps.snapshots.is_empty());
    heaps.check_each();
    let compared = heaps.check_differences();
    println!("{} heaps equal, {compared} comparisons equal", heaps.snapshots.len());
}

/// V8 numbers objects anew in each inspector session: the two snapshots of the
/// reconnect pair come from two sessions, those of the other pairs from one.
#[test]
fn ids_of_another_inspector_session_are_recognised() {
    let fixtures = Collection::committed("real");
    let real = |name: &str| heap(fixtures.path(name));
    let by_id = |base: &Heap, target: &Heap| comparability(base, target, &Progress::new()).unwrap().by_id();
    assert!(by_id(&real("chrome-base"), &real("chrome-target")));
    assert!(!by_id(&real("leak-reconnect-1-20k"), &real("leak-reconnect-2-120k")));
    let folder = tempfile::tempdir().unwrap();
    let [before, after] = format::unpack_demo(folder.path()).unwrap();
    assert!(by_id(&heap(&before), &heap(&after)));
}
