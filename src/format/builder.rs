//! Writes small snapshots, for tests and examples: nodes and edges in, JSON text out.
//!
//! ```
//! use heaplens::format::{EdgeKind, NodeKind, builder::SnapshotBuilder};
//!
//! let mut heap = SnapshotBuilder::new();
//! let root = heap.node(NodeKind::SYNTHETIC, "", 0);
//! let bus = heap.node(NodeKind::OBJECT, "RedisStreamBus", 136);
//! heap.edge(root, EdgeKind::ELEMENT, 1, bus);
//! assert!(heap.to_json().contains("RedisStreamBus"));
//! ```

use rustc_hash::FxHashMap;
use serde_json::json;

use super::{EdgeKind, NodeKind};

/// The name of an edge: a text, or a number for element and hidden edges.
#[derive(Clone, Copy, Debug)]
pub enum EdgeName<'a> {
    /// Of property, internal, context, shortcut and weak edges.
    Text(&'a str),
    /// Of element and hidden edges.
    Index(u32),
}

impl<'a> From<&'a str> for EdgeName<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl From<u32> for EdgeName<'_> {
    fn from(index: u32) -> Self {
        Self::Index(index)
    }
}

#[derive(Debug)]
struct Node {
    kind: NodeKind,
    name: u32,
    id: u64,
    size: u64,
    detachedness: u8,
    edges: Vec<(EdgeKind, u32, u32)>,
}

/// A snapshot under construction. The first node is the root.
#[derive(Debug, Default)]
pub struct SnapshotBuilder {
    nodes: Vec<Node>,
    strings: Vec<String>,
    index: FxHashMap<String, u32>,
    locations: Vec<[u32; 4]>,
}

impl SnapshotBuilder {
    /// No nodes yet.
    pub fn new() -> Self {
        let mut builder = Self::default();
        builder.string("<dummy>");
        builder
    }

    /// Adds a node; its id is the next odd number. Returns its ordinal.
    pub fn node(&mut self, kind: NodeKind, name: &str, size: u64) -> u32 {
        let name = self.string(name);
        let ordinal = self.nodes.len() as u32;
        self.nodes.push(Node {
            kind,
            name,
            id: 2 * u64::from(ordinal) + 1,
            size,
            detachedness: 0,
            edges: Vec::new(),
        });
        ordinal
    }

    /// Adds an edge behind those that `from` has. Panics when there is no such node.
    pub fn edge<'a>(&mut self, from: u32, kind: EdgeKind, name: impl Into<EdgeName<'a>>, to: u32) {
        let name = match name.into() {
            EdgeName::Text(text) => self.string(text),
            EdgeName::Index(index) => index,
        };
        self.nodes[from as usize].edges.push((kind, name, to));
    }

    /// Gives a node another id. Panics when there is no such node.
    pub fn set_id(&mut self, node: u32, id: u64) {
        self.nodes[node as usize].id = id;
    }

    /// Sets a node's detachedness. Panics when there is no such node.
    pub fn set_detachedness(&mut self, node: u32, state: u8) {
        self.nodes[node as usize].detachedness = state;
    }

    /// Says where a node's function or constructor stands.
    pub fn location(&mut self, node: u32, script_id: u32, line: u32, column: u32) {
        self.locations.push([node, script_id, line, column]);
    }

    fn string(&mut self, text: &str) -> u32 {
        if let Some(&index) = self.index.get(text) {
            return index;
        }
        let index = self.strings.len() as u32;
        self.strings.push(text.to_owned());
        self.index.insert(text.to_owned(), index);
        index
    }

    /// The snapshot's text, in the layout of Node 20.
    pub fn to_json(&self) -> String {
        const FIELDS: u32 = 7;
        let mut nodes: Vec<u64> = Vec::new();
        let mut edges: Vec<u32> = Vec::new();
        for node in &self.nodes {
            let kind = u64::from(node.kind.0);
            let edge_count = node.edges.len() as u64;
            nodes.extend([kind, u64::from(node.name), node.id, node.size, edge_count, 0]);
            nodes.push(u64::from(node.detachedness));
            for &(kind, name, to) in &node.edges {
                edges.extend([u32::from(kind.0), name, to * FIELDS]);
            }
        }
        let locations: Vec<u32> = self
            .locations
            .iter()
            .flat_map(|&[node, script, line, column]| [node * FIELDS, script, line, column])
            .collect();
        let number = "number";
        json!({
            "snapshot": {
                "meta": {
                    "node_fields": ["type", "name", "id", "self_size", "edge_count", "trace_node_id", "detachedness"],
                    "node_types": [NodeKind::KNOWN, "string", number, number, number, number, number],
                    "edge_fields": ["type", "name_or_index", "to_node"],
                    "edge_types": [EdgeKind::KNOWN, "string_or_number", "node"],
                    "location_fields": ["object_index", "script_id", "line", "column"],
                },
                "node_count": self.nodes.len(),
                "edge_count": edges.len() / 3,
                "trace_function_count": 0,
            },
            "nodes": nodes,
            "edges": edges,
            "trace_function_infos": [],
            "trace_tree": [],
            "samples": [],
            "locations": locations,
            "strings": self.strings,
        })
        .to_string()
    }
}
