//! The bundled pair of snapshots.

use std::path::{Path, PathBuf};

use super::Result;

/// Writes the bundled pair into a folder.
pub fn unpack_demo(_folder: &Path) -> Result<[PathBuf; 2]> {
    todo!()
}
