//! The program's allocator: large blocks lie on huge pages, small ones where they always do.
//! Large blocks that memory does not suffice for lie in temporary files: see [`spill`](super::spill).
//!
//! A heap's columns are hundreds of megabytes that are visited in no order. On pages of
//! 4 KiB, the first touch of each page and the missing address translations cost as much
//! as the work itself; Linux gives pages of 2 MiB to those who align their blocks and ask.
//! (Not asked for where they cost more than they save: `memory::is_taken_back_when_free`.)
//! `benches/analysing.rs` runs on it, and shows what it gains.

use std::alloc::{GlobalAlloc, Layout, System};

/// From this size on a block is mapped by itself, in bytes. (Miri takes each step slowly.)
///
/// The columns of small heaps are among them: the system's allocator keeps what is given back to
/// it, and with 700,000 nodes that was a sixth of all memory.
#[cfg(target_os = "linux")]
const LARGE: usize = if cfg!(miri) { 4 << 10 } else { 256 << 10 };

/// Smaller blocks go back to the system at once: few can wait, and these are to be the ones that count.
#[cfg(target_os = "linux")]
const WORTH_KEEPING: usize = if cfg!(miri) { LARGE } else { LARGE << 4 };

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
    blocks::release();
}

/// Gives back what the system's allocator keeps of small blocks: for when a work is done that took many, and
/// nobody waits.
pub fn release_small_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu", not(miri)))]
    // SAFETY: may be called at any time; whatever is in use stays as it is.
    #[allow(unsafe_code, reason = "glibc has no safe interface")]
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Large blocks: in memory as long as it suffices, else in files.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "mappings have no safe interface")]
mod blocks {
    use std::ptr::null_mut;

    use super::mapping;
    use crate::util::free_blocks;
    use crate::util::spill::{self, bytes_below_peak, give_back, goes_to_file, note_peak, take, take_anyway};

    /// New memory with whatever in it, null when there is none. `size` is not 0.
    pub(super) fn map(size: usize) -> *mut u8 {
        map_with(size, false)
    }

    /// New memory with zeros in it, null when there is none. `size` is not 0.
    pub(super) fn map_zeroed(size: usize) -> *mut u8 {
        map_with(size, true)
    }

    /// Bytes of the mapping of a block. `None` where there are not as many addresses.
    fn room_for(size: usize) -> Option<usize> {
        size.checked_next_multiple_of(mapping::PAGE)
    }

    fn map_with(size: usize, zeroed: bool) -> *mut u8 {
        let Some(room) = room_for(size) else { return null_mut() };
        let is_taken = !goes_to_file() && take_or_release(size);
        if !is_taken {
            let spilled = spill::mapping::map(size);
            if !spilled.is_null() {
                return spilled;
            }
            // With no disk to go to, memory is asked until it refuses.
        }
        let mut block = reuse(size, room, zeroed);
        if block.is_null() {
            release_above_peak();
            block = mapping::map(room);
        }
        if block.is_null() && release() {
            block = mapping::map(room);
        }
        settle(size, is_taken, !block.is_null());
        block
    }

    /// Makes `size` bytes count that the system gave, and only then: what was refused, others must never see
    /// counted. `is_taken` says whether they were counted beforehand.
    fn settle(size: usize, is_taken: bool, is_there: bool) {
        match (is_taken, is_there) {
            (true, false) => give_back(size),
            (false, true) => take_anyway(size),
            _ => {}
        }
        note_peak();
    }

    /// Takes `size` bytes in memory, if need be those of blocks that wait.
    fn take_or_release(size: usize) -> bool {
        take(size) || (release() && take(size))
    }

    /// A block that was given back before, cut to `room`; null when none of those is large enough.
    fn reuse(size: usize, room: usize, zeroed: bool) -> *mut u8 {
        let Some((mut block, waiting)) = free_blocks::take(room) else { return null_mut() };
        // SAFETY: a mapping of `waiting` bytes that nobody uses, at least as many as are asked for.
        unsafe {
            if waiting > room {
                block = mapping::cut(block, waiting, room);
            }
            if zeroed {
                block.write_bytes(0, size);
            }
        }
        block
    }

    /// Lets nothing wait that would lift the peak, once more is in use.
    fn release_above_peak() {
        if free_blocks::waiting_bytes() > bytes_below_peak() {
            release();
        }
    }

