//! Rules of the repository itself: small files, one egui, every file with its job at the top.

use std::fs;
use std::path::{Path, PathBuf};

/// No file may be larger, in bytes.
const LARGEST_FILE: u64 = 2_000_000;
/// Test data and the demo together, in bytes.
const LARGEST_FIXTURES: u64 = 15_000_000;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files of the project below a folder, with their sizes; what tools leave behind is passed over.
fn files(folder: &Path) -> Vec<(PathBuf, u64)> {
    const NOT_OURS: &[&str] = &["target", ".git", "node_modules"];
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() && !NOT_OURS.contains(&entry.file_name().to_str().unwrap()) {
            found.extend(files(&entry.path()));
        } else if kind.is_file() {
            found.push((entry.path(), entry.metadata().unwrap().len()));
        }
    }
    found
}

#[test]
fn files_are_small_enough_to_clone() {
    let large: Vec<_> = files(root()).into_iter().filter(|(_, size)| *size > LARGEST_FILE).collect();
    assert!(large.is_empty(), "files above {LARGEST_FILE} bytes: {large:?}");
    let folders = ["tests/fixtures", "tests/golden", "assets"];
    let sizes = folders.map(|folder| files(&root().join(folder)).iter().map(|(_, size)| size).sum::<u64>());
    assert!(sizes.iter().sum::<u64>() <= LARGEST_FIXTURES, "{folders:?} take {sizes:?} bytes");
}

/// Two versions of egui cannot talk to each other, and a careless dependency brings a second one in.
#[test]
fn there_is_one_egui() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for name in ["egui", "epaint", "emath", "winit"] {
        let count = lock.lines().filter(|line| *line == format!("name = \"{name}\"")).count();
        assert_eq!(count, 1, "versions of {name} in Cargo.lock");
    }
}

#[test]
fn every_source_file_tells_its_job_first() {
    let silent: Vec<_> = [root().join("src"), root().join("tests/it")]
        .iter()
        .flat_map(|folder| files(folder))
        .filter(|(path, _)| path.extension().is_some_and(|ending| ending == "rs"))
        .filter(|(path, _)| !fs::read_to_string(path).unwrap().starts_with("//!"))
        .collect();
    assert!(silent.is_empty(), "no `//!` line at the top: {silent:?}");
}
