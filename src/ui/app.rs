//! The window: draws the workspace, gathers what is asked for, and does it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{
    CentralPanel, Context, Frame, Margin, Panel, ThemePreference, Ui, Vec2, ViewportBuilder, pos2,
};

use super::action::Action;
use super::file_dialog::{FileDialog, Picked};
use super::local::{Dialog, Local};
use super::memory::MemoryMeter;
use super::panels::{
    comparison, details, empty, export_dialog::ExportDialog, keys_dialog, main_table, messages,
    path_dialog::PathDialog, retainers, settings_dialog::SettingsDialog, sidebar, status_bar, summary,
    view_bar,
};
use super::typed_ahead::TypedAhead;
use super::widgets::filter_field;
use super::widgets::splitter::{Border, splitter};
use super::{incoming, shortcuts, system, theme};
use crate::rows::{TableModel as _, Tree};
use crate::workspace::{Command, PATIENCE, Slot, Theme, View, Workspace, default_file};

/// What the details and the table above them keep, in points.
const LEAST_HEIGHTS: [f32; 2] = [96.0, 180.0];
const STATUS_HEIGHT: f32 = 26.0;
const VIEW_BAR_HEIGHT: f32 = 44.0;

/// The window's content.
pub struct Window {
    workspace: Workspace,
    local: Local,
    files: FileDialog,
    theme: Option<Theme>,
}

impl Window {
    /// Over a workspace. [`theme::install`] must have been called on the context.
    pub fn new(workspace: Workspace) -> Self {
        Self { workspace, local: Local::default(), files: FileDialog::default(), theme: None }
    }

    /// What is shown.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// What is shown, to be changed.
    pub fn workspace_mut(&mut self) -> &mut Workspace {
        &mut self.workspace
    }

    /// What goes on even when nobody looks: taking in what jobs and dialogs deliver.
    pub fn logic(&mut self, ctx: &Context) {
        self.workspace.poll();
        if let Some(text) = self.workspace.take_clipboard() {
            ctx.copy_text(text);
        }
        match self.files.poll() {
            Some(Picked::Paths(paths)) => self.workspace.apply(Command::Open(paths)),
            Some(Picked::Unavailable(reason)) => {
                self.local.dialog = Some(Dialog::Path(PathDialog::new(Some(reason))));
            }
            Some(Picked::Cancelled) | None => {}
        }
        self.local.choosing_files = self.files.is_open();
        self.follow_theme(ctx);
        if self.workspace.is_busy() {
            // Progress bars move; results wake the window by themselves.
            ctx.request_repaint_after(Duration::from_millis(80));
        }
    }

    fn follow_theme(&mut self, ctx: &Context) {
        let wanted = self.workspace.settings().theme;
        if self.theme.replace(wanted) != Some(wanted) {
            ctx.set_theme(match wanted {
                Theme::System => ThemePreference::System,
                Theme::Dark => ThemePreference::Dark,
                Theme::Light => ThemePreference::Light,
            });
        }
    }

    /// Does what keys ask for, draws everything, then does what else was asked for.
    pub fn show(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        let mut actions = Vec::new();
        incoming::dropped(&ctx, &mut actions);
        let mut before = 0;
        if self.local.dialog.is_none() {
            before = shortcuts::handle(&ctx, &mut actions);
            // At once: what comes after such a key in the same frame is meant for where it leads.
            for action in actions.drain(..) {
                self.act(&ctx, action);
            }
        }
        if self.local.dialog.is_some() {
            self.local.typed_ahead.pass_on(&ctx, before);
        } else {
            self.local.typed_ahead = TypedAhead::default();
            incoming::pasted(&ctx, &mut actions);
        }
        let is_typing = ctx.text_edit_focused() || self.local.dialog.is_some();
        self.local.follow(&self.workspace, is_typing);
        self.panels(ui, &mut actions);
        let is_under_dialog = self.local.dialog.is_some();
        messages::show(&self.workspace, &ctx, STATUS_HEIGHT, is_under_dialog, &mut actions);
        self.dialog(&ctx, &mut actions);
        incoming::overlay(&ctx);
        for action in actions {
            self.act(&ctx, action);
        }
    }

