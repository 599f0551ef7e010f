//! The heap graph: typed access to nodes, edges, retainers, strings and locations. Immutable, no I/O.

mod ids;
mod locations;
mod retainers;

use std::borrow::Cow;
use std::io;
use std::ops::Range;

pub use ids::{EdgeOrdinal, NodeId, NodeOrdinal};
pub use retainers::Retainers;

use crate::format::{
    self, EdgeColumns, Meta, NodeColumns, RawSnapshot, ScopeSections, Source, StringTable, TrackingSections,
    Warning,
};
pub use crate::format::{Change, EdgeKind, Location, NodeKind, StringIndex};
pub use crate::format::{Sample, TraceFunction, TraceTable, TraceTree};
pub use crate::format::{ScopeRow, ScopeTables, VariableUse};
use crate::util::{Column, Loader, Progress, Stored, Storer, WideColumn};

/// The graph of one snapshot.
#[derive(Debug)]
pub struct Graph {
    raw: RawSnapshot,
    /// One entry a node that has a location, sorted by node.
    locations: Column<Location>,
}

impl Graph {
    /// Takes the columns over. Of several locations of a node the last one counts.
    pub fn new(mut raw: RawSnapshot) -> Self {
        let locations = locations::by_node(std::mem::take(&mut raw.locations), raw.nodes.kind.len());
        Self { raw, locations: locations.into() }
    }

    /// Takes the shallow sizes out, in bytes as the file has them: the sizes after ownership are made
    /// in their place. Nobody else needs them, and the second time there are none.
    pub fn take_self_sizes(&mut self) -> WideColumn {
        std::mem::take(&mut self.raw.self_sizes)
    }

    /// Stores all but the texts, which stay in the snapshot's file; with `embed_texts` they go
    /// along (and, where it has any, what is read when somebody asks), so that the file is not
    /// needed again.
    pub fn store(&self, out: &mut Storer, embed_texts: bool) -> io::Result<()> {
        // All fields are named, so that none is forgotten here.
        let RawSnapshot {
            tracking,
            meta,
            nodes,
            self_sizes: _,
            edges,
            strings,
            locations: _,
            scopes,
            warnings,
            number_spans: _,
            byte_len,
        } = &self.raw;
        meta.store(out)?;
        nodes.store(out)?;
        edges.store(out)?;
        self.locations.store(out)?;
        warnings.store(out)?;
        byte_len.store(out)?;
        tracking.store(out)?;
        scopes.store(out)?;
        let all = tracking.has_any() || scopes.has_any();
        strings.store(out, embed_texts, all)
    }

    /// What [`Self::store`] wrote. `text` is the snapshot's text; `None` where the texts were
    /// stored along.
    pub fn load(from: &mut Loader, text: Option<Source>) -> Option<Self> {
        let (meta, nodes, edges) = (Stored::load(from)?, Stored::load(from)?, Stored::load(from)?);
        let locations = Stored::load(from)?;
        let (warnings, byte_len) = (Stored::load(from)?, Stored::load(from)?);
        let (tracking, scopes) = (Stored::load(from)?, Stored::load(from)?);
        let strings = StringTable::load(from, text)?;
        let locations_of_file = Vec::new(); // sorted they are in `locations`
        let raw = RawSnapshot {
            tracking,
            meta,
            nodes,
            self_sizes: WideColumn::default(), // analysis has made other sizes of them
            edges,
            strings,
            locations: locations_of_file,
            scopes,
            warnings,
            number_spans: Default::default(), // nobody has read them
            byte_len,
        };
        Some(Self { raw, locations })
    }

    /// Appends what [`Self::store`] writes, in the words of [`Stored::shape`].
    pub fn shape(out: &mut String) {
        out.push_str("graph:");
        Meta::shape(out);
        NodeColumns::shape(out);
        EdgeColumns::shape(out);
        Column::<Location>::shape(out);
        Vec::<Warning>::shape(out);
        u64::shape(out);
        TrackingSections::shape(out);
        ScopeSections::shape(out);
        StringTable::shape(out);
    }

    /// Whether the tables fit together as reading makes them: what was loaded from a file may
    /// be anything.
    pub fn is_sound(&self) -> bool {
        let RawSnapshot { nodes, edges, strings, tracking, .. } = &self.raw;
        let count = nodes.kind.len();
        nodes.is_sound(edges.kind.len())
            && edges.is_sound(count)
            && self.locations.is_sorted_by(|a, b| a.node < b.node)
            && self.locations.last().is_none_or(|last| (last.node as usize) < count)
            && strings.is_sound()
            && tracking.is_sound(strings.source().bytes())
    }

    /// Releases the pages of the file whose numbers are in columns now: see [`Source::release_pages`].
    pub fn release_number_pages(&self) {
        self.raw.number_spans.iter().for_each(|span| self.raw.strings.source().release_pages(span.clone()));
    }

    /// Header facts.
    pub fn meta(&self) -> &Meta {
        &self.raw.meta
    }

    /// What was odd about the file.
    pub fn warnings(&self) -> &[Warning] {
        &self.raw.warnings
    }

    /// What has become of the snapshot's file since it was opened, if anything. Asks the system.
    pub fn change(&self) -> Option<Change> {
        self.raw.strings.change()
    }

    /// Bytes of the snapshot's text.
    pub fn byte_len(&self) -> u64 {
        self.raw.byte_len
    }

    /// The node table, for passes over all of it.
    pub fn nodes(&self) -> &NodeColumns {
        &self.raw.nodes
    }

    /// The edge table, for passes over all of it.
    pub fn edges(&self) -> &EdgeColumns {
        &self.raw.edges
    }

