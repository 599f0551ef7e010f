//! The Comparison: what is new and what is gone, by class.

use super::Heap;
use crate::graph::NodeOrdinal;
use crate::util::{Cancelled, Progress};

/// One class in which something appeared or disappeared. Counts are object counts, sizes bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassDiff {
    /// Public class key (see [`Class::key`](super::Class::key)).
    pub key: String,
    /// What the constructor column says.
    pub name: String,
    /// Objects only in the target, ascending by id.
    pub added: Vec<NodeOrdinal>,
    /// Objects only in the base, ascending by id: ordinals of the base.
    pub deleted: Vec<NodeOrdinal>,
    /// Shallow bytes of the added.
    pub added_size: u64,
    /// Shallow bytes of the deleted.
    pub deleted_size: u64,
    /// Objects in the base and in the target.
    pub base_count: u64,
    /// See `base_count`.
    pub target_count: u64,
    /// Shallow bytes of all objects in the base.
    pub base_size: u64,
    /// Shallow bytes of all objects in the target.
    pub target_size: u64,
}

/// The difference of two snapshots.
#[derive(Debug, Default)]
pub struct Diff {
    /// In DevTools' order before sorting. With `by_id`, only classes with something added or deleted;
    /// without, those whose count or size differs, `added` and `deleted` being empty.
    pub list: Vec<ClassDiff>,
    /// Whether objects were matched by id; otherwise only counts and sizes are compared.
    pub by_id: bool,
}

/// Compares a target with a base; by id, or only by counts where ids are not comparable.
pub fn diff(_base: &Heap, _target: &Heap, _by_id: bool, _progress: &Progress) -> Result<Diff, Cancelled> {
    todo!()
}
