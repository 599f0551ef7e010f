//! `info`: what is in a file.

use std::io::{Write, stdout};
use std::path::Path;

use serde_json::Value;

use super::Error;
use super::answer::write_json;
use super::args::{Format, Output};
use super::progress_line::with_progress_line;
use crate::format;
use crate::util::{Progress, units};

/// Prints counts, sizes and oddities.
pub(super) fn run(file: &Path, output: Output, progress: &Progress) -> Result<bool, Error> {
    let raw = with_progress_line(progress, || format::open(file, progress))
        .map_err(|error| Error::Told(format!("{}: {error}", file.display())))?;
    let self_size: u64 = raw.self_sizes.iter().fold(0, u64::saturating_add);
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
