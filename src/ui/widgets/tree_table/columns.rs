//! Widths of a table's columns: wished, least, and what they come to in the room there is.

use rustc_hash::FxHashMap;

use crate::rows::Column;

/// Width below which the first column gives no more room to the others, in points.
const NAME_LEAST: f32 = 280.0;
/// Width below which the first column says nothing: rather than that, others are left out.
const NAME_NEEDED: f32 = 140.0;
/// Width that the first column keeps whatever happens.
const NAME_FLOOR: f32 = 60.0;

/// Room for the dim percentage behind a value, in points.
pub(super) const PERCENT_WIDTH: f32 = 44.0;
/// Space between a column's edge and its text.
pub(super) const CELL_PADDING: f32 = 12.0;

/// What a column takes when nobody said anything, in points.
fn default_width(column: Column) -> f32 {
    match column {
        Column::Name => NAME_LEAST,
        Column::Distance => 100.0,
        Column::Count | Column::New | Column::Deleted => 96.0,
        Column::Delta => 104.0,
        Column::AllocatedSize | Column::FreedSize => 116.0,
        Column::ShallowSize | Column::RetainedSize => 144.0,
        Column::SizeDelta => 204.0,
    }
}

/// What a column needs for its title and for any size, or any count up to tens of millions, in points.
fn least_width(column: Column) -> f32 {
    match column {
        Column::Name => NAME_FLOOR,
        Column::Distance => 92.0,
        Column::Count | Column::New | Column::Deleted | Column::AllocatedSize | Column::FreedSize => 88.0,
        Column::Delta => 96.0,
        Column::SizeDelta => 104.0,
        _ => 80.0,
    }
}

/// Which column is left out first where there is no room for all: the least number. Those
/// without one stay: they are what their table is about.
fn goes(column: Column) -> Option<u8> {
    match column {
        Column::FreedSize => Some(0),
        Column::AllocatedSize => Some(1),
        Column::Delta => Some(2),
        Column::ShallowSize => Some(3),
        Column::Distance => Some(4),
        Column::Deleted => Some(5),
        Column::New | Column::Count => Some(6),
        Column::Name | Column::RetainedSize | Column::SizeDelta => None,
    }
}

/// Widths that a person gave to columns; the others keep their default.
#[derive(Clone, Debug, Default)]
pub(super) struct Widths(FxHashMap<Column, f32>);

impl Widths {
    fn wished(&self, column: Column) -> f32 {
        self.0.get(&column).copied().unwrap_or_else(|| default_width(column))
    }

    /// Makes a column wider by `delta`, from what it is `now`.
    pub(super) fn widen(&mut self, column: Column, now: f32, delta: f32) {
        self.0.insert(column, (now + delta).clamp(least_width(column), 1000.0));
    }

    /// Back to the default.
    pub(super) fn reset(&mut self, column: Column) {
        self.0.remove(&column);
    }

    /// The widths of `columns` that together fill `available`: the first takes what
    /// the others leave; when that is too little, the others shrink to what they
    /// need, then the first one does, then columns of which others tell as well are
    /// left out (0), and at last all shrink. The one that is sorted by always stays.
    pub(super) fn fill(
        &self,
        columns: impl Iterator<Item = Column>,
        sorted: Column,
        available: f32,
    ) -> Vec<f32> {
        let numbers: Vec<Column> = columns.skip(1).collect();
        let mut wished: Vec<f32> = numbers.iter().map(|column| self.wished(*column)).collect();
        let mut least: Vec<f32> =
            numbers.iter().zip(&wished).map(|(column, &wish)| least_width(*column).min(wish)).collect();
        let mut order: Vec<usize> =
            (0..numbers.len()).filter(|&at| numbers[at] != sorted && goes(numbers[at]).is_some()).collect();
        order.sort_by_key(|&at| goes(numbers[at]));
        for at in order {
            if available - least.iter().sum::<f32>() >= NAME_NEEDED {
                break;
            }
            (wished[at], least[at]) = (0.0, 0.0);
        }
        let shrunk = shrink(&wished, &least, available - NAME_LEAST);
        let zero = vec![0.0; least.len()];
        let fitted = shrink(&shrunk, &zero, (available - NAME_FLOOR).max(0.0));
        let name = (available - fitted.iter().sum::<f32>()).max(0.0);
        [vec![name], fitted].concat()
    }
}

/// Takes from `widths` what goes beyond `room`, each in proportion to how much it
/// has above its `least`.
fn shrink(widths: &[f32], least: &[f32], room: f32) -> Vec<f32> {
    let excess = widths.iter().sum::<f32>() - room;
    let spare: f32 = widths.iter().zip(least).map(|(width, least)| width - least).sum();
    let share = if spare > 0.0 { (excess / spare).clamp(0.0, 1.0) } else { 0.0 };
    widths.iter().zip(least).map(|(width, least)| width - (width - least) * share).collect()
}

#[cfg(test)]
mod tests {
    use super::{NAME_FLOOR, NAME_LEAST, NAME_NEEDED, Widths, least_width};
    use crate::rows::Column;

    const COLUMNS: [Column; 4] = [Column::Name, Column::Distance, Column::ShallowSize, Column::RetainedSize];

    fn fill(widths: &Widths, available: f32) -> Vec<f32> {
        let filled = widths.fill(COLUMNS.into_iter(), Column::RetainedSize, available);
        assert!((filled.iter().sum::<f32>() - available).abs() < 0.01, "{filled:?} fill {available}");
        filled
    }

    #[test]
    fn the_name_takes_what_the_numbers_leave() {
        assert_eq!(fill(&Widths::default(), 1000.0), [612.0, 100.0, 144.0, 144.0]);
    }

    #[test]
    fn numbers_shrink_before_the_name_becomes_useless_and_leave_before_it_says_nothing() {
        let widths = Widths::default();
        let tight = fill(&widths, NAME_LEAST + 92.0 + 80.0 + 80.0);
        assert_eq!(tight, [NAME_LEAST, 92.0, 80.0, 80.0]);
        let least = fill(&widths, NAME_NEEDED + 92.0 + 80.0 + 80.0);
        assert_eq!(least, [NAME_NEEDED, 92.0, 80.0, 80.0]);
        let tighter = fill(&widths, 320.0);
        assert_eq!(tighter, [148.0, 92.0, 0.0, 80.0]);
        let absurd = fill(&widths, 100.0);
        assert!((absurd[0] - NAME_FLOOR).abs() < 0.01);
        assert!((absurd[3] - 40.0).abs() < 0.01, "{absurd:?}");
    }

    #[test]
    fn what_is_sorted_by_stays() {
        let filled = Widths::default().fill(COLUMNS.into_iter(), Column::ShallowSize, 320.0);
        assert_eq!(filled, [160.0, 0.0, 80.0, 80.0]);
    }

    #[test]
    fn a_dragged_width_is_kept_until_it_is_reset() {
        let mut widths = Widths::default();
        widths.widen(Column::ShallowSize, 144.0, 56.0);
        assert_eq!(fill(&widths, 1000.0)[2], 200.0);
        widths.widen(Column::ShallowSize, 200.0, -500.0);
        assert_eq!(fill(&widths, 1000.0)[2], least_width(Column::ShallowSize));
        widths.reset(Column::ShallowSize);
        assert_eq!(fill(&widths, 1000.0)[2], 144.0);
    }
}
