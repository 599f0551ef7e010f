//! Inferred interfaces: plain objects grouped by the properties they share.

use crate::graph::Graph;
use crate::util::{Cancelled, Progress};

/// A shape that many plain objects have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Such as `{id, total}`.
    pub name: String,
    /// Property names, in the order of the first object.
    pub properties: Vec<String>,
}

/// The interfaces of a snapshot, most frequent first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interfaces {
    /// In DevTools' order; among equal matches an earlier one wins.
    pub list: Vec<Interface>,
}

/// Infers the interfaces of plain objects.
pub fn interfaces(_graph: &Graph, _progress: &Progress) -> Result<Interfaces, Cancelled> {
    todo!()
}
