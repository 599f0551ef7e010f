//! Paths as people type, paste and drop them.

use std::path::{Path, PathBuf};

/// Endings that snapshots have.
const SNAPSHOT_ENDINGS: [&str; 5] = ["heapsnapshot", "heaptimeline", "json", "gz", "zst"];
/// How many names are suggested at most.
const SUGGESTIONS: usize = 12;

/// A typed or pasted path: `~` is the home, quotes around it and `file://` before it go.
pub fn typed(text: &str) -> PathBuf {
    let text = text.trim();
    let text = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .or_else(|| text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')))
        .unwrap_or(text);
    if let Some(rest) = text.strip_prefix("file://") {
        return PathBuf::from(decoded(rest));
    }
    match (text.strip_prefix('~'), dirs::home_dir()) {
        (Some(""), Some(home)) => home,
        (Some(rest), Some(home)) if rest.starts_with(['/', '\\']) => home.join(&rest[1..]), // a one-byte separator
        _ => PathBuf::from(text),
    }
}

/// `%20` and the like as the bytes they stand for.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..]; // two bytes were there
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The paths in a pasted text, if it is made of nothing else: one a line.
pub fn pasted(text: &str) -> Vec<PathBuf> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let paths: Vec<PathBuf> =
        lines.iter().map(|line| typed(line)).filter(|path| path.is_absolute()).collect();
    if paths.len() == lines.len() { paths } else { Vec::new() }
}

/// What there is at a path, and names that go on from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lookup {
    /// Whether a file is there.
    pub is_file: bool,
    /// Whether a folder is there.
    pub is_folder: bool,
    /// Whether the folder is there that a file at the path would be in.
    pub has_parent: bool,
    /// Folders (with a separator at the end) and snapshots that begin like it.
    pub suggestions: Vec<String>,
}

/// Looks at a typed path; with `only_folders`, nothing else is suggested. Reads folders: not for
/// the window's thread.
pub fn look_up(text: &str, only_folders: bool) -> Lookup {
    if text.trim().is_empty() {
        return Lookup::default();
    }
    let path = typed(text);
    let ends_in_separator = text.trim_end().ends_with(std::path::is_separator);
    let (folder, start) = match path.file_name() {
        Some(name) if !ends_in_separator => {
            (path.parent().unwrap_or(Path::new(".")), name.to_string_lossy().into_owned())
        }
        _ => (path.as_path(), String::new()),
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut suggestions: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| suggestion(folder, &entry, &start, only_folders))
        .collect();
    suggestions.sort_unstable();
    suggestions.truncate(SUGGESTIONS);
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Lookup { is_file: path.is_file(), is_folder: path.is_dir(), has_parent: parent.is_dir(), suggestions }
}

/// What a typed path is completed to: what all suggestions begin with, or the first of them
/// where that is no more than is typed.
pub fn completion(typed: &str, suggestions: &[String]) -> Option<String> {
    let (first, others) = suggestions.split_first()?;
    let mut common = first.as_str();
    for other in others {
        let same = common.char_indices().zip(other.chars()).find(|((_, a), b)| a != b);
        let end = same.map_or(common.len().min(other.len()), |((at, _), _)| at);
        common = &common[..end];
    }
    Some(if common.len() > typed.trim().len() { common.to_owned() } else { first.clone() })
}

fn suggestion(folder: &Path, entry: &std::fs::DirEntry, start: &str, only_folders: bool) -> Option<String> {
    let name = entry.file_name().to_string_lossy().into_owned();
    if !name.starts_with(start) || name == start || (name.starts_with('.') && start.is_empty()) {
        return None;
    }
    let path = folder.join(&name);
    if path.is_dir() {
        return Some(format!("{}{}", path.display(), std::path::MAIN_SEPARATOR));
    }
    let ending = path.extension().filter(|_| !only_folders)?.to_str()?;
    SNAPSHOT_ENDINGS.contains(&ending).then(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{completion, look_up, pasted, typed};

    #[test]
    fn typed_paths_are_taken_as_they_are_meant() {
        assert_eq!(typed("  /tmp/a.heapsnapshot "), PathBuf::from("/tmp/a.heapsnapshot"));
        assert_eq!(typed("'/tmp/with space'"), PathBuf::from("/tmp/with space"));
        assert_eq!(typed("file:///tmp/a%20b%C3%A9"), PathBuf::from("/tmp/a bé"));
        let home = dirs::home_dir().unwrap();
        assert_eq!(typed("~/a"), home.join("a"));
        assert_eq!(typed("~"), home);
    }

    #[cfg(unix)]
    #[test]
    fn a_pasted_text_is_paths_or_it_is_not() {
        assert_eq!(pasted("/a\n/b c\n"), [PathBuf::from("/a"), PathBuf::from("/b c")]);
        assert!(pasted("some words").is_empty());
        assert!(pasted("/a\nsome words").is_empty());
        assert!(pasted("").is_empty());
    }

    #[test]
    fn paths_are_completed_as_far_as_they_are_alike() {
        let both = ["/x/leak-1.gz".to_owned(), "/x/leak-10.gz".to_owned()];
        assert_eq!(completion("/x/l", &both).as_deref(), Some("/x/leak-1"));
        assert_eq!(completion("/x/leak-1", &both).as_deref(), Some("/x/leak-1.gz"));
        assert_eq!(completion("/x/l", &both[..1]).as_deref(), Some("/x/leak-1.gz"));
        assert_eq!(completion("/x/l", &[]), None);
    }

    #[test]
    fn folders_and_snapshots_are_suggested() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("leaks")).unwrap();
        for name in ["leak-1.heapsnapshot", "leak-2.heapsnapshot.gz", "letter.txt", "other.heapsnapshot"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let at = |name: &str| folder.path().join(name).display().to_string();
        let found = look_up(&at("le"), false);
        let separator = std::path::MAIN_SEPARATOR;
        assert_eq!(
            found.suggestions,
            [at("leak-1.heapsnapshot"), at("leak-2.heapsnapshot.gz"), format!("{}{separator}", at("leaks"))]
        );
        assert!(!found.is_file && !found.is_folder);
        assert_eq!(look_up(&at("le"), true).suggestions, [format!("{}{separator}", at("leaks"))]);
        assert!(look_up(&at("letter.txt"), false).is_file);
        assert!(look_up(&at("leaks"), false).is_folder);
        assert!(look_up(&at("new.csv"), false).has_parent);
        assert!(!look_up(&at("missing/new.csv"), false).has_parent);
    }
}
