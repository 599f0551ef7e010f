//! Large blocks that do not fit into memory: mappings of temporary files.
//!
//! The system writes such pages to the file when memory is scarce, and reads them back
//! when they are touched; to the program they are memory like any other. So a heap
//! that is larger than memory needs no second way through the analyses. Files have no
//! name and are gone with the program, whatever ends it.
//!
//! A block takes its room on the disk when it is made: on a disk that is full it is
//! refused there, instead of ending the program when a page cannot be written.
//!
//! Where it is known beforehand that memory will be [scarce](is_scarce), columns that are read
//! in order, or hardly, go to files at once ([`for_later`]): what is visited in no order has the
//! memory then.
//!
//! On Linux only. Elsewhere the system's own paging files grow as needed.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use super::{disk, memory, units};

/// Bytes of all large blocks that are in memory.
static HELD: AtomicU64 = AtomicU64::new(0);
/// The most that `HELD` ever was.
static PEAK: AtomicU64 = AtomicU64::new(0);
/// Up to here `HELD` may grow without asking the system again.
static ALLOWED: AtomicU64 = AtomicU64::new(0);
/// Bytes of all blocks that are in files.
static SPILLED: AtomicU64 = AtomicU64::new(0);

/// Whether what was [expected](expect) last does not fit into memory.
static IS_SCARCE: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Whether this thread makes blocks for later just now.
    static FOR_LATER: Cell<bool> = const { Cell::new(false) };
}

/// Room on a disk that is left to others, in bytes.
const LEFT_FREE: u64 = 256 << 20;

/// By how many bytes less is in memory now than there was already.
pub(super) fn bytes_below_peak() -> u64 {
    PEAK.load(Relaxed).saturating_sub(HELD.load(Relaxed))
}

/// Bytes that lie in temporary files now.
pub fn spilled_bytes() -> u64 {
    SPILLED.load(Relaxed)
}

/// A sentence for the user, when more lies in temporary files than `before`.
pub fn note_since(before: u64) -> Option<String> {
    let bytes = spilled_bytes().checked_sub(before).filter(|&bytes| bytes > 0)?;
    let folder = folders().first().map(|folder| format!(" ({})", folder.display())).unwrap_or_default();
    Some(format!(
        "memory does not suffice for all of this snapshot: {} of it lie in a temporary file{folder}, \
         so some answers take longer",
        units::bytes_short(bytes)
    ))
}

/// Bytes that large blocks can still take, in memory and in files together; `None` where
/// the system does not tell.
pub fn room() -> Option<u64> {
    let memory = budget()?.saturating_sub(HELD.load(Relaxed));
    let on_disk = |folder: &PathBuf| disk::free_bytes(folder).unwrap_or(0).saturating_sub(LEFT_FREE);
    let disk = folders().iter().map(on_disk).max().unwrap_or(0);
    let room = memory.saturating_add(disk);
    Some(memory::addresses_left().map_or(room, |left| room.min(left)))
}

/// Tells how many bytes of large blocks a long work will have at once, beside those there are.
pub fn expect(bytes: u64) {
    let fits = budget().is_none_or(|budget| HELD.load(Relaxed).saturating_add(bytes) <= budget);
    IS_SCARCE.store(!fits, Relaxed);
}

/// Whether memory does not suffice for the work that was [expected](expect) last.
pub fn is_scarce() -> bool {
    IS_SCARCE.load(Relaxed)
}

/// Runs `make`, which makes columns of which no row will be asked for in no order soon: where
/// memory is scarce, they lie in files. It must not hand work to other threads.
pub fn for_later<T>(make: impl FnOnce() -> T) -> T {
    /// Sets it back, also when making ends in a panic, which does not end the thread.
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            FOR_LATER.set(self.0);
        }
    }
    let _before = Before(FOR_LATER.replace(true));
    make()
}

/// Whether a block that this thread makes now goes to a file, if there is room.
pub(super) fn goes_to_file() -> bool {
    is_scarce() && FOR_LATER.get()
}

/// Bytes that large blocks in memory may have together. The rest of what is allowed is for
/// everything else; most of what is available is left to others for a while.
fn budget() -> Option<u64> {
    let fixed = memory::limit().map(|limit| limit / 2);
    let now = memory::available().map(|available| HELD.load(Relaxed) + available / 4 * 3);
    [fixed, now].into_iter().flatten().min()
}

