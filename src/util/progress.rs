//! Progress, cancelling and timing of long work: shared between who works and who watches.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The work was cancelled from outside; what it had is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

macro_rules! phases {
    ($($(#[$doc:meta])* $name:ident = $label:literal),* $(,)?) => {
        /// What a job is doing, in the words of the progress line.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Phase { $($(#[$doc])* $name),* }

        impl Phase {
            /// A short text for people, such as "Reading edges".
            pub fn label(self) -> &'static str {
                match self { $(Phase::$name => $label),* }
            }
        }
    };
}

phases! {
    /// Nothing has begun yet.
    Waiting = "Waiting",
    /// Checksums of an index, and of the snapshot that it is of.
    Checking = "Checking the index",
    /// What comes out of a pipe is written to a temporary file.
    Receiving = "Receiving",
    /// A compressed file is written out to a temporary one.
    Unpacking = "Unpacking",
    /// The places of the file's sections are looked for.
    Sections = "Finding sections",
    /// Node columns.
    Nodes = "Reading nodes",
    /// Edge columns.
    Edges = "Reading edges",
    /// Offsets of strings.
    Strings = "Reading strings",
    /// Places of functions in scripts.
    Places = "Reading places in scripts",
    /// Ids that occur twice are looked for.
    Ids = "Checking ids",
    /// Edges by target.
    Retainers = "Indexing retainers",
    /// Detachedness, flags, WeakMap pairs.
    Marks = "Marking nodes",
    /// Shallow sizes after ownership.
    ShallowSizes = "Attributing sizes",
    /// Distances from the roots.
    Distances = "Measuring distances",
    /// Immediate dominators.
    Dominators = "Finding dominators",
    /// Retained sizes.
    RetainedSizes = "Summing retained sizes",
    /// Class names and keys.
    Classes = "Naming classes",
    /// Where the texts of concatenated strings begin.
    Ropes = "Joining strings",
    /// Names are put in order.
    Names = "Ordering names",
    /// Constructors with their sums.
    Aggregates = "Grouping by constructor",
    /// Names, texts or nodes are looked through for what a filter says.
    Filtering = "Filtering",
    /// Strings are grouped by their texts.
    Texts = "Comparing texts",
    /// Closures, contexts and scopes are brought together.
    Contexts = "Following contexts",
    /// The difference of two snapshots.
    Comparing = "Comparing",
    /// Samples or stacks of recorded allocations.
    Recording = "Reading the recording",
    /// Texts are searched.
    Searching = "Searching",
    /// Rows are put in order.
    Sorting = "Sorting",
    /// What was read and computed is written to a file beside others, to be mapped the next time.
    Writing = "Writing the index",
}

/// How far a piece of work is, seen from any thread; carries the request to stop.
#[derive(Debug)]
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
    /// What `done` and `total` are counted for: see [`Progress::part`].
    span: Mutex<Span>,
    cancelled: AtomicBool,
    phases: Mutex<Phases>,
}

/// What is being done, and was.
#[derive(Debug)]
struct Phases {
    /// In the order in which they began; several where work runs side by side.
    under_way: Vec<Phase>,
    last: Phase,
    timings: Vec<(Phase, Duration)>,
}

/// Where a part of the work begins in all of it, and its share; both from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    start: f32,
    share: f32,
}

impl Span {
    const WHOLE: Self = Self { start: 0.0, share: 1.0 };

    fn within(self, range: &Range<f32>) -> Self {
        Self { start: self.at(range.start), share: self.share * (range.end - range.start) }
    }

    fn at(self, fraction: f32) -> f32 {
        self.start + self.share * fraction
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            span: Mutex::new(Span::WHOLE),
            cancelled: AtomicBool::new(false),
            phases: Mutex::new(Phases { under_way: Vec::new(), last: Phase::Waiting, timings: Vec::new() }),
        }
    }
}

impl Progress {
    /// Nothing done, nothing to do.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many units of work there will be in all; `advance` counts towards it.
    pub fn expect(&self, total: u64) {
        self.done.store(0, Relaxed);
        self.total.store(total, Relaxed);
    }

    /// Runs a part of the work: what it expects and counts fills this range of the bar, from 0 to 1.
    /// Parts follow each other, and may have parts.
    pub fn part<T>(&self, range: Range<f32>, work: impl FnOnce() -> T) -> T {
        const STEPS: u64 = 1000;
        let outer = self.set_span(|outer| (outer.within(&range), [0, 0]));
        let result = work();
        // So much of the whole is done now, whatever the part has counted.
        self.set_span(|_| (outer, [(range.end * STEPS as f32) as u64, STEPS]));
        result
    }

