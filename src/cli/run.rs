//! Does what a command says.

use std::io::{BufWriter, Write, stdout};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::args::{Format, Output, Request};
use super::opening::{self, open_at};
use super::print::{print_table, print_timings};
use super::{Error, dump};
use crate::analysis::{Heap, SizeRule};
use crate::export::{CsvOptions, compare_report, summary_report, write_csv};
use crate::format;
use crate::graph::{NodeId, NodeOrdinal};
use crate::rows::{
    Comparison, EdgeRow, FieldsOf, Filter, PathFinder, RetainersOf, Source, Summary, TableModel as _, Tree,
    edge_rows,
};
use crate::util::{Progress, units};
use crate::workspace::{SnapshotKey, compare, full_text};

/// Runs a command to its end; the answer goes to standard output. `Demo` is
/// not for here: it opens the window.
pub fn run(request: Request) -> Result<(), Error> {
    let progress = Progress::new();
    let start = Instant::now();
    let timings = match request {
        Request::Demo => false,
        Request::Info { file, output } => info(&file, output, &progress)?,
        Request::Summary { file, output } => summary(&file, output, &progress)?,
        Request::Compare { base, target, output } => comparison(&base, &target, output, &progress)?,
        Request::Retainers { file, id, output } => retainers(&file, id, output, &progress)?,
        Request::Object { file, id, output } => object(&file, id, output, &progress)?,
        Request::Dump { file, out, wrap32, timings } => {
            let rule = if wrap32 { SizeRule::Wrap32 } else { SizeRule::Exact };
            let heap = open_at(&file, rule, &progress)?;
            dump::dump(&heap, &out, &progress)?;
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

fn write_json(value: &impl serde::Serialize) -> Result<(), Error> {
    let mut out = BufWriter::new(stdout().lock());
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// Prints a table as text or CSV.
fn write_tree(tree: &Tree, format: Format, progress: &Progress) -> Result<(), Error> {
    let mut out = BufWriter::new(stdout().lock());
    match format {
        Format::Csv => write_csv(tree, &mut out, CsvOptions::default(), progress)?,
        Format::Table | Format::Json => print_table(tree, u64::MAX, &mut out)?,
    }
    Ok(out.flush()?)
}

fn info(file: &Path, output: Output, progress: &Progress) -> Result<bool, Error> {
    let raw =
        format::open(file, progress).map_err(|error| Error::Told(format!("{}: {error}", file.display())))?;
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

fn summary(file: &Path, output: Output, progress: &Progress) -> Result<bool, Error> {
    let heap = open_at(file, SizeRule::Exact, progress)?;
    if output.format == Format::Json {
        write_json(&summary_report(&heap))?;
    } else {
        let tree = Tree::build(Arc::new(Summary::new(heap)), None, Filter::default(), progress)?;
        write_tree(&tree, output.format, progress)?;
    }
    Ok(output.timings)
}

fn comparison(base: &Path, target: &Path, output: Output, progress: &Progress) -> Result<bool, Error> {
    let base_heap = open_at(base, SizeRule::Exact, progress)?;
    let target_heap = open_at(target, SizeRule::Exact, progress)?;
    let compared = compare((SnapshotKey(0), &base_heap), (SnapshotKey(1), &target_heap), progress)?;
    if !compared.diff.by_id {
        eprintln!("warning: {}", super::story::counts_only(&compared));
    }
    if output.format == Format::Json {
        write_json(&compare_report(&compared.diff))?;
    } else {
        let source = Comparison::new(base_heap, target_heap, compared.diff);
        let tree = Tree::build(Arc::new(source), None, Filter::default(), progress)?;
        write_tree(&tree, output.format, progress)?;
    }
    Ok(output.timings)
}

fn find(heap: &Heap, file: &Path, id: NodeId) -> Result<NodeOrdinal, Error> {
    heap.graph.find_id(id).ok_or_else(|| Error::Told(format!("{}: there is no object {id}", file.display())))
}

fn retainers(file: &Path, id: NodeId, output: Output, progress: &Progress) -> Result<bool, Error> {
    let heap = open_at(file, SizeRule::Exact, progress)?;
    let node = find(&heap, file, id)?;
    let source: Arc<dyn Source> = Arc::new(RetainersOf::new(heap.clone(), node, progress)?);
    let tree = Tree::build(source, None, Filter::default(), progress)?;
    if output.format == Format::Json {
        let path = PathFinder::new(&heap, progress).path(node)?;
        let steps: Vec<EdgeRow> = path.iter().map(|&edge| EdgeRow::retainer(&heap, edge)).collect();
        write_json(&json!({
            "id": id.0,
            "name": full_text(&heap, node),
            "class": heap.classes.name_of(node),
            "retainers": edge_rows(&tree),
            "path": steps,
        }))?;
    } else {
        write_tree(&tree, output.format, progress)?;
    }
    Ok(output.timings)
}

fn object(file: &Path, id: NodeId, output: Output, progress: &Progress) -> Result<bool, Error> {
    let heap = open_at(file, SizeRule::Exact, progress)?;
    let node = find(&heap, file, id)?;
    let tree = Tree::build(Arc::new(FieldsOf::new(heap.clone(), node)), None, Filter::default(), progress)?;
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
            "fields": edge_rows(&tree),
        }))?,
        Format::Table => {
            let card = crate::workspace::ObjectCard::new(heap, node, None);
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
    Ok(output.timings)
}
