//! `heaplens objects` and `heaplens query`: the objects of a class, or those with given properties.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Error;
use super::answer::check_unchanged;
use super::args::{Output, Page};
use super::listing::{Listing, OBJECT, Value, object_values};
use super::opening::open_at;
use crate::analysis::{Heap, Pattern, Query, QueryOrder, SizeRule, query_objects};
use crate::graph::NodeOrdinal;
use crate::rows::{Column, Sort, sorted_instances};
use crate::util::{Phase, Progress};

/// What `heaplens objects` is told.
#[derive(Debug, Args)]
pub struct Objects {
    /// The snapshot, or `-` for standard input
    file: PathBuf,
    /// Name of the constructor, or the key of one of several with that name
    class: String,
    /// What to sort by; sizes largest first, the others smallest first
    #[arg(long, value_enum, default_value_t = By::Retained)]
    sort: By,
    /// The other way around
    #[arg(long)]
    reverse: bool,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    output: Output,
}

/// What objects can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    /// Retained size
    Retained,
    /// Shallow size
    Shallow,
    /// Steps from a user root
    Distance,
    /// Displayed name
    Name,
}

impl By {
    fn sort(self, reverse: bool) -> Sort {
        let (column, descending) = match self {
            Self::Retained => (Column::RetainedSize, true),
            Self::Shallow => (Column::ShallowSize, true),
            Self::Distance => (Column::Distance, false),
            Self::Name => (Column::Name, false),
        };
        Sort { column, descending: descending != reverse }
    }
}

impl Objects {
    pub(super) fn run(self, progress: &Progress) -> Result<bool, Error> {
        let heap = open_at(&self.file, SizeRule::Exact, progress)?;
        let nodes = members(&heap, &self.class).ok_or_else(|| {
            Error::Told(format!("{}: there is no constructor {:?}", self.file.display(), self.class))
        })?;
        let sort = self.sort.sort(self.reverse);
        let rows = progress.phase(Phase::Sorting, || sorted_instances(&heap, nodes, sort, progress))?;
        let mut names = OBJECT.to_vec();
        names.push("class_key");
        let values = |&row: &u32| {
            let node = NodeOrdinal(row);
            let mut values = object_values(&heap, node);
            values.push(Value::Text(heap.classes.get(heap.classes.of(node)).key.clone()));
            values
        };
        let list = Listing {
            facts: vec![("class", self.class.as_str().into()), ("total", rows.len().into())],
            rows_are: "objects",
            names: &names,
            rows: self.page.of(&rows).iter().map(values),
        };
        list.write(self.output.format, progress)?;
        check_unchanged(&self.file, &heap)?;
        Ok(self.output.timings)
    }
}

/// The objects of the class with a key, or else of all classes with a name.
fn members(heap: &Heap, class: &str) -> Option<Vec<NodeOrdinal>> {
    let aggregates = &heap.aggregates;
    let of = |passes: &dyn Fn(&crate::analysis::Class) -> bool| -> Vec<NodeOrdinal> {
        let rows = aggregates.list.iter().filter(|row| passes(heap.classes.get(row.class)));
        rows.flat_map(|row| aggregates.members(row)).collect()
    };
    let by_key = of(&|other| other.key == class);
    let found = if by_key.is_empty() { of(&|other| other.name == class) } else { by_key };
    (!found.is_empty()).then_some(found)
}

/// What `heaplens query` is told.
#[derive(Debug, Args)]
pub struct QueryArgs {
    /// The snapshot, or `-` for standard input
    file: PathBuf,
    /// What the displayed name holds
    #[arg(long, value_name = "PATTERN")]
    name: Option<String>,
    /// What the name of one of its properties, elements or internal fields holds
    #[arg(long, value_name = "PATTERN")]
    property: Option<String>,
    /// Kind of node, such as object, closure, string, native
    #[arg(long)]
    kind: Option<String>,
    /// Detached from the document: true or false
    #[arg(long, value_name = "BOOL")]
    detached: Option<bool>,
    /// Least shallow size
    #[arg(long, value_name = "BYTES")]
    min_shallow: Option<u64>,
    /// Largest shallow size
    #[arg(long, value_name = "BYTES")]
    max_shallow: Option<u64>,
    /// Least retained size
    #[arg(long, value_name = "BYTES")]
    min_retained: Option<u64>,
    /// Largest retained size
    #[arg(long, value_name = "BYTES")]
    max_retained: Option<u64>,
    /// What to sort by
    #[arg(long, value_enum, default_value_t = QueryBy::Retained)]
    sort: QueryBy,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    output: Output,
}

/// What the answer can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum QueryBy {
    /// Retained size, largest first
    Retained,
    /// Shallow size, largest first
    Shallow,
    /// Id, smallest first
    Id,
}

impl QueryArgs {
    pub(super) fn run(self, progress: &Progress) -> Result<bool, Error> {
        let pattern = |source: &Option<String>| {
            let pattern = source.as_ref().map(|source| Pattern::regex(source, true)).transpose();
            pattern.map_err(|bad| Error::Told(bad.to_string()))
        };
        let query = Query {
            min_shallow_size: self.min_shallow,
            max_shallow_size: self.max_shallow,
            min_retained_size: self.min_retained,
            max_retained_size: self.max_retained,
            is_detached: self.detached,
            name: pattern(&self.name)?,
            kind: self.kind,
            property: pattern(&self.property)?,
            order: match self.sort {
                QueryBy::Retained => QueryOrder::RetainedSize,
                QueryBy::Shallow => QueryOrder::ShallowSize,
                QueryBy::Id => QueryOrder::Id,
            },
        };
        let heap = open_at(&self.file, SizeRule::Exact, progress)?;
        let nodes = progress.phase(Phase::Searching, || query_objects(&heap, &query, progress))?;
        let list = Listing {
            facts: vec![("total", nodes.len().into())],
            rows_are: "objects",
            names: &OBJECT,
            rows: self.page.of(&nodes).iter().map(|&node| object_values(&heap, node)),
        };
        list.write(self.output.format, progress)?;
        check_unchanged(&self.file, &heap)?;
        Ok(self.output.timings)
    }
}
