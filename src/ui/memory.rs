//! How much memory the program takes, measured by a thread of its own.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// The latest measurement.
#[derive(Debug, Default)]
pub struct MemoryMeter {
    bytes: Arc<AtomicU64>,
}

impl MemoryMeter {
    /// Measures about once a second, as long as the meter lives; `wake` is called when the figure is
    /// another one, so that a window that nobody touches does not go on showing the old one.
    pub fn start(wake: impl Fn() + Send + 'static) -> Self {
        let meter = Self::default();
        let bytes = Arc::downgrade(&meter.bytes);
        // Without a thread there is no figure, and the status bar leaves it out.
        std::thread::Builder::new()
            .name("memory meter".to_owned())
            .spawn(move || measure(&bytes, &wake))
            .ok();
        meter
    }

    /// Resident bytes, where the system tells.
    pub fn bytes(&self) -> Option<u64> {
        Some(self.bytes.load(Relaxed)).filter(|bytes| *bytes > 0)
    }
}

fn measure(bytes: &Weak<AtomicU64>, wake: &dyn Fn()) {
    while let Some(bytes) = bytes.upgrade() {
        let Some(resident) = resident() else { return };
        if is_news(bytes.load(Relaxed), resident) {
            bytes.store(resident, Relaxed);
            wake();
        }
        drop(bytes);
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Less than a hundredth is none: drawing a frame may take as much.
fn is_news(shown: u64, measured: u64) -> bool {
    shown.abs_diff(measured) > shown / 100
}

/// `VmRSS` of Linux' process status, which is in units of 1,024 bytes.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::is_news;

    #[test]
    fn small_changes_are_no_reason_to_draw() {
        assert!(is_news(0, 1) && is_news(784_000_000, 466_000_000));
        assert!(!is_news(100_000_000, 100_900_000) && !is_news(100_000_000, 99_100_000));
    }
}
