//! The Summary's toolbar: which snapshot, and how much it is in all.

use eframe::egui::Ui;

use super::toolbar;
use crate::ui::action::Action;
use crate::ui::local::Local;
use crate::util::units;
use crate::workspace::{Command, SnapshotKey, View, Workspace};

/// Draws the toolbar.
pub fn show(
    workspace: &Workspace,
    local: &mut Local,
    shown: SnapshotKey,
    ui: &mut Ui,
    actions: &mut Vec<Action>,
) {
    toolbar::show(workspace, local, ui, actions, |ui, actions| {
        if let Some(key) = toolbar::snapshot_choice(workspace, ui, "Snapshot", shown) {
            actions.push(Command::Show(View::Summary(key)).into());
        }
        if let Some(heap) = workspace.snapshot(shown).and_then(|snapshot| snapshot.heap()) {
            let objects = units::count(u64::from(heap.graph.node_count()));
            let classes = units::count(heap.aggregates.list.len() as u64);
            let size = units::bytes_short(heap.total_size());
            let all = format!("{size} in {objects} objects of {classes} constructors");
            toolbar::facts(workspace, ui, &all, &units::bytes_exact(heap.total_size()));
        }
    });
}
