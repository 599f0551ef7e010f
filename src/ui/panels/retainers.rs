//! Who holds the selected object.

use eframe::egui::{Align2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::{empty, main_table, row_menu};
use crate::ui::action::Action;
use crate::ui::local::Local;
use crate::ui::theme::{self, GRID, PANE_MARGIN};
use crate::ui::widgets::{text, tree_table::TreeTable};
use crate::workspace::{Slot, Workspace};

const HEAD: f32 = 34.0;

/// Draws the retainers, or what to do to see some.
pub fn show(workspace: &Workspace, local: &mut Local, ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.y = 0.0;
    head(workspace, ui);
    let table = workspace.table(Slot::Retainers);
    let Some(tree) = &table.tree else {
        return match table.progress() {
            Some(progress) => empty::working(ui, progress),
            None => empty::hint(ui, "Select an object or a constructor above to see what holds it"),
        };
    };
    let widget = TreeTable::new("Retainers", tree)
        .empty_text("Nothing holds it: it is a root, or only weak references lead here")
        .busy(table.is_busy());
    let events = widget.show(ui, &mut local.retainers.state, |ui, row| {
        row_menu::show(tree, Slot::Retainers, row, ui, actions);
    });
    main_table::extend(Slot::Retainers, tree, events, actions);
}

/// The underlined title, and of which object.
fn head(workspace: &Workspace, ui: &mut Ui) {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, "Retainers"));
    let title = text::line(ui, "Retainers", theme::strong(), palette.text, f32::INFINITY);
    let left = rect.left() + PANE_MARGIN;
    let at = Align2::LEFT_CENTER.anchor_size(pos2(left, rect.center().y), title.size());
    let line = Rect::from_min_max(pos2(left, rect.bottom() - 2.0), pos2(at.right(), rect.bottom()));
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, palette.line));
    ui.painter().rect_filled(line, 0.0, palette.accent);
    ui.painter().galley(at.min, title, palette.text);
    let shown = workspace.table(Slot::Retainers);
    if shown.tree.is_some() && !shown.title.is_empty() {
        let about = format!("of {}", shown.title);
        let room = (rect.right() - at.right() - 6.0 * GRID).min(420.0);
        let galley = text::line(ui, &about, theme::small(), palette.dim, room);
        let place = pos2(at.right() + 3.0 * GRID, rect.center().y);
        let place = Align2::LEFT_CENTER.anchor_size(place, galley.size()).min;
        ui.painter().galley(place, galley, palette.dim);
    }
}
