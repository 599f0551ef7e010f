//! How much memory the program takes, and what it does with less.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

#[path = "../../benches/heaps/made_up.rs"]
mod made_up;

/// A heap of 40 MB as services have it: 67 bytes of file and 3.2 edges a node.
fn heap(folder: &Path) -> PathBuf {
    let file = folder.join("heap.heapsnapshot");
    made_up::make(600_000, &file).unwrap();
    file
}

/// The shell with two threads: each has some memory of its own.
fn summary(file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heaplens"));
    command.args(["summary", "--no-index", "--format", "csv"]).arg(file);
    command.env("RAYON_NUM_THREADS", "2").env_remove("HEAPLENS_MEMORY").stdin(Stdio::null());
    command
}

/// The most private memory that a program has at any moment that is looked at, in bytes.
fn peak(program: &mut Child) -> u64 {
    let status = format!("/proc/{}/status", program.id());
    let mut peak = 0;
    while program.try_wait().unwrap().is_none() {
        let facts = fs::read_to_string(&status).unwrap_or_default();
        let private = facts.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kilobytes = private.and_then(|text| text.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak = peak.max(kilobytes.unwrap_or_default() * 1024);
        std::thread::sleep(Duration::from_millis(1));
    }
    peak
}

#[test]
fn opening_takes_no_more_memory_than_columns_and_one_step_of_scratch() {
    let folder = tempfile::tempdir().unwrap();
    let file = heap(folder.path());
    let mut program = summary(&file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let (peak, len) = (peak(&mut program), fs::metadata(&file).unwrap().len());
    assert!(program.wait().unwrap().success());
    // With less than the columns that any answer needs, nothing was measured.
    assert!(peak > len, "{peak} bytes of memory for a file of {len} bytes");
    assert!(peak * 100 < len * 146, "{peak} bytes of memory for a file of {len} bytes");
}

#[test]
fn a_quarter_of_the_memory_suffices_and_the_answer_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = heap(folder.path());
    let [free, limited] = [None, Some("14M")].map(|limit| {
        let mut command = summary(&file);
        limit.map(|limit| command.env("HEAPLENS_MEMORY", limit));
        let mut program = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let peak = peak(&mut program);
        (peak, program.wait_with_output().unwrap())
    });
    assert!(free.1.status.success() && limited.1.status.success());
    assert_eq!(free.1.stdout, limited.1.stdout);
    let said = String::from_utf8_lossy(&limited.1.stderr);
    assert!(said.contains("lie in a temporary file"), "{said}");
    assert!(limited.0 < 20 << 20, "{} bytes of private memory where 14 MiB are allowed", limited.0);
}
