//! The snapshots that are open, in the order of their moments.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::moment;
use super::pairs::Pair;
use super::state::Workspace;
use crate::analysis::{FirstLook, Heap};
use crate::format::is_standard_input;
use crate::index::Ticket;
use crate::jobs::Handle;

/// Names an open snapshot as long as the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SnapshotKey(pub u32);

/// How far a snapshot is.
#[derive(Debug)]
pub enum LoadState {
    /// Being read and analysed; the handle tells how far.
    Loading(Handle),
    /// Ready.
    Ready(Box<Loaded>),
    /// It could not be opened; the sentence says why.
    Failed(String),
    /// The user stopped it.
    Cancelled,
}

/// A snapshot that is ready.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Everything about it.
    pub heap: Arc<Heap>,
    /// The largest id that V8 gave an object (odd ones): grows as a process runs.
    pub last_id: u64,
    /// How long opening took, in seconds.
    pub seconds: f64,
    /// What the user should know about how it was opened.
    pub notes: Vec<String>,
    /// For its index, which is still to be written.
    pub ticket: Option<Ticket>,
    /// Whether it is still to begin what is done when its tables are in view.
    pub is_unfinished: bool,
}

/// One entry of the list.
#[derive(Debug)]
pub struct Snapshot {
    /// Its name inside the program.
    pub key: SnapshotKey,
    /// Its file.
    pub path: PathBuf,
    /// The file name without its endings, to show.
    pub title: String,
    /// Size of the file in bytes, when known.
    pub file_size: Option<u64>,
    /// How far it is.
    pub state: LoadState,
    /// Its constructors, while what they retain is not known yet.
    pub first_look: Option<FirstLook>,
}

impl Snapshot {
    /// The heap, when ready.
    pub fn heap(&self) -> Option<&Arc<Heap>> {
        match &self.state {
            LoadState::Ready(loaded) => Some(&loaded.heap),
            _ => None,
        }
    }

    /// What is odd about its file, in sentences.
    pub fn warnings(&self) -> impl Iterator<Item = String> + '_ {
        self.heap().into_iter().flat_map(|heap| heap.graph.warnings().iter().map(ToString::to_string))
    }

    /// Whether it is being loaded.
    pub fn is_loading(&self) -> bool {
        matches!(self.state, LoadState::Loading(_))
    }

    /// Whether it came from standard input, which cannot be read twice.
    pub fn is_standard_input(&self) -> bool {
        is_standard_input(&self.path)
    }

    pub(super) fn file_name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// A file's name as the window shows it.
pub fn title_of(path: &Path) -> String {
    if is_standard_input(path) {
        return "standard input".to_owned();
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut title = name.as_str();
    for ending in [".gz", ".zst", ".heapsnapshot", ".heaptimeline"] {
        title = title.strip_suffix(ending).unwrap_or(title);
    }
    if title.is_empty() { name } else { crate::util::text::one_line(title, 120) }
}

/// The largest id that V8 gave an object; the largest number for a snapshot that is not ready.
pub(super) fn last_id(snapshot: &Snapshot) -> u64 {
    match &snapshot.state {
        LoadState::Ready(loaded) => loaded.last_id,
        _ => u64::MAX,
    }
}

impl Workspace {
    /// Puts the snapshots in the order of their moments, as far as that is known.
    pub(super) fn sort_snapshots(&mut self) {
        let by_id = self.compared.iter().filter(|(_, compared)| compared.diff.by_id);
        let mut of_one_process: Vec<Pair> = by_id.map(|(pair, _)| *pair).collect();
        of_one_process.sort_unstable(); // the same order each time
        sort_by_moment(&mut self.snapshots, self.ids_tell, &of_one_process);
    }
}

/// Puts earlier snapshots first: by the moment their names tell; else, when
/// their ids are of one process (`ids_tell`), by how far V8 had counted objects,
/// since a process only counts up; else by name, numbers in it as numbers. Pairs that are known to be
/// `of_one_process` are in the order of their ids whatever the others are.
fn sort_by_moment(snapshots: &mut [Snapshot], ids_tell: bool, of_one_process: &[Pair]) {
    let names_tell = snapshots.iter().all(|snapshot| moment::tells(&snapshot.file_name()));
    snapshots.sort_by(|a, b| {
        let by_name = || moment::name_order(&a.file_name(), &b.file_name());
        if ids_tell && !names_tell { last_id(a).cmp(&last_id(b)).then_with(by_name) } else { by_name() }
    });
    if names_tell {
        return;
    }
    let place = |snapshots: &[Snapshot], key| snapshots.iter().position(|other| other.key == key);
    let wrong_way_round = |snapshots: &[Snapshot]| {
        of_one_process.iter().find_map(|&(base, target)| {
            let (base, target) = (place(snapshots, base)?, place(snapshots, target)?);
            let (first, second) = (base.min(target), base.max(target));
            (last_id(&snapshots[first]) > last_id(&snapshots[second])).then_some((first, second))
        })
    };
    // Comes to an end: each time what has a greater id moves down.
    while let Some((first, second)) = wrong_way_round(snapshots) {
        snapshots.swap(first, second);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::title_of;

    #[test]
    fn titles_leave_the_endings_out() {
        assert_eq!(title_of(Path::new("/x/leak-1-5k.heapsnapshot")), "leak-1-5k");
        assert_eq!(title_of(Path::new("a.heapsnapshot.gz")), "a");
        assert_eq!(title_of(Path::new(".heapsnapshot")), ".heapsnapshot");
        assert_eq!(title_of(Path::new("-")), "standard input");
        assert_eq!(title_of(Path::new("new\nline.json")), "new\\nline.json");
    }
}
