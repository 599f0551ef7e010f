//! `summary`: constructors with counts and sizes.

use std::path::Path;
use std::sync::Arc;

use super::Error;
use super::answer::{check_unchanged, write_json, write_tree};
use super::args::{Format, Output};
use super::filter::{FilterArgs, filtered_summary};
use super::opening::open_at;
use crate::analysis::SizeRule;
use crate::export::summary_report;
use crate::rows::{Filter, Summary, Tree};
use crate::util::Progress;

/// Prints all constructors, or those of the objects that a filter leaves.
pub(super) fn run(
    file: &Path,
    filter: FilterArgs,
    output: Output,
    progress: &Progress,
) -> Result<bool, Error> {
    let heap = open_at(file, SizeRule::Exact, progress)?;
    if filtered_summary(&heap, filter, output, progress)?.is_some() {
        check_unchanged(file, &heap)?;
        return Ok(output.timings);
    }
    if output.format == Format::Json {
        write_json(&summary_report(&heap))?;
    } else {
        let tree = Tree::build(Arc::new(Summary::new(heap.clone())), None, Filter::default(), progress)?;
        write_tree(&tree, output.format, progress)?;
    }
    check_unchanged(file, &heap)?;
    Ok(output.timings)
}
