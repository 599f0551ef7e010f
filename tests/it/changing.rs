//! Files that shrink, grow or are replaced while somebody looks at them: a message, never a crash.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use heaplens::analysis::HeapChange;
use heaplens::format::{self, Change};
use heaplens::graph::{Graph, StringIndex};
use heaplens::util::Progress;
use heaplens::workspace::{Command, Slot, Workspace};

use crate::settings::keep_index;
use crate::support::{leaking_service, write};

/// Far more texts than fit on a page of memory.
const EVENTS: u32 = 20_000;

fn service(folder: &Path) -> PathBuf {
    write(folder, "service.heapsnapshot", &leaking_service(EVENTS))
}

fn cut_off(path: &Path, bytes: u64) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(bytes).unwrap();
}

#[cfg(unix)] // elsewhere the system refuses to shorten a file that is open
#[test]
fn a_file_that_is_cut_off_while_it_is_open_leaves_the_texts_that_it_still_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = service(folder.path());
    let graph = Graph::new(format::open(&path, &Progress::new()).unwrap());
    let names = || (0..graph.strings().len()).map(|row| graph.text(StringIndex(row)).into_owned());
    let before: Vec<String> = names().collect();
    assert_eq!(graph.change(), None);

    let len = graph.byte_len();
    cut_off(&path, len - 200_000);
    let after: Vec<String> = names().collect();
    let kept = after.iter().zip(&before).take_while(|(after, before)| after == before).count();
    assert!((1000..before.len() - 1000).contains(&kept), "{kept} of {}", before.len());
    for (row, text) in after.iter().enumerate().skip(kept) {
        assert_eq!(*text, format!("(missing string {row})"));
    }
    assert_eq!(graph.change(), Some(Change::Shortened));

    cut_off(&path, 0);
    assert!(names().all(|text| text.starts_with("(missing")), "even the first page is gone");
}

#[cfg(unix)]
#[test]
fn the_window_tells_once_that_an_open_file_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = service(folder.path());
    let mut workspace = Workspace::inline();
    let told = |workspace: &mut Workspace, command| {
        workspace.apply(command);
        while workspace.poll() {}
        workspace.messages().iter().map(|message| message.text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(told(&mut workspace, Command::Open(vec![path.clone()])), [""; 0]);

    cut_off(&path, 100_000);
    let filter = |text: &str| Command::Filter(Slot::Main, text.to_owned());
    let messages = told(&mut workspace, filter("a"));
    assert_eq!(messages, [format!("service: {}", Change::Shortened)]);
    let id = workspace.messages()[0].id;
    assert_eq!(told(&mut workspace, Command::Dismiss(id)), [""; 0]);
    assert_eq!(told(&mut workspace, filter("b")), [""; 0]);
}

#[cfg(unix)]
#[test]
fn an_index_that_is_cut_off_is_told_and_the_snapshot_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let (path, indices) = (service(folder.path()), folder.path().join("indices"));
    let index = keep_index(&path, &indices);
    let mut workspace = Workspace::inline();
    let apply = |workspace: &mut Workspace, command| {
        workspace.apply(command);
        while workspace.poll() {}
        let heap = workspace.snapshots().first().and_then(|snapshot| snapshot.heap());
        (heap.map(|heap| heap.total_size()), workspace.messages().to_vec())
    };
    apply(&mut workspace, Command::SetIndexFolder(Some(indices.clone())));
    let (total, messages) = apply(&mut workspace, Command::Open(vec![path.clone()]));
    assert!(total.is_some() && messages.is_empty());

    // One that takes its place does no harm to the one that is mapped.
    let newer = folder.path().join("newer");
    fs::copy(&index, &newer).unwrap();
    fs::rename(&newer, &index).unwrap();
    let filter = |text: &str| Command::Filter(Slot::Main, text.to_owned());
    assert_eq!(apply(&mut workspace, filter("a")).1, []);

    let key = workspace.snapshots()[0].key;
    assert_eq!(apply(&mut workspace, Command::Reload(key)), (total, Vec::new()));
    cut_off(&index, 9000);
    let (_, messages) = apply(&mut workspace, filter("event"));
    let [message] = messages.as_slice() else { panic!("{messages:?}") };
    assert_eq!(message.text, format!("service: {}", HeapChange::Index(Change::Shortened)));
    let (opened, messages) = apply(&mut workspace, message.offer.clone().unwrap().command);
    assert_eq!(opened, total);
    let texts: Vec<&str> = messages.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["service: the index of this snapshot is damaged; the snapshot was read again"]);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_replaced_stays_as_it_was_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = service(folder.path());
    let graph = Graph::new(format::open(&path, &Progress::new()).unwrap());
    let newer = write(folder.path(), "newer", &leaking_service(3));
    fs::rename(newer, &path).unwrap();
    assert_eq!(graph.change(), Some(Change::Replaced));
    assert_eq!(graph.text(StringIndex(graph.strings().len() - 1)), (EVENTS - 1).to_string());
}

/// Writers are met at every moment: while they write, cut off, and start again.
#[cfg(unix)]
#[test]
fn a_file_that_changes_while_it_is_read_is_refused_or_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = service(folder.path());
    let text = fs::read(&path).unwrap();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut round = 0;
            while !is_over.load(Relaxed) {
                round += 1;
                let part = text.len() / 8 * (round % 8);
                cut_off(&path, part as u64);
                fs::write(&path, &text).unwrap();
            }
        });
        let mut refused = 0;
        for _ in 0..60 {
            match format::open(&path, &Progress::new()) {
                Ok(raw) => assert_eq!(raw.nodes.kind.len(), EVENTS as usize + 7),
                Err(_) => refused += 1,
            }
        }
        is_over.store(true, Relaxed);
        assert!(refused > 0, "the writer was never met");
    });
}

#[test]
fn a_file_that_is_still_being_written_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("growing.heapsnapshot");
    let text = leaking_service(100).to_json();
    fs::write(&path, &text[..text.find("\"edges\"").unwrap() + 40]).unwrap();
    let error = format::open(&path, &Progress::new()).unwrap_err().to_string();
    assert!(error.contains("cut off in edges") && error.contains("still being written"), "{error}");
}
