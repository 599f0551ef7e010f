//! A short run of what `fuzz/` does at length: snapshots broken at random, and random graphs. The same
//! ones each time.

#[allow(unreachable_pub, reason = "the file has another home")]
#[path = "../../fuzz/src/shape.rs"]
mod shape;
#[allow(unreachable_pub, reason = "the file has another home")]
#[path = "../../fuzz/src/walk.rs"]
mod walk;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::leaking_service;

/// What is put into a file: numbers at the limits, parts of JSON, names of the format.
const WORDS: &[&str] = &[
    "",
    ",",
    "]",
    "}",
    "[",
    "{",
    "\"",
    "\\",
    "\\u00e9",
    "\0",
    "-1",
    "1e9",
    "0.5",
    "4294967295",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "],\"nodes\":[",
    "\"strings\":[",
    "\"edge_count\"",
    ",,",
    "\u{feff}",
    "0,0,0,0,0,0,0,",
];

/// A change of a file: from where, how many bytes go, what comes instead.
fn edits() -> impl Strategy<Value = Vec<(usize, usize, &'static str)>> {
    let length = prop_oneof![4 => 0usize..3, 1 => 0usize..400];
    prop::collection::vec((any::<usize>(), length, prop::sample::select(WORDS)), 1..4)
}

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRunner::deterministic().rng().clone())
}

#[test]
fn broken_snapshots_are_read_or_refused() {
    let whole = leaking_service(3).to_json().into_bytes();
    let run = |edits: Vec<(usize, usize, &'static str)>| {
        let mut text = whole.clone();
        for (at, length, word) in edits {
            let start = at % text.len().max(1);
            let end = (start + length).min(text.len());
            text.splice(start..end, word.bytes());
        }
        let _ = walk::walk(&text);
        Ok(())
    };
    runner(400).run(&edits(), run).unwrap();
}

#[test]
fn graphs_of_all_shapes_are_analysed_and_shown() {
    let run = |bytes: Vec<u8>| {
        let text = shape::snapshot(&bytes);
        prop_assert!(walk::walk(text.as_bytes()).is_ok(), "{}", text);
        Ok(())
    };
    runner(100).run(&prop::collection::vec(any::<u8>(), 0..600), run).unwrap();
}
