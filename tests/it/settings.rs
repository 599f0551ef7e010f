//! Settings as a person changes them: what becomes of indices, and that nothing is lost when the program ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heaplens::analysis::SizeRule;
use heaplens::index::{IndexStore, Usage};
use heaplens::util::Progress;
use heaplens::workspace::{Command, IndexUsage, MessageKind, Settings, Theme, Workspace, open_heap};

use crate::support::{leaking_service, write};

/// Writes the index of a snapshot into a folder; small ones get none by themselves.
pub(crate) fn keep_index(snapshot: &Path, folder: &Path) -> PathBuf {
    let store = IndexStore { least: 0, ..IndexStore::new(folder.to_owned()) };
    let heap = open_heap(snapshot, SizeRule::Exact, &Progress::new()).unwrap();
    store.save(&store.ticket(snapshot).unwrap(), &heap, &Progress::new()).unwrap()
}

fn apply(workspace: &mut Workspace, commands: impl IntoIterator<Item = Command>) {
    for command in commands {
        workspace.apply(command);
        while workspace.poll() {}
    }
}

fn known(count: u64, bytes: u64) -> IndexUsage {
    IndexUsage::Known(Usage { count, bytes })
}

#[test]
fn indices_are_measured_and_deleted_and_snapshots_stay() {
    let folder = tempfile::tempdir().unwrap();
    let indices = folder.path().join("indices");
    let snapshots = [3, 5]
        .map(|events| write(folder.path(), &format!("s{events}.heapsnapshot"), &leaking_service(events)));
    let bytes = snapshots.iter().map(|file| fs::metadata(keep_index(file, &indices)).unwrap().len()).sum();
    let mut workspace = Workspace::inline();
    assert_eq!(*workspace.index_usage(), IndexUsage::Unknown);
    apply(&mut workspace, [Command::SetIndexFolder(Some(indices.clone()))]);
    assert_eq!(*workspace.index_usage(), known(2, bytes));

    apply(&mut workspace, [Command::Open(snapshots.to_vec()), Command::DeleteIndices(indices.clone())]);
    assert_eq!(*workspace.index_usage(), known(0, 0));
    assert!(snapshots.iter().all(|file| file.exists()));
    assert!(workspace.messages().is_empty(), "heaps that are mapped are as they were");
}

#[test]
fn indices_in_the_folder_from_before_are_not_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let [old, new] = ["old", "new"].map(|name| folder.path().join(name));
    let snapshot = write(folder.path(), "a.heapsnapshot", &leaking_service(3));
    let bytes = fs::metadata(keep_index(&snapshot, &old)).unwrap().len();
    let mut workspace = Workspace::inline();
    let set = |folder: &Path| Command::SetIndexFolder(Some(folder.to_owned()));
    apply(&mut workspace, [set(&old), set(&new)]);
    assert_eq!(*workspace.index_usage(), known(0, 0));
    assert_eq!(workspace.left_indices(), Some((old.as_path(), Usage { count: 1, bytes })));
    apply(&mut workspace, [Command::DeleteIndices(old)]);
    assert_eq!(workspace.left_indices(), None);

    apply(&mut workspace, [set(&snapshot)]);
    assert!(matches!(workspace.index_usage(), IndexUsage::Failed(_)), "this is no folder");
}

#[test]
fn the_demo_goes_without_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let indices = folder.path().join("indices");
    let mut workspace = Workspace::inline();
    apply(&mut workspace, [Command::SetIndexFolder(Some(indices.clone())), Command::OpenDemo]);
    assert_eq!(workspace.snapshots().iter().filter(|snapshot| snapshot.heap().is_some()).count(), 2);
    // It is unpacked elsewhere the next time.
    apply(&mut workspace, [Command::LookAtIndices]);
    assert_eq!(*workspace.index_usage(), known(0, 0));
}

#[test]
fn the_usual_folder_is_no_setting() {
    let mut workspace = Workspace::inline();
    apply(&mut workspace, [Command::SetIndexFolder(Some(PathBuf::from("/somewhere")))]);
    assert_eq!(workspace.settings().index_folder.as_deref(), Some(Path::new("/somewhere")));
    apply(&mut workspace, [Command::SetIndexFolder(IndexStore::usual_folder())]);
    assert_eq!(workspace.settings().index_folder, None);
    apply(&mut workspace, [Command::SetIndexLimit(0)]);
    assert_eq!(workspace.settings().index_limit_gb, 1, "nothing would have room");
}

#[test]
fn the_last_of_many_changes_is_what_is_saved_when_the_program_ends() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deep").join("settings.json");
    for limit in [7, 70] {
        let mut workspace = Workspace::new(Arc::new(|| ()), Some(file.clone()));
        for step in 1..=limit {
            let theme = if step % 2 == 0 { Theme::Dark } else { Theme::Light };
            workspace.apply(Command::SetTheme(theme));
            workspace.apply(Command::SetIndexLimit(step));
        }
        workspace.apply(Command::KeepIndices(limit == 7));
        let last = workspace.settings().clone();
        drop(workspace);
        assert_eq!(Settings::load(&file), last);
    }
    let files = fs::read_dir(file.parent().unwrap()).unwrap().count();
    assert_eq!(files, 1, "nothing half written stays");
}

#[test]
fn settings_that_cannot_be_saved_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let no_folder = folder.path().join("file");
    fs::write(&no_folder, "").unwrap();
    let mut workspace = Workspace::new(Arc::new(|| ()), Some(no_folder.join("settings.json")));
    workspace.apply(Command::SetTheme(Theme::Dark));
    workspace.finish(std::time::Duration::from_secs(30));
    let [message] = workspace.messages() else { panic!("{:?}", workspace.messages()) };
    assert_eq!(message.kind, MessageKind::Warning);
    assert!(message.text.starts_with("cannot save the settings: "), "{}", message.text);
}
