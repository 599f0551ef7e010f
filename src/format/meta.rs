//! The header: which fields the tables have, and what their kinds are called.

use std::ops::Range;

use serde::Deserialize;
use serde_json::Value;

use super::cursor::Cursor;
use super::numbers::MAX_FIELDS;
use super::traces::{FUNCTION_FIELDS, RowLayout, SAMPLE_FIELDS, TREE_FIELDS, TrackingLayout};
use super::{EdgeKind, Error, KindNames, NodeKind, Result, Warning};
use crate::util::stored;

/// Facts of a snapshot's header that outlive reading.
#[derive(Clone, Debug, Default)]
pub struct Meta {
    /// Names of node kinds.
    pub node_kinds: KindNames,
    /// Names of edge kinds.
    pub edge_kinds: KindNames,
    /// Fields a node has in the file. DevTools' *node index* is the ordinal times this.
    pub node_field_count: u32,
    /// Memory outside the JavaScript heap that the header reports, in bytes (V8 13 and later).
    pub extra_native_bytes: u64,
    /// Number of functions in the allocation profile; 0 when allocations were not tracked.
    pub trace_function_count: u64,
}

stored!(Meta { node_kinds, edge_kinds, node_field_count, extra_native_bytes, trace_function_count });

/// The section `snapshot`, as written.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct HeaderJson {
    meta: MetaJson,
    #[serde(default)]
    node_count: Value,
    #[serde(default)]
    edge_count: Value,
    #[serde(default)]
    trace_function_count: Value,
    #[serde(default)]
    extra_native_bytes: Value,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct MetaJson {
    node_fields: Vec<String>,
    node_types: Vec<Value>,
    edge_fields: Vec<String>,
    edge_types: Vec<Value>,
    location_fields: Option<Vec<String>>,
    sample_fields: Option<Vec<String>>,
    trace_function_info_fields: Option<Vec<String>>,
    trace_node_fields: Option<Vec<String>>,
    scope_fields: Option<Vec<String>>,
    scope_context_var_fields: Option<Vec<String>>,
    scope_use_fields: Option<Vec<String>>,
}

/// What the header says, checked.
#[derive(Debug)]
pub(super) struct Header {
    pub meta: Meta,
    /// Where the fields stand in the rows of `samples`, `trace_function_infos` and `trace_tree`.
    pub tracking: TrackingLayout,
    pub nodes: NodeLayout,
    pub edges: EdgeLayout,
    pub locations: LocationLayout,
    /// Fields of the scope tables, in the order of [`super::scopes::SECTIONS`].
    pub scope_fields: [Vec<String>; 3],
    /// The counts of the header: only hints, as some writers leave them 0.
    declared_nodes: Value,
    declared_edges: Value,
}

/// How the rows of the node table are to be read.
#[derive(Clone, Debug)]
pub(super) struct NodeLayout {
    /// Numbers of a row.
    pub count: usize,
    pub fields: NodeFields,
    pub kinds: KindTable,
}

/// Where the fields of a node stand in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeFields {
    pub kind: usize,
    pub name: usize,
    pub id: usize,
    pub self_size: usize,
    pub edge_count: usize,
    pub trace_node: Option<usize>,
    pub detachedness: Option<usize>,
}

/// How the rows of the edge table are to be read.
#[derive(Clone, Debug)]
pub(super) struct EdgeLayout {
    /// Numbers of a row.
    pub count: usize,
    pub fields: EdgeFields,
    pub kinds: KindTable,
}

/// Where the fields of an edge stand in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EdgeFields {
    pub kind: usize,
    pub name_or_index: usize,
    pub to_node: usize,
}

/// Where the fields of a location stand in its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LocationLayout {
    /// Numbers of a row.
    pub fields: usize,
    pub object: usize,
    pub script_id: usize,
    pub line: usize,
    pub column: usize,
}

/// Translates a file's kind numbers to ours.
#[derive(Clone, Debug)]
pub(super) struct KindTable {
    codes: [u8; 256],
    named: u64,
}

impl KindTable {
    fn new(codes: &[u8]) -> Self {
        let mut table = [u8::MAX; 256];
        for (entry, &code) in table.iter_mut().zip(codes) {
            *entry = code;
        }
        Self { codes: table, named: codes.len() as u64 }
    }

    /// Our number of the file's kind `number`; 255 where the header has no name for it.
    #[inline]
    pub(super) fn code(&self, number: u64) -> u8 {
        self.codes[number.min(255) as usize]
    }

    /// Whether the header names the kind `number`.
    #[inline]
    pub(super) fn names(&self, number: u64) -> bool {
        number < self.named
    }
}

/// Bytes that a header may have: thousands of times what any writer makes of it.
const MAX_HEADER: usize = 16 << 20;

impl Header {
    /// Reads the section `snapshot`, which stands at `span` of the file's text.
    pub(super) fn parse(text: &[u8], span: Range<usize>) -> Result<Self> {
        let offset = span.start;
        if text.get(offset) != Some(&b'{') {
            return Err(Cursor::new(text, offset, "section `snapshot`").error("a header with `meta`"));
        }
        let text = &text[span];
        if text.len() > MAX_HEADER {
            return Err(Error::Inconsistent(format!(
                "the header has {} bytes, which is too much",
                text.len()
            )));
        }
        let header: HeaderJson = serde_json::from_slice(text).map_err(|error| Error::Malformed {
            offset: (offset + place(text, &error)) as u64,
            expected: "a header with `meta` (section `snapshot`)".to_owned(),
            found: message(&error),
        })?;
        Self::from_json(header)
    }

