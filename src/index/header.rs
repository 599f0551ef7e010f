//! The first bytes of an index: what it is, of which snapshot, and where its parts lie.

use bytemuck::{Pod, Zeroable};
use xxhash_rust::xxh3::xxh3_64;

use crate::analysis::Heap;

/// Counts up when the same columns mean something else than before, or are computed by other rules.
const REVISION: u32 = 1;

/// Bytes before the columns. The header takes less.
pub(super) const COLUMNS_AT: u64 = 4096;

const MAGIC: [u8; 8] = *b"heaplidx";

/// What stands at the start of an index; all numbers little-endian. The parts
/// follow each other: header, columns, checksums of the columns' blocks, catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Header {
    pub(super) magic: [u8; 8],
    /// Of the program and all that is stored: see [`layout`].
    pub(super) layout: u64,
    /// The snapshot's file (as it is: compressed, if it is).
    pub(super) snapshot: SnapshotFacts,
    /// 1 when the index has the texts, so that the snapshot's file need not be unpacked again.
    pub(super) has_texts: u64,
    /// Where the columns end and the checksums of their blocks begin.
    pub(super) columns_end: u64,
    /// Where the checksums end and the catalogue begins.
    pub(super) sums_end: u64,
    /// Where the catalogue and the file end.
    pub(super) end: u64,
    /// Checksum of the blocks' checksums.
    pub(super) sums_sum: u64,
    /// Checksum of the catalogue.
    pub(super) catalogue_sum: u64,
    /// Checksum of all above.
    pub(super) sum: u64,
}

/// By what a snapshot's file is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct SnapshotFacts {
    /// Length in bytes.
    pub(super) len: u64,
    /// Digest of sampled blocks.
    pub(super) sampled: u64,
    /// Digest of all bytes.
    pub(super) whole: u64,
}

impl Header {
    /// A header without the facts about the parts.
    pub(super) fn new(snapshot: SnapshotFacts, has_texts: bool) -> Self {
        Self { magic: MAGIC, layout: layout(), snapshot, has_texts: has_texts.into(), ..Zeroable::zeroed() }
    }

    /// The header's bytes, its checksum set.
    pub(super) fn to_bytes(mut self) -> Vec<u8> {
        self.sum = self.right_sum();
        bytemuck::bytes_of(&self).to_vec()
    }

    /// The header of a file; the reason why not, when there is none that can be used.
    pub(super) fn parse(file: &[u8]) -> Result<Self, NoHeader> {
        let bytes = file.get(..size_of::<Self>()).ok_or(NoHeader::Damaged)?;
        let header: Self = bytemuck::pod_read_unaligned(bytes);
        if header.magic != MAGIC || header.sum != header.right_sum() {
            return Err(NoHeader::Damaged);
        }
        if header.layout != layout() {
            return Err(NoHeader::OtherVersion);
        }
        let ends = [COLUMNS_AT, header.columns_end, header.sums_end, header.end];
        if !ends.is_sorted() || header.end != file.len() as u64 || header.has_texts > 1 {
            return Err(NoHeader::Damaged);
        }
        Ok(header)
    }

    fn right_sum(&self) -> u64 {
        let bytes = bytemuck::bytes_of(self);
        xxh3_64(&bytes[..bytes.len() - size_of::<u64>()])
    }
}

/// Why a file's header cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoHeader {
    Damaged,
    OtherVersion,
}

/// A number for everything that says how an index is to be read, and by which rules its
/// numbers were computed: version, revision, and all stored fields with their types.
fn layout() -> u64 {
    let shape = Heap::shape();
    xxh3_64(format!("{} {REVISION} {shape}", env!("CARGO_PKG_VERSION")).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS_AT, Header, NoHeader, SnapshotFacts};

    fn file() -> Vec<u8> {
        let facts = SnapshotFacts { len: 9, sampled: 2, whole: 3 };
        let header = Header {
            columns_end: COLUMNS_AT,
            sums_end: COLUMNS_AT,
            end: COLUMNS_AT,
            ..Header::new(facts, false)
        };
        let mut file = header.to_bytes();
        file.resize(COLUMNS_AT as usize, 0);
        file
    }

    #[test]
    fn a_header_comes_back_and_any_flipped_bit_is_noticed() {
        let mut file = file();
        assert_eq!(Header::parse(&file).unwrap().snapshot.len, 9);
        for bit in 0..size_of::<Header>() * 8 {
            file[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Header::parse(&file), Err(NoHeader::Damaged), "bit {bit}");
            file[bit / 8] ^= 1 << (bit % 8);
        }
        assert_eq!(Header::parse(&file[..50]), Err(NoHeader::Damaged));
        assert_eq!(Header::parse(&file[..4095]), Err(NoHeader::Damaged), "cut off");
    }

    #[test]
    fn another_version_is_told_from_damage() {
        let mut header: Header = bytemuck::pod_read_unaligned(&file()[..size_of::<Header>()]);
        header.layout += 1;
        let mut file = header.to_bytes();
        file.resize(COLUMNS_AT as usize, 0);
        assert_eq!(Header::parse(&file), Err(NoHeader::OtherVersion));
    }
}
