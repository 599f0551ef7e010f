//! The node table: rows of numbers to columns.

use rayon::prelude::*;

use super::meta::NodeLayout;
use super::meter::Meter;
use super::numbers::{MAX_FIELDS, NumberArray, Numbers, Rows, Stop, take_rows};
use super::{Error, NodeColumns, Result};
use crate::util::WideColumn;

/// The node table, and what was seen on the way.
#[derive(Debug)]
pub(super) struct Nodes {
    pub columns: NodeColumns,
    /// Sum of all `edge_count`.
    pub edge_total: u64,
    /// The largest string index, 0 without nodes.
    pub max_name: u32,
    /// Nodes with a kind that the header does not name.
    pub unnamed_kinds: usize,
}

/// The parts of the columns that one task fills.
struct Part<'a> {
    kind: &'a mut [u8],
    name: &'a mut [u32],
    id: &'a mut [u32],
    self_size: &'a mut [u32],
    first_edge: &'a mut [u32],
    trace_node: &'a mut [u32],
    detachedness: &'a mut [u8],
}

/// What a task found besides its rows.
#[derive(Default)]
struct Found {
    wide_ids: Vec<(u32, u64)>,
    wide_sizes: Vec<(u32, u64)>,
    edges: u64,
    size: u128,
    max_name: u32,
    unnamed_kinds: usize,
    has_trace: bool,
}

/// Reads all nodes.
pub(super) fn read(text: &[u8], array: &NumberArray, layout: &NodeLayout, meter: Meter) -> Result<Nodes> {
    let count = array.row_count(layout.fields, "node")?;
    let mut kind = vec![0; count];
    let mut name = vec![0; count];
    let mut id = vec![0; count];
    let mut self_size = vec![0; count];
    let mut first_edge = vec![0; count + 1];
    let mut trace_node = vec![0; if layout.trace_node.is_some() { count } else { 0 }];
    let mut detachedness = vec![0; if layout.detachedness.is_some() { count } else { 0 }];

    let tasks = array.rows(text, layout.fields);
    let found = {
        let mut rest = Part {
            kind: &mut kind,
            name: &mut name,
            id: &mut id,
            self_size: &mut self_size,
            first_edge: &mut first_edge[..count],
            trace_node: &mut trace_node,
            detachedness: &mut detachedness,
        };
        let parts: Vec<_> = tasks.iter().map(|task| rest.take(task.rows.len())).collect();
        let read_part = |(task, part): (&Rows, Part)| {
            let mut numbers = Numbers::new(text, array, task.start, "nodes");
            let found = part.fill(&mut numbers, layout, task.rows.start);
            meter.advance(task.bytes)?;
            found.map_err(|Stop| numbers.complain())
        };
        let found: Vec<Result<Found>> = tasks.par_iter().zip(parts).map(read_part).collect();
        found.into_iter().collect::<Result<Vec<_>>>()? // the first error of the file, whatever came first
    };

    let edge_total = add_edge_counts(&mut first_edge, &tasks, &found)?;
    check_size(&found)?;
    let has_trace = found.iter().any(|part| part.has_trace);
    let mut wide_ids = Vec::new();
    let mut wide_sizes = Vec::new();
    let mut max_name = 0;
    let mut unnamed_kinds = 0;
    for part in found {
        wide_ids.extend(part.wide_ids);
        wide_sizes.extend(part.wide_sizes);
        max_name = max_name.max(part.max_name);
        unnamed_kinds += part.unnamed_kinds;
    }
    Ok(Nodes {
        columns: NodeColumns {
            kind: kind.into(),
            name: name.into(),
            id: WideColumn::new(id, wide_ids),
            self_size: WideColumn::new(self_size, wide_sizes),
            first_edge: first_edge.into(),
            detachedness: layout.detachedness.map(|_| detachedness.into()),
            trace_node: has_trace.then(|| trace_node.into()),
        },
        edge_total,
        max_name,
        unnamed_kinds,
    })
}

