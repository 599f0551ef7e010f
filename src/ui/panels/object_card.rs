//! The selected object: its name, its text, its facts.

use eframe::egui::{Frame, Label, Margin, RichText, ScrollArea, Sense, Stroke, TextEdit, Ui, vec2};

use super::empty;
use crate::ui::action::Action;
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{controls, text, words};
use crate::workspace::{Command, ObjectCard, ObjectText, Workspace};

/// Width of what the facts are called, in points.
const FACT_WIDTH: f32 = 108.0;

/// Draws the card, or nothing when no object is selected.
pub fn show(workspace: &Workspace, ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.take_available_space();
    let Some(card) = workspace.card() else {
        return empty::hint(ui, "No object selected");
    };
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0 * GRID;
        words::words(ui, &card.title, ui.available_width());
        if let Some(remark) = &card.remark {
            words::dim(ui, remark);
        }
        if let Some(text) = &card.text {
            content(ui, text);
        }
        facts(ui, card);
        let title = if card.text.is_some() { "Copy the text" } else { "Copy the name" };
        if controls::button(ui, title).clicked() {
            actions.push(Command::CopyObjectText.into());
        }
    });
}

/// What a string holds: can be selected, scrolls when it is long.
fn content(ui: &mut Ui, text: &ObjectText) {
    let palette = theme::palette(ui);
    let frame = Frame::new()
        .fill(palette.background)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::symmetric(10, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ScrollArea::vertical().id_salt("content").max_height(140.0).show(ui, |ui| {
            let mut shown = text.shown.as_str();
            let field = TextEdit::multiline(&mut shown)
                .font(theme::mono())
                .text_color(palette.string)
                .frame(Frame::new())
                .margin(Margin::ZERO)
                .desired_rows(1)
                .desired_width(f32::INFINITY);
            let _ = ui.add(field).accessible_name("Text of the object");
        });
    });
    if let Some(note) = &text.note {
        words::dim(ui, note);
    }
}

/// Two columns: what, and the value, which may take several lines.
fn facts(ui: &mut Ui, card: &ObjectCard) {
    let palette = theme::palette(ui);
    let value_width = ui.available_width() - FACT_WIDTH;
    for (what, cell) in &card.facts {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let (place, _) = ui.allocate_exact_size(vec2(FACT_WIDTH, 16.0), Sense::hover());
            let galley = text::line(ui, what, theme::body(), palette.dim, FACT_WIDTH - GRID);
            ui.painter().galley(place.min, galley, palette.dim);
            ui.vertical(|ui| {
                ui.set_max_width(value_width);
                let value = RichText::new(&cell.text).color(palette.of(cell.kind));
                let label = Label::new(value).wrap().selectable(true);
                let response = ui.add(label);
                if let Some(exact) = &cell.exact {
                    response.on_hover_text(exact);
                }
            });
        });
    }
}
