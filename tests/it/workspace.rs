//! The workspace without a window: commands in, state out.

use std::path::PathBuf;

use heaplens::export::CsvOptions;
use heaplens::rows::{Column, Expander, TableModel as _, Tree};
use heaplens::workspace::{Command, LoadState, MessageKind, Slot, View, Workspace};

use crate::support::{leaking_pair, leaking_service, write};

/// Does commands one after the other, each to its end.
fn apply(workspace: &mut Workspace, commands: impl IntoIterator<Item = Command>) {
    for command in commands {
        workspace.apply(command);
        while workspace.poll() {}
    }
}

fn opened(files: impl Into<Vec<PathBuf>>) -> Workspace {
    let mut workspace = Workspace::inline();
    apply(&mut workspace, [Command::Open(files.into())]);
    workspace
}

fn tree(workspace: &Workspace, slot: Slot) -> &Tree {
    workspace.table(slot).tree.as_ref().expect("the table is built")
}

/// The rows as a person reads them: indentation, name, cells.
fn rows(workspace: &Workspace, slot: Slot) -> Vec<String> {
    let tree = tree(workspace, slot);
    (0..tree.row_count())
        .map(|index| {
            let row = tree.row(index);
            let cells: Vec<&str> = row.cells.iter().map(|cell| cell.text.as_str()).collect();
            let line =
                format!("{}{} | {}", "  ".repeat(row.depth as usize), row.name_text(), cells.join(" "));
            line.trim_end_matches([' ', '|']).to_owned()
        })
        .collect()
}

fn row_of(workspace: &Workspace, slot: Slot, name: &str) -> u64 {
    let tree = tree(workspace, slot);
    (0..tree.row_count())
        .find(|&row| tree.row(row).name_text().contains(name))
        .unwrap_or_else(|| panic!("no row {name} among {:?}", rows(workspace, slot)))
}

#[test]
fn two_snapshots_open_their_comparison_and_the_first_click_shows_who_holds_what_grew() {
    let folder = tempfile::tempdir().unwrap();
    let [base, target] = leaking_pair(folder.path());
    let mut workspace = opened([target, base]); // the order of the arguments does not matter

    assert!(matches!(workspace.view(), View::Comparison { .. }));
    assert_eq!(rows(&workspace, Slot::Main), ["(string) | 10 0 +10 320 B 0 B +320 B"]);

    apply(&mut workspace, [Command::Select { slot: Slot::Main, row: 0, extend: false }]);
    let retainers = rows(&workspace, Slot::Retainers);
    assert!(retainers[0].starts_with("[2] in Array @11 | 4"), "{retainers:?}");
    assert!(retainers[1].starts_with("  sentEvents in RedisStreamBus @9 | 3"), "{retainers:?}");
    assert!(retainers[2].starts_with("    bus in OrderService @7 | 2"), "{retainers:?}");
    let emphasised = |row| tree(&workspace, Slot::Retainers).row(row).emphasis;
    assert_eq!([0, 1, 2].map(emphasised), [true, true, false], "up to the first holder of the program");
    let card = workspace.card().expect("a typical string is shown");
    assert_eq!(card.text.as_ref().unwrap().shown, "1763825911042-2");
    assert!(card.remark.as_ref().unwrap().contains("10 of 10"), "{:?}", card.remark);
}

#[test]
fn a_constructor_opens_to_its_new_objects_and_they_to_their_fields() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = opened(leaking_pair(folder.path()));
    apply(&mut workspace, [Command::SetOpen { slot: Slot::Main, row: 0, open: true }]);
    assert_eq!(tree(&workspace, Slot::Main).row_count(), 11);
    assert_eq!(rows(&workspace, Slot::Main)[1], "  \"1763825911042-2\" @1005 | •   32 B  +32 B");

    apply(&mut workspace, [Command::SetOpen { slot: Slot::Main, row: 0, open: false }]);
    assert_eq!(tree(&workspace, Slot::Main).row_count(), 1);
    assert_eq!(tree(&workspace, Slot::Main).row(0).expander, Expander::Closed);
}

