//! Everything a person can do, as values: what the window, tests and scripts send.

use std::path::PathBuf;

use super::{SnapshotKey, Theme, View};
use crate::export::CsvOptions;
use crate::rows::Column;

/// Which of the window's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The view's own: Summary or Comparison.
    Main,
    /// Who holds the selected object.
    Retainers,
}

/// A request to the workspace. Requests that no longer make sense (a row that is
/// gone, a snapshot that was closed) do nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Opens files, each in the background. One that is open already is brought to the front.
    Open(Vec<PathBuf>),
    /// Opens the bundled pair.
    OpenDemo,
    /// Forgets a snapshot, or stops loading it.
    Close(SnapshotKey),
    /// Opens the file of a snapshot anew: it failed, was stopped, or has changed since.
    Reload(SnapshotKey),
    /// Shows a view.
    Show(View),
    /// Swaps base and target of the Comparison.
    SwapPair,
    /// Orders a table by a column; once more turns the order round.
    Sort(Slot, Column),
    /// Filters a table by words.
    Filter(Slot, String),
    /// Gives up sorting, filtering or building a table whose former rows are in view; they stay.
    Stop(Slot),
    /// Opens or closes a row.
    SetOpen {
        /// Of which table.
        slot: Slot,
        /// Row index.
        row: u64,
        /// Open or close.
        open: bool,
    },
    /// Selects a row. In the main table, the retainers of its object are shown.
    Select {
        /// Of which table.
        slot: Slot,
        /// Row index.
        row: u64,
        /// All rows from the anchor to this one.
        extend: bool,
    },
    /// Shows the retainers of the object of a row.
    ShowRetainers {
        /// Of which table.
        slot: Slot,
        /// Row index.
        row: u64,
    },
    /// Leaves the holder in a row of the retainers out of what is looked at, or no longer.
    Ignore {
        /// Row index in the retainers.
        row: u64,
        /// Leave out, or take in again.
        ignore: bool,
    },
    /// Takes all ignored holders in again.
    RestoreIgnored,
    /// Puts the selected rows on the clipboard, as text with tabs.
    Copy(Slot),
    /// Puts the whole text (or name) of the object in the details on the clipboard.
    CopyObjectText,
    /// Saves a table as CSV.
    Export {
        /// Which table.
        slot: Slot,
        /// Where to.
        path: PathBuf,
        /// What goes into it.
        options: CsvOptions,
    },
    /// Gives up an export.
    StopExport(PathBuf),
    /// Chooses light or dark.
    SetTheme(Theme),
    /// Keeps indices of large snapshots, or no longer.
    KeepIndices(bool),
    /// Keeps them in another folder; in the usual one when none is given.
    SetIndexFolder(Option<PathBuf>),
    /// Sets what all of them together may take, in units of 1,024³ bytes; at least 1.
    SetIndexLimit(u64),
    /// Finds out what they take now.
    LookAtIndices,
    /// Deletes the indices of a folder. Snapshots that are open stay so.
    DeleteIndices(PathBuf),
    /// Removes a message.
    Dismiss(u64),
    /// Takes a file off the recent list.
    ForgetRecent(PathBuf),
}
