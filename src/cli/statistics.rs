//! `statistics`: bytes by what they are.

use std::path::Path;

use serde_json::json;

use super::Error;
use super::answer::{check_unchanged, write_json};
use super::args::{Format, Output};
use super::listing::{Value, write_listing};
use super::opening::open_at;
use crate::analysis::{SizeRule, statistics};
use crate::util::Progress;

/// Prints the slices of DevTools' pie, and the totals they belong to.
pub(super) fn run(file: &Path, output: Output, progress: &Progress) -> Result<bool, Error> {
    let heap = open_at(file, SizeRule::Exact, progress)?;
    let sums = statistics(&heap, progress)?;
    if output.format == Format::Json {
        write_json(&json!({
            "total_size": sums.total,
            "native": { "total": sums.native, "typed_arrays": sums.typed_arrays },
            "v8_heap": {
                "total": sums.v8_heap(), "code": sums.code, "strings": sums.strings,
                "js_arrays": sums.js_arrays, "system": sums.system,
            },
            "slices": {
                "code": sums.code,
                "strings": sums.strings,
                "js_arrays": sums.js_arrays,
                "typed_arrays": sums.typed_arrays,
                "system_objects": sums.system,
                "other_js_objects": sums.other_js_objects(),
                "other_native_objects": sums.other_native(),
            },
        }))?;
        check_unchanged(file, &heap)?;
        return Ok(output.timings);
    }
    let row = |name: &str, bytes: Value| vec![Value::Text(name.to_owned()), bytes];
    let rows = [
        row("Code", Value::Bytes(sums.code)),
        row("Strings", Value::Bytes(sums.strings)),
        row("JS arrays", Value::Bytes(sums.js_arrays)),
        row("Typed arrays", Value::Bytes(sums.typed_arrays)),
        row("System objects", Value::Bytes(sums.system)),
        row("Other JS objects", Value::SignedBytes(sums.other_js_objects())),
        row("Other native objects", Value::Bytes(sums.other_native())),
        row("Total", Value::Bytes(sums.total)),
    ];
    write_listing(output.format, &["kind", "size"], rows.into_iter(), progress)?;
    check_unchanged(file, &heap)?;
    Ok(output.timings)
}