#[test]
fn the_other_direction_shows_what_is_gone_and_the_retainers_of_the_base() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = opened(leaking_pair(folder.path()));
    apply(&mut workspace, [Command::SwapPair, Command::SetOpen { slot: Slot::Main, row: 0, open: true }]);
    assert_eq!(rows(&workspace, Slot::Main)[0], "(string) | 0 10 −10 0 B 320 B −320 B");

    // The deleted strings exist only in the snapshot with 12 events, which is the base now.
    let row = row_of(&workspace, Slot::Main, "1763825911042-11");
    apply(&mut workspace, [Command::Select { slot: Slot::Main, row, extend: false }]);
    assert!(rows(&workspace, Slot::Retainers)[1].contains("sentEvents in RedisStreamBus"));
}

#[test]
fn a_view_is_as_it_was_left_when_one_comes_back_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = opened(leaking_pair(folder.path()));
    let comparison = workspace.view();
    let newer = workspace.snapshots()[1].key;
    let summary = Command::Show(View::Summary(newer));
    let main = Slot::Main;
    let look = |workspace: &Workspace| {
        let selected = [Slot::Main, Slot::Retainers].map(|slot| tree(workspace, slot).selection());
        (
            rows(workspace, Slot::Main),
            tree(workspace, Slot::Main).sort(),
            selected,
            rows(workspace, Slot::Retainers),
        )
    };
    apply(
        &mut workspace,
        [
            Command::SetOpen { slot: main, row: 0, open: true },
            Command::Sort(main, Column::Name),
            Command::Select { slot: main, row: 3, extend: false },
        ],
    );
    let left = look(&workspace);
    assert_eq!((left.0.len(), left.1.column), (11, Column::Name));

    apply(&mut workspace, [summary.clone(), Command::Filter(main, "bus".to_owned())]);
    assert!(workspace.table(Slot::Retainers).tree.is_none(), "nothing is selected here yet");
    let bus = row_of(&workspace, main, "RedisStreamBus");
    apply(&mut workspace, [Command::Select { slot: main, row: bus, extend: false }]);
    let summary_left = look(&workspace);
    apply(&mut workspace, [Command::Show(comparison)]);
    assert_eq!(look(&workspace), left);
    assert!(workspace.card().is_some_and(|card| card.text.is_some()), "of the string");
    apply(&mut workspace, [summary.clone()]);
    assert_eq!(look(&workspace), summary_left);
    assert_eq!(workspace.table(main).filter_text, "bus");

    // What is left out of the retainers in one view is left out in the other.
    let holder = row_of(&workspace, Slot::Retainers, "OrderService");
    apply(&mut workspace, [Command::Ignore { row: holder, ignore: true }, Command::Show(comparison)]);
    assert_eq!(look(&workspace).0, left.0);
    assert_ne!(look(&workspace).3, left.3);

    // What was asked for and not there yet comes when the view does.
    workspace.apply(Command::Filter(main, "nothing like this".to_owned()));
    apply(&mut workspace, [summary.clone(), Command::Show(comparison)]);
    assert_eq!(workspace.table(main).filter_text, "nothing like this");
    assert_eq!(tree(&workspace, main).row_count(), 0);

    // Of a snapshot that is opened anew nothing is kept.
    apply(&mut workspace, [summary, Command::Show(comparison), Command::Reload(newer)]);
    let newer = workspace.snapshots()[1].key;
    apply(&mut workspace, [Command::Show(View::Summary(newer))]);
    assert_eq!(workspace.table(main).filter_text, "");
}

#[test]
fn a_single_snapshot_shows_its_summary_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = opened([write(folder.path(), "one.heapsnapshot", &leaking_service(3))]);
    let names = |workspace: &Workspace| -> Vec<String> {
        let tree = tree(workspace, Slot::Main);
        (0..tree.row_count()).map(|row| tree.row(row).name_text()).collect()
    };
    let by_retained = ["global", "OrderService", "RedisStreamBus", "Array", "(string)"];
    assert_eq!(names(&workspace), by_retained);

    apply(&mut workspace, [Command::Sort(Slot::Main, Column::RetainedSize)]);
    assert_eq!(names(&workspace).first().map(String::as_str), Some("(string)"));

    apply(&mut workspace, [Command::Sort(Slot::Main, Column::Name)]);
    assert_eq!(names(&workspace), ["(string)", "Array", "OrderService", "RedisStreamBus", "global"]);

    apply(&mut workspace, [Command::Filter(Slot::Main, "redis".to_owned())]);
    assert_eq!(names(&workspace), ["RedisStreamBus"]);
}

