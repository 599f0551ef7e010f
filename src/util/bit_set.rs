//! A set of row numbers, one bit each: small enough to stay in the processor's cache.

/// A set of numbers below a fixed bound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BitSet {
    words: Vec<u64>,
}

impl BitSet {
    /// An empty set for numbers below `bound`.
    pub fn new(bound: usize) -> Self {
        Self { words: vec![0; bound.div_ceil(64)] }
    }

    /// Whether the set holds a number; numbers out of bounds are in no set.
    #[inline]
    pub fn contains(&self, number: u32) -> bool {
        self.words.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Adds a number and says whether it is new. Panics when it is out of bounds.
    #[inline]
    pub fn insert(&mut self, number: u32) -> bool {
        let word = &mut self.words[number as usize / 64];
        let bit = 1 << (number % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Adds the numbers of a set with the same bound.
    pub fn union_with(&mut self, other: &Self) {
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// Removes a number and says whether it was there. Panics when it is out of bounds.
    #[inline]
    pub fn remove(&mut self, number: u32) -> bool {
        let word = &mut self.words[number as usize / 64];
        let bit = 1 << (number % 64);
        let was_there = *word & bit != 0;
        *word &= !bit;
        was_there
    }

    /// Takes the smallest number out that is not below `from`.
    #[inline]
    pub fn take_from(&mut self, from: u32) -> Option<u32> {
        let mut at = from as usize / 64;
        let mut word = *self.words.get(at)? & (u64::MAX << (from % 64));
        while word == 0 {
            at += 1;
            word = *self.words.get(at)?;
        }
        let bit = word.trailing_zeros();
        self.words[at] &= !(1 << bit);
        Some(at as u32 * 64 + bit)
    }
}

#[cfg(test)]
mod tests {
    use super::BitSet;

    #[test]
    fn numbers_go_in_once_and_come_out_in_order() {
        let mut set = BitSet::new(200);
        for number in [130, 3, 199, 64] {
            assert!(set.insert(number));
        }
        assert!(!set.insert(3));
        assert!(set.contains(64) && !set.contains(65) && !set.contains(1_000_000));
        assert!(set.remove(64) && !set.remove(64));
        assert_eq!(set.take_from(0), Some(3));
        assert_eq!(set.take_from(130), Some(130));
        assert_eq!(set.take_from(130), Some(199));
        assert_eq!(set.take_from(0), None);
        assert_eq!(set.take_from(100_000), None);
        let mut other = BitSet::new(200);
        other.insert(77);
        set.insert(199);
        set.union_with(&other);
        assert_eq!([77, 78, 199].map(|number| set.contains(number)), [true, false, true]);
    }
}