    fn from_json(header: HeaderJson) -> Result<Self> {
        let meta = header.meta;
        let node = Fields::new("node_fields", &meta.node_fields)?;
        let edge = Fields::new("edge_fields", &meta.edge_fields)?;
        let node_kind = node.position("type")?;
        let edge_kind = edge.position("type")?;
        let (node_kinds, node_codes) =
            KindNames::assign(NodeKind::KNOWN, &kind_names("node_types", &meta.node_types, node_kind)?);
        let (edge_kinds, edge_codes) =
            KindNames::assign(EdgeKind::KNOWN, &kind_names("edge_types", &meta.edge_types, edge_kind)?);
        Ok(Self {
            tracking: TrackingLayout {
                samples: RowLayout::new(meta.sample_fields.as_deref(), SAMPLE_FIELDS),
                functions: RowLayout::new(meta.trace_function_info_fields.as_deref(), FUNCTION_FIELDS),
                tree: RowLayout::new(meta.trace_node_fields.as_deref(), TREE_FIELDS),
            },
            nodes: NodeLayout {
                count: node.names.len(),
                fields: NodeFields {
                    kind: node_kind,
                    name: node.position("name")?,
                    id: node.position("id")?,
                    self_size: node.position("self_size")?,
                    edge_count: node.position("edge_count")?,
                    trace_node: node.position("trace_node_id").ok(),
                    detachedness: node.position("detachedness").ok(),
                },
                kinds: KindTable::new(&node_codes),
            },
            edges: EdgeLayout {
                count: edge.names.len(),
                fields: EdgeFields {
                    kind: edge_kind,
                    name_or_index: edge.position("name_or_index")?,
                    to_node: edge.position("to_node")?,
                },
                kinds: KindTable::new(&edge_codes),
            },
            locations: LocationLayout::new(meta.location_fields.as_deref())?,
            scope_fields: [meta.scope_fields, meta.scope_context_var_fields, meta.scope_use_fields]
                .map(Option::unwrap_or_default),
            declared_nodes: header.node_count,
            declared_edges: header.edge_count,
            meta: Meta {
                node_kinds,
                edge_kinds,
                node_field_count: node.names.len() as u32, // few, checked by `Fields`
                // Sums with sizes, which are below 2^63 together, must fit into 64 bits.
                extra_native_bytes: header.extra_native_bytes.as_i64().map_or(0, |bytes| bytes.max(0) as u64),
                trace_function_count: header.trace_function_count.as_u64().unwrap_or(0),
            },
        })
    }

    /// Warns where the header's counts are not those of the tables. 0 is what some
    /// writers (Hermes) always say.
    pub(super) fn check_counts(&self, nodes: usize, edges: usize, warnings: &mut Vec<Warning>) {
        for (declared, count, what) in
            [(&self.declared_nodes, nodes, "nodes"), (&self.declared_edges, edges, "edges")]
        {
            let warning = match declared.as_u64() {
                Some(0) => continue,
                Some(declared) if declared == count as u64 => continue,
                None if declared.is_null() => {
                    format!("the header does not say how many {what} there are; the file has {count}")
                }
                _ => format!("the header says {declared} {what}, but the file has {count}"),
            };
            warnings.push(Warning(warning));
        }
    }
}

impl LocationLayout {
    fn new(fields: Option<&[String]>) -> Result<Self> {
        let usual = ["object_index", "script_id", "line", "column"].map(String::from);
        let fields = Fields::new("location_fields", fields.filter(|f| !f.is_empty()).unwrap_or(&usual))?;
        Ok(Self {
            fields: fields.names.len(),
            object: fields.position("object_index")?,
            script_id: fields.position("script_id")?,
            line: fields.position("line")?,
            column: fields.position("column")?,
        })
    }
}

/// A list of field names.
struct Fields<'a> {
    list: &'static str,
    names: &'a [String],
}

impl<'a> Fields<'a> {
    fn new(list: &'static str, names: &'a [String]) -> Result<Self> {
        if names.len() > MAX_FIELDS {
            return Err(Error::Inconsistent(format!(
                "the header's `{list}` has {} names; more than {MAX_FIELDS} cannot be read",
                names.len()
            )));
        }
        Ok(Self { list, names })
    }

    fn position(&self, name: &str) -> Result<usize> {
        self.names.iter().position(|n| n == name).ok_or_else(|| {
            Error::Inconsistent(format!(
                "the header's `{}` lacks `{name}`: such a table cannot be read",
                self.list
            ))
        })
    }
}

/// The list of kind names at `position` of a list of field types.
fn kind_names(list: &str, types: &[Value], position: usize) -> Result<Vec<String>> {
    let names = types.get(position).and_then(Value::as_array).and_then(|names| {
        names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    });
    names.ok_or_else(|| {
        Error::Inconsistent(format!("the header's `{list}` has no list of names for the field `type`"))
    })
}

/// Bytes from the start of `text` to where `serde_json` stopped.
fn place(text: &[u8], error: &serde_json::Error) -> usize {
    let line = error.line().saturating_sub(1);
    let line_start = match line {
        0 => 0,
        _ => memchr::memchr_iter(b'\n', text).nth(line - 1).map_or(0, |newline| newline + 1),
    };
    (line_start + error.column().saturating_sub(1)).min(text.len())
}

/// `serde_json`'s message without its line and column, which count from the header's start.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(what, _)| what.to_owned())
}
