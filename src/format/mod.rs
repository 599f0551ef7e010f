//! A file to raw columns, exactly as written, with no interpretation.
//!
//! `source` brings the bytes (a mapped file), `sections` finds the parts of the
//! JSON document, `meta` reads the header, the other files turn one section
//! each into columns. [`read`] is the way through all of them.

pub mod builder;
mod change;
mod columns;
mod cursor;
mod demo;
mod digits;
mod duplicates;
mod edges;
mod error;
mod kinds;
mod locations;
mod meta;
mod meter;
mod nodes;
mod numbers;
mod reader;
mod samples;
mod scopes;
mod sections;
mod sniff;
mod source;
mod standard_input;
mod string_pieces;
mod string_scan;
mod strings;
mod traces;
mod unpack;

pub use change::Change;
pub use columns::{EdgeColumns, Location, NodeColumns, RawSnapshot, Warning, are_offsets};
pub use demo::{DEMO_FILES, unpack_demo};
pub use error::{Error, Result};
pub use kinds::{EdgeKind, KindNames, NodeKind};
pub use meta::Meta;
pub use reader::{open, read};
pub use samples::Sample;
pub use scopes::{ScopeRow, ScopeSections, ScopeTables, VariableUse};
pub use source::Source;
pub use standard_input::is_standard_input;
pub(crate) use strings::unescape_one;
pub use strings::{StringIndex, StringTable};
pub use traces::{TraceFunction, TraceTable, TraceTree, TrackingSections};
pub use unpack::is_packed;
