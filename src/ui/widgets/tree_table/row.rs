//! One row of a table: ground, expander, words, numbers, bars, and what hovering tells.

use eframe::egui::{
    Align2, FontId, Galley, Id, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, accesskit, pos2, vec2,
};

use super::Lane;
use super::columns::{CELL_PADDING, PERCENT_WIDTH};
use crate::rows::{Cell, ColumnSpec, Expander, Row, Span, TextKind};
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::{glyphs, text, words::Line};

/// Side of the square that takes clicks on the expander.
const EXPANDER: f32 = 18.0;
/// Room for a number behind a bar.
const BAR_NUMBER_WIDTH: f32 = 84.0;
const BAR_HEIGHT: f32 = 6.0;
/// Text of deep rows is not pushed further right than this from the column's right edge.
const DEEP_TEXT_WIDTH: f32 = 220.0;

/// What a row is drawn with.
pub(super) struct RowLook<'a> {
    pub columns: &'a [ColumnSpec],
    pub lanes: &'a [Lane],
    /// Whether a column keeps room for percentages.
    pub percents: &'a [bool],
    pub selected: bool,
    /// The row that keys move from, while the table has the focus.
    pub cursor: bool,
    /// Whether it has been [`Expander::Pending`] for so long that it must be shown.
    pub waiting: bool,
}

/// What was done to a row with the pointer.
#[derive(Default)]
pub(super) struct RowResponse {
    pub clicked: bool,
    pub double_clicked: bool,
    pub secondary_clicked: bool,
    pub toggled: bool,
}

/// Draws `row`, the `index`th of its table, into `rect`.
pub(super) fn show(ui: &Ui, id: Id, rect: Rect, index: u64, row: &Row, look: &RowLook<'_>) -> RowResponse {
    let palette = theme::palette(ui);
    // Clicks, but no keyboard focus: the table as a whole has that.
    let response = ui.interact(rect, id.with(("row", index)), Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(Role::Row, true, label(row, look.columns)));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_selected(look.selected);
        node.set_row_index(usize::try_from(index).unwrap_or(usize::MAX));
        node.set_level(row.depth as usize + 1);
    });

    ground(ui, rect, row, look, response.contains_pointer(), palette);
    let text_left = indentation(rect, row, look);
    let toggled = expander(ui, id, text_left, rect, index, row, look, palette);
    let mut told = name(ui, text_left, rect, row, look).map(|whole| (look.lanes[0], whole));
    let lanes = look.lanes.iter().zip(look.percents).skip(1);
    for (cell, (lane, percent)) in row.cells.iter().zip(lanes).filter(|(_, (lane, _))| lane.is_shown()) {
        let cell = if row.pale { &Cell { kind: TextKind::Dim, ..cell.clone() } } else { cell };
        number(ui, rect, cell, *lane, *percent, look, palette);
        if let Some(exact) = cell.exact.as_ref().filter(|_| lane.holds(ui)) {
            told = Some((*lane, exact.clone()));
        }
    }
    if let Some((lane, words)) = told.filter(|(lane, _)| response.contains_pointer() && lane.holds(ui)) {
        let cell = Rect::from_x_y_ranges(lane.left..=lane.right, rect.y_range());
        ui.interact(cell, id.with(("told", index, lane.left as i32)), Sense::hover()).on_hover_text(words);
    }
    RowResponse {
        clicked: response.clicked(),
        double_clicked: response.double_clicked(),
        secondary_clicked: response.secondary_clicked(),
        toggled,
    }
}

/// The whole row in words: its name, then every column with its title.
fn label(row: &Row, columns: &[ColumnSpec]) -> String {
    let mut label = row.name_text();
    for (cell, spec) in row.cells.iter().zip(columns.iter().skip(1)) {
        if !cell.text.is_empty() {
            label.push_str(&format!(", {} {}", spec.title, cell.text));
            if let Some(percent) = &cell.percent {
                label.push_str(&format!(" ({percent})"));
            }
        }
    }
    label
}

fn ground(ui: &Ui, rect: Rect, row: &Row, look: &RowLook<'_>, hovered: bool, palette: &Palette) {
    let fill = match (look.selected, row.emphasis, hovered) {
        (true, _, _) => Some(palette.selected_row),
        (_, true, _) => Some(palette.grew_ground),
        (_, _, true) => Some(palette.hover),
        _ => None,
    };
    let painter = ui.painter();
    if let Some(fill) = fill {
        painter.rect_filled(rect, 0.0, fill);
    }
    painter.hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, palette.row_line));
    if look.cursor {
        painter.rect_filled(rect.with_max_x(rect.left() + 3.0), 0.0, palette.accent);
    }
}

