//! Why a file cannot be read, in a sentence that a user can act on.

use std::path::PathBuf;

use crate::util::{Cancelled, units};

/// Shorthand for results of reading.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action}: {source}: {}", path.display())]
    Io {
        /// What was tried, such as "open the file".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it was refused.
        source: std::io::Error,
    },
    /// A directory, a pipe, a device: not a plain file.
    #[error("{what} is not a file that can be opened as a snapshot: {}", path.display())]
    NotAFile {
        /// What it is, such as "a directory".
        what: &'static str,
        /// Its path.
        path: PathBuf,
    },
    /// The file is something else that can be named.
    #[error("this is not a V8 heap snapshot but {what}. {hint}")]
    OtherFormat {
        /// Such as "a CPU profile".
        what: &'static str,
        /// What to do about it.
        hint: &'static str,
    },
    /// The text breaks the format at some place.
    #[error("at byte {offset}: expected {expected}, found {found}")]
    Malformed {
        /// Place in the (unpacked) file, in bytes from 0.
        offset: u64,
        /// What would have been right there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// The parts are well-formed but contradict each other.
    #[error("{0}")]
    Inconsistent(String),
    /// Neither memory nor disk have room for the tables.
    #[error(
        "opening this snapshot takes about {}, but memory and temporary files have room for {} together: \
         close other programs, raise the limit of this process, or let TMPDIR name a folder with more room",
        units::bytes_short(*needed),
        units::bytes_short(*room)
    )]
    TooLarge {
        /// Bytes of the tables, estimated from their numbers of rows.
        needed: u64,
        /// Bytes that this process can still take.
        room: u64,
    },
    /// The file ends too early.
    #[error(
        "the file is cut off in {section} (it ends at byte {offset}): it is still being written, or was not written \
         or copied to its end"
    )]
    Truncated {
        /// Which part was not finished.
        section: String,
        /// Length of the (unpacked) file in bytes.
        offset: u64,
    },
    /// The file became another one while it was read.
    #[error(
        "the file changed while it was read: it is still being written or copied. Open it again when it is complete"
    )]
    Changed,
    /// The work was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
