//! The workspace itself: what there is to show. Commands change it in `apply`,
//! and what jobs deliver in `deliver`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::demo::DemoFolder;
use super::files::FileWatch;
use super::ignoring::Ignoring;
use super::indices::Indices;
use super::pairs::Pairs;
use super::parked::Parked;
use super::saving::Saving;
use super::work::{Compared, Failure, Outcome};
use super::{Command, ObjectCard, Settings, Slot, Snapshot, SnapshotKey, Table};
use crate::analysis::Heap;
use crate::graph::NodeOrdinal;
use crate::jobs::{Handle, Jobs, Wake};
use crate::util::Progress;

/// What the middle of the window shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum View {
    /// Nothing is open.
    #[default]
    Welcome,
    /// Constructors of a snapshot.
    Summary(SnapshotKey),
    /// What changed between two.
    Comparison {
        /// The older one.
        base: SnapshotKey,
        /// The newer one.
        target: SnapshotKey,
    },
}

impl View {
    /// The snapshots that it shows.
    pub(super) fn keys(self) -> Vec<SnapshotKey> {
        match self {
            Self::Welcome => Vec::new(),
            Self::Summary(key) => vec![key],
            Self::Comparison { base, target } => vec![base, target],
        }
    }

    /// Whether it shows this snapshot.
    pub(super) fn is_about(self, key: SnapshotKey) -> bool {
        self.keys().contains(&key)
    }
}

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// Something was done.
    Done,
    /// Something is odd, and stays in view elsewhere.
    Notice,
    /// Something is odd.
    Warning,
    /// Something failed.
    Error,
}

/// A sentence for the user that stays until it is dismissed.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Names it, for `Command::Dismiss`.
    pub id: u64,
    /// How much it matters.
    pub kind: MessageKind,
    /// What happened.
    pub text: String,
    /// What can be done about it, if there is one thing to do.
    pub offer: Option<Offer>,
}

/// What a message offers to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// On its button.
    pub title: &'static str,
    /// What a click does.
    pub command: Command,
}

/// All that the window shows.
pub struct Workspace {
    pub(super) snapshots: Vec<Snapshot>,
    pub(super) view: View,
    /// The user chose the view: it no longer follows what is loaded.
    pub(super) view_chosen: bool,
    /// What to show again, and whether the user chose it, when a snapshot that is opened anew is ready.
    pub(super) resume: Option<(View, bool)>,
    /// A comparison has shown that the ids are those of one process, so they tell which is later.
    pub(super) ids_tell: bool,
    pub(super) main: Table,
    pub(super) retainers: Table,
    /// The object whose retainers are shown.
    pub(super) held: Option<(Arc<Heap>, NodeOrdinal)>,
    /// Views that were left, the last one first.
    pub(super) parked: Vec<Parked>,
    pub(super) ignoring: Ignoring,
    pub(super) card: Option<ObjectCard>,
    pub(super) card_job: Option<Handle>,
    pub(super) compared: FxHashMap<(SnapshotKey, SnapshotKey), Arc<Compared>>,
    pub(super) messages: Vec<Message>,
    pub(super) clipboard: Option<String>,
    pub(super) settings: Settings,
    pub(super) settings_file: Option<PathBuf>,
    /// Files of the bundled pair live here as long as the program runs.
    pub(super) demo_folder: Option<DemoFolder>,
    /// Unpacks them.
    pub(super) demo_job: Option<Handle>,
    pub(super) files: FileWatch,
    pub(super) exports: Vec<(PathBuf, Handle)>,
    pub(super) pairs: Pairs,
    pub(super) saving: Saving,
    pub(super) indices: Indices,
    /// Snapshots that are in view while their retainers are indexed, or their own indices written.
    pub(super) index_jobs: FxHashMap<SnapshotKey, Handle>,
    pub(super) other_jobs: Vec<Handle>,
    pub(super) jobs: Jobs<Outcome>,
    pub(super) next_number: u64,
}

impl Workspace {
    /// With jobs on threads; `wake` is called when one has delivered and [`Self::poll`] should run.
    pub fn new(wake: Wake, settings_file: Option<PathBuf>) -> Self {
        Self::with_jobs(Jobs::threads(wake), settings_file)
    }

    /// With jobs that run at once: a command is done when [`Self::poll`] returns. For tests.
    pub fn inline() -> Self {
        Self::with_jobs(Jobs::inline(), None)
    }

    fn with_jobs(jobs: Jobs<Outcome>, settings_file: Option<PathBuf>) -> Self {
        Self {
            snapshots: Vec::new(),
            view: View::Welcome,
            view_chosen: false,
            resume: None,
            ids_tell: false,
            main: Table::default(),
            retainers: Table::default(),
            held: None,
            parked: Vec::new(),
            ignoring: Ignoring::default(),
            card: None,
            card_job: None,
            compared: FxHashMap::default(),
            messages: Vec::new(),
            clipboard: None,
            settings: settings_file.as_deref().map(Settings::load).unwrap_or_default(),
            settings_file,
            demo_folder: None,
            demo_job: None,
            files: FileWatch::default(),
            exports: Vec::new(),
            pairs: Pairs::default(),
            saving: Saving::default(),
            indices: Indices::default(),
            index_jobs: FxHashMap::default(),
            other_jobs: Vec::new(),
            jobs,
            next_number: 0,
        }
    }