/// Takes `bytes` for a block in memory; `false` when they should lie in a file instead.
pub(super) fn take(bytes: usize) -> bool {
    if take_up_to(bytes, ALLOWED.load(Relaxed)) {
        return true;
    }
    // Asking takes longer than making a block: what is far below is not asked for each time.
    let Some(budget) = budget() else {
        take_anyway(bytes);
        return true;
    };
    let held = HELD.load(Relaxed);
    ALLOWED.store(held + budget.saturating_sub(held) / 8, Relaxed);
    take_up_to(bytes, budget)
}

/// Takes `bytes` for a block in memory, if all have at most `most` then.
fn take_up_to(bytes: usize, most: u64) -> bool {
    let more = |held: u64| held.checked_add(bytes as u64).filter(|&held| held <= most);
    HELD.fetch_update(Relaxed, Relaxed, more).is_ok()
}

/// Takes `bytes` for a block in memory, whatever is allowed.
pub(super) fn take_anyway(bytes: usize) {
    HELD.fetch_add(bytes as u64, Relaxed);
}

/// Remembers how much is in memory, once the system has given what was taken.
pub(super) fn note_peak() {
    PEAK.fetch_max(HELD.load(Relaxed), Relaxed);
}

/// A block in memory is gone.
pub(super) fn give_back(bytes: usize) {
    HELD.fetch_sub(bytes as u64, Relaxed);
}

/// Where temporary files go, the best place first: on a disk, not in memory.
fn folders() -> &'static [PathBuf] {
    static FOLDERS: OnceLock<Vec<PathBuf>> = OnceLock::new();
    FOLDERS.get_or_init(|| {
        let named = std::env::var_os("TMPDIR").map(PathBuf::from);
        let usual = [Some(PathBuf::from("/var/tmp")), dirs::cache_dir(), Some(PathBuf::from("/tmp"))];
        let all = [named].into_iter().chain(usual).flatten();
        all.filter(|folder| is_on_disk(folder)).collect()
    })
}

#[cfg(all(target_os = "linux", not(miri)))]
fn is_on_disk(folder: &std::path::Path) -> bool {
    folder.is_dir() && !disk::is_in_memory(folder)
}

#[cfg(any(not(target_os = "linux"), miri))] // Miri cannot ask
fn is_on_disk(_folder: &std::path::Path) -> bool {
    false
}

/// Begins to write blocks in files to the disk, so that memory which others need is free sooner.
pub fn write_early() {
    #[cfg(target_os = "linux")]
    mapping::write_early();
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "mappings have no safe interface")]
pub(super) mod mapping {
    //! Blocks that are mappings of files.

    use std::fs::File;
    use std::os::fd::AsRawFd as _;
    use std::ptr::null_mut;
    use std::sync::atomic::Ordering::Relaxed;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use libc::{MAP_FAILED, MAP_SHARED, MREMAP_MAYMOVE, PROT_READ, PROT_WRITE, mmap, mremap, munmap};

    use super::{LEFT_FREE, SPILLED, disk, folders};

    /// A block and its file.
    struct Block {
        address: usize,
        file: File,
    }

    /// The blocks in files. Growing this list takes a small block, which is never one of them.
    static BLOCKS: Mutex<Vec<Block>> = Mutex::new(Vec::new());

