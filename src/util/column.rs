//! Columns: the structure-of-arrays storage that every large table of a snapshot lives in.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::{Deref, Range};
use std::ptr::NonNull;
use std::sync::Arc;

use bytemuck::Pod;
use memmap2::Mmap;
use rustc_hash::FxHashMap;

use super::spill;
use super::stored::stored;

/// An immutable array, one entry a row (a node, an edge, a string …).
///
/// All reading goes through the slice it derefs to, so that where the entries
/// live (owned memory, or a part of a mapped file) is nobody's concern but this
/// type's, and costs readers nothing: place and length stand here either way.
pub struct Column<T> {
    rows: NonNull<T>,
    len: usize,
    home: Home,
}

/// Who keeps the rows alive.
enum Home {
    /// A vector of this capacity, whose parts were taken over.
    Owned {
        capacity: usize,
    },
    Mapped(Arc<dyn Mapping>),
}

/// Bytes that stay where they are, and what they are, such as a mapped file's.
///
/// # Safety
/// As long as the value lives, [`Mapping::bytes`] gives the same slice each time, wherever the
/// value moves. (Bytes of a file that somebody else writes to may change; columns hold only
/// numbers, for which any bytes will do.)
#[allow(unsafe_code, reason = "columns rely on it")]
pub unsafe trait Mapping: Send + Sync {
    /// The bytes.
    fn bytes(&self) -> &[u8];
}

// SAFETY: a mapping stays where it is until it is dropped.
#[allow(unsafe_code, reason = "columns rely on it")]
unsafe impl Mapping for Mmap {
    fn bytes(&self) -> &[u8] {
        self
    }
}

// SAFETY: a column owns its rows, or shares them for reading only, as `Vec<T>` and `Arc<Mmap>` do.
#[allow(unsafe_code, reason = "raw pointers are neither by themselves")]
unsafe impl<T: Send + Sync> Send for Column<T> {}
// SAFETY: see above; there is no way to change the rows.
#[allow(unsafe_code, reason = "raw pointers are neither by themselves")]
unsafe impl<T: Send + Sync> Sync for Column<T> {}

impl<T: Pod> Column<T> {
    /// The rows that lie in `bytes` of a mapped file. `None` when the file does not
    /// have these bytes, or they are no whole rows, or not where such rows can lie.
    pub fn mapped(map: &Arc<dyn Mapping>, bytes: Range<usize>) -> Option<Self> {
        let rows: &[T] = bytemuck::try_cast_slice(map.bytes().get(bytes)?).ok()?;
        Some(Self { rows: NonNull::from(rows).cast(), len: rows.len(), home: Home::Mapped(map.clone()) })
    }
}

impl<T: Clone> Column<T> {
    /// The rows for change; copies those of a mapped file.
    pub fn into_vec(self) -> Vec<T> {
        match self.home {
            Home::Owned { capacity } => {
                let rows = ManuallyDrop::new(self);
                // SAFETY: these are the parts of the vector that the column was made from, and the
                // column is not dropped any more.
                #[allow(unsafe_code, reason = "a vector was taken apart")]
                unsafe {
                    Vec::from_raw_parts(rows.rows.as_ptr(), rows.len, capacity)
                }
            }
            Home::Mapped(_) => self.to_vec(),
        }
    }
}

impl<T> Deref for Column<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: `rows` and `len` are those of a vector that was taken apart, or of a slice
        // of the mapping that `home` holds; neither moves or changes before the column is dropped.
        #[allow(unsafe_code, reason = "one place to read from, whatever the home")]
        unsafe {
            std::slice::from_raw_parts(self.rows.as_ptr(), self.len)
        }
    }
}

impl<T> Drop for Column<T> {
    fn drop(&mut self) {
        if let Home::Owned { capacity } = self.home {
            // SAFETY: these are the parts of the vector that the column was made from, and
            // nobody uses them after this.
            #[allow(unsafe_code, reason = "a vector was taken apart")]
            drop(unsafe { Vec::from_raw_parts(self.rows.as_ptr(), self.len, capacity) });
        }
    }
}

