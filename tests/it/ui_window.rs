//! The whole window, driven as a person would, over the bundled pair of snapshots.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use eframe::egui::{DroppedFile, Event, HoveredFile, Key, Modifiers, Role, pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, Node};
use heaplens::export::CsvOptions;
use heaplens::ui::{Window, theme};
use heaplens::workspace::{Command, Slot, View, Workspace};

use crate::pairs::of_another_process;
use crate::support::{leaking_service, write};

/// The pair's files, unpacked once.
fn pair() -> &'static [PathBuf; 2] {
    static PAIR: OnceLock<(tempfile::TempDir, [PathBuf; 2])> = OnceLock::new();
    let (_folder, paths) = PAIR.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let paths = heaplens::format::unpack_demo(folder.path()).unwrap();
        (folder, paths)
    });
    paths
}

/// A window over a workspace whose jobs run at once.
pub(crate) fn window(workspace: Workspace) -> Harness<'static, Window> {
    paced(workspace, 0.25)
}

/// A window whose frames (and with them events) are so many seconds apart.
fn paced(workspace: Workspace, seconds: f32) -> Harness<'static, Window> {
    let mut harness = Harness::builder()
        .with_step_dt(seconds)
        .with_size(vec2(1200.0, 800.0))
        .with_context_setup(theme::install)
        .with_max_steps(12)
        .build_ui_state(
            |ui, window: &mut Window| {
                window.logic(ui.ctx());
                window.show(ui);
            },
            Window::new(workspace),
        );
    harness.run();
    harness
}

/// A window with files open.
fn opened(paths: &[PathBuf]) -> Harness<'static, Window> {
    window(workspace_of(paths))
}

fn workspace_of(paths: &[PathBuf]) -> Workspace {
    let mut workspace = Workspace::inline();
    workspace.apply(Command::Open(paths.to_vec()));
    workspace.poll();
    workspace
}

fn rows(harness: &Harness<'_, Window>, table: &str) -> Vec<String> {
    harness
        .get_by_role_and_label(Role::Table, table)
        .children_recursive()
        .filter(|node| node.accesskit_node().role() == Role::Row)
        .filter_map(|node| node.accesskit_node().label())
        .collect()
}

fn row<'h>(harness: &'h Harness<'_, Window>, table: &'h str, start: &str) -> Node<'h> {
    harness
        .get_by_role_and_label(Role::Table, table)
        .children_recursive()
        .find(|node| {
            let node = node.accesskit_node();
            node.role() == Role::Row && node.label().is_some_and(|label| label.starts_with(start))
        })
        .unwrap_or_else(|| panic!("no row that starts with {start}"))
}

#[test]
fn an_empty_window_says_what_to_do() {
    let mut harness = window(Workspace::inline());
    harness.get_by_label("Find out what your JavaScript program keeps in memory");
    harness.get_by_label("Try a pair from a leaking service").click();
    harness.run();
    assert!(matches!(harness.state().workspace().view(), View::Comparison { .. }));
}

#[test]
fn two_snapshots_open_as_a_comparison_with_the_largest_growth_first() {
    let harness = opened(pair());
    let rows = rows(&harness, "Comparison");
    assert!(rows.len() > 5, "{rows:?}");
    assert!(rows[0].contains(", Size delta +"), "{}", rows[0]);
    let cards: Vec<_> =
        harness.get_all_by_role(Role::ListItem).filter_map(|card| card.accesskit_node().label()).collect();
    assert_eq!(cards.len(), 2);
    assert!(cards[0].ends_with(", base") && cards[1].ends_with(", target"), "{cards:?}");
}

#[test]
fn selecting_a_constructor_shows_what_holds_a_typical_object_of_it() {
    let mut harness = opened(pair());
    harness.get_by_label("Select an object or a constructor above to see what holds it");
    row(&harness, "Comparison", "(string)").click();
    harness.run();
    let holders = rows(&harness, "Retainers");
    assert!(holders[0].contains(" in "), "{holders:?}");
    harness.get_by_label("Retained size");
    harness.get_by_label("Copy the text");

    // F6 goes to the retainers, where keys move now.
    harness.key_press(Key::F6);
    harness.run();
    harness.key_press(Key::End);
    harness.run();
    let selected = row(&harness, "Retainers", &rows(&harness, "Retainers").last().unwrap().clone());
    assert_eq!(selected.accesskit_node().is_selected(), Some(true));
}

