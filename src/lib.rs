//! Heaplens: a native desktop explorer for V8 heap snapshots.
//!
//! The map of the house. Data flows from left to right, once; nothing on the
//! left knows what is on its right.
//!
//! ```text
//! path ─▶ format ─▶ graph ─▶ analysis ─▶ rows ─▶ workspace ─▶ ui
//!         bytes     columns   numbers     what a   what is      the window
//!         to raw    and       and         table    open and
//!         columns   edges     results     shows    selected
//!                                           └─▶ export, cli
//!                              └─▶ index: columns and results on disk
//! ```
//!
//! | module | job |
//! |---|---|
//! | [`mod@format`] | a file to raw columns, exactly as written |
//! | [`graph`] | typed access to nodes, edges, retainers, strings |
//! | [`analysis`] | one file per question: a pure function from the graph to a result |
//! | [`index`] | columns and results in one file, so that opening again is a map |
//! | [`rows`] | what a table or tree shows: children, order, filter, formatted cells |
//! | [`export`] | rows to CSV, results to JSON |
//! | [`jobs`] | threads, progress, cancel; a panic in a job is an error value |
//! | [`workspace`] | what is open, computed, selected; commands in, state out |
//! | [`cli`] | the commands of the shell |
//! | `ui` | draws the workspace (the only place that knows egui; feature `window`) |
//! | [`util`] | columns, progress, units |

pub mod analysis;
pub mod cli;
pub mod export;
pub mod format;
pub mod graph;
pub mod index;
pub mod jobs;
pub mod rows;
#[cfg(feature = "window")]
pub mod ui;
pub mod util;
pub mod workspace;

/// The program's allocator, so that Miri sees it under all tests.
#[cfg(all(test, miri))]
#[global_allocator]
static ALLOCATOR: util::LargeBlocks = util::LargeBlocks;
