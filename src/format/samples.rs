//! The timeline of a recording of allocations: at which time which ids had been given out.

use super::numbers::MAX_FIELDS;
use super::{RawSnapshot, Result};
use crate::util::Progress;

/// One look at the clock while allocations were recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Microseconds since the recording began.
    pub timestamp_us: u64,
    /// The largest id that an object had until then.
    pub last_assigned_id: u64,
}

impl RawSnapshot {
    /// Reads the timeline, in the order of the file; empty where nothing was recorded.
    pub fn samples(&self, progress: &Progress) -> Result<Vec<Sample>> {
        let Some(section) = self.tracking.samples else { return Ok(Vec::new()) };
        let [timestamp, last_id] = section.layout.fields;
        let mut samples = Vec::new();
        section.for_each_row(
            self.strings.source().bytes(),
            "samples",
            progress,
            |row: &[u64; MAX_FIELDS]| {
                samples.push(Sample { timestamp_us: row[timestamp], last_assigned_id: row[last_id] });
            },
        )?;
        Ok(samples)
    }
}

#[cfg(test)]
mod tests {
    use crate::format::{NodeKind, Source, builder::SnapshotBuilder, read};
    use crate::util::Progress;

    #[test]
    fn samples_are_read_by_the_names_of_their_fields() {
        let mut heap = SnapshotBuilder::new();
        heap.node(NodeKind::SYNTHETIC, "", 0);
        let json = heap.to_json();
        assert!(json.contains("\"samples\":[]"));
        let recorded = json.replace("\"samples\":[]", "\"samples\":[10,5,\n20,7]");
        let swapped = recorded.replace(
            "\"location_fields\"",
            "\"sample_fields\":[\"last_assigned_id\",\"timestamp_us\"],\"location_fields\"",
        );
        let samples = |json: &str| -> Vec<(u64, u64)> {
            let raw = read(Source::from_bytes(json.as_bytes().to_vec()), &Progress::new()).unwrap();
            let samples = raw.samples(&Progress::new()).unwrap();
            samples.iter().map(|sample| (sample.timestamp_us, sample.last_assigned_id)).collect()
        };
        assert_eq!(samples(&json), []);
        assert_eq!(samples(&recorded), [(10, 5), (20, 7)]);
        assert_eq!(samples(&swapped), [(5, 10), (7, 20)]);
    }

    #[test]
    fn a_broken_timeline_is_told_and_not_used() {
        let mut heap = SnapshotBuilder::new();
        heap.node(NodeKind::SYNTHETIC, "", 0);
        for broken in ["\"samples\":[1,2,3]", "\"samples\":[1,\"x\"]", "\"samples\":7"] {
            let json = heap.to_json().replace("\"samples\":[]", broken);
            let raw = read(Source::from_bytes(json.into_bytes()), &Progress::new()).unwrap();
            assert_eq!(raw.warnings.len(), 1, "{broken}");
            assert_eq!(raw.samples(&Progress::new()).unwrap(), [], "{broken}");
        }
    }
}
