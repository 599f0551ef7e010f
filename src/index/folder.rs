//! The folder of indices: made for its user alone, and kept below a limit; what was not used longest goes first.

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

/// Removes indices, the one not used for the longest time first, until all of them and
/// `needed` bytes more are within `limit`; `replaced` counts as gone already.
pub(super) fn make_room(folder: &Path, needed: u64, limit: u64, replaced: &Path) -> io::Result<()> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(metadata) = entry.metadata() else { continue };
        let Ok(modified) = metadata.modified() else { continue };
        if name.starts_with(UNFINISHED) && modified.elapsed().is_ok_and(|age| age > LEFT_BEHIND) {
            fs::remove_file(entry.path()).ok(); // somebody else may be as tidy
        } else if name.ends_with(ENDING) && entry.path() != replaced {
            let stamped = fs::metadata(stamp::place(folder, &entry.path())).and_then(|meta| meta.modified());
            let used = stamped.map_or(modified, |stamped| stamped.max(modified));
            entries.push(Entry { path: entry.path(), len: metadata.len(), used });
        }
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.used));
    let mut total: u64 = entries.iter().map(|entry| entry.len).sum::<u64>() + needed;
    while total > limit
        && let Some(oldest) = entries.pop()
    {
        fs::remove_file(&oldest.path)?;
        fs::remove_file(stamp::place(folder, &oldest.path)).ok(); // it may have none
        total -= oldest.len;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use super::{make, make_room};

    #[test]
    fn what_was_used_last_stays() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("deep").join("indices");
        make(&folder).unwrap();
        let place = |name: &str| folder.join(format!("{name}.heaplens-index"));
        for (name, age) in [("a", 30), ("b", 10), ("c", 20)] {
            fs::write(place(name), [0; 1000]).unwrap();
            let time = SystemTime::now() - Duration::from_secs(age);
            File::options().write(true).open(place(name)).unwrap().set_modified(time).unwrap();
        }
        fs::write(folder.join("notes.txt"), [0; 5000]).unwrap();
        make_room(&folder, 1000, 3000, Path::new("")).unwrap();
        assert_eq!(["a", "b", "c"].map(|name| place(name).exists()), [false, true, true]);
        make_room(&folder, 1000, 2000, &place("c")).unwrap();
        assert_eq!(["b", "c"].map(|name| place(name).exists()), [true, true], "c is replaced");
        make_room(&folder, 1000, 1000, Path::new("")).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "what is not ours stays");
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
