//! Which JavaScript realm (native context) each node belongs to.

use super::Detachedness;
use crate::graph::Graph;
use crate::util::{Cancelled, Column, Progress};

/// Realm of each node.
#[derive(Debug, Default)]
pub struct NativeContexts {
    /// Ordinal of the context, [`Self::NONE`] or [`Self::SHARED`], by node.
    pub of: Column<i32>,
}

impl NativeContexts {
    /// Attributed to none.
    pub const NONE: i32 = -1;
    /// Shared between several.
    pub const SHARED: i32 = -2;
}

/// Attributes all nodes. Not part of opening a snapshot: asked for when shown.
pub fn native_contexts(
    _graph: &Graph,
    _detachedness: &Detachedness,
    _progress: &Progress,
) -> Result<NativeContexts, Cancelled> {
    todo!()
}
