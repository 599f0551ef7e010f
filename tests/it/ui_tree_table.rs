//! The tree-table, driven by keys and mouse, over a made-up model of any number of rows.

use std::collections::BTreeSet;

use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, Node};
use heaplens::rows::{Cell, Column, ColumnSpec, Expander, Row, Sort, Span, TableModel, TextKind};
use heaplens::ui::theme;
use heaplens::ui::widgets::tree_table::{TableEvent, TableState, TreeTable};

use eframe::egui::accesskit::Toggled;
use eframe::egui::{Event, Key, Modifiers, MouseWheelUnit, Role, TouchPhase, vec2};

const COLUMNS: [ColumnSpec; 3] = [
    ColumnSpec { column: Column::Name, title: "Constructor", help: "What made the objects" },
    ColumnSpec { column: Column::Count, title: "Count", help: "How many there are" },
    ColumnSpec { column: Column::RetainedSize, title: "Retained size", help: "What would be freed" },
];

/// Numbered rows; every row can be opened and then has two children.
struct Numbers {
    top_rows: u64,
    open: BTreeSet<u64>,
    sort: Sort,
    anchor: Option<u64>,
    cursor: Option<u64>,
    copied: bool,
    activated: Option<u64>,
    state: TableState,
}

/// Children that an open row has.
const CHILDREN: u64 = 2;

impl Numbers {
    fn new(top_rows: u64) -> Self {
        Self {
            top_rows,
            open: BTreeSet::new(),
            sort: Sort { column: Column::RetainedSize, descending: true },
            anchor: None,
            cursor: None,
            copied: false,
            activated: None,
            state: TableState::default(),
        }
    }

    /// Top row at or above an index, and which child of it the index is (0: the row itself).
    fn locate(&self, index: u64) -> (u64, u64) {
        let mut shift = 0;
        for &row in &self.open {
            if index <= row + shift {
                break;
            }
            if index <= row + shift + CHILDREN {
                return (row, index - row - shift);
            }
            shift += CHILDREN;
        }
        (index - shift, 0)
    }

    fn apply(&mut self, event: TableEvent) {
        match event {
            TableEvent::Select { row, extend } => {
                self.cursor = Some(row);
                if !extend || self.anchor.is_none() {
                    self.anchor = Some(row);
                }
            }
            TableEvent::Toggle { row, open: true } => drop(self.open.insert(self.locate(row).0)),
            TableEvent::Toggle { row, open: false } => drop(self.open.remove(&self.locate(row).0)),
            TableEvent::Sort(column) => {
                self.sort = Sort { column, descending: self.sort.column != column || !self.sort.descending };
            }
            TableEvent::Activate(row) => self.activated = Some(row),
            TableEvent::Copy => self.copied = true,
            TableEvent::Menu(_) => unreachable!("the table keeps this one"),
        }
    }
}

impl TableModel for Numbers {
    fn columns(&self) -> &[ColumnSpec] {
        &COLUMNS
    }

    fn sort(&self) -> Sort {
        self.sort
    }

    fn row_count(&self) -> u64 {
        self.top_rows + CHILDREN * self.open.len() as u64
    }

    fn row(&self, index: u64) -> Row {
        let (top, child) = self.locate(index);
        let name = if child == 0 { format!("row {top}") } else { format!("child {child} of {top}") };
        let expander = match (child, self.open.contains(&top)) {
            (0, true) => Expander::Open,
            (0, false) => Expander::Closed,
            _ => Expander::None,
        };
        Row {
            depth: u32::from(child > 0),
            expander,
            name: vec![Span { text: name, kind: TextKind::Class }],
            cells: vec![
                Cell { text: "3".to_owned(), ..Cell::default() },
                Cell { text: "1.20 kB".to_owned(), percent: Some("2 %".to_owned()), ..Cell::default() },
            ],
            ..Row::default()
        }
    }

    fn parent(&self, index: u64) -> Option<u64> {
        match self.locate(index) {
            (_, 0) => None,
            (_, child) => Some(index - child),
        }
    }

    fn cursor(&self) -> Option<u64> {
        self.cursor
    }

    fn selection(&self) -> Option<(u64, u64)> {
        Some((self.anchor?.min(self.cursor?), self.anchor?.max(self.cursor?)))
    }
}

