//! Whether the ids of two snapshots name the same objects.

use super::Heap;
use crate::util::{Cancelled, Progress};

/// How far two snapshots agree about the objects whose ids both have.
///
/// V8 numbers objects anew when an inspector session ends; ids of snapshots from
/// two sessions then coincide by chance, and a comparison by id is nonsense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparability {
    /// Ids that both snapshots have.
    pub common: u64,
    /// Those of them under which both have the same kind and name.
    pub agreeing: u64,
}

impl Comparability {
    /// Whether comparing by id makes sense.
    pub fn by_id(&self) -> bool {
        todo!()
    }
}

/// Compares what common ids stand for.
pub fn comparability(_base: &Heap, _target: &Heap, _progress: &Progress) -> Result<Comparability, Cancelled> {
    todo!()
}
