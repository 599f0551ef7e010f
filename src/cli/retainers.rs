//! `retainers`: who holds an object.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::Error;
use super::answer::{check_unchanged, write_json, write_tree};
use super::args::{Format, Output};
use super::ids::{find, ignoring};
use super::opening::open_at;
use crate::analysis::SizeRule;
use crate::graph::NodeId;
use crate::rows::{EdgeRow, Filter, PathFinder, RetainersOf, Tree, edge_rows};
use crate::util::Progress;
use crate::workspace::full_text;

/// Prints the direct retainers; as JSON also the shortest path to a root.
pub(super) fn run(
    file: &Path,
    id: NodeId,
    ignore: &[NodeId],
    output: Output,
    progress: &Progress,
) -> Result<bool, Error> {
    let heap = open_at(file, SizeRule::Exact, progress)?;
    let node = find(&heap, file, id)?;
    let ignored = ignoring(&heap, file, ignore, progress)?;
    let source = Arc::new(RetainersOf::ignoring(heap.clone(), node, ignored.clone(), progress)?);
    let tree = Tree::build(source, None, Filter::default(), progress)?;
    if output.format == Format::Json {
        let ignored = ignored.as_deref();
        let path = PathFinder::ignoring(&heap, ignored, progress).path(node)?;
        let steps: Vec<EdgeRow> = path.iter().map(|&edge| EdgeRow::retainer(&heap, edge, ignored)).collect();
        write_json(&json!({
            "id": id.0,
            "name": full_text(&heap, node),
            "class": heap.classes.name_of(node),
            "retainers": edge_rows(&tree, ignored),
            "path": steps,
        }))?;
    } else {
        write_tree(&tree, output.format, progress)?;
    }
    check_unchanged(file, &heap)?;
    Ok(output.timings)
}
