//! What panels ask for: commands to the workspace, and what only the window can do.

use crate::workspace::{Command, Slot};

/// A request that a panel makes while it is drawn; done when all are drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// For the workspace.
    Do(Command),
    /// Ask for files with the desktop's dialog.
    ChooseFiles,
    /// Ask for a path with our own dialog, and say why if there is a reason.
    EnterPath(Option<String>),
    /// Ask where to save a table.
    Export(Slot),
    /// The same for the table that has the keyboard.
    ExportFocused,
    /// Show the Comparison, of what was compared last.
    ShowComparison,
    /// Show the Summary, of what was looked at last.
    ShowSummary,
    /// Show the settings.
    ShowSettings,
    /// List the keys.
    ShowKeys,
    /// Put the keyboard into the filter field.
    FocusFilter,
    /// Give the keyboard to a table.
    Focus(Slot),
    /// Give it to a table, and to its first row if it has none yet.
    EnterRows(Slot),
    /// Give it to the next table.
    FocusNextTable,
    /// Put a text on the clipboard.
    CopyText(String),
}

impl From<Command> for Action {
    fn from(command: Command) -> Self {
        Self::Do(command)
    }
}
