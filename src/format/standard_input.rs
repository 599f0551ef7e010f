//! Standard input as a snapshot, plain or packed.

use std::fs::File;
use std::io::{IsTerminal as _, stdin};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::{Error, Result};

/// What commands call standard input, as many programs do. A file of this name is `./-`.
const NAME: &str = "-";

/// What messages call it.
pub(super) const SHOWN: &str = "standard input";

/// Whether a path stands for standard input.
pub fn is_standard_input(path: &Path) -> bool {
    path == Path::new(NAME)
}

/// Where standard input comes from.
pub(super) enum Input {
    /// A file, as in `heaplens summary - < heap.heapsnapshot`.
    File(File),
    /// A pipe, or what else cannot be mapped.
    Stream,
}

/// Takes standard input, which can be done once.
pub(super) fn take() -> Result<Input> {
    static IS_TAKEN: AtomicBool = AtomicBool::new(false);
    let refused = |why: &str| Err(Error::Inconsistent(why.to_owned()));
    if stdin().is_terminal() {
        return refused(
            "standard input is a terminal: send a snapshot into it, as in `heaplens summary - < FILE`",
        );
    }
    if IS_TAKEN.swap(true, Relaxed) {
        return refused("standard input can be read only once");
    }
    Ok(file().map_or(Input::Stream, Input::File))
}

/// The file behind standard input, when it is a plain one and nobody has read of it yet.
#[cfg(unix)]
fn file() -> Option<File> {
    use std::io::Seek as _;
    use std::os::fd::AsFd as _;
    let mut file = File::from(stdin().as_fd().try_clone_to_owned().ok()?);
    let is_fresh = file.metadata().ok()?.is_file() && file.stream_position().ok()? == 0;
    is_fresh.then_some(file)
}

#[cfg(not(unix))]
fn file() -> Option<File> {
    None
}
