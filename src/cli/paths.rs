//! `heaplens paths`: all paths from an object to the roots, within limits.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::Error;
use super::answer::check_unchanged;
use super::args::{Output, parse_id};
use super::ids::{find, ignoring};
use super::listing::{Listing, OBJECT, Value, object_values};
use super::opening::open_at;
use crate::analysis::{PathLimits, PathStep, SizeRule, display_name, retaining_paths};
use crate::graph::NodeId;
use crate::rows::edge_text;
use crate::util::{Phase, Progress};

/// What `heaplens paths` is told.
#[derive(Debug, Args)]
pub struct Paths {
    /// The snapshot, or `-` for standard input
    file: PathBuf,
    /// Id of the object, such as @30119
    #[arg(value_parser = parse_id)]
    id: NodeId,
    /// Leave objects out, such as @30119,@7
    #[arg(long, value_name = "IDS", value_parser = parse_id, value_delimiter = ',')]
    ignore: Vec<NodeId>,
    /// Longest path, in steps
    #[arg(long, default_value_t = PathLimits::default().depth)]
    depth: u32,
    /// How many holders are visited in all
    #[arg(long, default_value_t = PathLimits::default().nodes)]
    nodes: u32,
    /// How many holders are followed from one object, the nearest to a root first
    #[arg(long, default_value_t = PathLimits::default().siblings)]
    siblings: u32,
    #[command(flatten)]
    output: Output,
}

impl Paths {
    pub(super) fn run(self, progress: &Progress) -> Result<bool, Error> {
        let heap = open_at(&self.file, SizeRule::Exact, progress)?;
        let node = find(&heap, &self.file, self.id)?;
        let ignored = ignoring(&heap, &self.file, &self.ignore, progress)?;
        let limits = PathLimits { depth: self.depth, nodes: self.nodes, siblings: self.siblings };
        heap.index_retainers(progress)?;
        let paths = progress
            .phase(Phase::Searching, || retaining_paths(&heap, node, limits, ignored.as_deref(), progress))?;
        let reached = paths.limits_reached;
        for (is_reached, what) in [
            (reached.depth, "longer paths (--depth)"),
            (reached.nodes, "more holders (--nodes)"),
            (reached.siblings, "more holders of one object (--siblings)"),
        ] {
            if is_reached {
                eprintln!("note: there are {what}");
            }
        }
        let mut names = vec!["depth", "edge", "edge_kind"];
        names.extend(OBJECT);
        let values = |step: &PathStep| {
            let kind = heap.graph.meta().edge_kinds.get(heap.graph.edge_kind(step.edge).0);
            let edge = Value::Text(edge_text(&heap, step.edge));
            let mut values = vec![Value::Depth(step.depth), edge, Value::Text(kind.to_owned())];
            let mut holder = object_values(&heap, step.holder);
            holder[3] = Value::Steps(step.distance); // as if what is ignored were not there
            values.extend(holder);
            values
        };
        let list = Listing {
            facts: vec![
                ("id", self.id.0.into()),
                ("name", display_name(&heap, node).into()),
                (
                    "limits_reached",
                    json!({ "depth": reached.depth, "nodes": reached.nodes, "siblings": reached.siblings }),
                ),
            ],
            rows_are: "paths",
            names: &names,
            rows: paths.steps.iter().map(values),
        };
        list.write(self.output.format, progress)?;
        check_unchanged(&self.file, &heap)?;
        Ok(self.output.timings)
    }
}