/// A window that shows nothing but a table of `rows` rows.
fn table(rows: u64) -> Harness<'static, Numbers> {
    Harness::builder().with_size(vec2(640.0, 420.0)).with_context_setup(theme::install).build_ui_state(
        |ui, numbers: &mut Numbers| {
            let mut state = std::mem::take(&mut numbers.state);
            let events = TreeTable::new("Numbers", numbers).show(ui, &mut state, |ui, row| {
                if ui.button(format!("Do something with {row}")).clicked() {
                    ui.close();
                }
            });
            numbers.state = state;
            events.into_iter().for_each(|event| numbers.apply(event));
        },
        Numbers::new(rows),
    )
}

fn row<'h>(harness: &'h Harness<'_, Numbers>, label: &'h str) -> Node<'h> {
    let whole = |found: &Node<'_>| {
        let node = found.accesskit_node();
        node.role() == Role::Row && node.label().is_some_and(|words| words.split(',').next() == Some(label))
    };
    harness.root().children_recursive().find(whole).unwrap_or_else(|| panic!("no row {label}"))
}

fn visible(harness: &Harness<'_, Numbers>) -> Vec<String> {
    harness
        .get_all_by_role(Role::Row)
        .filter_map(|row| row.accesskit_node().label())
        .filter_map(|label| label.split(',').next().map(str::to_owned))
        .collect()
}

fn press(harness: &mut Harness<'_, Numbers>, key: Key) {
    harness.key_press(key);
    harness.run();
}

fn wheel(harness: &mut Harness<'_, Numbers>, points: f32) {
    harness.hover_at(eframe::egui::pos2(300.0, 200.0));
    harness.run();
    harness.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, points),
        source: eframe::egui::MouseWheelSource::Unknown,
        phase: TouchPhase::Move,
        modifiers: Modifiers::NONE,
    });
    harness.run_steps(8); // egui smooths the wheel over some frames
}

#[test]
fn a_row_reads_as_a_sentence() {
    let harness = table(3);
    let labels: Vec<_> =
        harness.get_all_by_role(Role::Row).filter_map(|row| row.accesskit_node().label()).collect();
    assert_eq!(labels[1], "row 1, Count 3, Retained size 1.20 kB (2 %)");
    assert_eq!(labels.len(), 3);
    harness.get_by_role_and_label(Role::Table, "Numbers");
    harness.get_by_role_and_label(Role::ColumnHeader, "Retained size");
}

#[test]
fn the_last_of_fifty_million_rows_is_reached_exactly() {
    const MANY: u64 = 50_000_000;
    let mut harness = table(MANY);
    row(&harness, "row 0").click();
    harness.run();
    press(&mut harness, Key::End);
    assert_eq!(harness.state().cursor, Some(MANY - 1));
    assert_eq!(visible(&harness).last().map(String::as_str), Some("row 49999999"));

    // The wheel moves by as many rows there as at the start.
    let first = harness.state().state.first_visible();
    wheel(&mut harness, 5.0 * theme::ROW_HEIGHT);
    assert_eq!(harness.state().state.first_visible(), first - 5);
    wheel(&mut harness, -1000.0 * theme::ROW_HEIGHT);
    assert_eq!(harness.state().state.first_visible(), first, "it stops at the end");

    row(&harness, "row 49999998").click();
    harness.run();
    assert_eq!(harness.state().cursor, Some(MANY - 2));
    press(&mut harness, Key::Home);
    assert_eq!(harness.state().cursor, Some(0));
    assert_eq!(visible(&harness)[0], "row 0");
}

#[test]
fn keys_move_open_and_close() {
    let mut harness = table(100);
    row(&harness, "row 0").click();
    harness.run();
    press(&mut harness, Key::ArrowDown);
    press(&mut harness, Key::ArrowRight);
    assert_eq!(visible(&harness)[1..4], ["row 1", "child 1 of 1", "child 2 of 1"]);
    press(&mut harness, Key::ArrowRight);
    assert_eq!(harness.state().cursor, Some(2), "right enters an open row");
    press(&mut harness, Key::ArrowLeft);
    assert_eq!(harness.state().cursor, Some(1), "left goes back to the parent");
    press(&mut harness, Key::ArrowLeft);
    assert_eq!(visible(&harness)[1..3], ["row 1", "row 2"]);

    press(&mut harness, Key::PageDown);
    let page = harness.state().cursor.unwrap();
    assert!((10..20).contains(&page), "a page is what fits into view: {page}");
    press(&mut harness, Key::PageUp);
    assert_eq!(harness.state().cursor, Some(1));
    press(&mut harness, Key::Enter);
    assert_eq!(harness.state().activated, Some(1));
}