impl<T> From<Vec<T>> for Column<T> {
    fn from(rows: Vec<T>) -> Self {
        let mut rows = ManuallyDrop::new(rows);
        let home = Home::Owned { capacity: rows.capacity() };
        let len = rows.len();
        // The pointer of a vector is never null.
        Self { rows: NonNull::new(rows.as_mut_ptr()).unwrap_or(NonNull::dangling()), len, home }
    }
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T: Clone> Clone for Column<T> {
    fn clone(&self) -> Self {
        match &self.home {
            Home::Owned { .. } => self.to_vec().into(),
            Home::Mapped(map) => Self { rows: self.rows, len: self.len, home: Home::Mapped(map.clone()) },
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Column<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: PartialEq> PartialEq for Column<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Column<T> {}

impl<T> FromIterator<T> for Column<T> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        rows.into_iter().collect::<Vec<_>>().into()
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
    /// The rows of the large values, ascending.
    wide_rows: Column<u32>,
    /// The large values, in the order of their rows.
    wide_values: Column<u64>,
}

impl WideColumn {
    /// Values from this one on do not fit into the narrow part.
    pub const IS_WIDE: u32 = u32::MAX;

    /// From the narrow part and the rows it marks with [`Self::IS_WIDE`], in any order.
    pub fn new(low: Vec<u32>, mut wide: Vec<(u32, u64)>) -> Self {
        wide.sort_unstable();
        let (wide_rows, wide_values): (Vec<u32>, Vec<u64>) = wide.into_iter().unzip();
        Self { low: low.into(), wide_rows: wide_rows.into(), wide_values: wide_values.into() }
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
        match self.wide_rows.binary_search(&row) {
            Ok(at) => self.wide_values[at], // as many as there are rows
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
    pub fn wide(&self) -> impl ExactSizeIterator<Item = (u32, u64)> + '_ {
        self.wide_rows.iter().copied().zip(self.wide_values.iter().copied())
    }

    /// Whether the parts fit together as [`Self::new`] makes them, for `rows` rows: what was
    /// loaded from a file may be anything.
    pub fn is_sound(&self, rows: usize) -> bool {
        let below = |&row: &u32| (row as usize) < rows;
        self.low.len() == rows
            && self.wide_rows.len() == self.wide_values.len()
            && self.wide_rows.is_sorted_by(|a, b| a < b)
            && self.wide_rows.last().is_none_or(below)
    }
}

/// A [`WideColumn`] under change.
#[derive(Debug)]
pub struct WideRows {
    low: Vec<u32>,
    /// The values of the rows that `low` marks with [`WideColumn::IS_WIDE`].
    wide: FxHashMap<u32, u64>,
}

impl From<WideColumn> for WideRows {
    fn from(column: WideColumn) -> Self {
        let wide = column.wide().collect();
        Self { low: column.low.into_vec(), wide }
    }
}

impl From<&WideColumn> for WideRows {
    fn from(column: &WideColumn) -> Self {
        let low = spill::for_later(|| column.low.to_vec()); // parents of trees are mostly near
        let mut rows = Self { low, wide: FxHashMap::default() };
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

stored!(WideColumn { low, wide_rows, wide_values });

/// For tests: a mapped file of these bytes.
#[cfg(test)]
#[cfg(not(miri))]
pub(super) fn mapping_of(bytes: &[u8]) -> Arc<dyn Mapping> {
    let mut file = tempfile::tempfile().unwrap();
    std::io::Write::write_all(&mut file, bytes).unwrap();
    // SAFETY: nobody else has the file.
    #[allow(unsafe_code, reason = "mapping a file has no safe interface")]
    Arc::new(unsafe { Mmap::map(&file) }.unwrap())
}

/// For tests under Miri, which maps no files: the bytes in memory, aligned like a mapping's columns.
#[cfg(test)]
#[cfg(miri)]
pub(super) fn mapping_of(bytes: &[u8]) -> Arc<dyn Mapping> {
    struct Words(Vec<u64>, usize);
    // SAFETY: nobody changes the list.
    #[allow(unsafe_code, reason = "columns rely on it")]
    unsafe impl Mapping for Words {
        fn bytes(&self) -> &[u8] {
            &bytemuck::cast_slice(&self.0)[..self.1]
        }
    }
    let mut words = vec![0; bytes.len().div_ceil(8)];
    bytemuck::cast_slice_mut(&mut words)[..bytes.len()].copy_from_slice(bytes);
    Arc::new(Words(words, bytes.len()))
}

#[cfg(test)]
mod tests {
    use super::{Column, WideColumn, WideRows, mapping_of};

    #[test]
    fn rows_of_a_mapped_file_read_like_owned_ones() {
        let map = mapping_of(bytemuck::cast_slice(&[1u32, 2, 3, 4]));
        let column: Column<u32> = Column::mapped(&map, 4..16).unwrap();
        assert_eq!(column, Column::from(vec![2, 3, 4]));
        let copy = column.clone();
        drop((column, map));
        assert_eq!(copy[2], 4);
        assert_eq!(copy.into_vec(), [2, 3, 4]);
        assert_eq!(Column::from(vec![7, 8]).into_vec(), [7, 8]);
    }

    #[test]
    fn what_cannot_be_rows_is_no_column() {
        let map = mapping_of(&[0; 64]);
        for (bytes, why) in [(2..14, "misaligned"), (0..15, "not whole"), (60..68, "behind the end")] {
            assert!(Column::<u32>::mapped(&map, bytes).is_none(), "{why}");
        }
        assert_eq!(Column::<u8>::mapped(&map, 3..14).unwrap().len(), 11);
    }

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
