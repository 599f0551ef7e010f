//! The index of a snapshot: what comes out of it is what reading gives, or it is not used.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use assert_cmd::Command;
use heaplens::analysis::{Direction, Heap, NodeKey, Pattern, SizeRule, search, sort_nodes};
use heaplens::format::builder::SnapshotBuilder;
use heaplens::format::{EdgeKind, NodeKind};
use heaplens::graph::NodeOrdinal;
use heaplens::index::{Found, IndexStore, NotSaved, Refused, Ticket, beside};
use heaplens::rows::object_words;
use heaplens::util::Progress;
use heaplens::workspace::{self, LoadState, Settings, Slot, Workspace, full_text, open_heap};
use proptest::prelude::*;

use crate::support::{leaking_service, write};

/// A heap with something of everything that an index holds.
fn rich_heap() -> SnapshotBuilder {
    let mut heap = leaking_service(40);
    for _ in 0..3 {
        let order = heap.node(NodeKind::OBJECT, "Object", 24);
        let text = heap.node(NodeKind::STRING, "caf\u{e9} \"quoted\"\n", 6_000_000_000);
        heap.edge(3, EdgeKind::PROPERTY, "order", order);
        heap.edge(order, EdgeKind::PROPERTY, "id", text);
        heap.edge(order, EdgeKind::PROPERTY, "total", text);
        let rope = heap.node(NodeKind::CONS_STRING, "(concatenated string)", 32);
        heap.edge(order, EdgeKind::PROPERTY, "rope", rope);
        heap.edge(rope, EdgeKind::INTERNAL, "first", text);
        heap.edge(rope, EdgeKind::INTERNAL, "second", text);
        let row = heap.node(NodeKind::NATIVE, "<tr>", 8);
        heap.edge(order, EdgeKind::PROPERTY, "row", row);
        heap.set_detachedness(row, 2);
        let entry = "2 / part of key (Session @5) -> value (User @7) pair in WeakMap (table @3)";
        heap.edge(order, EdgeKind::INTERNAL, entry, row);
    }
    heap
}

struct Place {
    folder: tempfile::TempDir,
    snapshot: PathBuf,
    store: IndexStore,
}

impl Place {
    /// A snapshot, and a store that finds none too small.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = write(folder.path(), "a.heapsnapshot", &rich_heap());
        let store = IndexStore { least: 0, ..IndexStore::new(folder.path().join("indices")) };
        Self { folder, snapshot, store }
    }

    fn read(&self) -> Heap {
        open_heap(&self.snapshot, SizeRule::Exact, &Progress::new()).unwrap()
    }

    fn save(&self) -> PathBuf {
        let ticket = self.store.ticket(&self.snapshot).unwrap();
        let heap = self.read();
        heap.complete(&Progress::new()).unwrap();
        self.store.save(&ticket, &heap, &Progress::new()).unwrap()
    }

    fn open(&self) -> Result<Heap, Refused> {
        match self.store.open(&self.snapshot, &Progress::new()) {
            Found::Heap(heap) => Ok(*heap),
            Found::Nothing(why) => Err(why),
        }
    }
}

/// All that can be asked of a heap, as text.
fn answers(heap: &Heap) -> String {
    let graph = &heap.graph;
    let mut by_name: Vec<NodeOrdinal> = graph.node_ordinals().collect();
    let keys = [(NodeKey::Name, Direction::Ascending), (NodeKey::Id, Direction::Descending)];
    sort_nodes(heap, &mut by_name, keys, &Progress::new()).unwrap();
    let mut text = format!("{by_name:?}\n");
    for node in graph.node_ordinals() {
        let edges: Vec<String> = graph
            .edges_of(node)
            .map(|edge| {
                let (kind, name) = (graph.edge_kind(edge), graph.edge_name_or_index(edge));
                let entry = heap.weak_maps.entry(kind, name);
                format!("{kind:?} {name} {:?} {entry:?}", graph.edge_to(edge))
            })
            .collect();
        let words: String = object_words(heap, node).into_iter().map(|span| span.text).collect();
        text += &format!(
            "{:?} {:?} {} {:?} {words} {} {} {:?} {:?} {} {} {edges:?} {:?} {:?}\n",
            graph.id(node),
            graph.kind(node),
            graph.name_text(node),
            graph.location(node),
            heap.sizes.of(node),
            heap.retained.of(node),
            heap.dominators.of(node),
            heap.distances.of(node),
            heap.flags().bits[node.index()],
            heap.detachedness.state[node.index()],
            heap.retainers().of(node).collect::<Vec<_>>(),
            heap.classes.get(heap.classes.of(node)),
        );
        text += &full_text(heap, node);
    }
    for row in &heap.aggregates.list {
        text += &format!("{row:?} {:?}\n", heap.aggregates.members(row).collect::<Vec<_>>());
    }
    for pattern in [Pattern::text("bus", false), Pattern::regex("é.*d\"|^Redis", false).unwrap()] {
        let found = search(heap, &pattern, None, &Progress::new()).unwrap();
        assert!(!found.is_empty());
        text += &format!("{found:?}\n");
    }
    let shapes = (&heap.interfaces, &heap.dominators.preorder, graph.warnings(), graph.byte_len());
    text + &format!("{shapes:?} {:?} {}", graph.meta(), heap.total_size())
}

