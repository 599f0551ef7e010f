//! What is known of a snapshot that is still being opened: its constructors, without what they retain.

use eframe::egui::{Align2, FontId, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::analysis::{FirstClass, FirstLook};
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::text;
use crate::util::text::one_line;
use crate::util::units;

const COUNT_WIDTH: f32 = 96.0;
const SIZE_WIDTH: f32 = 104.0;

/// Draws the table in the room that is left.
pub fn show(ui: &mut Ui, look: &FirstLook) {
    let palette = theme::palette(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    line(ui, ["Constructor", "Count", "Shallow size"], [theme::small(), theme::small()], palette.dim);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().rect_filled(rect, 0.0, palette.line);
    let height = ui.available_height() - 4.0 * GRID;
    let area = ScrollArea::vertical().id_salt("first look").max_height(height).auto_shrink([false, true]);
    area.show_rows(ui, theme::ROW_HEIGHT, look.classes.len(), |ui, rows| {
        for class in &look.classes[rows] {
            row(ui, class);
        }
    });
}

fn row(ui: &mut Ui, class: &FirstClass) {
    let palette = theme::palette(ui);
    let (name, count) = (one_line(&class.name, 120), units::count(u64::from(class.count)));
    let size = units::bytes_short(class.shallow_size);
    line(ui, [&name, &count, &size], [theme::body(), theme::body()], palette.text);
}

/// A row: a name at the left, two numbers at the right.
fn line(ui: &mut Ui, words: [&str; 3], [font, number_font]: [FontId; 2], color: eframe::egui::Color32) {
    let size = vec2(ui.available_width(), theme::ROW_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words.join(", ")));
    let [name, count, size] = words;
    let right = rect.right() - 4.0 * GRID; // clear of the scroll bar
    let name_end = right - COUNT_WIDTH - SIZE_WIDTH;
    let galley = text::line(ui, name, font, color, name_end - rect.left());
    let place = Align2::LEFT_CENTER.anchor_size(rect.left_center(), galley.size());
    ui.painter().galley(place.min, galley, color);
    for (words, right) in [(count, right - SIZE_WIDTH), (size, right)] {
        let galley = text::line(ui, words, number_font.clone(), color, SIZE_WIDTH);
        let cell = Rect::from_min_max(rect.min, pos2(right, rect.bottom()));
        let place = Align2::RIGHT_CENTER.anchor_size(cell.right_center(), galley.size());
        ui.painter().galley(place.min, galley, color);
    }
}
