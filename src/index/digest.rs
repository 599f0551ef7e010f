//! Digests of files: of sampled blocks, for a quick look, and of everything.

use rayon::prelude::*;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::util::{Cancelled, Progress};

/// Bytes that one checksum stands for.
pub(super) const BLOCK: usize = 4 << 20;

/// How many blocks a quick look reads, besides the first and the last one.
const SAMPLES: usize = 64;
/// Bytes of a sampled block.
const SAMPLE: usize = 4096;

/// A digest of the length, the first, the last, and 64 more blocks spread evenly.
pub(super) fn sampled(bytes: &[u8]) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    let last = bytes.len().saturating_sub(SAMPLE);
    for sample in 0..=SAMPLES + 1 {
        // Up to 66 times a file's length: fits into 64 bits for all files that can be mapped.
        let start = last * sample / (SAMPLES + 1);
        hasher.update(&bytes[start..(start + SAMPLE).min(bytes.len())]);
    }
    hasher.digest()
}

/// The checksum of each block, in order. Counts the bytes.
pub(super) fn blocks(bytes: &[u8], progress: &Progress) -> Result<Vec<u64>, Cancelled> {
    bytes
        .par_chunks(BLOCK)
        .map(|block| {
            progress.advance(block.len() as u64)?;
            Ok(xxh3_64(block))
        })
        .collect()
}

/// A digest of everything.
pub(super) fn whole(bytes: &[u8], progress: &Progress) -> Result<u64, Cancelled> {
    Ok(xxh3_64(bytemuck::cast_slice(&blocks(bytes, progress)?)))
}

#[cfg(test)]
mod tests {
    use super::{sampled, whole};
    use crate::util::Progress;

    #[test]
    fn every_byte_counts_for_the_whole_digest_and_both_ends_for_the_sampled() {
        let mut bytes = vec![7u8; 3_000_000];
        let digests = |bytes: &[u8]| (sampled(bytes), whole(bytes, &Progress::new()).unwrap());
        let before = digests(&bytes);
        for at in [0, 2_999_999] {
            bytes[at] = 8;
            let (sampled, whole) = digests(&bytes);
            assert!(sampled != before.0 && whole != before.1, "{at}");
            bytes[at] = 7;
        }
        bytes[1_000_001] = 8;
        assert_ne!(digests(&bytes).1, before.1);
        for len in [0, 1, 4095, 4096, 4097] {
            assert_ne!(sampled(&bytes[..len]), sampled(&bytes[..=len]));
        }
    }
}