#[test]
fn the_filter_keeps_what_contains_the_words() {
    let mut harness = opened(pair());
    let before = rows(&harness, "Comparison").len();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Filter").type_text("STRING");
    harness.run();
    let after = rows(&harness, "Comparison");
    assert!(!after.is_empty() && after.len() < before);
    let has_words = |row: &String| row.to_lowercase().contains("string");
    let by_name = after.iter().take_while(|row| has_words(row)).count();
    assert!(by_name >= 3, "classes of that name come first: {after:?}");
    assert!(after[by_name..].iter().all(|row| row.contains(" match, ")), "{after:?}");

    harness.get_by_label("Clear the filter").click();
    harness.run();
    assert_eq!(rows(&harness, "Comparison").len(), before);
    assert!(harness.get_by_role_and_label(Role::TextInput, "Filter").is_focused(), "for other words");
}

#[test]
fn a_text_finds_the_objects_that_have_it() {
    let mut harness = opened(pair());
    let (_, pieces) = harness.state().workspace().snapshots().split_first().unwrap();
    assert_eq!(pieces.len(), 1);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Filter").type_text("sentEvents");
    harness.run();
    let empty = "No constructor's name and no new or deleted object's text contains “sentEvents”";
    let found = rows(&harness, "Comparison");
    assert!(found.iter().all(|row| row.contains(" match")) || harness.query_by_label(empty).is_some());

    // Ctrl+F leads to the filter of the table that has the keyboard.
    harness.get_by_label("Clear the filter").click();
    harness.run();
    row(&harness, "Comparison", "(string)").click();
    harness.run();
    harness.key_press(Key::F6);
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Filter the retainers").type_text("nothing like this");
    harness.run();
    harness.get_by_label("No direct holder, and no reference from one, contains “nothing like this”");

    // So does Ctrl+E while the keyboard is in that filter.
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run_steps(4);
    harness.get_by_role_and_label(Role::Label, "Export the retainers as CSV");
    harness.get_by_label("There are no rows to export: the filter leaves none.");
}

/// A window with the pair open, the last row of the Comparison selected.
fn at_the_end_of_the_comparison() -> Harness<'static, Window> {
    let mut harness = opened(pair());
    row(&harness, "Comparison", "(string)").click();
    harness.run();
    harness.key_press(Key::End);
    harness.run();
    harness
}

#[test]
fn another_order_begins_at_the_top_whatever_is_selected() {
    let mut harness = at_the_end_of_the_comparison();
    let ends_at = rows(&harness, "Comparison");
    harness.get_by_role_and_label(Role::ColumnHeader, "# New").click();
    harness.run();
    let shown = rows(&harness, "Comparison");
    assert!(shown[0].starts_with("(string)"), "most new objects: {shown:?}");
    assert_ne!(shown, ends_at);
    harness.key_press(Key::Home);
    harness.run();
    let first = row(&harness, "Comparison", "(string)").accesskit_node();
    assert_eq!(first.is_selected(), Some(true), "keys still go to the table");
}

#[test]
fn a_table_that_is_shown_again_is_scrolled_to_where_it_was() {
    let mut harness = at_the_end_of_the_comparison();
    for _ in 0..3 {
        harness.key_press(Key::ArrowUp);
    }
    harness.run();
    let left = rows(&harness, "Comparison");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num2);
    harness.run();
    assert!(rows(&harness, "Summary")[0].starts_with("(compiled code)"), "the top of what is shown first");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    harness.run();
    assert_eq!(rows(&harness, "Comparison"), left);
}

