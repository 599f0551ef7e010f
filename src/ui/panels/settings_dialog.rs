//! The settings: theme, and what becomes of indices. All of them hold as soon as they are chosen.

use eframe::egui::{Align, Align2, Context, Label, Layout, RichText, TextEdit, Ui, Vec2, vec2};

use super::browse::Browse;
use super::path_field::PathField;
use crate::ui::action::Action;
use crate::ui::paths;
use crate::ui::theme::{self, CONTROL_HEIGHT, GRID};
use crate::ui::widgets::{controls, dialog, marks, words};
use crate::util::units;
use crate::workspace::{Command, IndexUsage, Settings, Theme, Workspace, chosen_index};

const WIDTH: f32 = 600.0;
/// Width of what a setting is called, in points.
const LABEL: f32 = 72.0;
const FOLDER: &str = "Folder of the indices";
const LIMIT: &str = "Limit of all indices in GiB";

/// The dialog while it is open.
#[derive(Debug)]
pub struct SettingsDialog {
    folder: PathField,
    /// As it is typed.
    limit: String,
    browse: Browse,
}

impl SettingsDialog {
    /// Begins with what is set.
    pub fn new(settings: &Settings) -> Self {
        Self {
            folder: PathField::for_folder(shown_folder(settings)),
            limit: settings.index_limit_gb.to_string(),
            browse: Browse::default(),
        }
    }

    /// Draws the dialog; false when it was closed.
    pub fn show(&mut self, workspace: &Workspace, ctx: &Context, actions: &mut Vec<Action>) -> bool {
        if let Some(folder) = self.browse.picked() {
            self.folder.text = folder;
        }
        dialog::show(ctx, "settings dialog", WIDTH, |ui| self.contents(workspace, ui, actions))
    }

    fn contents(&mut self, workspace: &Workspace, ui: &mut Ui, actions: &mut Vec<Action>) -> bool {
        let settings = workspace.settings();
        ui.label(RichText::new("Settings").font(theme::title()));
        ui.add_space(GRID);
        line(ui, "Theme", |ui| themes(settings, ui, actions));
        ui.add_space(GRID);
        ui.separator();
        ui.add_space(GRID);
        ui.label(RichText::new("Indices").font(theme::strong()));
        words::dim(
            ui,
            "The index of a snapshot of 16 MiB or more is a file about as large as the snapshot. With it, \
             opening the snapshot again takes milliseconds.",
        );
        let mut keep = settings.index;
        if marks::check_box(ui, &mut keep, "Keep indices").clicked() {
            actions.push(Command::KeepIndices(keep).into());
        }
        this_run(ui);
        ui.add_enabled_ui(settings.index, |ui| {
            lines(ui, "Folder", |ui| self.folder(settings, ui, actions));
            line(ui, "Limit", |ui| self.limit(settings, ui, actions));
        });
        line(ui, "Now", |ui| usage(workspace, ui, actions));
        left(workspace, ui, actions);
        ui.add_space(2.0 * GRID);
        let is_closed = controls::button(ui, "Close").clicked();
        !is_closed
    }

    fn folder(&mut self, settings: &Settings, ui: &mut Ui, actions: &mut Vec<Action>) {
        ui.vertical(|ui| {
            let usual = Settings::default().folder_of_indices();
            let hint = usual.map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
            let entered = self.folder.show(ui, FOLDER, &hint, &[]);
            ui.horizontal(|ui| {
                if let Some(desktop) = self.browse.button(ui) {
                    let now = settings.folder_of_indices().unwrap_or_default();
                    desktop.pick_folder(ui.ctx(), FOLDER, &now);
                }
                let is_own = settings.index_folder.is_some();
                let reset = ui.add_enabled_ui(is_own, |ui| controls::button(ui, "Reset")).inner;
                if reset.on_hover_text("Keep indices in the usual folder again").clicked() {
                    self.folder.text.clear();
                }
                if self.folder.found.is_file {
                    words::dim_line(ui, "This is a file");
                } else if !is_own && self.folder.text.trim().is_empty() {
                    words::dim_line(ui, "The usual folder, for you alone");
                }
            });
            self.browse.why_not(ui, "type the path of the folder");
            let is_typing = PathField::has_focus(ui, FOLDER) && !entered;
            let is_new = self.folder.text != shown_folder(settings);
            if is_new && !is_typing && self.folder.is_known() && !self.folder.found.is_file {
                let text = self.folder.text.trim().to_owned();
                let folder = (!text.is_empty()).then(|| paths::typed(&text));
                actions.push(Command::SetIndexFolder(folder).into());
                self.folder.text = text;
            }
        });
    }

