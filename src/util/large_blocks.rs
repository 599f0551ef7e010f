//! The program's allocator: large blocks lie on huge pages, small ones where they always do.
//! Large blocks that memory does not suffice for lie in temporary files: see [`spill`](super::spill).
//!
//! A heap's columns are hundreds of megabytes that are visited in no order. On pages of
//! 4 KiB, the first touch of each page and the missing address translations cost as much
//! as the work itself; Linux gives pages of 2 MiB to those who align their blocks and ask.
//! (Not asked for where they cost more than they save: `memory::is_taken_back_when_free`.)
//! `benches/analysing.rs` runs on it, and shows what it gains.

use std::alloc::{GlobalAlloc, Layout, System};

/// From this size on a block is mapped by itself, in bytes.
///
/// The columns of small heaps are among them: the system's allocator keeps what is given back to
/// it, and with 700,000 nodes that was a sixth of all memory.
#[cfg(target_os = "linux")]
const LARGE: usize = 256 << 10;

/// An allocator for programs that hold large columns: `#[global_allocator]` in `main.rs`.
#[derive(Debug)]
pub struct LargeBlocks;

#[cfg(not(target_os = "linux"))]
#[allow(unsafe_code, reason = "allocators have no safe interface")]
// SAFETY: hands everything to the system's allocator as it is.
unsafe impl GlobalAlloc for LargeBlocks {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        unsafe { System.realloc(block, layout, new_size) }
    }
}

/// Whether a block has a mapping of its own. The layout alone tells, as it comes back with the block.
#[cfg(target_os = "linux")]
fn is_mapped(layout: Layout) -> bool {
    layout.size() >= LARGE && layout.align() <= mapping::SMALL_PAGE
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "allocators have no safe interface")]
// SAFETY: blocks for which `is_mapped` holds come from `blocks` and go back there; all
// others come from the system's allocator and go back there. A layout never changes
// between the two, except in `realloc`, which moves the block when it changes sides.
unsafe impl GlobalAlloc for LargeBlocks {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_mapped(layout) { blocks::map(layout.size()) } else { unsafe { System.alloc(layout) } }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_mapped(layout) {
            blocks::map_zeroed(layout.size())
        } else {
            unsafe { System.alloc_zeroed(layout) }
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if is_mapped(layout) {
            unsafe { blocks::unmap(block, layout.size()) }
        } else {
            unsafe { System.dealloc(block, layout) }
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller promises that the new size is right for this alignment.
        let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        match (is_mapped(layout), is_mapped(new_layout)) {
            (false, false) => unsafe { System.realloc(block, layout, new_size) },
            (true, true) => unsafe { blocks::resize(block, layout.size(), new_size) },
            _ => {
                let moved = unsafe { self.alloc(new_layout) };
                if !moved.is_null() {
                    // SAFETY: both blocks hold that many bytes, and are different.
                    unsafe {
                        moved.copy_from_nonoverlapping(block, layout.size().min(new_size));
                        self.dealloc(block, layout);
                    }
                }
                moved
            }
        }
    }
}

/// Gives the blocks that wait for reuse back to the system: for when a long work is done.
pub fn release_free_blocks() {
    #[cfg(target_os = "linux")]
    mapping::release();
}

/// Large blocks: in memory as long as it suffices, else in files.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "mappings have no safe interface")]
mod blocks {
    use super::mapping;
    use crate::util::free_blocks;
    use crate::util::spill::{self, bytes_below_peak, give_back, goes_to_file, take, take_anyway};

    /// New memory with whatever in it, null when there is none. `size` is not 0.
    pub(super) fn map(size: usize) -> *mut u8 {
        map_with(size, false)
    }

    /// New memory with zeros in it, null when there is none. `size` is not 0.
    pub(super) fn map_zeroed(size: usize) -> *mut u8 {
        map_with(size, true)
    }