#[test]
fn tab_leads_out_of_a_path_that_needs_no_completing() {
    let mut harness = opened(pair());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run_steps(4);
    for _ in 0..20 {
        // The disk is asked in the background.
        std::thread::sleep(std::time::Duration::from_millis(10));
        harness.run_steps(1);
    }
    harness.key_press(Key::Tab);
    harness.run_steps(3);
    harness.key_press(Key::Space);
    harness.run_steps(3);
    let option = harness.get_by_role_and_label(Role::CheckBox, "With the retaining path of each object");
    assert_eq!(option.accesskit_node().toggled(), Some(eframe::egui::accesskit::Toggled::True));
}

#[test]
fn a_retainer_can_be_ignored_and_restored() {
    let mut harness = opened(pair());
    row(&harness, "Comparison", "(string)").click();
    harness.run();
    let before = rows(&harness, "Retainers");
    row(&harness, "Retainers", "sentEvents in RedisStreamBus").click_secondary();
    harness.run();
    harness.get_by_label("Ignore this retainer").click();
    harness.run();
    harness.get_by_label("1 ignored retainer ·");
    let after = rows(&harness, "Retainers");
    assert!(!after.iter().any(|row| row.starts_with("sentEvents in RedisStreamBus")), "{after:?}");
    harness.get_by_label("Restore").click();
    harness.run();
    assert_eq!(rows(&harness, "Retainers"), before);
}

#[test]
fn pills_change_the_view_and_headers_the_order() {
    let mut harness = opened(pair());
    harness.get_by_role_and_label(Role::Tab, "Summary").click();
    harness.run();
    let by_retained = rows(&harness, "Summary");
    harness.get_by_role_and_label(Role::ColumnHeader, "Count").click();
    harness.run();
    let by_count = rows(&harness, "Summary");
    assert_ne!(by_retained, by_count);
    harness.get_by_role_and_label(Role::Tab, "Comparison").click();
    harness.run();
    assert!(!rows(&harness, "Comparison").is_empty());
}

#[test]
fn a_click_on_a_card_compares_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let third = folder.path().join("leak-9.heapsnapshot");
    std::fs::copy(&pair()[1], &third).unwrap();
    let [first, second] = pair().clone();
    let mut harness = opened(&[first, second, third]);
    let parts = |harness: &Harness<'_, Window>| -> Vec<String> {
        let cards = harness.get_all_by_role(Role::ListItem);
        let labels = cards.filter_map(|card| card.accesskit_node().label());
        labels.map(|label| label.rsplit(", ").next().unwrap_or_default().to_owned()).collect()
    };
    let before = parts(&harness);
    assert_eq!((before[0].as_str(), before[2].as_str()), ("base", "target"));
    harness.get_all_by_role(Role::ListItem).nth(1).unwrap().click();
    harness.run();
    let after = parts(&harness);
    assert_eq!((after[0].as_str(), after[1].as_str()), ("base", "target"));
}

#[test]
fn the_border_of_the_details_can_be_dragged_and_put_back() {
    let mut harness = paced(workspace_of(pair()), 0.05); // quick enough for a double click
    let top = |harness: &Harness<'_, Window>| {
        harness.get_by_role_and_label(Role::Splitter, "Height of the details").rect().center().y
    };
    let before = top(&harness);
    harness.drag_at(pos2(500.0, before));
    harness.run();
    harness.hover_at(pos2(500.0, before - 60.0));
    harness.run();
    harness.drop_at(pos2(500.0, before - 60.0));
    harness.run();
    assert!((top(&harness) - (before - 60.0)).abs() < 8.0, "{} after {before}", top(&harness));
    for _ in 0..2 {
        harness.get_by_role_and_label(Role::Splitter, "Height of the details").click();
    }
    harness.run();
    assert_eq!(top(&harness), before);
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("the window opens paths".to_owned())
    }
}