#[test]
fn the_filter_finds_new_objects_by_their_text_and_id() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = opened(leaking_pair(folder.path()));
    let filter = |text: &str| Command::Filter(Slot::Main, text.to_owned());
    apply(&mut workspace, [filter("042-1"), Command::SetOpen { slot: Slot::Main, row: 0, open: true }]);
    // "…042-1" itself is in both snapshots.
    assert_eq!(
        rows(&workspace, Slot::Main),
        [
            "(string)  2 objects match | 10 0 +10 320 B 0 B +320 B",
            "  \"1763825911042-10\" @1021 | •   32 B  +32 B",
            "  \"1763825911042-11\" @1023 | •   32 B  +32 B",
        ]
    );
    apply(&mut workspace, [Command::Select { slot: Slot::Main, row: 0, extend: false }]);
    let remark = workspace.card().unwrap().remark.clone().unwrap();
    assert!(remark.starts_with("Typical of the 2 matching new (string): 2 of 2"), "{remark}");

    apply(&mut workspace, [filter("@1023")]);
    assert_eq!(rows(&workspace, Slot::Main).len(), 2, "the row that was open stays so, with what matches");
    assert!(rows(&workspace, Slot::Main)[1].contains("1763825911042-11"));

    apply(&mut workspace, [filter("STR")]);
    assert_eq!(rows(&workspace, Slot::Main).len(), 11, "all objects of a class whose name matches");
    apply(&mut workspace, [filter("@1001")]);
    assert!(rows(&workspace, Slot::Main).is_empty(), "it is neither new nor deleted");
    apply(&mut workspace, [filter("")]);
    assert_eq!(rows(&workspace, Slot::Main)[0], "(string) | 10 0 +10 320 B 0 B +320 B");
}

#[test]
fn the_demo_can_be_opened_again() {
    let mut workspace = Workspace::inline();
    apply(&mut workspace, [Command::OpenDemo]);
    let keys = |workspace: &Workspace| -> Vec<_> { workspace.snapshots().iter().map(|s| s.key).collect() };
    let first = keys(&workspace);
    let pair = View::Comparison { base: first[0], target: first[1] };
    apply(&mut workspace, [Command::Show(View::Summary(first[0])), Command::OpenDemo]);
    assert_eq!((workspace.view(), keys(&workspace)), (pair, first.clone()));
    apply(&mut workspace, [Command::Close(first[0]), Command::OpenDemo]);
    assert!(matches!(workspace.view(), View::Comparison { target, .. } if target == first[1]));
    assert!(workspace.snapshots().iter().all(|snapshot| snapshot.path.exists()));
    assert!(workspace.messages().is_empty());
}

#[test]
fn work_that_is_stopped_leaves_the_table_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = opened([write(folder.path(), "a.heapsnapshot", &leaking_service(3))]);
    let before = rows(&workspace, Slot::Main);
    for command in [Command::Filter(Slot::Main, "redis".to_owned()), Command::Sort(Slot::Main, Column::Name)]
    {
        workspace.apply(command.clone());
        apply(&mut workspace, [Command::Stop(Slot::Main)]);
        assert_eq!(rows(&workspace, Slot::Main), before);
        assert_eq!(workspace.table(Slot::Main).filter_text, "");
        assert!(!workspace.is_busy() && workspace.messages().is_empty());
        apply(&mut workspace, [command]);
        assert_ne!(rows(&workspace, Slot::Main), before, "it can be asked for again");
        apply(&mut workspace, [Command::Filter(Slot::Main, String::new())]);
    }
}

