//! Who holds the selected object.

use eframe::egui::{Align, Align2, Layout, Rect, Role, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::toolbar::leave_filter;
use super::{empty, main_table, row_menu};
use crate::ui::action::Action;
use crate::ui::local::Local;
use crate::ui::theme::{self, GRID, PANE_MARGIN};
use crate::ui::widgets::filter_field::{FilterLook, filter_field};
use crate::ui::widgets::{controls, text, tree_table::TreeTable, words};
use crate::util::Progress;
use crate::workspace::{Command, Slot, Workspace};

const HEAD: f32 = 34.0;
/// What the filter field is called.
pub const FILTER_LABEL: &str = "Filter the retainers";
/// Width of the filter field.
const FILTER: f32 = 180.0;

/// Draws the retainers, or what to do to see some.
pub fn show(workspace: &Workspace, local: &mut Local, ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.y = 0.0;
    head(workspace, local, ui, actions);
    let table = workspace.table(Slot::Retainers);
    let Some(tree) = &table.tree else {
        return match table.progress() {
            Some(progress) => empty::working(ui, progress),
            None => empty::hint(ui, "Select an object or a constructor above to see what holds it"),
        };
    };
    let empty = match tree.filter().text().trim() {
        "" => "Nothing holds it: it is a root, or only weak references lead here".to_owned(),
        words => format!("No direct holder, and no reference from one, contains “{words}”"),
    };
    let widget =
        TreeTable::new("Retainers", tree).empty_text(&empty).busy(table.progress().map(Progress::fraction));
    let events = widget.show(ui, &mut local.retainers.state, |ui, row| {
        row_menu::show(workspace, tree, Slot::Retainers, row, ui, actions);
    });
    main_table::extend(Slot::Retainers, tree, events, actions);
}

/// The underlined title, of which object, and the filter.
fn head(workspace: &Workspace, local: &mut Local, ui: &mut Ui, actions: &mut Vec<Action>) {
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
    if shown.tree.is_none() {
        return;
    }
    let mut right = rect.right() - PANE_MARGIN;
    if rect.width() > 2.0 * FILTER {
        let place =
            Rect::from_min_max(pos2(right - FILTER, rect.top() + 3.0), pos2(right, rect.bottom() - 3.0));
        right = place.left();
        filter(workspace, local, &mut ui.new_child(UiBuilder::new().max_rect(place)), actions);
    }
    if let ignored @ 1.. = workspace.ignored().len() {
        right = restore(ignored, rect.with_max_x(right - 2.0 * GRID), ui, actions);
    }
    if !shown.title.is_empty() {
        let base = workspace.base_of_retainers();
        let place = base.map_or_else(String::new, |base| format!(", in the base {}", base.title));
        let about = format!("of {}{place}", shown.title);
        let room = (right - at.right() - 6.0 * GRID).min(420.0);
        let galley = text::line(ui, &about, theme::small(), palette.dim, room);
        let place = pos2(at.right() + 3.0 * GRID, rect.center().y);
        let place = Align2::LEFT_CENTER.anchor_size(place, galley.size()).min;
        ui.painter().galley(place, galley, palette.dim);
    }
}

/// How many holders are ignored, and the way back, at the right of `rect`; gives where it begins.
fn restore(ignored: usize, rect: Rect, ui: &mut Ui, actions: &mut Vec<Action>) -> f32 {
    let builder = UiBuilder::new().max_rect(rect).layout(Layout::right_to_left(Align::Center));
    let ui = &mut ui.new_child(builder);
    ui.spacing_mut().item_spacing.x = 2.0 * GRID;
    if controls::link(ui, "Restore").on_hover_text("Take the ignored retainers in again").clicked() {
        actions.push(Command::RestoreIgnored.into());
    }
    let noun = if ignored == 1 { "retainer" } else { "retainers" };
    words::caption(ui, &format!("{ignored} ignored {noun} ·"));
    ui.min_rect().left()
}

fn filter(workspace: &Workspace, local: &mut Local, ui: &mut Ui, actions: &mut Vec<Action>) {
    let text = &workspace.table(Slot::Retainers).filter_text;
    let look = FilterLook { label: FILTER_LABEL, hint: "Filter", keys: "", width: FILTER };
    let response = filter_field(ui, text, look, local.takes_filter_focus(Slot::Retainers));
    actions.extend(response.changed.map(|text| Command::Filter(Slot::Retainers, text).into()));
    actions.extend(response.left.map(|left| leave_filter(left, Slot::Retainers)));
}
