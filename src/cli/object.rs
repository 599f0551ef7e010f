//! `object`: an object, its text, where it comes from, its fields.

use std::io::{BufWriter, Write, stdout};
use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::Error;
use super::answer::{check_unchanged, write_json, write_tree};
use super::args::{Format, Output};
use super::ids::find;
use super::opening::open_at;
use super::print::print_table;
use crate::analysis::SizeRule;
use crate::graph::NodeId;
use crate::rows::{FieldsOf, Filter, TableModel as _, Tree, edge_rows};
use crate::util::Progress;
use crate::workspace::{ObjectCard, full_text};

/// Prints what is known of an object.
pub(super) fn run(file: &Path, id: NodeId, output: Output, progress: &Progress) -> Result<bool, Error> {
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
            let card = ObjectCard::new(heap.clone(), node, None);
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
