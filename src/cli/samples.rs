//! `heaplens samples`: what was allocated when, and is still alive.

use std::path::PathBuf;

use clap::Args;

use super::Error;
use super::answer::check_unchanged;
use super::args::Output;
use super::listing::{Listing, Value};
use super::opening::open_at;
use crate::analysis::{SizeRule, timeline};
use crate::util::{Phase, Progress};

/// What `heaplens samples` is told.
#[derive(Debug, Args)]
pub struct Samples {
    /// The snapshot, or `-` for standard input
    file: PathBuf,
    /// Also tell the ids of what was allocated from this time on, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    from: u64,
    /// Also tell the ids of what was allocated until this time, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = u64::MAX, hide_default_value = true)]
    to: u64,
    #[command(flatten)]
    output: Output,
}

const NAMES: [&str; 5] = ["time_ms", "above_id", "last_id", "count", "size"];

impl Samples {
    pub(super) fn run(self, progress: &Progress) -> Result<bool, Error> {
        let heap = open_at(&self.file, SizeRule::Exact, progress)?;
        let told = |what: &dyn std::fmt::Display| Error::Told(format!("{}: {what}", self.file.display()));
        let line = progress.phase(Phase::Recording, || -> Result<_, Error> {
            let samples = heap.graph.samples(progress).map_err(|error| told(&error))?;
            Ok(timeline(&heap.graph, &heap.sizes, samples, progress)?)
        })?;
        if line.samples.is_empty() {
            return Err(told(&"it was made without recording a timeline"));
        }
        let ids = line.ids_between(self.from.saturating_mul(1000), self.to.saturating_mul(1000));
        let last_ids = || line.samples.iter().map(|sample| sample.last_assigned_id);
        let above = std::iter::once(0).chain(last_ids());
        let rows = line.samples.iter().zip(above).zip(line.counts.iter().zip(&line.sizes));
        let list = Listing {
            facts: vec![
                ("total", line.samples.len().into()),
                ("ids_above", ids.above.into()),
                ("ids_up_to", ids.up_to.into()),
            ],
            rows_are: "samples",
            names: &NAMES,
            rows: rows.map(|((sample, above), (&count, &size))| {
                vec![
                    Value::Milliseconds(sample.timestamp_us as f64 / 1000.0),
                    Value::Id(above),
                    Value::Id(sample.last_assigned_id),
                    Value::Count(count),
                    Value::Bytes(size),
                ]
            }),
        };
        list.write(self.output.format, progress)?;
        check_unchanged(&self.file, &heap)?;
        Ok(self.output.timings)
    }
}
