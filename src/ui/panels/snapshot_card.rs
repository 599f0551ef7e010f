//! One snapshot in the list: what it is, how far it is, what part it plays in the comparison.

use std::sync::Arc;

use eframe::egui::{
    Align2, CornerRadius, Galley, Id, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    pos2, text::LayoutJob, vec2,
};

use crate::ui::action::Action;
use crate::ui::theme::{self, CARD_RADIUS, GRID};
use crate::ui::widgets::{controls, glyphs, text, words};
use crate::util::units;
use crate::workspace::{Command, LoadState, Loaded, Snapshot, SnapshotKey, View, Workspace};

const PADDING: f32 = 10.0;
const LINE: f32 = 20.0;

/// What a snapshot is to the view.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    None,
    Shown,
    Base,
    Target,
}

fn part(view: View, key: SnapshotKey) -> Part {
    match view {
        View::Summary(shown) if shown == key => Part::Shown,
        View::Comparison { base, .. } if base == key => Part::Base,
        View::Comparison { target, .. } if target == key => Part::Target,
        _ => Part::None,
    }
}

/// Draws a snapshot's card.
pub fn show(workspace: &Workspace, snapshot: &Snapshot, ui: &mut Ui, actions: &mut Vec<Action>) {
    let part = part(workspace.view(), snapshot.key);
    let problem = problem(ui, snapshot);
    let warnings = Warnings::of(ui, snapshot);
    let height = match &snapshot.state {
        LoadState::Ready(_) => 56.0 + warnings.as_ref().map_or(0.0, Warnings::height),
        LoadState::Loading(_) => 68.0,
        LoadState::Failed(_) => {
            2.0 * PADDING + 2.0 * LINE + problem.as_ref().map_or(0.0, |text| text.size().y)
        }
        LoadState::Cancelled => 60.0,
    };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(Role::ListItem, true, part != Part::None, label(snapshot, part))
    });
    ground(ui, rect, &response, part);
    let inner = rect.shrink(PADDING);
    let hovered = ui.rect_contains_pointer(rect);
    let right = buttons(ui, inner, &response, hovered, snapshot, part, actions);
    title(ui, inner, right - GRID, snapshot);
    match &snapshot.state {
        LoadState::Ready(loaded) => {
            sizes(ui, inner, loaded);
            if let Some(warnings) = warnings {
                warnings.show(ui, inner, &response);
            }
        }
        LoadState::Loading(handle) => progress(ui, inner, handle.progress()),
        LoadState::Failed(_) | LoadState::Cancelled => {
            again(ui, inner, &response, problem, snapshot.key, actions);
        }
    }
    let on_click = on_click(workspace, snapshot.key);
    if response.clicked() {
        actions.extend(on_click.clone().map(|(command, _)| command.into()));
    }
    let path = snapshot.path.to_string_lossy();
    let response = response.on_hover_ui(|ui| {
        ui.label(eframe::egui::RichText::new(path.as_ref()).font(theme::mono()));
        if let Some(bytes) = snapshot.file_size {
            ui.label(format!("File of {}", units::bytes_short(bytes)));
        }
        if let LoadState::Ready(loaded) = &snapshot.state {
            ui.label(format!("Opened in {:.2} s", loaded.seconds));
        }
        if let LoadState::Failed(why) = &snapshot.state {
            ui.label(sentence(why)); // the card may have room for its beginning only
        }
        if let Some((_, what)) = on_click {
            words::dim(ui, what);
        }
    });
    response.context_menu(|ui| {
        theme::menu(ui);
        menu(workspace, snapshot, ui, actions);
    });
}

fn label(snapshot: &Snapshot, part: Part) -> String {
    let state = match &snapshot.state {
        LoadState::Ready(loaded) => units::bytes_short(loaded.heap.total_size()),
        LoadState::Loading(_) => "loading".to_owned(),
        LoadState::Failed(why) => format!("could not be opened: {why}"),
        LoadState::Cancelled => "loading was stopped".to_owned(),
    };
    let part = match part {
        Part::Base => ", base",
        Part::Target => ", target",
        Part::Shown => ", shown",
        Part::None => "",
    };
    format!("{}, {state}{part}", snapshot.title)
}

fn ground(ui: &Ui, rect: Rect, response: &Response, part: Part) {
    let palette = theme::palette(ui);
    let border = match (part, response.has_focus() || response.hovered()) {
        (Part::None, false) => palette.line,
        (Part::None, true) => palette.faint,
        _ => palette.accent,
    };
    let radius = CornerRadius::same(CARD_RADIUS);
    ui.painter().rect(rect, radius, palette.raised, Stroke::new(1.0, border), StrokeKind::Inside);
}

