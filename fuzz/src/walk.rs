//! Does with a snapshot what a person would do: looks at its tables, opens rows, follows paths.

use std::sync::Arc;

use heaplens::analysis::{Heap, SizeRule};
use heaplens::format::{self, Source};
use heaplens::graph::{Graph, NodeOrdinal};
use heaplens::rows::{
    Comparison, FieldsOf, Filter, PathFinder, RetainersOf, Sort, Source as Rows, Summary, TableModel as _,
    Tree,
};
use heaplens::util::Progress;
use heaplens::workspace::{ObjectCard, SnapshotKey, compare, full_text};

/// Rows of a table that are looked at.
const ROWS: u64 = 24;

/// Reads a snapshot and, when it can be read, looks at everything.
pub fn walk(text: &[u8]) -> format::Result<()> {
    let progress = Progress::new();
    let raw = format::read(Source::from_bytes(text.to_vec()), &progress)?;
    let warnings = raw.warnings.iter().map(|warning| warning.0.len()).sum::<usize>();
    assert!(warnings < 100_000, "warnings of {warnings} bytes");
    look_at(&Arc::new(Heap::analyse(Graph::new(raw), SizeRule::Exact, &progress)?));
    Ok(())
}

/// Looks at everything about a heap.
pub fn look_at(heap: &Arc<Heap>) {
    let progress = Progress::new();
    in_all_orders(Arc::new(Summary::new(heap.clone())), &progress);
    let keys = (SnapshotKey(0), SnapshotKey(1));
    if let Ok(compared) = compare((keys.0, heap), (keys.1, heap), &progress) {
        assert_eq!((compared.new, compared.deleted), (0, 0), "a heap differs from itself");
        in_all_orders(Arc::new(Comparison::new(heap.clone(), heap.clone(), compared.diff)), &progress);
    }
    let count = heap.graph.node_count();
    for node in (0..count.min(6)).chain(count.saturating_sub(2)..count).map(NodeOrdinal) {
        object(heap, node, &progress);
    }
}

/// A table with its rows opened, in every order, and filtered.
fn in_all_orders(source: Arc<dyn Rows>, progress: &Progress) {
    let Some(tree) = opened(source, progress) else { return };
    for spec in tree.columns() {
        for descending in [false, true] {
            let sort = Sort { column: spec.column, descending };
            if let Ok(tree) = tree.rearranged(sort, Filter::default(), progress) {
                look(&tree);
            }
        }
    }
    if let Ok(tree) = tree.rearranged(tree.sort(), Filter::new("s"), progress) {
        look(&tree);
    }
}

/// A table, the rows of which are opened from the top.
fn opened(source: Arc<dyn Rows>, progress: &Progress) -> Option<Tree> {
    let mut tree = Tree::build(source, None, Filter::default(), progress).ok()?;
    for index in 0..ROWS {
        let Some(path) = tree.path(index) else { break };
        if tree.can_open(&path)
            && !tree.is_open(&path)
            && let Ok(items) = tree.collect_children(&path, progress)
        {
            tree.open_with(&path, items);
        }
    }
    look(&tree);
    Some(tree)
}

fn look(tree: &Tree) {
    for index in 0..tree.row_count().min(ROWS) {
        let row = tree.row(index);
        assert!(row.name_text().len() < 1 << 16, "a name of {} bytes in a row", row.name_text().len());
        let _ = (tree.record(index), tree.parent(index));
    }
}

/// What there is to see of one object.
fn object(heap: &Arc<Heap>, node: NodeOrdinal, progress: &Progress) {
    let _ = ObjectCard::new(heap.clone(), node, None);
    let _ = full_text(heap, node);
    if let Ok(path) = PathFinder::new(heap, progress).path(node) {
        assert!(path.len() <= heap.graph.node_count() as usize, "a path that meets an object twice");
    }
    if let Ok(source) = RetainersOf::new(heap.clone(), node, progress) {
        opened(Arc::new(source), progress);
    }
    opened(Arc::new(FieldsOf::new(heap.clone(), node)), progress);
}
