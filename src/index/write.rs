//! Writes an index: the columns as they lie in memory, block by block with checksums.

use std::io::{self, Seek, SeekFrom, Write};

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::digest::BLOCK;
use super::header::{COLUMNS_AT, Header, SnapshotFacts};
use crate::analysis::Heap;
use crate::util::{Progress, Storer};

/// Columns begin at multiples of this.
const ALIGNMENT: u64 = 64;

/// Writes the index of a heap to an empty file; `has_texts` says whether the texts go into
/// it. Gives its length. An error of the kind `Interrupted` means that the work was cancelled.
pub(super) fn write(
    heap: &Heap,
    snapshot: SnapshotFacts,
    has_texts: bool,
    mut file: impl Write + Seek,
    progress: &Progress,
) -> io::Result<u64> {
    file.write_all(&[0; COLUMNS_AT as usize])?;
    let mut columns = Columns::new(&mut file, progress);
    let catalogue = {
        let mut write = |bytes: &[u8]| columns.write(bytes);
        let mut storer = Storer::new(&mut write);
        heap.store(&mut storer, has_texts)?;
        storer.into_catalogue()
    };
    let (columns_end, sums) = columns.finish()?;
    let sums: &[u8] = bytemuck::cast_slice(&sums);
    file.write_all(sums)?;
    file.write_all(&catalogue)?;
    let sums_end = columns_end + sums.len() as u64;
    let header = Header {
        columns_end,
        sums_end,
        end: sums_end + catalogue.len() as u64,
        sums_sum: xxh3_64(sums),
        catalogue_sum: xxh3_64(&catalogue),
        ..Header::new(snapshot, has_texts)
    };
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header.to_bytes())?;
    file.flush()?;
    Ok(header.end)
}

/// The columns' part of the file while it grows.
struct Columns<'a, W> {
    file: W,
    progress: &'a Progress,
    /// Offset of the next byte.
    at: u64,
    /// Over the block that is not full yet, of which `in_block` bytes are there.
    block: Xxh3,
    in_block: usize,
    sums: Vec<u64>,
}

impl<'a, W: Write> Columns<'a, W> {
    fn new(file: W, progress: &'a Progress) -> Self {
        Self { file, progress, at: COLUMNS_AT, block: Xxh3::new(), in_block: 0, sums: Vec::new() }
    }

    /// Writes a column and gives the offset of its first byte.
    fn write(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let offset = self.at.next_multiple_of(ALIGNMENT);
        let padding = (offset - self.at) as usize; // less than the alignment
        self.append(&[0; ALIGNMENT as usize][..padding])?;
        self.append(bytes)?;
        Ok(offset)
    }

    fn append(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - self.in_block));
            self.progress
                .advance(now.len() as u64)
                .map_err(|cancelled| io::Error::new(io::ErrorKind::Interrupted, cancelled))?;
            self.file.write_all(now)?;
            self.block.update(now);
            self.in_block += now.len();
            self.at += now.len() as u64;
            if self.in_block == BLOCK {
                self.end_block();
            }
            bytes = later;
        }
        Ok(())
    }

    fn end_block(&mut self) {
        self.sums.push(self.block.digest());
        self.block.reset();
        self.in_block = 0;
    }

    /// The offset behind the columns, and the checksum of each block.
    fn finish(mut self) -> io::Result<(u64, Vec<u64>)> {
        self.write(&[])?; // the checksums are aligned as columns are
        if self.in_block > 0 {
            self.end_block();
        }
        Ok((self.at, self.sums))
    }
}
