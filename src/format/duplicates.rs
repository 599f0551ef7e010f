//! Notices nodes that share an id, as comparing by id would mix them up.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

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
    let seen: Vec<AtomicU64> = (0..limit.div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
    let parts: Vec<Result<(usize, Vec<u64>)>> = ids
        .low()
        .par_chunks(ROWS)
        .map(|rows| {
            meter.check()?;
            let mut repeated = 0;
            let mut sparse = Vec::new();
            for &id in rows {
                match seen.get(id as usize / 64) {
                    _ if id == WideColumn::IS_WIDE => {}
                    Some(word) => {
                        let bit = 1 << (id % 64);
                        repeated += usize::from(word.fetch_or(bit, Relaxed) & bit != 0);
                    }
                    None => sparse.push(u64::from(id)),
                }
            }
            Ok((repeated, sparse))
        })
        .collect();
    let mut repeated = 0;
    let mut sparse: Vec<u64> = ids.wide().map(|(_, id)| id).collect();
    for part in parts {
        let (count, ids) = part?;
        repeated += count;
        sparse.extend(ids);
    }
    sparse.par_sort_unstable();
    repeated += sparse.windows(2).filter(|pair| pair[0] == pair[1]).count();
    if repeated > 0 {
        warnings.push(Warning(format!(
            "{repeated} nodes have the id of another node: comparisons and links by id may mix them up"
        )));
    }
    Ok(())
}
