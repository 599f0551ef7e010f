//! The order of rows by several numbers each: a stable radix sort that runs in parallel and takes
//! 16 bytes a row.
//!
//! Only the bits in which rows differ are sorted by. They are packed with the row's own number into
//! one word, so that a word is all that moves; where they do not fit, rows are sorted by the last
//! numbers first, then by those before. Of a key with few different numbers their places among each
//! other are enough.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;

use super::number_ranks::NumberRanks;
use super::{Cancelled, Progress};

/// What rows are sorted by: a number for each row, smaller ones first.
pub trait SortKey: Sync {
    /// The numbers of some rows; `numbers` is as long as `rows`.
    fn numbers(&self, rows: &[u32], numbers: &mut [u64]);
}

/// Fewer rows than that are sorted by comparing.
const FEW: u32 = 1 << 10;
/// Rows whose numbers are asked for at a time.
const BLOCK: usize = 1 << 10;
/// A pass sorts by so many bits at most: more make it slower than two passes of half as many.
const DIGIT: u32 = 11;

/// The rows from 0 to `rows` in the order of their numbers: by the first key, then by the second,
/// and so on. Those that are equal in all keep their order.
pub fn sorted_rows(rows: u32, keys: &[&dyn SortKey], progress: &Progress) -> Result<Vec<u32>, Cancelled> {
    progress.check()?;
    if rows < FEW {
        return Ok(sorted_by_comparing(rows, keys));
    }
    let Survey { fields, unsorted } = survey(rows, keys, progress)?;
    if unsorted == 0 {
        return Ok((0..rows).collect());
    }
    let codings = codings(rows, &keys[..unsorted], &fields, progress)?;
    let row_bits = u32::BITS - (rows - 1).leading_zeros();
    let mut words = zeros(rows);
    let mut other = zeros(rows);
    for (phase, parts) in phases(&codings, u64::BITS - row_bits).iter().enumerate() {
        let row_mask = if phase == 0 { None } else { Some((1u64 << row_bits) - 1) };
        let bits = pack(&words, row_mask, (keys, &codings, parts, row_bits), progress)?;
        let passes = bits.div_ceil(DIGIT);
        for pass in 0..passes {
            let (low, high) = (bits * pass / passes, bits * (pass + 1) / passes);
            let digit = Digit { shift: row_bits + low, bits: high - low };
            if scatter(&words, &other, digit, progress)? {
                std::mem::swap(&mut words, &mut other);
            }
        }
    }
    drop(other);
    let row_mask = (1u64 << row_bits) - 1;
    Ok(words.par_iter().map(|word| (word.load(Relaxed) & row_mask) as u32).collect())
}

fn sorted_by_comparing(rows: u32, keys: &[&dyn SortKey]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows).collect();
    let mut numbers = vec![0; order.len() * keys.len()];
    for (key, numbers) in keys.iter().zip(numbers.chunks_mut(order.len().max(1))) {
        key.numbers(&order, numbers);
    }
    let of_row = |row: u32| numbers.iter().skip(row as usize).step_by(rows as usize);
    order.sort_by(|&a, &b| of_row(a).cmp(of_row(b)));
    order
}

fn zeros(rows: u32) -> Vec<AtomicU64> {
    (0..rows).into_par_iter().map(|_| AtomicU64::new(0)).collect()
}

/// The bits of a key's numbers by which they differ.
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

    /// Low bits that all numbers have in common.
    fn shift(self) -> u32 {
        if self.varying == 0 { 0 } else { self.varying.trailing_zeros() }
    }

    /// How many bits the numbers take when counted from the least, in steps of the bits in common.
    fn bits(self) -> u32 {
        u64::BITS - ((self.greatest - self.least) >> self.shift()).leading_zeros()
    }
}

/// What is known of rows before they are sorted.
struct Survey {
    /// By key.
    fields: Vec<Field>,
    /// So many keys, from the first on, must be sorted by: by the others rows are in order.
    unsorted: usize,
}

/// Looks at all numbers once.
fn survey(rows: u32, keys: &[&dyn SortKey], progress: &Progress) -> Result<Survey, Cancelled> {
    let starts: Vec<u32> = (0..rows).step_by(BLOCK).collect();
    // Of each key: its field, and whether rows are in order by it and the keys behind it.
    let nothing = || vec![(Field::NONE, true); keys.len()];
    let found = starts
        .into_par_iter()
        .map_init(Vec::new, |numbers, start| {
            progress.check()?;
            // One more than the block has, so that each row is compared with the next one.
            let block: Vec<u32> = (start..rows.min(start.saturating_add(BLOCK as u32 + 1))).collect();
            Ok(survey_block(&block, keys, numbers))
        })
        .try_reduce(nothing, |mut all, part| {
            for (all, part) in all.iter_mut().zip(part) {
                *all = (all.0.join(part.0), all.1 && part.1);
            }
            Ok(all)
        })?;
    let unsorted = found.iter().position(|&(_, is_sorted)| is_sorted).unwrap_or(keys.len());
    Ok(Survey { fields: found.into_iter().map(|(field, _)| field).collect(), unsorted })
}

