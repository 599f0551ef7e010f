//! What tables and trees show: lazy children, order, filter, formatted cells.
//! Every number that a person sees is made here, once, for window, shell and export alike.

mod model;

pub use model::{Cell, Column, ColumnSpec, Expander, Row, Sort, Span, TableModel, TextKind};
