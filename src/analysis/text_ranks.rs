//! Places of texts in the order of their UTF-16 units, a word at a time.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use super::text;
use crate::format::StringTable;
use crate::graph::StringIndex;
use crate::util::{Cancelled, Progress, RankedSet};

/// Up to here a text can be [begun](Texts::beginning).
pub(super) const LONGEST_BEGINNING: usize = 256;

/// Texts to rank, numbered from 0, encoded as [`text`] says.
pub(super) trait Texts: Sync {
    /// A text that is kept somewhere, in full or as far as it tells texts apart mostly.
    type Text<'a>: Ord
    where
        Self: 'a;

    /// At least `length` bytes of a text (at most [`LONGEST_BEGINNING`]), or all it has.
    fn beginning(&self, number: u32, length: usize) -> Cow<'_, [u8]>;

    /// A text that compares as it does in full.
    fn text(&self, number: u32) -> Self::Text<'_>;
}

/// The rank of each text by its number; equal texts have equal ranks. `numbers` are those that there
/// are, ascending; others below the last one have rank 0.
pub(super) fn text_ranks<T: Texts + ?Sized>(
    texts: &T,
    numbers: &[Range<u32>],
    progress: &Progress,
) -> Result<Vec<u32>, Cancelled> {
    progress.check()?;
    let mut items = Vec::with_capacity(numbers.iter().map(ExactSizeIterator::len).sum());
    items.extend(numbers.iter().cloned().flatten().map(Item::new));
    sort(texts, &mut items, 0, progress)?;
    let mut ranks = vec![0; numbers.last().map_or(0, |last| last.end as usize)];
    let mut different = 0u32;
    for item in &items {
        different += u32::from(item.is_new); // the first one is new
        ranks[item.number as usize] = different - 1;
    }
    Ok(ranks)
}

/// A text while it is sorted.
struct Item {
    /// Eight bytes of it as a number that compares as they do. There are zeros behind the end.
    word: u64,
    number: u32,
    /// How many bytes of the word are the text's, or [`MORE`].
    length: u8,
    /// Whether the text is not equal to the one before.
    is_new: bool,
}

const WORD: usize = size_of::<u64>();
/// The text goes on behind the word.
const MORE: u8 = WORD as u8 + 1;

impl Item {
    fn new(number: u32) -> Self {
        Self { word: 0, number, length: 0, is_new: false }
    }

    /// Looks at the word at a place.
    fn look(&mut self, texts: &(impl Texts + ?Sized), place: usize) {
        let beginning = texts.beginning(self.number, place + MORE as usize);
        let rest = beginning.get(place..).unwrap_or_default();
        self.is_new = false;
        self.length = rest.len().min(MORE.into()) as u8;
        self.word = match rest.first_chunk() {
            Some(word) => u64::from_be_bytes(*word),
            None => {
                let mut word = [0; WORD];
                word[..rest.len()].copy_from_slice(rest);
                u64::from_be_bytes(word)
            }
        };
    }

    /// What compares as the texts do that are equal before this word.
    fn key(&self) -> (u64, u8) {
        (self.word, self.length)
    }
}

/// Sorts texts that are equal before `place`, and marks those that are not equal to the one before.
/// Each text is looked at once a word, not once a comparison.
fn sort(
    texts: &(impl Texts + ?Sized),
    items: &mut [Item],
    place: usize,
    progress: &Progress,
) -> Result<(), Cancelled> {
    const FEW: usize = 8;
    const AT_A_TIME: usize = 1 << 10;
    if items.len() > AT_A_TIME {
        progress.check()?;
    }
    if items.len() <= FEW || place + MORE as usize > LONGEST_BEGINNING {
        sort_by_comparing(texts, items);
        return Ok(());
    }
    items.par_iter_mut().with_min_len(AT_A_TIME).for_each(|item| item.look(texts, place));
    items.par_sort_unstable_by_key(Item::key);
    let groups = items.chunk_by_mut(|a, b| a.key() == b.key()).filter_map(|group| {
        group[0].is_new = true; // groups have one item at least
        (group.len() > 1 && group[0].length == MORE).then_some(group)
    });
    let groups: Vec<_> = groups.collect();
    groups.into_par_iter().try_for_each(|group| sort(texts, group, place + WORD, progress))
}

fn sort_by_comparing<T: Texts + ?Sized>(texts: &T, items: &mut [Item]) {
    let mut list: Vec<_> = items.iter().map(|item| (texts.text(item.number), item.number)).collect();
    list.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    for (at, item) in items.iter_mut().enumerate() {
        item.number = list[at].1; // as many as items
        item.is_new = at == 0 || list[at].0 != list[at - 1].0;
    }
}

/// The texts of some rows of the string table, by place among these.
pub(super) struct RowTexts<'a> {
    strings: &'a StringTable,
    rows: Vec<u32>,
}

impl<'a> RowTexts<'a> {
    pub(super) fn new(strings: &'a StringTable, rows: &RankedSet) -> Self {
        Self { strings, rows: rows.iter().collect() }
    }

    pub(super) fn len(&self) -> u32 {
        self.rows.len() as u32 // as many as there are rows at most
    }

    /// A text in full.
    fn whole(&self, number: u32) -> Cow<'a, [u8]> {
        text::text(self.strings, StringIndex(self.rows[number as usize]))
    }
}

impl Texts for RowTexts<'_> {
    type Text<'a>
        = Cow<'a, [u8]>
    where
        Self: 'a;

    fn beginning(&self, number: u32, length: usize) -> Cow<'_, [u8]> {
        text::beginning(self.strings, StringIndex(self.rows[number as usize]), length)
    }

    fn text(&self, number: u32) -> Cow<'_, [u8]> {
        self.whole(number)
    }
}

impl Texts for [Vec<u8>] {
    type Text<'a> = &'a [u8];

    fn beginning(&self, number: u32, _length: usize) -> Cow<'_, [u8]> {
        self.text(number).into()
    }

    fn text(&self, number: u32) -> &[u8] {
        &self[number as usize]
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use proptest::prelude::*;

    use super::text_ranks;
    use crate::util::Progress;

    proptest! {
        #[test]
        fn ranks_are_those_of_sorting_by_comparing(
            parts in prop::collection::vec(
                // Many that begin alike, some that are equal, zeros that are letters.
                prop::collection::vec(prop::sample::select(vec!["a", "b\0", "\0", "same eight", "é"]), 0..9),
                0..300,
            ),
            common in 0usize..70,
        ) {
            let texts: Vec<String> = parts.iter().map(|parts| "same ".repeat(common) + &parts.concat()).collect();
            let mut sorted: Vec<&String> = texts.iter().collect();
            sorted.sort();
            sorted.dedup();
            let expected: Vec<u32> = texts.iter().map(|text| sorted.binary_search(&text).unwrap() as u32).collect();
            let given: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
            let ranks = text_ranks(&given[..], from_ref(&(0..given.len() as u32)), &Progress::new());
            prop_assert_eq!(ranks.unwrap(), expected);
        }
    }
}
