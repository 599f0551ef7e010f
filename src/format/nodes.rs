//! The node table: rows of numbers to columns.

use rayon::prelude::*;

use super::digits::{ArrayText, Numbers, RowHints, Stop};
use super::meta::{KindTable, NodeFields, NodeLayout};
use super::meter::Meter;
use super::numbers::{MAX_FIELDS, NumberArray, Task, column};
use super::{Error, NodeColumns, Result};
use crate::util::WideColumn;

/// The node table, and what was seen on the way.
#[derive(Debug)]
pub(super) struct Nodes {
    pub columns: NodeColumns,
    pub self_sizes: WideColumn,
    /// Sum of all `edge_count`.
    pub edge_total: u64,
    /// The largest string index, 0 without nodes.
    pub max_name: u32,
    /// Nodes with a kind that the header does not name.
    pub unnamed_kinds: usize,
}

/// The beginning of all rows that V8 ever wrote.
const FIVE_FIELDS: NodeFields =
    NodeFields { kind: 0, name: 1, id: 2, self_size: 3, edge_count: 4, trace_node: None, detachedness: None };

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
    let count = array.row_count(text, layout.count, "nodes")?;
    let mut kind = column(count);
    let mut name = column(count);
    let mut id = column(count);
    let mut self_size = column(count);
    let mut first_edge = column(count + 1);
    let mut trace_node = column(if layout.fields.trace_node.is_some() { count } else { 0 });
    let mut detachedness = column(if layout.fields.detachedness.is_some() { count } else { 0 });

    let tasks = array.tasks(text, layout.count);
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
        let array_text = array.text(text, "nodes");
        let read_part = |(task, part): (&Task, Part)| {
            let found = part.fill(array_text, layout, task);
            meter.advance(task.bytes)?;
            found.map_err(|stop| array_text.complain(&stop))
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
            first_edge: first_edge.into(),
            detachedness: layout.fields.detachedness.map(|_| detachedness.into()),
            trace_node: has_trace.then(|| trace_node.into()),
        },
        self_sizes: WideColumn::new(self_size, wide_sizes),
        edge_total,
        max_name,
        unnamed_kinds,
    })
}

/// Sums the edge counts before each task, and makes its rows count from there.
fn add_edge_counts(first_edge: &mut [u32], tasks: &[Task], found: &[Found]) -> Result<u64> {
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
        let parts: Vec<_> =
            tasks.iter().map(|task| rest.split_off_mut(..task.rows.len()).unwrap_or_default()).collect();
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
            kind: self.kind.split_off_mut(..rows).unwrap_or_default(),
            name: self.name.split_off_mut(..rows).unwrap_or_default(),
            id: self.id.split_off_mut(..rows).unwrap_or_default(),
            self_size: self.self_size.split_off_mut(..rows).unwrap_or_default(),
            first_edge: self.first_edge.split_off_mut(..rows).unwrap_or_default(),
            trace_node: self.trace_node.split_off_mut(..trace_rows).unwrap_or_default(),
            detachedness: self.detachedness.split_off_mut(..detached_rows).unwrap_or_default(),
        }
    }

    /// Reads the rows of `task`, as many as this part has.
    fn fill(self, array: ArrayText, layout: &NodeLayout, task: &Task) -> Result<Found, Stop> {
        // The usual layouts are given as constants, which the compiler makes the best of.
        const WITH_BOTH: NodeFields =
            NodeFields { trace_node: Some(5), detachedness: Some(6), ..FIVE_FIELDS };
        const WITH_TRACE: NodeFields = NodeFields { trace_node: Some(5), ..FIVE_FIELDS };
        const WITH_DETACHEDNESS: NodeFields = NodeFields { detachedness: Some(5), ..FIVE_FIELDS };
        let numbers = Numbers::new(array, task.start);
        let first = task.rows.start;
        let kinds = &layout.kinds;
        match (layout.count, layout.fields) {
            (7, WITH_BOTH) => self.fill_rows(numbers, kinds, WITH_BOTH, first, &mut [0; 7]),
            (6, WITH_TRACE) => self.fill_rows(numbers, kinds, WITH_TRACE, first, &mut [0; 6]),
            (6, WITH_DETACHEDNESS) => self.fill_rows(numbers, kinds, WITH_DETACHEDNESS, first, &mut [0; 6]),
            (count, fields) => self.fill_rows(numbers, kinds, fields, first, &mut [0; MAX_FIELDS][..count]),
        }
    }

    #[allow(clippy::inline_always, reason = "the loop over rows must be one function to be fast")]
    #[inline(always)]
    fn fill_rows(
        self,
        mut numbers: Numbers,
        kinds: &KindTable,
        fields: NodeFields,
        first: usize,
        row: &mut [u64],
    ) -> Result<Found, Stop> {
        let mut found = Found::default();
        let (mut edges, mut size, mut max_name, mut unnamed_kinds) = (0, 0, 0, 0);
        let rare = [fields.trace_node, fields.detachedness].into_iter().flatten(); // 0 in most rows
        let short = rare.chain([fields.kind, fields.edge_count]).fold(0, |bits, field| bits | 1 << field);
        let rows = self.kind.iter_mut().zip(self.name).zip(self.id).zip(self.self_size).zip(self.first_edge);
        for (i, ((((kind, name), id), self_size), first_edge)) in rows.enumerate() {
            let row_start = numbers.place();
            numbers.row(row, RowHints { signed: 0, short })?;
            for field in [fields.name, fields.edge_count] {
                if row[field] > u64::from(u32::MAX) {
                    return Err(numbers.array.too_large(row_start, field));
                }
            }
            let ordinal = (first + i) as u32;
            unnamed_kinds += usize::from(!kinds.names(row[fields.kind]));
            *kind = kinds.code(row[fields.kind]);
            *name = row[fields.name] as u32;
            max_name = max_name.max(*name);
            *id = narrow(row[fields.id], ordinal, &mut found.wide_ids);
            *self_size = narrow(row[fields.self_size], ordinal, &mut found.wide_sizes);
            size += u128::from(row[fields.self_size]);
            *first_edge = edges as u32;
            edges += row[fields.edge_count];
            if let Some(field) = fields.trace_node
                && row[field] != 0
            {
                // Mostly 0 throughout: pages that are never written to cost no memory.
                found.has_trace = true;
                self.trace_node[i] = u32::try_from(row[field]).unwrap_or(u32::MAX);
            }
            if let Some(field) = fields.detachedness
                && row[field] != 0
            {
                self.detachedness[i] = (row[field] & 3) as u8; // outside of browsers as trace nodes
            }
        }
        Ok(Found { edges, size, max_name, unnamed_kinds, ..found })
    }
}

/// The narrow part of a value; where it does not fit, it goes to `wide`.
#[inline]
fn narrow(value: u64, row: u32, wide: &mut Vec<(u32, u64)>) -> u32 {
    if value < u64::from(WideColumn::IS_WIDE) {
        return value as u32;
    }
    wide.push((row, value));
    WideColumn::IS_WIDE
}
