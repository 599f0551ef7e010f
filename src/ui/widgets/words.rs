//! Words in their colours: what the rows call spans, as labels.

use std::sync::Arc;

use eframe::egui::text::LayoutJob;
use eframe::egui::{Align2, Galley, Label, Pos2, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::text;
use crate::rows::Span;
use crate::ui::theme;

/// So much of the longest word must stay for it to be the one that is cut, in points.
const LEAST_OF_LONGEST: f32 = 44.0;

/// Spans laid out on one line, ready to be painted.
pub struct Line {
    parts: Vec<Arc<Galley>>,
    /// Whether something was left out.
    pub elided: bool,
}

impl Line {
    /// `spans` on at most `width` points. When that is too little, the longest
    /// span is cut: what follows it, such as an object's id, stays.
    pub fn new(ui: &Ui, spans: &[Span], selected: bool, width: f32) -> Self {
        let job = |spans: &[Span]| job(ui, spans, selected);
        let whole = ui.painter().layout_job(job(spans));
        if whole.size().x <= width {
            return Self { parts: vec![whole], elided: false };
        }
        let longest = (0..spans.len()).max_by_key(|&i| spans[i].text.len()).unwrap_or(0);
        let (before, from) = spans.split_at(longest);
        let (cut, after) = from.split_at(from.len().min(1));
        let before = ui.painter().layout_job(job(before));
        let after = ui.painter().layout_job(job(after));
        let room = width - before.size().x - after.size().x;
        if room < LEAST_OF_LONGEST {
            return Self { parts: vec![text::elided(ui, job(spans), width)], elided: true };
        }
        Self { parts: vec![before, text::elided(ui, job(cut), room), after], elided: true }
    }

    /// Width and height, in points.
    pub fn size(&self) -> Vec2 {
        let width = self.parts.iter().map(|part| part.size().x).sum();
        let height = self.parts.iter().map(|part| part.size().y).fold(0.0, f32::max);
        vec2(width, height)
    }

    /// Paints the line with its left end's middle at `left`.
    pub fn paint(&self, ui: &Ui, left: Pos2) {
        let mut x = left.x;
        for part in &self.parts {
            let at = Align2::LEFT_CENTER.anchor_size(pos2(x, left.y), part.size()).min;
            ui.painter().galley(at, Arc::clone(part), theme::palette(ui).text);
            x += part.size().x;
        }
    }
}

fn job(ui: &Ui, spans: &[Span], selected: bool) -> LayoutJob {
    let palette = theme::palette(ui);
    let mut job = LayoutJob { break_on_newline: false, ..LayoutJob::default() };
    for span in spans {
        job.append(&span.text, 0.0, theme::format(span.kind, selected, palette));
    }
    job
}

/// Spans on one line of at most `width` points; the whole on hover when they are cut.
pub fn words(ui: &mut Ui, spans: &[Span], width: f32) -> Response {
    let line = Line::new(ui, spans, false, width);
    let (rect, response) = ui.allocate_exact_size(line.size(), Sense::hover());
    let whole: String = spans.iter().map(|span| span.text.as_str()).collect();
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &whole));
    line.paint(ui, rect.left_center());
    if line.elided { response.on_hover_text(whole) } else { response }
}

/// A word or two in faint small letters above what they are about.
pub fn caption(ui: &mut Ui, words: &str) -> Response {
    let words = eframe::egui::RichText::new(words).font(theme::small()).color(theme::palette(ui).dim);
    ui.add(Label::new(words))
}

/// Secondary text, broken into lines where it must be.
pub fn dim(ui: &mut Ui, words: &str) -> Response {
    let words = eframe::egui::RichText::new(words).color(theme::palette(ui).dim);
    ui.add(Label::new(words).wrap())
}

/// Secondary text in small letters on one line, cut to the room there is.
pub fn dim_line(ui: &mut Ui, words: &str) -> Response {
    let words = eframe::egui::RichText::new(words).color(theme::palette(ui).dim);
    ui.add(Label::new(words).truncate())
}
