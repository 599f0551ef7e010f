//! `heaplens allocations`: which functions allocated what, and on which stacks.

use std::path::PathBuf;

use clap::Args;

use super::Error;
use super::answer::check_unchanged;
use super::args::{Output, parse_id};
use super::ids::find;
use super::listing::{Listing, Value};
use super::opening::open_at;
use crate::analysis::{AllocationProfile, AllocationRow, Heap, SizeRule, allocation_profile};
use crate::graph::{NodeId, StringIndex};
use crate::util::{Phase, Progress};

/// What `heaplens allocations` is told.
#[derive(Debug, Args)]
pub struct Allocations {
    /// The snapshot, or `-` for standard input
    file: PathBuf,
    /// Id of an object whose stack is asked for, such as @30119
    #[arg(value_parser = parse_id)]
    id: Option<NodeId>,
    /// Also who called the functions, so many levels of callers
    #[arg(long, value_name = "LEVELS", default_value_t = 0)]
    callers: u32,
    #[command(flatten)]
    output: Output,
}

const FUNCTION: [&str; 5] = ["function", "script_name", "script_id", "line", "column"];

const SUMS: [&str; 4] = ["count", "size", "live_count", "live_size"];

impl Allocations {
    pub(super) fn run(self, progress: &Progress) -> Result<bool, Error> {
        let heap = open_at(&self.file, SizeRule::Exact, progress)?;
        let told = |what: &dyn std::fmt::Display| Error::Told(format!("{}: {what}", self.file.display()));
        let profile = progress.phase(Phase::Recording, || -> Result<_, Error> {
            let table = heap.graph.trace_table(progress).map_err(|error| told(&error))?;
            Ok(allocation_profile(&heap.graph, &heap.sizes, table, progress)?)
        })?;
        if profile.table.tree.is_empty() {
            return Err(told(&"it was made without recording allocation stacks"));
        }
        match self.id {
            Some(id) => self.write_stack(&heap, &profile, id, progress)?,
            None => self.write_functions(&heap, &profile, progress)?,
        }
        check_unchanged(&self.file, &heap)?;
        Ok(self.output.timings)
    }

    fn write_stack(
        &self,
        heap: &Heap,
        profile: &AllocationProfile,
        id: NodeId,
        progress: &Progress,
    ) -> Result<(), Error> {
        let node = find(heap, &self.file, id)?;
        let stack = profile.stack(&heap.graph, node);
        if stack.is_empty() {
            eprintln!("note: {id} was allocated before the recording began, or by no function");
        }
        let list = Listing {
            facts: vec![("id", id.0.into())],
            rows_are: "stack",
            names: &FUNCTION,
            rows: stack.iter().map(|&function| function_values(heap, profile, function)),
        };
        list.write(self.output.format, progress)
    }

    fn write_functions(
        &self,
        heap: &Heap,
        profile: &AllocationProfile,
        progress: &Progress,
    ) -> Result<(), Error> {
        let functions = profile.functions();
        let mut names = vec!["depth"];
        names.extend(FUNCTION);
        names.extend(SUMS);
        let facts = vec![("total", functions.len().into())];
        let rows = WithCallers::new(profile, functions, self.callers, progress).map(|(depth, row)| {
            let mut values = vec![Value::Depth(depth)];
            values.extend(function_values(heap, profile, row.function));
            values.extend([Value::Count(row.count), Value::Bytes(row.size)]);
            values.extend([Value::Count(row.live_count), Value::Bytes(row.live_size)]);
            values
        });
        Listing { facts, rows_are: "functions", names: &names, rows }.write(self.output.format, progress)?;
        Ok(progress.check()?)
    }
}

/// The values of [`FUNCTION`]; places count from 1, and are empty where they are not known.
fn function_values(heap: &Heap, profile: &AllocationProfile, function: u32) -> Vec<Value> {
    let Some(function) = profile.table.functions.get(function as usize) else {
        let name = Value::Text("(unknown function)".to_owned());
        return vec![name, Value::None, Value::None, Value::None, Value::None];
    };
    let text = |index| Value::Text(heap.graph.text(StringIndex(index)).into_owned());
    let known = |number: u32| if number == 0 { Value::None } else { Value::Number(number.into()) };
    vec![
        text(function.name),
        text(function.script_name),
        known(function.script_id),
        known(function.line),
        known(function.column),
    ]
}

/// Functions, each followed by its callers, each followed by theirs. Only what is on the way
/// is in memory.
struct WithCallers<'a> {
    profile: &'a AllocationProfile,
    levels: u32,
    progress: &'a Progress,
    /// Rows to come, the next one last.
    rest: Vec<(u32, AllocationRow)>,
}

impl<'a> WithCallers<'a> {
    fn new(
        profile: &'a AllocationProfile,
        functions: Vec<AllocationRow>,
        levels: u32,
        progress: &'a Progress,
    ) -> Self {
        let rest = functions.into_iter().rev().map(|row| (0, row)).collect();
        Self { profile, levels, progress, rest }
    }
}

impl Iterator for WithCallers<'_> {
    type Item = (u32, AllocationRow);

    fn next(&mut self) -> Option<Self::Item> {
        let (depth, row) = self.rest.pop()?;
        if self.progress.check().is_err() {
            return None;
        }
        if depth < self.levels && row.has_callers {
            let mut callers = self.profile.callers(&row);
            callers.sort_by_key(|caller| std::cmp::Reverse(caller.size));
            self.rest.extend(callers.into_iter().rev().map(|caller| (depth + 1, caller)));
        }
        Some((depth, row))
    }
}
