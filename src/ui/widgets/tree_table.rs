//! The tree-table: every large table of the window, of any number of rows.
//!
//! Only rows in view are made and drawn, addressed by index; the position is
//! counted in rows (see the scroll helper), so that the last of fifty million is
//! reached as exactly as the first.

mod columns;
mod header;
mod keys;
mod row;
mod scroll;

use std::time::Duration;

use eframe::egui::{
    Align2, EventFilter, Id, Popup, PopupAnchor, PopupKind, Pos2, Rect, Role, Sense, SetOpenCommand, Stroke,
    Ui, UiBuilder, WidgetInfo, containers::menu, emath::GuiRounding as _, pos2,
};
use rustc_hash::FxHashMap;

use self::columns::Widths;
use self::row::RowLook;
use self::scroll::{BAR_WIDTH, Scroll};
use crate::rows::{Column, Expander, Row, TableModel};
use crate::ui::theme::{self, HEADER_HEIGHT, PATIENCE, ROW_HEIGHT};
use crate::ui::widgets::text;

/// What a person did in a table. Rows are indices into its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableEvent {
    /// Select a row; with `extend`, everything from the anchor to it.
    Select {
        /// Which row.
        row: u64,
        /// Keep the other end of the selection.
        extend: bool,
    },
    /// Open or close a row.
    Toggle {
        /// Which row.
        row: u64,
        /// Whether it shall be open.
        open: bool,
    },
    /// A header was clicked.
    Sort(Column),
    /// Enter, or a double click on what cannot be opened.
    Activate(u64),
    /// Copy what is selected.
    Copy,
    /// The menu key: the table opens its own menu at this row.
    Menu(u64),
}

/// What a table remembers from frame to frame: position, widths, its open menu.
#[derive(Clone, Debug, Default)]
pub struct TableState {
    scroll: Scroll,
    widths: Widths,
    reveal: Option<u64>,
    wants_focus: bool,
    has_focus: bool,
    menu_row: Option<u64>,
    /// Rows that wait for their children, since when.
    pending: FxHashMap<u64, f64>,
}

impl TableState {
    /// Brings a row into view when the table is drawn next.
    pub fn reveal(&mut self, row: u64) {
        self.reveal = Some(row);
    }

    /// Whether the table gets the keyboard when it is drawn next.
    pub fn is_next(&self) -> bool {
        self.wants_focus
    }

    /// Leaves the keyboard to something else after all.
    pub fn cancel_focus(&mut self) {
        self.wants_focus = false;
    }

    /// Gives the table the keyboard when it is drawn next.
    pub fn request_focus(&mut self) {
        self.wants_focus = true;
    }

    /// Whether the table had the keyboard when it was drawn last, or gets it next.
    pub fn has_focus(&self) -> bool {
        self.has_focus || self.wants_focus
    }

    /// Back to the first row; widths stay.
    pub fn scroll_to_top(&mut self) {
        self.scroll = Scroll::default();
    }

    /// Where it is scrolled to.
    pub fn place(&self) -> Place {
        Place(self.scroll)
    }

    /// Scrolls to where it was.
    pub fn go_to(&mut self, place: Place) {
        self.scroll = place.0;
    }

    /// The first row that can be seen.
    pub fn first_visible(&self) -> u64 {
        self.scroll.first().0
    }
}

/// Where a table is scrolled to.
#[derive(Clone, Copy, Debug)]
pub struct Place(Scroll);

/// Where a column lies, in points.
#[derive(Clone, Copy, Debug)]
struct Lane {
    left: f32,
    right: f32,
    is_name: bool,
}

impl Lane {
    fn width(self) -> f32 {
        self.right - self.left
    }

    /// Whether there was room for it.
    fn is_shown(self) -> bool {
        self.width() > 0.0
    }

    /// Whether the pointer is above or below this column's cells.
    fn holds(self, ui: &Ui) -> bool {
        ui.ctx().pointer_hover_pos().is_some_and(|pointer| (self.left..self.right).contains(&pointer.x))
    }
}

