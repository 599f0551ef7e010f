//! Heaps made during the test run by the Node that is installed, compared with Chrome DevTools' answers
//! about them. Skipped with a message where Node or DevTools' code (`tests/oracle`, `npm ci`) is absent.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::goldens::Collection;
use crate::lookup_goldens;

fn oracle() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle")
}

/// Why there is nothing to compare with.
fn missing() -> Option<String> {
    let version = Command::new("node").arg("--version").output();
    let Ok(version) = version else { return Some("Node is not installed".to_owned()) };
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let major: u32 = version.trim_start_matches('v').split('.').next()?.parse().ok()?;
    if major < 20 {
        return Some(format!("Node {version} is too old: DevTools' code needs 20"));
    }
    let devtools = oracle().join("node_modules/chrome-devtools-frontend");
    (!devtools.is_dir()).then(|| "DevTools' code is not installed: npm ci in tests/oracle".to_owned())
}

fn node(script: &str, arguments: &[&Path]) {
    let output = Command::new("node").arg(oracle().join(script)).args(arguments).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {told}");
}

#[test]
fn heaps_of_the_installed_node_have_devtools_numbers() {
    if let Some(why) = missing() {
        println!("skipped: {why}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [snapshots, answers] = ["snapshots", "golden"].map(|name| folder.path().join(name));
    fs::create_dir(&snapshots).unwrap();
    node("fresh-heaps.mjs", &[&snapshots]);
    node("make-goldens.mjs", &[&snapshots, &answers]);
    for entry in fs::read_dir(&answers).unwrap() {
        let path = entry.unwrap().path();
        let packed = zstd::encode_all(&fs::read(&path).unwrap()[..], 1).unwrap();
        fs::write(path.with_extension("json.zst"), packed).unwrap();
        fs::remove_file(path).unwrap();
    }
    let heaps = Collection::new(&snapshots, &answers);
    assert_eq!(heaps.snapshots.len(), 3);
    heaps.check_each();
    lookup_goldens::check_each(&heaps);
}
