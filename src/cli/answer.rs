//! What the answers of all commands share: where they are written to, and a last look at the file.

use std::io::{BufWriter, Write, stdout};
use std::path::Path;

use super::Error;
use super::args::Format;
use super::print::print_table;
use crate::analysis::Heap;
use crate::export::{CsvOptions, write_csv};
use crate::format;
use crate::rows::Tree;
use crate::util::Progress;

/// To be asked when an answer is written: whether the names in it were read from the file that was opened.
pub(super) fn check_unchanged(file: &Path, heap: &Heap) -> Result<(), Error> {
    match heap.graph.change() {
        Some(change) if change.touches_content() => {
            Err(Error::Told(format!("{}: {}", file.display(), format::Error::Changed)))
        }
        _ => Ok(()),
    }
}

/// Prints a value as JSON.
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
