//! Words in their colours: what the rows call spans, as labels.

use eframe::egui::text::LayoutJob;
use eframe::egui::{Label, Response, Role, Sense, Ui, WidgetInfo};

use super::text;
use crate::rows::Span;
use crate::ui::theme;

/// Spans as one layout job.
pub fn job(ui: &Ui, spans: &[Span]) -> LayoutJob {
    let palette = theme::palette(ui);
    let mut job = LayoutJob::default();
    for span in spans {
        job.append(&span.text, 0.0, theme::format(span.kind, false, palette));
    }
    job
}

/// Spans on one line of at most `width` points; the whole on hover when they are cut.
pub fn words(ui: &mut Ui, spans: &[Span], width: f32) -> Response {
    let galley = text::elided(ui, job(ui, spans), width);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    let whole = galley.job.text.clone();
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &whole));
    let elided = galley.elided;
    ui.painter().galley(rect.min, galley, theme::palette(ui).text);
    if elided { response.on_hover_text(whole) } else { response }
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
