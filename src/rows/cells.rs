//! Values as cells: what is shown, the exact value on hover, signs and bars.

use super::{Cell, TextKind};
use crate::analysis::Distance;
use crate::util::units;

/// A size in bytes.
pub fn size(bytes: u64) -> Cell {
    let (text, exact) = (units::bytes_short(bytes), Some(units::bytes_exact(bytes)));
    Cell { text, exact, kind: nothing_is_dim(bytes), ..Cell::default() }
}

/// A size in bytes and its share of a total.
pub(super) fn size_of(bytes: u64, total: u64) -> Cell {
    Cell { percent: Some(units::percent(bytes, total)), ..size(bytes) }
}

/// A number of objects.
pub(super) fn count(count: u64) -> Cell {
    Cell { text: units::count(count), kind: nothing_is_dim(count), ..Cell::default() }
}

/// A change of a number of objects.
pub(super) fn count_delta(delta: i64) -> Cell {
    Cell { text: units::count_signed(delta.into()), kind: change_kind(delta), ..Cell::default() }
}

/// A change in bytes; `largest` is the largest change of the table, for the bar.
pub(super) fn size_delta(delta: i64, largest: u64) -> Cell {
    let bar = (largest > 0).then(|| (delta as f64 / largest as f64) as f32);
    Cell {
        text: units::bytes_short_signed(delta.into()),
        exact: Some(units::bytes_exact_signed(delta.into())),
        kind: change_kind(delta),
        bar,
        ..Cell::default()
    }
}

/// Steps from a root; a dash for what only system roots reach.
pub(super) fn distance(distance: Distance) -> Cell {
    match distance.shown() {
        Some(steps) => Cell { text: units::count(u64::from(steps.unsigned_abs())), ..Cell::default() },
        None => Cell {
            text: "\u{2212}".to_owned(),
            exact: Some(
                if distance == Distance::UNREACHED {
                    "nothing reaches it"
                } else {
                    "reached from system roots only"
                }
                .to_owned(),
            ),
            kind: TextKind::Dim,
            ..Cell::default()
        },
    }
}

/// Steps from a root to a retainer, some being ignored.
pub(super) fn retainer_distance(steps: Distance, is_ignored: bool) -> Cell {
    let note = |text: &str, exact: &str| Cell {
        text: text.to_owned(),
        exact: Some(exact.to_owned()),
        kind: TextKind::Dim,
        ..Cell::default()
    };
    if is_ignored {
        note("ignored", "left out when distances are measured")
    } else if steps.0 >= Distance::UNREACHABLE_BASE {
        note("\u{2212}", "no way from a root leads through it")
    } else {
        distance(steps)
    }
}

/// A mark: the row's object is one of those that the column counts.
pub(super) fn dot() -> Cell {
    Cell { text: "•".to_owned(), ..Cell::default() }
}

/// A value that is not known, such as counts of snapshots that do not compare by id.
pub(super) fn unknown(why: &str) -> Cell {
    Cell { text: "–".to_owned(), exact: Some(why.to_owned()), kind: TextKind::Dim, ..Cell::default() }
}

/// What is not nothing shall be seen first.
fn nothing_is_dim(value: u64) -> TextKind {
    if value == 0 { TextKind::Dim } else { TextKind::Plain }
}

fn change_kind(delta: i64) -> TextKind {
    match delta {
        0 => TextKind::Dim,
        1.. => TextKind::Grew,
        _ => TextKind::Freed,
    }
}
