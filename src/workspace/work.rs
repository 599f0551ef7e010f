//! The bodies of the workspace's jobs, and what they deliver. All of it runs off the window's thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::Slot;
use super::details::{ObjectCard, full_text, typical_remark};
use super::ignoring::Ignoring;
use super::opening::{Opened, open_snapshot};
use super::pairs::Pair;
use super::snapshots::{Loaded, SnapshotKey};
use crate::analysis::{
    Comparability, Diff, FirstLook, Heap, HeapChange, IgnoredRetainers, SizeRule, comparability, diff,
    ignored_retainers,
};
use crate::export::{CsvOptions, save_csv};
use crate::graph::NodeOrdinal;
use crate::index::{IndexStore, NotSaved, Ticket, Usage};
use crate::jobs::Panicked;
use crate::rows::{
    Comparison, Filter, Found, Item, ItemKind, Items, PathFinder, RetainersOf, Row, Side, Sort, Source,
    Summary, TableModel as _, Tree, size_delta_of,
};
use crate::util::{Cancelled, Phase, Progress, units};

/// Why a job has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It was cancelled: nothing to tell.
    Cancelled,
    /// A sentence for the user.
    Told(String),
}

impl From<Cancelled> for Failure {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// What a job delivers.
pub(super) enum Outcome {
    /// The constructors of a snapshot that is still being loaded.
    FirstLook(SnapshotKey, FirstLook),
    /// A snapshot was loaded.
    Loaded(SnapshotKey, Result<Loaded, Failure>),
    /// What has become of the files of snapshots that are open.
    Changes(Vec<(SnapshotKey, HeapChange)>),
    /// The bundled pair was unpacked.
    Demo(Result<Vec<PathBuf>, Failure>),
    /// What nobody needs any more is gone, as far as it could be.
    TidiedUp,
    /// The main table was built; for a Comparison with the difference it shows.
    Main(u64, Result<(Tree, Option<Arc<Compared>>), Failure>),
    /// Two snapshots of one process were looked for.
    PairFound(u64, Result<Option<Pair>, Failure>),
    /// The retainers of an object, and what there is to say about it.
    Retainers(u64, Result<(Option<Tree>, Option<ObjectCard>), Failure>),
    /// A table in another order.
    Rearranged(Slot, u64, Result<Tree, Failure>),
    /// What is ignored in a snapshot now, and the retainers that are left.
    Ignored(u64, Arc<Heap>, Result<(Option<Arc<IgnoredRetainers>>, Tree), Failure>),
    /// What is inside a row.
    Children(Slot, u64, Vec<u64>, Result<Items, Failure>),
    /// What there is to say about an object.
    Card(u64, Result<ObjectCard, Failure>),
    /// Text for the clipboard.
    Copied(Result<String, Failure>),
    /// A table was saved.
    Exported(PathBuf, Result<u64, Failure>),
    /// The retainers of a snapshot are indexed, and its own index was written if it was to be; or not.
    Indexed(SnapshotKey, Result<(), Failure>),
    /// What the indices of a folder take.
    Indices(PathBuf, Result<Usage, Failure>),
    /// The settings were saved, or not.
    SettingsSaved(Result<(), Failure>),
}

/// Two snapshots compared.
#[derive(Debug)]
pub struct Compared {
    /// The older one.
    pub base: SnapshotKey,
    /// The newer one.
    pub target: SnapshotKey,
    /// How far ids agree.
    pub comparability: Comparability,
    /// The difference.
    pub diff: Arc<Diff>,
    /// Objects only in the target; 0 when ids do not compare.
    pub new: u64,
    /// Objects only in the base; 0 when ids do not compare.
    pub deleted: u64,
    /// Change of the shallow bytes of all classes.
    pub size_delta: i64,
}

/// A fault of the program, as a sentence.
pub(super) fn told(fault: &Panicked) -> Failure {
    Failure::Told(fault.to_string())
}

/// Opens a file, as far as its tables need. Retainers are indexed when the tables are in view:
/// see [`finish_loading`].
pub(super) fn load(
    path: &Path,
    store: Option<&IndexStore>,
    progress: &Progress,
    tell: impl FnOnce(FirstLook) + Send,
) -> Result<Loaded, Failure> {
    let start = Instant::now();
    let open = || open_snapshot(path, SizeRule::Exact, store, progress, Some(Box::new(tell)));
    let Opened { heap, notes, ticket } = progress.part(0.0..0.97, open)?;
    // Rows show texts of ropes, and rows are drawn where nothing may take long.
    progress.part(0.97..1.0, || heap.join_ropes(progress))?;
    let last_id = heap.graph.nodes().id.iter().filter(|id| id % 2 == 1).max().unwrap_or(0);
    Ok(Loaded {
        heap: Arc::new(heap),
        last_id,
        seconds: start.elapsed().as_secs_f64(),
        notes,
        ticket,
        is_unfinished: true,
    })
}

/// What is left to do for a snapshot that is in view already: [the order of names and retainers](Heap::complete),
/// and its own index where there is to be one.
pub(super) fn finish_loading(
    heap: &Heap,
    index: Option<(IndexStore, Ticket)>,
    progress: &Progress,
) -> Result<(), Failure> {
    let Some((store, ticket)) = index else { return Ok(heap.complete(progress)?) };
    progress.part(0.0..0.5, || heap.complete(progress))?;
    let save = || progress.phase(Phase::Writing, || store.save(&ticket, heap, progress));
    progress.part(0.5..1.0, save).map(drop).map_err(|error| match error {
        NotSaved::Cancelled => Failure::Cancelled,
        error => Failure::Told(format!(
            "opening it again will take as long as this time: no index was written: {error}"
        )),
    })
}

/// Before somebody asks for retainers: waits for them, or indexes them where nobody else does.
fn need_retainers(heap: &Heap, progress: &Progress) -> Result<(), Cancelled> {
    heap.index_retainers(progress)?;
    progress.expect(0); // how long it takes from here on, nobody knows
    Ok(())
}

/// Compares two snapshots: by id where ids name the same objects, else by counts.
pub fn compare(
    (base_key, base): (SnapshotKey, &Heap),
    (target_key, target): (SnapshotKey, &Heap),
    progress: &Progress,
) -> Result<Compared, Cancelled> {
    let comparability = comparability(base, target, progress)?;
    let diff = diff(base, target, comparability.by_id(), progress)?;
    let sum =
        |count: fn(&crate::analysis::ClassDiff) -> usize| diff.list.iter().map(|c| count(c) as u64).sum();
    Ok(Compared {
        base: base_key,
        target: target_key,
        comparability,
        new: sum(|class| class.added.len()),
        deleted: sum(|class| class.deleted.len()),
        size_delta: diff.list.iter().map(|class| size_delta_of(class, diff.by_id)).sum(),
        diff: Arc::new(diff),
    })
}

/// The table of a snapshot's constructors.
pub(super) fn summary_tree(
    heap: Arc<Heap>,
    sort: Option<Sort>,
    filter: Filter,
    progress: &Progress,
) -> Result<Tree, Failure> {
    sorted(Arc::new(Summary::new(heap)), sort, filter, progress)
}

/// The table of a comparison.
pub(super) fn comparison_tree(
    base: Arc<Heap>,
    target: Arc<Heap>,
    diff: Arc<Diff>,
    sort: Option<Sort>,
    filter: Filter,
    progress: &Progress,
) -> Result<Tree, Failure> {
    sorted(Arc::new(Comparison::new(base, target, diff)), sort, filter, progress)
}

fn sorted(
    source: Arc<dyn Source>,
    sort: Option<Sort>,
    filter: Filter,
    progress: &Progress,
) -> Result<Tree, Failure> {
    Ok(progress.phase(Phase::Sorting, || Tree::build(source, sort, filter, progress))?)
}

/// Who holds an object, and what there is to say about it.
pub(super) fn retainers_of(
    heap: Arc<Heap>,
    node: NodeOrdinal,
    ignoring: &Ignoring,
    remark: Option<String>,
    progress: &Progress,
) -> Result<(Option<Tree>, Option<ObjectCard>), Failure> {
    need_retainers(&heap, progress)?;
    let ignored = ignoring.of(&heap).cloned();
    let source = Arc::new(RetainersOf::ignoring(heap.clone(), node, ignored, progress)?);
    let tree = sorted(source, None, Filter::default(), progress)?;
    Ok((Some(tree), Some(ObjectCard::new(heap, node, remark))))
}

/// Who holds an object when other objects are ignored.
pub(super) fn retainers_without(
    heap: &Arc<Heap>,
    node: NodeOrdinal,
    ignored: &[NodeOrdinal],
    (sort, filter): (Option<Sort>, Filter),
    progress: &Progress,
) -> Result<(Option<Arc<IgnoredRetainers>>, Tree), Failure> {
    need_retainers(heap, progress)?;
    let ignored = match ignored {
        [] => None,
        nodes => {
            Some(Arc::new(progress.phase(Phase::Distances, || ignored_retainers(heap, nodes, progress))?))
        }
    };
    let source = Arc::new(RetainersOf::ignoring(heap.clone(), node, ignored.clone(), progress)?);
    Ok((ignored, sorted(source, sort, filter, progress)?))
}

/// The retainers of an object that is typical of a constructor's (in a
/// Comparison: of its new objects, or of the deleted ones if none is new).
pub(super) fn retainers_of_class(
    source: &Arc<dyn Source>,
    found: &Found,
    item: Item,
    ignoring: &Ignoring,
    progress: &Progress,
) -> Result<(Option<Tree>, Option<ObjectCard>), Failure> {
    let sort = source.default_sort();
    let items = source.children(&[item], sort, found, progress)?;
    let Some(first) = items.get(0) else { return Ok((None, None)) };
    let side = first.side;
    let nodes: Vec<NodeOrdinal> = (0..items.len())
        .map_while(|at| items.get(at))
        .filter(|item| item.side == side && item.kind == ItemKind::Object)
        .map(|item| NodeOrdinal(item.ordinal))
        .collect();
    let heap = source.heap(side).clone();
    need_retainers(&heap, progress)?;
    let ignored = ignoring.of(&heap).map(Arc::as_ref);
    let mut finder = PathFinder::ignoring(&heap, ignored, progress);
    let Some(typical) = progress.phase(Phase::Searching, || finder.typical(&nodes))? else {
        return Ok((None, None));
    };
    let class = crate::util::text::one_line(heap.classes.name_of(typical.node), 60);
    let is_comparison = source.columns().iter().any(|spec| spec.column == crate::rows::Column::New);
    let matching = if found.hits_in(item).is_some() { "matching " } else { "" };
    let adjective = match side {
        _ if !is_comparison => "",
        Side::Target => "new ",
        Side::Base => "deleted ",
    };
    let among = format!("{} {matching}{adjective}", units::count(nodes.len() as u64));
    let remark = (nodes.len() > 1).then(|| typical_remark(&typical, &class, among.trim_end()));
    retainers_of(heap, typical.node, ignoring, remark, progress)
}

/// The selected rows as text: a line a row, cells separated by tabs, depth as indentation.
pub(super) fn copied_rows(tree: &Tree, progress: &Progress) -> Result<String, Failure> {
    let Some((first, last)) = tree.selection() else { return Ok(String::new()) };
    let mut text = String::new();
    for index in first..=last {
        if index % 1024 == 0 {
            progress.check()?;
        }
        let Row { depth, name, cells, .. } = tree.row(index);
        text.extend(std::iter::repeat_n("  ", depth as usize));
        text.extend(name.iter().map(|span| span.text.as_str()));
        for cell in cells {
            text.push('\t');
            text.push_str(&cell.text);
        }
        text.push('\n');
    }
    if first == last {
        text.pop(); // a single row is pasted into a sentence
    }
    Ok(text)
}

/// The whole text of an object.
pub(super) fn object_text(heap: &Heap, node: NodeOrdinal) -> String {
    full_text(heap, node)
}

/// Saves a table; gives the number of rows.
pub(super) fn export(
    tree: &Tree,
    path: &Path,
    options: CsvOptions,
    progress: &Progress,
) -> Result<u64, Failure> {
    if options.retaining_paths {
        let source = tree.source();
        need_retainers(source.heap(Side::Base), progress)?;
        need_retainers(source.heap(Side::Target), progress)?;
    }
    match save_csv(tree, path, options, progress) {
        Ok(()) => Ok(tree.row_count()),
        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Err(Failure::Cancelled),
        Err(error) => Err(Failure::Told(format!("cannot save: {error}: {}", path.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::{NodeOrdinal, Progress, finish_loading, load, retainers_of};
    use crate::analysis::testing::rooted;
    use crate::workspace::ignoring::Ignoring;

    #[test]
    fn tables_do_not_wait_for_retainers_and_who_asks_for_some_gets_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.heapsnapshot");
        std::fs::write(&path, rooted().to_json()).unwrap();
        let progress = Progress::new();
        let open = || load(&path, None, &progress, |_| ()).unwrap().heap;

        let heap = open();
        assert!(!heap.has_retainers());
        assert_eq!(progress.fraction(), 1.0);
        finish_loading(&heap, None, &progress).unwrap();
        assert!(heap.is_complete());
        assert_eq!(progress.fraction(), 1.0);

        let heap = open();
        retainers_of(heap.clone(), NodeOrdinal(0), &Ignoring::default(), None, &Progress::new()).unwrap();
        assert!(heap.has_retainers());
    }
}