    // ------------------------------------------------------------ what there is

    /// The open snapshots, earliest first.
    pub fn snapshots(&self) -> &[Snapshot] {
        &self.snapshots
    }

    /// One of them.
    pub fn snapshot(&self, key: SnapshotKey) -> Option<&Snapshot> {
        self.snapshots.iter().find(|snapshot| snapshot.key == key)
    }

    /// What the middle shows.
    pub fn view(&self) -> View {
        self.view
    }

    /// A table.
    pub fn table(&self, slot: Slot) -> &Table {
        match slot {
            Slot::Main => &self.main,
            Slot::Retainers => &self.retainers,
        }
    }

    /// The selected object.
    pub fn card(&self) -> Option<&ObjectCard> {
        self.card.as_ref()
    }

    /// The base of the Comparison, if the object whose retainers are shown is in it, not in the target.
    pub fn base_of_retainers(&self) -> Option<&Snapshot> {
        let View::Comparison { base, .. } = self.view else { return None };
        let (held, _) = self.held.as_ref()?;
        self.snapshot(base).filter(|base| base.heap().is_some_and(|heap| Arc::ptr_eq(heap, held)))
    }

    /// The difference that the Comparison shows, once it is there.
    pub fn compared(&self) -> Option<&Compared> {
        match self.view {
            View::Comparison { base, target } => self.compared.get(&(base, target)).map(Arc::as_ref),
            _ => None,
        }
    }

    /// What the user should know.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Theme and recent files.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Files that are being written, and how far they are.
    pub fn exports(&self) -> impl Iterator<Item = (&Path, &Progress)> {
        self.exports.iter().map(|(path, handle)| (path.as_path(), handle.progress()))
    }

    /// Snapshots that are ready, but for what is still done for them without anybody having asked:
    /// their titles, and how far that is.
    pub fn unfinished(&self) -> impl Iterator<Item = (&str, &Progress)> {
        self.snapshots.iter().filter_map(|snapshot| {
            let job = self.index_jobs.get(&snapshot.key)?;
            Some((snapshot.title.as_str(), job.progress()))
        })
    }

    /// Text that a command wants on the clipboard; the window takes it there.
    pub fn take_clipboard(&mut self) -> Option<String> {
        self.clipboard.take()
    }

    /// Whether any job is under way: the window then shows progress now and then.
    pub fn is_busy(&self) -> bool {
        self.snapshots.iter().any(Snapshot::is_loading)
            || [&self.main, &self.retainers].iter().any(|table| table.is_busy() || !table.opening.is_empty())
            || !self.exports.is_empty()
            || !self.index_jobs.is_empty()
            || self.is_unpacking_demo()
    }

    /// Whether the files of the bundled pair are being written out, before they are opened.
    pub fn is_unpacking_demo(&self) -> bool {
        self.demo_job.is_some()
    }

    /// Whether two or more snapshots are ready.
    pub fn can_compare(&self) -> bool {
        self.ready_keys().nth(1).is_some()
    }

    pub(super) fn ready_keys(&self) -> impl DoubleEndedIterator<Item = SnapshotKey> + '_ {
        self.snapshots.iter().filter(|s| s.heap().is_some()).map(|s| s.key)
    }

    pub(super) fn heap(&self, key: SnapshotKey) -> Option<Arc<Heap>> {
        self.snapshot(key)?.heap().cloned()
    }

    pub(super) fn table_mut(&mut self, slot: Slot) -> &mut Table {
        match slot {
            Slot::Main => &mut self.main,
            Slot::Retainers => &mut self.retainers,
        }
    }

    pub(super) fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    pub(super) fn tell(&mut self, kind: MessageKind, text: impl Into<String>) {
        self.tell_offering(kind, text.into(), None);
    }

    /// Tells something, and offers to do something about it.
    pub(super) fn tell_offering(&mut self, kind: MessageKind, text: String, offer: Option<Offer>) {
        if self.messages.iter().any(|message| message.text == text) {
            return;
        }
        let id = self.number();
        self.messages.push(Message { id, kind, text, offer });
    }

    /// Takes back what offers to do something that is done already, or cannot be done any more.
    pub(super) fn withdraw(&mut self, command: &Command) {
        let offers_it = |message: &Message| message.offer.as_ref().is_some_and(|it| it.command == *command);
        self.messages.retain(|message| !offers_it(message));
    }

    /// Tells a failure; a cancelled job is no news.
    pub(super) fn tell_failure(&mut self, failure: Failure) {
        if let Failure::Told(text) = failure {
            self.tell(MessageKind::Error, text);
        }
    }
}
