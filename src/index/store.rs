//! Finds the index of a snapshot, decides whether to trust it, and writes new ones.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::file::{IndexFile, Refused};
use super::header::SnapshotFacts;
use super::stamp::{self, Stamp};
use super::{Usage, digest, folder, write};
use crate::analysis::{Heap, HeapChange};
use crate::format::{Source, is_packed};
use crate::util::{Phase, Progress, Storer, disk, units};

/// Where indices are kept, and which are worth keeping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexStore {
    /// The folder of the indices, and of the notes about which were checked.
    pub folder: PathBuf,
    /// Bytes that all indices of the folder together may take.
    pub limit: u64,
    /// Snapshots of fewer bytes are opened so fast that they get no index by themselves.
    pub least: u64,
}

/// What looking for an index gave.
#[derive(Debug)]
pub enum Found {
    /// The snapshot's heap.
    Heap(Box<Heap>),
    /// There is no index that may be used.
    Nothing(Refused),
}

/// Remembers, from before a snapshot is read, which file its index will be of.
#[derive(Clone, Debug)]
pub struct Ticket {
    snapshot: PathBuf,
    metadata: Arc<Metadata>,
}

/// Why an index was not written.
#[derive(Debug, thiserror::Error)]
pub enum NotSaved {
    /// The work was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The snapshot is no longer what was read.
    #[error("the snapshot was changed meanwhile")]
    Changed,
    /// There is too little room on the disk, or in what indices may take.
    #[error("it takes {}, and there is room for {}", units::bytes_short(*needed), units::bytes_short(*room))]
    NoRoom {
        /// Bytes of the index.
        needed: u64,
        /// Bytes that it may take.
        room: u64,
    },
    /// The system refused.
    #[error("{source}: {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Room on the disk that an index leaves free.
const LEFT_FREE: u64 = 512 << 20;

impl IndexStore {
    /// The usual limit of the folder, in bytes.
    pub const LIMIT: u64 = 20 << 30;
    /// The usual least size of a snapshot, in bytes: opening takes about a tenth of a second.
    pub const LEAST: u64 = 16 << 20;

    /// With the usual limits.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, limit: Self::LIMIT, least: Self::LEAST }
    }

    /// The folder within the user's cache; none without a home.
    pub fn usual_folder() -> Option<PathBuf> {
        Some(dirs::cache_dir()?.join("heaplens").join("indices"))
    }

    /// Looks for an index of a snapshot, in the folder and then beside the snapshot.
    pub fn open(&self, snapshot: &Path, progress: &Progress) -> Found {
        let mut reason = Refused::Missing;
        for index in [self.place_of(snapshot), beside(snapshot)] {
            match self.open_index(&index, snapshot, progress) {
                Ok(heap) => return Found::Heap(Box::new(heap)),
                Err(Refused::Cancelled) => return Found::Nothing(Refused::Cancelled),
                Err(Refused::Missing) => {}
                Err(why) => reason = why,
            }
        }
        Found::Nothing(reason)
    }

    /// The heap that an index holds of a snapshot.
    pub fn open_index(&self, index: &Path, snapshot: &Path, progress: &Progress) -> Result<Heap, Refused> {
        let (file, of_index) = IndexFile::open(index)?;
        let (text, metadata) = Source::open(snapshot).map_err(|_| Refused::OtherSnapshot)?;
        let facts = file.header.snapshot;
        if text.bytes().len() as u64 != facts.len || digest::sampled(text.bytes()) != facts.sampled {
            return Err(Refused::OtherSnapshot);
        }
        let stamp = Stamp::new(&of_index, &metadata);
        let place = stamp::place(&self.folder, &absolute(index));
        let is_known = stamp.as_ref().is_some_and(|stamp| stamp.is_at(&place));
        let settled = !is_known && stamp.as_ref().is_some_and(Stamp::settle);
        if !is_known {
            progress.expect(text.bytes().len() as u64 + file.len());
            if progress.phase(Phase::Checking, || digest::whole(text.bytes(), progress))? != facts.whole {
                return Err(Refused::OtherSnapshot);
            }
        }
        let text = (file.header.has_texts == 0).then_some(text);
        let heap = progress.phase(Phase::Checking, || file.heap(text, !is_known, progress))?;
        match heap.change().filter(|change| change.touches_content()) {
            Some(HeapChange::Index(_)) => return Err(Refused::Damaged),
            Some(HeapChange::Snapshot(_)) => return Err(Refused::OtherSnapshot),
            None => {}
        }
        match stamp {
            Some(stamp) if settled && folder::make(&self.folder).is_ok() => stamp.put(&place),
            Some(_) if is_known => note_use(&place),
            _ => {}
        }
        Ok(heap)
    }

    /// What all indices of the folder take.
    pub fn usage(&self) -> io::Result<Usage> {
        folder::usage(&self.folder)
    }

    /// Removes all indices of the folder. Heaps that are mapped from them stay as they are.
    pub fn remove_all(&self) -> io::Result<()> {
        folder::remove_all(&self.folder)
    }

    /// A ticket for a snapshot that is going to be read, if it is worth an index.
    pub fn ticket(&self, snapshot: &Path) -> Option<Ticket> {
        let ticket = Ticket::new(snapshot)?;
        (ticket.metadata.len() >= self.least).then_some(ticket)
    }

    /// Writes the index of a snapshot to the folder.
    pub fn save(&self, ticket: &Ticket, heap: &Heap, progress: &Progress) -> Result<PathBuf, NotSaved> {
        let path = self.place_of(&ticket.snapshot);
        folder::make(&self.folder).map_err(|source| NotSaved::io(&self.folder, source))?;
        let needed = size_of_index(heap, ticket.is_packed()).map_err(|source| NotSaved::io(&path, source))?;
        if needed > self.limit {
            return Err(NotSaved::NoRoom { needed, room: self.limit });
        }
        folder::make_room(&self.folder, needed, self.limit, &path)
            .map_err(|source| NotSaved::io(&self.folder, source))?;
        self.save_at(&path, ticket, heap, progress)?;
        Ok(path)
    }

