//! What is open, computed, selected. A plain state machine: [`Command`]s in, state
//! out. Everything a person can do is a command, so tests, shell and window do the same.

mod apply;
mod command;
mod deliver;
mod demo;
mod details;
mod files;
mod ignoring;
mod indices;
mod moment;
mod opening;
mod pairs;
mod parked;
mod saving;
mod settings;
mod snapshots;
mod state;
mod tables;
mod work;

pub use command::{Command, Slot};
pub use details::{ObjectCard, ObjectText, full_text, typical_remark};
pub use indices::IndexUsage;
pub use opening::{IndexChoice, Opened, choose_index, chosen_index, index_store, open_heap, open_snapshot};
pub use pairs::{Pair, PairRemark};
pub use saving::PATIENCE;
pub use settings::{Settings, Theme, default_file};
pub use snapshots::{LoadState, Loaded, Snapshot, SnapshotKey, title_of};
pub use state::{Message, MessageKind, Offer, View, Workspace};
pub use tables::Table;
pub use work::{Compared, Failure, compare};