#[test]
fn what_comes_back_is_what_was_read() {
    let place = Place::new();
    assert_eq!(place.open().err(), Some(Refused::Missing));
    place.save();
    let expected = answers(&place.read());
    let opened = place.open().unwrap();
    assert!(opened.is_complete(), "names need not be put in order again, nor retainers be indexed");
    assert_eq!(answers(&opened), expected);
    // Without the note that it was checked, everything is checked again.
    for entry in fs::read_dir(&place.store.folder).unwrap().map(Result::unwrap) {
        if entry.path().extension().is_some_and(|ending| ending == "checked") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    assert_eq!(answers(&place.open().unwrap()), expected);
}

#[test]
fn a_compressed_snapshot_has_its_texts_in_the_index() {
    let mut place = Place::new();
    let expected = answers(&place.read());
    let packed = place.folder.path().join("a.heapsnapshot.gz");
    let text = fs::read(&place.snapshot).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, &text).unwrap();
    fs::write(&packed, encoder.finish().unwrap()).unwrap();
    fs::remove_file(&place.snapshot).unwrap();
    place.snapshot = packed;
    place.save();
    assert_eq!(answers(&place.open().unwrap()), expected);
}

#[test]
fn a_snapshot_that_was_changed_is_read_again() {
    let place = Place::new();
    place.save();
    let text = fs::read_to_string(&place.snapshot).unwrap();
    let time = fs::metadata(&place.snapshot).unwrap().modified().unwrap();
    let put = |text: &str| {
        fs::write(&place.snapshot, text).unwrap();
        fs::File::options().write(true).open(&place.snapshot).unwrap().set_modified(time).unwrap();
    };
    // The same length and time, but another word.
    put(&text.replace("RedisStreamBus", "RedisStreamCar"));
    assert_eq!(place.open().err(), Some(Refused::OtherSnapshot));
    put(&format!("{text} "));
    assert_eq!(place.open().err(), Some(Refused::OtherSnapshot));
    // Written anew, but with what it had: nothing differs but the time.
    put(&text);
    assert!(place.open().is_ok());
    fs::remove_file(&place.snapshot).unwrap();
    assert_eq!(place.open().err(), Some(Refused::OtherSnapshot));
}

#[test]
fn an_index_of_another_snapshot_or_version_is_not_used() {
    let place = Place::new();
    let index = place.save();
    let other = write(place.folder.path(), "b.heapsnapshot", &leaking_service(3));
    fs::copy(&index, beside(&other)).unwrap();
    let Found::Nothing(why) = place.store.open(&other, &Progress::new()) else { panic!("swapped") };
    assert_eq!(why, Refused::OtherSnapshot);
    fs::write(&index, "heaplidx of long ago").unwrap();
    assert_eq!(place.open().err(), Some(Refused::Damaged));
    fs::write(&index, "").unwrap();
    assert_eq!(place.open().err(), Some(Refused::Damaged));
    // What is refused is replaced.
    place.save();
    assert!(place.open().is_ok());
}

#[test]
fn an_index_beside_the_snapshot_goes_where_the_snapshot_goes() {
    let place = Place::new();
    let ticket = Ticket::new(&place.snapshot).unwrap();
    place.store.save_at(&beside(&place.snapshot), &ticket, &place.read(), &Progress::new()).unwrap();
    let laptop = tempfile::tempdir().unwrap();
    let copy = laptop.path().join("copy.heapsnapshot");
    fs::copy(&place.snapshot, &copy).unwrap();
    fs::copy(beside(&place.snapshot), beside(&copy)).unwrap();
    let store = IndexStore::new(laptop.path().join("indices"));
    for time in ["first", "second"] {
        let Found::Heap(heap) = store.open(&copy, &Progress::new()) else {
            panic!("not found the {time} time")
        };
        assert_eq!(answers(&heap), answers(&place.read()), "{time} time");
    }
}

