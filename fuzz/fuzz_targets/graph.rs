//! Graphs of all shapes: each is read, analysed and shown.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: heaplens_fuzz::work_alone(), |bytes: &[u8]| {
    let text = heaplens_fuzz::shape::snapshot(bytes);
    let result = heaplens_fuzz::walk::walk(text.as_bytes());
    assert!(result.is_ok(), "{result:?}: {text}");
});