/// Sums the edge counts before each task, and makes its rows count from there.
fn add_edge_counts(first_edge: &mut [u32], tasks: &[Rows], found: &[Found]) -> Result<u64> {
    let mut before = Vec::with_capacity(tasks.len());
    let mut total: u64 = 0;
    for part in found {
        before.push(total);
        total += part.edges; // at most 2^32 nodes of 2^32 edges
    }
    if total > u64::from(u32::MAX) - 1 {
        return Err(Error::Inconsistent(format!(
            "the nodes have {total} edges; more than 4,294,967,294 cannot be opened"
        )));
    }
    if let Some((end, mut rest)) = first_edge.split_last_mut() {
        *end = total as u32;
        let parts: Vec<_> = tasks.iter().map(|task| take_rows(&mut rest, task.rows.len())).collect();
        parts.into_par_iter().zip(before).for_each(|(rows, before)| {
            for row in rows {
                *row += before as u32;
            }
        });
    }
    Ok(total)
}

/// Sums of sizes are kept in 64 bits everywhere: no heap may have more.
fn check_size(found: &[Found]) -> Result<()> {
    let total: u128 = found.iter().map(|part| part.size).sum();
    if total > u128::from(u64::MAX / 2) {
        return Err(Error::Inconsistent(format!(
            "the nodes' sizes add up to {total} bytes, which no heap can have"
        )));
    }
    Ok(())
}

impl<'a> Part<'a> {
    /// Takes the first `rows` rows off.
    fn take(&mut self, rows: usize) -> Part<'a> {
        // These two are empty where the file has no such field.
        let trace_rows = rows.min(self.trace_node.len());
        let detached_rows = rows.min(self.detachedness.len());
        Part {
            kind: take_rows(&mut self.kind, rows),
            name: take_rows(&mut self.name, rows),
            id: take_rows(&mut self.id, rows),
            self_size: take_rows(&mut self.self_size, rows),
            first_edge: take_rows(&mut self.first_edge, rows),
            trace_node: take_rows(&mut self.trace_node, trace_rows),
            detachedness: take_rows(&mut self.detachedness, detached_rows),
        }
    }

    /// Reads as many rows as this part has; its first is row `first` of the table.
    fn fill(self, numbers: &mut Numbers, layout: &NodeLayout, first: usize) -> Result<Found, Stop> {
        match layout.fields {
            5 => self.fill_rows(numbers, layout, first, &mut [0; 5]),
            6 => self.fill_rows(numbers, layout, first, &mut [0; 6]),
            7 => self.fill_rows(numbers, layout, first, &mut [0; 7]),
            fields => self.fill_rows(numbers, layout, first, &mut [0; MAX_FIELDS][..fields]),
        }
    }

    #[inline(always)]
    fn fill_rows(
        self,
        numbers: &mut Numbers,
        layout: &NodeLayout,
        first: usize,
        row: &mut [u64],
    ) -> Result<Found, Stop> {
        let mut found = Found::default();
        for i in 0..self.kind.len() {
            let row_start = numbers.place();
            numbers.row(row, 0)?;
            let ordinal = (first + i) as u32;
            let kind = row[layout.kind];
            found.unnamed_kinds += usize::from(!layout.kinds.names(kind));
            self.kind[i] = layout.kinds.code(kind);
            let edges = row[layout.edge_count];
            if row[layout.name] > u64::from(u32::MAX) {
                return Err(numbers.too_large(row_start, layout.name));
            }
            if edges > u64::from(u32::MAX) {
                return Err(numbers.too_large(row_start, layout.edge_count));
            }
            let name = row[layout.name] as u32;
            found.max_name = found.max_name.max(name);
            self.name[i] = name;
            self.id[i] = narrow(row[layout.id], ordinal, &mut found.wide_ids);
            self.self_size[i] = narrow(row[layout.self_size], ordinal, &mut found.wide_sizes);
            found.size += u128::from(row[layout.self_size]);
            self.first_edge[i] = found.edges as u32;
            found.edges += edges;
            if let Some(field) = layout.trace_node
                && row[field] != 0
            {
                // Mostly 0 throughout: pages never written to cost no memory.
                found.has_trace = true;
                self.trace_node[i] = u32::try_from(row[field]).unwrap_or(u32::MAX);
            }
            if let Some(field) = layout.detachedness {
                self.detachedness[i] = (row[field] & 3) as u8;
            }
        }
        Ok(found)
    }
}

/// The narrow part of a value; where it does not fit, it goes to `wide`.
#[inline(always)]
fn narrow(value: u64, row: u32, wide: &mut Vec<(u32, u64)>) -> u32 {
    if value < u64::from(WideColumn::IS_WIDE) {
        return value as u32;
    }
    wide.push((row, value));
    WideColumn::IS_WIDE
}
