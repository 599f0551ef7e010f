//! What the system says of the disk of a folder.

use std::path::Path;

/// Free bytes of a folder's disk for this user; `None` where the system does not tell.
#[cfg(target_os = "linux")]
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let folder = c_path(folder)?;
    let mut answer = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the path ends with a zero byte, and the answer has room; it is read only when it was given.
    #[allow(unsafe_code, reason = "the system's interface")]
    let answer = unsafe {
        if libc::statvfs(folder.as_ptr(), answer.as_mut_ptr()) != 0 {
            return None;
        }
        answer.assume_init()
    };
    #[allow(clippy::useless_conversion, reason = "the widths differ between processors")]
    let (blocks, size) = (u64::from(answer.f_bavail), u64::from(answer.f_frsize));
    Some(blocks.saturating_mul(size))
}

/// Whether what is written to a folder stays in memory, as `/tmp` does on many systems.
#[cfg(target_os = "linux")]
pub fn is_in_memory(folder: &Path) -> bool {
    let Some(folder) = c_path(folder) else { return false };
    let mut answer = std::mem::MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: see `free_bytes`.
    #[allow(unsafe_code, reason = "the system's interface")]
    let answer = unsafe {
        if libc::statfs(folder.as_ptr(), answer.as_mut_ptr()) != 0 {
            return false;
        }
        answer.assume_init()
    };
    const RAMFS: u32 = 0x8584_58f6;
    [libc::TMPFS_MAGIC as u32, RAMFS].contains(&(answer.f_type as u32)) // magic numbers have 32 bits
}

#[cfg(target_os = "linux")]
fn c_path(path: &Path) -> Option<std::ffi::CString> {
    std::ffi::CString::new(std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str())).ok()
}

/// Free bytes of a folder's disk for this user; `None` where the system does not tell.
#[cfg(not(target_os = "linux"))]
pub fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::path::Path;

    use super::{free_bytes, is_in_memory};

    #[test]
    #[cfg_attr(miri, ignore = "asks the system in a way that Miri does not know")]
    fn disks_have_room_and_the_shared_memory_is_none() {
        assert!(free_bytes(&std::env::temp_dir()).is_some_and(|bytes| bytes > 0));
        assert_eq!(free_bytes(Path::new("/nowhere/at/all")), None);
        assert!(!is_in_memory(Path::new("/proc")));
        if Path::new("/dev/shm").exists() {
            assert!(is_in_memory(Path::new("/dev/shm")));
        }
    }
}
