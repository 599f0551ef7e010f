//! What can be done with a row, by right click.

use eframe::egui::{Button, Ui};

use crate::rows::{TableModel as _, Tree};
use crate::ui::action::Action;
use crate::ui::shortcuts;
use crate::util::units;
use crate::workspace::{Command, Slot, Workspace};

/// Fills the menu of a row.
pub fn show(
    workspace: &Workspace,
    tree: &Tree,
    slot: Slot,
    row: u64,
    ui: &mut Ui,
    actions: &mut Vec<Action>,
) {
    let look = tree.row(row);
    let mut item = |ui: &mut Ui, title: &str, keys: &str, action: Action| {
        let button = Button::new(title);
        if ui.add(if keys.is_empty() { button } else { button.shortcut_text(keys) }).clicked() {
            actions.push(action);
            ui.close();
        }
    };
    if !look.is_note {
        item(ui, "Show what holds it", "Enter", Command::ShowRetainers { slot, row }.into());
        if slot == Slot::Retainers {
            let ignore = !workspace.is_ignored(row);
            let title = if ignore { "Ignore this retainer" } else { "Stop ignoring this retainer" };
            item(ui, title, "", Command::Ignore { row, ignore }.into());
            if !workspace.ignored().is_empty() {
                item(ui, "Restore all ignored retainers", "", Command::RestoreIgnored.into());
            }
        }
        ui.separator();
    }
    let rows = tree.selection().map_or(1, |(first, last)| last - first + 1);
    let title =
        if rows == 1 { "Copy the row".to_owned() } else { format!("Copy {} rows", units::count(rows)) };
    item(ui, &title, "Ctrl C", Command::Copy(slot).into());
    item(ui, "Copy the name", "", Action::CopyText(look.name_text()));
    if let Some((side, node)) = tree.object(row) {
        let id = format!("@{}", tree.source().heap(side).graph.id(node).0);
        item(ui, &format!("Copy {id}"), "", Action::CopyText(id.clone()));
    }
    ui.separator();
    let keys = if slot == Slot::Main { shortcuts::hint(ui.ctx(), &shortcuts::EXPORT) } else { String::new() };
    item(ui, "Export the table…", &keys, Action::Export(slot));
}