/// Tags and the cross, from the right; gives where they begin.
fn buttons(
    ui: &Ui,
    inner: Rect,
    card: &Response,
    hovered: bool,
    snapshot: &Snapshot,
    part: Part,
    actions: &mut Vec<Action>,
) -> f32 {
    let middle = inner.top() + LINE / 2.0 - 2.0;
    let mut right = inner.right();
    let is_loading = snapshot.is_loading();
    if hovered || is_loading || card.has_focus() {
        let label = if is_loading { "Stop loading" } else { "Close this snapshot" };
        let center = pos2(right - 6.0, middle);
        if controls::close_button(ui, card.id.with("close"), center, label).clicked() {
            actions.push(Command::Close(snapshot.key).into());
        }
        right -= 20.0;
    }
    match part {
        Part::Base => controls::tag(ui, pos2(right, middle), "base", true),
        Part::Target => controls::tag(ui, pos2(right, middle), "target", true),
        Part::None | Part::Shown => right,
    }
}

fn title(ui: &Ui, inner: Rect, right: f32, snapshot: &Snapshot) {
    let palette = theme::palette(ui);
    let (galley, _) =
        text::without_middle(ui, &snapshot.title, theme::strong(), palette.text, right - inner.left());
    ui.painter().galley(inner.min, galley, palette.text);
}

/// The second line: one text left, one right.
fn second_line(ui: &Ui, inner: Rect, left: &str, right: &str) {
    let palette = theme::palette(ui);
    let y = inner.top() + LINE;
    let right = text::line(ui, right, theme::small(), palette.dim, inner.width());
    let room = inner.width() - right.size().x - 2.0 * GRID;
    let left = text::line(ui, left, theme::small(), palette.dim, room);
    ui.painter().galley(pos2(inner.left(), y), left, palette.dim);
    ui.painter().galley(pos2(inner.right() - right.size().x, y), right, palette.dim);
}

fn sizes(ui: &Ui, inner: Rect, loaded: &Loaded) {
    let heap = &loaded.heap;
    let objects = format!("{} objects", units::count(u64::from(heap.graph.node_count())));
    second_line(ui, inner, &units::bytes_short(heap.total_size()), &objects);
}

/// What is odd about a file: a line that stays on the card; a click shows the sentences below it.
struct Warnings {
    title: String,
    /// The sentences, laid out, while they are shown.
    sentences: Option<Arc<Galley>>,
    all: String,
    id: Id,
}

impl Warnings {
    fn of(ui: &Ui, snapshot: &Snapshot) -> Option<Self> {
        let all: Vec<String> = snapshot.warnings().map(|warning| sentence(&warning)).collect();
        let title = match all.len() {
            0 => return None,
            1 => "1 warning".to_owned(),
            several => format!("{several} warnings"),
        };
        let id = Id::unique(("warnings", snapshot.key));
        let all = all.join("\n\n");
        let is_open = ui.data(|data| data.get_temp(id)).unwrap_or(false);
        let sentences = is_open.then(|| {
            let width = ui.available_width() - 2.0 * PADDING;
            let color = theme::palette(ui).text;
            ui.painter().layout_job(LayoutJob::simple(all.clone(), theme::small(), color, width))
        });
        Some(Self { title, sentences, all, id })
    }

    fn height(&self) -> f32 {
        LINE + self.sentences.as_ref().map_or(0.0, |text| text.size().y + GRID)
    }

    fn show(&self, ui: &Ui, inner: Rect, card: &Response) {
        let palette = theme::palette(ui);
        let top = inner.top() + 2.0 * LINE;
        let is_open = self.sentences.is_some();
        let galley = text::line(ui, &self.title, theme::small(), palette.warning, inner.width() - 16.0);
        let place = Rect::from_min_size(pos2(inner.left(), top), vec2(galley.size().x + 16.0, LINE - 2.0));
        let response = ui.interact(place, card.id.with("warnings"), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::DisclosureTriangle, true, is_open, &self.title));
        controls::focus_ring(ui, &response, place.expand(2.0));
        glyphs::triangle(ui, pos2(place.left() + 4.0, place.center().y), is_open, palette.warning);
        let at = Align2::LEFT_CENTER.anchor_size(place.left_center() + vec2(14.0, 0.0), galley.size()).min;
        ui.painter().galley(at, galley, palette.warning);
        if let Some(sentences) = &self.sentences {
            let place = Rect::from_min_size(pos2(inner.left(), top + LINE), sentences.size());
            ui.interact(place, card.id.with("sentences"), Sense::hover())
                .widget_info(|| WidgetInfo::labeled(Role::Label, true, &self.all));
            ui.painter().galley(place.min, Arc::clone(sentences), palette.text);
        }
        let response = response.on_hover_cursor(eframe::egui::CursorIcon::PointingHand);
        if response.clicked() {
            ui.data_mut(|data| data.insert_temp(self.id, !is_open));
            ui.ctx().request_repaint();
        }
    }
}

