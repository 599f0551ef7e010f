//! Reading, sorting and searching beside what one would write without further thought, on the same heap and by
//! turns; opening with and without somebody who waits for a first look:
//! `cargo bench --no-default-features --bench against_peers`. The environment variable `HEAPLENS_SNAPSHOT` names
//! the snapshot; without it a heap of [`ROWS`] objects is made up.
//!
//! A line has the medians and their ratio; below 1 we are faster.

#[path = "heaps/made_up.rs"]
mod made_up;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use heaplens::analysis::{
    Direction::{self, Ascending, Descending},
    Heap, NodeKey, Pattern, SizeRule, Tell, sort_nodes, texts_with,
};
use heaplens::format::open;
use heaplens::graph::{Graph, NodeOrdinal, StringIndex};
use heaplens::util::{LargeBlocks, Progress};
use rayon::prelude::*;
use regex::bytes::Regex;
use serde::de::IgnoredAny;

#[global_allocator]
static ALLOCATOR: LargeBlocks = LargeBlocks;

/// Rows of the made-up heap.
const ROWS: u64 = 5_000_000;
/// Turns that count; one more warms up.
const TURNS: usize = 7;
/// Numbers of an edge, in all snapshots.
const EDGE_FIELDS: usize = 3;

fn heap(path: &Path) -> Heap {
    let progress = Progress::new();
    let graph = Graph::new(open(path, &progress).expect("a snapshot"));
    Heap::analyse(graph, SizeRule::Exact, &progress).expect("nobody cancels")
}

/// The median times of two ways to the same answer.
fn by_turns<T: PartialEq>(ours: impl Fn() -> T, peer: impl Fn() -> T) -> [Duration; 2] {
    fn timed<T>(run: impl Fn() -> T) -> (T, Duration) {
        let start = Instant::now();
        let answer = black_box(run());
        (answer, start.elapsed())
    }
    assert!(ours() == peer(), "both ways give the same answer");
    let mut times: [Vec<Duration>; 2] = Default::default();
    for _ in 0..TURNS {
        times[0].push(timed(&ours).1);
        times[1].push(timed(&peer).1);
    }
    times.map(|mut times| {
        times.sort_unstable();
        times[TURNS / 2]
    })
}

fn line(name: &str, [ours, peer]: [Duration; 2], more: &str) {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!("{name:24} {:9.1} ms {:9.1} ms {:6.2} {more}", ms(ours), ms(peer), ms(ours) / ms(peer));
}

/// By each column of a table of objects. The peer sorts keys with rayon's `par_sort_unstable`.
fn sorting(heap: &Heap) {
    let progress = Progress::new();
    let nodes: Vec<NodeOrdinal> = heap.graph.node_ordinals().collect();
    println!("\nsorting {} rows by                ours         peer  ratio", nodes.len());
    let ours = |keys: [(NodeKey, Direction); 2]| {
        let mut sorted = nodes.clone();
        sort_nodes(heap, &mut sorted, keys, &progress).expect("nobody cancels");
        sorted
    };
    let number = |key: NodeKey, direction: Direction, node: NodeOrdinal| {
        let number = match key {
            NodeKey::Distance => u64::from(heap.distances.of(node).0 as u32 ^ 1 << 31), // signed
            NodeKey::ShallowSize => heap.sizes.of(node),
            NodeKey::RetainedSize => heap.retained.of(node),
            NodeKey::Id | NodeKey::Name => heap.graph.id(node).0,
        };
        if direction == Ascending { number } else { !number }
    };
    let by_numbers = |keys: [(NodeKey, Direction); 2]| {
        let item = |&node: &NodeOrdinal| {
            let [first, second] = keys.map(|(key, direction)| number(key, direction, node));
            (first, second, node)
        };
        let mut items: Vec<(u64, u64, NodeOrdinal)> = nodes.par_iter().map(item).collect();
        items.par_sort_unstable();
        items.into_iter().map(|item| item.2).collect()
    };
    for (name, keys) in [
        ("distance", [(NodeKey::Distance, Ascending), (NodeKey::RetainedSize, Descending)]),
        ("shallow size", [(NodeKey::ShallowSize, Descending), (NodeKey::Id, Ascending)]),
        ("retained size", [(NodeKey::RetainedSize, Descending), (NodeKey::Id, Ascending)]),
        ("id, largest first", [(NodeKey::Id, Descending), (NodeKey::Id, Descending)]),
    ] {
        line(name, by_turns(|| ours(keys), || by_numbers(keys)), "");
    }
    let keys = [(NodeKey::Name, Ascending), (NodeKey::Id, Ascending)];
    let by_texts = |nodes: &[NodeOrdinal]| {
        // Ours shows the text of ropes and the fields of plain objects; the peer only what the file has.
        let raw = |node: NodeOrdinal| heap.graph.strings().raw(heap.graph.name(node)).unwrap_or_default();
        let mut items: Vec<(&[u8], u64, NodeOrdinal)> =
            nodes.par_iter().map(|&node| (raw(node), heap.graph.id(node).0, node)).collect();
        items.par_sort_unstable();
        items.into_iter().map(|item| item.2).collect::<Vec<_>>()
    };
    let start = Instant::now();
    heap.order_names(&progress).expect("nobody cancels");
    println!("(ordering all names, once a snapshot: {:.0} ms)", start.elapsed().as_secs_f64() * 1e3);
    line("name", by_turns(|| ours(keys).len(), || by_texts(&nodes).len()), "");
    for part in [10, 90, 280, 1000] {
        let some: Vec<NodeOrdinal> = nodes.iter().copied().step_by(part).collect();
        let ours = || {
            let mut sorted = some.clone();
            sort_nodes(heap, &mut sorted, keys, &progress).expect("nobody cancels");
            sorted.len()
        };
        line(&format!("name, one row in {part}"), by_turns(ours, || by_texts(&some).len()), "");
    }
}