    fn panels(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        if self.local.dialog.is_none() {
            self.local.focused = self.focused_slot(ui.ctx());
        }
        let Self { workspace, local, .. } = self;
        let palette = theme::palette(ui);
        let pane = Frame::new().fill(palette.panel);
        let bar = pane.inner_margin(Margin::symmetric(12, 0));
        Panel::bottom("status")
            .frame(bar)
            .exact_size(STATUS_HEIGHT)
            .show(ui, |ui| status_bar::show(workspace, local, ui, actions));
        Panel::left("sidebar")
            .frame(pane.inner_margin(Margin { left: 12, right: 12, top: 8, bottom: 0 }))
            .default_size(248.0)
            .size_range(200.0..=420.0)
            .show(ui, |ui| sidebar::show(workspace, local, ui, actions));
        Panel::top("views")
            .frame(bar)
            .exact_size(VIEW_BAR_HEIGHT)
            .show(ui, |ui| view_bar::show(workspace, local, ui, actions));
        let view = workspace.view();
        if view != View::Welcome {
            let whole = ui.available_rect_before_wrap();
            let height = local.details.of(whole.height(), LEAST_HEIGHTS);
            Panel::bottom("details")
                .frame(pane)
                .resizable(false)
                .show_separator_line(false)
                .exact_size(height)
                .show(ui, |ui| details::show(workspace, local, ui, actions));
            let y = (whole.bottom() - height).round();
            let (from, to) = (pos2(whole.left(), y), pos2(whole.right(), y));
            let id = ui.scope_id().with("details border");
            let dragged = splitter(ui, id, "Height of the details", Border::Horizontal, from, to);
            local.details.drag(dragged, height, whole.height());
        }
        let tools = bar.inner_margin(Margin::symmetric(12, 8)).fill(palette.panel);
        match view {
            View::Welcome => {}
            View::Summary(key) => {
                Panel::top("tools")
                    .frame(tools)
                    .show(ui, |ui| summary::show(workspace, local, key, ui, actions));
            }
            View::Comparison { base, target } => {
                Panel::top("tools")
                    .frame(tools)
                    .show(ui, |ui| comparison::show(workspace, local, base, target, ui, actions));
            }
        }
        CentralPanel::no_frame().frame(pane).show(ui, |ui| match view {
            View::Welcome => empty::show(workspace, local, ui, actions),
            _ => main_table::show(workspace, local, ui, actions),
        });
    }

    fn dialog(&mut self, ctx: &Context, actions: &mut Vec<Action>) {
        let stays = match &mut self.local.dialog {
            None => return,
            Some(Dialog::Path(dialog)) => dialog.show(&self.workspace, ctx, actions),
            Some(Dialog::Export(dialog)) => dialog.show(&self.workspace, ctx, actions),
            Some(Dialog::Settings(dialog)) => dialog.show(&self.workspace, ctx, actions),
            Some(Dialog::Keys) => keys_dialog::show(ctx),
        };
        if !stays {
            self.local.dialog = None;
            // The field that had the keyboard is gone.
            self.focus(self.local.focused);
            ctx.request_repaint();
        }
    }

