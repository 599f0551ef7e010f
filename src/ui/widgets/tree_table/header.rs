//! The header of a table: titles, sort arrows, and borders that can be dragged.

use eframe::egui::{
    Align2, CursorIcon, Id, Rect, Role, Sense, Stroke, Ui, WidgetInfo, accesskit, pos2, vec2,
};

use super::columns::{CELL_PADDING, Widths};
use super::{Lane, TableEvent};
use crate::rows::{ColumnSpec, Sort};
use crate::ui::theme;
use crate::ui::widgets::text;

/// Draws the header over `lanes` and says when a title was clicked.
pub(super) fn show(
    ui: &Ui,
    id: Id,
    rect: Rect,
    columns: &[ColumnSpec],
    lanes: &[Lane],
    sort: Sort,
    widths: &mut Widths,
    events: &mut Vec<TableEvent>,
) {
    let shown = || columns.iter().zip(lanes).filter(|(_, lane)| lane.is_shown());
    for (spec, lane) in shown() {
        if title(ui, id, rect, spec, *lane, sort) {
            events.push(TableEvent::Sort(spec.column));
        }
    }
    for (spec, lane) in shown().skip(1) {
        border(ui, id, rect, spec, *lane, widths);
    }
    let line = Stroke::new(1.0, theme::palette(ui).line);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, line);
}

/// Draws one title; true when it was clicked.
fn title(ui: &Ui, id: Id, rect: Rect, spec: &ColumnSpec, lane: Lane, sort: Sort) -> bool {
    let palette = theme::palette(ui);
    let cell = Rect::from_x_y_ranges(lane.left..=lane.right, rect.y_range());
    let response = ui.interact(cell, id.with(("header", spec.column)), Sense::CLICK);
    let sorted = sort.column == spec.column;
    response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, spec.title));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_description(spec.help);
        if sorted {
            node.set_sort_direction(if sort.descending {
                accesskit::SortDirection::Descending
            } else {
                accesskit::SortDirection::Ascending
            });
        }
    });

    let arrow = match (sorted, sort.descending) {
        (false, _) => "",
        (true, true) => " ↓",
        (true, false) => " ↑",
    };
    let (font, color) = match (sorted, response.hovered()) {
        (true, _) => (theme::small_strong(), palette.text),
        (false, true) => (theme::small(), palette.text),
        (false, false) => (theme::small(), palette.dim),
    };
    let room = lane.width() - 2.0 * CELL_PADDING;
    // The arrow stays when the title is cut.
    let arrow = text::line(ui, arrow, font.clone(), color, f32::INFINITY);
    let title = text::line(ui, spec.title, font, color, (room - arrow.size().x).max(0.0));
    let width = title.size().x + arrow.size().x;
    let left = if lane.is_name { lane.left + CELL_PADDING } else { lane.right - CELL_PADDING - width };
    let place = |x: f32, size: eframe::egui::Vec2| {
        Align2::LEFT_CENTER.anchor_size(pos2(x, cell.center().y), size).min
    };
    let painter = ui.painter();
    painter.galley(place(left + title.size().x, arrow.size()), arrow, color);
    painter.galley(place(left, title.size()), title, color);
    response.on_hover_text(spec.help).clicked()
}

/// The left border of a column: dragging makes the column wider or narrower.
fn border(ui: &Ui, id: Id, rect: Rect, spec: &ColumnSpec, lane: Lane, widths: &mut Widths) {
    let grip = Rect::from_center_size(pos2(lane.left, rect.center().y), vec2(8.0, rect.height()));
    let response = ui
        .interact(grip, id.with(("border", spec.column)), Sense::CLICK | Sense::DRAG)
        .on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, format!("Width of {}", spec.title)));
    if response.double_clicked() {
        widths.reset(spec.column);
    } else if response.dragged() {
        widths.widen(spec.column, lane.width(), -response.drag_delta().x);
    }
    let palette = theme::palette(ui);
    let color = if response.hovered() || response.dragged() { palette.accent } else { palette.line };
    let middle = rect.y_range().shrink(8.0);
    ui.painter().vline(lane.left, middle, Stroke::new(1.0, color));
}
