//! Tests of the whole, in one binary so that they link once: numbers against
//! DevTools, broken files, the shell, the workspace, the window's tables, the order of the
//! layers, rules of the repository.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod changing;
mod cli;
mod cli_lookups;
mod cli_questions;
mod cut_off;
mod determinism;
mod filter_goldens;
mod fresh_heaps;
mod goldens;
mod indices;
mod layers;
mod lines;
mod lookup_goldens;
mod malformed;
#[cfg(target_os = "linux")]
mod memory;
mod mutations;
mod pairs;
mod repository;
mod settings;
mod support;
#[cfg(feature = "window")]
mod ui_settings;
#[cfg(feature = "window")]
mod ui_tree_table;
#[cfg(feature = "window")]
mod ui_window;
mod workspace;
