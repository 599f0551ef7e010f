//! Columns: the structure-of-arrays storage that every large table of a snapshot lives in.

use std::ops::Deref;

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

#[cfg(test)]
mod tests {
    use super::WideColumn;

    #[test]
    fn small_and_large_values_come_back_as_they_went_in() {
        let values = [0, 7, u64::from(u32::MAX) - 1, u64::from(u32::MAX), 1 << 40, 3];
        let column = WideColumn::from_values(values);
        assert_eq!(column.iter().collect::<Vec<_>>(), values);
        assert_eq!(column.wide().len(), 2);
    }
}
