//! Which two of several snapshots are compared when nobody says so, why these, and which others could be.

use std::sync::Arc;

use super::moment::{Process, process_of};
use super::snapshots::last_id;
use super::state::{View, Workspace};
use super::work::{Failure, Outcome, told};
use super::{Snapshot, SnapshotKey};
use crate::analysis::{Heap, comparability};
use crate::jobs::{Handle, Panicked};
use crate::util::{Cancelled, Phase, Progress};

/// A base and a target.
pub type Pair = (SnapshotKey, SnapshotKey);

/// Why two of several snapshots are compared, and which others could be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairRemark {
    /// A sentence without its stop.
    pub why: String,
    /// Other pairs, each with its name.
    pub others: Vec<(String, Pair)>,
}

/// What was found out about pairs whose names do not tell.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// Counts searches: what an older one delivers is dropped.
    number: u64,
    search: Option<Handle>,
    found: Found,
}

/// What trying all pairs has brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Found {
    /// They were not tried.
    #[default]
    Unknown,
    /// No ids of any two name the same objects.
    Nothing,
    /// Those of these two do, and they are the furthest apart of such.
    Pair(Pair),
}

/// The snapshots of one process, earliest first.
struct Group {
    process: Process,
    keys: Vec<SnapshotKey>,
}

impl Workspace {
    fn ready(&self) -> impl DoubleEndedIterator<Item = &Snapshot> {
        self.snapshots.iter().filter(|snapshot| snapshot.heap().is_some())
    }

