//! Lines of text that are cut with an ellipsis when there is too little room.

use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{Color32, FontId, Galley, Ui};

/// One line in one colour, at most `width` points wide.
pub fn line(ui: &Ui, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    elided(ui, LayoutJob::simple_singleline(text.to_owned(), font, color), width)
}

/// One line that loses its middle where there is too little room, and whether it did: names of
/// files often differ at their ends.
pub fn without_middle(ui: &Ui, text: &str, font: FontId, color: Color32, width: f32) -> (Arc<Galley>, bool) {
    let laid_out = |text: String| ui.painter().layout_no_wrap(text, font.clone(), color);
    let whole = laid_out(text.to_owned());
    if whole.size().x <= width {
        return (whole, false);
    }
    let chars: Vec<char> = text.chars().collect();
    let shortened = |kept: usize| {
        let (head, tail) = (&chars[..kept - kept / 2], &chars[chars.len() - kept / 2..]);
        laid_out(head.iter().chain(&['…']).chain(tail).collect())
    };
    // The most characters that fit; what is kept never holds all of them.
    let (mut fits, mut too_many) = (1, chars.len().max(2));
    while too_many - fits > 1 {
        let middle = fits.midpoint(too_many);
        if shortened(middle).size().x <= width { fits = middle } else { too_many = middle }
    }
    (shortened(fits), true)
}

/// `job` on one line of at most `width` points.
pub fn elided(ui: &Ui, mut job: LayoutJob, width: f32) -> Arc<Galley> {
    job.break_on_newline = false;
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    ui.painter().layout_job(job)
}
