//! Reads an index: maps it, and checks of it what is asked for.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;
use xxhash_rust::xxh3::xxh3_64;

use super::digest;
use super::header::{COLUMNS_AT, Header, NoHeader};
use crate::analysis::Heap;
use crate::format::Source;
use crate::util::{Loader, Progress};

/// Why an index is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is none.
    Missing,
    /// Made by a program that stores other columns.
    OtherVersion,
    /// Of another snapshot, or the snapshot was changed.
    OtherSnapshot,
    /// Its parts are not as they were written.
    Damaged,
    /// The work was cancelled.
    Cancelled,
}

impl From<crate::util::Cancelled> for Refused {
    fn from(_: crate::util::Cancelled) -> Self {
        Self::Cancelled
    }
}

/// A mapped index whose header is right.
pub(super) struct IndexFile {
    map: Arc<Mmap>,
    pub(super) header: Header,
}

impl IndexFile {
    /// Maps an index and checks its header.
    pub(super) fn open(path: &Path) -> Result<(Self, File), Refused> {
        if cfg!(target_endian = "big") {
            return Err(Refused::OtherVersion); // columns are written as they lie in memory
        }
        if !std::fs::metadata(path).is_ok_and(|meta| meta.is_file()) {
            return Err(Refused::Missing); // not opened: a pipe would wait for its other end
        }
        let file = File::open(path).map_err(|_| Refused::Missing)?;
        // SAFETY: the bytes are only read, and an index is never changed in its place but
        // replaced as a whole. What is read is checked against its checksums before, or was
        // since the file was last touched.
        #[allow(unsafe_code, reason = "mapping a file has no safe interface")]
        let map = unsafe { Mmap::map(&file) }.map_err(|_| Refused::Damaged)?;
        let header = Header::parse(&map).map_err(|why| match why {
            NoHeader::Damaged => Refused::Damaged,
            NoHeader::OtherVersion => Refused::OtherVersion,
        })?;
        Ok((Self { map: Arc::new(map), header }, file))
    }

    /// The heap. `text` is the snapshot's, where the index does not hold the texts. With `fully`,
    /// every byte is checked and every number that others are looked up by.
    pub(super) fn heap(
        &self,
        text: Option<Source>,
        fully: bool,
        progress: &Progress,
    ) -> Result<Heap, Refused> {
        let Header { columns_end, sums_end, end, .. } = self.header;
        // The header's ends ascend up to the file's length.
        let catalogue = &self.map[sums_end as usize..end as usize];
        if xxh3_64(catalogue) != self.header.catalogue_sum {
            return Err(Refused::Damaged);
        }
        if fully {
            self.check_blocks(progress)?;
        }
        let mut loader = Loader::new(&self.map, COLUMNS_AT..columns_end, catalogue);
        let heap = Heap::load(&mut loader, text).filter(|_| loader.is_at_end()).ok_or(Refused::Damaged)?;
        progress.check()?;
        if fully && !heap.is_sound() {
            return Err(Refused::Damaged);
        }
        Ok(heap)
    }

    fn check_blocks(&self, progress: &Progress) -> Result<(), Refused> {
        let Header { columns_end, sums_end, sums_sum, .. } = self.header;
        let sums = &self.map[columns_end as usize..sums_end as usize];
        let right = xxh3_64(sums) == sums_sum && {
            let columns = &self.map[COLUMNS_AT as usize..columns_end as usize];
            bytemuck::cast_slice::<u64, u8>(&digest::blocks(columns, progress)?) == sums
        };
        right.then_some(()).ok_or(Refused::Damaged)
    }
}
