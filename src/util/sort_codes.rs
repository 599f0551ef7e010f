//! The numbers that rows are sorted by, packed into one word a row: as few bits as order most rows.
//!
//! Nearly all sizes are small and a few are huge; nearly all distances are short and one stands for
//! what nothing reaches. So a few rows at one end of a key's numbers may share one code, and keys
//! that find no room are left out. Words then order most rows; [`Layout::doubt`] tells of the others.

use rayon::prelude::*;

use super::sorted_rows::DIGIT;
use super::{Cancelled, Progress, SortKey};

/// Rows whose numbers are asked for at a time.
pub(super) const BLOCK: usize = 1 << 10;
/// Rows that are looked at to learn how a key's numbers are spread.
pub(super) const SAMPLE: usize = 1 << 11;
/// Sorting a row that shares a code takes as long as so many bits of one more row.
const SHARED: u64 = 300;

/// The rows to sort.
#[derive(Clone, Copy)]
pub(super) enum Rows<'a> {
    /// All from 0 to this one.
    Below(u32),
    /// These.
    Listed(&'a [u32]),
}

impl Rows<'_> {
    /// How many there are.
    pub(super) fn len(self) -> u32 {
        match self {
            Self::Below(end) => end,
            Self::Listed(rows) => rows.len() as u32, // not more than there are rows
        }
    }

    /// Puts the rows at some places into `rows`.
    pub(super) fn get(self, places: impl Iterator<Item = u32>, rows: &mut Vec<u32>) {
        rows.clear();
        match self {
            Self::Below(_) => rows.extend(places),
            Self::Listed(list) => rows.extend(places.map(|place| list[place as usize])),
        }
    }
}

/// What is known of a key's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field {
    least: u64,
    greatest: u64,
    /// Bits that are not the same in all numbers.
    varying: u64,
}

impl Field {
    const NONE: Self = Self { least: u64::MAX, greatest: 0, varying: 0 };

    fn take_in(self, number: u64, first: u64) -> Self {
        Self {
            least: self.least.min(number),
            greatest: self.greatest.max(number),
            varying: self.varying | (number ^ first),
        }
    }

    fn join(self, other: Self) -> Self {
        let is_empty = |field: Self| field.least > field.greatest;
        let between = if is_empty(self) || is_empty(other) { 0 } else { self.least ^ other.least };
        Self {
            least: self.least.min(other.least),
            greatest: self.greatest.max(other.greatest),
            varying: self.varying | other.varying | between,
        }
    }
}

/// The codes of a key: in the order of its numbers, but for those that share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Coding {
    key: usize,
    field: Field,
    /// Low bits that all numbers have in common.
    shift: u32,
    /// Whether codes are counted down from the greatest number, not up from the least.
    from_greatest: bool,
    bits: u32,
    /// The code that numbers share which are further away than codes reach.
    shared: Option<u64>,
}

impl Coding {
    /// `None` when all numbers are the same.
    ///
    /// What is left of a list after a first sort is coded exactly, without a sample: numbers made to mislead
    /// would leave as many undecided each time.
    fn new(key: usize, field: Field, sample: Option<&[u64]>) -> Option<Self> {
        if field.least >= field.greatest {
            return None;
        }
        let whole = Self {
            key,
            field,
            shift: field.varying.trailing_zeros(),
            from_greatest: false,
            bits: bits_of((field.greatest - field.least) >> field.varying.trailing_zeros()),
            shared: None,
        };
        let Some(sample) = sample else { return Some(whole) };
        let ends = [false, true].map(|from_greatest| Self { from_greatest, ..whole }.fitted(sample));
        ends.into_iter().min_by_key(|&(cost, _)| cost).map(|(_, coding)| coding)
    }

    /// With as many bits as cost least, and that cost for all the rows of the sample.
    fn fitted(self, sample: &[u64]) -> (u64, Self) {
        let all = self.bits;
        let mut of_length = [0u64; u64::BITS as usize + 1];
        for &number in sample {
            of_length[bits_of(self.distance(number)) as usize] += 1;
        }
        let mut outside = 0;
        let mut best = (u64::from(all) * sample.len() as u64, self);
        for bits in (1..all).rev() {
            outside += of_length[bits as usize + 1];
            let cost = u64::from(bits) * sample.len() as u64 + outside * SHARED;
            if cost < best.0 {
                let shared = Some(if self.from_greatest { 0 } else { low_bits(bits) });
                best = (cost, Self { bits, shared, ..self });
            }
        }
        best
    }

    /// How far a number is from the end that codes are counted from.
    #[inline]
    fn distance(self, number: u64) -> u64 {
        let distance =
            if self.from_greatest { self.field.greatest - number } else { number - self.field.least };
        distance >> self.shift
    }