    /// Sets what is counted for, and the units done and in all; nobody sees one without the other. Gives
    /// what was counted for before.
    fn set_span(&self, next: impl FnOnce(Span) -> (Span, [u64; 2])) -> Span {
        let mut span = self.span.lock().unwrap_or_else(PoisonError::into_inner);
        let (new, [done, total]) = next(*span);
        self.done.store(done, Relaxed);
        self.total.store(total, Relaxed);
        std::mem::replace(&mut *span, new)
    }

    /// Counts `units` as done. Errors when the work was cancelled: pass it up.
    pub fn advance(&self, units: u64) -> Result<(), Cancelled> {
        self.done.fetch_add(units, Relaxed);
        self.check()
    }

    /// Errors when the work was cancelled. Cheap: call it every few thousand items.
    #[inline]
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.cancelled.load(Relaxed) { Err(Cancelled) } else { Ok(()) }
    }

    /// Asks the work to stop. It ends within milliseconds, with [`Cancelled`].
    pub fn cancel(&self) {
        self.cancelled.store(true, Relaxed);
    }

    /// Shows `phase`, runs `work`, and notes how long it took.
    pub fn phase<T>(&self, phase: Phase, work: impl FnOnce() -> T) -> T {
        self.with_phases(|phases| phases.under_way.push(phase));
        let start = Instant::now();
        let result = work();
        let time = start.elapsed();
        self.with_phases(|phases| {
            phases.timings.push((phase, time));
            let at = phases.under_way.iter().rposition(|other| *other == phase);
            phases.last = at.map_or(phase, |at| phases.under_way.remove(at));
        });
        result
    }

    fn with_phases(&self, change: impl FnOnce(&mut Phases)) {
        if let Ok(mut phases) = self.phases.lock() {
            change(&mut phases);
        }
    }

    /// What is being done now: of several phases that run side by side, the one that began last. Between
    /// two phases it is the one before.
    pub fn current(&self) -> Phase {
        let mut current = Phase::Waiting;
        self.with_phases(|phases| current = phases.under_way.last().copied().unwrap_or(phases.last));
        current
    }

    /// How much is done, from 0 to 1.
    pub fn fraction(&self) -> f32 {
        let span = self.span.lock().unwrap_or_else(PoisonError::into_inner);
        let of_part = match self.total.load(Relaxed) {
            0 => 0.0,
            total => (self.done.load(Relaxed) as f64 / total as f64).min(1.0) as f32,
        };
        span.at(of_part)
    }

    /// Units that are done, and how many there will be in all: 0 where that is not known yet. Both of the
    /// part that is being done.
    pub fn units(&self) -> (u64, u64) {
        (self.done.load(Relaxed), self.total.load(Relaxed))
    }

    /// The phases that ended, in that order, with their wall clock time. Phases
    /// that ran side by side overlap.
    pub fn timings(&self) -> Vec<(Phase, Duration)> {
        self.phases.lock().map(|phases| phases.timings.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Cancelled, Phase, Progress};

    #[test]
    fn a_cancelled_work_is_told_at_its_next_step() {
        let progress = Progress::new();
        progress.expect(10);
        assert_eq!(progress.advance(5), Ok(()));
        assert_eq!(progress.fraction(), 0.5);
        progress.cancel();
        assert_eq!(progress.advance(1), Err(Cancelled));
    }

    #[test]
    fn parts_fill_the_bar_one_after_the_other() {
        let progress = Progress::new();
        let count = |done| {
            progress.expect(10);
            progress.advance(done).unwrap();
            progress.fraction()
        };
        progress.part(0.0..0.5, || {
            assert_eq!(progress.part(0.0..0.5, || count(5)), 0.125);
            assert_eq!(progress.fraction(), 0.25, "done, whatever it has counted");
            assert_eq!(progress.part(0.5..1.0, || count(10)), 0.5);
        });
        assert_eq!(progress.fraction(), 0.5);
        assert_eq!(progress.part(0.5..1.0, || progress.fraction()), 0.5, "nothing is expected yet");
        assert_eq!(progress.fraction(), 1.0);
    }

    #[test]
    fn of_phases_side_by_side_one_is_named_that_has_not_ended() {
        let progress = Progress::new();
        progress.phase(Phase::Dominators, || {
            progress.phase(Phase::Distances, || assert_eq!(progress.current(), Phase::Distances));
            assert_eq!(progress.current(), Phase::Dominators);
        });
        assert_eq!(progress.current(), Phase::Dominators, "nothing else has begun");
    }

    #[test]
    fn phases_are_timed_in_the_order_in_which_they_end() {
        let progress = Progress::new();
        progress.phase(Phase::Nodes, || {
            assert_eq!(progress.current(), Phase::Nodes);
        });
        progress.phase(Phase::Edges, || ());
        let phases: Vec<_> = progress.timings().iter().map(|t| t.0).collect();
        assert_eq!(phases, [Phase::Nodes, Phase::Edges]);
    }
}
