//! The stacks of a recording of allocations: which function allocated, called by which.
//! Looked at when a file is read, so that a broken section is told; read when somebody asks.

use super::cursor::Cursor;
use super::digits::{Numbers, RowHints};
use super::meter::Meter;
use super::numbers::{MAX_FIELDS, NumberArray};
use super::{RawSnapshot, Result, Warning};
use crate::util::{Cancelled, Progress, stored};

/// Where the sections begin that a file with allocation stacks or a timeline has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TraceSections {
    pub function_infos: Option<usize>,
    pub tree: Option<usize>,
    pub samples: Option<usize>,
}

/// Fields that are read, in the order of [`RowLayout::fields`], and what rows have where the
/// header does not say.
pub(super) struct KnownFields<const N: usize> {
    read: [&'static str; N],
    usual: &'static [&'static str],
}

pub(super) const SAMPLE_FIELDS: KnownFields<2> =
    KnownFields { read: ["timestamp_us", "last_assigned_id"], usual: &["timestamp_us", "last_assigned_id"] };
pub(super) const FUNCTION_FIELDS: KnownFields<5> = KnownFields {
    read: ["name", "script_name", "script_id", "line", "column"],
    usual: &["function_id", "name", "script_name", "script_id", "line", "column"],
};
pub(super) const TREE_FIELDS: KnownFields<5> = KnownFields {
    read: ["id", "function_info_index", "count", "size", "children"],
    usual: &["id", "function_info_index", "count", "size", "children"],
};

/// How the rows of a section are to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowLayout<const N: usize> {
    /// Numbers of a row.
    pub width: usize,
    /// Where the fields that are read stand in a row.
    pub fields: [usize; N],
    /// Whether all of these are there.
    is_known: bool,
}

impl<const N: usize> RowLayout<N> {
    /// From the header's list of names, if it has one.
    pub(super) fn new(named: Option<&[String]>, known: KnownFields<N>) -> Self {
        let place = |name: &str| match named {
            Some(named) => named.iter().position(|other| other == name),
            None => known.usual.iter().position(|&other| other == name),
        };
        let width = named.map_or(known.usual.len(), <[String]>::len);
        let places = known.read.map(place);
        Self {
            width: width.max(1),
            fields: places.map(Option::unwrap_or_default),
            is_known: places.iter().all(Option::is_some) && width <= MAX_FIELDS,
        }
    }
}

/// How the sections of allocation tracking are to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct TrackingLayout {
    pub samples: RowLayout<2>,
    pub functions: RowLayout<5>,
    pub tree: RowLayout<5>,
}

/// A section whose rows can be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section<const N: usize> {
    /// Bytes from the start of the text to its bracket.
    start: usize,
    pub layout: RowLayout<N>,
}

/// The sections of allocation tracking that are sound; they stay in the file until somebody asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrackingSections {
    pub(super) samples: Option<Section<2>>,
    functions: Option<Section<5>>,
    tree: Option<Section<5>>,
}

stored!(TrackingSections { samples, functions, tree });
stored!(Section<const N: usize> { start, layout });
stored!(RowLayout<const N: usize> { width, fields, is_known });

impl TrackingSections {
    /// Whether the file has any of the sections.
    pub fn has_any(&self) -> bool {
        self.samples.is_some() || self.functions.is_some() || self.tree.is_some()
    }

    /// Whether these sections of `text` can be read: what was loaded from a file may be anything.
    pub fn is_sound(&self, text: &[u8]) -> bool {
        fn fits<const N: usize>(layout: &RowLayout<N>) -> bool {
            (1..=MAX_FIELDS).contains(&layout.width) && layout.fields.iter().all(|&field| field < MAX_FIELDS)
        }
        let is_tree = |tree: Section<5>| {
            let layout = tree.layout;
            fits(&layout)
                && layout.fields[4] + 1 == layout.width
                && text.get(tree.start..).map(|text| tree_shape(text, layout.width)) == Some(Tree::Sound)
        };
        self.samples.is_none_or(|section| fits(&section.layout))
            && self.functions.is_none_or(|section| fits(&section.layout))
            && self.tree.is_none_or(is_tree)
    }

    /// Whether the file says which functions allocated.
    pub fn has_traces(&self) -> bool {
        self.tree.is_some()
    }
}

