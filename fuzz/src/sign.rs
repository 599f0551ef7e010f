//! Makes the checksums of an index right, whatever stands in it. Without this, nothing that was
//! changed at random would get behind the first look.

use xxhash_rust::xxh3::xxh3_64;

/// Where the columns begin, and bytes that a checksum stands for.
const COLUMNS_AT: usize = 4096;
const BLOCK: usize = 4 << 20;

/// Words of the header (8 bytes each): ends of columns, checksums and file; sums over checksums,
/// catalogue and header.
const COLUMNS_END: usize = 6;
const SUMS_END: usize = 7;
const END: usize = 8;
const SUMS_SUM: usize = 9;
const CATALOGUE_SUM: usize = 10;
const HEADER_SUM: usize = 11;

/// Signs an index where its header makes sense; else only the header.
pub fn sign(index: &mut [u8]) {
    let word = |index: &[u8], word: usize| -> Option<usize> {
        let bytes = index.get(word * 8..word * 8 + 8)?;
        usize::try_from(u64::from_le_bytes(bytes.try_into().ok()?)).ok()
    };
    let ends = [COLUMNS_END, SUMS_END, END].map(|at| word(index, at).unwrap_or(usize::MAX));
    let [columns, sums, end] = ends;
    if COLUMNS_AT <= columns && columns <= sums && sums <= end && end <= index.len() {
        let new: Vec<u8> =
            index[COLUMNS_AT..columns].chunks(BLOCK).flat_map(|block| xxh3_64(block).to_le_bytes()).collect();
        if new.len() == sums - columns {
            index[columns..sums].copy_from_slice(&new);
        }
        put(index, SUMS_SUM, xxh3_64(&index[columns..sums]));
        put(index, CATALOGUE_SUM, xxh3_64(&index[sums..end]));
    }
    if index.len() >= COLUMNS_AT {
        put(index, HEADER_SUM, xxh3_64(&index[..HEADER_SUM * 8]));
    }
}

fn put(index: &mut [u8], word: usize, number: u64) {
    index[word * 8..word * 8 + 8].copy_from_slice(&number.to_le_bytes());
}
