//! The way from a path to a [`RawSnapshot`].

use std::path::Path;

use super::{RawSnapshot, Result, Source};
use crate::util::Progress;

/// Opens a file (maps it, or unpacks it when it is compressed) and reads it.
pub fn open(_path: &Path, _progress: &Progress) -> Result<RawSnapshot> {
    todo!()
}

/// Reads a snapshot's text.
pub fn read(_source: Source, _progress: &Progress) -> Result<RawSnapshot> {
    todo!()
}
