//! What each command does to the workspace: at once, or by starting a job.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::opening::index_store;
use super::state::{MessageKind, Offer, View, Workspace};
use super::work::{self, Compared, Failure, Outcome, told};
use super::{Command, LoadState, ObjectCard, Slot, Snapshot, SnapshotKey, title_of};
use crate::analysis::Heap;
use crate::export::CsvOptions;
use crate::format::is_standard_input;
use crate::graph::NodeOrdinal;
use crate::jobs::{Handle, Panicked};
use crate::rows::{Column, Filter, Sort, Tree};
use crate::util::{Phase, Progress};

impl Workspace {
    /// Does what a command says, or starts a job that does.
    pub fn apply(&mut self, command: Command) {
        match command {
            Command::Open(paths) => paths.into_iter().for_each(|path| self.open(path)),
            Command::OpenDemo => self.open_demo(),
            Command::Close(key) => {
                self.offer_to_open_again(key);
                self.close(key);
            }
            Command::Reload(key) => self.reload(key),
            Command::Show(view) => {
                self.resume = None;
                self.view_chosen = true;
                self.show(view);
            }
            Command::SwapPair => {
                if let View::Comparison { base, target } = self.view {
                    self.view_chosen = true;
                    self.show(View::Comparison { base: target, target: base });
                }
            }
            Command::Sort(slot, column) => self.sort(slot, column),
            Command::Filter(slot, text) => self.filter(slot, text),
            Command::Stop(slot) => self.table_mut(slot).stop(),
            Command::SetOpen { slot, row, open } => self.set_open(slot, row, open),
            Command::Select { slot, row, extend } => self.select(slot, row, extend),
            Command::ShowRetainers { slot, row } => self.show_retainers(slot, row),
            Command::Ignore { row, ignore } => self.ignore(row, ignore),
            Command::RestoreIgnored => self.ignore_only(Vec::new()),
            Command::Copy(slot) => self.copy(slot),
            Command::CopyObjectText => self.copy_object_text(),
            Command::Export { slot, path, options } => self.export(slot, path, options),
            Command::StopExport(path) => self.exports.retain(|(other, _)| *other != path),
            Command::SetTheme(theme) => {
                self.settings.theme = theme;
                self.save_settings();
            }
            Command::KeepIndices(keep) => self.keep_indices(keep),
            Command::SetIndexFolder(folder) => self.set_index_folder(folder),
            Command::SetIndexLimit(gigabytes) => self.set_index_limit(gigabytes),
            Command::LookAtIndices => self.look_at_indices(),
            Command::DeleteIndices(folder) => self.delete_indices(folder),
            Command::Dismiss(id) => self.messages.retain(|message| message.id != id),
            Command::ForgetRecent(path) => {
                self.settings.recent.retain(|other| *other != path);
                self.save_settings();
            }
        }
    }

