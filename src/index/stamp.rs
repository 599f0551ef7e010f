//! Notes that an index and its snapshot were checked in full, valid as long as neither was touched.
//!
//! The system keeps a time of change for each file that programs cannot set
//! (POSIX's `st_ctime`): writing, replacing, even setting the modification time moves
//! it. What is on disk may still come back other than it was written when power fails:
//! therefore a stamp is only good until the system is started again.
//!
//! Where there are no such times, there are no stamps, and every opening checks in full.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Longer than the steps in which systems count times of change.
const SHORT_STEP: Duration = Duration::from_millis(25);

/// What is noted.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    /// The system's run.
    boot: String,
    index: Touched,
    snapshot: Touched,
}

/// Which file, and when it was touched last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Touched {
    device: u64,
    inode: u64,
    len: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Touched {
    /// `None` where the system does not tell.
    #[cfg(unix)]
    #[allow(clippy::unnecessary_wraps, reason = "other systems do not tell")]
    pub(super) fn of(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            len: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    #[cfg(not(unix))]
    pub(super) fn of(_: &Metadata) -> Option<Self> {
        None
    }

    /// How long from now until a further touch is sure to have another time: systems count in
    /// steps of up to 10 ms, some file systems in steps of 2 s. `None` for a time to come.
    fn settles_in(&self) -> Option<Duration> {
        let (seconds, nanoseconds) = self.changed;
        let changed = Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?);
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
        let step = if nanoseconds == 0 { Duration::from_secs(3) } else { SHORT_STEP };
        let age = now.checked_sub(changed)?;
        Some(step.saturating_sub(age))
    }
}

impl Stamp {
    /// `None` where the system cannot tell whether files were touched.
    pub(super) fn new(index: &Metadata, snapshot: &Metadata) -> Option<Self> {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?.trim().to_owned();
        Some(Self { boot, index: Touched::of(index)?, snapshot: Touched::of(snapshot)? })
    }

    /// Whether the stamp of an index, if there is one, says this.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        fs::read(path)
            .is_ok_and(|bytes| serde_json::from_slice(&bytes).is_ok_and(|known: Self| known == *self))
    }

    /// Waits up to 25 ms until a further touch of the files is sure to show in their times. Says
    /// whether it is; only what is checked after this may be stamped.
    pub(super) fn settle(&self) -> bool {
        let waits = [self.index.settles_in(), self.snapshot.settles_in()];
        let [Some(index), Some(snapshot)] = waits else { return false };
        let wait = index.max(snapshot);
        if wait > SHORT_STEP {
            return false;
        }
        std::thread::sleep(wait);
        true
    }

    /// Writes the stamp. Nothing happens where the folder cannot be written to.
    pub(super) fn put(&self, path: &Path) {
        let Ok(bytes) = serde_json::to_vec(self) else { return };
        let Some(folder) = path.parent() else { return };
        let Ok(mut file) = tempfile::NamedTempFile::new_in(folder) else { return };
        if std::io::Write::write_all(&mut file, &bytes).is_ok() {
            file.persist(path).ok(); // without a stamp the next opening checks again
        }
    }
}

/// Where the stamp of an index is.
pub(super) fn place(folder: &Path, index: &Path) -> PathBuf {
    folder.join(format!("{:016x}.checked", xxhash_rust::xxh3::xxh3_64(index.as_os_str().as_encoded_bytes())))
}