#[test]
fn files_can_be_dropped_and_pasted_as_paths() {
    let [first, second] = pair().clone();
    let mut harness = window(Workspace::inline());
    harness.input_mut().hovered_files =
        vec![HoveredFile { path: Some(first.clone()), ..HoveredFile::default() }];
    harness.step();
    harness.input_mut().hovered_files.clear();
    harness.input_mut().dropped_files = vec![Arc::new(Dropped(first))];
    harness.run();
    assert!(matches!(harness.state().workspace().view(), View::Summary(_)));

    harness.event(Event::Paste(second.to_string_lossy().into_owned()));
    harness.run();
    assert!(matches!(harness.state().workspace().view(), View::Comparison { .. }));
}

#[test]
fn a_bad_file_is_told_and_can_be_closed() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.heapsnapshot");
    std::fs::write(&bad, "{\"snapshot\": nonsense").unwrap();
    let mut harness = opened(&[bad]);
    let card = harness.get_by_role(Role::ListItem).accesskit_node().label().unwrap();
    assert!(card.starts_with("bad, could not be opened: "), "{card}");
    harness.get_by_label("Dismiss").click();
    harness.run();
    assert!(harness.state().workspace().messages().is_empty());
    harness.get_by_role(Role::ListItem).hover();
    harness.run();
    harness.get_by_label("Close this snapshot").click();
    harness.run();
    assert!(harness.state().workspace().snapshots().is_empty());
}

#[test]
fn what_is_odd_about_a_file_stays_on_its_card() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("odd.heapsnapshot");
    let whole = std::fs::read_to_string(&pair()[0]).unwrap();
    std::fs::write(&odd, whole.replacen("\"node_count\":", "\"node_count\":1", 1)).unwrap();
    let mut harness = opened(&[odd]);
    harness.get_by_label("Dismiss").click(); // the passing message
    harness.run();
    let warning = harness.state().workspace().snapshots()[0].warnings().next().unwrap();
    let sentence = warning.replacen("the header", "The header", 1);
    assert!(harness.query_by_label(&sentence).is_none());
    harness.get_by_role_and_label(Role::DisclosureTriangle, "1 warning").click();
    harness.run();
    harness.get_by_label(&sentence);
    harness.get_by_role_and_label(Role::DisclosureTriangle, "1 warning").click();
    harness.run();
    assert!(harness.query_by_label(&sentence).is_none());
}

#[test]
fn dialogs_open_by_key_and_close_with_escape() {
    let mut harness = opened(pair());
    for (key, modifiers, title) in [
        (Key::L, Modifiers::COMMAND, "Open by path"),
        (Key::E, Modifiers::COMMAND, "Export the Comparison as CSV"),
        (Key::Comma, Modifiers::COMMAND, "Settings"),
        (Key::F1, Modifiers::NONE, "Keys"),
    ] {
        harness.key_press_modifiers(modifiers, key);
        harness.run_steps(4);
        harness.get_by_role_and_label(Role::Label, title);
        harness.key_press(Key::Escape);
        harness.run_steps(4);
        assert!(harness.query_by_role_and_label(Role::Label, title).is_none(), "{title} stays open");
    }
}

#[test]
fn what_is_typed_with_the_key_that_leads_to_the_filter_is_filtered_by() {
    let mut harness = opened(pair());
    let press =
        |key, modifiers| Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
    // All in one frame, as on a busy machine.
    let events = |text: &str| [press(Key::F, Modifiers::COMMAND), Event::Text(text.to_owned())];
    let field = |harness: &Harness<'_, Window>| {
        harness.get_by_role_and_label(Role::TextInput, "Filter").value().unwrap_or_default()
    };
    harness.input_mut().events.extend(events("Mon"));
    harness.run();
    assert_eq!(field(&harness), "Mon");
    harness.input_mut().events.extend(events("Set"));
    harness.event(Event::Text("_".to_owned()));
    harness.run();
    assert_eq!(field(&harness), "Set_", "old words go, new ones stay");
}

