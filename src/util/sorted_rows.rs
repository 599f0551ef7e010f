//! The order of rows by several numbers each: a stable radix sort that runs in parallel and takes
//! 16 bytes a row.
//!
//! The numbers are packed with the row into one word, so that a word is all that moves. What the
//! words leave undecided is sorted afterwards, run by run.

use std::cmp::Ordering;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;

use super::sort_codes::{BLOCK, Layout, Rows, layout};
use super::{Cancelled, Progress};

/// What rows are sorted by: a number for each row, smaller ones first.
pub trait SortKey: Sync {
    /// The numbers of some rows; `numbers` is as long as `rows`.
    fn numbers(&self, rows: &[u32], numbers: &mut [u64]);
}

/// Fewer rows than that are sorted by comparing.
const FEW: usize = 1 << 10;
/// A pass sorts by so many bits at most: more make it slower than two passes of half as many.
pub(super) const DIGIT: u32 = 11;
/// Rows between two looks at whether the work was cancelled.
const STEP: usize = 1 << 16;

/// Rows from 0 on in an order.
#[derive(Debug)]
pub struct RowOrder {
    /// In each, below, a row.
    words: Vec<AtomicU64>,
    /// The bits that it takes.
    mask: u64,
}

impl RowOrder {
    /// Puts a list that has as many entries into this order. `pack` and `unpack` are each other's inverse.
    pub fn apply<T: Copy + Send + Sync>(
        self,
        list: &mut [T],
        pack: impl Fn(T) -> u32 + Sync,
        unpack: impl Fn(u32) -> T + Sync,
    ) {
        let packed = |word: &AtomicU64| {
            let row = (word.load(Relaxed) & self.mask) as usize;
            word.store(pack(list[row]).into(), Relaxed); // a row of the list
        };
        self.words.par_iter().for_each(packed);
        let unpacked = |(entry, word): (&mut T, &AtomicU64)| *entry = unpack(word.load(Relaxed) as u32);
        list.par_iter_mut().zip(&self.words).for_each(unpacked);
    }
}

/// The rows from 0 to `rows` in the order of their numbers: by the first key, then by the second,
/// and so on. Those that are equal in all keep their order.
pub fn sorted_rows(rows: u32, keys: &[&dyn SortKey], progress: &Progress) -> Result<RowOrder, Cancelled> {
    sorted_places(Rows::Below(rows), keys, progress)
}

/// The places of a list in the order of the rows that stand there.
fn sorted_places(rows: Rows<'_>, keys: &[&dyn SortKey], progress: &Progress) -> Result<RowOrder, Cancelled> {
    progress.check()?;
    if (rows.len() as usize) < FEW {
        return Ok(sorted_by_comparing(rows, keys));
    }
    let Some(layout) = layout(rows, keys, progress)? else {
        let words = (0..rows.len()).into_par_iter().map(|row| AtomicU64::new(row.into()));
        return Ok(RowOrder { words: words.collect(), mask: u32::MAX.into() });
    };
    let mut words = zeros(rows.len());
    pack(&mut words, &layout, (rows, keys), progress)?;
    sort_words(&mut words, &layout, progress)?;
    if layout.has_doubts() {
        settle_doubts(&mut words, &layout, (rows, keys), progress)?;
    }
    Ok(RowOrder { words, mask: (1 << layout.row_bits) - 1 })
}

fn sorted_by_comparing(rows: Rows<'_>, keys: &[&dyn SortKey]) -> RowOrder {
    let places: Vec<u32> = (0..rows.len()).collect();
    let mut comparing = Comparing::default();
    let sorted = comparing.sort(rows, &places, keys);
    let words = sorted.iter().map(|&place| AtomicU64::new(place.into())).collect();
    RowOrder { words, mask: u32::MAX.into() }
}

/// Sorts few rows.
#[derive(Default)]
struct Comparing {
    rows: Vec<u32>,
    /// Those of the first key, then those of the second, and so on.
    numbers: Vec<u64>,
    /// Which of the places comes first, second, and so on.
    order: Vec<u32>,
    sorted: Vec<u32>,
}

