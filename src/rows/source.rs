//! The seam between a tree and what it is about: each kind of table is one [`Source`].

use std::sync::Arc;

use super::{ColumnSpec, Filter, Found, Item, Items, Record, Row, Side, Sort};
use crate::analysis::Heap;
use crate::graph::NodeOrdinal;
use crate::util::{Cancelled, Progress};

/// What a table shows, and how its children are collected. Rows are given with
/// the rows they lie in (`chain`, outermost first, never empty).
pub trait Source: Send + Sync {
    /// The columns.
    fn columns(&self) -> &'static [ColumnSpec];

    /// The order a new table has.
    fn default_sort(&self) -> Sort;

    /// What a filter leaves; asked once for each filter. May take long: for jobs.
    fn find(&self, filter: Filter, _progress: &Progress) -> Result<Found, Cancelled> {
        Ok(Found::from(filter))
    }

    /// The rows of the top level that were found, in order. May take long: for jobs.
    fn roots(&self, sort: Sort, found: &Found, progress: &Progress) -> Result<Items, Cancelled>;

    /// The rows inside a row, in order; of a class, those that were found. May take long: for jobs.
    fn children(
        &self,
        chain: &[Item],
        sort: Sort,
        found: &Found,
        progress: &Progress,
    ) -> Result<Items, Cancelled>;

    /// Whether there are rows inside a row.
    fn can_open(&self, chain: &[Item]) -> bool;

    /// The row's text and cells; depth and expander are filled in by the tree.
    fn row(&self, chain: &[Item]) -> Row;

    /// The row as plain values, for export.
    fn record(&self, chain: &[Item]) -> Record;

    /// The snapshot of a side.
    fn heap(&self, side: Side) -> &Arc<Heap>;

    /// The object that a row is about, if it is about one.
    fn object(&self, item: Item) -> Option<NodeOrdinal>;

    /// Whether a first row opens by itself in a new table; asked level by level.
    fn opens_first(&self, _chain: &[Item]) -> bool {
        false
    }
}