#[test]
fn what_is_typed_while_a_dialog_opens_goes_into_it() {
    let press =
        |key, modifiers| Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
    let text = |text: &str| Event::Text(text.to_owned());
    for (key, label) in [(Key::L, "Path of a snapshot"), (Key::E, "Path of the CSV file")] {
        let mut harness = opened(pair());
        for _ in 0..2 {
            // Some in the same frame, some in the next ones.
            harness.input_mut().events.extend([press(key, Modifiers::COMMAND), text("/a"), text("b")]);
            harness.step();
            for more in ["c", "d", "e"] {
                harness.input_mut().events.push(text(more));
                harness.step();
            }
            let typed = harness.get_by_role_and_label(Role::TextInput, label).value();
            assert_eq!(typed.as_deref(), Some("/abcde"), "{label}");
            harness.key_press(Key::Escape);
            harness.run_steps(4);
        }
    }
}

#[test]
fn keys_lead_from_the_filter_to_the_table() {
    let mut harness = opened(pair());
    for key in [Key::Enter, Key::Escape, Key::ArrowDown] {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
        harness.run();
        harness.get_by_role_and_label(Role::TextInput, "Filter").type_text("e");
        harness.run();
        harness.key_press(key);
        harness.run();
        harness.key_press(Key::Home);
        harness.run();
        let first =
            row(&harness, "Comparison", &rows(&harness, "Comparison")[0]).accesskit_node().is_selected();
        assert_eq!(first, Some(true), "{key:?}");
        harness.key_press(Key::End);
        harness.run();
    }
}

#[test]
fn from_the_filter_a_key_leads_to_the_first_row_or_back_to_all() {
    let mut harness = opened(pair());
    let all = rows(&harness, "Comparison");
    for key in [Key::ArrowDown, Key::Enter] {
        row(&harness, "Comparison", "(string)").click();
        harness.run();
        harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
        harness.run();
        harness.get_by_role_and_label(Role::TextInput, "Filter").type_text("CustomerSession");
        harness.run();
        harness.key_press(key);
        harness.run();
        let found = rows(&harness, "Comparison");
        assert!(found.len() < all.len() && found[0].starts_with("CustomerSession"), "{found:?}");
        let is_selected = row(&harness, "Comparison", &found[0]).accesskit_node().is_selected();
        assert_eq!(is_selected, Some(true), "what was selected is not in view");
        harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
        harness.run();
        harness.key_press(Key::Escape);
        harness.run();
        assert_eq!(rows(&harness, "Comparison").len(), all.len());
    }
}

#[test]
fn the_key_that_lists_the_keys_puts_the_list_away() {
    let mut harness = opened(pair());
    for is_open in [true, false, true] {
        harness.key_press(Key::F1);
        harness.run_steps(4);
        assert_eq!(harness.query_by_role_and_label(Role::Label, "Keys").is_some(), is_open);
    }
}

#[test]
fn a_click_on_a_card_of_the_comparison_shows_its_summary_and_the_tab_comes_back_to_it() {
    let mut harness = opened(pair());
    let keys: Vec<_> = harness.state().workspace().snapshots().iter().map(|s| s.key).collect();
    let older = View::Summary(keys[0]);
    harness.get_all_by_role(Role::ListItem).next().unwrap().click();
    harness.run();
    assert_eq!(harness.state().workspace().view(), older);
    for (tab, view) in
        [("Comparison", View::Comparison { base: keys[0], target: keys[1] }), ("Summary", older)]
    {
        harness.get_by_role_and_label(Role::Tab, tab).click();
        harness.run();
        assert_eq!(harness.state().workspace().view(), view);
    }
}

#[test]
fn a_click_on_the_card_of_a_third_snapshot_makes_it_the_target() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["a", "b", "c"].map(|name| {
        let events = 200 + 12 * u32::from(name.as_bytes()[0]);
        write(folder.path(), &format!("{name}.heapsnapshot"), &leaking_service(events))
    });
    let mut harness = opened(&files);
    let keys: Vec<_> = harness.state().workspace().snapshots().iter().map(|s| s.key).collect();
    assert_eq!(harness.state().workspace().view(), View::Comparison { base: keys[0], target: keys[2] });
    harness.get_all_by_role(Role::ListItem).nth(1).unwrap().click();
    harness.run();
    assert_eq!(harness.state().workspace().view(), View::Comparison { base: keys[0], target: keys[1] });
}

