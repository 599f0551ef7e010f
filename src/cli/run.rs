//! Does what a command says.

use std::io::{BufWriter, Write, stdout};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::args::{Format, Output, Request};
use super::filter::{FilterArgs, filtered_summary};
use super::opening::{self, open_at};
use super::print::{print_table, print_timings};
use super::progress_line::with_progress_line;
use super::{Error, contexts, dump, duplicates, native_contexts, statistics};
use crate::analysis::{Heap, HeapChange, IgnoredRetainers, SizeRule, ignored_retainers};
use crate::export::{CsvOptions, compare_report, summary_report, write_csv};
use crate::format;
use crate::graph::{NodeId, NodeOrdinal};
use crate::rows::{
    Comparison, EdgeRow, FieldsOf, Filter, PathFinder, RetainersOf, Summary, TableModel as _, Tree, edge_rows,
};
use crate::util::{Phase, Progress, units};
use crate::workspace::{SnapshotKey, compare, full_text};

/// Runs a command to its end; the answer goes to standard output. `Demo` is
/// not for here: it opens the window.
pub fn run(request: Request) -> Result<(), Error> {
    let progress = Progress::new();
    let start = Instant::now();
    let timings = match request {
        Request::Demo => false,
        Request::Info { file, output } => info(&file, output, &progress)?,
        Request::Summary { file, filter, output } => summary(&file, filter, output, &progress)?,
        Request::Statistics { file, output } => statistics::run(&file, output, &progress)?,
        Request::Duplicates { file, ids, output } => duplicates::run(&file, ids, output, &progress)?,
        Request::NativeContexts { file, output } => native_contexts::run(&file, output, &progress)?,
        Request::Contexts { file, output } => contexts::run(&file, output, &progress)?,
        Request::Compare { base, target, output } => comparison(&base, &target, output, &progress)?,
        Request::Retainers { file, id, ignore, output } => retainers(&file, id, &ignore, output, &progress)?,
        Request::Object { file, id, output } => object(&file, id, output, &progress)?,
        Request::Search(search) => search.run(&progress)?,
        Request::Objects(objects) => objects.run(&progress)?,
        Request::Query(query) => query.run(&progress)?,
        Request::Contents(contents) => contents.run(&progress)?,
        Request::Dominators(dominators) => dominators.run(&progress)?,
        Request::Dominated(dominated) => dominated.run(&progress)?,
        Request::Paths(paths) => paths.run(&progress)?,
        Request::Allocations(allocations) => allocations.run(&progress)?,
        Request::Samples(samples) => samples.run(&progress)?,
        Request::Dump { file, out, wrap32, timings } => {
            let rule = if wrap32 { SizeRule::Wrap32 } else { SizeRule::Exact };
            let heap = open_at(&file, rule, &progress)?;
            dump::dump(&heap, &out, &progress)?;
            check_unchanged(&file, &heap)?;
            timings
        }
        Request::Index { file, out, timings } => {
            opening::write_index(&file, out, &progress)?;
            timings
        }
    };
    if timings {
        print_timings(&progress, start.elapsed());
    }
    opening::write_indices(&progress);
    Ok(())
}

/// To be asked when an answer is written: whether it was read from the files that were opened.
pub(super) fn check_unchanged(file: &Path, heap: &Heap) -> Result<(), Error> {
    let why = match heap.change().filter(|change| change.touches_content()) {
        None => return Ok(()),
        Some(HeapChange::Snapshot(_)) => format::Error::Changed.to_string(),
        Some(HeapChange::Index(_)) => {
            "its index was changed while it was read: the answer may be wrong. Run this again; with --no-index \
             if it happens again"
                .to_owned()
        }
    };
    Err(Error::Told(format!("{}: {why}", file.display())))
}

pub(super) fn write_json(value: &impl serde::Serialize) -> Result<(), Error> {
    let mut out = BufWriter::new(stdout().lock());
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// Prints a table as text or CSV.
pub(super) fn write_tree(tree: &Tree, format: Format, progress: &Progress) -> Result<(), Error> {
    let mut out = BufWriter::new(stdout().lock());
    match format {
        Format::Csv => write_csv(tree, &mut out, CsvOptions::default(), progress)?,
        Format::Table | Format::Json => print_table(tree, u64::MAX, &mut out)?,
    }
    Ok(out.flush()?)
}

fn info(file: &Path, output: Output, progress: &Progress) -> Result<bool, Error> {
    let raw = with_progress_line(progress, || format::open(file, progress))
        .map_err(|error| Error::Told(format!("{}: {error}", file.display())))?;
    let self_size: u64 = raw.nodes.self_size.iter().fold(0, u64::saturating_add);
    let facts = [
        ("bytes", raw.byte_len),
        ("nodes", raw.nodes.kind.len() as u64),
        ("edges", raw.edges.kind.len() as u64),
        ("strings", u64::from(raw.strings.len())),
        ("locations", raw.locations.len() as u64),
        ("self_size", self_size),
        ("extra_native_bytes", raw.meta.extra_native_bytes),
        ("total_size", self_size.saturating_add(raw.meta.extra_native_bytes)),
        ("trace_functions", raw.meta.trace_function_count),
        // Objects have odd ids, native memory has even ones. What is allocated later has larger ids.
        ("max_object_id", raw.nodes.id.iter().filter(|id| id % 2 == 1).max().unwrap_or(0)),
    ];
    let warnings: Vec<String> = raw.warnings.iter().map(ToString::to_string).collect();
    match output.format {
        Format::Json => {
            let mut object: serde_json::Map<String, Value> =
                facts.iter().map(|&(name, value)| (name.to_owned(), value.into())).collect();
            object.insert("file".to_owned(), file.to_string_lossy().into());
            object.insert("warnings".to_owned(), warnings.into());
            write_json(&object)?;
        }
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(stdout().lock());
            csv.write_record(["fact", "value"])?;
            for (name, value) in facts {
                csv.write_record([name, &value.to_string()])?;
            }
            csv.flush()?;
        }
        Format::Table => {
            let mut out = stdout().lock();
            for (name, value) in facts {
                let value = if name.ends_with("size") || name.ends_with("bytes") {
                    format!("{} ({})", units::bytes_short(value), units::bytes_exact(value))
                } else {
                    units::count(value)
                };
                writeln!(out, "{:<20}{value}", name.replace('_', " "))?;
            }
            for warning in warnings {
                writeln!(out, "warning: {warning}")?;
            }
        }
    }
    Ok(output.timings)
}

