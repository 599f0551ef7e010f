//! A set of row numbers that also numbers its members: a bit each, and a count every 64 rows.

use super::{Column, stored};

/// Numbers below a bound, in ascending order, each with its place among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RankedSet {
    words: Column<u64>,
    /// How many members the words before have.
    before: Column<u32>,
    len: u32,
}

impl RankedSet {
    /// The set of some numbers below `bound`, in any order, repeated or not. Panics when one is not below.
    pub fn new(bound: usize, numbers: impl IntoIterator<Item = u32>) -> Self {
        let mut words = vec![0u64; bound.div_ceil(64)];
        for number in numbers {
            words[number as usize / 64] |= 1 << (number % 64);
        }
        Self::of_words(words)
    }

    /// The set of the numbers whose bits are set, 64 to a word.
    pub fn of_words(words: Vec<u64>) -> Self {
        let mut len = 0;
        let before = words
            .iter()
            .map(|word| {
                len += word.count_ones();
                len - word.count_ones()
            })
            .collect();
        Self { words: words.into(), before, len }
    }

    /// Whether the counts are those of the members: what was loaded from a file may be anything.
    pub fn is_sound(&self) -> bool {
        let mut len = 0u32;
        self.words.len() == self.before.len()
            && self.words.iter().zip(self.before.iter()).all(|(word, &before)| {
                let is_right = before == len;
                len = len.saturating_add(word.count_ones());
                is_right
            })
            && len == self.len
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many members are less than a member; `None` for what is no member.
    #[inline]
    pub fn rank(&self, number: u32) -> Option<usize> {
        let (row, bit) = (number as usize / 64, 1u64 << (number % 64));
        let word = *self.words.get(row)?;
        (word & bit != 0).then(|| self.before[row] as usize + (word & (bit - 1)).count_ones() as usize)
    }

    /// The members, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().zip(0u32..).flat_map(|(&word, row)| {
            let rest = std::iter::successors(Some(word), |rest| Some(rest & rest.wrapping_sub(1)));
            rest.take_while(|&rest| rest != 0).map(move |rest| row * 64 + rest.trailing_zeros())
        })
    }
}

stored!(RankedSet { words, before, len });

#[cfg(test)]
mod tests {
    use super::RankedSet;

    #[test]
    fn members_are_numbered_in_ascending_order() {
        let set = RankedSet::new(200, [130, 0, 63, 64, 63]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 63, 64, 130]);
        assert_eq!([0, 63, 64, 130].map(|n| set.rank(n)), [Some(0), Some(1), Some(2), Some(3)]);
        assert_eq!([1, 129, 199, 5000].map(|n| set.rank(n)), [None; 4]);
        assert_eq!(set.len(), 4);
        assert!(RankedSet::new(0, []).is_empty());
    }
}
