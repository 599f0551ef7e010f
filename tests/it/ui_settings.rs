//! The settings as they are changed in the window.

use std::fs;
use std::path::Path;

use eframe::egui::{Event, Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use heaplens::ui::Window;
use heaplens::workspace::{Command, IndexUsage, Workspace};

use crate::settings::keep_index;
use crate::support::{leaking_service, write};
use crate::ui_window::window;

/// A window with the settings open.
fn settings(workspace: Workspace) -> Harness<'static, Window> {
    let mut harness = window(workspace);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Comma);
    harness.run_steps(4);
    harness.get_by_role_and_label(Role::Label, "Settings");
    harness
}

/// Waits for what the path field looks up on a thread of its own.
fn look(harness: &mut Harness<'_, Window>, until: impl Fn(&Workspace) -> bool) {
    for _ in 0..6000 {
        harness.step();
        if until(harness.state().workspace()) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("nothing came of it: {:?}", harness.state().workspace().settings());
}

#[test]
fn enter_counts_even_before_it_is_known_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = settings(Workspace::inline());
    harness.get_by_role_and_label(Role::TextInput, "Folder of the indices").focus();
    harness.step();
    // Both in one frame: no disk answers in between.
    let enter = Event::Key {
        key: Key::Enter,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    let events = &mut harness.input_mut().events;
    events.extend([Event::Text(folder.path().to_string_lossy().into_owned()), enter]);
    look(&mut harness, |workspace| workspace.settings().index_folder.as_deref() == Some(folder.path()));
}

fn type_folder(harness: &mut Harness<'_, Window>, folder: &Path) {
    let field = harness.get_by_role_and_label(Role::TextInput, "Folder of the indices");
    field.focus();
    field.type_text(&folder.to_string_lossy());
    harness.step();
    harness.key_press(Key::Enter);
}

#[test]
fn indices_are_kept_elsewhere_counted_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let indices = folder.path().join("indices");
    let snapshot = write(folder.path(), "a.heapsnapshot", &leaking_service(3));
    let index = keep_index(&snapshot, &indices);
    let mut harness = settings(Workspace::inline());
    type_folder(&mut harness, &indices);
    look(
        &mut harness,
        |workspace| matches!(workspace.index_usage(), IndexUsage::Known(usage) if usage.count == 1),
    );
    assert_eq!(harness.state().workspace().settings().index_folder.as_ref(), Some(&indices));
    harness.run_steps(2);
    let size = heaplens::util::units::bytes_short(fs::metadata(&index).unwrap().len());
    harness.get_by_label(&format!("1 index, {size}"));
    harness.get_by_label(&format!("Frees {size}; snapshots stay"));
    harness.get_by_label("Delete all indices").click();
    harness.run_steps(4);
    harness.get_by_label("No indices");
    assert!(!index.exists());

    harness.get_by_label("Reset").click();
    look(&mut harness, |workspace| workspace.settings().index_folder.is_none());
}

#[test]
fn a_limit_holds_when_it_is_entered_and_not_while_it_is_typed() {
    let mut harness = settings(Workspace::inline());
    let limit = |harness: &Harness<'_, Window>| harness.state().workspace().settings().index_limit_gb;
    let field = "Limit of all indices in GiB";
    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.get_by_role_and_label(Role::TextInput, field).type_text("5");
    harness.run_steps(2);
    assert_eq!(limit(&harness), 20);
    harness.get_by_label_contains("(5.37 GB)");
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    assert_eq!(limit(&harness), 5);

    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.get_by_role_and_label(Role::TextInput, field).type_text("much");
    harness.run_steps(2);
    harness.get_by_label("GiB: a whole number, 1 or more");
    harness.get_by_label("Close").click();
    harness.run_steps(4);
    assert!(harness.query_by_role_and_label(Role::Label, "Settings").is_none());
    assert_eq!(limit(&harness), 5);
}

#[test]
fn indices_can_be_done_without() {
    let mut harness = settings(Workspace::inline());
    harness.get_by_label("Keep indices").click();
    harness.run_steps(3);
    assert!(!harness.state().workspace().settings().index);
    let field = harness.get_by_role_and_label(Role::TextInput, "Folder of the indices");
    assert!(field.accesskit_node().is_disabled(), "nothing is kept there");
}

#[test]
fn light_and_dark_are_a_choice() {
    let mut harness = window(Workspace::inline());
    harness.get_by_label("Menu").click();
    harness.run();
    harness.get_by_label_contains("Settings…").click();
    harness.run_steps(4);
    for (title, is_dark) in [("Light", false), ("Dark", true)] {
        harness.get_by_label(title).click();
        harness.run_steps(3);
        assert_eq!(harness.ctx.global_style().visuals.dark_mode, is_dark);
    }
}

#[cfg(unix)] // elsewhere the system refuses to shorten a file that is open
#[test]
fn a_window_over_an_index_that_is_cut_off_stays_and_offers_to_open_the_snapshot_again() {
    let folder = tempfile::tempdir().unwrap();
    let indices = folder.path().join("indices");
    let snapshot = write(folder.path(), "a.heapsnapshot", &leaking_service(5000));
    let index = keep_index(&snapshot, &indices);
    let whole = fs::read(&index).unwrap();
    for part in 1..8 {
        fs::write(&index, &whole).unwrap();
        let mut workspace = Workspace::inline();
        workspace.apply(Command::SetIndexFolder(Some(indices.clone())));
        workspace.apply(Command::Open(vec![snapshot.clone()]));
        while workspace.poll() {}
        let mut harness = window(workspace);
        let file = fs::OpenOptions::new().write(true).open(&index).unwrap();
        file.set_len(whole.len() as u64 * part / 8).unwrap();
        for key in [
            Key::End,
            Key::ArrowRight,
            Key::Home,
            Key::ArrowRight,
            Key::ArrowDown,
            Key::ArrowRight,
            Key::Enter,
            Key::End,
        ] {
            harness.key_press(key);
            harness.run_steps(3);
        }
        harness.get_by_label_contains("its index became shorter while it was open");
        harness.get_by_label("Open again").click();
        harness.run_steps(4);
        assert!(harness.query_by_label("Open again").is_none());
        let heap = harness.state().workspace().snapshots()[0].heap().unwrap();
        assert_eq!(heap.change(), None);
    }
}
