//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use super::filter::FilterArgs;
use crate::graph::NodeId;

/// Explore V8 heap snapshots: find what leaks, with DevTools' own numbers.
///
/// Without a command, a window opens with the given files.
#[derive(Debug, Parser)]
#[command(name = "heaplens", version)]
pub struct Args {
    /// Snapshots to open in the window, any number of them
    pub files: Vec<PathBuf>,

    /// Where indices are kept
    #[command(flatten)]
    pub index: IndexOptions,

    /// What to do instead of opening a window
    #[command(subcommand)]
    pub request: Option<Request>,
}

/// What to do about indices, which make a snapshot open at once the next time.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct IndexOptions {
    /// Neither use nor write indices (files with which snapshots open at once the next time)
    #[arg(long, global = true)]
    pub no_index: bool,
    /// Keep indices in this folder instead of the user's cache
    #[arg(long, global = true, value_name = "DIR")]
    pub index_dir: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Request {
    /// Open the bundled pair of snapshots in the window: a service that leaks
    Demo,
    /// Facts about a file: counts, sizes, oddities
    Info {
        /// The snapshot, or `-` for standard input
        file: PathBuf,
        /// How to answer
        #[command(flatten)]
        output: Output,
    },
    /// Constructors with their counts, distances, shallow and retained sizes
    Summary {
        /// The snapshot, or `-` for standard input
        file: PathBuf,
        /// Of which objects
        #[command(flatten)]
        filter: FilterArgs,
        /// How to answer
        #[command(flatten)]
        output: Output,
    },
    /// What is new and what is gone in TARGET against BASE, by constructor
    Compare {
        /// The older snapshot, or `-` for standard input
        base: PathBuf,
        /// The newer snapshot, or `-` for standard input
        target: PathBuf,
        /// How to answer
        #[command(flatten)]
        output: Output,
    },
    /// Who holds an object, opened along the shortest path to a root
    Retainers {
        /// The snapshot, or `-` for standard input
        file: PathBuf,
        /// Its id, such as @30119
        #[arg(value_parser = parse_id)]
        id: NodeId,
        /// Leave objects out, to see what else holds it, such as @30119,@7
        #[arg(long, value_name = "IDS", value_parser = parse_id, value_delimiter = ',')]
        ignore: Vec<NodeId>,
        /// How to answer
        #[command(flatten)]
        output: Output,
    },
    /// An object: its facts, its text, its fields
    Object {
        /// The snapshot, or `-` for standard input
        file: PathBuf,
        /// Its id, such as @30119
        #[arg(value_parser = parse_id)]
        id: NodeId,
        /// How to answer
        #[command(flatten)]
        output: Output,
    },
    /// Write the index of a snapshot: with both files side by side, it opens at once on any machine
    Index {
        /// The snapshot
        file: PathBuf,
        /// The index; beside the snapshot when not said, where it is found
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Print how long each phase took, to standard error
        #[arg(long)]
        timings: bool,
    },
    /// Find objects by their displayed names, in the order of the file
    ///
    /// Like the search of DevTools, it looks at what is displayed (texts of concatenated strings,
    /// properties of plain objects), leaves objects of size 0 out, and ignores case.
    Search(super::search::Search),
    /// The objects of a constructor, in the order of its opened row
    Objects(super::objects::Objects),
    /// Objects with given properties, such as all detached ones above a size
    ///
    /// Patterns are regular expressions of JavaScript that ignore case. Unlike `search`, it finds
    /// objects of size 0, too.
    Query(super::objects::QueryArgs),
    /// What an object holds, largest retained size first; what the root holds when no id is given
    Contents(super::contents::Contents),
    /// An object, its dominator, and so on up to the root: what must go for it to be freed
    Dominators(super::dominators::Dominators),
    /// What an object dominates directly, largest retained size first; what the root does when no
    /// id is given
    Dominated(super::dominators::Dominated),
    /// All ways in which an object is held, as a tree of holders up to the roots
    ///
    /// Each entry is a holder of the one above it that is one level nearer to the object. A holder
    /// that was shown before is shown again only where that is nearer to the object.
    Paths(super::paths::Paths),
    /// Functions that allocated, with what of it is alive; or the stack on which an object was allocated
    ///
    /// The file must come from a recording with allocation stacks, as "Allocations on timeline"
    /// makes it in DevTools.
    Allocations(super::allocations::Allocations),
    /// The bars of an allocation timeline: for each moment the ids that were given out since the
    /// one before, and what is alive of these objects
    Samples(super::samples::Samples),
    /// Bytes by what they are: code, strings, arrays, system objects
    Statistics {
        /// The snapshot
        file: PathBuf,
        /// How to answer
        #[command(flatten)]
        output: Output,
    },
    /// Strings whose text other strings have, too
    ///
    /// "exact": the whole text stands in the file. "maybe cut": the text is as long as V8 cuts
    /// texts to, and what followed may differ. "same length and hash": V8 cut the text, but noted
    /// these two of the whole.
    Duplicates {
        /// The snapshot
        file: PathBuf,
        /// List the ids of all strings of each group (as JSON)
        #[arg(long)]
        ids: bool,
        /// How to answer
        #[command(flatten)]
        output: Output,
    },
    /// Native contexts (realms: windows, frames, workers) and the bytes that belong to each
    NativeContexts {
        /// The snapshot
        file: PathBuf,
        /// How to answer
        #[command(flatten)]
        output: Output,
    },
    /// Variables that closures captured and that no function can read any more
    ///
    /// Needs a snapshot with scope tables, as Chromium writes since 2026. As JSON also what
    /// contexts hold in all, for any snapshot.
    Contexts {
        /// The snapshot
        file: PathBuf,
        /// How to answer
        #[command(flatten)]
        output: Output,
    },
    /// Raw arrays of all computed numbers, one entry a node, for checks against DevTools
    Dump {
        /// The snapshot, or `-` for standard input
        file: PathBuf,
        /// The folder to write into; made if it is not there
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Count sizes modulo 2^32, as DevTools does
        #[arg(long)]
        wrap32: bool,
        /// Print how long each phase took, to standard error
        #[arg(long)]
        timings: bool,
    },
}

/// How to answer.
#[derive(Clone, Copy, Debug, ClapArgs)]
pub struct Output {
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Print how long each phase took, to standard error
    #[arg(long)]
    pub timings: bool,
}

/// Which entries of a long answer.
#[derive(Clone, Copy, Debug, ClapArgs)]
pub(super) struct Page {
    /// Leave so many entries out at the start
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: usize,
    /// At most so many entries; all of them if it is not given
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl Page {
    /// The entries of a list.
    pub(super) fn of<T>(self, list: &[T]) -> &[T] {
        let rest = &list[self.offset.min(list.len())..];
        &rest[..self.limit.unwrap_or(usize::MAX).min(rest.len())]
    }
}

/// Forms of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns for people
    Table,
    /// Comma-separated values, sizes in bytes
    Csv,
    /// One JSON object, sizes in bytes
    Json,
}

pub(super) fn parse_id(text: &str) -> Result<NodeId, String> {
    text.strip_prefix('@')
        .unwrap_or(text)
        .parse()
        .map(NodeId)
        .map_err(|_| "expected an object id, such as @30119".to_owned())
}