/// With a capital letter.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

fn progress(ui: &Ui, inner: Rect, progress: &crate::util::Progress) {
    let fraction = progress.fraction();
    second_line(ui, inner, progress.current().label(), &controls::percent(fraction));
    let bar = Rect::from_min_max(pos2(inner.left(), inner.bottom() - 4.0), inner.max);
    controls::progress(ui, bar, fraction);
}

/// Why it could not be opened, laid out.
fn problem(ui: &Ui, snapshot: &Snapshot) -> Option<Arc<Galley>> {
    let LoadState::Failed(why) = &snapshot.state else { return None };
    let palette = theme::palette(ui);
    let width = ui.available_width() - 2.0 * PADDING;
    let mut job = LayoutJob::simple(sentence(why), theme::small(), palette.warning, width);
    job.wrap.max_rows = 5;
    Some(ui.painter().layout_job(job))
}

fn again(
    ui: &mut Ui,
    inner: Rect,
    card: &Response,
    problem: Option<Arc<Galley>>,
    key: SnapshotKey,
    actions: &mut Vec<Action>,
) {
    let palette = theme::palette(ui);
    match problem {
        Some(galley) => {
            ui.painter().galley(inner.min + vec2(0.0, LINE), galley, palette.warning);
        }
        None => second_line(ui, inner, "Loading was stopped", ""),
    }
    let galley = text::line(ui, "Try again", theme::small(), palette.accent, inner.width());
    let at = Align2::RIGHT_BOTTOM.anchor_size(inner.max + vec2(0.0, 2.0), galley.size() + Vec2::splat(4.0));
    let response = ui.interact(at, card.id.with("again"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Try again"));
    controls::focus_ring(ui, &response, at.expand(2.0));
    ui.painter().galley(at.min + Vec2::splat(2.0), galley, palette.accent);
    if response.on_hover_cursor(eframe::egui::CursorIcon::PointingHand).clicked() {
        actions.push(Command::Reload(key).into());
    }
}

/// A click shows the snapshot: in a Comparison of others as the target, as DevTools does, else its Summary.
fn on_click(workspace: &Workspace, key: SnapshotKey) -> Option<(Command, &'static str)> {
    workspace.snapshot(key)?.heap()?;
    Some(match workspace.view() {
        View::Comparison { base, target } if key != base && key != target => {
            (Command::Show(View::Comparison { base, target: key }), "A click compares it, as the target")
        }
        View::Summary(shown) if shown == key => return None,
        _ => (Command::Show(View::Summary(key)), "A click shows its Summary"),
    })
}

fn menu(workspace: &Workspace, snapshot: &Snapshot, ui: &mut Ui, actions: &mut Vec<Action>) {
    let key = snapshot.key;
    let mut item = |ui: &mut Ui, title: &str, action: Action| {
        if ui.button(title).clicked() {
            actions.push(action);
            ui.close();
        }
    };
    if snapshot.heap().is_some() {
        item(ui, "Show the Summary", Command::Show(View::Summary(key)).into());
        // It is not offered what it is already.
        let (old_base, old_target) = match workspace.view() {
            View::Comparison { base, target } => {
                (Some(base).filter(|_| target != key), Some(target).filter(|_| base != key))
            }
            View::Summary(shown) => (Some(shown), Some(shown)),
            View::Welcome => (None, None),
        };
        if let Some(target) = old_target.filter(|target| *target != key) {
            let view = View::Comparison { base: key, target };
            item(ui, "Compare, with this as base", Command::Show(view).into());
        }
        if let Some(base) = old_base.filter(|base| *base != key) {
            let view = View::Comparison { base, target: key };
            item(ui, "Compare, with this as target", Command::Show(view).into());
        }
        ui.separator();
    }
    let warnings: Vec<String> = snapshot.warnings().collect();
    if !warnings.is_empty() {
        item(ui, "Copy the warnings", Action::CopyText(warnings.join("\n")));
    }
    if snapshot.heap().is_some() && !snapshot.is_standard_input() {
        item(ui, "Open again", Command::Reload(key).into());
    }
    item(ui, "Copy the path", Action::CopyText(snapshot.path.to_string_lossy().into_owned()));
    let close = if snapshot.is_loading() { "Stop loading" } else { "Close" };
    item(ui, close, Command::Close(key).into());
}
