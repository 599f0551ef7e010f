//! The objects that a command names by their ids.

use std::path::Path;
use std::sync::Arc;

use super::Error;
use crate::analysis::{Heap, IgnoredRetainers, ignored_retainers};
use crate::graph::{NodeId, NodeOrdinal};
use crate::util::{Phase, Progress};

/// The object with an id.
pub(super) fn find(heap: &Heap, file: &Path, id: NodeId) -> Result<NodeOrdinal, Error> {
    heap.graph.find_id(id).ok_or_else(|| Error::Told(format!("{}: there is no object {id}", file.display())))
}

/// What is left out of the retainers; nothing when no ids are given.
pub(super) fn ignoring(
    heap: &Heap,
    file: &Path,
    ids: &[NodeId],
    progress: &Progress,
) -> Result<Option<Arc<IgnoredRetainers>>, Error> {
    if ids.is_empty() {
        return Ok(None);
    }
    let nodes: Vec<NodeOrdinal> = ids.iter().map(|&id| find(heap, file, id)).collect::<Result<_, _>>()?;
    let ignored = progress.phase(Phase::Distances, || ignored_retainers(heap, &nodes, progress))?;
    Ok(Some(Arc::new(ignored)))
}
