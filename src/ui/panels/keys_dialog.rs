//! The list of keys.

use eframe::egui::{Context, Grid, Label, RichText, Ui};

use crate::ui::shortcuts;
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{controls, dialog};

/// Draws the list; false when it was closed.
pub fn show(ctx: &Context) -> bool {
    dialog::show(ctx, "keys dialog", 420.0, |ui| {
        ui.label(RichText::new("Keys").font(theme::title()));
        Grid::new("keys").num_columns(2).spacing([6.0 * GRID, 2.0 * GRID]).show(ui, |ui| {
            for shortcut in &shortcuts::ALL {
                line(ui, &shortcuts::hint(ctx, &shortcut.keys), shortcut.text);
            }
            line(ui, "", "");
            for (keys, text) in shortcuts::IN_TABLES {
                line(ui, keys, text);
            }
        });
        !controls::button(ui, "Close").clicked()
    })
}

fn line(ui: &mut Ui, keys: &str, text: &str) {
    let palette = theme::palette(ui);
    ui.add(Label::new(RichText::new(keys).font(theme::mono()).color(palette.dim)));
    ui.label(text);
    ui.end_row();
}