/// Regular expressions over all texts. The peer asks the `regex` crate about each text.
fn searching(heap: &Heap) {
    let progress = Progress::new();
    let strings = heap.graph.strings();
    let raw = (0..strings.len()).filter_map(|row| strings.raw(StringIndex(row)));
    let bytes: usize = raw.map(<[u8]>::len).sum();
    println!("\nsearching {:.1} MB of texts for       ours         peer  ratio", bytes as f64 / 1e6);
    for expression in
        ["us[e]r[^,]*[0-9]", r"^[a-z]+[0-9]", "[0-9a-f]{3}[a-f]$", r"[a-z]+@[a-z]+\.", "[xyz][^ ]q|zz"]
    {
        let pattern = Pattern::regex(expression, false).expect("sound");
        let regex = Regex::new(expression).expect("sound");
        let ours = || {
            let rows = texts_with(strings, &pattern, &progress).expect("nobody cancels");
            (0..strings.len()).filter(|&row| rows.contains(row)).count()
        };
        let one_by_one = || {
            (0..strings.len())
                .into_par_iter()
                .map_init(
                    || regex.clone(),
                    |regex, row| regex.is_match(strings.get(StringIndex(row)).as_bytes()),
                )
                .filter(|&is_match| is_match)
                .count()
        };
        let times = by_turns(ours, one_by_one);
        line(expression, times, &format!("{:5.2} GB/s", bytes as f64 / times[0].as_secs_f64() / 1e9));
    }
}

/// All numbers of nodes and edges, and where each text begins. The peer is `serde_json`, which only makes lists of
/// the numbers and skips the texts.
fn reading(path: &Path) {
    #[derive(serde::Deserialize)]
    struct Peer {
        nodes: Vec<u64>,
        edges: Vec<i64>,
        strings: Vec<IgnoredAny>,
    }
    let text = std::fs::read(path).expect("a snapshot");
    let ours = || {
        let raw = open(path, &Progress::new()).expect("a snapshot");
        (raw.edges.kind.len() * EDGE_FIELDS, raw.strings.len() as usize)
    };
    let peer = || {
        let raw: Peer = serde_json::from_slice(&text).expect("a snapshot");
        black_box(&raw.nodes);
        (raw.edges.len(), raw.strings.len())
    };
    println!("\nreading {:.1} MB                      ours         peer  ratio", text.len() as f64 / 1e6);
    let times = by_turns(ours, peer);
    line("all tables", times, &format!("{:5.2} GB/s", text.len() as f64 / times[0].as_secs_f64() / 1e9));
}

/// From the file to all numbers: where nobody waits for constructors with their shallow sizes, and, as the
/// peer, where somebody does.
fn opening(path: &Path) {
    let first_look: Mutex<Vec<Duration>> = Mutex::default();
    let open = |is_awaited: bool| {
        let (progress, start) = (Progress::new(), Instant::now());
        let note = |_| first_look.lock().expect("no thread panicked").push(start.elapsed());
        let tell = is_awaited.then(|| Box::new(note) as Tell);
        let graph = Graph::new(open(path, &progress).expect("a snapshot"));
        Heap::analyse_telling(graph, SizeRule::Exact, &progress, tell).expect("nobody cancels").total_size()
    };
    println!("\nopening                          alone      awaited  ratio");
    let times = by_turns(|| open(false), || open(true));
    let mut looks = first_look.into_inner().expect("no thread panicked");
    looks.sort_unstable();
    let share = looks[looks.len() / 2].as_secs_f64() / times[1].as_secs_f64();
    line("all numbers", times, &format!("(constructors after {:.0} % of the second)", share * 100.0));
}

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = std::env::var_os("HEAPLENS_SNAPSHOT").map_or_else(
        || {
            let path = folder.path().join("made-up.heapsnapshot");
            made_up::make(ROWS, &path).expect("room for the made-up heap");
            path
        },
        PathBuf::from,
    );
    reading(&path);
    opening(&path);
    let heap = heap(&path);
    sorting(&heap);
    searching(&heap);
}
