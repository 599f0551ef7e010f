//! Check boxes and radio buttons, with borders that can be seen on every ground.

use eframe::egui::{
    Align2, CornerRadius, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::{controls, glyphs, text};
use crate::ui::theme::{self, GRID};

/// Side of the box or width of the circle, in points.
const SIZE: f32 = 14.0;
const HEIGHT: f32 = 20.0;

/// Something that is on or off; a click changes it.
pub fn check_box(ui: &mut Ui, is_on: &mut bool, title: &str) -> Response {
    let response = mark(ui, *is_on, title, Role::CheckBox);
    if response.clicked() {
        *is_on = !*is_on;
    }
    response
}

/// One of several of which one is chosen.
pub fn radio(ui: &mut Ui, is_chosen: bool, title: &str) -> Response {
    mark(ui, is_chosen, title, Role::RadioButton)
}

fn mark(ui: &mut Ui, is_on: bool, title: &str, role: Role) -> Response {
    let palette = theme::palette(ui);
    let galley = text::line(ui, title, theme::body(), palette.text, ui.available_width());
    let size = vec2(SIZE + 2.0 * GRID + galley.size().x, HEIGHT.max(galley.size().y));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(role, ui.is_enabled(), is_on, title));
    let place = Align2::LEFT_CENTER.anchor_size(rect.left_center(), vec2(SIZE, SIZE));
    let radius = CornerRadius::same(if role == Role::RadioButton { SIZE as u8 / 2 } else { 3 });
    let (fill, border) = match (is_on, response.hovered()) {
        (true, _) => (palette.accent, palette.accent),
        (false, true) => (palette.hover, palette.text),
        (false, false) => (palette.background, palette.dim),
    };
    ui.painter().rect(place, radius, fill, Stroke::new(1.0, border), StrokeKind::Inside);
    match (is_on, role) {
        (false, _) => {}
        (true, Role::RadioButton) => {
            ui.painter().circle_filled(place.center(), 3.0, palette.panel);
        }
        (true, _) => glyphs::tick(ui, place.center(), palette.panel),
    }
    controls::focus_ring(ui, &response, rect.expand2(vec2(GRID, 0.0)));
    let at = pos2(place.right() + 2.0 * GRID, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, palette.text);
    response
}
