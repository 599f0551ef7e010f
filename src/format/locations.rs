//! The table of places in scripts.

use rayon::prelude::*;

use super::digits::{Numbers, RowHints, Stop};
use super::meta::LocationLayout;
use super::meter::Meter;
use super::numbers::{MAX_FIELDS, NumberArray, Task};
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
    let tasks = array.tasks(text, layout.fields);
    let array_text = array.text(text, "locations");
    let read_part = |task: &Task| {
        let numbers = Numbers::new(array_text, task.start);
        let locations = read_rows(numbers, task.rows.len(), layout, (nodes as u64, node_fields as u64));
        meter.advance(task.bytes)?;
        locations.map_err(|stop| array_text.complain(&stop))
    };
    let parts: Vec<Result<Vec<Location>>> = tasks.par_iter().map(read_part).collect();
    let parts: Vec<_> = parts.into_iter().collect::<Result<_>>()?;
    let locations = parts.concat();

    let rows = array.len / layout.fields as u64;
    let dropped = rows - locations.len() as u64;
    if dropped > 0 {
        warnings.push(Warning(format!("{dropped} of {rows} locations belong to no node; they are left out")));
    }
    if !array.len.is_multiple_of(layout.fields as u64) {
        warnings.push(Warning(format!("the last location is not whole ({} numbers)", array.len)));
    }
    Ok(locations)
}

fn read_rows(
    mut numbers: Numbers,
    rows: usize,
    layout: &LocationLayout,
    (nodes, node_fields): (u64, u64),
) -> Result<Vec<Location>, Stop> {
    let mut row = [0; MAX_FIELDS];
    let row = &mut row[..layout.fields];
    let mut locations = Vec::with_capacity(rows);
    for _ in 0..rows {
        numbers.row(row, RowHints::NONE)?;
        let place = [layout.script_id, layout.line, layout.column].map(|field| row[field]);
        let object = row[layout.object];
        let is_sound = object.is_multiple_of(node_fields)
            && object / node_fields < nodes
            && place.iter().all(|&number| u32::try_from(number).is_ok());
        if is_sound {
            let [script_id, line, column] = place.map(|number| number as u32);
            locations.push(Location { node: (object / node_fields) as u32, script_id, line, column });
        }
    }
    Ok(locations)
}
