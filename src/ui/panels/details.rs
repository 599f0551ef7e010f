//! Below the table: everything about the selected object.

use eframe::egui::{CentralPanel, Frame, Margin, Panel, Ui};

use super::{object_card, retainers};
use crate::ui::action::Action;
use crate::ui::local::Local;
use crate::ui::theme::{self, PANE_MARGIN};
use crate::workspace::Workspace;

/// Draws retainers and object card side by side.
pub fn show(workspace: &Workspace, local: &mut Local, ui: &mut Ui, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    let width = ui.available_width();
    let card = Frame::new().fill(palette.panel).inner_margin(Margin::same(PANE_MARGIN as i8));
    Panel::right("object card")
        .frame(card)
        .resizable(true)
        .default_size((width * 0.28).clamp(220.0, 340.0))
        .size_range(200.0..=(width * 0.6).max(200.0))
        .show(ui, |ui| object_card::show(workspace, ui, actions));
    CentralPanel::no_frame().frame(Frame::new().fill(palette.panel)).show(ui, |ui| {
        retainers::show(workspace, local, ui, actions);
    });
}