    pub(super) fn open(&mut self, path: PathBuf) {
        let same = |other: &Snapshot| {
            other.path == path
                || matches!((other.path.canonicalize(), path.canonicalize()), (Ok(a), Ok(b)) if a == b)
        };
        if let Some(key) = self.snapshots.iter().find(|other| same(other)).map(|other| other.key) {
            match self.snapshot(key).map(|snapshot| &snapshot.state) {
                Some(LoadState::Failed(_) | LoadState::Cancelled) => self.start_loading(key),
                Some(LoadState::Ready(_)) => self.show(View::Summary(key)),
                _ => {}
            }
            return;
        }
        self.withdraw(&Command::Open(vec![path.clone()]));
        let key = SnapshotKey(self.number() as u32);
        let file_size =
            std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file).map(|meta| meta.len());
        let title = title_of(&path);
        let state = LoadState::Cancelled;
        self.snapshots.push(Snapshot { key, path, title, file_size, state, first_look: None });
        self.sort_snapshots();
        self.start_loading(key);
    }

    fn reload(&mut self, key: SnapshotKey) {
        let Some(snapshot) = self.snapshot(key) else { return };
        if snapshot.heap().is_none() {
            return self.start_loading(key);
        }
        let (path, view, chosen) = (snapshot.path.clone(), self.view, self.view_chosen);
        self.close(key);
        self.open(path.clone());
        let opened = self.snapshots.iter().find(|snapshot| snapshot.path == path);
        let Some(opened) = opened.map(|snapshot| snapshot.key) else { return };
        let now = |other: SnapshotKey| if other == key { opened } else { other };
        let view = match view {
            View::Welcome => return,
            View::Summary(shown) => View::Summary(now(shown)),
            View::Comparison { base, target } => View::Comparison { base: now(base), target: now(target) },
        };
        self.resume = Some((view, chosen));
    }

    /// Shows again what was shown before a snapshot was opened anew, once all of it is ready.
    pub(super) fn resume(&mut self) {
        let Some((view, chosen)) = self.resume else { return };
        let is_ready = match view {
            View::Welcome => false,
            View::Summary(shown) => self.heap(shown).is_some(),
            View::Comparison { base, target } => self.heap(base).is_some() && self.heap(target).is_some(),
        };
        if is_ready {
            self.resume = None;
            self.view_chosen = chosen;
            self.show(view);
        }
    }

    pub(super) fn start_loading(&mut self, key: SnapshotKey) {
        let Some(snapshot) = self.snapshots.iter_mut().find(|snapshot| snapshot.key == key) else { return };
        if matches!(snapshot.state, LoadState::Loading(_) | LoadState::Ready(_)) {
            return;
        }
        let path = snapshot.path.clone();
        let store = index_store(&self.settings);
        let handle = self.jobs.start_telling(
            "load",
            move |progress, tell| {
                let tell = |look| tell(Outcome::FirstLook(key, look));
                Outcome::Loaded(key, work::load(&path, store.as_ref(), progress, tell))
            },
            move |fault| Outcome::Loaded(key, Err(told(&fault))),
        );
        snapshot.state = LoadState::Loading(handle);
    }

    /// Starts what is left to do for the snapshots whose tables can be shown, when nobody waits for a
    /// table any more: names are ordered, retainers indexed, and if a snapshot was read and has no index
    /// of its own, that is written.
    pub(super) fn finish_loading(&mut self) {
        if self.main.is_busy() || self.snapshots.iter().any(Snapshot::is_loading) {
            return;
        }
        for at in 0..self.snapshots.len() {
            let path = &self.snapshots[at].path;
            let store = index_store(&self.settings).filter(|_| !self.is_passing(path));
            let Snapshot { key, state: LoadState::Ready(loaded), .. } = &mut self.snapshots[at] else {
                continue;
            };
            if !std::mem::take(&mut loaded.is_unfinished) {
                continue;
            }
            let (key, heap, index) = (*key, loaded.heap.clone(), store.zip(loaded.ticket.take()));
            if index.is_none() && heap.is_complete() {
                continue;
            }
            let handle = self.jobs.start(
                "index",
                move |progress| Outcome::Indexed(key, work::finish_loading(&heap, index, progress)),
                move |fault| Outcome::Indexed(key, Err(told(&fault))),
            );
            self.index_jobs.insert(key, handle);
        }
    }

    /// Whether nobody will find a file there again, nor need its index.
    pub(super) fn is_passing(&self, path: &Path) -> bool {
        is_standard_input(path) || self.is_of_demo(path)
    }

    /// A click beside what was meant shall cost no more than another click.
    fn offer_to_open_again(&mut self, key: SnapshotKey) {
        let Some(snapshot) = self.snapshot(key).filter(|snapshot| snapshot.heap().is_some()) else { return };
        if !snapshot.is_standard_input() {
            let (text, path) = (format!("Closed {}", snapshot.title), snapshot.path.clone());
            let offer = Offer { title: "Open it again", command: Command::Open(vec![path]) };
            self.tell_offering(MessageKind::Done, text, Some(offer));
        }
    }

    fn close(&mut self, key: SnapshotKey) {
        let Some(at) = self.snapshots.iter().position(|snapshot| snapshot.key == key) else { return };
        if self.snapshots[at].is_loading() {
            self.snapshots[at].state = LoadState::Cancelled; // drops the handle, which cancels
            return;
        }
        let snapshot = self.snapshots.remove(at);
        if let Some(heap) = snapshot.heap() {
            self.ignoring.set(heap, None);
        }
        self.index_jobs.remove(&key); // which cancels it
        self.withdraw(&Command::Reload(key));
        self.compared.retain(|pair, _| pair.0 != key && pair.1 != key);
        self.forget_pairs();
        self.forget_parked(key);
        if self.view.is_about(key) {
            self.view_chosen = false;
            self.show_what_is_ready();
        }
        // Gigabytes are given back piece by piece, which takes its time.
        let let_go = move |_: &Progress| {
            drop(snapshot);
            Outcome::TidiedUp
        };
        let handle = self.jobs.start("close", let_go, |_| Outcome::TidiedUp);
        self.keep(handle);
    }

    /// The view that opens by itself: the usual pair, or the only snapshot.
    pub(super) fn show_what_is_ready(&mut self) {
        let view = match (self.usual_pair(), self.ready_keys().next()) {
            (Some((base, target)), _) => View::Comparison { base, target },
            (None, Some(only)) => View::Summary(only),
            (None, None) => View::Welcome,
        };
        self.show(view);
    }

    pub(super) fn show(&mut self, view: View) {
        if view == self.view && self.main.tree.is_some() {
            return;
        }
        self.park();
        self.view = view;
        if self.bring_back(view) {
            return;
        }
        let generation = self.main.generation;
        let on_panic = move |fault: Panicked| Outcome::Main(generation, Err(told(&fault)));
        let handle = match view {
            View::Welcome => return,
            View::Summary(key) => {
                let Some(heap) = self.heap(key) else { return };
                self.jobs.start(
                    "summary",
                    move |progress| {
                        let tree = work::summary_tree(heap, None, Filter::default(), progress);
                        Outcome::Main(generation, tree.map(|tree| (tree, None)))
                    },
                    on_panic,
                )
            }
            View::Comparison { base, target } => {
                let (Some(base_heap), Some(target_heap)) = (self.heap(base), self.heap(target)) else {
                    return;
                };
                let known = self.compared.get(&(base, target)).cloned();
                self.jobs.start(
                    "compare",
                    move |progress| {
                        Outcome::Main(
                            generation,
                            compare((base, base_heap), (target, target_heap), known, progress),
                        )
                    },
                    on_panic,
                )
            }
        };
        self.main.building = Some(handle);
    }

    fn sort(&mut self, slot: Slot, column: Column) {
        let table = self.table_mut(slot);
        let Some(now) = table.sort() else { return };
        // Texts and steps are looked for from the start, sizes and counts from the largest.
        let first_descending = !matches!(column, Column::Name | Column::Distance);
        let descending = if now.column == column { !now.descending } else { first_descending };
        table.wanted_sort = Some(Sort { column, descending });
        self.rearrange(slot);
    }

    fn filter(&mut self, slot: Slot, text: String) {
        let table = self.table_mut(slot);
        if table.filter_text == text {
            return;
        }
        table.filter_text = text;
        self.rearrange(slot);
    }

    pub(super) fn rearrange(&mut self, slot: Slot) {
        let table = self.table_mut(slot);
        let (Some(tree), Some(sort)) = (table.tree.clone(), table.sort()) else { return };
        let filter = table.filter();
        table.generation += 1;
        table.opening.clear();
        let generation = table.generation;
        let handle = self.jobs.start(
            "sort",
            move |progress| {
                Outcome::Rearranged(
                    slot,
                    generation,
                    progress
                        .phase(Phase::Sorting, || tree.rearranged(sort, filter, progress))
                        .map_err(Failure::from),
                )
            },
            move |fault| Outcome::Rearranged(slot, generation, Err(told(&fault))),
        );
        self.table_mut(slot).building = Some(handle);
    }

    fn set_open(&mut self, slot: Slot, row: u64, open: bool) {
        let table = self.table_mut(slot);
        let generation = table.generation;
        let Some(tree) = &mut table.tree else { return };
        let Some(path) = tree.path(row) else { return };
        if !open {
            table.opening.retain(|(other, _)| *other != path);
            tree.close(&path);
            return;
        }
        if tree.is_open(&path)
            || !tree.can_open(&path)
            || table.opening.iter().any(|(other, _)| *other == path)
        {
            return;
        }
        tree.mark_pending(path.clone());
        let (tree, wanted, panicked) = (tree.clone(), path.clone(), path.clone());
        let handle = self.jobs.start(
            "open",
            move |progress| {
                let items = tree.collect_children(&wanted, progress).map_err(Failure::from);
                Outcome::Children(slot, generation, wanted, items)
            },
            move |fault| Outcome::Children(slot, generation, panicked, Err(told(&fault))),
        );
        self.table_mut(slot).opening.push((path, handle));
    }

    fn select(&mut self, slot: Slot, row: u64, extend: bool) {
        let Some(tree) = &mut self.table_mut(slot).tree else { return };
        tree.select(row, extend);
        if extend {
            return;
        }
        match slot {
            Slot::Main => self.show_retainers(slot, row),
            Slot::Retainers => self.show_card(row),
        }
    }

    /// Starts to show who holds the object of a row; for a constructor, a typical object of it.
    pub(super) fn show_retainers(&mut self, slot: Slot, row: u64) {
        let Some(tree) = &self.table(slot).tree else { return };
        let Some(item) = tree.item(row) else { return };
        let (source, found) = (tree.source().clone(), tree.found().clone());
        let object = tree.object(row);
        self.retainers.generation += 1;
        self.retainers.opening.clear();
        let generation = self.retainers.generation;
        let ignoring = self.ignoring.clone();
        let handle = self.jobs.start(
            "retainers",
            move |progress| {
                let result = match object {
                    Some((side, node)) => {
                        work::retainers_of(source.heap(side).clone(), node, &ignoring, None, progress)
                    }
                    None => work::retainers_of_class(&source, &found, item, &ignoring, progress),
                };
                Outcome::Retainers(generation, result)
            },
            move |fault| Outcome::Retainers(generation, Err(told(&fault))),
        );
        self.retainers.building = Some(handle);
    }

    /// Starts to collect what there is to say about a holder; its retainers stay where they are.
    fn show_card(&mut self, row: u64) {
        let Some(tree) = &self.retainers.tree else { return };
        let Some((side, node)) = tree.object(row) else { return };
        let heap = tree.source().heap(side).clone();
        let generation = self.retainers.generation;
        let handle = self.jobs.start(
            "details",
            move |_| Outcome::Card(generation, Ok(ObjectCard::new(heap, node, None))),
            move |fault| Outcome::Card(generation, Err(told(&fault))),
        );
        self.card_job = Some(handle);
    }

    fn copy(&mut self, slot: Slot) {
        let Some(tree) = self.table(slot).tree.clone() else { return };
        let handle = self.jobs.start(
            "copy",
            move |progress| Outcome::Copied(work::copied_rows(&tree, progress)),
            |fault| Outcome::Copied(Err(told(&fault))),
        );
        self.keep(handle);
    }

    fn copy_object_text(&mut self) {
        let Some(ObjectCard { heap, node, .. }) = &self.card else { return };
        let (heap, node): (Arc<Heap>, NodeOrdinal) = (heap.clone(), *node);
        let handle = self.jobs.start(
            "copy",
            move |_| Outcome::Copied(Ok(work::object_text(&heap, node))),
            |fault| Outcome::Copied(Err(told(&fault))),
        );
        self.keep(handle);
    }

    /// Small jobs whose handles only keep them from being cancelled.
    pub(super) fn keep(&mut self, handle: Handle) {
        const SMALL_JOBS: usize = 8;
        if self.other_jobs.len() >= SMALL_JOBS {
            self.other_jobs.remove(0);
        }
        self.other_jobs.push(handle);
    }

    fn export(&mut self, slot: Slot, path: PathBuf, options: CsvOptions) {
        let Some(tree) = self.table(slot).tree.clone() else {
            return self.tell(MessageKind::Warning, "There is no table to export yet");
        };
        let (target, panicked) = (path.clone(), path.clone());
        let handle = self.jobs.start(
            "export",
            move |progress| {
                let result = work::export(&tree, &target, options, progress);
                Outcome::Exported(target, result)
            },
            move |fault| Outcome::Exported(panicked, Err(told(&fault))),
        );
        self.exports.push((path, handle));
    }
}

/// Compares unless the difference is known, and builds the table.
fn compare(
    (base, base_heap): (SnapshotKey, Arc<Heap>),
    (target, target_heap): (SnapshotKey, Arc<Heap>),
    known: Option<Arc<Compared>>,
    progress: &Progress,
) -> Result<(Tree, Option<Arc<Compared>>), Failure> {
    let compared = match known {
        Some(compared) => compared,
        None => {
            let compare = || work::compare((base, &base_heap), (target, &target_heap), progress);
            Arc::new(progress.phase(Phase::Comparing, compare)?)
        }
    };
    let filter = Filter::default();
    let tree = work::comparison_tree(base_heap, target_heap, compared.diff.clone(), None, filter, progress)?;
    Ok((tree, Some(compared)))
}
