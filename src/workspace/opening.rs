//! Opens a snapshot, for the window and the shell alike: by its index, or by reading and analysing it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::Settings;
use super::work::Failure;
use crate::analysis::{Heap, SizeRule, Tell};
use crate::format::{self, is_standard_input};
use crate::graph::Graph;
use crate::index::{Found, IndexStore, Refused, Ticket};
use crate::util::{Progress, spill};

/// What the command line says about indices; it goes before the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexChoice {
    /// Neither read nor write any.
    pub off: bool,
    /// Keep them in this folder.
    pub folder: Option<PathBuf>,
}

static CHOICE: OnceLock<IndexChoice> = OnceLock::new();

/// Sets for the whole run of the program what its command line says about indices. Only the
/// first call counts.
pub fn choose_index(choice: IndexChoice) {
    CHOICE.get_or_init(|| choice);
}

/// What the command line of this run says about indices.
pub fn chosen_index() -> IndexChoice {
    CHOICE.get().cloned().unwrap_or_default()
}

/// Where indices are kept; `None` where none are wanted, or there is no place for them.
pub fn index_store(settings: &Settings) -> Option<IndexStore> {
    let choice = chosen_index();
    if choice.off || !settings.index {
        return None;
    }
    let folder = choice.folder.or_else(|| settings.folder_of_indices())?;
    Some(IndexStore { limit: settings.index_limit_gb.saturating_mul(1 << 30), ..IndexStore::new(folder) })
}

/// A snapshot that was opened.
#[derive(Debug)]
pub struct Opened {
    /// Everything about it.
    pub heap: Heap,
    /// What the user should know about how it was opened.
    pub notes: Vec<String>,
    /// For [`IndexStore::save`]: the snapshot has no index and is worth one.
    pub ticket: Option<Ticket>,
}

/// Opens a file by its index where there is one, else reads and analyses it. In the second case
/// its constructors are told as soon as they are known.
pub fn open_snapshot(
    path: &Path,
    rule: SizeRule,
    store: Option<&IndexStore>,
    progress: &Progress,
    tell: Option<Tell>,
) -> Result<Opened, Failure> {
    // Indices hold exact sizes only, of files that can be opened again.
    let store = store.filter(|_| rule == SizeRule::Exact && !is_standard_input(path));
    let mut notes = Vec::new();
    match store.map(|store| store.open(path, progress)) {
        Some(Found::Heap(heap)) => return Ok(Opened { heap: *heap, notes, ticket: None }),
        Some(Found::Nothing(Refused::Cancelled)) => return Err(Failure::Cancelled),
        Some(Found::Nothing(Refused::Damaged)) => {
            notes.push("the index of this snapshot is damaged; the snapshot was read again".to_owned());
        }
        Some(Found::Nothing(_)) | None => {}
    }
    let ticket = store.and_then(|store| store.ticket(path));
    let spilled = spill::spilled_bytes();
    let heap = read_heap(path, rule, progress, tell)?;
    notes.extend(spill::note_since(spilled));
    Ok(Opened { heap, notes, ticket })
}

/// About what of the time reading a file takes; analysing it takes the rest.
const READING: f32 = 0.4;

/// Reads and analyses a file.
pub fn open_heap(path: &Path, rule: SizeRule, progress: &Progress) -> Result<Heap, Failure> {
    read_heap(path, rule, progress, None)
}

fn read_heap(path: &Path, rule: SizeRule, progress: &Progress, tell: Option<Tell>) -> Result<Heap, Failure> {
    let raw = progress.part(0.0..READING, || format::open(path, progress)).map_err(|error| match error {
        format::Error::Cancelled(_) => Failure::Cancelled,
        error => Failure::Told(error.to_string()),
    })?;
    let analyse = || Heap::analyse_telling(Graph::new(raw), rule, progress, tell);
    let heap = progress.part(READING..1.0, analyse)?;
    // Names were read from the file until now.
    match heap.graph.change() {
        Some(change) if change.touches_content() => Err(Failure::Told(format::Error::Changed.to_string())),
        _ => Ok(heap),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

    use super::open_heap;
    use crate::analysis::SizeRule;
    use crate::format::unpack_demo;
    use crate::util::{Phase, Progress};

    /// What is seen of the progress while a file is opened.
    fn seen(path: &Path) -> Vec<(f32, Phase)> {
        let (progress, is_open) = (Progress::new(), AtomicBool::new(false));
        let look = || (progress.fraction(), progress.current());
        let mut seen = std::thread::scope(|scope| {
            let watching = scope.spawn(|| {
                let mut seen = vec![look()];
                while !is_open.load(Relaxed) {
                    seen.push(look());
                }
                seen
            });
            open_heap(path, SizeRule::Exact, &progress).unwrap();
            is_open.store(true, Relaxed);
            watching.join().unwrap()
        });
        seen.push(look());
        seen
    }

    #[test]
    #[cfg_attr(miri, ignore = "unpacks by code in C")]
    fn progress_goes_to_the_end_without_a_step_back_and_names_no_phase_that_is_over() {
        let dir = tempfile::tempdir().unwrap();
        let [plain, _] = unpack_demo(dir.path()).unwrap();
        let packed = dir.path().join("packed.gz");
        let file = std::fs::File::create(&packed).unwrap();
        let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        gzip.write_all(&std::fs::read(&plain).unwrap()).unwrap();
        gzip.finish().unwrap();
        for path in [plain, packed] {
            let seen = seen(&path);
            assert!(seen.is_sorted_by(|a, b| a.0 <= b.0), "{seen:?}");
            assert_eq!(seen.last().unwrap().0, 1.0);
            let analysed = seen.iter().position(|(_, phase)| *phase == Phase::Marks).unwrap_or(0);
            let later = &seen[analysed..];
            assert!(analysed == 0 || later.iter().all(|(_, phase)| *phase != Phase::Sections));
        }
    }
}
