//! Below the table: everything about the selected object.

use eframe::egui::{CentralPanel, Frame, Margin, Panel, Ui, pos2};

use super::{object_card, retainers};
use crate::ui::action::Action;
use crate::ui::local::Local;
use crate::ui::theme::{self, GRID, PANE_MARGIN};
use crate::ui::widgets::splitter::{Border, splitter};
use crate::workspace::Workspace;

/// What card and retainers keep, in points.
const LEAST: [f32; 2] = [180.0, 240.0];

/// Draws retainers and object card side by side.
pub fn show(workspace: &Workspace, local: &mut Local, ui: &mut Ui, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    let whole = ui.available_rect_before_wrap();
    let width = local.card.of(whole.width(), LEAST);
    let frame = Frame::new().fill(palette.panel);
    Panel::right("object card")
        .frame(frame.inner_margin(Margin { right: GRID as i8, ..Margin::same(PANE_MARGIN as i8) }))
        .resizable(false)
        .show_separator_line(false)
        .exact_size(width)
        .show(ui, |ui| object_card::show(workspace, ui, actions));
    CentralPanel::no_frame().frame(frame).show(ui, |ui| {
        retainers::show(workspace, local, ui, actions);
    });
    let x = (whole.right() - width).round();
    let (from, to) = (pos2(x, whole.top()), pos2(x, whole.bottom()));
    let id = ui.scope_id().with("card border");
    let dragged = splitter(ui, id, "Width of the object card", Border::Vertical, from, to);
    local.card.drag(dragged, width, whole.width());
}