fn survey_block(block: &[u32], keys: &[&dyn SortKey], numbers: &mut Vec<u64>) -> Vec<(Field, bool)> {
    numbers.resize(block.len(), 0);
    // Whether a row comes before the next one, or is equal to it, by the keys seen so far.
    let mut in_order = vec![true; block.len() - 1]; // blocks have one row at least
    let mut found = Vec::with_capacity(keys.len());
    for key in keys.iter().rev() {
        key.numbers(block, numbers);
        let first = numbers[0];
        let field = numbers.iter().fold(Field::NONE, |field, &number| field.take_in(number, first));
        for (in_order, pair) in in_order.iter_mut().zip(numbers.windows(2)) {
            *in_order = pair[0] < pair[1] || (pair[0] == pair[1] && *in_order);
        }
        found.push((field, in_order.iter().all(|&in_order| in_order)));
    }
    found.reverse();
    found
}

/// How the numbers of a key are written in fewer bits, in the same order.
struct Coding {
    least: u64,
    shift: u32,
    /// Of the numbers without what the least one and the shift take away.
    ranks: Option<NumberRanks>,
    bits: u32,
}

impl Coding {
    #[inline]
    fn without_common(number: u64, least: u64, shift: u32) -> u64 {
        (number - least) >> shift
    }

    /// Codes of numbers, in their place.
    fn encode(&self, numbers: &mut [u64]) {
        let code = |number: u64| Self::without_common(number, self.least, self.shift);
        match &self.ranks {
            None => numbers.iter_mut().for_each(|number| *number = code(*number)),
            Some(ranks) => numbers.iter_mut().for_each(|number| *number = ranks.rank(code(*number))),
        }
    }
}

/// How the numbers of some keys are written.
fn codings(
    rows: u32,
    keys: &[&dyn SortKey],
    fields: &[Field],
    progress: &Progress,
) -> Result<Vec<Coding>, Cancelled> {
    let coding = |(&key, field): (&&dyn SortKey, &Field)| {
        let (least, shift, bits) = (field.least, field.shift(), field.bits());
        let code = |number| Coding::without_common(number, least, shift);
        let ranks = if bits > DIGIT { NumberRanks::new(rows, key, code, progress)? } else { None };
        let bits = ranks.as_ref().map_or(bits, |ranks| u64::BITS - (ranks.len() - 1).leading_zeros());
        Ok(Coding { least, shift, ranks, bits })
    };
    keys.iter().zip(fields).map(coding).collect()
}

/// A part of a key's codes that a word takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    key: usize,
    shift: u32,
    bits: u32,
}

/// What words hold beside the row in each phase, least significant first in each.
fn phases(codings: &[Coding], room: u32) -> Vec<Vec<Part>> {
    let mut phases: Vec<Vec<Part>> = Vec::new();
    let mut left = 0;
    for (key, coding) in codings.iter().enumerate().rev() {
        let mut shift = 0;
        let mut rest = coding.bits;
        while rest > 0 {
            let bits = rest.min(room);
            if bits > left {
                phases.push(Vec::new());
                left = room;
            }
            if let Some(phase) = phases.last_mut() {
                phase.push(Part { key, shift, bits });
            }
            left -= bits;
            shift += bits;
            rest -= bits;
        }
    }
    phases
}

/// Packs numbers and rows into the words: rows in their order, or as the words have them under a
/// mask. Gives how many bits stand above the row's.
fn pack(
    words: &[AtomicU64],
    row_mask: Option<u64>,
    (keys, codings, parts, row_bits): (&[&dyn SortKey], &[Coding], &[Part], u32),
    progress: &Progress,
) -> Result<u32, Cancelled> {
    words.par_chunks(BLOCK).enumerate().try_for_each_init(
        || (Vec::new(), Vec::new()),
        |(rows, numbers), (block, words)| {
            progress.check()?;
            rows.clear();
            let first = (block * BLOCK) as u32;
            match row_mask {
                None => rows.extend(first..first + words.len() as u32),
                Some(mask) => rows.extend(words.iter().map(|word| (word.load(Relaxed) & mask) as u32)),
            }
            for (word, &row) in words.iter().zip(&*rows) {
                word.store(row.into(), Relaxed);
            }
            let mut place = row_bits;
            for part in parts {
                numbers.resize(rows.len(), 0);
                keys[part.key].numbers(rows, numbers);
                codings[part.key].encode(numbers);
                let mask = u64::MAX >> (u64::BITS - part.bits);
                for (word, code) in words.iter().zip(&*numbers) {
                    let bits = (code >> part.shift & mask) << place;
                    word.store(word.load(Relaxed) | bits, Relaxed);
                }
                place += part.bits;
            }
            Ok(())
        },
    )?;
    Ok(parts.iter().map(|part| part.bits).sum())
}

