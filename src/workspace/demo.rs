//! The bundled pair: a folder for its files, which lasts as long as the program; and what a program that was
//! killed has left.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::state::{MessageKind, View, Workspace};
use super::work::{Failure, Outcome, told};
use crate::format::{DEMO_FILES, unpack_demo};

const PREFIX: &str = "heaplens-demo-";
/// Locked as long as the program runs that the folder belongs to; the system unlocks it, however it ends.
const LOCK: &str = "in-use";

/// The folder of the demo's files. Goes when it is dropped.
#[derive(Debug)]
pub(super) struct DemoFolder {
    /// Stands before the folder, and so is closed before that is removed.
    _lock: File,
    dir: TempDir,
}

impl DemoFolder {
    fn new_in(parent: &Path) -> io::Result<Self> {
        let dir = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        let lock = File::create_new(dir.path().join(LOCK))?;
        // Where files cannot be locked, nobody else can lock it either, and so the folder stays.
        lock.try_lock().ok();
        Ok(Self { _lock: lock, dir })
    }

    /// The files of the pair, older one first, once they are unpacked.
    fn files(&self) -> [PathBuf; 2] {
        DEMO_FILES.map(|name| self.dir.path().join(name))
    }

    pub(super) fn contains(&self, path: &Path) -> bool {
        path.starts_with(self.dir.path())
    }
}

/// Removes the folders of programs that were killed.
fn remove_leftovers(parent: &Path) -> io::Result<()> {
    for entry in fs::read_dir(parent)?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            remove_leftover(&entry.path()).ok(); // it is somebody else's, or in use
        }
    }
    Ok(())
}

/// Removes a folder of the demo if it is this user's and no program holds its lock; and of what is in it
/// only what the demo put there, so that a folder with anything else in it stays.
fn remove_leftover(folder: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(folder)?;
    if !metadata.is_dir() || !is_mine(&metadata)? {
        return Ok(());
    }
    let known: [&str; 3] = [DEMO_FILES[0], DEMO_FILES[1], LOCK];
    let is_known = |name: &OsStr| known.iter().any(|known| name == *known);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_file() || !is_known(&entry.file_name()) {
            return Ok(());
        }
    }
    let lock = File::options().write(true).open(folder.join(LOCK))?;
    lock.try_lock()?;
    for name in DEMO_FILES {
        fs::remove_file(folder.join(name)).or_else(unless_missing)?;
    }
    drop(lock); // else Windows would keep the file
    fs::remove_file(folder.join(LOCK))?;
    fs::remove_dir(folder)
}

fn unless_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// Whether files that this program makes have the same owner.
#[cfg(unix)]
fn is_mine(metadata: &Metadata) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(tempfile::tempfile()?.metadata()?.uid() == metadata.uid())
}

/// Elsewhere each user has a temporary folder of their own.
#[cfg(not(unix))]
fn is_mine(_metadata: &Metadata) -> io::Result<bool> {
    Ok(true)
}

impl Workspace {
    /// Opens the bundled pair; where it was opened before, what is still there of it is used.
    pub(super) fn open_demo(&mut self) {
        if self.is_unpacking_demo() {
            return;
        }
        if let Some(files) = self.demo_folder.as_ref().map(DemoFolder::files)
            && files.iter().all(|file| file.is_file())
        {
            return self.open_demo_again(files);
        }
        let folder = match DemoFolder::new_in(&std::env::temp_dir()) {
            Ok(folder) => folder,
            Err(error) => {
                return self.tell(MessageKind::Error, format!("cannot make a folder for the demo: {error}"));
            }
        };
        let path = folder.dir.path().to_owned();
        self.demo_folder = Some(folder);
        let handle = self.jobs.start(
            "demo",
            move |_| {
                let unpacked = unpack_demo(&path).map(Vec::from);
                Outcome::Demo(unpacked.map_err(|error| Failure::Told(error.to_string())))
            },
            |fault| Outcome::Demo(Err(told(&fault))),
        );
        self.demo_job = Some(handle);
    }

    /// Opens those that were closed, or shows the pair that is open.
    fn open_demo_again(&mut self, files: [PathBuf; 2]) {
        let key_of = |path: &PathBuf| {
            let snapshot = self.snapshots.iter().find(|snapshot| snapshot.path == *path)?;
            snapshot.heap().map(|_| snapshot.key)
        };
        if let [Some(base), Some(target)] = [key_of(&files[0]), key_of(&files[1])] {
            self.view_chosen = true;
            return self.show(View::Comparison { base, target });
        }
        self.view_chosen = false;
        let closed: Vec<PathBuf> = files.into_iter().filter(|path| key_of(path).is_none()).collect();
        closed.into_iter().for_each(|path| self.open(path));
    }

    /// Whether a file is one of the bundled pair's, which goes with the program.
    pub fn is_of_demo(&self, path: &Path) -> bool {
        self.demo_folder.as_ref().is_some_and(|folder| folder.contains(path))
    }

    /// Starts to remove what programs left that were killed while they showed the bundled pair.
    pub fn tidy_up(&mut self) {
        let tidy = |_: &_| {
            remove_leftovers(&std::env::temp_dir()).ok(); // what stays now may go the next time
            Outcome::TidiedUp
        };
        let handle = self.jobs.start("tidy up", tidy, |_| Outcome::TidiedUp);
        self.keep(handle);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{DEMO_FILES, DemoFolder, LOCK, PREFIX, remove_leftovers};

    #[test]
    fn only_the_folder_of_a_program_that_is_gone_is_removed() {
        let parent = tempfile::tempdir().unwrap();
        let in_use = DemoFolder::new_in(parent.path()).unwrap();
        let make = |name: &str, files: &[&str]| {
            let folder = parent.path().join(name);
            fs::create_dir(&folder).unwrap();
            files.iter().for_each(|file| fs::write(folder.join(file), "x").unwrap());
            folder
        };
        let [first, second] = DEMO_FILES;
        let left = make(&format!("{PREFIX}left"), &[LOCK, first, second]);
        let half = make(&format!("{PREFIX}half"), &[LOCK, first]);
        let stay = [
            make("other", &[LOCK, first]),
            make(&format!("{PREFIX}unlocked"), &[first, second]),
            make(&format!("{PREFIX}with-more"), &[LOCK, first, "notes"]),
            in_use.dir.path().to_owned(),
        ];
        remove_leftovers(parent.path()).unwrap();
        assert!(!left.exists() && !half.exists());
        assert!(stay.iter().all(|folder| folder.exists()));
        assert!(stay[2].join(first).exists(), "nothing is taken from a folder that stays");
        drop(in_use);
        assert!(!stay[3].exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let parent = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join(LOCK), "x").unwrap();
        let link = parent.path().join(format!("{PREFIX}link"));
        std::os::unix::fs::symlink(elsewhere.path(), link).unwrap();
        remove_leftovers(parent.path()).unwrap();
        assert!(elsewhere.path().join(LOCK).exists());
    }
}
