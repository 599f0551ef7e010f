//! The table of places in scripts.

use rayon::prelude::*;

use super::digits::{Numbers, RowHints, Stop};
use super::meta::LocationLayout;
use super::meter::Meter;
use super::numbers::{MAX_FIELDS, NumberArray, Task, column};
use super::{Location, Result, Warning};

/// Reads all locations. Those that belong to no node are left out, with a warning.
pub(super) fn read(
    text: &[u8],
    array: &NumberArray,
    layout: &LocationLayout,
    (nodes, node_fields): (usize, usize),
    meter: Meter,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Location>> {
    let rows = (array.len / layout.fields as u64) as usize; // each takes several bytes of the text
    let mut locations: Vec<Location> = column(rows);
    let tasks = array.tasks(text, layout.fields);
    let kept = {
        let mut rest = &mut locations[..];
        let parts: Vec<_> =
            tasks.iter().map(|task| rest.split_off_mut(..task.rows.len()).unwrap_or_default()).collect();
        let array_text = array.text(text, "locations");
        let nodes = (nodes as u64, node_fields as u64);
        let read_part = |(task, part): (&Task, &mut [Location])| {
            let kept = fill(part, Numbers::new(array_text, task.start), layout, nodes);
            meter.advance(task.bytes)?;
            kept.map_err(|stop| array_text.complain(&stop))
        };
        let kept: Vec<Result<usize>> = tasks.par_iter().zip(parts).map(read_part).collect();
        kept.into_iter().collect::<Result<Vec<_>>>()?
    };
    let mut all_kept = 0;
    for (task, kept) in tasks.iter().zip(kept) {
        if task.rows.start > all_kept {
            locations.copy_within(task.rows.start..task.rows.start + kept, all_kept);
        }
        all_kept += kept;
    }
    locations.truncate(all_kept);

    let dropped = rows - all_kept;
    if dropped > 0 {
        warnings.push(Warning(format!("{dropped} of {rows} locations belong to no node; they are left out")));
    }
    if !array.len.is_multiple_of(layout.fields as u64) {
        warnings.push(Warning(format!("the last location is not whole ({} numbers)", array.len)));
    }
    Ok(locations)
}

/// Reads as many rows as `part` has places. What belongs to a node comes first in `part`: so many.
fn fill(
    part: &mut [Location],
    numbers: Numbers,
    layout: &LocationLayout,
    nodes: (u64, u64),
) -> Result<usize, Stop> {
    // The usual layout is given as a constant, which the compiler makes the best of.
    const USUAL: LocationLayout = LocationLayout { fields: 4, object: 0, script_id: 1, line: 2, column: 3 };
    match *layout {
        USUAL => fill_rows(part, numbers, &USUAL, nodes, &mut [0; 4]),
        _ => fill_rows(part, numbers, layout, nodes, &mut [0; MAX_FIELDS][..layout.fields]),
    }
}

#[allow(clippy::inline_always, reason = "the loop over rows must be one function to be fast")]
#[inline(always)]
fn fill_rows(
    part: &mut [Location],
    mut numbers: Numbers,
    layout: &LocationLayout,
    (nodes, node_fields): (u64, u64),
    row: &mut [u64],
) -> Result<usize, Stop> {
    let mut kept = 0;
    for _ in 0..part.len() {
        numbers.row(row, RowHints::NONE)?;
        let place = [layout.script_id, layout.line, layout.column].map(|field| row[field]);
        let object = row[layout.object];
        let is_sound = object.is_multiple_of(node_fields)
            && object / node_fields < nodes
            && place.iter().all(|&number| u32::try_from(number).is_ok());
        if is_sound {
            let [script_id, line, column] = place.map(|number| number as u32);
            part[kept] = Location { node: (object / node_fields) as u32, script_id, line, column };
            kept += 1; // at most one a row
        }
    }
    Ok(kept)
}
