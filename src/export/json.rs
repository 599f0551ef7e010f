//! Results as JSON for programs: every class, whole numbers, `snake_case` keys.

use serde::Serialize;

use crate::analysis::{Aggregates, Diff, Heap};
use crate::rows::{delta_of, size_delta_of};

/// The Summary of a snapshot.
#[derive(Debug, Serialize)]
pub struct SummaryReport {
    /// Everything below the root, and native memory that the header reports, in bytes.
    pub total_size: u64,
    /// Number of nodes.
    pub node_count: u32,
    /// Number of edges.
    pub edge_count: u32,
    /// By public key.
    pub classes: Vec<ClassRow>,
}

/// One constructor.
#[derive(Debug, Serialize)]
pub struct ClassRow {
    /// `scriptId,line,column,name`, or `,name`.
    pub key: String,
    /// What the constructor column says.
    pub name: String,
    /// Number of objects.
    pub count: u32,
    /// Least distance, with DevTools' numbers for what no user root reaches.
    pub distance: i32,
    /// Bytes.
    pub shallow_size: u64,
    /// Bytes.
    pub retained_size: u64,
}

/// The Comparison of two snapshots.
#[derive(Debug, Serialize)]
pub struct CompareReport {
    /// Whether ids name the same objects in both. If not, only counts and sizes are compared.
    pub comparable_by_id: bool,
    /// By public key.
    pub classes: Vec<CompareRow>,
}

/// One constructor's change. What only ids can tell is null where they do not compare.
#[derive(Debug, Serialize)]
pub struct CompareRow {
    /// See [`ClassRow::key`].
    pub key: String,
    /// What the constructor column says.
    pub name: String,
    /// Objects only in the target.
    pub new: Option<u64>,
    /// Objects only in the base.
    pub deleted: Option<u64>,
    /// New less deleted.
    pub delta: i64,
    /// Bytes of the new.
    pub allocated_size: Option<u64>,
    /// Bytes of the deleted.
    pub freed_size: Option<u64>,
    /// Allocated less freed.
    pub size_delta: i64,
}

/// All constructors of a snapshot.
pub fn summary_report(heap: &Heap) -> SummaryReport {
    filtered_report(heap, &heap.aggregates)
}

/// The constructors of the objects that a filter leaves; totals are those of the snapshot.
pub fn filtered_report(heap: &Heap, aggregates: &Aggregates) -> SummaryReport {
    let mut classes: Vec<ClassRow> = aggregates
        .list
        .iter()
        .map(|row| {
            let class = heap.classes.get(row.class);
            ClassRow {
                key: class.key.clone(),
                name: class.name.clone(),
                count: row.count,
                distance: row.distance.0,
                shallow_size: row.shallow_size,
                retained_size: row.retained_size,
            }
        })
        .collect();
    classes.sort_by(|a, b| a.key.cmp(&b.key));
    SummaryReport {
        total_size: heap.total_size(),
        node_count: heap.graph.node_count(),
        edge_count: heap.graph.edge_count(),
        classes,
    }
}

/// All constructors that changed.
pub fn compare_report(diff: &Diff) -> CompareReport {
    let known = |value: u64| diff.by_id.then_some(value);
    let mut classes: Vec<CompareRow> = diff
        .list
        .iter()
        .map(|class| CompareRow {
            key: class.key.clone(),
            name: class.name.clone(),
            new: known(class.added.len() as u64),
            deleted: known(class.deleted.len() as u64),
            delta: delta_of(class, diff.by_id),
            allocated_size: known(class.added_size),
            freed_size: known(class.deleted_size),
            size_delta: size_delta_of(class, diff.by_id),
        })
        .collect();
    classes.sort_by(|a, b| a.key.cmp(&b.key));
    CompareReport { comparable_by_id: diff.by_id, classes }
}
