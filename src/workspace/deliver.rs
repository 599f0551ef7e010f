//! How the workspace takes in what jobs deliver.

use std::path::Path;
use std::sync::Arc;

use super::state::{MessageKind, View, Workspace};
use super::work::{Compared, Failure, Outcome};
use super::{LoadState, Loaded, ObjectCard, Slot, Snapshot, SnapshotKey};
use crate::analysis::{Heap, IgnoredRetainers};
use crate::rows::{Items, Tree};
use crate::util::{text::one_line, units};

/// The first thing that is odd about a file; all of it is told on its card.
fn notice(snapshot: &Snapshot) -> Option<String> {
    let mut warnings = snapshot.warnings();
    let first = warnings.next()?;
    let more = match warnings.count() {
        0 => String::new(),
        1 => ". 1 more warning is on its card".to_owned(),
        more => format!(". {more} more warnings are on its card"),
    };
    Some(format!("{}: {first}{more}", snapshot.title))
}

impl Workspace {
    /// Takes in what jobs have delivered. Never waits. Returns whether anything changed.
    pub fn poll(&mut self) -> bool {
        let (mut changed, mut is_news) = (false, false);
        while let Some(delivery) = self.jobs.poll() {
            if let Ok(Outcome::Changes(changes)) = delivery {
                is_news |= self.files_changed(changes);
                continue; // to look again at once would never end
            }
            changed = true;
            match delivery {
                Ok(outcome) => self.take_in(outcome),
                Err(fault) => self.tell(MessageKind::Error, fault.to_string()),
            }
        }
        if changed {
            self.finish_loading();
        }
        self.look_at_files(changed);
        changed || is_news
    }

