//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use super::filter::FilterArgs;
use crate::graph::NodeId;

/// Explore V8 heap snapshots: find what leaks, with DevTools' own numbers.
///
/// Without a command, a window opens with the given files.
#[derive(Debug, Parser)]
#[command(name = "heaplens", version, args_conflicts_with_subcommands = true)]
pub struct Args {
    /// Snapshots to open in the window, any number of them
    pub files: Vec<PathBuf>,

    /// What to do instead of opening a window
    #[command(subcommand)]
    pub request: Option<Request>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Request {
    /// Open the bundled pair of snapshots in the window: a service that leaks
    Demo,
    /// Facts about a file: counts, sizes, oddities
    Info {
        /// The snapshot
        file: PathBuf,
        /// How to answer
        #[command(flatten)]
        output: Output,
    },
    /// Constructors with their counts, distances, shallow and retained sizes
    Summary {
        /// The snapshot
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
        /// The older snapshot
        base: PathBuf,
        /// The newer snapshot
        target: PathBuf,
        /// How to answer
        #[command(flatten)]
        output: Output,
    },
    /// Who holds an object, opened along the shortest path to a root
    Retainers {
        /// The snapshot
        file: PathBuf,
        /// Its id, such as @30119
        #[arg(value_parser = parse_id)]
        id: NodeId,
        /// How to answer
        #[command(flatten)]
        output: Output,
    },
    /// An object: its facts, its text, its fields
    Object {
        /// The snapshot
        file: PathBuf,
        /// Its id, such as @30119
        #[arg(value_parser = parse_id)]
        id: NodeId,
        /// How to answer
        #[command(flatten)]
        output: Output,
    },
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
        /// The snapshot
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