impl Comparing {
    /// Some places of a list in the order of the rows that stand there, equal ones ascending.
    fn sort(&mut self, rows: Rows<'_>, places: &[u32], keys: &[&dyn SortKey]) -> &[u32] {
        let Self { rows: list, numbers, order, sorted } = self;
        rows.get(places.iter().copied(), list);
        numbers.clear();
        numbers.resize(list.len() * keys.len(), 0);
        let length = list.len().max(1);
        for (key, numbers) in keys.iter().zip(numbers.chunks_exact_mut(length)) {
            key.numbers(list, numbers);
        }
        let compare = |&a: &u32, &b: &u32| {
            let (a, b) = (a as usize, b as usize);
            let by_keys = numbers.chunks_exact(length).map(|numbers| numbers[a].cmp(&numbers[b]));
            by_keys.fold(Ordering::Equal, Ordering::then).then_with(|| places[a].cmp(&places[b]))
        };
        order.clear();
        order.extend(0..list.len() as u32); // few
        order.sort_unstable_by(compare);
        sorted.clear();
        sorted.extend(order.iter().map(|&which| places[which as usize]));
        sorted
    }
}

fn zeros(rows: u32) -> Vec<AtomicU64> {
    (0..rows).into_par_iter().map(|_| AtomicU64::new(0)).collect()
}

/// Fills the words of all rows.
fn pack(
    words: &mut [AtomicU64],
    layout: &Layout,
    (rows, keys): (Rows<'_>, &[&dyn SortKey]),
    progress: &Progress,
) -> Result<(), Cancelled> {
    words.par_chunks_mut(BLOCK).enumerate().try_for_each_init(
        || (Vec::new(), Vec::new(), [0; BLOCK]),
        |(list, numbers, packed), (block, words)| {
            progress.check()?;
            let first = (block * BLOCK) as u32; // words are as many as rows
            rows.get(first..first + words.len() as u32, list);
            layout.pack((keys, list), first, numbers, &mut packed[..words.len()]);
            for (word, packed) in words.iter_mut().zip(packed) {
                *word.get_mut() = *packed;
            }
            Ok(())
        },
    )
}

/// Sorts by the bits of the codes; words that have them in common keep their order.
fn sort_words(words: &mut Vec<AtomicU64>, layout: &Layout, progress: &Progress) -> Result<(), Cancelled> {
    let mut other = zeros(words.len() as u32); // as many as rows
    let bits = layout.code_bits;
    let passes = bits.div_ceil(DIGIT);
    for pass in 0..passes {
        let (low, high) = (bits * pass / passes, bits * (pass + 1) / passes);
        let digit = Digit { shift: layout.row_bits + low, bits: high - low };
        if scatter(words, &other, digit, progress)? {
            std::mem::swap(words, &mut other);
        }
    }
    Ok(())
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

/// Sorts what the words, once they are sorted, leave undecided.
fn settle_doubts(
    words: &mut [AtomicU64],
    layout: &Layout,
    (rows, keys): (Rows<'_>, &[&dyn SortKey]),
    progress: &Progress,
) -> Result<(), Cancelled> {
    /// More than there are threads, so that none waits long for the others.
    const PARTS: usize = 64;
    let mut parts = Vec::with_capacity(PARTS);
    let mut rest = words;
    for left in (1..=PARTS).rev() {
        let end = run_end(rest, rest.len() / left, layout);
        let (part, behind) = std::mem::take(&mut rest).split_at_mut(end);
        rest = behind;
        parts.push(part);
    }
    parts.into_par_iter().try_for_each(|part| Runs { layout, rows, keys, progress }.settle(part))
}

/// The first place from `from` on at which no run goes on.
fn run_end(words: &[AtomicU64], from: usize, layout: &Layout) -> usize {
    let mut end = from;
    while end > 0 && end < words.len() {
        let [before, word] = [end - 1, end].map(|place| words[place].load(Relaxed));
        if (before ^ word) & layout.doubt(word) != 0 {
            break;
        }
        end += 1;
    }
    end
}

/// Settles runs: words next to each other that leave their order undecided.
struct Runs<'a> {
    layout: &'a Layout,
    rows: Rows<'a>,
    keys: &'a [&'a dyn SortKey],
    progress: &'a Progress,
}

impl Runs<'_> {
    fn settle(&self, words: &mut [AtomicU64]) -> Result<(), Cancelled> {
        let mut scratch = Scratch::default();
        let mut start = 0;
        let mut checked = 0;
        while start < words.len() {
            if start >= checked {
                self.progress.check()?;
                checked = start + STEP;
            }
            let word = words[start].load(Relaxed);
            let doubt = self.layout.doubt(word);
            if doubt == u64::MAX {
                start += 1;
                continue;
            }
            let is_in_run = |other: &&AtomicU64| (other.load(Relaxed) ^ word) & doubt == 0;
            let length = 1 + words[start + 1..].iter().take_while(is_in_run).count();
            if length > 1 {
                self.settle_run(&mut words[start..start + length], &mut scratch)?;
            }
            start += length;
        }
        Ok(())
    }

    fn settle_run(&self, words: &mut [AtomicU64], scratch: &mut Scratch) -> Result<(), Cancelled> {
        let Scratch { places, comparing } = scratch;
        places.clear();
        places.extend(words.iter().map(|word| self.layout.row(word.load(Relaxed))));
        if places.len() < FEW {
            store(words, comparing.sort(self.rows, places, self.keys));
            return Ok(());
        }
        places.sort_unstable(); // equal rows keep the order they had in the list
        let mut list = Vec::new();
        self.rows.get(places.iter().copied(), &mut list);
        let order = sorted_places(Rows::Listed(&list), self.keys, self.progress)?;
        order.apply(places, |place| place, |place| place);
        store(words, places);
        Ok(())
    }
}

