//! Large blocks that were given back and wait for whoever asks next.
//!
//! A page that the system hands out new is found, cleared and mapped first, and on a virtual
//! machine perhaps fetched from the host: that takes longer than what is done with it. The
//! analyses of a heap follow each other with scratch columns of the same sizes, so the pages
//! of one do for the next. What waits here and what is in use are together never more than
//! what was in use at once before, so the peak stays where it would be without.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A block that nobody uses.
#[derive(Clone, Copy)]
struct Free {
    address: *mut u8,
    size: usize,
}

// SAFETY: nobody else has the block, whichever thread looks at the list.
#[allow(unsafe_code, reason = "raw pointers are not by themselves")]
unsafe impl Send for Free {}

/// Blocks that wait at a time. A list of fixed length: growing it would need an allocator.
const SLOTS: usize = 8;

static FREE: Mutex<[Option<Free>; SLOTS]> = Mutex::new([None; SLOTS]);

fn free() -> MutexGuard<'static, [Option<Free>; SLOTS]> {
    FREE.lock().unwrap_or_else(PoisonError::into_inner) // a list is whole between any two steps
}

/// Bytes of all blocks that wait.
pub(super) fn waiting_bytes() -> u64 {
    sum(&*free())
}

fn sum(blocks: &[Option<Free>]) -> u64 {
    blocks.iter().flatten().map(|block| block.size as u64).sum()
}

/// Keeps a block, if all that wait are then at most `most` bytes; else the caller still has it.
pub(super) fn keep(address: *mut u8, size: usize, most: u64) -> bool {
    let mut free = free();
    let waiting = sum(&*free);
    match free.iter_mut().find(|slot| slot.is_none()) {
        Some(slot) if waiting + size as u64 <= most => {
            *slot = Some(Free { address, size });
            true
        }
        _ => false,
    }
}

/// The smallest block of at least `size` bytes, with its size. It holds what it held before.
pub(super) fn take(size: usize) -> Option<(*mut u8, usize)> {
    let mut free = free();
    let fits = |slot: &&mut Option<Free>| slot.is_some_and(|block| block.size >= size);
    let slot = free.iter_mut().filter(fits).min_by_key(|slot| slot.map(|block| block.size))?;
    slot.take().map(|block| (block.address, block.size))
}

/// Any block, with its size: for giving them back to the system, one after the other.
pub(super) fn take_any() -> Option<(*mut u8, usize)> {
    free().iter_mut().find_map(Option::take).map(|block| (block.address, block.size))
}