    fn blocks() -> MutexGuard<'static, Vec<Block>> {
        BLOCKS.lock().unwrap_or_else(PoisonError::into_inner) // a list is whole between any two steps
    }

    /// A new zeroed block in a file; null when no disk has room for it.
    pub(in super::super) fn map(size: usize) -> *mut u8 {
        let Some(file) = new_file(size) else { return null_mut() };
        // SAFETY: a new mapping at a place that the system chooses touches nobody's memory.
        let block =
            unsafe { mmap(null_mut(), size, PROT_READ | PROT_WRITE, MAP_SHARED, file.as_raw_fd(), 0) };
        if block == MAP_FAILED {
            return null_mut();
        }
        blocks().push(Block { address: block.addr(), file });
        SPILLED.fetch_add(size as u64, Relaxed);
        block.cast()
    }

    /// Whether a block is one of these.
    pub(in super::super) fn is_ours(block: *mut u8) -> bool {
        SPILLED.load(Relaxed) > 0 && blocks().iter().any(|other| other.address == block.addr())
    }

    /// Gives a block of [`map`] and its room on the disk back.
    ///
    /// # Safety
    /// `block` is one, of this size, and nobody uses it any more.
    pub(in super::super) unsafe fn unmap(block: *mut u8, size: usize) {
        {
            let mut blocks = blocks();
            if let Some(at) = blocks.iter().position(|other| other.address == block.addr()) {
                blocks.swap_remove(at); // closes the file
            }
        }
        // SAFETY: the mapping is ours, as the caller promises.
        unsafe { munmap(block.cast(), size) };
        SPILLED.fetch_sub(size as u64, Relaxed);
    }

    /// Makes a block longer or shorter. Null, and the block as it was, when that cannot be.
    ///
    /// # Safety
    /// `block` is one of [`map`] of the old size, and after success only the result is used.
    pub(in super::super) unsafe fn resize(block: *mut u8, old_size: usize, new_size: usize) -> *mut u8 {
        let mut blocks = blocks();
        let Some(entry) = blocks.iter_mut().find(|other| other.address == block.addr()) else {
            return null_mut();
        };
        if new_size > old_size && !reserve(&entry.file, new_size) {
            return null_mut();
        }
        // SAFETY: the mapping is ours, as the caller promises.
        let moved = unsafe { mremap(block.cast(), old_size, new_size, MREMAP_MAYMOVE) };
        if moved == MAP_FAILED {
            return null_mut();
        }
        if new_size < old_size {
            entry.file.set_len(new_size as u64).ok(); // else the room comes back with the block
        }
        entry.address = moved.addr();
        SPILLED.fetch_add(new_size as u64, Relaxed);
        SPILLED.fetch_sub(old_size as u64, Relaxed);
        moved.cast()
    }

    /// Begins to write what was changed to the disk: the system can take pages away at once that
    /// are written already, and has to wait for the others.
    pub(in super::super) fn write_early() {
        if SPILLED.load(Relaxed) == 0 {
            return;
        }
        for block in &*blocks() {
            // SAFETY: the file is open; the call changes nothing.
            unsafe { libc::sync_file_range(block.file.as_raw_fd(), 0, 0, libc::SYNC_FILE_RANGE_WRITE) };
        }
    }

    /// A file without a name, and room for `size` bytes in it.
    fn new_file(size: usize) -> Option<File> {
        folders().iter().find_map(|folder| {
            let has_room = disk::free_bytes(folder)? >= (size as u64).checked_add(LEFT_FREE)?;
            let file = tempfile::tempfile_in(folder).ok().filter(|_| has_room)?;
            reserve(&file, size).then_some(file)
        })
    }

    /// Takes room on the disk, so that no page of the file can fail to be written.
    fn reserve(file: &File, size: usize) -> bool {
        let Ok(size) = libc::off_t::try_from(size) else { return false };
        // SAFETY: the file is open; the call changes nothing but the file.
        unsafe { libc::fallocate(file.as_raw_fd(), 0, 0, size) == 0 }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::mapping::{is_ours, map, resize, unmap};
    use super::{FOR_LATER, folders, for_later, spilled_bytes, take};
    use crate::util::memory;

    #[allow(unsafe_code, reason = "blocks have no safe interface")]
    fn bytes<'a>(block: *mut u8, len: usize) -> &'a mut [u8] {
        // SAFETY: the tests ask for blocks that they have, one at a time.
        unsafe { std::slice::from_raw_parts_mut(block, len) }
    }

    #[test]
    fn a_panic_ends_what_is_made_for_later() {
        let made = std::panic::catch_unwind(|| for_later(|| panic!("on purpose")));
        assert!(made.is_err() && !FOR_LATER.get());
    }

    #[test]
    fn more_than_there_is_does_not_go_to_memory() {
        if memory::available().is_some() {
            assert!(!take(1 << 60), "whether or not anything limits this process");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "maps a file")]
    fn blocks_in_files_are_zeroed_grow_and_shrink_and_keep_their_bytes() {
        const SIZE: usize = 5 << 20;
        if folders().is_empty() {
            return eprintln!("skipped: there is no disk to write to, only memory");
        }
        let block = map(SIZE);
        assert!(is_ours(block) && spilled_bytes() >= SIZE as u64);
        assert!(bytes(block, SIZE).iter().all(|&byte| byte == 0));
        bytes(block, SIZE).fill(7);
        let kept = |block, len| bytes(block, len).iter().all(|&byte| byte == 7);
        #[allow(unsafe_code, reason = "blocks have no safe interface")]
        // SAFETY: each block is the result of the step before, of that size.
        unsafe {
            let larger = resize(block, SIZE, 3 * SIZE);
            assert!(is_ours(larger) && kept(larger, SIZE));
            assert!(bytes(larger, 3 * SIZE)[SIZE..].iter().all(|&byte| byte == 0));
            assert!(resize(larger, 3 * SIZE, 1 << 60).is_null(), "no disk has that");
            let smaller = resize(larger, 3 * SIZE, SIZE / 2);
            assert!(kept(smaller, SIZE / 2));
            unmap(smaller, SIZE / 2);
            assert!(!is_ours(smaller));
        }
    }
}
