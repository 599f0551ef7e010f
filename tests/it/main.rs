//! The integration tests: one binary, one module a subject.

#[cfg(feature = "window")]
mod ui_tree_table;
#[cfg(feature = "window")]
mod ui_window;
