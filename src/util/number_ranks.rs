//! The places of numbers among those that occur: of few different ones they take fewer bits than the numbers.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::{Cancelled, Progress, SortKey};

/// Rows that are looked at to guess whether there are few different numbers.
const SAMPLE: u32 = 1 << 10;
/// So many different large numbers there may be.
const MOST_LARGE: usize = 1 << 12;
/// Rows whose numbers are asked for at a time.
const BLOCK: usize = 1 << 10;

/// Numbers that occur, each with its place among them.
#[derive(Debug)]
pub(super) struct NumberRanks {
    /// A bit for each small number, and how many numbers the words before have: side by side, as both are needed.
    words: Vec<(u64, u32)>,
    /// Numbers behind those of the words, ascending.
    large: Vec<u64>,
    len: u64,
}

impl NumberRanks {
    /// Of a key's numbers for the rows from 0 to `rows`, as `code` writes them. `None` when there are too
    /// many different ones for this to help.
    pub(super) fn new(
        rows: u32,
        key: &dyn SortKey,
        code: impl Fn(u64) -> u64 + Sync,
        progress: &Progress,
    ) -> Result<Option<Self>, Cancelled> {
        if many_differ(rows, key) {
            return Ok(None);
        }
        let words: Vec<AtomicU64> = (0..rows.div_ceil(u64::BITS)).map(|_| AtomicU64::new(0)).collect();
        let starts: Vec<u32> = (0..rows).step_by(BLOCK).collect();
        let large = starts
            .into_par_iter()
            .try_fold(Marking::default, |mut marking, start| {
                progress.check()?;
                marking.mark((start..rows.min(start.saturating_add(BLOCK as u32)), key, &code), &words);
                Ok(marking)
            })
            .map(|marking| marking.map(|marking| marking.large))
            .try_reduce(FxHashSet::default, |mut all, part| {
                all.extend(part);
                Ok(all)
            })?;
        if large.len() > MOST_LARGE {
            return Ok(None);
        }
        let mut large: Vec<u64> = large.into_iter().collect();
        large.sort_unstable();
        Ok(Some(Self::of(words.into_iter().map(AtomicU64::into_inner).collect(), large)))
    }

    fn of(words: Vec<u64>, large: Vec<u64>) -> Self {
        let mut small = 0;
        let count = |word: u64| {
            small += word.count_ones();
            (word, small - word.count_ones())
        };
        let words = words.into_iter().map(count).collect();
        let len = u64::from(small) + large.len() as u64;
        Self { words, large, len }
    }

    /// How many numbers occur.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// How many of the numbers are less than one of them.
    #[inline]
    pub(super) fn rank(&self, number: u64) -> u64 {
        let (row, bit) = ((number / 64) as usize, 1u64 << (number % 64));
        match self.words.get(row) {
            Some((word, before)) => u64::from(before + (word & (bit - 1)).count_ones()),
            None => {
                let behind = self.large.partition_point(|&other| other < number);
                self.len - (self.large.len() - behind) as u64
            }
        }
    }
}

/// Whether most of some rows across the list have numbers of their own.
fn many_differ(rows: u32, key: &dyn SortKey) -> bool {
    let sample: Vec<u32> = (0..rows).step_by(rows.div_ceil(SAMPLE) as usize).collect();
    let mut numbers = vec![0; sample.len()];
    key.numbers(&sample, &mut numbers);
    numbers.sort_unstable();
    numbers.dedup();
    numbers.len() > sample.len() / 2
}

/// What a thread has found.
#[derive(Default)]
struct Marking {
    large: FxHashSet<u64>,
    rows: Vec<u32>,
    numbers: Vec<u64>,
}

impl Marking {
    fn mark(
        &mut self,
        (rows, key, code): (std::ops::Range<u32>, &dyn SortKey, &impl Fn(u64) -> u64),
        words: &[AtomicU64],
    ) {
        self.rows.clear();
        self.rows.extend(rows);
        self.numbers.resize(self.rows.len(), 0);
        key.numbers(&self.rows, &mut self.numbers);
        for &number in &self.numbers {
            let number = code(number);
            let bit = 1u64 << (number % 64);
            match words.get((number / 64) as usize) {
                // Most are there already: a look costs less than a write that all cores must hear of.
                Some(word) if word.load(Relaxed) & bit == 0 => {
                    word.fetch_or(bit, Relaxed);
                }
                None if self.large.len() <= MOST_LARGE => {
                    self.large.insert(number);
                }
                Some(_) | None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_LARGE, NumberRanks};
    use crate::util::{Progress, SortKey};

    struct Numbers(Vec<u64>);

    impl SortKey for Numbers {
        fn numbers(&self, rows: &[u32], numbers: &mut [u64]) {
            numbers.iter_mut().zip(rows).for_each(|(number, &row)| *number = self.0[row as usize]);
        }
    }

    fn ranks_of(numbers: &[u64]) -> Option<NumberRanks> {
        let key = Numbers(numbers.to_vec());
        NumberRanks::new(numbers.len() as u32, &key, |number| number - 7, &Progress::new()).unwrap()
    }

    #[test]
    fn small_and_large_numbers_are_counted_in_ascending_order() {
        let different = [7, 8, 71, 72, 5000, 1 << 40, u64::MAX - 1, u64::MAX];
        let numbers: Vec<u64> = different.iter().rev().copied().cycle().take(6000).collect();
        let ranks = ranks_of(&numbers).unwrap();
        assert_eq!(ranks.len(), 8);
        assert_eq!(different.map(|number| ranks.rank(number - 7)), [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn where_many_differ_there_are_none() {
        assert!(ranks_of(&(7..9000).collect::<Vec<u64>>()).is_none());
        // The sample sees nothing of it.
        let rare = |row: u64| if row % 8 == 0 { 7 } else { row << 32 };
        assert!(ranks_of(&(0..8192).map(rare).collect::<Vec<u64>>()).is_none());
        const { assert!(8192 - 8192 / 8 > MOST_LARGE) };
    }
}