/// A tree-table, ready to be shown.
pub struct TreeTable<'a> {
    label: &'a str,
    model: &'a dyn TableModel,
    empty_text: &'a str,
    busy: Option<f32>,
}

impl<'a> TreeTable<'a> {
    /// A table over `model`; `label` names it for screen readers and tests, and
    /// must differ between the tables that are shown together.
    pub fn new(label: &'a str, model: &'a dyn TableModel) -> Self {
        Self { label, model, empty_text: "Nothing to show", busy: None }
    }

    /// What to say in place of rows when there are none.
    pub fn empty_text(mut self, text: &'a str) -> Self {
        self.empty_text = text;
        self
    }

    /// How far a job is, from 0 to 1, that is about to bring other rows (sorting, filtering): says
    /// so at the header's line.
    pub fn busy(mut self, busy: Option<f32>) -> Self {
        self.busy = busy;
        self
    }

    /// The id of the table's keyboard focus when it is shown in `ui`.
    pub fn focus_id(ui: &Ui, label: &str) -> Id {
        ui.scope_id().with(("tree table", label))
    }

    /// Draws the table into all of the room that `ui` has left. `menu` fills the
    /// context menu of a row.
    pub fn show(
        self,
        ui: &mut Ui,
        state: &mut TableState,
        mut menu: impl FnMut(&mut Ui, u64),
    ) -> Vec<TableEvent> {
        let mut events = Vec::new();
        let whole = ui.available_rect_before_wrap();
        ui.advance_cursor_after_rect(whole);
        if whole.width() < 2.0 * BAR_WIDTH || whole.height() < HEADER_HEIGHT {
            return events;
        }
        let id = Self::focus_id(ui, self.label);
        let body = whole.with_min_y(whole.top() + HEADER_HEIGHT);
        let fits = f64::from(body.height() / ROW_HEIGHT);

        let has_focus = self.focus(ui, id, whole, state);
        let inner = &mut ui.new_child(UiBuilder::new().max_rect(whole).accessibility_parent(id));
        inner.shrink_clip_rect(whole);
        state.has_focus = has_focus;
        if has_focus {
            let moved = keys::handle(inner, self.model, fits as u64, &mut events);
            if let Some(row) = moved {
                state.scroll.show(row, fits);
            }
        }
        self.scroll(inner, body, state, fits);

        let columns = self.model.columns();
        let sorted = self.model.sort().column;
        let lanes = lanes(&state.widths, columns.iter().map(|spec| spec.column), sorted, whole);
        let header = whole.with_max_y(body.top());
        header::show(inner, id, header, columns, &lanes, self.model.sort(), &mut state.widths, &mut events);
        self.working(inner, id, header);

        let rows_ui = &mut inner.new_child(UiBuilder::new().max_rect(body).accessibility_parent(id));
        rows_ui.shrink_clip_rect(body);
        self.rows(rows_ui, id, body, &lanes, has_focus, state, &mut events);
        let track = body.with_min_x(body.right() - BAR_WIDTH);
        state.scroll.bar(rows_ui, track, id.with("scroll bar"), self.model.row_count(), fits);

        self.menu(inner, id, body, state, &mut events, &mut menu);
        events
    }