#[test]
fn shift_extends_the_selection_and_copy_asks_for_it() {
    let mut harness = table(100);
    row(&harness, "row 2").click();
    harness.run();
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    harness.run();
    assert_eq!(harness.state().selection(), Some((2, 3)));
    row(&harness, "row 6").click_modifiers(Modifiers::SHIFT);
    harness.run();
    assert_eq!(harness.state().selection(), Some((2, 6)));
    let selected = harness
        .get_all_by_role(Role::Row)
        .filter(|row| row.accesskit_node().is_selected() == Some(true))
        .count();
    assert_eq!(selected, 5);

    harness.event(Event::Copy);
    harness.run();
    assert!(harness.state().copied);
}

#[test]
fn triangles_tell_and_change_what_is_open() {
    let mut harness = table(10);
    let triangle = harness.get_by_role_and_label(Role::DisclosureTriangle, "row 4");
    assert_eq!(triangle.accesskit_node().toggled(), Some(Toggled::False));
    triangle.click();
    harness.run();
    let triangle = harness.get_by_role_and_label(Role::DisclosureTriangle, "row 4");
    assert_eq!(triangle.accesskit_node().toggled(), Some(Toggled::True));
    assert_eq!(visible(&harness)[4..7], ["row 4", "child 1 of 4", "child 2 of 4"]);
    assert_eq!(harness.state().cursor, None, "opening does not select");
}

#[test]
fn headers_sort_and_say_how() {
    let mut harness = table(10);
    harness.get_by_role_and_label(Role::ColumnHeader, "Count").click();
    harness.run();
    assert_eq!(harness.state().sort, Sort { column: Column::Count, descending: true });
    harness.get_by_role_and_label(Role::ColumnHeader, "Count").click();
    harness.run();
    assert_eq!(harness.state().sort, Sort { column: Column::Count, descending: false });
}

#[test]
fn a_right_click_selects_and_opens_the_menu() {
    let mut harness = table(10);
    row(&harness, "row 3").click_secondary();
    harness.run();
    assert_eq!(harness.state().cursor, Some(3));
    harness.get_by_label("Do something with 3");

    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Do something with 3").is_none());
}

#[test]
fn the_menu_opens_by_key_every_time_and_gives_the_keyboard_back() {
    let mut harness = table(10);
    row(&harness, "row 3").click();
    harness.run();
    let keys = [(Modifiers::SHIFT, Key::F10), (Modifiers::NONE, Key::Menu), (Modifiers::SHIFT, Key::F10)];
    for (modifiers, key) in keys {
        harness.key_press_modifiers(modifiers, key);
        harness.run();
        harness.get_by_label("Do something with 3");
        press(&mut harness, Key::Escape);
        assert!(harness.query_by_label("Do something with 3").is_none());
    }

    // Arrows go through the menu while it is open, and through the table behind it afterwards.
    press(&mut harness, Key::Menu);
    press(&mut harness, Key::ArrowDown);
    assert_eq!(harness.state().cursor, Some(3));
    press(&mut harness, Key::Enter);
    assert!(harness.query_by_label("Do something with 3").is_none(), "chosen by key");
    press(&mut harness, Key::ArrowDown);
    assert_eq!(harness.state().cursor, Some(4));
    press(&mut harness, Key::Menu);
    harness.get_by_label("Do something with 4");
}

#[test]
fn names_and_the_numbers_that_matter_stay_in_sight_however_narrow_the_window() {
    let mut harness = table(10);
    for width in [1600.0, 640.0, 320.0, 200.0] {
        harness.set_size(vec2(width, 300.0));
        harness.run();
        let header = harness.get_by_role_and_label(Role::ColumnHeader, "Retained size");
        assert!(
            header.rect().right() <= width && header.rect().width() > 30.0,
            "at {width}: {}",
            header.rect()
        );
        let name = harness.get_by_role_and_label(Role::ColumnHeader, "Constructor");
        assert!(name.rect().width() > 80.0, "at {width}: {}", name.rect());
        let has_count = harness.query_by_role_and_label(Role::ColumnHeader, "Count").is_some();
        assert_eq!(has_count, width >= 640.0, "at {width}");
    }
}
