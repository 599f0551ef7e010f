//! What the panels are made of: one file per widget.

pub mod glyphs;
pub mod text;
pub mod tree_table;
