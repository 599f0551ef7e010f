//! What is shown where there is nothing to show yet: what to do, or how far it is.

use eframe::egui::{
    Align, Align2, Frame, Id, Label, Layout, Margin, Rect, RichText, Role, Sense, Stroke, Ui, UiBuilder,
    WidgetInfo, vec2,
};

use super::{first_look, status_bar};
use crate::analysis::FirstLook;
use crate::ui::action::Action;
use crate::ui::local::Local;
use crate::ui::shortcuts;
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{controls, text, words};
use crate::util::{Progress, units};
use crate::workspace::{Command, Snapshot, Workspace, title_of};

const WIDTH: f32 = 520.0;
/// So many recent files are offered.
const RECENT: usize = 5;

/// A sentence in the middle of the room that is left.
pub fn hint(ui: &mut Ui, words: &str) {
    let rect = ui.available_rect_before_wrap();
    let palette = theme::palette(ui);
    let galley = text::line(ui, words, theme::body(), palette.dim, rect.width() - 32.0);
    let place = Align2::CENTER_CENTER.anchor_size(rect.center() - vec2(0.0, GRID), galley.size());
    let response = ui.allocate_rect(rect, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    ui.painter().galley(place.min, galley, palette.dim);
}

/// What a job is doing and how far it is, in the middle of the room that is left; after a moment.
pub fn working(ui: &mut Ui, progress: &Progress) {
    let rect = ui.available_rect_before_wrap();
    ui.advance_cursor_after_rect(rect);
    if !waited(ui, std::ptr::from_ref(progress) as usize) {
        return;
    }
    let palette = theme::palette(ui);
    let fraction = controls::known_fraction(progress);
    let bar = Rect::from_center_size(rect.center(), vec2(220.0_f32.min(rect.width() - 32.0), 4.0));
    let mut words = format!("{}…", progress.current().label());
    if let Some(fraction) = fraction {
        controls::progress(ui, bar, fraction);
        words = format!("{words} {}", controls::percent(fraction));
    }
    let galley = text::line(ui, &words, theme::body(), palette.dim, rect.width() - 32.0);
    let place = Align2::CENTER_BOTTOM.anchor_size(bar.center_top() - vec2(0.0, 2.0 * GRID), galley.size());
    ui.painter().galley(place.min, galley, palette.dim);
}

/// Whether something has been going on for longer than people notice; `what` tells it from other things.
fn waited(ui: &Ui, what: usize) -> bool {
    let id = ui.scope_id().with("working since");
    let now = ui.input(|input| input.time);
    let (known, since) = ui.data_mut(|data| *data.get_temp_mut_or(id, (what, now)));
    if known != what {
        ui.data_mut(|data| data.insert_temp(id, (what, now)));
    }
    let waited = if known == what { now - since } else { 0.0 };
    if waited < theme::PATIENCE {
        let left = std::time::Duration::from_secs_f64(theme::PATIENCE - waited);
        ui.ctx().request_repaint_after(left);
    }
    waited >= theme::PATIENCE
}

/// The middle of the window when nothing is open: what to do. While the first
/// snapshots load, how far they are.
pub fn show(workspace: &Workspace, local: &Local, ui: &mut Ui, actions: &mut Vec<Action>) {
    let rect = ui.available_rect_before_wrap();
    let width = WIDTH.min(rect.width() - 48.0);
    let height_id = Id::unique("welcome height");
    let height: f32 = ui.data(|data| data.get_temp(height_id)).unwrap_or(360.0);
    let under_way = status_bar::opening(workspace);
    let is_opening = under_way.is_some();
    // What becomes known while files open takes all the room below: the words above it stay in their place.
    let centred = rect.center().y - height / 2.0 - 2.0 * GRID;
    let top = rect.top() + 4.0 * GRID;
    let top = if is_opening { top } else { centred.max(top) };
    let place = Rect::from_min_size(
        eframe::egui::pos2(rect.center().x - width / 2.0, top),
        vec2(width, (rect.bottom() - top).max(0.0)),
    );
    let builder = UiBuilder::new().max_rect(place).layout(Layout::top_down(Align::Min));
    let used = ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0 * GRID;
        match under_way {
            Some((words, fraction)) => {
                opening(ui, &words, fraction, workspace.coming_pair().as_deref());
                if let Some((title, look)) = first_look(workspace) {
                    ui.add_space(GRID);
                    let size = units::bytes_short(look.shallow_size);
                    words::dim(
                        ui,
                        &format!("{title} holds {size}. Retained sizes are still being computed."),
                    );
                    first_look::show(ui, look);
                }
            }
            None => welcome(workspace, local, ui, actions),
        }
    });
    let used = used.response.rect.height();
    if !is_opening && (used - height).abs() > 1.0 {
        ui.data_mut(|data| data.insert_temp(height_id, used));
        ui.ctx().request_repaint();
    }
}