fn store(words: &mut [AtomicU64], places: &[u32]) {
    for (word, &place) in words.iter_mut().zip(places) {
        *word.get_mut() = place.into();
    }
}

/// What a run is settled in.
#[derive(Default)]
struct Scratch {
    places: Vec<u32>,
    comparing: Comparing,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{FEW, RowOrder, SortKey, sorted_rows};
    use crate::util::Progress;
    use crate::util::sort_codes::SAMPLE;

    struct Numbers(Vec<u64>);

    impl SortKey for Numbers {
        fn numbers(&self, rows: &[u32], numbers: &mut [u64]) {
            numbers.iter_mut().zip(rows).for_each(|(number, &row)| *number = self.0[row as usize]);
        }
    }

    fn list(order: RowOrder, rows: u32) -> Vec<u32> {
        let mut list: Vec<u32> = (0..rows).collect();
        order.apply(&mut list, |row| row, |row| row);
        list
    }

    /// Numbers of which those that are looked at to guess how the rest is spread are all alike; and of the
    /// rest again, and so on.
    fn misleading(rows: u32) -> Vec<u64> {
        let mut numbers = vec![0; rows as usize];
        let mut rest: Vec<u32> = (0..rows).collect();
        let mut level = 0;
        while !rest.is_empty() {
            let step = rest.len().div_ceil(SAMPLE);
            rest.iter().step_by(step).for_each(|&row| numbers[row as usize] = level);
            rest = rest.into_iter().enumerate().filter(|(at, _)| at % step > 0).map(|(_, row)| row).collect();
            level += 1 << 20;
        }
        numbers
    }

    #[test]
    fn numbers_that_mislead_at_every_look_are_sorted_all_the_same() {
        let rows = if cfg!(miri) { 1 << 13 } else { 1 << 18 };
        let numbers = misleading(rows);
        let mut expected: Vec<u32> = (0..rows).collect();
        expected.sort_by_key(|&row| numbers[row as usize]);
        let sorted = sorted_rows(rows, &[&Numbers(numbers)], &Progress::new()).unwrap();
        assert_eq!(list(sorted, rows), expected);
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
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 120 }))]
        #[test]
        fn rows_are_ordered_as_by_comparing_all_their_numbers(
            rows in prop_oneof![0..FEW as u32, FEW as u32..4 * FEW as u32],
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
            prop_assert_eq!(list(sorted, rows), expected);
        }
    }
}
