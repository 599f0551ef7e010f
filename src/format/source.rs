//! Where a snapshot's bytes come from.

use std::fmt;
use std::fs::{self, File};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;

use super::change::Watch;
use super::{Change, Error, Result};
use crate::util::{MapGuard, Mapping};

/// The whole text of a snapshot, cheap to clone: a mapped file, or bytes in memory.
#[derive(Clone)]
pub struct Source(Arc<Bytes>);

enum Bytes {
    Memory(Vec<u8>),
    Mapped(Mapped),
    Part(Arc<dyn Mapping>, Range<usize>),
}

struct Mapped {
    /// Stands before the mapping, and so is dropped before it.
    guard: MapGuard,
    map: Mmap,
    watch: Watch,
}

impl Source {
    /// A text that is in memory already.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Bytes::Memory(bytes)))
    }

    /// A part of a file that is mapped already; none of it where the file has no such part.
    pub fn part_of(map: Arc<dyn Mapping>, range: Range<usize>) -> Self {
        Self(Arc::new(Bytes::Part(map, range)))
    }

    /// Maps a plain file; with what the system says of it.
    pub fn open(path: &Path) -> Result<(Self, fs::Metadata)> {
        let file = open_plain(path)?;
        let metadata = file.metadata().map_err(|source| Error::Io {
            action: "read the file",
            path: path.to_owned(),
            source,
        })?;
        Ok((Self::from_file(file, path)?, metadata))
    }

    /// Maps a plain file as it is; `path` is for messages.
    pub(super) fn from_file(file: File, path: &Path) -> Result<Self> {
        Self::map(file, path, Some(path))
    }

    /// Maps a file that nobody else can find; `path`, for messages, is what it was made from.
    pub(super) fn from_nameless_file(file: File, path: &Path) -> Result<Self> {
        Self::map(file, path, None)
    }

    fn map(file: File, path: &Path, watched: Option<&Path>) -> Result<Self> {
        let io = |source| Error::Io { action: "read the file", path: path.to_owned(), source };
        if file.metadata().map_err(io)?.len() == 0 {
            return Ok(Self::from_bytes(Vec::new())); // there is no mapping of length 0
        }
        // SAFETY: the bytes are only read. Another process may change them meanwhile:
        // nothing is derived from them that a later read relies on without checking
        // bounds. If it cuts the file off, the guard puts zeros there.
        #[allow(unsafe_code, reason = "mapping a file has no safe interface")]
        let map = unsafe { Mmap::map(&file) }.map_err(io)?;
        let guard = MapGuard::new(&map).map_err(io)?;
        let watch = Watch::new(file, watched).map_err(io)?;
        Ok(Self(Arc::new(Bytes::Mapped(Mapped { guard, map, watch }))))
    }

    /// The text.
    pub fn bytes(&self) -> &[u8] {
        match &*self.0 {
            Bytes::Memory(bytes) => bytes,
            Bytes::Mapped(mapped) => &mapped.map,
            Bytes::Part(map, range) => map.bytes().get(range.clone()).unwrap_or_default(),
        }
    }

    /// Tells the system that nobody will read these bytes soon: then they take no part of this process'
    /// resident memory any more. Reading them later works as ever.
    pub fn release_pages(&self, span: Range<usize>) {
        #[cfg(unix)]
        if let Bytes::Mapped(mapped) = &*self.0
            && span.start < span.end
            && span.end <= mapped.map.len()
        {
            let advice = memmap2::UncheckedAdvice::DontNeed;
            // SAFETY: of a file that is mapped for reading the pages come back as they were (or, as
            // with any other page of it, as somebody else has left the file).
            #[allow(unsafe_code, reason = "other kinds of mappings would lose their bytes")]
            let released = unsafe { mapped.map.unchecked_advise_range(advice, span.start, span.len()) };
            released.ok(); // else they stay for longer
        }
        #[cfg(not(unix))]
        drop(span);
    }

    /// What has become of the file since it was opened, if anything. Asks the system.
    pub fn change(&self) -> Option<Change> {
        match &*self.0 {
            Bytes::Memory(_) | Bytes::Part(..) => None,
            Bytes::Mapped(mapped) => match mapped.watch.change() {
                None | Some(Change::Replaced) if mapped.guard.has_lost_bytes() => Some(Change::Unreadable),
                change => change,
            },
        }
    }
}

// SAFETY: what is mapped, or in a vector that nobody changes, stays where it is while the source lives.
#[allow(unsafe_code, reason = "columns rely on it")]
unsafe impl Mapping for Source {
    fn bytes(&self) -> &[u8] {
        self.bytes()
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({} bytes)", self.bytes().len())
    }
}

/// Opens a plain file. What is none is refused before it is opened: opening a pipe
/// would wait for its other end, and a device might do something.
pub(super) fn open_plain(path: &Path) -> Result<File> {
    let io = |source| Error::Io { action: "open the file", path: path.to_owned(), source };
    check_plain(&fs::metadata(path).map_err(io)?, path)?;
    let file = File::open(path).map_err(io)?;
    check_plain(&file.metadata().map_err(io)?, path)?;
    Ok(file)
}

fn check_plain(metadata: &fs::Metadata, path: &Path) -> Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    let what = if metadata.is_dir() { "a directory" } else { special_kind(metadata) };
    Err(Error::NotAFile { what, path: path.to_owned() })
}

#[cfg(unix)]
fn special_kind(metadata: &fs::Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    match () {
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    }
}

#[cfg(not(unix))]
fn special_kind(_metadata: &fs::Metadata) -> &'static str {
    "a special file"
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Source;

    #[test]
    #[cfg_attr(miri, ignore = "maps a file")]
    fn bytes_of_released_pages_can_still_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let text: Vec<u8> = (0..3_000_000u32).map(|at| (at % 251) as u8).collect();
        fs::write(&path, &text).unwrap();
        let (source, _) = Source::open(&path).unwrap();
        assert_eq!(source.bytes(), text);
        for span in [5..2_999_999, 0..text.len(), 7..7, 100..text.len() + 1] {
            source.release_pages(span);
            assert_eq!(source.bytes(), text);
        }
    }
}
