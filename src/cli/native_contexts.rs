//! `native-contexts`: the realms of a heap and what belongs to each.

use std::path::Path;

use serde_json::json;

use super::Error;
use super::answer::{check_unchanged, write_json};
use super::args::{Format, Output};
use super::listing::{Value, write_listing};
use super::opening::open_at;
use crate::analysis::{SizeRule, display_name, native_context_sizes, native_contexts};
use crate::util::{Phase, Progress};

/// Prints the native contexts, the one with most bytes first.
pub(super) fn run(file: &Path, output: Output, progress: &Progress) -> Result<bool, Error> {
    let heap = open_at(file, SizeRule::Exact, progress)?;
    let sizes = progress.phase(Phase::Contexts, || {
        let contexts = native_contexts(&heap.graph, &heap.detachedness, progress)?;
        native_context_sizes(&heap, &contexts, progress)
    })?;
    let mut list = sizes.contexts;
    list.sort_by_key(|&(node, attributed)| (std::cmp::Reverse(attributed), node));
    if output.format == Format::Json {
        let contexts = list.iter().map(|&(node, attributed)| {
            json!({
                "id": heap.graph.id(node).0,
                "name": display_name(&heap, node),
                "attributed_size": attributed,
                "shallow_size": heap.sizes.of(node),
                "retained_size": heap.retained.of(node),
            })
        });
        write_json(&json!({
            "native_contexts": contexts.collect::<Vec<_>>(),
            "shared_size": sizes.shared,
            "unattributed_size": sizes.none,
        }))?;
        check_unchanged(file, &heap)?;
        return Ok(output.timings);
    }
    let context = list.iter().map(|&(node, attributed)| {
        vec![
            Value::Text(display_name(&heap, node)),
            Value::Id(heap.graph.id(node).0),
            Value::Bytes(attributed),
            Value::Bytes(heap.sizes.of(node)),
            Value::Bytes(heap.retained.of(node)),
        ]
    });
    let rest = [("(shared)", sizes.shared), ("(no native context)", sizes.none)].map(|(name, bytes)| {
        vec![Value::Text(name.to_owned()), Value::None, Value::Bytes(bytes), Value::None, Value::None]
    });
    let names = ["name", "id", "attributed_size", "shallow_size", "retained_size"];
    write_listing(output.format, &names, context.chain(rest), progress)?;
    check_unchanged(file, &heap)?;
    Ok(output.timings)
}
