//! Finds the code that does what a command says.

use std::time::Instant;

use super::args::Request;
use super::opening;
use super::print::print_timings;
use super::{
    Error, comparison, contexts, dump, duplicates, info, native_contexts, object, retainers, statistics,
    summary,
};
use crate::util::Progress;

/// Runs a command to its end; the answer goes to standard output. `Demo` is
/// not for here: it opens the window.
pub fn run(request: Request) -> Result<(), Error> {
    let progress = Progress::new();
    let start = Instant::now();
    let timings = match request {
        Request::Demo => false,
        Request::Info { file, output } => info::run(&file, output, &progress)?,
        Request::Summary { file, filter, output } => summary::run(&file, filter, output, &progress)?,
        Request::Statistics { file, output } => statistics::run(&file, output, &progress)?,
        Request::Duplicates { file, ids, output } => duplicates::run(&file, ids, output, &progress)?,
        Request::NativeContexts { file, output } => native_contexts::run(&file, output, &progress)?,
        Request::Contexts { file, output } => contexts::run(&file, output, &progress)?,
        Request::Compare { base, target, output } => comparison::run(&base, &target, output, &progress)?,
        Request::Retainers { file, id, ignore, output } => {
            retainers::run(&file, id, &ignore, output, &progress)?
        }
        Request::Object { file, id, output } => object::run(&file, id, output, &progress)?,
        Request::Search(search) => search.run(&progress)?,
        Request::Objects(objects) => objects.run(&progress)?,
        Request::Query(query) => query.run(&progress)?,
        Request::Contents(contents) => contents.run(&progress)?,
        Request::Dominators(dominators) => dominators.run(&progress)?,
        Request::Dominated(dominated) => dominated.run(&progress)?,
        Request::Paths(paths) => paths.run(&progress)?,
        Request::Allocations(allocations) => allocations.run(&progress)?,
        Request::Samples(samples) => samples.run(&progress)?,
        Request::Dump { file, out, wrap32, timings } => {
            dump::run(&file, &out, wrap32, &progress)?;
            timings
        }
        Request::Index { file, out, timings } => {
            opening::write_index(&file, out, &progress)?;
            timings
        }
    };
    if timings {
        print_timings(&progress, start.elapsed());
    }
    opening::write_indices(&progress);
    Ok(())
}
