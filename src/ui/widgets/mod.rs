//! What the panels are made of: one file per widget.

pub mod controls;
pub mod dialog;
pub mod filter_field;
pub mod glyphs;
pub mod marks;
pub mod splitter;
pub mod text;
pub mod tree_table;
pub mod words;