    #[inline]
    fn code(self, number: u64) -> u64 {
        let most = low_bits(self.bits);
        let code = self.distance(number).min(most);
        if self.from_greatest { most - code } else { code }
    }
}

fn bits_of(number: u64) -> u32 {
    u64::BITS - number.leading_zeros()
}

/// The number whose `bits` low bits are set; at least one.
fn low_bits(bits: u32) -> u64 {
    u64::MAX >> (u64::BITS - bits)
}

/// A key's codes in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    coding: Coding,
    /// Low bits of the code that found no room.
    cut: u32,
    /// Where in the word its lowest bit is.
    place: u32,
}

impl Part {
    /// Where the code was cut, others may look like the shared one: they are sorted with it.
    fn shared_code(&self) -> Option<SharedCode> {
        let mask = low_bits(self.coding.bits - self.cut) << self.place;
        let code = self.coding.shared? >> self.cut << self.place;
        Some(SharedCode { mask, code, doubt: u64::MAX << self.place })
    }
}

/// How a word is made up: the codes of the keys, the first key's highest, and the row's place in the list below.
#[derive(Debug)]
pub(super) struct Layout {
    parts: Vec<Part>,
    /// Bits of the row's place.
    pub(super) row_bits: u32,
    /// Bits of the codes.
    pub(super) code_bits: u32,
    /// The shared codes, the first key's first.
    shared: Vec<SharedCode>,
    /// Of words that have no shared code: see [`Self::doubt`].
    doubt_of_others: u64,
}

/// A code that numbers share, as words have it.
#[derive(Clone, Copy, Debug)]
struct SharedCode {
    /// The bits of its key.
    mask: u64,
    /// What they are.
    code: u64,
    /// See [`Layout::doubt`].
    doubt: u64,
}

impl Layout {
    fn new(rows: u32, codings: &[Coding]) -> Self {
        let row_bits = u32::BITS - rows.saturating_sub(1).leading_zeros();
        let wanted: u32 = codings.iter().map(|coding| coding.bits).sum();
        let room = u64::BITS - row_bits;
        // What does not fit is looked at afterwards anyway: a last pass for the sake of few bits is not worth it.
        let code_bits = if wanted <= room { wanted } else { room - room % DIGIT };
        let mut left = code_bits;
        let mut parts = Vec::new();
        for &coding in codings {
            let bits = coding.bits.min(left);
            left -= bits;
            if bits > 0 {
                parts.push(Part { coding, cut: coding.bits - bits, place: row_bits + left });
            }
        }
        let shared = parts.iter().filter_map(Part::shared_code).collect();
        let doubt_of_others = if wanted > code_bits { u64::MAX << row_bits } else { u64::MAX };
        Self { parts, row_bits, code_bits, shared, doubt_of_others }
    }

    /// The place in the list that a word belongs to.
    #[inline]
    pub(super) fn row(&self, word: u64) -> u32 {
        (word & ((1 << self.row_bits) - 1)) as u32
    }

    /// Whether words may not order all rows.
    pub(super) fn has_doubts(&self) -> bool {
        self.doubt_of_others != u64::MAX || !self.shared.is_empty()
    }

    /// The bits of a word that decided its row's place. Among rows that have these bits in common, words do
    /// not tell the order, unless these are all bits.
    #[inline]
    pub(super) fn doubt(&self, word: u64) -> u64 {
        let shared = self.shared.iter().find(|shared| word & shared.mask == shared.code);
        shared.map_or(self.doubt_of_others, |shared| shared.doubt)
    }

    /// The words of the rows from a place of the list on.
    pub(super) fn pack(
        &self,
        (keys, rows): (&[&dyn SortKey], &[u32]),
        first: u32,
        numbers: &mut Vec<u64>,
        words: &mut [u64],
    ) {
        numbers.resize(rows.len(), 0);
        for (word, place) in words.iter_mut().zip(first..) {
            *word = place.into();
        }
        for &Part { coding, cut, place } in &self.parts {
            keys[coding.key].numbers(rows, numbers);
            for (word, &number) in words.iter_mut().zip(&*numbers) {
                *word |= coding.code(number) >> cut << place;
            }
        }
    }
}

/// Looks at all numbers once. `None` when rows are in order as they are.
pub(super) fn layout(
    rows: Rows<'_>,
    keys: &[&dyn SortKey],
    progress: &Progress,
) -> Result<Option<Layout>, Cancelled> {
    let Survey { fields, unsorted } = survey(rows, keys, progress)?;
    if unsorted == 0 {
        return Ok(None);
    }
    let mut codings = Vec::new();
    let mut numbers = Vec::new();
    let sample = sample(rows);
    for (place, (key, &field)) in keys.iter().zip(&fields).enumerate().take(unsorted) {
        let numbers = sample.as_ref().map(|sample| {
            numbers.resize(sample.len(), 0);
            key.numbers(sample, &mut numbers);
            &*numbers
        });
        codings.extend(Coding::new(place, field, numbers));
    }
    Ok(Some(Layout::new(rows.len(), &codings)))
}