#[test]
fn retainers_are_filtered_by_what_their_rows_say() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = opened(leaking_pair(folder.path()));
    let filter = |text: &str| Command::Filter(Slot::Retainers, text.to_owned());
    apply(&mut workspace, [Command::Select { slot: Slot::Main, row: 0, extend: false }, filter("elements")]);
    assert_eq!(rows(&workspace, Slot::Retainers), ["2 in (object elements)[] @13 | 5 0 B 0 B"]);
    apply(&mut workspace, [filter("array @11")]);
    assert!(rows(&workspace, Slot::Retainers)[0].starts_with("[2] in Array @11"));
}

#[test]
fn an_ignored_retainer_is_left_out_until_it_is_restored() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = opened(leaking_pair(folder.path()));
    let select = |row| Command::Select { slot: Slot::Main, row, extend: false };
    apply(&mut workspace, [select(0)]);
    let before = rows(&workspace, Slot::Retainers);
    let bus = row_of(&workspace, Slot::Retainers, "sentEvents in RedisStreamBus");
    apply(&mut workspace, [Command::Ignore { row: bus, ignore: true }]);
    assert_eq!(workspace.ignored().len(), 1);
    let after = rows(&workspace, Slot::Retainers);
    assert!(after.iter().all(|row| row.contains("| −")), "nothing else holds the string: {after:?}");
    assert!(tree(&workspace, Slot::Retainers).row(0).pale);

    // What is ignored stays so for other objects of the snapshot.
    apply(&mut workspace, [Command::SetOpen { slot: Slot::Main, row: 0, open: true }, select(3)]);
    assert!(rows(&workspace, Slot::Retainers).iter().all(|row| row.contains("| −")));
    apply(&mut workspace, [select(0), Command::RestoreIgnored]);
    assert_eq!(rows(&workspace, Slot::Retainers), before);
    assert!(workspace.ignored().is_empty());
}

#[test]
fn sorting_keeps_what_is_open_and_selected() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = opened([write(folder.path(), "one.heapsnapshot", &leaking_service(3))]);
    let class = row_of(&workspace, Slot::Main, "(string)");
    apply(&mut workspace, [Command::SetOpen { slot: Slot::Main, row: class, open: true }]);
    let object = row_of(&workspace, Slot::Main, "1763825911042-2");
    apply(
        &mut workspace,
        [
            Command::Select { slot: Slot::Main, row: object, extend: false },
            Command::Sort(Slot::Main, Column::Name),
        ],
    );
    let tree = tree(&workspace, Slot::Main);
    assert_eq!(tree.row(0).expander, Expander::Open, "(string) is the first name now, and still open");
    let cursor = tree.cursor().expect("still selected");
    assert!(tree.row(cursor).name_text().contains("1763825911042-2"));
}

#[test]
fn snapshots_of_two_sessions_are_compared_by_counts() {
    let folder = tempfile::tempdir().unwrap();
    let base = write(folder.path(), "s1.heapsnapshot", &leaking_service(200));
    // A new inspector session numbers objects anew: the same small ids name other objects.
    let mut renumbered = leaking_service(400);
    for node in 0..407 {
        renumbered.set_id(node, 2 * u64::from((node + 150) % 407) + 1);
    }
    let target = write(folder.path(), "s2.heapsnapshot", &renumbered);
    let workspace = opened([base, target]);
    let compared = workspace.compared().expect("compared");
    assert!(!compared.diff.by_id, "{:?}", compared.comparability);
    assert_eq!(rows(&workspace, Slot::Main)[0], "(string) | – – +200 – – +6.40 kB");
}

#[test]
fn the_older_snapshot_is_the_base_whatever_the_files_are_called() {
    let folder = tempfile::tempdir().unwrap();
    let after = write(folder.path(), "after.heapsnapshot", &leaking_service(12));
    let before = write(folder.path(), "before.heapsnapshot", &leaking_service(2));
    let workspace = opened([after, before]);
    let titles: Vec<&str> = workspace.snapshots().iter().map(|snapshot| snapshot.title.as_str()).collect();
    assert_eq!(titles, ["before", "after"]);
    assert_eq!(rows(&workspace, Slot::Main), ["(string) | 10 0 +10 320 B 0 B +320 B"]);
}