    fn map_with(size: usize, zeroed: bool) -> *mut u8 {
        let suffices = !goes_to_file() && (take(size) || (mapping::release() && take(size)));
        if !suffices {
            let spilled = spill::mapping::map(size);
            if !spilled.is_null() {
                return spilled;
            }
            take_anyway(size); // with no disk to go to, memory is asked until it refuses
        }
        let block = mapping::reuse(size, zeroed);
        if !block.is_null() {
            return block;
        }
        release_above_peak();
        let mut block = mapping::map(size);
        if block.is_null() && mapping::release() {
            block = mapping::map(size);
        }
        if block.is_null() {
            give_back(size);
        }
        block
    }

    /// Lets nothing wait that would lift the peak, once more is in use.
    fn release_above_peak() {
        if free_blocks::waiting_bytes() > bytes_below_peak() {
            mapping::release();
        }
    }

    /// Gives a block of [`map`] back.
    ///
    /// # Safety
    /// `block` is one, of this size, and nobody uses it any more.
    pub(super) unsafe fn unmap(block: *mut u8, size: usize) {
        // SAFETY: as the caller promises.
        unsafe {
            if spill::mapping::is_ours(block) {
                spill::mapping::unmap(block, size);
            } else {
                give_back(size);
                mapping::unmap(block, size);
            }
        }
    }

    /// Makes a block longer or shorter. Null, and the block as it was, when that cannot be.
    ///
    /// # Safety
    /// `block` is one of [`map`] of the old size, and after success only the result is used.
    pub(super) unsafe fn resize(block: *mut u8, old_size: usize, new_size: usize) -> *mut u8 {
        if spill::mapping::is_ours(block) {
            // SAFETY: as the caller promises.
            return unsafe { spill::mapping::resize(block, old_size, new_size) };
        }
        let more = new_size.saturating_sub(old_size);
        if more > 0 && !take(more) {
            let spilled = spill::mapping::map(new_size);
            if !spilled.is_null() {
                // SAFETY: both hold that many bytes, and the old one is ours, as the caller promises.
                unsafe {
                    spilled.copy_from_nonoverlapping(block, old_size);
                    unmap(block, old_size);
                }
                return spilled;
            }
            take_anyway(more);
        }
        release_above_peak();
        // SAFETY: as the caller promises.
        let resized = unsafe { mapping::resize(block, old_size, new_size) };
        give_back(if resized.is_null() { more } else { old_size.saturating_sub(new_size) });
        resized
    }
}

/// Blocks with a mapping of their own, aligned to huge pages.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "mappings have no safe interface")]
mod mapping {
    use std::ptr::null_mut;
    use std::sync::OnceLock;

    use libc::{
        MADV_HUGEPAGE, MAP_ANONYMOUS, MAP_FAILED, MAP_PRIVATE, MREMAP_FIXED, MREMAP_MAYMOVE, PROT_READ,
        PROT_WRITE, c_void, madvise, mmap, mremap, munmap,
    };

    use crate::util::memory::is_taken_back_when_free;
    use crate::util::{free_blocks, spill::bytes_below_peak};

    /// Mappings begin and end at multiples of this on all processors, or of a multiple of it,
    /// to which the system rounds lengths up by itself.
    pub(super) const SMALL_PAGE: usize = 4 << 10;
    const HUGE_PAGE: usize = 2 << 20;

    /// A block that was given back before, cut to `size`; null when none of those is large enough.
    pub(super) fn reuse(size: usize, zeroed: bool) -> *mut u8 {
        let Some(used) = size.checked_next_multiple_of(SMALL_PAGE) else { return null_mut() };
        let Some((block, room)) = free_blocks::take(used) else { return null_mut() };
        // SAFETY: a mapping of `room` bytes that nobody uses, at least as many as are used.
        unsafe {
            if room > used {
                munmap(block.add(used).cast(), room - used);
            }
            if zeroed {
                block.write_bytes(0, size);
            }
        }
        block
    }