    fn take_in(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::FirstLook(key, look) => {
                let snapshot = self.snapshots.iter_mut().find(|snapshot| snapshot.key == key);
                if let Some(snapshot) = snapshot.filter(|snapshot| snapshot.is_loading()) {
                    snapshot.first_look = Some(look);
                }
            }
            Outcome::Changes(changes) => drop(self.files_changed(changes)),
            Outcome::Loaded(key, result) => self.loaded(key, result),
            Outcome::Demo(result) => {
                self.demo_job = None;
                match result {
                    Ok(paths) => paths.into_iter().for_each(|path| self.open(path)),
                    Err(failure) => self.tell_failure(failure),
                }
            }
            Outcome::TidiedUp => {}
            Outcome::Copied(Err(failure)) => self.tell_failure(failure),
            Outcome::Main(generation, result) => self.main_built(generation, result),
            Outcome::PairFound(number, result) => self.pair_found(number, result),
            Outcome::Retainers(generation, result) => self.retainers_built(generation, result),
            Outcome::Ignored(generation, heap, result) => self.ignored_built(generation, &heap, result),
            Outcome::Rearranged(slot, generation, result) => self.rearranged(slot, generation, result),
            Outcome::Children(slot, generation, path, result) => {
                self.children(slot, generation, &path, result);
            }
            Outcome::Card(generation, result) => {
                if generation == self.retainers.generation {
                    match result {
                        Ok(card) => self.card = Some(card),
                        Err(failure) => self.tell_failure(failure),
                    }
                }
            }
            Outcome::Copied(Ok(text)) => self.clipboard = Some(text),
            Outcome::Exported(path, result) => self.exported(&path, result),
            Outcome::Indexed(key, result) => self.indexed(key, result),
            Outcome::Indices(folder, result) => self.indices_seen(&folder, result),
            Outcome::SettingsSaved(result) => self.settings_saved(result),
        }
    }

    fn loaded(&mut self, key: SnapshotKey, result: Result<Loaded, Failure>) {
        let Some(snapshot) = self.snapshots.iter_mut().find(|snapshot| snapshot.key == key) else { return };
        if !snapshot.is_loading() {
            return; // cancelled meanwhile
        }
        snapshot.first_look = None;
        let path = snapshot.path.clone();
        let title = snapshot.title.clone();
        match result {
            Ok(mut loaded) => {
                let notes = std::mem::take(&mut loaded.notes);
                snapshot.state = LoadState::Ready(Box::new(loaded));
                if let Some(text) = notice(snapshot) {
                    self.tell(MessageKind::Notice, text);
                }
                for note in notes {
                    self.tell(MessageKind::Notice, format!("{title}: {note}"));
                }
            }
            Err(Failure::Cancelled) => snapshot.state = LoadState::Cancelled,
            Err(Failure::Told(text)) => {
                snapshot.state = LoadState::Failed(text.clone());
                self.tell(MessageKind::Error, format!("{title}: {text}"));
            }
        }
        if self.snapshot(key).is_some_and(|snapshot| snapshot.heap().is_some()) && !self.is_passing(&path) {
            self.settings.remember(&std::path::absolute(&path).unwrap_or(path));
            self.save_settings();
        }
        self.sort_snapshots();
        self.forget_pairs();
        self.resume();
        let all_done = !self.snapshots.iter().any(Snapshot::is_loading);
        if !self.view_chosen && (all_done || self.view == View::Welcome) {
            self.show_what_is_ready();
        }
    }

    fn indexed(&mut self, key: SnapshotKey, result: Result<(), Failure>) {
        self.index_jobs.remove(&key);
        self.index_was_written();
        if let (Err(Failure::Told(text)), Some(snapshot)) = (result, self.snapshot(key)) {
            let text = format!("{}: {text}", snapshot.title);
            self.tell(MessageKind::Done, text); // nothing that the user asked for failed
        }
    }

    fn main_built(&mut self, generation: u64, result: Result<(Tree, Option<Arc<Compared>>), Failure>) {
        if let Ok((_, Some(compared))) = &result {
            // Kept even when the view changed meanwhile: it took long to make.
            if self.heap(compared.base).is_some() && self.heap(compared.target).is_some() {
                self.compared.insert((compared.base, compared.target), compared.clone());
            }
            if generation == self.main.generation {
                if self.shows_wrong_direction(compared) {
                    return self.show_what_is_ready();
                }
                if !compared.diff.by_id {
                    self.look_for_pair((compared.base, compared.target));
                }
            }
        }
        if generation != self.main.generation {
            return;
        }
        self.main.building = None;
        match result {
            Ok((tree, _)) => {
                self.main.tree = Some(tree);
                if !self.main.filter_text.is_empty() || self.main.wanted_sort.is_some() {
                    self.rearrange(Slot::Main);
                }
            }
            Err(failure) => self.tell_failure(failure),
        }
    }

    /// Learns from a comparison whether ids tell the order of the snapshots; true
    /// when the pair that opened by itself turns out to be the wrong way round.
    fn shows_wrong_direction(&mut self, compared: &Compared) -> bool {
        self.ids_tell = compared.diff.by_id && self.compared.values().all(|other| other.diff.by_id);
        self.sort_snapshots();
        let pair = (compared.base, compared.target);
        !self.view_chosen && self.usual_pair().is_some_and(|usual| usual != pair)
    }

    fn retainers_built(
        &mut self,
        generation: u64,
        result: Result<(Option<Tree>, Option<ObjectCard>), Failure>,
    ) {
        if generation != self.retainers.generation {
            return;
        }
        match result {
            Ok((tree, card)) => {
                let title = card
                    .as_ref()
                    .map(|card| card.title.iter().map(|span| span.text.as_str()).collect())
                    .unwrap_or_default();
                self.retainers.restart(title);
                self.retainers.tree = tree;
                self.held = card.as_ref().map(|card| (card.heap.clone(), card.node));
                self.card = card;
            }
            Err(failure) => {
                self.retainers.building = None;
                self.tell_failure(failure);
            }
        }
    }

    /// The object stays the same; only the ways to it are others.
    fn ignored_built(
        &mut self,
        generation: u64,
        heap: &Arc<Heap>,
        result: Result<(Option<Arc<IgnoredRetainers>>, Tree), Failure>,
    ) {
        if generation != self.retainers.generation {
            return;
        }
        self.retainers.building = None;
        self.retainers.wanted_sort = None;
        match result {
            Ok((ignored, tree)) => {
                self.ignoring.set(heap, ignored);
                self.retainers.tree = Some(tree);
            }
            Err(failure) => self.tell_failure(failure),
        }
    }

    fn rearranged(&mut self, slot: Slot, generation: u64, result: Result<Tree, Failure>) {
        let table = self.table_mut(slot);
        if generation != table.generation {
            return;
        }
        table.building = None;
        table.wanted_sort = None;
        match result {
            Ok(tree) => table.tree = Some(tree),
            Err(failure) => self.tell_failure(failure),
        }
    }

    fn children(&mut self, slot: Slot, generation: u64, path: &[u64], result: Result<Items, Failure>) {
        let table = self.table_mut(slot);
        if generation != table.generation || !table.opening.iter().any(|(other, _)| other == path) {
            return; // the table changed, or the row was closed meanwhile
        }
        table.opening.retain(|(other, _)| other != path);
        let Some(tree) = &mut table.tree else { return };
        match result {
            Ok(items) => tree.open_with(path, items),
            Err(failure) => {
                tree.close(path);
                self.tell_failure(failure);
            }
        }
    }

    fn exported(&mut self, path: &Path, result: Result<u64, Failure>) {
        self.exports.retain(|(other, _)| other != path);
        match result {
            Ok(rows) => {
                let noun = if rows == 1 { "row" } else { "rows" };
                let text = format!(
                    "Saved {} {noun}: {}",
                    units::count(rows),
                    one_line(&path.to_string_lossy(), 300)
                );
                self.tell(MessageKind::Done, text);
            }
            Err(failure) => self.tell_failure(failure),
        }
    }
}
