//! What the answers of all commands share: where they are written to, and a last look at the files.

use std::io::{BufWriter, Write, stdout};
use std::path::Path;

use super::Error;
use super::args::Format;
use super::print::print_table;
use crate::analysis::{Heap, HeapChange};
use crate::export::{CsvOptions, write_csv};
use crate::format;
use crate::rows::Tree;
use crate::util::Progress;

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