#[test]
fn what_was_touched_while_it_was_read_gets_no_index() {
    let place = Place::new();
    let ticket = place.store.ticket(&place.snapshot).unwrap();
    let heap = place.read();
    fs::write(&place.snapshot, leaking_service(1).to_json()).unwrap();
    let refused = place.store.save(&ticket, &heap, &Progress::new()).unwrap_err();
    assert!(matches!(refused, NotSaved::Changed), "{refused}");
    assert_eq!(place.open().err(), Some(Refused::Missing));
}

#[test]
fn no_room_and_no_permission_are_no_harm() {
    let place = Place::new();
    let ticket = place.store.ticket(&place.snapshot).unwrap();
    let small = IndexStore { limit: 1000, ..place.store.clone() };
    let refused = small.save(&ticket, &place.read(), &Progress::new()).unwrap_err();
    assert!(refused.to_string().ends_with("there is room for 1.00 kB"), "{refused}");
    let nowhere = IndexStore { folder: place.snapshot.join("indices"), ..place.store.clone() };
    assert!(matches!(nowhere.save(&ticket, &place.read(), &Progress::new()), Err(NotSaved::Io { .. })));
    assert!(matches!(nowhere.open(&place.snapshot, &Progress::new()), Found::Nothing(Refused::Missing)));
    let progress = Progress::new();
    progress.cancel();
    assert!(matches!(place.store.save(&ticket, &place.read(), &progress), Err(NotSaved::Cancelled)));
    assert_eq!(fs::read_dir(&place.store.folder).map_or(0, Iterator::count), 0, "nothing half written");
}

#[cfg(unix)]
#[test]
fn only_the_user_can_read_an_index() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let index = place.save();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!([mode(&index), mode(&place.store.folder)], [0o600, 0o700]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_index_gives_the_right_answer_or_none(
        damage in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..4),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        thread_local! {
            static PLACE: (Place, PathBuf, Vec<u8>, String) = {
                let place = Place::new();
                let index = place.save();
                let bytes = fs::read(&index).unwrap();
                let expected = answers(&place.read());
                (place, index, bytes, expected)
            };
        }
        PLACE.with(|(place, index, bytes, expected)| {
            let mut damaged = bytes.clone();
            for (at, flip) in &damage {
                damaged[at.index(bytes.len())] ^= flip;
            }
            if let Some(cut) = &cut {
                damaged.truncate(cut.index(bytes.len()));
            }
            fs::write(index, &damaged).unwrap();
            match place.open() {
                Ok(heap) => assert_eq!(&answers(&heap), expected),
                Err(why) => assert_eq!(why, Refused::Damaged),
            }
        });
    }
}

// ------------------------------------------------------------ in the shell

fn heaplens(cache: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heaplens"));
    command.env("XDG_CACHE_HOME", cache).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command
}

#[test]
fn the_shell_writes_an_index_where_it_is_told_and_uses_it() {
    let place = Place::new();
    let file = place.snapshot.to_str().unwrap();
    let cache = place.folder.path().join("cache");
    let summary = |arguments: &[&str]| {
        let assert = heaplens(&cache).args(["summary", file, "--timings"]).args(arguments).assert().success();
        let output = assert.get_output();
        let was_read = String::from_utf8_lossy(&output.stderr).contains("Reading edges");
        (String::from_utf8_lossy(&output.stdout).into_owned(), was_read)
    };
    let (read, was_read) = summary(&[]);
    assert!(was_read);
    heaplens(&cache).args(["index", file]).assert().success();
    assert_eq!(summary(&[]), (read.clone(), false));
    assert_eq!(summary(&["--no-index"]), (read.clone(), true));
    let out = place.folder.path().join("elsewhere");
    heaplens(&cache).args(["index", file, "--out", out.to_str().unwrap()]).assert().success();
    assert_eq!(fs::read(out).unwrap(), fs::read(beside(&place.snapshot)).unwrap());

    // Small snapshots get no index by themselves.
    fs::remove_file(beside(&place.snapshot)).unwrap();
    let indices = place.folder.path().join("mine");
    assert_eq!(summary(&["--index-dir", indices.to_str().unwrap()]), (read, true));
    assert!(!indices.exists());
}

