//! What tables and trees show: lazy children, order, filter, formatted cells.
//! Every number that a person sees is made here, once, for window, shell and export alike.

mod branch;
mod cells;
mod comparison;
mod edge_row;
mod fields;
mod filter;
mod found;
mod items;
mod model;
mod objects;
mod paths;
mod places;
mod record;
mod retainers;
mod source;
mod summary;
mod tree;
mod words;

pub use branch::{Branch, Path};
pub use cells::size as size_cell;
pub use comparison::{Comparison, delta_of, size_delta_of};
pub use edge_row::{EdgeRow, edge_rows};
pub use fields::FieldsOf;
pub use filter::Filter;
pub use found::{ClassHit, Found, FoundTotals, TextHits};
pub use items::{Item, ItemKind, Items, Side};
pub use model::{Cell, Column, ColumnSpec, Expander, Row, Sort, Span, TableModel, TextKind};
pub use objects::sorted_instances;
pub use paths::{LONGEST_PATH, PathFinder, Typical, recognised_at};
pub use places::place_text;
pub use record::{Record, column_name, edge_text};
pub use retainers::RetainersOf;
pub use source::Source;
pub use summary::Summary;
pub use tree::Tree;
pub use words::{field_words, object_words, retainer_words, short_name};