/// What can be shown already: of the latest snapshot that is being opened.
fn first_look(workspace: &Workspace) -> Option<(&str, &FirstLook)> {
    let known = |snapshot: &'_ &Snapshot| snapshot.first_look.is_some();
    let snapshot = workspace.snapshots().iter().rfind(known)?;
    Some((&snapshot.title, snapshot.first_look.as_ref()?))
}

fn opening(ui: &mut Ui, words: &str, fraction: f32, coming: Option<&str>) {
    ui.label(RichText::new(words).font(theme::title()));
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 4.0), Sense::hover());
    controls::progress(ui, bar, fraction);
    if let Some(coming) = coming {
        words::dim(ui, coming);
    }
}

fn welcome(workspace: &Workspace, local: &Local, ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.label(RichText::new("Find out what your JavaScript program keeps in memory").font(theme::title()));
    words::dim(
        ui,
        "Take a heap snapshot, let the program do what makes it grow, and take another one. \
         Open both: the Comparison shows what is new, and who holds it.",
    );
    ui.add_space(GRID);
    ui.horizontal(|ui| {
        let title = if local.choosing_files { "Choosing…" } else { "Open snapshots…" };
        if controls::primary_button(ui, title, !local.choosing_files).clicked() {
            actions.push(Action::ChooseFiles);
        }
        if controls::button(ui, "Open by path…").clicked() {
            actions.push(Action::EnterPath(None));
        }
        if controls::button(ui, "Try a pair from a leaking service").clicked() {
            actions.push(Command::OpenDemo.into());
        }
    });
    let (open, path) = (&shortcuts::OPEN, &shortcuts::PATH);
    let (open, path) = (shortcuts::hint(ui.ctx(), open), shortcuts::hint(ui.ctx(), path));
    words::dim(ui, &format!("{open} or {path}; or drop files here, or paste their paths.{}", on_wayland()));
    ui.add_space(GRID);
    how_to(ui);
    recent(workspace, ui, actions);
}

/// The window system that cannot hand over dropped files.
fn on_wayland() -> &'static str {
    if cfg!(target_os = "linux") && std::env::var_os("WAYLAND_DISPLAY").is_some() {
        " On Wayland files cannot be dropped."
    } else {
        ""
    }
}

/// Where snapshots come from.
fn how_to(ui: &mut Ui) {
    let palette = theme::palette(ui);
    let frame = Frame::new()
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(theme::CARD_RADIUS)
        .inner_margin(Margin::symmetric(16, 12));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().interact_size.y = 4.0 * GRID;
        words::caption(ui, "Where snapshots come from");
        for (what, how) in [
            ("Chrome, Edge", "DevTools, Memory, Take snapshot, then Save"),
            ("Node.js", "node --heapsnapshot-signal=SIGUSR2 app.js"),
            ("", "kill -USR2 <pid>"),
            ("In a program", "require(\"v8\").writeHeapSnapshot()"),
        ] {
            ui.horizontal(|ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(100.0, 16.0), Sense::hover());
                let galley = text::line(ui, what, theme::body(), palette.dim, rect.width());
                ui.painter().galley(rect.min, galley, palette.dim);
                let font = if how.contains(['-', '(']) { theme::mono() } else { theme::body() };
                ui.add(Label::new(RichText::new(how).font(font)).selectable(true).wrap());
            });
        }
        words::dim(ui, "Plain, .gz and .zst files, of any size.");
    });
}

fn recent(workspace: &Workspace, ui: &mut Ui, actions: &mut Vec<Action>) {
    let recent = &workspace.settings().recent;
    if recent.is_empty() {
        return;
    }
    ui.add_space(GRID);
    words::caption(ui, "Recent");
    ui.spacing_mut().interact_size.y = 4.0 * GRID;
    for path in recent.iter().take(RECENT) {
        ui.horizontal(|ui| {
            if controls::link(ui, &title_of(path)).clicked() {
                actions.push(Command::Open(vec![path.clone()]).into());
            }
            let folder =
                path.parent().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
            words::dim_line(ui, &folder);
        });
    }
}