    /// Gives all that waits for reuse back to the system. Says whether there was any.
    pub(super) fn release() -> bool {
        let mut any = false;
        while let Some((block, room)) = free_blocks::take_any() {
            // SAFETY: a mapping of that size that nobody uses.
            unsafe { mapping::unmap(block, room) };
            any = true;
        }
        any
    }

    /// Gives a block of [`map`] back, or keeps it for [`reuse`] where that takes no more memory
    /// than there was in use at once already.
    ///
    /// # Safety
    /// `block` is one, of this size, and nobody uses it any more.
    pub(super) unsafe fn unmap(block: *mut u8, size: usize) {
        if spill::mapping::is_ours(block) {
            // SAFETY: as the caller promises.
            return unsafe { spill::mapping::unmap(block, size) };
        }
        give_back(size);
        let room = size.next_multiple_of(mapping::PAGE); // as when it was made
        let is_kept = room >= super::WORTH_KEEPING && free_blocks::keep(block, room, bytes_below_peak());
        if !is_kept {
            // SAFETY: as the caller promises.
            unsafe { mapping::unmap(block, room) };
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
        let (Some(old_room), Some(new_room)) = (room_for(old_size), room_for(new_size)) else {
            return null_mut();
        };
        let more = new_size.saturating_sub(old_size);
        let is_taken = more == 0 || take_or_release(more);
        if !is_taken {
            let spilled = spill::mapping::map(new_size);
            if !spilled.is_null() {
                // SAFETY: both hold that many bytes, and the old one is ours, as the caller promises.
                unsafe {
                    spilled.copy_from_nonoverlapping(block, old_size);
                    unmap(block, old_size);
                }
                return spilled;
            }
        }
        release_above_peak();
        // SAFETY: as the caller promises.
        let resized = unsafe { mapping::resize(block, old_room, new_room) };
        settle(more, is_taken, !resized.is_null());
        if !resized.is_null() {
            give_back(old_size.saturating_sub(new_size));
        }
        resized
    }
}

/// Blocks with a mapping of their own, aligned to huge pages.
#[cfg(all(target_os = "linux", not(miri)))]
#[allow(unsafe_code, reason = "mappings have no safe interface")]
mod mapping {
    use std::ptr::null_mut;
    use std::sync::OnceLock;

    use libc::{
        MADV_HUGEPAGE, MAP_ANONYMOUS, MAP_FAILED, MAP_PRIVATE, MREMAP_FIXED, MREMAP_MAYMOVE, PROT_READ,
        PROT_WRITE, c_void, madvise, mmap, mremap, munmap,
    };

    use crate::util::memory::is_taken_back_when_free;

    /// The smallest page that there is.
    pub(super) const SMALL_PAGE: usize = 4 << 10;
    /// Lengths are multiples of this, which all sizes of pages divide: where a mapping is cut, a
    /// page begins. (Processors of one kind have pages of 4, 16 or 64 KiB, as the system likes.)
    pub(super) const PAGE: usize = 64 << 10;
    const HUGE_PAGE: usize = 2 << 20;

    /// New zeroed memory, null when there is none. `size` is not 0, but, as all sizes here, a
    /// multiple of [`PAGE`].
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

    /// Gives a block of [`map`] back.
    ///
    /// # Safety
    /// `block` is one, of this size, and nobody uses it any more.
    pub(super) unsafe fn unmap(block: *mut u8, size: usize) {
        // SAFETY: the mapping is ours, as the caller promises.
        unsafe { munmap(block.cast(), size) };
    }

