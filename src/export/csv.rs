//! A table as CSV, as it is seen: order, filter, opened rows.
//!
//! RFC 4180 (fields quoted where needed, CRLF), UTF-8, sizes as whole bytes.
//! Text that a spreadsheet would run as a formula gets an apostrophe before it
//! (OWASP, "CSV injection").

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use crate::graph::NodeOrdinal;
use crate::rows::{PathFinder, Record, Side, TableModel as _, Tree, column_name, edge_text};
use crate::util::{Cancelled, Progress};

/// What a CSV file has besides what the table shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// A column with the chain of holders of each object.
    pub retaining_paths: bool,
    /// A byte order mark, by which spreadsheets recognise UTF-8.
    pub byte_order_mark: bool,
}

/// Saves a table to a file: written beside it first, so that a failure leaves what was there.
pub fn save_csv(tree: &Tree, path: &Path, options: CsvOptions, progress: &Progress) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let file = tempfile::Builder::new().prefix(".heaplens-").tempfile_in(folder);
    let mut file = file.map_err(|error| about_folder(&error))?;
    write_csv(tree, io::BufWriter::new(file.as_file_mut()), options, progress)?;
    allow_reading(file.as_file())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The same without the temporary file's name, which says nothing to anybody.
fn about_folder(error: &io::Error) -> io::Error {
    match error.kind() {
        kind @ io::ErrorKind::NotFound => io::Error::new(kind, "there is no such folder"),
        kind @ io::ErrorKind::PermissionDenied => io::Error::new(kind, "the folder may not be written to"),
        kind => io::Error::from(kind),
    }
}

/// Temporary files are private; an exported table is an ordinary file.
#[cfg(unix)]
fn allow_reading(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn allow_reading(_file: &std::fs::File) -> io::Result<()> {
    Ok(())
}

/// Writes a table: `level`, `edge`, `name`, `class`, `id`, then the table's columns.
pub fn write_csv(
    tree: &Tree,
    mut out: impl Write,
    options: CsvOptions,
    progress: &Progress,
) -> io::Result<()> {
    if options.byte_order_mark {
        out.write_all("\u{FEFF}".as_bytes())?;
    }
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    let mut header = vec!["level", "edge", "name", "class", "id"];
    header.extend(tree.columns().iter().skip(1).map(|spec| column_name(spec.column)));
    if options.retaining_paths {
        header.push("retaining_path");
    }
    csv.write_record(&header)?;

    progress.expect(tree.row_count());
    let mut paths =
        [Side::Target, Side::Base].map(|side| PathFinder::new(tree.source().heap(side), progress));
    for index in 0..tree.row_count() {
        progress.advance(1).map_err(stopped)?;
        let Some((record, level)) = tree.record(index) else { break };
        let mut fields = fields_of(&record, level);
        if options.retaining_paths {
            fields.push(match tree.object(index) {
                Some((Side::Target, node)) => {
                    path_text(tree, Side::Target, &mut paths[0], node).map_err(stopped)?
                }
                Some((Side::Base, node)) => {
                    path_text(tree, Side::Base, &mut paths[1], node).map_err(stopped)?
                }
                None => String::new(),
            });
        }
        csv.write_record(&fields)?;
    }
    csv.flush()
}

fn stopped(cancelled: Cancelled) -> io::Error {
    io::Error::new(io::ErrorKind::Interrupted, cancelled)
}

fn fields_of(record: &Record, level: u32) -> Vec<String> {
    let mut fields = vec![
        level.to_string(),
        harmless(record.edge.as_deref().unwrap_or_default()).into_owned(),
        harmless(&record.name).into_owned(),
        harmless(record.class.as_deref().unwrap_or_default()).into_owned(),
        record.id.map(|id| id.to_string()).unwrap_or_default(),
    ];
    fields.extend(record.values.iter().map(|value| value.map(|v| v.to_string()).unwrap_or_default()));
    fields
}

/// `[3] in Array @5 ← sentEvents in RedisStreamBus @7 ← …`
fn path_text(
    tree: &Tree,
    side: Side,
    finder: &mut PathFinder<'_>,
    node: NodeOrdinal,
) -> Result<String, Cancelled> {
    let heap = tree.source().heap(side);
    let steps: Vec<String> = finder
        .path(node)?
        .into_iter()
        .map(|edge| {
            let holder = heap.graph.edge_from(edge);
            format!("{} in {} {}", edge_text(heap, edge), heap.classes.name_of(holder), heap.graph.id(holder))
        })
        .collect();
    Ok(harmless(&steps.join(" ← ")).into_owned())
}

/// Keeps a spreadsheet from taking a text for a formula.
pub fn harmless(text: &str) -> Cow<'_, str> {
    match text.as_bytes().first() {
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r') => Cow::Owned(format!("'{text}")),
        _ => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn what_looks_like_a_formula_gets_an_apostrophe() {
        assert_eq!(harmless("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(harmless("@SUM(1)"), "'@SUM(1)");
        assert_eq!(harmless("1763-0"), "1763-0");
        assert_eq!(harmless(""), "");
    }
}
