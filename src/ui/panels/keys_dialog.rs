//! The list of keys.

use eframe::egui::{Context, Grid, KeyboardShortcut, Label, RichText, Ui};

use crate::ui::shortcuts;
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{controls, dialog, words};

/// Draws the list; false when it was closed.
pub fn show(ctx: &Context) -> bool {
    let KeyboardShortcut { modifiers, logical_key } = shortcuts::KEYS;
    if ctx.input_mut(|input| input.consume_key(modifiers, logical_key)) {
        return false; // who opened it by a key closes it by that key
    }
    dialog::show(ctx, "keys dialog", 420.0, |ui| {
        ui.label(RichText::new("Keys").font(theme::title()));
        // Close together: the whole list is to be seen in a low window.
        let grid =
            Grid::new("keys").num_columns(2).min_row_height(5.0 * GRID).spacing([6.0 * GRID, GRID / 2.0]);
        grid.show(ui, |ui| {
            caption(ui, "Anywhere");
            for shortcut in &shortcuts::ALL {
                line(ui, &shortcuts::hint(ctx, &shortcut.keys), shortcut.text);
            }
            for (keys, text) in shortcuts::BROUGHT {
                line(ui, keys, text);
            }
            caption(ui, "In a table");
            for (keys, text) in shortcuts::IN_TABLES {
                line(ui, keys, text);
            }
        });
        ui.add_space(GRID);
        !controls::button(ui, "Close").clicked()
    })
}

fn caption(ui: &mut Ui, words: &str) {
    words::caption(ui, words);
    ui.end_row();
}

fn line(ui: &mut Ui, keys: &str, text: &str) {
    let palette = theme::palette(ui);
    ui.add(Label::new(RichText::new(keys).font(theme::mono()).color(palette.dim)));
    ui.label(text);
    ui.end_row();
}
