//! Exporting a table: where to, and what besides what is seen.

use std::path::{Path, PathBuf};

use eframe::egui::{Context, RichText, Ui};

use super::browse::Browse;
use super::path_field::PathField;
use crate::export::CsvOptions;
use crate::rows::{TableModel as _, Tree};
use crate::ui::action::Action;
use crate::ui::paths;
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{controls, dialog, marks, words};
use crate::util::units;
use crate::workspace::{Command, Slot, View, Workspace};

const WIDTH: f32 = 560.0;

/// The dialog while it is open.
#[derive(Debug)]
pub struct ExportDialog {
    slot: Slot,
    field: PathField,
    options: CsvOptions,
    browse: Browse,
    /// A path that the desktop's dialog gave: it asked already whether to overwrite.
    confirmed: Option<String>,
}

impl ExportDialog {
    /// For a table; proposes a name beside the snapshot's file.
    pub fn new(workspace: &Workspace, slot: Slot) -> Self {
        let proposed = proposed_path(workspace, slot).to_string_lossy().into_owned();
        Self {
            slot,
            field: PathField::new(proposed),
            options: CsvOptions::default(),
            browse: Browse::default(),
            confirmed: None,
        }
    }

    /// Draws the dialog; false when it was closed.
    pub fn show(&mut self, workspace: &Workspace, ctx: &Context, actions: &mut Vec<Action>) -> bool {
        if let Some(path) = self.browse.picked() {
            self.confirmed = Some(path.clone());
            self.field.text = path;
        }
        dialog::show(ctx, "export dialog", WIDTH, |ui| self.contents(workspace, ui, actions))
    }

    fn contents(&mut self, workspace: &Workspace, ui: &mut Ui, actions: &mut Vec<Action>) -> bool {
        let tree = workspace.table(self.slot).tree.as_ref();
        let rows = tree.map_or(0, Tree::row_count);
        let title = format!("Export {} as CSV", table(workspace, self.slot));
        ui.label(RichText::new(title).font(theme::title()));
        words::dim(ui, &what_goes(rows, tree.is_some_and(|tree| !tree.filter().is_empty())));
        let entered = self.field.show(ui, "Path of the CSV file", "/path/to/table.csv", &[]);
        ui.add_space(GRID);
        marks::check_box(ui, &mut self.options.retaining_paths, "With the retaining path of each object");
        marks::check_box(ui, &mut self.options.byte_order_mark, "With a byte order mark, for spreadsheets");
        self.browse.why_not(ui, "type where to save");
        ui.add_space(2.0 * GRID);
        let mut stays = true;
        ui.horizontal(|ui| {
            let exists = self.field.found.is_file && self.confirmed.as_ref() != Some(&self.field.text);
            let title = if exists { "Replace the file" } else { "Export" };
            let found = &self.field.found;
            let is_nowhere = self.field.is_known() && !found.has_parent;
            let is_typed = !self.field.text.trim().is_empty();
            let can_save = is_typed && !found.is_folder && !is_nowhere && rows > 0;
            let save = controls::primary_button(ui, title, can_save).clicked();
            if controls::button(ui, "Cancel").clicked() {
                stays = false;
            }
            if let Some(desktop) = self.browse.button(ui) {
                desktop.save_file(ui.ctx(), &paths::typed(&self.field.text));
            }
            if self.field.found.is_folder {
                words::dim_line(ui, "This is a folder");
            } else if is_typed && is_nowhere {
                words::dim_line(ui, "No such folder");
            }
            // Enter saves too, but never over a file that is there.
            let enter_saves = entered && !exists;
            if can_save && (save || enter_saves) {
                actions.push(Action::Do(Command::Export {
                    slot: self.slot,
                    path: paths::typed(&self.field.text),
                    options: self.options,
                }));
                stays = false;
            }
        });
        stays
    }
}

/// The table as people call it.
fn table(workspace: &Workspace, slot: Slot) -> &'static str {
    match (slot, workspace.view()) {
        (Slot::Retainers, _) => "the retainers",
        (Slot::Main, View::Comparison { .. }) => "the Comparison",
        (Slot::Main, _) => "the Summary",
    }
}

fn what_goes(rows: u64, is_filtered: bool) -> String {
    let rows = match rows {
        0 if is_filtered => return "There are no rows to export: the filter leaves none.".to_owned(),
        0 => return "There are no rows to export.".to_owned(),
        1 => "1 row, as it is seen".to_owned(),
        _ => format!("{} rows, as they are seen", units::count(rows)),
    };
    format!("{rows}: in this order, filtered, with what is open. Sizes in bytes.")
}

/// Beside the snapshot, named after it and the view.
fn proposed_path(workspace: &Workspace, slot: Slot) -> PathBuf {
    let (key, view) = match workspace.view() {
        View::Summary(key) => (Some(key), "summary"),
        View::Comparison { target, .. } => (Some(target), "comparison"),
        View::Welcome => (None, "table"),
    };
    let what = if slot == Slot::Retainers { "retainers" } else { view };
    let snapshot = key.and_then(|key| workspace.snapshot(key));
    let title = snapshot.map_or("heap", |snapshot| &snapshot.title);
    let name = format!("{title}-{what}.csv");
    // The demo's folder goes when the program ends.
    let lasting = snapshot.map(|snapshot| &snapshot.path).filter(|path| !workspace.is_of_demo(path));
    let folder = lasting.and_then(|path| path.parent()).map(Path::to_owned);
    let path = folder.or_else(dirs::home_dir).unwrap_or_default().join(name);
    std::path::absolute(&path).unwrap_or(path)
}
