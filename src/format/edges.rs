//! The edge table: rows of numbers to columns, targets to ordinals.

use rayon::prelude::*;

use super::digits::{ArrayText, Numbers, RowHints, Stop};
use super::meta::{EdgeFields, EdgeLayout, KindTable};
use super::meter::Meter;
use super::numbers::{MAX_FIELDS, NumberArray, Task, column};
use super::{EdgeColumns, EdgeKind, Error, Result};

/// The edge table, and what was seen on the way.
#[derive(Debug)]
pub(super) struct Edges {
    pub columns: EdgeColumns,
    /// The largest string index of an edge's name, 0 without edges.
    pub max_name: u32,
    /// Edges with a kind that the header does not name.
    pub unnamed_kinds: usize,
}

/// The parts of the columns that one task fills.
struct Part<'a> {
    kind: &'a mut [u8],
    name_or_index: &'a mut [u32],
    to: &'a mut [u32],
}

/// What a task found besides its rows.
struct Found {
    max_name: u32,
    unnamed_kinds: usize,
}

/// Where edges can point to.
#[derive(Clone, Copy)]
struct Targets {
    nodes: u64,
    fields: u64,
    /// 2^64 / `fields`, rounded up: multiplying by it and dropping the lower 64 bits
    /// divides by `fields`, exactly for all products that a node index can be.
    inverse: u128,
}

/// Reads all edges. Nodes are referred to by the place of their first number, which
/// must be a multiple of `node_fields`.
pub(super) fn read(
    text: &[u8],
    array: &NumberArray,
    layout: &EdgeLayout,
    (nodes, node_fields): (usize, usize),
    meter: Meter,
) -> Result<Edges> {
    let count = array.row_count(text, layout.count, "edges")?;
    let mut kind = column(count);
    let mut name_or_index = column(count);
    let mut to = column(count);
    let targets = Targets::new(nodes, node_fields);
    let found = {
        let mut rest = Part { kind: &mut kind, name_or_index: &mut name_or_index, to: &mut to };
        let tasks = array.tasks(text, layout.count);
        let parts: Vec<_> = tasks.iter().map(|task| rest.take(task.rows.len())).collect();
        let array_text = array.text(text, "edges");
        let read_part = |(task, part): (&Task, Part)| {
            let found = part.fill(array_text, layout, targets, task);
            meter.advance(task.bytes)?;
            found.map_err(|problem| match problem {
                Problem::Number(stop) => array_text.complain(&stop),
                Problem::Target(row_start, index) => {
                    targets.complain(array_text.place_of(row_start, layout.fields.to_node), index)
                }
            })
        };
        let found: Vec<Result<Found>> = tasks.par_iter().zip(parts).map(read_part).collect();
        found.into_iter().collect::<Result<Vec<_>>>()? // the first error of the file, whatever came first
    };
    Ok(Edges {
        columns: EdgeColumns { kind: kind.into(), name_or_index: name_or_index.into(), to: to.into() },
        max_name: found.iter().map(|part| part.max_name).max().unwrap_or(0),
        unnamed_kinds: found.iter().map(|part| part.unnamed_kinds).sum(),
    })
}

/// Why a row of the edge table cannot be.
enum Problem {
    Number(Stop),
    /// The row that begins there points to this place, where no node begins.
    Target(usize, u64),
}

impl From<Stop> for Problem {
    fn from(stop: Stop) -> Self {
        Self::Number(stop)
    }
}

impl Targets {
    fn new(nodes: usize, fields: usize) -> Self {
        let fields = fields as u64;
        Self { nodes: nodes as u64, fields, inverse: (1u128 << 64) / u128::from(fields) + 1 }
    }

    /// The node whose first number stands at `index` of the node table.
    #[inline]
    fn ordinal(self, index: u64) -> Option<u32> {
        // Exact below 2^59; what is above is larger than any node count as well.
        let ordinal = ((u128::from(index) * self.inverse) >> 64) as u64;
        (ordinal < self.nodes && ordinal * self.fields == index).then_some(ordinal as u32)
    }

    #[cold]
    fn complain(self, offset: usize, index: u64) -> Error {
        let last = self.nodes.saturating_sub(1) * self.fields;
        Error::Malformed {
            offset: offset as u64,
            expected: format!("the place of a node, a multiple of {} up to {last} (edges)", self.fields),
            found: format!("`{index}`"),
        }
    }
}

impl<'a> Part<'a> {
    /// Takes the first `rows` rows off.
    fn take(&mut self, rows: usize) -> Part<'a> {
        Part {
            kind: self.kind.split_off_mut(..rows).unwrap_or_default(),
            name_or_index: self.name_or_index.split_off_mut(..rows).unwrap_or_default(),
            to: self.to.split_off_mut(..rows).unwrap_or_default(),
        }
    }

    /// Reads the rows of `task`, as many as this part has.
    fn fill(self, array: ArrayText, layout: &EdgeLayout, to: Targets, task: &Task) -> Result<Found, Problem> {
        // The usual layout is given as a constant, which the compiler makes the best of.
        const USUAL: EdgeFields = EdgeFields { kind: 0, name_or_index: 1, to_node: 2 };
        let numbers = Numbers::new(array, task.start);
        match (layout.count, layout.fields) {
            (3, USUAL) => self.fill_rows(numbers, &layout.kinds, USUAL, to, &mut [0; 3]),
            (count, fields) => {
                self.fill_rows(numbers, &layout.kinds, fields, to, &mut [0; MAX_FIELDS][..count])
            }
        }
    }

    #[allow(clippy::inline_always, reason = "the loop over rows must be one function to be fast")]
    #[inline(always)]
    fn fill_rows(
        self,
        mut numbers: Numbers,
        kinds: &KindTable,
        fields: EdgeFields,
        targets: Targets,
        row: &mut [u64],
    ) -> Result<Found, Problem> {
        let (mut max_name, mut unnamed_kinds) = (0, 0);
        // V8 writes element indices from 2^31 on as negative numbers.
        let hints = RowHints { signed: 1 << fields.name_or_index, short: 1 << fields.kind };
        for ((kind, name_or_index), to) in self.kind.iter_mut().zip(self.name_or_index).zip(self.to) {
            let row_start = numbers.place();
            numbers.row(row, hints)?;
            unnamed_kinds += usize::from(!kinds.names(row[fields.kind]));
            *kind = kinds.code(row[fields.kind]);
            let name = row[fields.name_or_index];
            if name > u64::from(u32::MAX) {
                return Err(numbers.array.too_large(row_start, fields.name_or_index).into());
            }
            *name_or_index = name as u32;
            let text_name = if EdgeKind(*kind).is_indexed() { 0 } else { *name_or_index };
            max_name = max_name.max(text_name);
            let Some(target) = targets.ordinal(row[fields.to_node]) else {
                return Err(Problem::Target(row_start, row[fields.to_node]));
            };
            *to = target;
        }
        Ok(Found { max_name, unnamed_kinds })
    }
}