    /// The snapshots by the processes that their names tell; none where one does not tell.
    fn groups<'a>(snapshots: impl Iterator<Item = &'a Snapshot>) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for snapshot in snapshots {
            let Some(process) = process_of(&snapshot.file_name()) else { return Vec::new() };
            match groups.iter_mut().find(|group| group.process == process) {
                Some(group) => group.keys.push(snapshot.key),
                None => groups.push(Group { process, keys: vec![snapshot.key] }),
            }
        }
        groups
    }

    /// The pair that opens by itself: of one process if names or ids tell, and furthest apart.
    pub(super) fn usual_pair(&self) -> Option<Pair> {
        if let Found::Pair(pair) = self.pairs.found {
            return Some(pair);
        }
        let groups = Self::groups(self.ready());
        let largest = largest(&groups);
        let all: Vec<SnapshotKey> = self.ready_keys().collect();
        let keys = largest.map_or(&all, |group| &group.keys);
        ends(keys)
    }

    /// Which of the snapshots that are being opened will be compared, in words; none where there is one.
    pub fn coming_pair(&self) -> Option<String> {
        let coming = || self.snapshots.iter().filter(|s| s.heap().is_some() || s.is_loading());
        let groups = Self::groups(coming());
        match (coming().count(), largest(&groups)) {
            (0 | 1, _) => None,
            (2, _) => Some("They will be compared.".to_owned()),
            (_, Some(group)) if groups.len() > 1 => Some(format!(
                "They come from {} processes. The first and the last of {} will be compared.",
                groups.len(),
                group.process
            )),
            _ => Some("The first and the last of them will be compared.".to_owned()),
        }
    }

    /// The processes of two snapshots where their names tell that these are not the same.
    pub fn processes_of(&self, (base, target): Pair) -> Option<[String; 2]> {
        let process = |key| process_of(&self.snapshot(key)?.file_name());
        let (base, target) = (process(base)?, process(target)?);
        (base != target).then(|| [base.to_string(), target.to_string()])
    }

    /// Why the pair of the Comparison is compared, where there are others.
    pub fn pair_remark(&self) -> Option<PairRemark> {
        let View::Comparison { base, target } = self.view else { return None };
        let all: Vec<SnapshotKey> = self.ready_keys().collect();
        if all.len() < 3 {
            return None;
        }
        let mut groups = Self::groups(self.ready());
        let each_is_of_another = groups.len() == all.len();
        if groups.len() == 1 {
            groups.clear(); // nothing to tell apart
        }
        let why = self.why((base, target), &all, &groups, each_is_of_another);
        let others = self.other_pairs((base, target), &all, &groups);
        Some(PairRemark { why, others })
    }

    fn why(&self, shown: Pair, all: &[SnapshotKey], groups: &[Group], each_is_of_another: bool) -> String {
        let among = all.len();
        if let Some(group) = groups.iter().find(|group| ends(&group.keys) == Some(shown)) {
            let (process, count) = (group.process, group.keys.len());
            return format!("The first and the last of {process} ({count} of {among} snapshots)");
        }
        let is_ends = ends(all) == Some(shown);
        match self.pairs.found {
            Found::Pair(found) if found == shown => {
                "Objects of these two can be matched; those of the first and the last snapshot cannot"
                    .to_owned()
            }
            Found::Nothing if is_ends => {
                format!("The first and the last of {among} snapshots; objects of no two can be matched")
            }
            _ if is_ends && each_is_of_another => {
                format!("The first and the last of {among} snapshots, each of another process")
            }
            _ if is_ends => format!("The first and the last of {among} snapshots"),
            _ => {
                let place = |key| all.iter().position(|other| *other == key).map_or(0, |place| place + 1);
                format!("Number {} and number {} of {among} snapshots", place(shown.0), place(shown.1))
            }
        }
    }

    /// Pairs that are worth a look besides the shown one, each once.
    fn other_pairs(&self, shown: Pair, all: &[SnapshotKey], groups: &[Group]) -> Vec<(String, Pair)> {
        let of_group =
            |group: &Group| Some((format!("{} of {}", group.keys.len(), group.process), ends(&group.keys)?));
        let mut named: Vec<(String, Pair)> = groups.iter().filter_map(of_group).collect();
        if let Found::Pair(found) = self.pairs.found {
            named.push(("The two of one process".to_owned(), found));
        }
        // Of the process that is looked at, what happened last and first.
        let near = groups.iter().find(|group| group.keys.contains(&shown.1));
        let near = near.map_or(all, |group| &group.keys);
        if let ([first, second, ..], [.., before, last]) = (near, near) {
            named.push(("First and last".to_owned(), (*first, *last)));
            named.push(("First two".to_owned(), (*first, *second)));
            named.push(("Last two".to_owned(), (*before, *last)));
        }
        let mut others: Vec<(String, Pair)> = Vec::new();
        for (name, pair) in named {
            if pair != shown && !others.iter().any(|(_, other)| *other == pair) {
                others.push((name, pair));
            }
        }
        others
    }

    /// Starts to look for two snapshots of one process, when the pair that opened by itself is none.
    pub(super) fn look_for_pair(&mut self, tried: Pair) {
        let is_possible = !self.view_chosen && self.ready_keys().nth(2).is_some();
        if !is_possible || self.pairs.found != Found::Unknown || self.pairs.search.is_some() {
            return;
        }
        let number = self.pairs.number;
        let heaps: Vec<(SnapshotKey, Arc<Heap>, u64)> = self
            .ready()
            .filter_map(|snapshot| Some((snapshot.key, snapshot.heap()?.clone(), last_id(snapshot))))
            .collect();
        let search = move |progress: &Progress| {
            let found = progress.phase(Phase::Comparing, || furthest_of_one_process(&heaps, tried, progress));
            Outcome::PairFound(number, found.map_err(Failure::from))
        };
        let on_panic = move |fault: Panicked| Outcome::PairFound(number, Err(told(&fault)));
        self.pairs.search = Some(self.jobs.start("pair", search, on_panic));
    }

    /// Takes in what the search has found.
    pub(super) fn pair_found(&mut self, number: u64, result: Result<Option<Pair>, Failure>) {
        if number != self.pairs.number {
            return;
        }
        self.pairs.search = None;
        self.pairs.found = match result {
            Err(failure) => return self.tell_failure(failure),
            Ok(Some(pair)) if self.is_ready(pair) => Found::Pair(pair),
            Ok(_) => Found::Nothing,
        };
        if !self.view_chosen && matches!(self.pairs.found, Found::Pair(_)) {
            self.show_what_is_ready();
        }
    }

    fn is_ready(&self, (base, target): Pair) -> bool {
        self.heap(base).is_some() && self.heap(target).is_some()
    }

    /// There are other snapshots now: what was found out about pairs may no longer be the answer.
    pub(super) fn forget_pairs(&mut self) {
        self.pairs = Pairs { number: self.pairs.number + 1, ..Pairs::default() };
    }
}

/// The process that most snapshots come from, if that is more than one.
fn largest(groups: &[Group]) -> Option<&Group> {
    groups.iter().filter(|group| group.keys.len() > 1).max_by_key(|group| group.keys.len())
}

/// The first and the last, if these are two.
fn ends(keys: &[SnapshotKey]) -> Option<Pair> {
    match keys {
        [first, .., last] => Some((*first, *last)),
        _ => None,
    }
}

/// Of snapshots in their order, the two furthest apart whose ids name the same objects; the one
/// whose ids go further is the target. `tried` is known to be none.
fn furthest_of_one_process(
    heaps: &[(SnapshotKey, Arc<Heap>, u64)],
    tried: Pair,
    progress: &Progress,
) -> Result<Option<Pair>, Cancelled> {
    for apart in (1..heaps.len()).rev() {
        for (a, b) in heaps.iter().zip(&heaps[apart..]) {
            if (a.0, b.0) != tried && comparability(&a.1, &b.1, progress)?.by_id() {
                return Ok(Some(if a.2 <= b.2 { (a.0, b.0) } else { (b.0, a.0) }));
            }
        }
    }
    Ok(None)
}