    /// New zeroed memory, null when there is none. `size` is not 0.
    pub(super) fn map(size: usize) -> *mut u8 {
        let start = reserve(size);
        if !start.is_null() && huge_pages_pay() {
            // SAFETY: the range was just mapped. Where the system knows no huge pages, nothing changes.
            unsafe { madvise(start, size, MADV_HUGEPAGE) };
        }
        start.cast()
    }

    /// Asked once. The answer takes small blocks only, so the question does not lead back here.
    fn huge_pages_pay() -> bool {
        static PAY: OnceLock<bool> = OnceLock::new();
        *PAY.get_or_init(|| !is_taken_back_when_free())
    }

    /// Gives a block of [`map`] back, or keeps it for [`reuse`] where that takes no more memory
    /// than there was in use at once already.
    ///
    /// # Safety
    /// `block` is one, of this size, and nobody uses it any more.
    pub(super) unsafe fn unmap(block: *mut u8, size: usize) {
        let room = size.next_multiple_of(SMALL_PAGE);
        if !free_blocks::keep(block, room, bytes_below_peak()) {
            // SAFETY: the mapping is ours, as the caller promises.
            unsafe { munmap(block.cast(), room) };
        }
    }

    /// Gives all that waits for reuse back to the system. Says whether there was any.
    pub(super) fn release() -> bool {
        let mut any = false;
        while let Some((block, size)) = free_blocks::take_any() {
            // SAFETY: a mapping of that size that nobody uses.
            unsafe { munmap(block.cast(), size) };
            any = true;
        }
        any
    }

    /// Makes a block longer or shorter, by moving pages, not bytes. Null, and the block as it
    /// was, when that cannot be.
    ///
    /// # Safety
    /// `block` is one of [`map`] of the old size, and after success only the result is used.
    pub(super) unsafe fn resize(block: *mut u8, old_size: usize, new_size: usize) -> *mut u8 {
        let block: *mut c_void = block.cast();
        // SAFETY: the mapping is ours, as the caller promises; it stays where it is.
        let in_place = unsafe { mremap(block, old_size, new_size, 0) };
        if in_place != MAP_FAILED {
            return in_place.cast();
        }
        let target = reserve(new_size);
        if target.is_null() {
            return null_mut();
        }
        // SAFETY: the target was just mapped for this, and is replaced as a whole.
        let moved = unsafe { mremap(block, old_size, new_size, MREMAP_MAYMOVE | MREMAP_FIXED, target) };
        if moved == MAP_FAILED {
            // SAFETY: nobody knows the target yet.
            unsafe { munmap(target, new_size) };
            return null_mut();
        }
        moved.cast()
    }

