//! What becomes of the files that a heap lies in while it is open: the snapshot, and its index.

use std::fmt;

use crate::graph::Change;

/// A file that a heap lies in is no longer what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeapChange {
    /// The snapshot, which names and texts are read from.
    Snapshot(Change),
    /// The index, which everything else is mapped from.
    Index(Change),
}

impl HeapChange {
    /// Whether what is read of the heap may be wrong. (Where another index has taken the place
    /// of the one that is mapped, that one is still as it was.)
    pub fn touches_content(self) -> bool {
        match self {
            Self::Snapshot(change) | Self::Index(change) => change.touches_content(),
        }
    }
}

/// A sentence about a snapshot that has been open for a while.
impl fmt::Display for HeapChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Snapshot(change) => return change.fmt(f),
            Self::Index(Change::Shortened) => "its index became shorter while it was open",
            Self::Index(Change::Written) => "its index was written to while it was open",
            Self::Index(Change::Unreadable) => {
                "parts of its index could not be read: it was shorter for a moment, or its disk or network \
                 share fails"
            }
            Self::Index(Change::Replaced) => {
                return f.write_str("its index was replaced; the one that was opened is as it was");
            }
        };
        write!(
            f,
            "{what}. Numbers and rows may be wrong from now on. Open the snapshot again: it will be read anew, \
             and get another index"
        )
    }
}
