//! A file that is cut off again and again while it is open: texts become missing, nothing else happens.

#![no_main]

use std::fs::{self, OpenOptions};
use std::path::PathBuf;
use std::sync::OnceLock;

use heaplens::format::{self, Change, StringIndex};
use heaplens::util::Progress;
use heaplens_fuzz::shape;
use libfuzzer_sys::fuzz_target;

fn path() -> &'static PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        std::env::temp_dir().join(format!("heaplens-fuzz-{}.heapsnapshot", std::process::id()))
    })
}

// The last bytes tell how much of the file stays at each cut, in 256ths; all of them make the snapshot.
fuzz_target!(init: heaplens_fuzz::work_alone(), |bytes: &[u8]| {
    let text = shape::snapshot(bytes).replace("\"b\"", &format!("\"b{}\"", "\\n text".repeat(3000)));
    fs::write(path(), &text).expect("room");
    // Sizes may add up to more than a heap can have: that is refused.
    let Ok(raw) = format::open(path(), &Progress::new()) else { return };
    let read = || (0..raw.strings.len()).map(|row| raw.strings.get(StringIndex(row)).len()).sum::<usize>();
    let whole = read();
    let file = OpenOptions::new().write(true).open(path()).expect("the file");
    let mut left = text.len() as u64;
    for &share in bytes.iter().rev().take(4) {
        left = left * u64::from(share) / 256;
        file.set_len(left).expect("a shorter file");
        assert!(read() <= whole + 24 * raw.strings.len() as usize);
        assert_eq!(raw.strings.change(), Some(Change::Shortened));
    }
});
