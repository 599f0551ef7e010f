//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use crate::graph::NodeId;

/// Explore V8 heap snapshots: find what leaks, with DevTools' own numbers.
///
/// Without a command, a window opens with the given files.
#[derive(Debug, Parser)]
#[command(name = "heaplens", version, args_conflicts_with_subcommands = true)]
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

fn parse_id(text: &str) -> Result<NodeId, String> {
    text.strip_prefix('@')
        .unwrap_or(text)
        .parse()
        .map(NodeId)
        .map_err(|_| "expected an object id, such as @30119".to_owned())
}
