//! Notices that a file is written to, shortened or replaced while it is open.

use std::fmt;
use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{Error, Result};

/// What became of a file since it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// It has fewer bytes than it had.
    Shortened,
    /// It was written to.
    Written,
    /// Some of it could not be read, though it looks the same: a disk or a network share
    /// failed, or it was shorter for a moment.
    Unreadable,
    /// Another file has taken its name; the one that is open is as it was.
    Replaced,
}

impl Change {
    /// Whether what was read of the file may be wrong.
    pub fn touches_content(self) -> bool {
        self != Self::Replaced
    }
}

/// A sentence about a snapshot that has been open for a while.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shortened => {
                "the file became shorter while it was open. Numbers are as they were; names and texts that were \
                 cut off are missing. Open it again when it is complete"
            }
            Self::Written => {
                "the file was written to while it was open. Numbers are as they were; names and texts may be \
                 wrong. Open it again when it is complete"
            }
            Self::Unreadable => {
                "parts of the file could not be read: it was shorter for a moment, or its disk or network share \
                 fails. Numbers are as they were; names and texts may be missing. Open it again"
            }
            Self::Replaced => {
                "another file has taken its place on the disk. Shown is the one that was opened; open it again to \
                 see the new one"
            }
        })
    }
}

/// A file as it was when it was opened.
#[derive(Debug)]
pub(super) struct Watch {
    file: File,
    /// `None` where the file has no name.
    path: Option<PathBuf>,
    then: State,
}

impl Watch {
    /// A file that is open elsewhere as well, from now on.
    pub(super) fn of(file: &File, path: &Path) -> Result<Self> {
        let io = |source| Error::Io { action: "read the file", path: path.to_owned(), source };
        Self::new(file.try_clone().map_err(io)?, Some(path)).map_err(io)
    }

    /// From now on. `path` leads to the file, if anything does.
    pub(super) fn new(file: File, path: Option<&Path>) -> std::io::Result<Self> {
        let then = State::of(&file.metadata()?);
        Ok(Self { file, path: path.map(Path::to_owned), then })
    }

    /// What has happened since then. A file that was only deleted is still there for who has it open.
    pub(super) fn change(&self) -> Option<Change> {
        let now = State::of(&self.file.metadata().ok()?);
        if now.len < self.then.len {
            return Some(Change::Shortened);
        }
        if (now.len, now.modified) != (self.then.len, self.then.modified) {
            return Some(Change::Written);
        }
        let at_path = fs::metadata(self.path.as_ref()?).ok()?;
        (State::of(&at_path).identity != now.identity).then_some(Change::Replaced)
    }
}

#[derive(Debug)]
struct State {
    /// In bytes.
    len: u64,
    modified: Option<SystemTime>,
    /// Device and number of the file, where the system tells them.
    identity: Option<(u64, u64)>,
}

impl State {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt;
            Some((metadata.dev(), metadata.ino()))
        };
        #[cfg(not(unix))]
        let identity = None;
        Self { len: metadata.len(), modified: metadata.modified().ok(), identity }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File, OpenOptions};
    use std::io::Write as _;
    use std::time::{Duration, SystemTime};

    use super::{Change, Watch};

    #[test]
    #[cfg_attr(miri, ignore = "sets times of files")]
    fn a_file_that_changes_is_noticed_and_one_that_is_only_deleted_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heap");
        let watch = || {
            fs::write(&path, "0123456789").unwrap();
            let file = File::open(&path).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_mins(1)).unwrap();
            Watch::new(file, Some(&path)).unwrap()
        };
        let open = || OpenOptions::new().append(true).open(&path).unwrap();

        let watched = watch();
        assert_eq!(watched.change(), None);
        open().write_all(b"more").unwrap();
        assert_eq!(watched.change(), Some(Change::Written));

        let watched = watch();
        fs::write(&path, "9876543210").unwrap();
        assert_eq!(watched.change(), Some(Change::Written), "the same length");

        let watched = watch();
        open().set_len(3).unwrap();
        assert_eq!(watched.change(), Some(Change::Shortened));

        let watched = watch();
        fs::remove_file(&path).unwrap();
        assert_eq!(watched.change(), None);
        #[cfg(unix)]
        {
            fs::write(&path, "0123456789").unwrap();
            assert_eq!(watched.change(), Some(Change::Replaced));
        }
    }
}
