//! `compare`: what is new in a snapshot, and what is gone.

use std::path::Path;
use std::sync::Arc;

use super::answer::{check_unchanged, write_json, write_tree};
use super::args::{Format, Output};
use super::opening::open_at;
use super::{Error, story};
use crate::analysis::SizeRule;
use crate::export::compare_report;
use crate::rows::{Comparison, Filter, Tree};
use crate::util::{Phase, Progress};
use crate::workspace::{SnapshotKey, compare};

/// Prints the differences by constructor.
pub(super) fn run(base: &Path, target: &Path, output: Output, progress: &Progress) -> Result<bool, Error> {
    let base_heap = open_at(base, SizeRule::Exact, progress)?;
    let target_heap = open_at(target, SizeRule::Exact, progress)?;
    let (base_side, target_side) = ((SnapshotKey(0), &*base_heap), (SnapshotKey(1), &*target_heap));
    let compared = progress.phase(Phase::Comparing, || compare(base_side, target_side, progress))?;
    if !compared.diff.by_id {
        eprintln!("warning: {}", story::counts_only(&compared));
    }
    if output.format == Format::Json {
        write_json(&compare_report(&compared.diff))?;
    } else {
        let source = Comparison::new(base_heap.clone(), target_heap.clone(), compared.diff);
        let tree = Tree::build(Arc::new(source), None, Filter::default(), progress)?;
        write_tree(&tree, output.format, progress)?;
    }
    check_unchanged(base, &base_heap)?;
    check_unchanged(target, &target_heap)?;
    Ok(output.timings)
}
