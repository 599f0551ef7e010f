//! Any bytes at all: they are read, or refused with an error.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: heaplens_fuzz::work_alone(), |bytes: &[u8]| {
    let _ = heaplens_fuzz::walk::walk(bytes);
});
