//! Buttons, pills and choices.

use eframe::egui::{
    Align2, Button, CornerRadius, Id, Pos2, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    vec2,
};

use super::{glyphs, text};
use crate::ui::theme::{self, CONTROL_HEIGHT, RADIUS};
use crate::util::Progress;

/// One of several pills: an entry of [`pills`].
pub struct Pill<'a, T> {
    /// What choosing it means.
    pub value: T,
    /// Its word.
    pub title: &'a str,
    /// One sentence on hover; for a disabled one, what is missing.
    pub help: &'a str,
    /// Whether it can be chosen.
    pub enabled: bool,
}

/// A row of pills of which one is chosen. Returns the one that was clicked.
pub fn pills<T: Copy + PartialEq>(ui: &mut Ui, chosen: T, pills: &[Pill<'_, T>]) -> Option<T> {
    let mut clicked = None;
    ui.spacing_mut().item_spacing.x = theme::GRID;
    for pill in pills {
        if self::pill(ui, chosen == pill.value, pill).clicked() {
            clicked = Some(pill.value);
        }
    }
    clicked
}

fn pill<T>(ui: &mut Ui, chosen: bool, pill: &Pill<'_, T>) -> Response {
    let palette = theme::palette(ui);
    let font = if chosen { theme::strong() } else { theme::body() };
    let width = text::line(ui, pill.title, theme::strong(), palette.text, f32::INFINITY).size().x;
    let sense = if pill.enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(width + 20.0, CONTROL_HEIGHT), sense);
    response.widget_info(|| WidgetInfo::selected(Role::Tab, pill.enabled, chosen, pill.title));
    let hovered = pill.enabled && response.hovered();
    let (fill, color) = match (chosen, hovered) {
        (true, _) => (Some(palette.accent_ground), palette.accent),
        (false, true) => (Some(palette.hover), palette.text),
        (false, false) => (None, if pill.enabled { palette.dim } else { palette.faint }),
    };
    if let Some(fill) = fill {
        ui.painter().rect_filled(rect, f32::from(RADIUS), fill);
    }
    focus_ring(ui, &response, rect);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, pill.title, font, color);
    response.on_hover_text(pill.help)
}

/// A frame around what has the keyboard.
pub fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        let stroke = Stroke::new(1.0, theme::palette(ui).accent);
        ui.painter().rect_stroke(rect, CornerRadius::same(RADIUS), stroke, StrokeKind::Inside);
    }
}

/// A button of the usual height.
pub fn button(ui: &mut Ui, title: &str) -> Response {
    ui.add(Button::new(title).min_size(vec2(0.0, CONTROL_HEIGHT)))
}

/// The button that does what one came for.
pub fn primary_button(ui: &mut Ui, title: &str, enabled: bool) -> Response {
    let palette = theme::palette(ui);
    let words = eframe::egui::RichText::new(title).font(theme::strong()).color(palette.accent);
    let button = Button::new(words)
        .fill(palette.accent_ground)
        .stroke(Stroke::new(1.0, palette.accent))
        .min_size(vec2(0.0, CONTROL_HEIGHT));
    ui.add_enabled(enabled, button)
}

/// Words that can be clicked, without a frame.
pub fn link(ui: &mut Ui, title: &str) -> Response {
    let palette = theme::palette(ui);
    let words = eframe::egui::RichText::new(title).color(palette.accent);
    ui.add(Button::new(words).frame(false)).on_hover_cursor(eframe::egui::CursorIcon::PointingHand)
}

/// A button that opens a menu of choices: the chosen one, shortened to `width`, and a triangle.
pub fn choice(ui: &mut Ui, label: &str, chosen: &str, width: f32, menu: impl FnOnce(&mut Ui)) -> Response {
    let palette = theme::palette(ui);
    let (galley, elided) = text::without_middle(ui, chosen, theme::body(), palette.text, width);
    let size = vec2(galley.size().x + 34.0, CONTROL_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(chosen.to_owned()),
        ..WidgetInfo::labeled(Role::ComboBox, true, label)
    });
    let visuals = ui.style().interact(&response);
    ui.painter().rect(
        rect,
        visuals.corner_radius,
        visuals.weak_bg_fill,
        visuals.bg_stroke,
        StrokeKind::Inside,
    );
    let at = Align2::LEFT_CENTER.anchor_size(rect.left_center() + vec2(10.0, 0.0), galley.size()).min;
    ui.painter().galley(at, galley, palette.text);
    glyphs::triangle(ui, rect.right_center() - vec2(14.0, 0.0), true, palette.dim);
    eframe::egui::Popup::menu(&response).show(|ui| {
        theme::menu(ui);
        menu(ui);
    });
    if elided { response.on_hover_text(chosen) } else { response }
}

/// A small square button with a cross, at `center`.
pub fn close_button(ui: &Ui, id: Id, center: Pos2, label: &str) -> Response {
    let rect = Rect::from_center_size(center, vec2(20.0, 20.0));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label));
    let palette = theme::palette(ui);
    if response.hovered() {
        ui.painter().rect_filled(rect, f32::from(RADIUS), palette.line);
    }
    focus_ring(ui, &response, rect);
    let color = if response.hovered() { palette.text } else { palette.dim };
    glyphs::cross(ui, center, 3.5, color);
    response.on_hover_text(label)
}

/// A thin bar that is filled to a fraction from 0 to 1.
pub fn progress(ui: &Ui, rect: Rect, fraction: f32) {
    let palette = theme::palette(ui);
    let radius = rect.height() / 2.0;
    ui.painter().rect_filled(rect, radius, palette.line);
    let done = rect.with_max_x(rect.left() + rect.width() * fraction.clamp(0.0, 1.0));
    ui.painter().rect_filled(done, radius, palette.accent);
}

/// How far work is, from 0 to 1, where it is known how much there is to do.
pub fn known_fraction(progress: &Progress) -> Option<f32> {
    let (_, total) = progress.units();
    (total > 0).then(|| progress.fraction())
}

/// A part from 0 to 1 as people read it.
pub fn percent(fraction: f32) -> String {
    format!("{:.0} %", (fraction.clamp(0.0, 1.0) * 100.0).floor())
}

/// A small word on coloured ground whose right edge is at `right`; gives its left edge.
pub fn tag(ui: &Ui, right: Pos2, word: &str, strong: bool) -> f32 {
    let palette = theme::palette(ui);
    let color = if strong { palette.accent } else { palette.dim };
    let galley = text::line(ui, word, theme::tiny_strong(), color, f32::INFINITY);
    let size = galley.size() + vec2(12.0, 6.0);
    let rect = Align2::RIGHT_CENTER.anchor_size(right, size);
    let fill = if strong { palette.accent_ground } else { palette.line };
    ui.painter().rect_filled(rect, 4.0, fill);
    ui.painter().galley(rect.min + vec2(6.0, 3.0), galley, color);
    rect.left()
}

/// A key as it stands on a keyboard, its right edge at `right`; gives its left edge.
pub fn key_hint(ui: &Ui, right: Pos2, keys: &str) -> f32 {
    let palette = theme::palette(ui);
    let galley = text::line(ui, keys, theme::small_mono(), palette.dim, f32::INFINITY);
    let size = galley.size() + vec2(10.0, 4.0);
    let rect = Align2::RIGHT_CENTER.anchor_size(right, size);
    let stroke = Stroke::new(1.0, palette.line);
    ui.painter().rect(rect, 4.0, palette.raised, stroke, StrokeKind::Inside);
    ui.painter().galley(rect.min + vec2(5.0, 2.0), galley, palette.dim);
    rect.left()
}