fn summary(file: &Path, filter: FilterArgs, output: Output, progress: &Progress) -> Result<bool, Error> {
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

fn comparison(base: &Path, target: &Path, output: Output, progress: &Progress) -> Result<bool, Error> {
    let base_heap = open_at(base, SizeRule::Exact, progress)?;
    let target_heap = open_at(target, SizeRule::Exact, progress)?;
    let (base_side, target_side) = ((SnapshotKey(0), &*base_heap), (SnapshotKey(1), &*target_heap));
    let compared = progress.phase(Phase::Comparing, || compare(base_side, target_side, progress))?;
    if !compared.diff.by_id {
        eprintln!("warning: {}", super::story::counts_only(&compared));
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

fn retainers(
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

fn object(file: &Path, id: NodeId, output: Output, progress: &Progress) -> Result<bool, Error> {
    let heap = open_at(file, SizeRule::Exact, progress)?;
    let node = find(&heap, file, id)?;
    let tree = Tree::build(Arc::new(FieldsOf::new(heap.clone(), node)), None, Filter::default(), progress)?;
    let place = heap.graph.location(node);
    match output.format {
        Format::Csv => write_tree(&tree, Format::Csv, progress)?,
        Format::Json => write_json(&json!({
            "id": id.0,
            "name": full_text(&heap, node),
            "class": heap.classes.name_of(node),
            "class_key": heap.classes.get(heap.classes.of(node)).key,
            "kind": heap.graph.meta().node_kinds.get(heap.graph.kind(node).0),
            "distance": heap.distances.of(node).0,
            "shallow_size": heap.sizes.of(node),
            "retained_size": heap.retained.of(node),
            "retainer_count": heap.retainers().count(node),
            "dominator": heap.graph.id(heap.dominators.of(node)).0,
            "location": place.map(|place| json!({
                "script_id": place.script_id,
                "script_name": heap.scripts().get(place.script_id),
                "line": place.line.checked_add(1),
                "column": place.column.checked_add(1),
            })),
            "fields": edge_rows(&tree, None),
        }))?,
        Format::Table => {
            let card = crate::workspace::ObjectCard::new(heap.clone(), node, None);
            let mut out = BufWriter::new(stdout().lock());
            let title: String = card.title.iter().map(|span| span.text.as_str()).collect();
            writeln!(out, "{title}")?;
            for (name, cell) in &card.facts {
                let exact = cell.exact.as_ref().map(|exact| format!(" ({exact})")).unwrap_or_default();
                writeln!(out, "{name:<15}{}{exact}", cell.text)?;
            }
            if let Some(text) = &card.text {
                writeln!(out, "\n{}", text.shown)?;
            }
            if tree.row_count() > 0 {
                writeln!(out)?;
                print_table(&tree, u64::MAX, &mut out)?;
            }
            out.flush()?;
        }
    }
    check_unchanged(file, &heap)?;
    Ok(output.timings)
}

#[cfg(all(test, unix))] // elsewhere the system refuses to shorten a file that is open
mod tests {
    use super::check_unchanged;
    use crate::analysis::SizeRule;
    use crate::format::{NodeKind, builder::SnapshotBuilder};
    use crate::index::{Found, IndexStore};
    use crate::util::Progress;
    use crate::workspace::open_heap;

    #[test]
    fn an_answer_from_an_index_that_was_cut_off_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.heapsnapshot");
        let mut snapshot = SnapshotBuilder::new();
        snapshot.node(NodeKind::SYNTHETIC, "", 0);
        std::fs::write(&path, snapshot.to_json()).unwrap();
        let store = IndexStore { least: 0, ..IndexStore::new(folder.path().join("indices")) };
        let heap = open_heap(&path, SizeRule::Exact, &Progress::new()).unwrap();
        let index = store.save(&store.ticket(&path).unwrap(), &heap, &Progress::new()).unwrap();
        let Found::Heap(heap) = store.open(&path, &Progress::new()) else { panic!("not used") };
        assert!(check_unchanged(&path, &heap).is_ok());
        std::fs::OpenOptions::new().write(true).open(index).unwrap().set_len(10).unwrap();
        let told = check_unchanged(&path, &heap).unwrap_err().to_string();
        assert!(
            told.contains("a.heapsnapshot: its index was changed") && told.contains("--no-index"),
            "{told}"
        );
    }
}
