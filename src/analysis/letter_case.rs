//! Which UTF-16 units JavaScript's regular expressions take for the same letter when case
//! does not matter (`Canonicalize` of ECMAScript, without the flag `u`).

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// The unit that stands for a letter in any case.
pub(super) fn canonical(unit: u16) -> u16 {
    CANONICAL[usize::from(unit)]
}

/// The units that are the same letter as a unit, itself included.
pub(super) fn alike(unit: u16) -> Vec<u16> {
    ALIKE.get(&canonical(unit)).cloned().unwrap_or_else(|| vec![unit])
}

static CANONICAL: LazyLock<Vec<u16>> = LazyLock::new(|| (0..=u16::MAX).map(upper).collect());

/// Of each canonical unit that has several: all of them.
static ALIKE: LazyLock<FxHashMap<u16, Vec<u16>>> = LazyLock::new(|| {
    let mut alike: FxHashMap<u16, Vec<u16>> = FxHashMap::default();
    for unit in 0..=u16::MAX {
        alike.entry(canonical(unit)).or_default().push(unit);
    }
    alike.retain(|_, units| units.len() > 1);
    alike
});

/// A unit's upper case if that is a single unit, and no ASCII letter in the place of another.
fn upper(unit: u16) -> u16 {
    let Some(letter) = char::from_u32(u32::from(unit)) else { return unit }; // half of a pair
    let mut upper = letter.to_uppercase();
    match (upper.next().map(|letter| u16::try_from(u32::from(letter))), upper.next()) {
        (Some(Ok(upper)), None) if unit < 128 || upper >= 128 => upper,
        _ => unit,
    }
}

#[cfg(test)]
mod tests {
    use super::{alike, canonical};

    #[test]
    fn letters_of_both_cases_are_one_and_ascii_keeps_to_itself() {
        let same = |a: char, b: char| canonical(a as u32 as u16) == canonical(b as u32 as u16);
        for (a, b) in [('k', 'K'), ('é', 'É'), ('µ', 'μ'), ('ς', 'Σ'), ('ǆ', 'ǅ')] {
            assert!(same(a, b), "{a} {b}");
        }
        for (a, b) in [('k', '\u{212A}'), ('ı', 'I'), ('ſ', 's'), ('ß', 'ẞ'), ('å', '\u{212B}')] {
            assert!(!same(a, b), "{a} {b}");
        }
        assert_eq!(alike(u16::from(b'k')), [u16::from(b'K'), u16::from(b'k')]);
        assert_eq!(alike(0xD83D), [0xD83D]);
    }
}
