//! The Summary: constructors with their counts and sizes.

use std::ops::Range;

use super::{ClassId, Classes, Distance, Distances, Dominators, RetainedSizes, ShallowSizes};
use crate::graph::{Graph, NodeOrdinal};
use crate::util::{Cancelled, Progress};

/// One constructor's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// Its class; name and key stand in [`Classes`].
    pub class: ClassId,
    /// Number of objects.
    pub count: u32,
    /// Least distance of an object.
    pub distance: Distance,
    /// Sum of shallow sizes, in bytes.
    pub shallow_size: u64,
    /// Sum of the retained sizes of those objects that no other object of the class dominates.
    pub retained_size: u64,
    members: Range<usize>,
}

/// All constructors whose objects take space.
#[derive(Debug, Default)]
pub struct Aggregates {
    /// In DevTools' order before sorting; public keys are unique.
    pub list: Vec<Aggregate>,
    members: Vec<u32>,
}

impl Aggregates {
    /// The objects of a constructor, in file order.
    pub fn members(&self, row: &Aggregate) -> impl ExactSizeIterator<Item = NodeOrdinal> + '_ {
        self.members[row.members.clone()].iter().copied().map(NodeOrdinal)
    }
}

/// Groups all nodes of non-zero size by class.
pub fn aggregates(
    _graph: &Graph,
    _classes: &Classes,
    _sizes: &ShallowSizes,
    _distances: &Distances,
    _dominators: &Dominators,
    _retained: &RetainedSizes,
    _progress: &Progress,
) -> Result<Aggregates, Cancelled> {
    todo!()
}