/// The functions of a recording, and the tree of their calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceTable {
    /// In the order of the file. Rows of the tree may name functions that are not here.
    pub functions: Vec<TraceFunction>,
    /// Calls.
    pub tree: TraceTree,
}

/// A function that allocated, or that calls one that did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceFunction {
    /// String index of its name.
    pub name: u32,
    /// String index of its script's name.
    pub script_name: u32,
    /// V8's number of the script.
    pub script_id: u32,
    /// Line, from 1; 0 where it is not known.
    pub line: u32,
    /// Column, from 1; 0 where it is not known.
    pub column: u32,
}

/// Calls: one row for each way in which a function was reached, callers before what they call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceTree {
    /// What nodes name as their trace.
    pub id: Vec<u64>,
    /// Row of [`TraceTable::functions`].
    pub function: Vec<u32>,
    /// Objects that were allocated there, dead ones included.
    pub count: Vec<u64>,
    /// Their bytes.
    pub size: Vec<u64>,
    /// Row of the caller; [`TraceTree::NO_CALLER`] of the first row.
    pub caller: Vec<u32>,
}

impl TraceTree {
    /// The caller of the row that stands for the outside of all functions.
    pub const NO_CALLER: u32 = u32::MAX;

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    fn push(&mut self, row: &[u64; MAX_FIELDS], layout: &RowLayout<5>, caller: u32) {
        let [id, function, count, size, _] = layout.fields.map(|field| row[field]);
        self.id.push(id);
        self.function.push(u32::try_from(function).unwrap_or(u32::MAX));
        self.count.push(count);
        self.size.push(size);
        self.caller.push(caller);
    }
}

/// Warns about sections that do not have the shape that the header says; gives the sound ones.
pub(super) fn check(
    text: &[u8],
    sections: TraceSections,
    layout: &TrackingLayout,
    nodes_have_traces: bool,
    meter: Meter,
    warnings: &mut Vec<Warning>,
) -> Result<TrackingSections> {
    let samples = check_rows(text, sections.samples, "samples", layout.samples, meter, warnings)?;
    let name = "trace_function_infos";
    let functions = check_rows(text, sections.function_infos, name, layout.functions, meter, warnings)?;

    let mut warn = |text: &str| warnings.push(Warning(text.to_owned()));
    let children_come_last = layout.tree.fields[4] + 1 == layout.tree.width;
    let is_readable = layout.tree.is_known && children_come_last;
    let shape = sections.tree.map(|start| tree_shape(&text[start..], layout.tree.width));
    if shape == Some(Tree::Broken) || shape == Some(Tree::Sound) && !is_readable {
        warn("section `trace_tree` is no tree of allocation stacks; it is not used");
    } else if nodes_have_traces && shape != Some(Tree::Sound) {
        warn("nodes refer to allocation stacks, but the file has no tree of them");
    }
    let is_sound = shape == Some(Tree::Sound) && is_readable;
    let tree = sections.tree.filter(|_| is_sound).map(|start| Section { start, layout: layout.tree });
    Ok(TrackingSections { samples, functions, tree })
}