/// Where the words begin: deeper rows further right, but never out of sight.
fn indentation(rect: Rect, row: &Row, look: &RowLook<'_>) -> f32 {
    let first = rect.left() + CELL_PADDING + EXPANDER;
    let limit = (look.lanes[0].right - DEEP_TEXT_WIDTH).max(first + 2.0 * theme::INDENT);
    (first + row.depth as f32 * theme::INDENT).min(limit)
}

/// Draws the expander; true when it was clicked.
fn expander(
    ui: &Ui,
    id: Id,
    text_left: f32,
    rect: Rect,
    index: u64,
    row: &Row,
    look: &RowLook<'_>,
    palette: &Palette,
) -> bool {
    if row.expander == Expander::None {
        return false;
    }
    let center = pos2(text_left - EXPANDER / 2.0 - 3.0, rect.center().y);
    let square = Rect::from_center_size(center, vec2(EXPANDER, rect.height()));
    let response = ui.interact(square, id.with(("expander", index)), Sense::CLICK);
    let open = row.expander != Expander::Closed;
    response.widget_info(|| WidgetInfo::selected(Role::DisclosureTriangle, true, open, row.name_text()));
    ui.ctx().accesskit_node_builder(response.id, |node: &mut accesskit::Node| node.set_expanded(open));
    let color = match (response.hovered(), look.selected) {
        (true, _) => palette.text,
        (false, true) => palette.dim_on_selected,
        (false, false) => palette.dim,
    };
    if row.expander == Expander::Pending && look.waiting {
        glyphs::spinner(ui, center, 5.0, color);
    } else {
        glyphs::triangle(ui, center, open, color);
    }
    response.clicked()
}

/// The words of the first column; the whole of them when they had to be cut.
fn name(ui: &Ui, left: f32, rect: Rect, row: &Row, look: &RowLook<'_>) -> Option<String> {
    let right = look.lanes[0].right - CELL_PADDING; // the first lane is the name's
    let pale: Vec<Span> = match row.pale {
        true => row.name.iter().map(|span| Span { kind: TextKind::Dim, ..span.clone() }).collect(),
        false => Vec::new(),
    };
    let words = if row.pale { &pale } else { &row.name };
    let line = Line::new(ui, words, look.selected, right - left);
    line.paint(ui, pos2(left, rect.center().y - 0.5));
    line.elided.then(|| row.name_text())
}

fn number(
    ui: &Ui,
    rect: Rect,
    cell: &Cell,
    lane: Lane,
    has_percents: bool,
    look: &RowLook<'_>,
    palette: &Palette,
) {
    let color = |kind: TextKind| if look.selected { palette.on_selected(kind) } else { palette.of(kind) };
    let mut right = lane.right - CELL_PADDING;
    let line = |words: &str, font: FontId, kind: TextKind, right: f32| {
        let galley = text::line(ui, words, font, color(kind), right - lane.left - 2.0);
        let width = galley.size().x;
        ui.painter().galley(centered(right - width, rect, &galley), galley, color(kind));
        width
    };
    // In a narrow column the number has the room alone.
    if has_percents && lane.width() > 2.0 * PERCENT_WIDTH + CELL_PADDING {
        if let Some(percent) = &cell.percent {
            line(percent, theme::small(), TextKind::Dim, right);
        }
        right -= PERCENT_WIDTH;
    }
    let width = line(&cell.text, theme::body(), cell.kind, right);
    if let Some(bar) = cell.bar {
        self::bar(ui, rect, bar, lane.left + CELL_PADDING, right - width.max(BAR_NUMBER_WIDTH), palette);
    }
}

/// A bar that ends at `right`; as long as the room allows for the largest value.
fn bar(ui: &Ui, rect: Rect, value: f32, left: f32, right: f32, palette: &Palette) {
    if right - left < 16.0 || value == 0.0 {
        return;
    }
    let length = ((right - left) * value.abs()).clamp(2.0, right - left);
    let color = if value > 0.0 { palette.grew } else { palette.freed };
    let y = rect.center().y;
    let shape =
        Rect::from_min_max(pos2(right - length, y - BAR_HEIGHT / 2.0), pos2(right, y + BAR_HEIGHT / 2.0));
    ui.painter().rect_filled(shape, 2.0, color);
}

fn centered(left: f32, rect: Rect, galley: &Galley) -> Pos2 {
    Align2::LEFT_CENTER.anchor_size(pos2(left, rect.center().y - 0.5), galley.size()).min
}
