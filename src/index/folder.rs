//! The folder of indices: made for its user alone, and kept below a limit; what was not used longest
//! goes first. What else lies there is left alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::stamp;

/// How the names of indices end.
pub(super) const ENDING: &str = ".heaplens-index";

/// How the names of unfinished files begin.
pub(super) const UNFINISHED: &str = ".heaplens-unfinished-";

/// Unfinished files of this age were left behind by a program that was ended.
const LEFT_BEHIND: Duration = Duration::from_hours(24);

/// Makes the folder if need be, for the user alone: heaps hold secrets.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// An index of the folder.
struct Entry {
    path: PathBuf,
    len: u64,
    used: SystemTime,
}

/// What a folder holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Number of indices.
    pub count: u64,
    /// Bytes that they take.
    pub bytes: u64,
}

/// The name of the index of a snapshot whose path has this digest.
pub(super) fn name_of(digest: u64) -> String {
    format!("{digest:016x}{ENDING}")
}

/// Whether a file has such a name: one that was made to go along with a snapshot is named after it.
fn is_kept_here(name: &str) -> bool {
    name.strip_suffix(ENDING).is_some_and(|digest| {
        digest.len() == 16 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// The indices of a folder, in any order. None in a folder that is not there yet. On the way,
/// what ended programs have left behind is removed.
fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let files = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(entries),
        files => files?,
    };
    for entry in files {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(metadata) = entry.metadata() else { continue };
        let Ok(modified) = metadata.modified() else { continue };
        if name.starts_with(UNFINISHED) && modified.elapsed().is_ok_and(|age| age > LEFT_BEHIND) {
            fs::remove_file(entry.path()).ok(); // somebody else may be as tidy
        } else if is_kept_here(&name) {
            let stamped = fs::metadata(stamp::place(folder, &entry.path())).and_then(|meta| meta.modified());
            let used = stamped.map_or(modified, |stamped| stamped.max(modified));
            entries.push(Entry { path: entry.path(), len: metadata.len(), used });
        }
    }
    Ok(entries)
}

fn remove(folder: &Path, index: &Path) -> io::Result<()> {
    fs::remove_file(index)?;
    fs::remove_file(stamp::place(folder, index)).ok(); // it may have none
    Ok(())
}

/// What a folder holds now.
pub(super) fn usage(folder: &Path) -> io::Result<Usage> {
    let entries = entries(folder)?;
    Ok(Usage { count: entries.len() as u64, bytes: entries.iter().map(|entry| entry.len).sum() })
}

/// Removes all indices. Tries all of them before it tells the first failure.
pub(super) fn remove_all(folder: &Path) -> io::Result<()> {
    let mut result = Ok(());
    for entry in entries(folder)? {
        result = result.and(remove(folder, &entry.path));
    }
    result
}

/// Removes indices, the one not used for the longest time first, until all of them and
/// `needed` bytes more are within `limit`; `replaced` counts as gone already.
pub(super) fn make_room(folder: &Path, needed: u64, limit: u64, replaced: &Path) -> io::Result<()> {
    let mut entries = entries(folder)?;
    entries.retain(|entry| entry.path != replaced);
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.used));
    let mut total: u64 = entries.iter().map(|entry| entry.len).sum::<u64>() + needed;
    while total > limit
        && let Some(oldest) = entries.pop()
    {
        remove(folder, &oldest.path)?;
        total -= oldest.len;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use super::{Usage, make, make_room, name_of, remove_all, usage};

    #[test]
    #[cfg_attr(miri, ignore = "sets times of files")]
    fn what_was_used_last_stays() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("deep").join("indices");
        make(&folder).unwrap();
        let [a, b, c] = [0xa, 0xb, 0xc];
        let place = |name: u64| folder.join(name_of(name));
        for (name, age) in [(a, 30), (b, 10), (c, 20)] {
            fs::write(place(name), [0; 1000]).unwrap();
            let time = SystemTime::now() - Duration::from_secs(age);
            File::options().write(true).open(place(name)).unwrap().set_modified(time).unwrap();
        }
        fs::write(folder.join("notes.txt"), [0; 5000]).unwrap();
        fs::write(folder.join("copied.heapsnapshot.heaplens-index"), [0; 5000]).unwrap();
        make_room(&folder, 1000, 3000, Path::new("")).unwrap();
        assert_eq!([a, b, c].map(|name| place(name).exists()), [false, true, true]);
        make_room(&folder, 1000, 2000, &place(c)).unwrap();
        assert_eq!([b, c].map(|name| place(name).exists()), [true, true], "c is replaced");
        make_room(&folder, 1000, 1000, Path::new("")).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "what is not ours stays");
    }

    #[test]
    fn all_indices_are_counted_and_removed_at_once() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("indices");
        assert_eq!(usage(&folder).unwrap(), Usage::default(), "a folder that is not there holds nothing");
        remove_all(&folder).unwrap();
        make(&folder).unwrap();
        for name in 1..4 {
            fs::write(folder.join(name_of(name)), [0; 1000]).unwrap();
        }
        fs::write(folder.join("copied.heapsnapshot.heaplens-index"), [0; 5000]).unwrap();
        assert_eq!(usage(&folder).unwrap(), Usage { count: 3, bytes: 3000 });
        remove_all(&folder).unwrap();
        assert_eq!(usage(&folder).unwrap(), Usage::default());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "what is not ours stays");
        assert!(usage(&folder.join("copied.heapsnapshot.heaplens-index")).is_err(), "this is no folder");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_look_into_the_folder() {
        use std::os::unix::fs::PermissionsExt;
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("indices");
        make(&folder).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
