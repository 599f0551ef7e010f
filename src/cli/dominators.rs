//! `heaplens dominators` and `heaplens dominated`: the dominator tree, upwards and downwards.

use std::path::PathBuf;

use clap::Args;

use super::Error;
use super::answer::check_unchanged;
use super::args::{Output, Page, parse_id};
use super::ids::find;
use super::listing::{Listing, OBJECT, object_values};
use super::opening::open_at;
use crate::analysis::{
    Direction, NodeKey, SizeRule, display_name, dominated_by, dominator_chain, sort_nodes,
};
use crate::graph::{NodeId, ROOT};
use crate::util::{Phase, Progress};

/// What `heaplens dominators` is told.
#[derive(Debug, Args)]
pub struct Dominators {
    /// The snapshot, or `-` for standard input
    file: PathBuf,
    /// Id of the object, such as @30119
    #[arg(value_parser = parse_id)]
    id: NodeId,
    #[command(flatten)]
    output: Output,
}

impl Dominators {
    pub(super) fn run(self, progress: &Progress) -> Result<bool, Error> {
        let heap = open_at(&self.file, SizeRule::Exact, progress)?;
        let node = find(&heap, &self.file, self.id)?;
        let chain = dominator_chain(&heap.dominators, node);
        let list = Listing {
            facts: vec![("id", self.id.0.into()), ("total", chain.len().into())],
            rows_are: "chain",
            names: &OBJECT,
            rows: chain.iter().map(|&node| object_values(&heap, node)),
        };
        list.write(self.output.format, progress)?;
        check_unchanged(&self.file, &heap)?;
        Ok(self.output.timings)
    }
}

/// What `heaplens dominated` is told.
#[derive(Debug, Args)]
pub struct Dominated {
    /// The snapshot, or `-` for standard input
    file: PathBuf,
    /// Id of the object, such as @30119
    #[arg(value_parser = parse_id)]
    id: Option<NodeId>,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    output: Output,
}

impl Dominated {
    pub(super) fn run(self, progress: &Progress) -> Result<bool, Error> {
        const ORDER: [(NodeKey, Direction); 2] =
            [(NodeKey::RetainedSize, Direction::Descending), (NodeKey::Id, Direction::Ascending)];
        let heap = open_at(&self.file, SizeRule::Exact, progress)?;
        let node = self.id.map_or(Ok(ROOT), |id| find(&heap, &self.file, id))?;
        let mut nodes =
            progress.phase(Phase::Searching, || dominated_by(&heap.dominators, node, progress))?;
        progress.phase(Phase::Sorting, || sort_nodes(&heap, &mut nodes, ORDER, progress))?;
        let list = Listing {
            facts: vec![
                ("id", heap.graph.id(node).0.into()),
                ("name", display_name(&heap, node).into()),
                ("retained_size", heap.retained.of(node).into()),
                ("total", nodes.len().into()),
            ],
            rows_are: "dominated",
            names: &OBJECT,
            rows: self.page.of(&nodes).iter().map(|&node| object_values(&heap, node)),
        };
        list.write(self.output.format, progress)?;
        check_unchanged(&self.file, &heap)?;
        Ok(self.output.timings)
    }
}
