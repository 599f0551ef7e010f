//! `heaplens contents`: what an object holds, from the root down: DevTools' Containment.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::Error;
use super::answer::{check_unchanged, write_json, write_tree};
use super::args::{Format, Output, parse_id};
use super::ids::find;
use super::opening::open_at;
use crate::analysis::{SizeRule, display_name};
use crate::graph::{NodeId, ROOT};
use crate::rows::{FieldsOf, Filter, Tree, edge_rows};
use crate::util::Progress;

/// What `heaplens contents` is told.
#[derive(Debug, Args)]
pub struct Contents {
    /// The snapshot, or `-` for standard input
    file: PathBuf,
    /// Id of the object, such as @30119
    #[arg(value_parser = parse_id)]
    id: Option<NodeId>,
    #[command(flatten)]
    output: Output,
}

impl Contents {
    pub(super) fn run(self, progress: &Progress) -> Result<bool, Error> {
        let heap = open_at(&self.file, SizeRule::Exact, progress)?;
        let node = self.id.map_or(Ok(ROOT), |id| find(&heap, &self.file, id))?;
        let tree =
            Tree::build(Arc::new(FieldsOf::new(heap.clone(), node)), None, Filter::default(), progress)?;
        if self.output.format == Format::Json {
            let children = edge_rows(&tree, None);
            write_json(&json!({
                "id": heap.graph.id(node).0,
                "name": display_name(&heap, node),
                "total": children.len(),
                "children": children,
            }))?;
        } else {
            write_tree(&tree, self.output.format, progress)?;
        }
        check_unchanged(&self.file, &heap)?;
        Ok(self.output.timings)
    }
}
