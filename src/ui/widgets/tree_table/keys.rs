//! What keys do in a table that has the focus.

use eframe::egui::{Event, Key, Modifiers, Ui};

use super::TableEvent;
use crate::rows::{Expander, TableModel};

/// Turns the keys of this frame into events, in the order in which they came.
///
/// `page` is the number of rows that fit into view. Returns the row that the
/// cursor was moved to, if it was.
pub(super) fn handle(
    ui: &Ui,
    model: &dyn TableModel,
    page: u64,
    events: &mut Vec<TableEvent>,
) -> Option<u64> {
    let mut cursor = model.cursor();
    let mut moved = None;
    ui.input_mut(|input| {
        input.events.retain(|event| {
            let Some(action) = action(event) else { return true };
            let event = match action {
                Action::Move(way, extend) => {
                    step(model, cursor, way, page).map(|row| TableEvent::Select { row, extend })
                }
                Action::In => cursor.and_then(|row| open_or_enter(model, row)),
                Action::Out => cursor.and_then(|row| close_or_leave(model, row)),
                Action::Toggle => cursor.and_then(|row| toggle(model, row)),
                Action::Activate => cursor.map(TableEvent::Activate),
                Action::Menu => cursor.map(TableEvent::Menu),
                Action::Copy => cursor.map(|_| TableEvent::Copy),
            };
            if let Some(TableEvent::Select { row, .. }) = event {
                cursor = Some(row);
                moved = cursor;
            }
            events.extend(event);
            false
        });
    });
    moved
}

enum Action {
    Move(Way, bool),
    In,
    Out,
    Toggle,
    Activate,
    Menu,
    Copy,
}

enum Way {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
}

/// What an event asks of a table; `None` when it is not for tables.
fn action(event: &Event) -> Option<Action> {
    let &Event::Key { key, pressed: true, modifiers, .. } = event else {
        return matches!(event, Event::Copy).then_some(Action::Copy);
    };
    let plain = modifiers == Modifiers::NONE;
    let shift = modifiers == Modifiers::SHIFT;
    let way = match key {
        Key::ArrowUp => Way::Up,
        Key::ArrowDown => Way::Down,
        Key::PageUp => Way::PageUp,
        Key::PageDown => Way::PageDown,
        Key::Home => Way::Home,
        Key::End => Way::End,
        Key::ArrowRight if plain => return Some(Action::In),
        Key::ArrowLeft if plain => return Some(Action::Out),
        Key::Space if plain => return Some(Action::Toggle),
        Key::Enter if plain => return Some(Action::Activate),
        Key::F10 if shift => return Some(Action::Menu),
        Key::Menu if plain => return Some(Action::Menu),
        _ => return None,
    };
    (plain || shift).then_some(Action::Move(way, shift))
}

/// Where a step leads. Without a cursor, every key leads to the first row (End: to the last).
fn step(model: &dyn TableModel, cursor: Option<u64>, way: Way, page: u64) -> Option<u64> {
    let last = model.row_count().checked_sub(1)?;
    let page = page.saturating_sub(1).max(1);
    let row = match (way, cursor) {
        (Way::End, _) => last,
        (Way::Home, _) | (_, None) => 0,
        (Way::Up, Some(row)) => row.saturating_sub(1),
        (Way::Down, Some(row)) => row + 1,
        (Way::PageUp, Some(row)) => row.saturating_sub(page),
        (Way::PageDown, Some(row)) => row + page,
    };
    Some(row.min(last))
}

fn open_or_enter(model: &dyn TableModel, row: u64) -> Option<TableEvent> {
    match expander(model, row)? {
        Expander::Closed => Some(TableEvent::Toggle { row, open: true }),
        Expander::Open if row + 1 < model.row_count() => {
            Some(TableEvent::Select { row: row + 1, extend: false })
        }
        Expander::Open | Expander::Pending | Expander::None => None,
    }
}

fn close_or_leave(model: &dyn TableModel, row: u64) -> Option<TableEvent> {
    match expander(model, row)? {
        Expander::Open | Expander::Pending => Some(TableEvent::Toggle { row, open: false }),
        Expander::Closed | Expander::None => {
            model.parent(row).map(|row| TableEvent::Select { row, extend: false })
        }
    }
}

/// Opens a closed row, closes an open one.
pub(super) fn toggle(model: &dyn TableModel, row: u64) -> Option<TableEvent> {
    match expander(model, row)? {
        Expander::None => None,
        expander => Some(TableEvent::Toggle { row, open: expander == Expander::Closed }),
    }
}

fn expander(model: &dyn TableModel, row: u64) -> Option<Expander> {
    (row < model.row_count()).then(|| model.row(row).expander)
}