#[test]
fn a_message_waits_until_the_dialog_over_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("table.csv");
    let mut harness = opened(pair());
    let command = Command::Export { slot: Slot::Main, path: file, options: CsvOptions::default() };
    harness.state_mut().workspace_mut().apply(command);
    harness.key_press(Key::F1);
    harness.run_steps(4);
    harness.get_by_role_and_label(Role::Label, "Keys");
    let is_told = |harness: &Harness<'_, Window>| !harness.state().workspace().messages().is_empty();
    harness.run_steps(60); // each a quarter of a second
    assert!(is_told(&harness), "gone before anybody could read it");
    harness.key_press(Key::Escape);
    harness.run_steps(60);
    assert!(!is_told(&harness), "stays for good");
}

#[test]
fn the_table_is_exported_as_it_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("table.csv");
    let mut harness = opened(pair());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run_steps(4);
    // The field begins with its proposal selected: typing replaces it.
    harness.get_by_role_and_label(Role::TextInput, "Path of the CSV file").type_text(&file.to_string_lossy());
    harness.run_steps(4);
    harness.get_by_label("Export").click();
    harness.run_steps(4);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("level,edge,name,class,id,"), "{text}");
    assert!(text.lines().count() > 5);
}

#[test]
fn an_export_is_proposed_beside_the_snapshot_unless_that_goes_with_the_program() {
    let proposed = |mut harness: Harness<'_, Window>| {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
        harness.run_steps(4);
        let field = harness.get_by_role_and_label(Role::TextInput, "Path of the CSV file");
        PathBuf::from(field.value().unwrap_or_default())
    };
    assert_eq!(proposed(opened(pair())).parent(), pair()[1].parent());

    let mut workspace = Workspace::inline();
    workspace.apply(Command::OpenDemo);
    workspace.poll();
    let home = dirs::home_dir().unwrap();
    assert_eq!(proposed(window(workspace)).parent(), Some(&*home));
}

#[test]
fn an_export_to_a_folder_that_is_not_there_is_not_begun() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(pair());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run_steps(4);
    let path = folder.path().join("missing").join("table.csv");
    harness.get_by_role_and_label(Role::TextInput, "Path of the CSV file").type_text(&path.to_string_lossy());
    harness.step();
    harness.key_press(Key::Enter);
    for _ in 0..6000 {
        harness.step();
        if harness.query_by_label("No such folder").is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(harness.get_by_label("Export").accesskit_node().is_disabled());
    assert!(harness.state().workspace().messages().is_empty());
}

#[test]
fn another_pair_of_several_snapshots_is_a_click_away() {
    let folder = tempfile::tempdir().unwrap();
    let name =
        |process: u32, number: u32| format!("Heap.20261122.10{number:02}00.{process}.0.001.heapsnapshot");
    let service =
        |process, number, events| write(folder.path(), &name(process, number), &leaking_service(events));
    let other = |number| write(folder.path(), &name(99, number), &of_another_process(200));
    let mut harness = opened(&[other(1), service(77, 2, 2), service(77, 3, 6), service(77, 4, 12), other(5)]);
    harness.get_by_label("The first and the last of process 77 (3 of 5 snapshots)");
    let numbers = |harness: &Harness<'_, Window>| -> Vec<String> {
        let cards = harness.get_all_by_role(Role::ListItem).filter_map(|card| card.accesskit_node().label());
        cards
            .filter(|card| card.ends_with("base") || card.ends_with("target"))
            .map(|card| card[16..18].to_owned())
            .collect()
    };
    assert_eq!(numbers(&harness), ["02", "04"]);
    harness.get_by_label("Last two").click();
    harness.run();
    assert_eq!(numbers(&harness), ["03", "04"]);
    harness.get_by_label("2 of process 99").click();
    harness.run();
    assert_eq!(numbers(&harness), ["01", "05"]);
}