fn check_rows<const N: usize>(
    text: &[u8],
    start: Option<usize>,
    name: &'static str,
    layout: RowLayout<N>,
    meter: Meter,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Section<N>>> {
    let mut warn = |text: String| warnings.push(Warning(text));
    let Some(start) = start else { return Ok(None) };
    match NumberArray::locate(&mut Cursor::new(text, start, name), meter) {
        Ok(array) if array.len.is_multiple_of(layout.width as u64) && layout.is_known => {
            let section = Section { start, layout };
            match section.for_each_row(text, name, meter.progress, |_| ()) {
                Ok(()) => return Ok(Some(section)),
                Err(super::Error::Cancelled(cancelled)) => return Err(cancelled.into()),
                Err(error) => warn(format!("section `{name}` is not used: {error}")),
            }
        }
        Ok(array) if array.len == 0 => {}
        Ok(_) if !layout.is_known => warn(format!("section `{name}` lacks fields; it is not used")),
        Ok(array) => warn(format!(
            "section `{name}` has {} numbers, no multiple of the {} of an entry; it is not used",
            array.len, layout.width
        )),
        Err(super::Error::Cancelled(cancelled)) => return Err(cancelled.into()),
        Err(_) => warn(format!("section `{name}` is no array of numbers; it is not used")),
    }
    Ok(None)
}

impl<const N: usize> Section<N> {
    /// Reads the rows one after another.
    pub(super) fn for_each_row(
        &self,
        text: &[u8],
        name: &'static str,
        progress: &Progress,
        mut visit: impl FnMut(&[u64; MAX_FIELDS]),
    ) -> Result<()> {
        const CHECK_EVERY: u64 = 1 << 12;
        let meter = Meter { progress, counts: false };
        let array = NumberArray::locate(&mut Cursor::new(text, self.start, name), meter)?;
        let array_text = array.text(text, name);
        let mut numbers = Numbers::new(array_text, array.span.start);
        let mut row = [0; MAX_FIELDS];
        for number in 0..array.len / self.layout.width as u64 {
            if number % CHECK_EVERY == 0 {
                progress.check()?;
            }
            let values = &mut row[..self.layout.width]; // no wider, or it is not a section
            numbers.row(values, RowHints::NONE).map_err(|stop| array_text.complain(&stop))?;
            visit(&row);
        }
        Ok(())
    }
}

impl RawSnapshot {
    /// Reads functions and calls of a recording of allocations; empty where none was made.
    pub fn trace_table(&self, progress: &Progress) -> Result<TraceTable> {
        let text = self.strings.source().bytes();
        let mut table = TraceTable::default();
        let Some(tree) = self.tracking.tree else { return Ok(table) };
        table.tree = read_tree(&text[tree.start..], &tree.layout, progress)?; // found there before
        if let Some(section) = self.tracking.functions {
            let fields = section.layout.fields;
            section.for_each_row(text, "trace_function_infos", progress, |row| {
                // DevTools reads numbers modulo 2^32, too.
                let [name, script_name, script_id, line, column] = fields.map(|field| row[field] as u32);
                table.functions.push(TraceFunction { name, script_name, script_id, line, column });
            })?;
        }
        Ok(table)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tree {
    Empty,
    Sound,
    Broken,
}

/// Whether an array is a tree of trace nodes: rows of `fields` entries of which the
/// last one is such an array itself, and the others are numbers.
///
/// An array can only begin as the last entry of a row, so behind its end the row is
/// always complete: nothing needs to be remembered for the levels above but their number.
fn tree_shape(text: &[u8], fields: usize) -> Tree {
    let mut depth = 0u64;
    let mut entry = fields - 1; // the whole tree stands where a row's children would
    let mut shape = Tree::Empty;
    let mut in_number = false;
    for &byte in text {
        let is_digit = byte.is_ascii_digit();
        match byte {
            _ if is_digit => {
                if !in_number {
                    entry += 1;
                    shape = Tree::Sound;
                }
                if entry >= fields || depth == 0 {
                    return Tree::Broken;
                }
            }
            b'[' if entry == fields - 1 => {
                depth += 1;
                entry = 0;
            }
            b']' if entry == 0 && depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    return shape;
                }
            }
            b',' | b' ' | b'\n' | b'\r' | b'\t' => {}
            _ => return Tree::Broken,
        }
        in_number = is_digit;
    }
    Tree::Broken
}

/// Reads a tree whose shape is sound. Of several rows at the top only the first one counts,
/// as in DevTools. The depth of the tree costs no stack.
fn read_tree(text: &[u8], layout: &RowLayout<5>, progress: &Progress) -> Result<TraceTree, Cancelled> {
    const CHECK_EVERY: usize = 1 << 16;
    let mut tree = TraceTree::default();
    let mut row = [0u64; MAX_FIELDS];
    let mut entry = layout.width - 1;
    let mut callers: Vec<u32> = Vec::new(); // of the row that is read, outermost first
    let mut depth = 0usize;
    for (at, &byte) in text.iter().enumerate() {
        if at % CHECK_EVERY == 0 {
            progress.check()?;
        }
        match byte {
            b'0'..=b'9' => {
                let digit = u64::from(byte - b'0');
                row[entry] = row[entry].saturating_mul(10).saturating_add(digit);
                if !text.get(at + 1).is_some_and(u8::is_ascii_digit) {
                    entry += 1; // at most to the children, as the shape is sound
                }
            }
            b'[' => {
                if depth > 0 {
                    tree.push(&row, layout, callers.last().copied().unwrap_or(TraceTree::NO_CALLER));
                    callers.push(tree.len() as u32 - 1); // each row takes some bytes of the file
                }
                depth += 1;
                entry = 0;
                row = [0; MAX_FIELDS];
            }
            b']' => {
                depth -= 1;
                callers.pop();
                if depth <= 1 {
                    break;
                }
            }
            _ => {}
        }
    }
    Ok(tree)
}

#[cfg(test)]
mod tests {
    use super::{RowLayout, TREE_FIELDS, TraceFunction, TraceTree, Tree, read_tree, tree_shape};
    use crate::format::{NodeKind, Source, builder::SnapshotBuilder, read};
    use crate::util::Progress;

    #[test]
    fn a_trace_tree_is_rows_that_end_in_their_children() {
        assert_eq!(tree_shape(b"[]", 5), Tree::Empty);
        assert_eq!(tree_shape(b"[1,0,0,0,[2,1,8,64,[],\n3,1,8,64,[]]]", 5), Tree::Sound);
        assert_eq!(tree_shape(b"[1,2,[3]]", 5), Tree::Broken);
        assert_eq!(tree_shape(b"[1,0,0,0,0,[]]", 5), Tree::Broken);
        assert_eq!(tree_shape(b"[1,0,0,0,[]", 5), Tree::Broken);
        assert_eq!(tree_shape(b"\"text\"", 5), Tree::Broken);
    }

    fn tree(text: &str, fields: Option<&[String]>) -> TraceTree {
        assert_eq!(tree_shape(text.as_bytes(), 5), Tree::Sound);
        let layout = RowLayout::new(fields, TREE_FIELDS);
        assert!(layout.is_known);
        read_tree(text.as_bytes(), &layout, &Progress::new()).unwrap()
    }

    #[test]
    fn calls_become_rows_that_know_their_callers() {
        let calls = "[1,0,0,0,[2,1,8,64,[5, 2,1,24,[]],\n3,1,0,0,[4,3,2,40,[]]],9,9,9,9,[]]";
        let rows = TraceTree {
            id: vec![1, 2, 5, 3, 4],
            function: vec![0, 1, 2, 1, 3],
            count: vec![0, 8, 1, 0, 2],
            size: vec![0, 64, 24, 0, 40],
            caller: vec![TraceTree::NO_CALLER, 0, 1, 0, 3],
        };
        assert_eq!(tree(calls, None), rows, "what stands beside the first row is no part of the tree");
        let names = ["size", "id", "count", "function_info_index", "children"].map(String::from);
        let row = tree("[64,2,8,1,[]]", Some(&names));
        assert_eq!((row.id[0], row.function[0], row.count[0], row.size[0]), (2, 1, 8, 64));
    }

    #[test]
    fn a_deep_tree_costs_no_stack() {
        const DEPTH: usize = 300_000;
        let text = format!("[{}[]{}]", "7,0,1,8,[".repeat(DEPTH - 1) + "7,0,1,8,", "]".repeat(DEPTH - 1));
        let tree = tree(&text, None);
        assert_eq!(tree.len(), DEPTH);
        assert_eq!(tree.caller.last(), Some(&(DEPTH as u32 - 2)));
    }

    #[test]
    fn functions_and_calls_are_read_when_asked_for() {
        let mut heap = SnapshotBuilder::new();
        heap.node(NodeKind::SYNTHETIC, "", 0);
        let json = heap
            .to_json()
            .replace("\"trace_function_infos\":[]", "\"trace_function_infos\":[0,1,1,0,0,0,\n7,1,0,3,12,5]")
            .replace("\"trace_tree\":[]", "\"trace_tree\":[1,0,0,0,[2,1,8,64,[]]]");
        let raw = read(Source::from_bytes(json.into_bytes()), &Progress::new()).unwrap();
        assert!(raw.warnings.is_empty() && raw.tracking.has_traces());
        let table = raw.trace_table(&Progress::new()).unwrap();
        let function = TraceFunction { name: 1, script_name: 0, script_id: 3, line: 12, column: 5 };
        assert_eq!(table.functions[1..], [function]);
        assert_eq!(table.tree.size, [0, 64]);
    }
}