    /// A mapping that begins at a multiple of a huge page; null when there is no room.
    fn reserve(size: usize) -> *mut c_void {
        let Some(room) = size.checked_next_multiple_of(SMALL_PAGE).and_then(|s| s.checked_add(HUGE_PAGE))
        else {
            return null_mut();
        };
        // SAFETY: a new mapping at a place that the system chooses touches nobody's memory.
        let start =
            unsafe { mmap(null_mut(), room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) };
        if start == MAP_FAILED {
            return null_mut();
        }
        let before = start.align_offset(HUGE_PAGE);
        let behind = HUGE_PAGE - before;
        // SAFETY: both ends are parts of the new mapping, multiples of a page that nobody uses.
        unsafe {
            let aligned = start.byte_add(before);
            if before > 0 {
                munmap(start, before);
            }
            if behind > 0 {
                munmap(aligned.byte_add(room - HUGE_PAGE), behind);
            }
            aligned
        }
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::alloc::{GlobalAlloc as _, Layout};

    use super::{LARGE, LargeBlocks, is_mapped};

    /// A block in its owner's hands, for the test to fill and look at.
    struct Block(*mut u8, Layout);

    #[allow(unsafe_code, reason = "allocators have no safe interface")]
    impl Block {
        fn zeroed(size: usize) -> Self {
            let layout = Layout::from_size_align(size, 8).unwrap();
            // SAFETY: no size in these tests is 0.
            let block = unsafe { LargeBlocks.alloc_zeroed(layout) };
            assert!(!block.is_null());
            Self(block, layout)
        }

        fn resized(self, size: usize) -> Self {
            let layout = Layout::from_size_align(size, 8).unwrap();
            // SAFETY: the block came from this allocator with this layout.
            let block = unsafe { LargeBlocks.realloc(self.0, self.1, size) };
            std::mem::forget(self);
            assert!(!block.is_null());
            Self(block, layout)
        }

        fn bytes(&mut self) -> &mut [u8] {
            // SAFETY: blocks of these tests are zeroed, or grown and then filled, before they are read.
            unsafe { std::slice::from_raw_parts_mut(self.0, self.1.size()) }
        }
    }

    #[allow(unsafe_code, reason = "allocators have no safe interface")]
    impl Drop for Block {
        fn drop(&mut self) {
            // SAFETY: the block came from this allocator with this layout.
            unsafe { LargeBlocks.dealloc(self.0, self.1) }
        }
    }

    #[test]
    fn large_blocks_are_zeroed_and_begin_at_huge_pages() {
        for size in [LARGE, LARGE + 1, 3 * LARGE + 4095] {
            let mut block = Block::zeroed(size);
            assert!(is_mapped(block.1));
            assert!(block.0.addr().is_multiple_of(2 << 20));
            assert!(block.bytes().iter().all(|&byte| byte == 0));
            block.bytes().fill(7);
        }
    }

    #[test]
    fn blocks_keep_their_bytes_when_they_grow_and_shrink_across_the_border() {
        let mut block = Block::zeroed(1000);
        let mut size = 1000;
        for next in [LARGE - 1, LARGE, 2 * LARGE + 1, 5 * LARGE, 2 * LARGE, LARGE - 1, 1000] {
            for (byte, at) in block.bytes().iter_mut().zip(0usize..) {
                *byte = (at % 251) as u8;
            }
            block = block.resized(next);
            let kept = &block.bytes()[..size.min(next)];
            assert!(
                kept.iter().zip(0usize..).all(|(&byte, at)| byte == (at % 251) as u8),
                "{size} to {next}"
            );
            size = next;
        }
    }

    #[test]
    fn blocks_that_are_handed_on_are_zeroed_and_stay_apart() {
        // In all orders of larger and smaller ones, so that some are cut and some do not fit.
        let sizes = [3 * LARGE, LARGE + 1, 2 * LARGE + 4096, LARGE, 5 * LARGE - 1, LARGE + 4095];
        for round in 0..sizes.len() {
            let mut blocks: Vec<_> = sizes.iter().map(|&size| Block::zeroed(size)).collect();
            for (block, mark) in blocks.iter_mut().zip(1..) {
                assert!(block.bytes().iter().all(|&byte| byte == 0), "round {round}");
                block.bytes().fill(mark);
            }
            blocks.rotate_left(round);
            for _ in 0..sizes.len() / 2 {
                drop(blocks.pop());
            }
            let mut more: Vec<_> = sizes.iter().rev().map(|&size| Block::zeroed(size)).collect();
            more.iter_mut().for_each(|block| block.bytes().fill(99));
            for (block, mark) in blocks.iter_mut().zip((1..=sizes.len()).cycle().skip(round)) {
                assert!(block.bytes().iter().all(|&byte| byte == mark as u8), "round {round}");
            }
        }
        super::release_free_blocks();
        assert!(Block::zeroed(LARGE).bytes().iter().all(|&byte| byte == 0));
    }

    #[test]
    fn what_no_memory_can_hold_is_refused() {
        let layout = Layout::from_size_align(1 << 62, 8).unwrap();
        #[allow(unsafe_code, reason = "allocators have no safe interface")]
        // SAFETY: the size is not 0.
        let block = unsafe { LargeBlocks.alloc(layout) };
        assert!(block.is_null());
    }
}