    /// Makes the table one stop of the Tab key; true when it has the keyboard.
    fn focus(&self, ui: &Ui, id: Id, rect: Rect, state: &mut TableState) -> bool {
        let response = ui.interact(rect, id, Sense::CLICK | Sense::FOCUSABLE);
        response.widget_info(|| WidgetInfo::labeled(Role::Table, true, self.label));
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_row_count(usize::try_from(self.model.row_count()).unwrap_or(usize::MAX));
            node.set_column_count(self.model.columns().len());
        });
        if std::mem::take(&mut state.wants_focus) || response.clicked() {
            response.request_focus();
        }
        if response.has_focus() {
            // Without the last, Escape would take the keyboard away: it closes menus and dialogs.
            let ours =
                EventFilter { horizontal_arrows: true, vertical_arrows: true, tab: false, escape: true };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(id, ours));
        }
        response.has_focus()
    }

    fn scroll(&self, ui: &Ui, body: Rect, state: &mut TableState, fits: f64) {
        if let Some(row) = state.reveal.take() {
            state.scroll.reveal(row, fits);
        }
        if ui.rect_contains_pointer(body) {
            let wheel = ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta.y));
            state.scroll.by(-f64::from(wheel) / f64::from(ROW_HEIGHT));
        }
        state.scroll.clamp(self.model.row_count(), fits);
    }

    /// A line under the header while other rows are on their way: as long as the work has gone,
    /// or one that moves where that is not known.
    fn working(&self, ui: &Ui, id: Id, header: Rect) {
        let now = ui.input(|input| input.time);
        let key = id.with("busy since");
        let since = self.busy.map(|_| ui.data_mut(|data| *data.get_temp_mut_or(key, now)));
        let (Some(since), Some(fraction)) = (since, self.busy) else {
            return ui.data_mut(|data| data.remove_temp::<f64>(key).map_or((), drop));
        };
        if now - since < PATIENCE {
            return ui.ctx().request_repaint_after(Duration::from_secs_f64(PATIENCE));
        }
        let (left, width) = if fraction > 0.0 {
            (header.left(), header.width() * fraction)
        } else {
            let at = ((now - since) * 0.6).fract() as f32;
            let width = header.width() * 0.25;
            (header.left() - width + (header.width() + width) * at, width)
        };
        let stroke = Stroke::new(2.0, theme::palette(ui).accent);
        ui.painter().hline(left..=left + width, header.bottom() - 1.0, stroke);
        ui.ctx().request_repaint_after(Duration::from_millis(40));
    }

    fn rows(
        &self,
        ui: &Ui,
        id: Id,
        body: Rect,
        lanes: &[Lane],
        has_focus: bool,
        state: &mut TableState,
        events: &mut Vec<TableEvent>,
    ) {
        let count = self.model.row_count();
        if count == 0 {
            return self.nothing(ui, body);
        }
        let (first, hidden) = state.scroll.first();
        let last = (first + (body.height() / ROW_HEIGHT) as u64 + 2).min(count);
        let rows: Vec<(u64, Row)> = (first..last).map(|index| (index, self.model.row(index))).collect();
        let percents = self.percents(&rows);
        let top = body.top() - (hidden as f32 * ROW_HEIGHT).round_to_pixels(ui.pixels_per_point());
        let now = ui.input(|input| input.time);
        state.pending.retain(|row, _| rows.iter().any(|(index, _)| index == row));
        for ((index, row), place) in rows.iter().zip(0u16..) {
            let y = top + f32::from(place) * ROW_HEIGHT;
            let rect = Rect::from_x_y_ranges(body.x_range(), y..=y + ROW_HEIGHT);
            let look = RowLook {
                columns: self.model.columns(),
                lanes,
                percents: &percents,
                selected: self.model.selection().is_some_and(|(a, b)| (a.min(b)..=a.max(b)).contains(index)),
                cursor: has_focus && self.model.cursor() == Some(*index),
                waiting: waits_long(ui, *index, row, now, &mut state.pending),
            };
            let response = row::show(ui, id, rect, *index, row, &look);
            self.pointer(ui, id, *index, &response, look.selected, state, events);
        }
    }

    /// Which columns have percentages in any of these rows.
    fn percents(&self, rows: &[(u64, Row)]) -> Vec<bool> {
        let has = |column: usize| {
            rows.iter().any(|(_, row)| row.cells.get(column).is_some_and(|cell| cell.percent.is_some()))
        };
        let numbers = self.model.columns().len().saturating_sub(1);
        std::iter::once(false).chain((0..numbers).map(has)).collect()
    }

    fn pointer(
        &self,
        ui: &Ui,
        id: Id,
        row: u64,
        response: &row::RowResponse,
        selected: bool,
        state: &mut TableState,
        events: &mut Vec<TableEvent>,
    ) {
        if response.clicked || response.secondary_clicked || response.toggled {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        if response.toggled {
            events.extend(keys::toggle(self.model, row));
        } else if response.double_clicked {
            events.push(keys::toggle(self.model, row).unwrap_or(TableEvent::Activate(row)));
        } else if response.clicked {
            let extend = ui.input(|input| input.modifiers.shift);
            events.push(TableEvent::Select { row, extend });
        } else if response.secondary_clicked {
            if !selected {
                events.push(TableEvent::Select { row, extend: false });
            }
            state.menu_row = Some(row);
            Popup::open_id(ui.ctx(), id.with("menu"));
            let pointer = ui.ctx().pointer_interact_pos();
            ui.memory_mut(|memory| memory.data.insert_temp(id.with("menu at"), pointer));
        }
    }

    fn menu(
        &self,
        ui: &Ui,
        id: Id,
        body: Rect,
        state: &mut TableState,
        events: &mut Vec<TableEvent>,
        menu: &mut impl FnMut(&mut Ui, u64),
    ) {
        let by_key = events.iter().find_map(|event| match event {
            TableEvent::Menu(row) => Some(*row),
            _ => None,
        });
        events.retain(|event| !matches!(event, TableEvent::Menu(_)));
        if let Some(row) = by_key {
            let (first, hidden) = state.scroll.first();
            let down = ((row + 1).saturating_sub(first) as f64 - hidden) as f32 * ROW_HEIGHT;
            let at = pos2(body.left() + 24.0, (body.top() + down).min(body.bottom()));
            state.menu_row = Some(row);
            ui.data_mut(|data| data.insert_temp(id.with("menu at"), Some(at)));
        }
        let at: Option<Pos2> = ui.data(|data| data.get_temp(id.with("menu at"))).flatten();
        let (Some(row), Some(at)) = (state.menu_row, at) else { return };
        if row >= self.model.row_count() {
            state.menu_row = None;
            return;
        }
        let shown = Popup::new(id.with("menu"), ui.ctx().clone(), PopupAnchor::Position(at), ui.layer_id())
            .kind(PopupKind::Menu)
            .style(menu::menu_style)
            .layout(eframe::egui::Layout::top_down_justified(eframe::egui::Align::Min))
            .accessible_name("Actions")
            .gap(0.0)
            .open_memory(by_key.map(|_| SetOpenCommand::Bool(true)))
            .show(|ui| {
                theme::menu(ui);
                menu(ui, row);
            });
        let Some(popup) = shown else { return };
        // The keyboard is the menu's while it is open, and comes back unless a click took it elsewhere.
        if !popup.response.should_close() {
            ui.memory_mut(|memory| memory.surrender_focus(id));
        } else if !popup.response.clicked_elsewhere() {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
    }

    fn nothing(&self, ui: &Ui, body: Rect) {
        let palette = theme::palette(ui);
        let galley = text::line(ui, self.empty_text, theme::body(), palette.dim, body.width() - 32.0);
        let at = pos2(body.center().x, body.top() + (body.height() / 3.0).min(96.0));
        let rect = Align2::CENTER_CENTER.anchor_size(at, galley.size());
        ui.interact(rect, ui.scope_id().with("nothing"), Sense::hover())
            .widget_info(|| WidgetInfo::labeled(Role::Label, true, self.empty_text));
        ui.painter().galley(rect.min, galley, palette.dim);
    }
}

/// The columns' places in `whole`, beside the scroll bar.
fn lanes(widths: &Widths, columns: impl Iterator<Item = Column>, sorted: Column, whole: Rect) -> Vec<Lane> {
    let mut left = whole.left();
    widths
        .fill(columns, sorted, whole.width() - BAR_WIDTH)
        .into_iter()
        .enumerate()
        .map(|(i, width)| {
            let lane = Lane { left, right: left + width, is_name: i == 0 };
            left += width;
            lane
        })
        .collect()
}

/// Whether a row has been waiting for its children for so long that it is worth a sign.
fn waits_long(ui: &Ui, index: u64, row: &Row, now: f64, pending: &mut FxHashMap<u64, f64>) -> bool {
    if row.expander != Expander::Pending {
        pending.remove(&index);
        return false;
    }
    let waited = now - *pending.entry(index).or_insert(now);
    if waited < PATIENCE {
        ui.ctx().request_repaint_after(Duration::from_secs_f64(PATIENCE - waited));
    }
    waited >= PATIENCE
}