    /// Reads the timeline of allocations; see [`RawSnapshot::samples`].
    pub fn samples(&self, progress: &Progress) -> format::Result<Vec<Sample>> {
        self.raw.samples(progress)
    }

    /// Reads the stacks of allocations; see [`RawSnapshot::trace_table`].
    pub fn trace_table(&self, progress: &Progress) -> format::Result<TraceTable> {
        self.raw.trace_table(progress)
    }

    /// The string table.
    pub fn strings(&self) -> &StringTable {
        &self.raw.strings
    }

    /// Reads the scope tables; see [`RawSnapshot::scope_tables`].
    pub fn scope_tables(&self, progress: &Progress) -> format::Result<ScopeTables> {
        self.raw.scope_tables(progress)
    }

    /// Number of nodes.
    pub fn node_count(&self) -> u32 {
        self.raw.nodes.kind.len() as u32 // reading refuses more
    }

    /// Number of edges.
    pub fn edge_count(&self) -> u32 {
        self.raw.edges.kind.len() as u32 // reading refuses more
    }

    /// All nodes in file order.
    pub fn node_ordinals(&self) -> impl ExactSizeIterator<Item = NodeOrdinal> + use<> {
        (0..self.node_count()).map(NodeOrdinal)
    }

    /// What a node is.
    #[inline]
    pub fn kind(&self, node: NodeOrdinal) -> NodeKind {
        NodeKind(self.raw.nodes.kind[node.index()])
    }

    /// The raw name of a node, as the file has it.
    #[inline]
    pub fn name(&self, node: NodeOrdinal) -> StringIndex {
        StringIndex(self.raw.nodes.name[node.index()])
    }

    /// The text of a node's raw name.
    pub fn name_text(&self, node: NodeOrdinal) -> Cow<'_, str> {
        self.text(self.name(node))
    }

    /// V8's id of a node.
    #[inline]
    pub fn id(&self, node: NodeOrdinal) -> NodeId {
        NodeId(self.raw.nodes.id.get(node.0))
    }

    /// The edges that leave a node, in file order.
    #[inline]
    pub fn edges_of(&self, node: NodeOrdinal) -> impl ExactSizeIterator<Item = EdgeOrdinal> + use<> {
        self.edge_range(node).map(EdgeOrdinal)
    }

    /// The same as a range of ordinals.
    #[inline]
    pub fn edge_range(&self, node: NodeOrdinal) -> Range<u32> {
        let first_edge = &self.raw.nodes.first_edge;
        let start = first_edge[node.index()];
        start..first_edge[node.index() + 1].max(start) // what is gone from a mapped file reads as 0
    }

    /// The edges that leave a node as slices of the edge table, for tight loops.
    #[inline]
    pub fn edge_rows(&self, node: NodeOrdinal) -> EdgeRows<'_> {
        let range = self.edge_range(node);
        let range = range.start as usize..range.end as usize;
        let edges = &self.raw.edges;
        EdgeRows {
            kinds: &edges.kind[range.clone()],
            names: &edges.name_or_index[range.clone()],
            to: &edges.to[range],
        }
    }

    /// What an edge is.
    #[inline]
    pub fn edge_kind(&self, edge: EdgeOrdinal) -> EdgeKind {
        EdgeKind(self.raw.edges.kind[edge.index()])
    }

    /// A string index, or for element and hidden edges a number.
    #[inline]
    pub fn edge_name_or_index(&self, edge: EdgeOrdinal) -> u32 {
        self.raw.edges.name_or_index[edge.index()]
    }

    /// Where an edge leads.
    #[inline]
    pub fn edge_to(&self, edge: EdgeOrdinal) -> NodeOrdinal {
        NodeOrdinal(self.raw.edges.to[edge.index()])
    }

    /// Where an edge comes from. Takes a binary search.
    pub fn edge_from(&self, edge: EdgeOrdinal) -> NodeOrdinal {
        let first_edge = &self.raw.nodes.first_edge;
        let after = first_edge.partition_point(|&first| first <= edge.0);
        // first_edge[0] is 0, so at least one is not above; all are where a mapped file has lost some.
        NodeOrdinal((after as u32).min(self.node_count()) - 1)
    }

    /// A text of the string table.
    pub fn text(&self, index: StringIndex) -> Cow<'_, str> {
        self.raw.strings.get(index)
    }

    /// Where a node's function or constructor stands.
    pub fn location(&self, node: NodeOrdinal) -> Option<Location> {
        let at = self.locations.binary_search_by_key(&node.0, |location| location.node).ok()?;
        self.locations.get(at).copied()
    }

    /// All locations, one a node, by node.
    pub fn locations(&self) -> &[Location] {
        &self.locations
    }

    /// The node with an id. Takes a pass over all ids.
    pub fn find_id(&self, id: NodeId) -> Option<NodeOrdinal> {
        let ids = &self.raw.nodes.id;
        let row = match u32::try_from(id.0) {
            Ok(low) if low != WideColumn::IS_WIDE => ids.low().iter().position(|&other| other == low)?,
            _ => ids.wide().find(|&(_, other)| other == id.0)?.0 as usize,
        };
        Some(NodeOrdinal(row as u32)) // a row number
    }
}

/// The edges of one node, side by side: slices of equal length.
#[derive(Clone, Copy, Debug)]
pub struct EdgeRows<'a> {
    /// [`EdgeKind`] numbers.
    pub kinds: &'a [u8],
    /// String indices, or for element and hidden edges numbers.
    pub names: &'a [u32],
    /// Ordinals of the target nodes.
    pub to: &'a [u32],
}

/// The root of every snapshot.
pub const ROOT: NodeOrdinal = NodeOrdinal(0);
