//! Columns: the structure-of-arrays storage that every large table of a snapshot lives in.

use std::ops::Deref;

use rustc_hash::FxHashMap;

/// An immutable array, one entry a row (a node, an edge, a string …).
///
/// All reading goes through the slice it derefs to, so that where the entries
/// live (today always in owned memory) is nobody's concern but this type's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column<T>(Vec<T>);

impl<T> Deref for Column<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> From<Vec<T>> for Column<T> {
    fn from(rows: Vec<T>) -> Self {
        Self(rows)
    }
}

impl<T> FromIterator<T> for Column<T> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        Self(rows.into_iter().collect())
    }
}

/// A column of `u64` of which nearly all fit into 32 bits: 4 bytes a row, and a
/// small sorted table of the rare large ones.
///
/// Node ids and sizes are like this: V8 numbers objects from 1, but embedders use
/// addresses; a buffer may be larger than 4 GiB.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WideColumn {
    /// The value, or [`WideColumn::IS_WIDE`] where it stands in `wide`.
    low: Column<u32>,
    /// `(row, value)`, sorted by row.
    wide: Vec<(u32, u64)>,
}

impl WideColumn {
    /// Values from this one on do not fit into the narrow part.
    pub const IS_WIDE: u32 = u32::MAX;

    /// From the narrow part and the rows it marks with [`Self::IS_WIDE`], in any order.
    pub fn new(low: Vec<u32>, mut wide: Vec<(u32, u64)>) -> Self {
        wide.sort_unstable();
        Self { low: low.into(), wide }
    }

    /// From whole values, one a row.
    pub fn from_values(values: impl IntoIterator<Item = u64>) -> Self {
        let mut wide = Vec::new();
        let low = values
            .into_iter()
            .zip(0u32..)
            .map(|(value, row)| match u32::try_from(value) {
                Ok(small) if small != Self::IS_WIDE => small,
                _ => {
                    wide.push((row, value));
                    Self::IS_WIDE
                }
            })
            .collect();
        Self::new(low, wide)
    }

    /// The value of a row. Panics when there is no such row, as a slice would.
    #[inline]
    pub fn get(&self, row: u32) -> u64 {
        let low = self.low[row as usize];
        if low == Self::IS_WIDE { self.get_wide(row) } else { u64::from(low) }
    }

    #[cold]
    fn get_wide(&self, row: u32) -> u64 {
        match self.wide.binary_search_by_key(&row, |&(at, _)| at) {
            Ok(i) => self.wide[i].1, // `i` was found in `wide`
            Err(_) => u64::from(Self::IS_WIDE),
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.low.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.low.is_empty()
    }

    /// All values in row order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = u64> + '_ {
        (0..self.low.len()).map(|row| self.get(row as u32)) // rows are u32 by construction
    }

    /// The narrow part: a value below [`Self::IS_WIDE`] is the row's own.
    pub fn low(&self) -> &[u32] {
        &self.low
    }

    /// `(row, value)` of the values that need more than 32 bits, by row.
    pub fn wide(&self) -> &[(u32, u64)] {
        &self.wide
    }
}

/// A [`WideColumn`] under change.
#[derive(Debug)]
pub struct WideRows {
    low: Vec<u32>,
    /// The values of the rows that `low` marks with [`WideColumn::IS_WIDE`].
    wide: FxHashMap<u32, u64>,
}

impl From<&WideColumn> for WideRows {
    fn from(column: &WideColumn) -> Self {
        let mut rows = Self { low: column.low.to_vec(), wide: FxHashMap::default() };
        for (&low, row) in column.low.iter().zip(0..) {
            if low == WideColumn::IS_WIDE {
                rows.wide.insert(row, column.get_wide(row));
            }
        }
        rows
    }
}

impl WideRows {
    /// The value of a row. Panics when there is no such row, as a slice would.
    #[inline]
    pub fn get(&self, row: u32) -> u64 {
        let low = self.low[row as usize];
        // Marked rows are in the table.
        if low == WideColumn::IS_WIDE { self.wide[&row] } else { u64::from(low) }
    }

    /// Changes the value of a row. Panics when there is no such row.
    #[inline]
    pub fn set(&mut self, row: u32, value: u64) {
        if value < u64::from(WideColumn::IS_WIDE) {
            self.low[row as usize] = value as u32; // just compared
        } else {
            self.low[row as usize] = WideColumn::IS_WIDE;
            self.wide.insert(row, value);
        }
    }

    /// Adds to the value of a row; a sum beyond `u64` becomes its greatest value. Panics when
    /// there is no such row.
    #[inline]
    pub fn add(&mut self, row: u32, amount: u64) {
        self.set(row, self.get(row).saturating_add(amount));
    }

    /// The rows as they are now, for good.
    pub fn finish(mut self) -> WideColumn {
        let low = self.low;
        self.wide.retain(|&row, _| low[row as usize] == WideColumn::IS_WIDE);
        WideColumn::new(low, self.wide.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{WideColumn, WideRows};

    #[test]
    fn rows_become_wide_and_narrow_again() {
        const LIMIT: u64 = u32::MAX as u64;
        let mut rows = WideRows::from(&WideColumn::from_values([LIMIT - 1, LIMIT, 1 << 40, 7]));
        rows.add(0, 1);
        rows.set(1, 5);
        rows.add(2, 1);
        rows.add(3, u64::MAX);
        assert_eq!(rows.get(2), (1 << 40) + 1);
        let column = rows.finish();
        assert_eq!(column.iter().collect::<Vec<_>>(), [LIMIT, 5, (1 << 40) + 1, u64::MAX]);
        assert_eq!(column.wide().len(), 3);
    }

    #[test]
    fn small_and_large_values_come_back_as_they_went_in() {
        let values = [0, 7, u64::from(u32::MAX) - 1, u64::from(u32::MAX), 1 << 40, 3];
        let column = WideColumn::from_values(values);
        assert_eq!(column.iter().collect::<Vec<_>>(), values);
        assert_eq!(column.wide().len(), 2);
    }
}