/// A snapshot of 20 MB: a ring of objects that all lead to the first one too.
fn large_snapshot(folder: &Path) -> PathBuf {
    const NODES: usize = 1_200_000;
    let small = {
        let mut heap = SnapshotBuilder::new();
        heap.node(NodeKind::SYNTHETIC, "", 0);
        heap.node(NodeKind::OBJECT, "Link", 16);
        heap.edge(0, EdgeKind::SHORTCUT, "ring", 1);
        heap.edge(1, EdgeKind::PROPERTY, "next", 1);
        heap.to_json()
    };
    let text = |name: &str| -> Vec<String> {
        let json: serde_json::Value = serde_json::from_str(&small).unwrap();
        json[name].as_array().unwrap().iter().map(ToString::to_string).collect()
    };
    let mut json: serde_json::Value = serde_json::from_str(&small).unwrap();
    json.as_object_mut().unwrap().retain(|key, _| key == "snapshot" || key == "strings");
    let (nodes, edges) = (text("nodes"), text("edges"));
    let width = nodes.len() / 2;
    let mut file = json.to_string();
    assert_eq!(file.pop(), Some('}'));
    file += &format!(r#","nodes":[{}"#, nodes[..width].join(","));
    for node in 1..=NODES {
        let mut row = nodes[width..].to_vec();
        row[2] = (2 * node + 1).to_string(); // the id
        file += &format!(",{}", row.join(","));
    }
    file += &format!(r#"],"edges":[{}"#, edges[..3].join(","));
    for node in 1..=NODES {
        let next = (node % NODES + 1) * width;
        file += &format!(",{},{},{next}", edges[3], edges[4]);
    }
    let path = folder.join("large.heapsnapshot");
    fs::write(&path, file + "]}").unwrap();
    path
}

#[test]
fn what_memory_does_not_suffice_for_lies_in_a_file_and_the_answer_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = large_snapshot(folder.path());
    let cache = folder.path().join("cache");
    let summary = |limit: Option<&str>, flag: &str| {
        let mut command = heaplens(&cache);
        limit.map(|limit| command.env("HEAPLENS_MEMORY", limit));
        let arguments = ["summary", file.to_str().unwrap(), "--format", "csv", flag];
        let output = command.args(arguments).assert().success().get_output().clone();
        let note = String::from_utf8_lossy(&output.stderr).contains("lie in a temporary file");
        (String::from_utf8(output.stdout).unwrap(), note)
    };
    let (expected, note) = summary(None, "--no-index");
    assert!(!note && expected.contains("Link"));
    if cfg!(target_os = "linux") {
        assert_eq!(summary(Some("8M"), "--no-index"), (expected.clone(), true));
    }
    // This one is large enough for an index by itself.
    assert_eq!(summary(None, "--timings"), (expected.clone(), false));
    assert_eq!(fs::read_dir(cache.join("heaplens").join("indices")).unwrap().count(), 2);
    assert_eq!(summary(Some("8M"), "--timings"), (expected, false), "a mapped index needs no memory");
}

#[test]
fn the_window_writes_an_index_in_the_background_and_uses_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = large_snapshot(folder.path());
    let (settings_file, indices) = (folder.path().join("settings.json"), folder.path().join("indices"));
    let settings = Settings { index_folder: Some(indices.clone()), ..Settings::default() };
    settings.save(&settings_file).unwrap();
    let open = || {
        let (woken, wakes) = std::sync::mpsc::channel();
        let wake = Arc::new(move || woken.send(()).unwrap_or(()));
        let mut workspace = Workspace::new(wake, Some(settings_file.clone()));
        workspace.apply(workspace::Command::Open(vec![file.clone()]));
        let is_ready = |workspace: &Workspace| {
            let index_is_there = fs::read_dir(&indices).is_ok_and(|files| {
                files
                    .map_while(Result::ok)
                    .any(|file| file.path().to_string_lossy().ends_with("heaplens-index"))
            });
            workspace.table(Slot::Main).tree.is_some() && index_is_there
        };
        while !is_ready(&workspace) {
            wakes.recv_timeout(Duration::from_mins(2)).unwrap();
            workspace.poll();
        }
        let LoadState::Ready(loaded) = &workspace.snapshots()[0].state else { panic!("not ready") };
        loaded.heap.clone()
    };
    let (read, mapped) = (open(), open());
    assert!(read.is_complete() && mapped.is_complete());
    assert_eq!(read.total_size(), mapped.total_size());
    assert_eq!(read.dominators.immediate, mapped.dominators.immediate);
    // What is mapped is not copied.
    let column = &mapped.dominators.immediate;
    assert_eq!(column.as_ptr(), column.clone().as_ptr());
}

#[test]
fn a_heap_from_an_index_holds_hardly_any_memory() {
    let place = Place::new();
    place.save();
    let heap = place.open().unwrap();
    // Columns of the map stay where they are when they are cloned.
    let column = &heap.graph.edges().to;
    assert_eq!(column.as_ptr(), column.clone().as_ptr());
    assert_ne!(place.read().graph.edges().to.as_ptr(), column.as_ptr());
    assert_eq!(heap.dominators.of(NodeOrdinal(0)), NodeOrdinal(0));
}