/// Some bits of a word.
#[derive(Clone, Copy)]
struct Digit {
    shift: u32,
    bits: u32,
}

impl Digit {
    #[inline]
    fn of(self, word: u64) -> usize {
        (word >> self.shift) as usize & ((1 << self.bits) - 1)
    }
}

/// Moves words to where a digit wants them, those with equal digits in their order. Says whether
/// any had to move.
fn scatter(
    from: &[AtomicU64],
    to: &[AtomicU64],
    digit: Digit,
    progress: &Progress,
) -> Result<bool, Cancelled> {
    const STEP: usize = 1 << 16;
    let parts: Vec<&[AtomicU64]> = from.chunks(from.len().div_ceil(rayon::current_num_threads())).collect();
    let count = |part: &&[AtomicU64]| {
        let mut counts = vec![0u32; 1 << digit.bits];
        for words in part.chunks(STEP) {
            progress.check()?;
            for word in words {
                counts[digit.of(word.load(Relaxed))] += 1;
            }
        }
        Ok(counts)
    };
    let mut places: Vec<Vec<u32>> = parts.par_iter().map(count).collect::<Result<_, Cancelled>>()?;
    let mut next = 0;
    for value in 0..1 << digit.bits {
        let before = next;
        for part in &mut places {
            next += std::mem::replace(&mut part[value], next);
        }
        if (next - before) as usize == from.len() {
            return Ok(false);
        }
    }
    parts.into_par_iter().zip(places).try_for_each(|(part, mut places)| {
        for words in part.chunks(STEP) {
            progress.check()?;
            for word in words {
                let word = word.load(Relaxed);
                let place = &mut places[digit.of(word)];
                to[*place as usize].store(word, Relaxed);
                *place += 1;
            }
        }
        Ok(())
    })?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{FEW, SortKey, sorted_rows};
    use crate::util::Progress;

    struct Numbers(Vec<u64>);

    impl SortKey for Numbers {
        fn numbers(&self, rows: &[u32], numbers: &mut [u64]) {
            numbers.iter_mut().zip(rows).for_each(|(number, &row)| *number = self.0[row as usize]);
        }
    }

    /// A number for each of some numbers drawn at random, of a kind that tables have.
    fn number(kind: u8, drawn: u64) -> u64 {
        match kind {
            0 => 5,                                      // the same everywhere
            1 => drawn % 4,                              // few
            2 => 8 * (drawn % 1000),                     // sizes
            3 => !(drawn % 70 / 60 * 8 * (drawn >> 40)), // sizes, largest first, most of them 0
            4 => (1 << 31) - 3 + drawn % 7,              // distances around what reaches nothing
            5 => drawn & !1,                             // addresses
            _ => {
                if drawn % 9 == 0 {
                    u64::MAX
                } else {
                    drawn
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(120))]
        #[test]
        fn rows_are_ordered_as_by_comparing_all_their_numbers(
            rows in prop_oneof![0..FEW, FEW..4 * FEW],
            kinds in prop::collection::vec(0u8..7, 1..4),
            seed in any::<u64>(),
            ascending in prop::option::of(0usize..3),
            threads in 1usize..4,
        ) {
            let mut drawn = seed;
            let mut keys: Vec<Numbers> = Vec::new();
            for &kind in &kinds {
                let numbers = (0..rows).map(|_| {
                    drawn = drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    number(kind, drawn >> 1 ^ drawn >> 33)
                });
                keys.push(Numbers(numbers.collect()));
            }
            if let Some(key) = ascending.and_then(|key| keys.get_mut(key)) {
                key.0.sort_unstable();
            }
            let mut expected: Vec<u32> = (0..rows).collect();
            expected.sort_by_key(|&row| keys.iter().map(|key| key.0[row as usize]).collect::<Vec<_>>());
            let keys: Vec<&dyn SortKey> = keys.iter().map(|key| key as &dyn SortKey).collect();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let sorted = pool.install(|| sorted_rows(rows, &keys, &Progress::new())).unwrap();
            prop_assert_eq!(sorted, expected);
        }
    }
}
