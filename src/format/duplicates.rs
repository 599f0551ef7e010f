//! Notices nodes that share an id, as comparing by id would mix them up.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytemuck::allocation::zeroed_vec;
use rayon::prelude::*;

use super::meter::Meter;
use super::{Result, Warning};
use crate::util::WideColumn;

/// Bits a node that the set of small ids may take.
const BITS: usize = 32;

/// Rows that a task looks at.
const ROWS: usize = 1 << 18;

/// Warns when an id occurs more than once.
///
/// V8 counts ids up from 1, so a bit for each id below 32 times the node count holds
/// nearly all of them; the few above (of embedders, which use addresses) are sorted.
pub(super) fn check(ids: &WideColumn, meter: Meter, warnings: &mut Vec<Warning>) -> Result<()> {
    let limit = (ids.len() * BITS).min(1 << 32);
    let seen: Vec<AtomicU64> = zeroed_vec(limit.div_ceil(64)); // pages that no id is in cost no memory
    let parts: Vec<Result<(u32, Vec<u64>)>> = ids
        .low()
        .par_chunks(ROWS)
        .map(|rows| {
            meter.check()?;
            Ok(note(rows, &seen))
        })
        .collect();
    let mut repeated: u32 = 0;
    let mut sparse: Vec<u64> = ids.wide().map(|(_, id)| id).collect();
    for part in parts {
        let (count, ids) = part?;
        repeated += count;
        sparse.extend(ids);
    }
    sparse.par_sort_unstable();
    repeated += sparse.windows(2).filter(|pair| pair[0] == pair[1]).count() as u32;
    if repeated > 0 {
        warnings.push(Warning(format!(
            "{repeated} nodes have the id of another node: comparisons and links by id may mix them up"
        )));
    }
    Ok(())
}

/// Adds ids to the set. How many were in it already, and the ids that it has no room for.
fn note(ids: &[u32], seen: &[AtomicU64]) -> (u32, Vec<u64>) {
    let mut repeated = 0;
    let mut sparse = Vec::new();
    // Neighbours in the file have ids close together: a word's new ids are added all at once.
    let (mut at, mut new) = (0, 0);
    let add = |at: usize, new: u64| match seen.get(at) {
        Some(word) => (word.fetch_or(new, Relaxed) & new).count_ones(),
        None => 0,
    };
    for &id in ids.iter().filter(|&&id| id != WideColumn::IS_WIDE) {
        let (word, bit) = (id as usize / 64, 1 << (id % 64));
        if word >= seen.len() {
            sparse.push(u64::from(id));
            continue;
        }
        if word != at {
            repeated += add(at, new);
            (at, new) = (word, 0);
        }
        repeated += u32::from(new & bit != 0);
        new |= bit;
    }
    (repeated + add(at, new), sparse)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    use super::note;
    use crate::util::WideColumn;

    #[test]
    fn every_id_that_came_before_is_counted_near_and_far() {
        let seen: Vec<AtomicU64> = (0..3).map(|_| AtomicU64::new(0)).collect();
        let ids = [1, 3, 3, 70, 1, 3, 191, 192, WideColumn::IS_WIDE, 192, 70];
        assert_eq!(note(&ids, &seen), (4, vec![192, 192]));
        assert_eq!(note(&[5, 1], &seen), (1, vec![]));
        assert_eq!(seen[0].load(Relaxed), 0b10_1010);
        assert_eq!(note(&[], &seen), (0, vec![]));
    }
}
