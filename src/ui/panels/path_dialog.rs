//! Opening by path: works on every desktop, whether or not it has a file dialog.

use std::path::{Path, PathBuf};

use eframe::egui::{Context, Label, RichText, Ui};

use super::path_field::PathField;
use crate::ui::action::Action;
use crate::ui::paths;
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{controls, dialog, words};
use crate::workspace::{Command, Workspace};

const WIDTH: f32 = 560.0;
/// So many recent files are offered.
const RECENT: usize = 8;

/// The dialog while it is open.
#[derive(Debug, Default)]
pub struct PathDialog {
    field: PathField,
    reason: Option<String>,
}

impl PathDialog {
    /// `reason` says why it opened, when the user did not ask for it.
    pub fn new(reason: Option<String>) -> Self {
        Self { field: PathField::new(String::new()), reason }
    }

    /// Draws the dialog; false when it was closed.
    pub fn show(&mut self, workspace: &Workspace, ctx: &Context, actions: &mut Vec<Action>) -> bool {
        dialog::show(ctx, "path dialog", WIDTH, |ui| self.contents(workspace, ui, actions))
    }

    fn contents(&mut self, workspace: &Workspace, ui: &mut Ui, actions: &mut Vec<Action>) -> bool {
        ui.label(RichText::new("Open by path").font(theme::title()));
        if let Some(reason) = &self.reason {
            let palette = theme::palette(ui);
            let text = RichText::new(format!("{reason}. Type or paste the path of a snapshot."))
                .color(palette.warning);
            ui.add(Label::new(text).wrap());
        }
        let recent: Vec<String> =
            workspace.settings().recent.iter().take(RECENT).map(|path| shown(path)).collect();
        let entered = self.field.show(ui, "Path of a snapshot", "/path/to/file.heapsnapshot", &recent);
        let mut stays = true;
        ui.add_space(2.0 * GRID);
        ui.horizontal(|ui| {
            let known = self.field.is_known();
            let can_open = !self.field.text.trim().is_empty() && (self.field.found.is_file || !known);
            let open = controls::primary_button(ui, "Open", can_open).clicked();
            if controls::button(ui, "Cancel").clicked() {
                stays = false;
            }
            let leads_on = !self.field.found.suggestions.is_empty();
            if known && !leads_on && !self.field.text.trim().is_empty() && !self.field.found.is_file {
                let found = if self.field.found.is_folder { "This is a folder" } else { "No such file" };
                words::dim_line(ui, found);
            }
            if can_open && (open || entered) {
                open_paths(vec![paths::typed(&self.field.text)], actions);
                stays = false;
            }
        });
        stays
    }
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn open_paths(paths: Vec<PathBuf>, actions: &mut Vec<Action>) {
    actions.push(Command::Open(paths).into());
}
