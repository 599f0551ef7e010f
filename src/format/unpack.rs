//! Compressed files and pipes: written out to a temporary file, which is then mapped.
//!
//! Memory stays small however large the text is, and the system may write the
//! temporary file back to disk when memory is scarce.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use super::meter::Meter;
use super::{Error, Result, Source};
use crate::util::Phase;

/// A way of compressing that can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zstd,
}

/// Whether a file that begins so is compressed.
pub fn is_packed(start: &[u8]) -> bool {
    Packing::of(start).is_some()
}

impl Packing {
    /// Recognizes a packed file by its first bytes.
    pub(super) fn of(start: &[u8]) -> Option<Self> {
        if start.starts_with(b"\x1f\x8b") {
            Some(Self::Gzip)
        } else if start.starts_with(b"\x28\xb5\x2f\xfd") {
            Some(Self::Zstd)
        } else {
            None
        }
    }

    fn action(self) -> &'static str {
        match self {
            Self::Gzip => "unpack the gzip file",
            Self::Zstd => "unpack the zstd file",
        }
    }
}

/// Bytes that are unpacked at a time.
const BLOCK: usize = 1 << 18;

/// Unpacks a file into a temporary one without a name and maps that.
pub(super) fn unpack(file: File, packing: Packing, path: &Path, meter: Meter) -> Result<Source> {
    meter.progress.phase(Phase::Unpacking, || write_out(file, Some(packing), packing.action(), path, meter))
}

/// Copies what comes out of a pipe into a temporary file without a name, unpacked, and maps that.
/// `path` is what messages call it.
pub(super) fn receive(mut input: impl Read, path: &Path, meter: Meter) -> Result<Source> {
    meter.progress.phase(Phase::Receiving, || {
        let failed = |source| Error::Io { action: "read", path: path.to_owned(), source };
        let mut start = [0; 4];
        let length = fill(&mut input, &mut start).map_err(failed)?;
        let start = &start[..length];
        let packing = Packing::of(start);
        write_out(start.chain(input), packing, packing.map_or("read", Packing::action), path, meter)
    })
}

fn write_out(
    input: impl Read,
    packing: Option<Packing>,
    action: &'static str,
    path: &Path,
    meter: Meter,
) -> Result<Source> {
    let failed = |source| Error::Io { action, path: path.to_owned(), source };
    let input = BufReader::with_capacity(BLOCK, Metered { input, meter });
    let mut text: Box<dyn Read + '_> = match packing {
        None => Box::new(input),
        Some(Packing::Gzip) => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
        Some(Packing::Zstd) => Box::new(zstd::stream::read::Decoder::with_buffer(input).map_err(failed)?),
    };
    let mut block = vec![0; BLOCK];
    let mut length = fill(&mut text, &mut block).map_err(failed)?;
    if !may_be_json_object(&block[..length]) {
        // No need to unpack a whole disk image to say that it is none.
        block.truncate(length);
        return Ok(Source::from_bytes(block));
    }
    let cannot_write =
        |source| Error::Io { action: "write the text to a temporary file", path: path.to_owned(), source };
    let mut output = temporary_file().map_err(cannot_write)?;
    while length > 0 {
        meter.check()?;
        output.write_all(&block[..length]).map_err(cannot_write)?;
        length = fill(&mut text, &mut block).map_err(failed)?;
    }
    Source::from_nameless_file(output, path)
}

/// Reads until `block` is full or the input ends.
fn fill(input: &mut dyn Read, block: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < block.len() {
        match input.read(&mut block[length..]) {
            Ok(0) => break,
            Ok(bytes) => length += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

fn may_be_json_object(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    start.iter().find(|byte| !byte.is_ascii_whitespace()).is_none_or(|&byte| byte == b'{')
}

/// A file without a name. `/tmp` is memory on many systems, `/var/tmp` is not.
fn temporary_file() -> io::Result<File> {
    if std::env::var_os("TMPDIR").is_none()
        && let Ok(file) = tempfile::tempfile_in("/var/tmp")
    {
        return Ok(file);
    }
    tempfile::tempfile()
}

/// Counts what is read of the input.
struct Metered<'a, T> {
    input: T,
    meter: Meter<'a>,
}

impl<T: Read> Read for Metered<'_, T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.input.read(buffer)?;
        // Whether the work was cancelled is asked where it can be told.
        let _ = self.meter.advance(bytes);
        Ok(bytes)
    }
}
