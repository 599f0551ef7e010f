//! The demo that the program carries: two snapshots of one leaking service, minutes apart.
//!
//! They are real. The service publishes orders over Redis streams; its bus keeps
//! the id of every event it ever sent. The first snapshot was taken before any
//! order, the second one after 20,000. Both come from one inspector session, so
//! their object ids can be compared.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{Error, Result};

/// A snapshot of the demo.
struct Packed {
    /// Name of the file it becomes: story, place in it, events sent so far.
    name: &'static str,
    /// One zstd frame.
    frame: &'static [u8],
    /// Length of the snapshot's text in bytes.
    byte_len: usize,
}

/// Before the first order.
const BEFORE: Packed = Packed {
    name: "leak-0-0.heapsnapshot",
    frame: include_bytes!("../../assets/demo/leak-0-0.heapsnapshot.zst"),
    byte_len: 12_929_664,
};

/// After 20,000 orders. Its frame tells what is different from [`BEFORE`] (`zstd --patch-from`).
const AFTER: Packed = Packed {
    name: "leak-2-20k.heapsnapshot",
    frame: include_bytes!("../../assets/demo/leak-2-20k.heapsnapshot.patch.zst"),
    byte_len: 18_316_602,
};

/// What the files are called, older one first.
pub const DEMO_FILES: [&str; 2] = [BEFORE.name, AFTER.name];

/// Writes the two snapshots of the demo into a directory that exists and returns
/// their paths, older one first. Files of these names are overwritten.
pub fn unpack_demo(dir: &Path) -> Result<[PathBuf; 2]> {
    let before = unpack(&BEFORE, &[], dir)?;
    let after = unpack(&AFTER, &before, dir)?;
    Ok([write(&BEFORE, &before, dir)?, write(&AFTER, &after, dir)?])
}

/// The text of a snapshot, from its frame and the text that the frame is a patch for.
fn unpack(packed: &Packed, prefix: &[u8], dir: &Path) -> Result<Vec<u8>> {
    let mut text = Vec::with_capacity(packed.byte_len);
    zstd::stream::read::Decoder::with_ref_prefix(packed.frame, prefix)
        .and_then(|mut frame| frame.read_to_end(&mut text))
        .map_err(|source| Error::Io { action: "unpack the demo", path: dir.join(packed.name), source })?;
    Ok(text)
}

fn write(packed: &Packed, text: &[u8], dir: &Path) -> Result<PathBuf> {
    let path = dir.join(packed.name);
    match fs::write(&path, text) {
        Ok(()) => Ok(path),
        Err(source) => Err(Error::Io { action: "write the demo", path, source }),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use sha2::{Digest as _, Sha256};

    use super::unpack_demo;
    use crate::format::Error;

    fn sha256(path: &Path) -> String {
        let digest = Sha256::digest(fs::read(path).unwrap());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    #[cfg_attr(miri, ignore = "unpacks by code in C")]
    fn the_demo_is_the_two_snapshots_that_were_taken_byte_for_byte() {
        let dir = tempfile::tempdir().unwrap();
        let [before, after] = unpack_demo(dir.path()).unwrap();
        assert_eq!(before.file_name().unwrap(), "leak-0-0.heapsnapshot");
        assert_eq!(sha256(&before), "a2aaf8fb4bb82a4b15ae9cd57040dd0d27aad8808c2932dbc26e2c5ba5a51f40");
        assert_eq!(after.file_name().unwrap(), "leak-2-20k.heapsnapshot");
        assert_eq!(sha256(&after), "f738b7491fb68970c09262210a0817204f9a0b889e40a62302928df712575e99");
    }

    #[test]
    #[cfg_attr(miri, ignore = "unpacks by code in C")]
    fn a_directory_that_cannot_be_written_is_an_error_that_names_the_file() {
        let error = unpack_demo(Path::new("/nowhere at all")).unwrap_err();
        assert!(matches!(error, Error::Io { action: "write the demo", .. }));
        assert!(error.to_string().contains("leak-0-0.heapsnapshot"), "{error}");
    }
}
