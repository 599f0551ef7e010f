//! The selected object: its name, its text, its facts.

use eframe::egui::{
    Align, Frame, Label, Layout, Margin, RichText, ScrollArea, Stroke, TextEdit, TextStyle, Ui, Vec2,
};

use super::empty;
use crate::ui::action::Action;
use crate::ui::theme::{self, GRID, PANE_MARGIN};
use crate::ui::widgets::{controls, words};
use crate::workspace::{Command, ObjectCard, ObjectText, Workspace};

/// Draws the card, or nothing when no object is selected.
pub fn show(workspace: &Workspace, ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.take_available_space();
    let Some(card) = workspace.card() else {
        return empty::hint(ui, "No object selected");
    };
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0 * GRID;
        // What lies right of it is the scroll bar's.
        ui.set_max_width(ui.available_width() - (PANE_MARGIN - GRID));
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
        ui.spacing_mut().interact_size.y = 0.0; // a short text takes one line, not a field's height
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

/// Width of what a fact is called, in points.
const FACT_LABEL: f32 = 88.0;

fn facts(ui: &mut Ui, card: &ObjectCard) {
    let palette = theme::palette(ui);
    for (what, cell) in &card.facts {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0 * GRID;
            let height = ui.text_style_height(&TextStyle::Body);
            ui.allocate_ui_with_layout(
                Vec2::new(FACT_LABEL, height),
                Layout::left_to_right(Align::Min),
                |ui| {
                    ui.set_min_width(FACT_LABEL);
                    ui.add(Label::new(RichText::new(*what).color(palette.dim)));
                },
            );
            let value = RichText::new(&cell.text).color(palette.of(cell.kind));
            let response = ui.add(Label::new(value).wrap());
            if let Some(exact) = &cell.exact {
                response.on_hover_text(exact);
            }
        });
    }
}
