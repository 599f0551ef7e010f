//! What every layer may use and that knows none of them: columns, progress, units for people.

pub mod column;
pub mod progress;
pub mod text;
pub mod units;

pub use column::{Column, WideColumn};
pub use progress::{Cancelled, Phase, Progress};
