//! How the shell opens snapshots: by an index where there is one; a new index is written when the answer is out.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::progress_line::with_progress_line;
use super::{Error, IndexOptions};
use crate::analysis::{Heap, SizeRule};
use crate::index::{self, IndexStore, NotSaved, Ticket};
use crate::util::{Phase, Progress, units};
use crate::workspace::{self, IndexChoice, Opened, Settings, index_store, open_snapshot};

/// Snapshots that were read in this run and get an index at its end.
static TO_BE_INDEXED: Mutex<Vec<(Ticket, Arc<Heap>)>> = Mutex::new(Vec::new());

/// Takes over what the command line says about indices, for shell and window.
pub fn choose_index(options: IndexOptions) {
    workspace::choose_index(IndexChoice { off: options.no_index, folder: options.index_dir });
}

fn store() -> Option<IndexStore> {
    let settings = workspace::default_file().map(|file| Settings::load(&file)).unwrap_or_default();
    index_store(&settings)
}

/// Opens a snapshot; warnings go to standard error.
pub(super) fn open_at(file: &Path, rule: SizeRule, progress: &Progress) -> Result<Arc<Heap>, Error> {
    let store = store();
    let open = || open_snapshot(file, rule, store.as_ref(), progress, None);
    let Opened { heap, notes, ticket } = with_progress_line(progress, open)
        .map_err(|failure| Error::Told(format!("{}: {}", file.display(), Error::from(failure))))?;
    for warning in heap.graph.warnings() {
        eprintln!("warning: {}: {warning}", file.display());
    }
    for note in notes {
        eprintln!("note: {}: {note}", file.display());
    }
    let heap = Arc::new(heap);
    if let Some(ticket) = ticket {
        TO_BE_INDEXED.lock().unwrap_or_else(PoisonError::into_inner).push((ticket, heap.clone()));
    }
    // The program ends with its answer: the system takes all back at once, faster than piece by piece.
    std::mem::forget(heap.clone());
    Ok(heap)
}

/// Writes the indices of the snapshots that were read. The answer is out already: what fails here is a note.
pub(super) fn write_indices(progress: &Progress) {
    let snapshots = std::mem::take(&mut *TO_BE_INDEXED.lock().unwrap_or_else(PoisonError::into_inner));
    let Some(store) = store() else { return };
    for (ticket, heap) in snapshots {
        let completed = heap.complete(progress).map_err(|_| NotSaved::Cancelled);
        if let Err(error) = completed.and_then(|()| store.save(&ticket, &heap, progress)) {
            eprintln!("note: no index was written, so opening this snapshot again takes as long: {error}");
        }
    }
}

/// Writes the index of a snapshot to `out`, or beside the snapshot.
pub(super) fn write_index(file: &Path, out: Option<PathBuf>, progress: &Progress) -> Result<(), Error> {
    let told = |text: String| Error::Told(format!("{}: {text}", file.display()));
    let folder = store().map(|store| store.folder).or_else(IndexStore::usual_folder);
    let store = IndexStore::new(folder.unwrap_or_else(std::env::temp_dir));
    let ticket = Ticket::new(file).ok_or_else(|| told("this is no file".to_owned()))?;
    let Opened { heap, .. } = open_snapshot(file, SizeRule::Exact, None, progress, None)
        .map_err(|failure| told(Error::from(failure).to_string()))?;
    let out = out.unwrap_or_else(|| index::beside(file));
    heap.complete(progress)?;
    let saved = progress.phase(Phase::Writing, || store.save_at(&out, &ticket, &heap, progress));
    let len = saved.map_err(|error| told(format!("cannot write the index: {error}")))?;
    println!("{}: {}", out.display(), units::bytes_short(len));
    Ok(())
}
