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
    /// Measures about once a second, as long as the meter lives.
    pub fn start() -> Self {
        let meter = Self::default();
        let bytes = Arc::downgrade(&meter.bytes);
        // Without a thread there is no figure, and the status bar leaves it out.
        std::thread::Builder::new().name("memory meter".to_owned()).spawn(move || measure(&bytes)).ok();
        meter
    }

    /// Resident bytes, where the system tells.
    pub fn bytes(&self) -> Option<u64> {
        Some(self.bytes.load(Relaxed)).filter(|bytes| *bytes > 0)
    }
}

fn measure(bytes: &Weak<AtomicU64>) {
    while let Some(bytes) = bytes.upgrade() {
        let Some(resident) = resident() else { return };
        bytes.store(resident, Relaxed);
        drop(bytes);
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// `VmRSS` of Linux' process status, which is in units of 1,024 bytes.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
