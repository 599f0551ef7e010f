//! How much memory this process may take, as the system says.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Names the variable that sets the limit, such as `HEAPLENS_MEMORY=2G`.
pub const VARIABLE: &str = "HEAPLENS_MEMORY";

/// The limit that holds for the whole run, in bytes: what the user says, else the least
/// of what the container (control group) and the shell (`ulimit -d`) allow. `None` without any.
pub fn limit() -> Option<u64> {
    static LIMIT: OnceLock<Option<u64>> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let said = std::env::var(VARIABLE).ok().and_then(|text| parse_size(&text));
        said.or_else(|| [group_limit(), data_limit()].into_iter().flatten().min())
    })
}

/// Bytes that can be taken now without others being swapped out.
pub fn available() -> Option<u64> {
    let facts = fs::read_to_string("/proc/meminfo").ok()?;
    let line = facts.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Whether this is a virtual machine whose host takes free memory back, in blocks of huge
/// pages (Linux' free page reporting, by a memory balloon).
///
/// There a huge page is as a rule one that the host has to find again, which takes longer than
/// all that huge pages save: measured with 6 million nodes, 1.9 s instead of 1.4 s.
pub fn is_taken_back_when_free() -> bool {
    /// Of the features that a balloon and its driver agreed on, as a text of zeros and ones
    /// (Virtual I/O Device specification, 5.5.3).
    const REPORTS_FREE_PAGES: usize = 5;
    let Ok(devices) = fs::read_dir("/sys/bus/virtio/drivers/virtio_balloon") else { return false };
    devices.flatten().any(|device| {
        let features = fs::read_to_string(device.path().join("features")).unwrap_or_default();
        features.as_bytes().get(REPORTS_FREE_PAGES) == Some(&b'1')
    })
}

/// Bytes of addresses that are left below `ulimit -v`; `None` without such a limit.
pub fn addresses_left() -> Option<u64> {
    let limit = resource_limit("Max address space")?;
    let statistics = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statistics.split(' ').next()?.parse().ok()?;
    const PAGE: u64 = 4096; // or more on some processors, where such limits are rare
    Some(limit.saturating_sub(pages * PAGE))
}

/// What `ulimit -d` allows, in bytes.
fn data_limit() -> Option<u64> {
    resource_limit("Max data size")
}

/// A limit in bytes from the system's table; `None` when there is none.
fn resource_limit(name: &str) -> Option<u64> {
    let table = fs::read_to_string("/proc/self/limits").ok()?;
    let line = table.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok() // or `unlimited`
}

/// The least limit of this process' control group and those above it.
fn group_limit() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let limits = groups.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let is_memory = controllers.split(',').any(|name| name == "memory");
        match (controllers.is_empty(), is_memory) {
            (true, _) => least_limit("/sys/fs/cgroup", path, "memory.max"),
            (_, true) => least_limit("/sys/fs/cgroup/memory", path, "memory.limit_in_bytes"),
            _ => None,
        }
    });
    limits.min()
}

/// The least number in the files `name` of a group's folder and all above it. Inside of a
/// container, the group's own folder may be the top one.
fn least_limit(top: &str, path: &str, name: &str) -> Option<u64> {
    const NONE_BELOW: u64 = 1 << 60; // version 1 says "no limit" by a huge number
    let group = PathBuf::from(format!("{top}/{}", path.trim_start_matches('/')));
    let folders = group.ancestors().take_while(|folder| folder.starts_with(top));
    let read = |folder: &Path| fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
    folders.filter_map(read).filter(|&limit| limit < NONE_BELOW).min()
}

/// Bytes that a text such as `512M` or `2GiB` says, in units of 1,024.
fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_uppercase().trim_end_matches("IB").trim_end_matches('B') {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return None,
    };
    digits.trim().parse::<u64>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{least_limit, parse_size};

    #[test]
    fn sizes_may_have_units() {
        let sizes = ["4096", "512M", "2g", "1 GiB", "3TB", "64KB"].map(parse_size);
        assert_eq!(sizes, [4096, 512 << 20, 2 << 30, 1 << 30, 3 << 40, 64 << 10].map(Some));
        assert_eq!(["", "much", "1X", "-1", "99999999999G"].map(parse_size), [None; 5]);
    }

    #[test]
    fn the_tightest_group_counts() {
        let top = tempfile::tempdir().unwrap();
        let inner = top.path().join("outer").join("inner");
        fs::create_dir_all(&inner).unwrap();
        fs::write(top.path().join("outer").join("memory.max"), "1000000\n").unwrap();
        fs::write(inner.join("memory.max"), "max\n").unwrap();
        let top = top.path().to_str().unwrap();
        assert_eq!(least_limit(top, "/outer/inner", "memory.max"), Some(1_000_000));
        assert_eq!(least_limit(top, "/elsewhere", "memory.max"), None);
    }
}