#[test]
fn copied_rows_are_text_with_tabs() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = opened(leaking_pair(folder.path()));
    apply(
        &mut workspace,
        [
            Command::SetOpen { slot: Slot::Main, row: 0, open: true },
            Command::Select { slot: Slot::Main, row: 0, extend: false },
            Command::Select { slot: Slot::Main, row: 1, extend: true },
            Command::Copy(Slot::Main),
        ],
    );
    let expected =
        "(string)\t10\t0\t+10\t320 B\t0 B\t+320 B\n  \"1763825911042-2\" @1005\t•\t\t\t32 B\t\t+32 B\n";
    assert_eq!(workspace.take_clipboard().as_deref(), Some(expected));
    assert_eq!(workspace.take_clipboard(), None);
}

#[test]
fn an_exported_table_has_the_rows_as_they_are_seen_with_exact_values() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = opened(leaking_pair(folder.path()));
    let path = folder.path().join("out.csv");
    let options = CsvOptions { retaining_paths: true, byte_order_mark: true };
    apply(
        &mut workspace,
        [
            Command::SetOpen { slot: Slot::Main, row: 0, open: true },
            Command::Export { slot: Slot::Main, path: path.clone(), options },
        ],
    );
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(
        lines[0],
        "\u{FEFF}level,edge,name,class,id,new,deleted,delta,allocated_size,freed_size,size_delta,retaining_path"
    );
    assert_eq!(lines[1], "0,,(string),,,10,0,10,320,0,320,");
    assert_eq!(
        lines[2],
        "1,,1763825911042-2,(string),1005,1,0,1,32,0,32,\
         [2] in Array @11 ← sentEvents in RedisStreamBus @9 ← bus in OrderService @7 ← service in global @5"
    );
    assert_eq!(lines.len(), 1 + 11 + 1, "a header, eleven rows, and the end of the last line");
    assert_eq!(workspace.messages().last().map(|message| message.kind), Some(MessageKind::Done));
}

#[test]
fn a_bad_file_is_a_message_and_the_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let [base, target] = leaking_pair(folder.path());
    let bad = folder.path().join("bad.heapsnapshot");
    std::fs::write(&bad, "<!DOCTYPE html>").unwrap();
    let mut workspace = opened([base, bad.clone(), target]);
    assert!(matches!(workspace.view(), View::Comparison { .. }));
    let failed = workspace.snapshots().iter().find(|snapshot| snapshot.path == bad).unwrap();
    assert!(matches!(&failed.state, LoadState::Failed(text) if text.contains("HTML")));
    assert_eq!(workspace.messages().len(), 1);

    let (id, key) = (workspace.messages()[0].id, failed.key);
    apply(&mut workspace, [Command::Dismiss(id), Command::Close(key)]);
    assert!(workspace.messages().is_empty());
    assert_eq!(workspace.snapshots().len(), 2);
}

#[test]
fn a_snapshot_that_was_closed_is_a_click_away() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = opened(leaking_pair(folder.path()));
    let path = workspace.snapshots()[0].path.clone();
    let close = Command::Close(workspace.snapshots()[0].key);
    apply(&mut workspace, [close]);
    let [message] = workspace.messages() else { panic!("{:?}", workspace.messages()) };
    assert!(message.text.starts_with("Closed "), "{message:?}");
    let again = message.offer.clone().unwrap().command;
    apply(&mut workspace, [again]);
    assert_eq!(workspace.snapshots()[0].path, path);
    assert!(matches!(workspace.view(), View::Comparison { .. }), "as before");
    assert!(workspace.messages().is_empty(), "nothing is offered that is done");
}

#[test]
fn closing_a_snapshot_of_the_view_shows_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = opened(leaking_pair(folder.path()));
    let View::Comparison { base, target } = workspace.view() else { panic!("{:?}", workspace.view()) };
    apply(&mut workspace, [Command::Close(base)]);
    assert_eq!(workspace.view(), View::Summary(target));
    apply(&mut workspace, [Command::Close(target)]);
    assert_eq!(workspace.view(), View::Welcome);
}

#[test]
fn files_opened_before_come_first_in_the_recent_list() {
    let folder = tempfile::tempdir().unwrap();
    let [base, target] = leaking_pair(folder.path());
    let workspace = opened([base.clone(), target.clone()]);
    assert_eq!(workspace.settings().recent, [target, base]);
}
