//! The bottom line: what the program is doing, and what it took.

use eframe::egui::{Align, Align2, Layout, Rect, Sense, Ui, vec2};

use crate::ui::action::Action;
use crate::ui::local::Local;
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{controls, glyphs, text, words};
use crate::util::{Phase, Progress, units};
use crate::workspace::{Command, LoadState, Slot, Snapshot, View, Workspace};

/// Width of a percentage, in points.
const PERCENT_WIDTH: f32 = 36.0;

/// Draws the line.
pub fn show(workspace: &Workspace, local: &Local, ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.x = 4.0 * GRID;
    ui.spacing_mut().interact_size.y = 4.0 * GRID; // the line is lower than buttons are
    ui.style_mut().override_font_id = Some(theme::small());
    ui.horizontal_centered(|ui| {
        facts(workspace, ui);
        for job in work(workspace) {
            if job.show(ui) {
                actions.extend(job.stop.map(Action::from));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(bytes) = local.memory.bytes() {
                words::dim_line(ui, &format!("Heaplens uses {}", units::bytes_short(bytes)));
            }
            if controls::link(ui, "Keys F1").clicked() {
                actions.push(Action::ShowKeys);
            }
        });
    });
}

fn facts(workspace: &Workspace, ui: &mut Ui) {
    let ready: Vec<&Snapshot> = workspace.snapshots().iter().filter(|s| s.heap().is_some()).collect();
    let noun = if ready.len() == 1 { "snapshot" } else { "snapshots" };
    if ready.is_empty() {
        return;
    }
    let heaps = ready.iter().filter_map(|snapshot| snapshot.heap());
    let objects = heaps.map(|heap| u64::from(heap.graph.node_count())).sum();
    words::dim_line(ui, &format!("{} {noun} ready", ready.len()));
    words::dim_line(ui, &format!("{} objects", units::count(objects)));
    if let Some(seconds) = seconds(workspace) {
        words::dim_line(ui, &format!("opened in {seconds:.2} s"));
    }
}

/// How long opening what is shown took; of a pair, the longer of the two, which ran side by side.
fn seconds(workspace: &Workspace) -> Option<f64> {
    let of = |key| match &workspace.snapshot(key)?.state {
        LoadState::Ready(loaded) => Some(loaded.seconds),
        _ => None,
    };
    match workspace.view() {
        View::Welcome => None,
        View::Summary(key) => of(key),
        View::Comparison { base, target } => Some(of(base)?.max(of(target)?)),
    }
}

/// Something that is under way.
struct Job {
    what: String,
    /// How far it is, from 0 to 1; none where nobody knows.
    fraction: Option<f32>,
    /// What ends it, where that is not said at another place.
    stop: Option<Command>,
}

fn work(workspace: &Workspace) -> Vec<Job> {
    let opening =
        opening(workspace).map(|(what, fraction)| Job { what, fraction: Some(fraction), stop: None });
    let tables = [Slot::Main, Slot::Retainers].into_iter().filter_map(|slot| {
        let table = workspace.table(slot);
        let progress = table.progress()?;
        let stop = table.tree.is_some().then_some(Command::Stop(slot));
        let fraction = controls::known_fraction(progress);
        Some(Job { what: progress.current().label().to_owned(), fraction, stop })
    });
    let exports = workspace.exports().map(|(path, progress)| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let stop = Some(Command::StopExport(path.to_owned()));
        Job { what: format!("Saving {name}"), fraction: controls::known_fraction(progress), stop }
    });
    opening.into_iter().chain(tables).chain(exports).chain(unfinished(workspace)).collect()
}

/// What is still done for snapshots that can be looked at already; all of them together.
fn unfinished(workspace: &Workspace) -> Option<Job> {
    let begun = |progress: &Progress| progress.current() != Phase::Waiting;
    let work: Vec<_> = workspace.unfinished().filter(|(_, progress)| begun(progress)).collect();
    let fraction = work.iter().map(|(_, progress)| progress.fraction()).sum::<f32>() / work.len() as f32;
    let (title, progress) = work.first()?;
    let what = progress.current().label();
    let what = match work.len() {
        1 => format!("{what} of {title}"),
        several => format!("{what} of {several} snapshots"),
    };
    Some(Job { what, fraction: Some(fraction), stop: None })
}

/// The snapshots that are being opened, in words, and how far they are together.
pub fn opening(workspace: &Workspace) -> Option<(String, f32)> {
    let loading: Vec<(&str, f32)> = workspace
        .snapshots()
        .iter()
        .filter_map(|snapshot| match &snapshot.state {
            LoadState::Loading(handle) => Some((snapshot.title.as_str(), handle.progress().fraction())),
            _ => None,
        })
        .collect();
    let fraction = loading.iter().map(|(_, fraction)| fraction).sum::<f32>() / loading.len() as f32;
    match loading.as_slice() {
        [] => workspace.is_unpacking_demo().then(|| ("Unpacking the demo".to_owned(), 0.0)),
        [(title, fraction)] => Some((format!("Opening {title}"), *fraction)),
        several => Some((format!("Opening {} snapshots", several.len()), fraction)),
    }
}

impl Job {
    /// Draws it; true when it shall end.
    fn show(&self, ui: &mut Ui) -> bool {
        let palette = theme::palette(ui);
        let job = ui.scope(|ui| {
            ui.spacing_mut().item_spacing.x = 1.5 * GRID;
            let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
            glyphs::spinner(ui, rect.center(), 4.5, palette.accent);
            words::dim_line(ui, &self.what);
            if let Some(fraction) = self.fraction {
                let (rect, _) = ui.allocate_exact_size(vec2(64.0, 12.0), Sense::hover());
                let bar = Rect::from_center_size(rect.center(), vec2(rect.width(), 4.0));
                controls::progress(ui, bar, fraction);
                // As wide at 3 % as at 100 %: the cross stays where the pointer goes.
                let (place, _) = ui.allocate_exact_size(vec2(PERCENT_WIDTH, 12.0), Sense::hover());
                let percent =
                    text::line(ui, &controls::percent(fraction), theme::small(), palette.dim, PERCENT_WIDTH);
                let at = Align2::LEFT_CENTER.anchor_size(place.left_center(), percent.size());
                ui.painter().galley(at.min, percent, palette.dim);
            }
            if self.stop.is_none() {
                return false;
            }
            let (rect, response) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
            let label = format!("Stop: {}", self.what);
            controls::close_button(ui, response.id.with("stop"), rect.center(), &label).clicked()
        });
        job.inner
    }
}
