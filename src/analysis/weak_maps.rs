//! Edges that stand for an entry of a `WeakMap`: V8 names them with the table's and the key's ids.

use rustc_hash::FxHashMap;

use crate::graph::{Graph, StringIndex};
use crate::util::{Cancelled, Progress};

/// The edge names of a snapshot that follow the WeakMap pattern.
#[derive(Debug, Default)]
pub struct WeakMaps {
    /// By the edge's name.
    pub entries: FxHashMap<StringIndex, WeakMapEntry>,
}

/// What an edge name of the pattern says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeakMapEntry {
    /// Id of the table.
    pub table_id: u64,
    /// Number of the *duplicated part*: equal for the edge from the table and the edge from the key.
    pub part: u32,
}

/// Parses the string table's WeakMap edge names.
pub fn weak_maps(_graph: &Graph, _progress: &Progress) -> Result<WeakMaps, Cancelled> {
    todo!()
}
