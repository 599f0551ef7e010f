//! The header: which fields the tables have, and what their kinds are called.

use super::KindNames;

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
