//! Three and more snapshots: which two are compared, why these, and how to come to others.

use std::path::{Path, PathBuf};

use heaplens::format::builder::SnapshotBuilder;
use heaplens::workspace::{Command, View, Workspace};

use crate::support::{leaking_service, write};

/// The same service in another process: the same small ids name other objects.
pub(crate) fn of_another_process(events: u32) -> SnapshotBuilder {
    let mut heap = leaking_service(events);
    let nodes = events + 7;
    for node in 0..nodes {
        heap.set_id(node, 2 * u64::from((node + 150) % nodes) + 1);
    }
    heap
}

fn opened(files: Vec<PathBuf>) -> Workspace {
    let mut workspace = Workspace::inline();
    apply(&mut workspace, Command::Open(files));
    workspace
}

fn apply(workspace: &mut Workspace, command: Command) {
    workspace.apply(command);
    while workspace.poll() {}
}

fn shown(workspace: &Workspace) -> [&str; 2] {
    let View::Comparison { base, target } = workspace.view() else { panic!("{:?}", workspace.view()) };
    [base, target].map(|key| workspace.snapshot(key).unwrap().title.as_str())
}

/// Why the shown pair is compared, and the names of the others.
fn remark(workspace: &Workspace) -> (String, Vec<String>) {
    let remark = workspace.pair_remark().expect("there are three");
    (remark.why, remark.others.into_iter().map(|(name, _)| name).collect())
}

fn automatic(folder: &Path, time: &str, process: u32, heap: &SnapshotBuilder) -> PathBuf {
    write(folder, &format!("Heap.20261122.{time}.{process}.0.001.heapsnapshot"), heap)
}

#[test]
fn of_several_processes_in_the_names_the_one_with_most_snapshots_is_compared() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut workspace = opened(vec![
        automatic(folder, "100000", 99, &of_another_process(200)),
        automatic(folder, "100500", 77, &leaking_service(2)),
        automatic(folder, "101000", 77, &leaking_service(6)),
        automatic(folder, "101500", 77, &leaking_service(12)),
        automatic(folder, "102000", 99, &of_another_process(200)),
    ]);
    assert_eq!(shown(&workspace), ["Heap.20261122.100500.77.0.001", "Heap.20261122.101500.77.0.001"]);
    assert!(workspace.compared().unwrap().diff.by_id);
    let (why, others) = remark(&workspace);
    assert_eq!(why, "The first and the last of process 77 (3 of 5 snapshots)");
    assert_eq!(others, ["2 of process 99", "First two", "Last two"]);

    let View::Comparison { base, .. } = workspace.view() else { unreachable!() };
    let last = workspace.snapshots().last().unwrap().key;
    apply(&mut workspace, Command::Show(View::Comparison { base, target: last }));
    assert_eq!(remark(&workspace).0, "Number 2 and number 5 of 5 snapshots");
    let processes = workspace.processes_of((base, last)).unwrap();
    assert_eq!(processes, ["process 77", "process 99"]);
}

#[test]
fn where_names_do_not_tell_ids_do() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        write(folder.path(), "a.heapsnapshot", &leaking_service(212)),
        write(folder.path(), "b.heapsnapshot", &leaking_service(200)),
        write(folder.path(), "c.heapsnapshot", &of_another_process(400)),
    ];
    let workspace = opened(files.to_vec());
    assert_eq!(shown(&workspace), ["b", "a"], "the one whose ids go further is the later one");
    let (why, others) = remark(&workspace);
    assert!(why.starts_with("Objects of these two can be matched"), "{why}");
    assert!(others.contains(&"First and last".to_owned()), "{others:?}");
    assert!(opened(files[..2].to_vec()).pair_remark().is_none(), "there is no other pair");
}

#[test]
fn a_snapshot_of_another_process_does_not_turn_around_what_is_known_of_two() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = opened(vec![
        write(folder.path(), "after.heapsnapshot", &leaking_service(212)),
        write(folder.path(), "before.heapsnapshot", &leaking_service(200)),
    ]);
    assert_eq!(shown(&workspace), ["before", "after"]);
    let other = write(folder.path(), "h1.heapsnapshot", &of_another_process(400));
    apply(&mut workspace, Command::Open(vec![other]));
    let titles: Vec<_> = workspace.snapshots().iter().map(|snapshot| snapshot.title.as_str()).collect();
    assert_eq!(titles, ["before", "after", "h1"]);
}

#[test]
fn snapshots_of_which_no_two_belong_together_are_compared_by_counts_and_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = opened(vec![
        write(folder.path(), "a.heapsnapshot", &leaking_service(200)),
        write(folder.path(), "b.heapsnapshot", &of_another_process(400)),
        write(folder.path(), "c.heapsnapshot", &of_another_process(700)),
    ]);
    assert_eq!(shown(&workspace), ["a", "c"]);
    assert_eq!(
        remark(&workspace).0,
        "The first and the last of 3 snapshots; objects of no two can be matched"
    );
}
