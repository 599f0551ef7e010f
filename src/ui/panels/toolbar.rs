//! What the toolbars of all views have: a choice of snapshots, the filter, the export.

use eframe::egui::{Sides, Ui};

use crate::rows::FoundTotals;
use crate::ui::action::Action;
use crate::ui::local::Local;
use crate::ui::shortcuts;
use crate::ui::theme::CONTROL_HEIGHT;
use crate::ui::widgets::controls;
use crate::ui::widgets::filter_field::{FilterLook, Left, filter_field};
use crate::ui::widgets::words;
use crate::util::units;
use crate::workspace::{Command, Slot, SnapshotKey, Workspace};

/// With less room there are no facts, in points.
const LEAST_FOR_FACTS: f32 = 64.0;

/// A filter field that is narrower than this has no room for its keys, in points.
const WITH_KEYS: f32 = 190.0;
/// Widths of a snapshot's name at most, and of the window that they are for at least.
const NAMES: [(f32, f32); 3] = [(280.0, 1300.0), (150.0, 900.0), (72.0, 0.0)];

/// A bar with `left` on its left and filter and export on its right.
pub fn show(
    workspace: &Workspace,
    local: &mut Local,
    ui: &mut Ui,
    actions: &mut Vec<Action>,
    left: impl FnOnce(&mut Ui, &mut Vec<Action>),
) {
    let width = match ui.available_width() {
        ..560.0 => 112.0,
        ..860.0 => WITH_KEYS,
        _ => 280.0,
    };
    let mut right_actions = Vec::new();
    Sides::new().height(CONTROL_HEIGHT).shrink_left().truncate().show(
        ui,
        |ui| left(ui, actions),
        |ui| right(workspace, local, ui, width, &mut right_actions),
    );
    actions.append(&mut right_actions);
}

/// From the right: export, filter.
fn right(workspace: &Workspace, local: &mut Local, ui: &mut Ui, width: f32, actions: &mut Vec<Action>) {
    let table = workspace.table(Slot::Main);
    let hint = shortcuts::hint(ui.ctx(), &shortcuts::EXPORT);
    let export = ui.add_enabled_ui(table.tree.is_some(), |ui| controls::button(ui, "Export CSV")).inner;
    if export.on_hover_text(format!("Save the table as it is seen ({hint})")).clicked() {
        actions.push(Action::Export(Slot::Main));
    }
    let keys = if width < WITH_KEYS { String::new() } else { shortcuts::hint(ui.ctx(), &shortcuts::FILTER) };
    let take_focus = local.takes_filter_focus(Slot::Main);
    let look = FilterLook { label: "Filter", hint: "Class, text or @id", keys: &keys, width };
    let response = filter_field(ui, &table.filter_text, look, take_focus);
    actions.extend(response.changed.map(|text| Command::Filter(Slot::Main, text).into()));
    actions.extend(response.left.map(|left| leave_filter(left, Slot::Main)));
}

/// What gives the keyboard to the table that a filter field was of.
pub fn leave_filter(left: Left, slot: Slot) -> Action {
    match left {
        Left::ToRows => Action::EnterRows(slot),
        Left::Emptied => Action::Focus(slot),
    }
}

/// How much there is in all; while the table is filtered, how much the filter has left.
pub fn facts(workspace: &Workspace, ui: &mut Ui, all: &str, exact: &str) {
    if ui.available_width() < LEAST_FOR_FACTS {
        return; // nothing but dots would be left
    }
    let tree = workspace.table(Slot::Main).tree.as_ref();
    match tree.and_then(|tree| tree.found().totals()) {
        Some(totals) => {
            let words = found(totals);
            words::dim_line(ui, &words).on_hover_text(words);
        }
        None => {
            words::dim_line(ui, all).on_hover_text(exact);
        }
    }
}

fn found(totals: FoundTotals) -> String {
    let counted = |count: u64, noun: &str| match count {
        1 => format!("1 {noun}"),
        _ => format!("{} {noun}s", units::count(count)),
    };
    let FoundTotals { by_name, by_objects, objects } = totals;
    match (by_name, objects) {
        (0, 0) => "Nothing matches".to_owned(),
        (_, 0) => format!("Matches: {}", counted(by_name, "constructor")),
        (0, _) => {
            format!("Matches: {} of {}", counted(objects, "object"), counted(by_objects, "constructor"))
        }
        _ => {
            let (classes, objects) = (counted(by_name, "constructor"), counted(objects, "object"));
            format!("Matches: {classes}, and {objects} of {} more", units::count(by_objects))
        }
    }
}

/// A choice among the snapshots that are ready; the one that was clicked.
pub fn snapshot_choice(
    workspace: &Workspace,
    ui: &mut Ui,
    label: &str,
    chosen: SnapshotKey,
) -> Option<SnapshotKey> {
    let title = |key: SnapshotKey| workspace.snapshot(key).map_or("", |snapshot| &snapshot.title);
    let mut clicked = None;
    let window = ui.ctx().content_rect().width();
    let width = NAMES.iter().find(|(_, least)| window >= *least).map_or(0.0, |(name, _)| *name);
    controls::choice(ui, label, title(chosen), width, |ui| {
        for snapshot in workspace.snapshots().iter().filter(|snapshot| snapshot.heap().is_some()) {
            if ui.selectable_label(snapshot.key == chosen, &snapshot.title).clicked() {
                clicked = Some(snapshot.key);
                ui.close();
            }
        }
    });
    clicked.filter(|key| *key != chosen)
}