    /// Gives the end of a block back, so that `new_size` bytes of it stay.
    ///
    /// # Safety
    /// `block` is one of [`map`] of the old size, the new one is less, and only the result is used.
    pub(super) unsafe fn cut(block: *mut u8, old_size: usize, new_size: usize) -> *mut u8 {
        // SAFETY: the end of a mapping of ours, as the caller promises.
        unsafe { munmap(block.add(new_size).cast(), old_size - new_size) };
        block
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
        let Some(room) = size.checked_add(HUGE_PAGE) else { return null_mut() };
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

/// The same from the system's allocator, for Miri, which knows no mappings that are cut or moved.
/// It checks what the code above does with such blocks: sizes, bytes, what is used after its end.
#[cfg(all(target_os = "linux", miri))]
#[allow(unsafe_code, reason = "mappings have no safe interface")]
mod mapping {
    use std::alloc::{GlobalAlloc as _, Layout, System};
    use std::ptr::null_mut;

    pub(super) const SMALL_PAGE: usize = 4 << 10;
    pub(super) const PAGE: usize = SMALL_PAGE;
    const HUGE_PAGE: usize = 2 << 20;

    fn layout(size: usize) -> Option<Layout> {
        Layout::from_size_align(size, HUGE_PAGE).ok().filter(|_| size < 1 << 40)
    }

    pub(super) fn map(size: usize) -> *mut u8 {
        // SAFETY: the size is not 0, as the callers promise.
        layout(size).map_or(null_mut(), |layout| unsafe { System.alloc_zeroed(layout) })
    }

    pub(super) unsafe fn unmap(block: *mut u8, size: usize) {
        // SAFETY: the block is one of `map`, of this size, as the caller promises.
        layout(size).map_or((), |layout| unsafe { System.dealloc(block, layout) });
    }

    pub(super) unsafe fn cut(block: *mut u8, old_size: usize, new_size: usize) -> *mut u8 {
        // SAFETY: the block is one of `map`, of the old size, as the caller promises.
        layout(old_size).map_or(null_mut(), |layout| unsafe { System.realloc(block, layout, new_size) })
    }

    pub(super) unsafe fn resize(block: *mut u8, old_size: usize, new_size: usize) -> *mut u8 {
        let moved = map(new_size);
        if !moved.is_null() {
            // SAFETY: both hold that many bytes, and the old one is ours, as the caller promises.
            unsafe {
                moved.copy_from_nonoverlapping(block, old_size.min(new_size));
                unmap(block, old_size);
            }
        }
        moved
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::alloc::{GlobalAlloc as _, Layout};

    use super::{LARGE, LargeBlocks, WORTH_KEEPING, is_mapped};
    use crate::util::spill::bytes_below_peak;

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
        let sizes = [
            3 * WORTH_KEEPING,
            WORTH_KEEPING + 1,
            2 * WORTH_KEEPING + 4096,
            WORTH_KEEPING,
            5 * WORTH_KEEPING - 1,
            WORTH_KEEPING + 4095,
        ];
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
        assert!(Block::zeroed(WORTH_KEEPING).bytes().iter().all(|&byte| byte == 0));
    }

    #[test]
    fn no_two_threads_get_the_same_block() {
        const THREADS: usize = 4;
        const ROUNDS: usize = if cfg!(miri) { 6 } else { 200 };
        let work = |mark: usize| {
            let mut kept: Vec<Block> = Vec::new();
            for round in 0..ROUNDS {
                let size = WORTH_KEEPING + (round * 37 + mark * 11) % 5 * WORTH_KEEPING / 2;
                let mut block = Block::zeroed(size);
                if round % 3 == 0 {
                    block = block.resized(WORTH_KEEPING + round % 7 * 5000);
                }
                ends(block.bytes()).for_each(|byte| *byte = mark as u8);
                kept.push(block);
                if kept.len() > 3 {
                    kept.swap_remove(round % 4);
                }
                for block in &mut kept {
                    assert!(ends(block.bytes()).all(|byte| *byte == mark as u8), "round {round}");
                }
                if round % 50 == 49 {
                    super::release_free_blocks();
                }
            }
        };
        std::thread::scope(|scope| (1..=THREADS).for_each(|mark| drop(scope.spawn(move || work(mark)))));
    }

    /// Bytes here and there, the first and the last ones among them.
    fn ends(bytes: &mut [u8]) -> impl Iterator<Item = &mut u8> {
        let (last, others) = bytes.split_last_mut().unwrap();
        others.iter_mut().step_by(4096).chain([last])
    }

    #[test]
    fn what_no_memory_can_hold_is_refused() {
        let layout = Layout::from_size_align(1 << 62, 8).unwrap();
        #[allow(unsafe_code, reason = "allocators have no safe interface")]
        // SAFETY: the size is not 0.
        let block = unsafe { LargeBlocks.alloc(layout) };
        assert!(block.is_null());
        assert!(bytes_below_peak() < 1 << 60, "what was refused was never in memory");
    }
}
