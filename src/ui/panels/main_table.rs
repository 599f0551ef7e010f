//! The view's table in the middle.

use eframe::egui::Ui;

use super::row_menu;
use crate::rows::{Filter, TableModel};
use crate::ui::action::Action;
use crate::ui::local::Local;
use crate::ui::widgets::tree_table::{TableEvent, TreeTable};
use crate::util::Progress;
use crate::workspace::{Command, Slot, View, Workspace};

/// Draws the table, or how far it is.
pub fn show(workspace: &Workspace, local: &mut Local, ui: &mut Ui, actions: &mut Vec<Action>) {
    let table = workspace.table(Slot::Main);
    let Some(tree) = &table.tree else {
        if let Some(progress) = table.progress() {
            super::empty::working(ui, progress);
        }
        return;
    };
    let label = match workspace.view() {
        View::Comparison { .. } => "Comparison",
        _ => "Summary",
    };
    let empty = empty_text(tree.filter(), label == "Comparison");
    let widget =
        TreeTable::new(label, tree).empty_text(&empty).busy(table.progress().map(Progress::fraction));
    let events = widget.show(ui, &mut local.main.state, |ui, row| {
        row_menu::show(workspace, tree, Slot::Main, row, ui, actions);
    });
    extend(Slot::Main, tree, events, actions);
}

/// What an empty table says.
fn empty_text(filter: &Filter, is_comparison: bool) -> String {
    let words = filter.text().trim();
    let objects = if is_comparison { "new or deleted object" } else { "object" };
    match filter.id() {
        _ if words.is_empty() && is_comparison => "Nothing changed between these two".to_owned(),
        _ if words.is_empty() => "This snapshot has no objects of a size".to_owned(),
        Some(_) => format!("No {objects} has the id {words}"),
        None if filter.is_about_texts() => {
            format!("No constructor's name and no {objects}'s text contains “{words}”")
        }
        None => format!("No constructor's name contains “{words}”"),
    }
}

/// Table events as commands.
pub fn extend(slot: Slot, model: &dyn TableModel, events: Vec<TableEvent>, actions: &mut Vec<Action>) {
    for event in events {
        if matches!(event, TableEvent::Activate(_)) && slot == Slot::Main {
            actions.push(Action::Focus(Slot::Retainers));
        }
        if matches!(event, TableEvent::Sort(_)) {
            actions.push(Action::Focus(slot)); // the heading that was clicked has taken it
        }
        let command = match event {
            TableEvent::Select { row, extend } => Command::Select { slot, row, extend },
            TableEvent::Toggle { row, open } => Command::SetOpen { slot, row, open },
            TableEvent::Sort(column) => Command::Sort(slot, column),
            TableEvent::Activate(row) if !model.row(row).is_note => Command::ShowRetainers { slot, row },
            TableEvent::Copy => Command::Copy(slot),
            TableEvent::Activate(_) | TableEvent::Menu(_) => continue,
        };
        actions.push(command.into());
    }
}
