//! What the window remembers that is no business of the workspace: scroll
//! positions, widths, dialogs, what had been shown last.

use std::sync::Arc;

use super::memory::MemoryMeter;
use super::panels::{export_dialog::ExportDialog, path_dialog::PathDialog, settings_dialog::SettingsDialog};
use super::typed_ahead::TypedAhead;
use super::widgets::{
    splitter::Share,
    tree_table::{Place, TableState},
};
use crate::rows::{Sort, TableModel as _, Tree};
use crate::workspace::{Slot, SnapshotKey, View, Workspace};

/// A dialog of our own. At most one is open.
#[derive(Debug)]
pub enum Dialog {
    /// Open by path.
    Path(PathDialog),
    /// Export a table.
    Export(ExportDialog),
    /// The settings.
    Settings(SettingsDialog),
    /// The list of keys.
    Keys,
}

/// A table's look, and of what it was when it was drawn last.
#[derive(Debug, Default)]
pub struct TableLook {
    /// Scroll position and widths.
    pub state: TableState,
    seen: Option<Seen>,
    /// Tables that it has shown before, the last one first, and where they were scrolled to.
    left: Vec<(Seen, Place)>,
}

/// By what two frames are told apart.
#[derive(Debug, PartialEq)]
struct Seen {
    /// Which source the rows come from: its address, which is never followed.
    source: usize,
    sort: Sort,
    filter: String,
}

impl TableLook {
    /// So many tables that it has shown are remembered.
    const REMEMBERED: usize = 4;

    /// Begins at the top for other rows and another order, where what counts most is now; stays with the
    /// selection when the rows were filtered; is where it was for rows that are shown again.
    fn follow(&mut self, tree: &Tree) -> bool {
        let seen = Seen {
            source: Arc::as_ptr(tree.source()).cast::<()>() as usize,
            sort: tree.sort(),
            filter: tree.filter().text().to_owned(),
        };
        let before = self.seen.as_ref();
        let is_new = before.is_none_or(|before| before.source != seen.source);
        if before != Some(&seen) {
            let place = self.state.place();
            let is_sorted_anew = !is_new && before.is_some_and(|before| before.sort != seen.sort);
            // Rows that were never shown have no selection, whoever had their address before.
            match tree.cursor().filter(|_| !is_sorted_anew) {
                Some(row) => match self.left.iter().find(|(left, _)| is_new && *left == seen) {
                    Some(&(_, left)) => self.state.go_to(left),
                    None => self.state.reveal(row),
                },
                None => self.state.scroll_to_top(),
            }
            let before = self.seen.replace(seen);
            self.left.retain(|(left, _)| Some(left) != self.seen.as_ref());
            self.left.truncate(Self::REMEMBERED - 1);
            self.left.splice(0..0, before.filter(|_| is_new).map(|before| (before, place)));
        }
        is_new
    }
}

/// All of it.
#[derive(Debug)]
pub struct Local {
    /// The view's table.
    pub main: TableLook,
    /// Who holds the selected object.
    pub retainers: TableLook,
    /// Share of the height that the details have.
    pub details: Share,
    /// Share of the details' width that the object card has.
    pub card: Share,
    /// The table that had the keyboard before a dialog took it.
    pub focused: Slot,
    /// What is typed before the dialog that opens can take it.
    pub typed_ahead: TypedAhead,
    /// The dialog that is open.
    pub dialog: Option<Dialog>,
    /// The table whose filter field gets the keyboard in the next frame.
    pub focus_filter: Option<Slot>,
    /// Whether the desktop's file dialog is open.
    pub choosing_files: bool,
    /// How much memory the program takes.
    pub memory: MemoryMeter,
    last_pair: Option<(SnapshotKey, SnapshotKey)>,
    last_summary: Option<SnapshotKey>,
}

impl Default for Local {
    fn default() -> Self {
        Self {
            main: TableLook::default(),
            retainers: TableLook::default(),
            details: Share::new(0.36),
            card: Share::new(0.31),
            focused: Slot::Main,
            typed_ahead: TypedAhead::default(),
            dialog: None,
            focus_filter: None,
            choosing_files: false,
            memory: MemoryMeter::default(),
            last_pair: None,
            last_summary: None,
        }
    }
}

impl Local {
    /// A table's look.
    pub fn look(&mut self, slot: Slot) -> &mut TableLook {
        match slot {
            Slot::Main => &mut self.main,
            Slot::Retainers => &mut self.retainers,
        }
    }

    /// Takes note of what the workspace shows now; `typing` keeps the keyboard where it is.
    pub fn follow(&mut self, workspace: &Workspace, typing: bool) {
        match workspace.view() {
            View::Welcome => {}
            View::Summary(key) => self.last_summary = Some(key),
            View::Comparison { base, target } => self.last_pair = Some((base, target)),
        }
        for slot in [Slot::Main, Slot::Retainers] {
            let Some(tree) = &workspace.table(slot).tree else { continue };
            let look = self.look(slot);
            if look.follow(tree) && slot == Slot::Main && !typing {
                look.state.request_focus();
            }
        }
    }

    /// Whether a table's filter field shall take the keyboard now; asked once.
    pub fn takes_filter_focus(&mut self, slot: Slot) -> bool {
        self.focus_filter.take_if(|wanted| *wanted == slot).is_some()
    }

    /// The Comparison that a click on its pill shows: the last one, else the first and last snapshot.
    pub fn comparison(&self, workspace: &Workspace) -> Option<View> {
        let ready = |key: SnapshotKey| workspace.snapshot(key).is_some_and(|s| s.heap().is_some());
        let last = self.last_pair.filter(|&(base, target)| ready(base) && ready(target));
        let mut keys = workspace.snapshots().iter().filter(|s| s.heap().is_some()).map(|s| s.key);
        let (base, target) = last.or_else(|| Some((keys.next()?, keys.next_back()?)))?;
        Some(View::Comparison { base, target })
    }

    /// The Summary that a click on its pill shows: the last one, in a Comparison unless that is of neither
    /// of the pair; then of the newer of the pair; of any.
    pub fn summary(&self, workspace: &Workspace) -> Option<View> {
        let ready = |key: &SnapshotKey| workspace.snapshot(*key).is_some_and(|s| s.heap().is_some());
        let any = || workspace.snapshots().iter().rev().find(|s| s.heap().is_some()).map(|s| s.key);
        let key = match workspace.view() {
            View::Comparison { base, target } => {
                let last = self.last_summary.filter(|last| [base, target].contains(last));
                Some(last.unwrap_or(target)).filter(ready)
            }
            _ => self.last_summary.filter(ready),
        };
        key.or_else(any).map(View::Summary)
    }
}
