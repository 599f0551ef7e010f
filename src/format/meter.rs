//! Counts what of a file has been read, for the progress bar.

use crate::util::{Cancelled, Progress};

/// Bytes read so far are counted here, unless what is read is no part of opening a file.
#[derive(Clone, Copy)]
pub(super) struct Meter<'a> {
    pub progress: &'a Progress,
    pub counts: bool,
}

impl Meter<'_> {
    /// `bytes` more are done.
    pub(super) fn advance(self, bytes: usize) -> Result<(), Cancelled> {
        if self.counts { self.progress.advance(bytes as u64) } else { self.progress.check() }
    }

    pub(super) fn check(self) -> Result<(), Cancelled> {
        self.progress.check()
    }
}