    /// Writes the index of a snapshot to a file: beside it first, so that it is never half
    /// written. Gives its length.
    pub fn save_at(
        &self,
        path: &Path,
        ticket: &Ticket,
        heap: &Heap,
        progress: &Progress,
    ) -> Result<u64, NotSaved> {
        let io = |source: io::Error| match source.kind() {
            io::ErrorKind::Interrupted => NotSaved::Cancelled,
            _ => NotSaved::io(path, source),
        };
        let has_texts = ticket.is_packed();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (needed, room) =
            (size_of_index(heap, has_texts).map_err(io)?, disk::free_bytes(folder).unwrap_or(u64::MAX));
        if needed.saturating_add(LEFT_FREE) > room {
            return Err(NotSaved::NoRoom { needed, room: room.saturating_sub(LEFT_FREE) });
        }
        // The snapshot is read once more for its checksum; reading is the quicker part.
        let facts = progress.part(0.0..0.2, || ticket.facts(progress))?;
        let mut file = tempfile::Builder::new().prefix(folder::UNFINISHED).tempfile_in(folder).map_err(io)?;
        let out = BufWriter::with_capacity(1 << 20, file.as_file_mut());
        let write = || {
            progress.expect(needed);
            write::write(heap, facts, has_texts, out, progress)
        };
        let len = progress.part(0.2..1.0, write).map_err(io)?;
        if !ticket.is_current() {
            return Err(NotSaved::Changed);
        }
        let file = file.persist(path).map_err(|error| io(error.error))?;
        self.stamp(path, &file, ticket);
        Ok(len)
    }

    /// Notes that an index that was just written is as it should be.
    fn stamp(&self, path: &Path, file: &File, ticket: &Ticket) {
        let stamp = file.metadata().ok().and_then(|of_index| Stamp::new(&of_index, &ticket.metadata));
        if let Some(stamp) = stamp
            && folder::make(&self.folder).is_ok()
            && stamp.settle()
        {
            stamp.put(&stamp::place(&self.folder, &absolute(path)));
        }
    }

    /// The index of a snapshot within the folder, named by the snapshot's path.
    fn place_of(&self, snapshot: &Path) -> PathBuf {
        let name = xxh3_64(absolute(snapshot).as_os_str().as_encoded_bytes());
        self.folder.join(folder::name_of(name))
    }
}

impl Ticket {
    /// `None` for what is no plain file.
    pub fn new(snapshot: &Path) -> Option<Self> {
        let metadata = fs::metadata(snapshot).ok().filter(Metadata::is_file)?;
        Some(Self { snapshot: snapshot.to_owned(), metadata: Arc::new(metadata) })
    }

    /// Whether the snapshot's file was not touched since the ticket was made.
    fn is_current(&self) -> bool {
        fs::metadata(&self.snapshot).is_ok_and(|now| is_untouched(&self.metadata, &now))
    }

    /// Whether the snapshot is compressed, so that its index needs the texts.
    fn is_packed(&self) -> bool {
        let mut start = [0; 4];
        let read = File::open(&self.snapshot).and_then(|mut file| io::Read::read(&mut file, &mut start));
        read.is_ok_and(|len| is_packed(&start[..len]))
    }

    fn facts(&self, progress: &Progress) -> Result<SnapshotFacts, NotSaved> {
        let (file, metadata) = Source::open(&self.snapshot).map_err(|_| NotSaved::Changed)?;
        if !is_untouched(&self.metadata, &metadata) {
            return Err(NotSaved::Changed);
        }
        let bytes = file.bytes();
        progress.expect(bytes.len() as u64);
        Ok(SnapshotFacts {
            len: bytes.len() as u64,
            sampled: digest::sampled(bytes),
            whole: digest::whole(bytes, progress).map_err(|_| NotSaved::Cancelled)?,
        })
    }
}

impl NotSaved {
    fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

/// Where the index of a snapshot lies that was made for wherever the snapshot goes.
pub fn beside(snapshot: &Path) -> PathBuf {
    let mut name = OsString::from(snapshot);
    name.push(folder::ENDING);
    name.into()
}

/// Whether two looks at a path saw the same file, and nobody touched it in between.
fn is_untouched(before: &Metadata, now: &Metadata) -> bool {
    let times = |metadata: &Metadata| (metadata.len(), metadata.modified().ok(), metadata.created().ok());
    match (stamp::Touched::of(before), stamp::Touched::of(now)) {
        (Some(before), Some(now)) => before == now,
        _ => times(before) == times(now),
    }
}

/// The path of a file wherever it is looked at from.
fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

/// Sets the time of a stamp, by which indices are put in order, to now.
fn note_use(place: &Path) {
    if let Ok(file) = File::options().write(true).open(place) {
        file.set_modified(std::time::SystemTime::now()).ok(); // an index may go earlier than it should
    }
}

/// About how many bytes an index will take.
fn size_of_index(heap: &Heap, has_texts: bool) -> io::Result<u64> {
    const PER_COLUMN: u64 = 64;
    let mut columns = super::header::COLUMNS_AT;
    let mut count = |bytes: &[u8]| {
        columns += bytes.len() as u64 + PER_COLUMN;
        Ok(0)
    };
    let mut storer = Storer::new(&mut count);
    heap.store(&mut storer, has_texts)?;
    let catalogue = storer.into_catalogue().len() as u64;
    Ok(columns + columns / (digest::BLOCK as u64) * 8 + catalogue)
}
