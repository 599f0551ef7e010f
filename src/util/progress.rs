//! Progress, cancelling and timing of long work: shared between who works and who watches.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// The work was cancelled from outside; what it had is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

macro_rules! phases {
    ($($(#[$doc:meta])* $name:ident = $label:literal),* $(,)?) => {
        /// What a job is doing, in the words of the progress line.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Phase { $($(#[$doc])* $name),* }

        impl Phase {
            const ALL: &[Phase] = &[$(Phase::$name),*];

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
    /// Constructors with their sums.
    Aggregates = "Grouping by constructor",
    /// Names, texts or nodes are looked through for what a filter says.
    Filtering = "Filtering",
    /// Strings are grouped by their texts.
    Texts = "Comparing texts",
    /// Closures, contexts and scopes are brought together.
    Contexts = "Following contexts",
    /// From the start until constructors could be shown with their shallow sizes.
    FirstLook = "until the first look",
    /// The difference of two snapshots.
    Comparing = "Comparing",
    /// Samples or stacks of recorded allocations.
    Recording = "Reading the recording",
    /// Texts are searched.
    Searching = "Searching",
    /// Rows are put in order.
    Sorting = "Sorting",
    /// A file is written.
    Writing = "Writing",
}

/// How far a piece of work is, seen from any thread; carries the request to stop.
#[derive(Debug)]
pub struct Progress {
    phase: AtomicU8,
    done: AtomicU64,
    total: AtomicU64,
    cancelled: AtomicBool,
    timings: Mutex<Vec<(Phase, Duration)>>,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            phase: AtomicU8::new(Phase::Waiting as u8),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
            timings: Mutex::new(Vec::new()),
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
        self.phase.store(phase as u8, Relaxed);
        let start = Instant::now();
        let result = work();
        self.note(phase, start.elapsed());
        result
    }

    /// Notes how long something took.
    pub fn note(&self, phase: Phase, time: Duration) {
        if let Ok(mut timings) = self.timings.lock() {
            timings.push((phase, time));
        }
    }

    /// What is being done now.
    pub fn current(&self) -> Phase {
        let index = usize::from(self.phase.load(Relaxed));
        Phase::ALL.get(index).copied().unwrap_or(Phase::Waiting)
    }

    /// How much is done, from 0 to 1.
    pub fn fraction(&self) -> f32 {
        match self.total.load(Relaxed) {
            0 => 0.0,
            total => (self.done.load(Relaxed) as f64 / total as f64).min(1.0) as f32,
        }
    }

    /// Units that are done, and how many there will be in all: 0 where that is not known yet.
    pub fn units(&self) -> (u64, u64) {
        (self.done.load(Relaxed), self.total.load(Relaxed))
    }

    /// The phases that ended, in that order, with their wall clock time. Phases
    /// that ran side by side overlap.
    pub fn timings(&self) -> Vec<(Phase, Duration)> {
        self.timings.lock().map(|timings| timings.clone()).unwrap_or_default()
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