    fn act(&mut self, ctx: &Context, action: Action) {
        match action {
            Action::Do(command) => self.workspace.apply(command),
            Action::ChooseFiles => {
                self.files.open_files(ctx);
                self.local.choosing_files = true;
            }
            Action::EnterPath(reason) => self.local.dialog = Some(Dialog::Path(PathDialog::new(reason))),
            Action::Export(slot) if self.workspace.table(slot).tree.is_some() => {
                self.local.dialog = Some(Dialog::Export(ExportDialog::new(&self.workspace, slot)));
            }
            Action::Export(_) => {}
            Action::ExportFocused => {
                let slot = self.focused_slot(ctx);
                self.act(ctx, Action::Export(slot));
            }
            Action::ShowComparison => self.show_view(self.local.comparison(&self.workspace)),
            Action::ShowSummary => self.show_view(self.local.summary(&self.workspace)),
            Action::ShowSettings => {
                self.workspace.apply(Command::LookAtIndices);
                self.local.dialog = Some(Dialog::Settings(SettingsDialog::new(self.workspace.settings())));
            }
            Action::ShowKeys => self.local.dialog = Some(Dialog::Keys),
            Action::FocusFilter => {
                let slot = self.focused_slot(ctx);
                self.local.focus_filter = Some(slot);
                self.local.look(slot).state.cancel_focus();
            }
            Action::Focus(slot) => self.focus(slot),
            Action::EnterRows(slot) => self.enter_rows(slot),
            Action::FocusNextTable => {
                let has_retainers = self.workspace.table(Slot::Retainers).tree.is_some();
                let to_retainers = self.local.main.state.has_focus() && has_retainers;
                self.focus(if to_retainers { Slot::Retainers } else { Slot::Main });
            }
            Action::CopyText(text) => ctx.copy_text(text),
        }
        // What was asked for shows in the next frame, not when the mouse happens to move.
        ctx.request_repaint();
    }

    fn show_view(&mut self, view: Option<View>) {
        if let Some(view) = view.filter(|view| *view != self.workspace.view()) {
            self.workspace.apply(Command::Show(view));
        }
    }

    /// The table that has the keyboard, or whose filter has it; the main one if none has.
    fn focused_slot(&self, ctx: &Context) -> Slot {
        let (main, below) = (&self.local.main.state, &self.local.retainers.state);
        let has_keyboard = below.has_focus() || filter_field::has_keyboard(ctx, retainers::FILTER_LABEL);
        if has_keyboard && !main.is_next() { Slot::Retainers } else { Slot::Main }
    }

    fn enter_rows(&mut self, slot: Slot) {
        self.focus(slot);
        let table = self.workspace.table(slot);
        let has_no_cursor = |tree: &Tree| tree.cursor().is_none() && tree.row_count() > 0;
        if !table.is_busy() && table.tree.as_ref().is_some_and(has_no_cursor) {
            self.workspace.apply(Command::Select { slot, row: 0, extend: false });
        }
    }

    fn focus(&mut self, slot: Slot) {
        self.local.look(slot).state.request_focus();
    }
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        Self::logic(self, ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }

    fn on_exit(&mut self, _: Option<&eframe::glow::Context>) {
        self.workspace.finish(PATIENCE);
    }

    fn clear_color(&self, visuals: &eframe::egui::Visuals) -> [f32; 4] {
        theme::palette_of(visuals).background.to_normalized_gamma_f32()
    }
}

/// Opens the window with files, or with the demo pair, and returns when it is
/// closed. Errors with a sentence where there is no display to open one on.
pub fn open(files: &[PathBuf], demo: bool) -> Result<(), String> {
    if let Some(reason) = system::no_display() {
        return Err(reason);
    }
    let files = files.to_vec();
    let options = eframe::NativeOptions {
        viewport: ViewportBuilder::default()
            .with_app_id("heaplens")
            .with_title("Heaplens")
            .with_inner_size(Vec2::new(1440.0, 900.0))
            .with_min_inner_size(Vec2::new(720.0, 480.0))
            .with_drag_and_drop(true),
        renderer: eframe::Renderer::Glow,
        ..eframe::NativeOptions::default()
    };
    let create: eframe::AppCreator<'_> = Box::new(move |creation| {
        theme::install(&creation.egui_ctx);
        let ctx = creation.egui_ctx.clone();
        let wake = Arc::new(move || ctx.request_repaint());
        let mut window = Window::new(Workspace::new(wake.clone(), default_file()));
        window.local.memory = MemoryMeter::start(move || wake());
        window.workspace.tidy_up();
        if !files.is_empty() {
            window.workspace.apply(Command::Open(files));
        }
        if demo {
            window.workspace.apply(Command::OpenDemo);
        }
        Ok(Box::new(window))
    });
    // Window libraries panic where a system library is missing.
    let opened = catch_unwind(AssertUnwindSafe(|| eframe::run_native("heaplens", options, create)));
    match opened {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(system::explain(&error.to_string())),
        Err(panic) => Err(system::explain(&system::panic_text(panic.as_ref()))),
    }
}
