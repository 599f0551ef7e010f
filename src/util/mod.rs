//! What every layer may use and that knows none of them: sets, columns, progress, units for people.

pub mod bit_set;
pub mod column;
pub mod disk;
#[cfg(target_os = "linux")]
mod free_blocks;
pub mod large_blocks;
pub mod map_guard;
pub mod memory;
pub mod progress;
pub mod ranked_set;
mod sort_codes;
pub mod sorted_rows;
pub mod spill;
pub mod stored;
pub mod text;
pub mod units;

pub use bit_set::BitSet;
pub use column::{Column, Mapping, WideColumn, WideRows};
pub use large_blocks::{LargeBlocks, release_free_blocks, release_small_blocks};
pub use map_guard::MapGuard;
pub use progress::{Cancelled, Phase, Progress};
pub use ranked_set::RankedSet;
pub use sorted_rows::{RowOrder, SortKey, sorted_rows};
pub(crate) use stored::stored;
pub use stored::{Loader, Stored, Storer};