/// Some of all rows. `None` where only some are to be sorted: see [`Coding::new`].
fn sample(rows: Rows<'_>) -> Option<Vec<u32>> {
    let Rows::Below(end) = rows else { return None };
    let step = (end as usize).div_ceil(SAMPLE).max(1);
    Some((0..end).step_by(step).collect())
}

/// What is known of rows before they are sorted.
struct Survey {
    /// By key.
    fields: Vec<Field>,
    /// So many keys, from the first on, must be sorted by: by the others rows are in order.
    unsorted: usize,
}

fn survey(rows: Rows<'_>, keys: &[&dyn SortKey], progress: &Progress) -> Result<Survey, Cancelled> {
    let starts: Vec<u32> = (0..rows.len()).step_by(BLOCK).collect();
    let found = starts
        .into_par_iter()
        .try_fold(Surveyor::default, |mut surveyor, start| {
            progress.check()?;
            // One more than the block has, so that each row is compared with the next one.
            let end = rows.len().min(start.saturating_add(BLOCK as u32 + 1));
            rows.get(start..end, &mut surveyor.rows);
            surveyor.look(keys);
            Ok(surveyor)
        })
        .map(|surveyor| surveyor.map(|surveyor| surveyor.found))
        .try_reduce(
            || vec![Found::NOTHING; keys.len()],
            |mut all, part| {
                all.iter_mut().zip(part).for_each(|(all, part)| *all = all.join(part));
                Ok(all)
            },
        )?;
    let unsorted = found.iter().position(|found| found.in_order).unwrap_or(keys.len());
    Ok(Survey { fields: found.into_iter().map(|found| found.field).collect(), unsorted })
}

/// What a key's numbers were found to be.
#[derive(Clone, Copy)]
struct Found {
    field: Field,
    /// Whether rows are in order by this key and those behind it.
    in_order: bool,
}

impl Found {
    const NOTHING: Self = Self { field: Field::NONE, in_order: true };

    fn join(self, other: Self) -> Self {
        Self { field: self.field.join(other.field), in_order: self.in_order && other.in_order }
    }
}

/// Looks at rows, a block at a time.
#[derive(Default)]
struct Surveyor {
    /// By key; empty before the first block.
    found: Vec<Found>,
    rows: Vec<u32>,
    numbers: Vec<u64>,
    /// Whether a row comes before the next one, or is equal to it, by the keys seen so far.
    in_order: Vec<bool>,
}

impl Surveyor {
    fn look(&mut self, keys: &[&dyn SortKey]) {
        self.found.resize(keys.len(), Found::NOTHING);
        self.numbers.resize(self.rows.len(), 0);
        self.in_order.clear();
        self.in_order.resize(self.rows.len() - 1, true); // blocks have one row at least
        // Whether rows are in order matters to no key before this one.
        let open = self.found.iter().position(|found| found.in_order).unwrap_or(keys.len());
        let numbers = &mut self.numbers;
        for (place, (key, found)) in keys.iter().zip(&mut self.found).enumerate().rev() {
            key.numbers(&self.rows, numbers);
            let first = numbers[0];
            let field = numbers.iter().fold(Field::NONE, |field, &number| field.take_in(number, first));
            found.field = found.field.join(field);
            if place < open {
                continue;
            }
            for (in_order, pair) in self.in_order.iter_mut().zip(numbers.windows(2)) {
                *in_order = pair[0] < pair[1] || (pair[0] == pair[1] && *in_order);
            }
            found.in_order &= self.in_order.iter().all(|&in_order| in_order);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Rows, SortKey, layout};
    use crate::util::Progress;

    /// Small numbers, but for one.
    struct OneIsLarge;

    impl SortKey for OneIsLarge {
        fn numbers(&self, rows: &[u32], numbers: &mut [u64]) {
            for (&row, number) in rows.iter().zip(numbers) {
                *number = if row == 77 { u64::MAX } else { u64::from(row * 7 % 16) };
            }
        }
    }

    #[test]
    fn a_rare_large_number_takes_no_bits_from_the_others_but_in_what_is_left_to_sort() {
        let layout = |rows| layout(rows, &[&OneIsLarge], &Progress::new()).unwrap().unwrap();
        let all = layout(Rows::Below(5000));
        assert!(all.code_bits <= 5 && all.has_doubts(), "{all:?}");
        let list: Vec<u32> = (70..80).collect();
        let some = layout(Rows::Listed(&list));
        assert_eq!(some.code_bits, 55, "as many as find room in whole passes: {some:?}");
        let list: Vec<u32> = (78..90).collect();
        let small = layout(Rows::Listed(&list));
        assert!(small.code_bits == 4 && !small.has_doubts(), "{small:?}");
    }
}
