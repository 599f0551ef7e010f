//! What reading a file gives: the tables as columns.

use std::fmt;
use std::ops::Range;

use rayon::prelude::*;

use super::{Meta, ScopeSections, StringTable, TrackingSections};
use crate::util::{Column, WideColumn, stored};

/// One snapshot as it stands in its file. All node references are ordinals
/// (row numbers), checked to exist.
#[derive(Debug)]
pub struct RawSnapshot {
    /// The sections of allocation tracking, which [`RawSnapshot::samples`] and
    /// [`RawSnapshot::trace_table`] read.
    pub tracking: TrackingSections,
    /// Counts, kinds and other facts of the header.
    pub meta: Meta,
    /// One row a node.
    pub nodes: NodeColumns,
    /// Shallow sizes in bytes by node, as written. Beside the other columns, because the sizes that
    /// count, after ownership, take their place.
    pub self_sizes: WideColumn,
    /// One row an edge, grouped by source node, in node order.
    pub edges: EdgeColumns,
    /// The texts.
    pub strings: StringTable,
    /// Where functions and instances of script functions come from, in the
    /// order of the file (for one node, the last entry counts).
    pub locations: Vec<Location>,
    /// The scope tables, which [`RawSnapshot::scope_tables`] reads.
    pub scopes: ScopeSections,
    /// What was odd, but harmless.
    pub warnings: Vec<Warning>,
    /// Where the numbers of nodes and edges stand in the text: they are in the columns now.
    pub number_spans: [Range<usize>; 2],
    /// Bytes of the snapshot's text (after unpacking).
    pub byte_len: u64,
}

/// The node table.
#[derive(Debug, Default)]
pub struct NodeColumns {
    /// [`NodeKind`](super::NodeKind) numbers.
    pub kind: Column<u8>,
    /// String indices. May point behind the table; the text is then a placeholder.
    pub name: Column<u32>,
    /// V8 object ids.
    pub id: WideColumn,
    /// Node `n` owns the edges `first_edge[n]..first_edge[n + 1]`; one row more than nodes.
    pub first_edge: Column<u32>,
    /// 0 unknown, 1 attached, 2 detached; absent where the file has no such field.
    pub detachedness: Option<Column<u8>>,
    /// Allocation trace nodes, 0 for none; absent where the file has no such
    /// field or all are 0.
    pub trace_node: Option<Column<u32>>,
}

/// The edge table.
#[derive(Debug, Default)]
pub struct EdgeColumns {
    /// [`EdgeKind`](super::EdgeKind) numbers.
    pub kind: Column<u8>,
    /// A string index, or for element and hidden edges a number.
    pub name_or_index: Column<u32>,
    /// Ordinal of the target node, below the node count.
    pub to: Column<u32>,
}

/// A place in a script. Line and column count from 0; V8 writes -1, which is
/// [`u32::MAX`] here, where it does not know one.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, bytemuck::Pod, bytemuck::Zeroable,
)]
#[repr(C)]
pub struct Location {
    /// Ordinal of the node.
    pub node: u32,
    /// V8's number of the script.
    pub script_id: u32,
    /// Line, from 0.
    pub line: u32,
    /// Column, from 0.
    pub column: u32,
}

/// Something odd about a file that does not keep it from being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning(pub String);

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

stored!(NodeColumns { kind, name, id, first_edge, detachedness, trace_node });
stored!(EdgeColumns { kind, name_or_index, to });
stored!(Warning(_));

impl NodeColumns {
    /// Whether the columns fit together as reading makes them, with so many edges: what was
    /// loaded from a file may be anything.
    pub fn is_sound(&self, edges: usize) -> bool {
        let nodes = self.kind.len();
        nodes > 0
            && u32::try_from(nodes).is_ok()
            && self.name.len() == nodes
            && self.id.is_sound(nodes)
            && are_offsets(&self.first_edge, nodes, edges)
            && self.detachedness.as_ref().is_none_or(|rows| rows.len() == nodes)
            && self.trace_node.as_ref().is_none_or(|rows| rows.len() == nodes)
    }
}

impl EdgeColumns {
    /// Whether the columns are of equal length and lead to nodes: what was loaded from a file
    /// may be anything.
    pub fn is_sound(&self, nodes: usize) -> bool {
        let edges = self.kind.len();
        u32::try_from(edges).is_ok()
            && self.name_or_index.len() == edges
            && self.to.len() == edges
            && self.to.par_iter().all(|&node| (node as usize) < nodes)
    }
}

/// Whether a column tells where the entries of each of `rows` rows begin, of `entries` in all.
pub fn are_offsets(first: &[u32], rows: usize, entries: usize) -> bool {
    first.len() == rows + 1
        && first.first() == Some(&0)
        && first.last().is_some_and(|&last| last as usize == entries)
        && first.is_sorted()
}
