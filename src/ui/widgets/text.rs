//! Lines of text that are cut with an ellipsis when there is too little room.

use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{Color32, FontId, Galley, Ui};

/// One line in one colour, at most `width` points wide.
pub fn line(ui: &Ui, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    elided(ui, LayoutJob::simple_singleline(text.to_owned(), font, color), width)
}

/// `job` on one line of at most `width` points.
pub fn elided(ui: &Ui, mut job: LayoutJob, width: f32) -> Arc<Galley> {
    job.break_on_newline = false;
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    ui.painter().layout_job(job)
}