    fn limit(&mut self, settings: &Settings, ui: &mut Ui, actions: &mut Vec<Action>) {
        let field = TextEdit::singleline(&mut self.limit)
            .desired_width(48.0)
            .min_size(vec2(0.0, CONTROL_HEIGHT))
            .align(Align2::RIGHT_CENTER);
        let response = ui.add(field).accessible_name(LIMIT);
        let typed = self.limit.trim().parse::<u64>().ok().filter(|limit| (1..1 << 30).contains(limit));
        match typed {
            None => {
                let palette = theme::palette(ui);
                ui.label(RichText::new("GiB: a whole number, 1 or more").color(palette.warning));
            }
            Some(limit) => {
                let bytes = units::bytes_short(limit << 30);
                words::dim(
                    ui,
                    &format!("GiB ({bytes}) for all together; those not used for the longest time go first"),
                );
            }
        }
        if response.lost_focus() {
            match typed {
                Some(limit) if limit != settings.index_limit_gb => {
                    actions.push(Command::SetIndexLimit(limit).into());
                }
                _ => self.limit = settings.index_limit_gb.to_string(),
            }
        }
    }
}

/// What the field says: nothing stands for the usual folder.
fn shown_folder(settings: &Settings) -> String {
    settings.index_folder.as_ref().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A setting that takes one line, with its name before it.
fn line(ui: &mut Ui, what: &str, contents: impl FnOnce(&mut Ui)) {
    lines(ui, what, |ui| {
        let size = vec2(ui.available_width(), CONTROL_HEIGHT);
        centred(ui, size, contents);
    });
}

/// A setting that takes several lines, with its name before the first one.
fn lines(ui: &mut Ui, what: &str, contents: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        centred(ui, vec2(LABEL, CONTROL_HEIGHT), |ui| {
            let words = RichText::new(what).color(theme::palette(ui).dim);
            ui.add(Label::new(words));
        });
        contents(ui);
    });
}

/// One line of at least this size; what is lower stands in its middle.
fn centred(ui: &mut Ui, size: Vec2, contents: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(size);
        contents(ui);
    });
}

fn themes(settings: &Settings, ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.x = 4.0 * GRID;
    for (theme, title) in [(Theme::System, "As the desktop"), (Theme::Dark, "Dark"), (Theme::Light, "Light")]
    {
        if marks::radio(ui, settings.theme == theme, title).clicked() {
            actions.push(Command::SetTheme(theme).into());
        }
    }
}

/// The command line goes before the settings.
fn this_run(ui: &mut Ui) {
    let choice = chosen_index();
    let text = match choice.folder {
        _ if choice.off => {
            "This time Heaplens was started with --no-index: no index is used or written.".to_owned()
        }
        Some(folder) => format!("This time Heaplens was started with --index-dir: {}.", folder.display()),
        None => return,
    };
    ui.add(Label::new(RichText::new(text).color(theme::palette(ui).warning)).wrap());
}

/// What the indices take, and the way to be rid of them.
fn usage(workspace: &Workspace, ui: &mut Ui, actions: &mut Vec<Action>) {
    match workspace.index_usage() {
        IndexUsage::Unknown => drop(words::dim_line(ui, "Looking…")),
        IndexUsage::Failed(why) => {
            ui.add(Label::new(RichText::new(why).color(theme::palette(ui).warning)).wrap());
        }
        IndexUsage::Known(usage) => {
            ui.label(indices(usage.count, usage.bytes));
            let can_delete = usage.count > 0 && !workspace.is_at_indices();
            let delete = ui.add_enabled_ui(can_delete, |ui| controls::button(ui, "Delete all indices")).inner;
            if delete.clicked() {
                let folder = workspace.settings().folder_of_indices();
                actions.extend(folder.map(|folder| Command::DeleteIndices(folder).into()));
            }
            let limit = workspace.settings().index_limit_gb.saturating_mul(1 << 30);
            if usage.bytes > limit {
                words::dim(ui, "More than the limit: the oldest go when the next one is written");
            } else if can_delete {
                let bytes = units::bytes_short(usage.bytes);
                words::dim(ui, &format!("Frees {bytes}; snapshots stay"));
            }
        }
    }
}

/// What has stayed in the folder from before.
fn left(workspace: &Workspace, ui: &mut Ui, actions: &mut Vec<Action>) {
    let Some((folder, usage)) = workspace.left_indices() else { return };
    line(ui, "Before", |ui| {
        ui.label(indices(usage.count, usage.bytes));
        let delete =
            ui.add_enabled_ui(!workspace.is_at_indices(), |ui| controls::button(ui, "Delete these")).inner;
        if delete.clicked() {
            actions.push(Command::DeleteIndices(folder.to_owned()).into());
        }
        words::dim_line(ui, &format!("in {}", folder.display()));
    });
}

fn indices(count: u64, bytes: u64) -> String {
    match count {
        0 => "No indices".to_owned(),
        1 => format!("1 index, {}", units::bytes_short(bytes)),
        _ => format!("{} indices, {}", units::count(count), units::bytes_short(bytes)),
    }
}
