//! What would be freed with each node: sums over the dominator tree.

use super::{Dominators, ShallowSizes};
use crate::graph::NodeOrdinal;
use crate::util::{Cancelled, Column, Progress};

/// Retained bytes by node.
#[derive(Debug, Default)]
pub struct RetainedSizes {
    /// Bytes by node.
    pub bytes: Column<u64>,
}

impl RetainedSizes {
    /// Bytes of a node.
    #[inline]
    pub fn of(&self, node: NodeOrdinal) -> u64 {
        self.bytes[node.index()]
    }
}

/// Sums shallow sizes up the dominator tree. Sums beyond `u64` stay at its
/// greatest value: only a forged file gets there.
pub fn retained_sizes(
    dominators: &Dominators,
    sizes: &ShallowSizes,
    progress: &Progress,
) -> Result<RetainedSizes, Cancelled> {
    const STEP: usize = 1 << 16;
    let mut bytes: Vec<u64> = sizes.bytes.low().iter().copied().map(u64::from).collect();
    for &(node, size) in sizes.bytes.wide() {
        bytes[node as usize] = size; // rows of the same column
    }
    for nodes in dominators.top_down.rchunks(STEP) {
        progress.check()?;
        for &node in nodes.iter().rev() {
            let dominator = dominators.immediate[node as usize];
            if dominator != node {
                let size = bytes[node as usize];
                let sum = &mut bytes[dominator as usize];
                *sum = sum.saturating_add(size);
            }
        }
    }
    Ok(RetainedSizes { bytes: bytes.into() })
}

#[cfg(test)]
mod tests {
    use super::{Dominators, ShallowSizes, retained_sizes};
    use crate::util::{Progress, WideColumn};

    #[test]
    fn sizes_sum_up_the_tree_beyond_4_gib() {
        // 0 ─ 2 ─ 1, 0 ─ 3
        let dominators = Dominators { immediate: vec![0, 2, 0, 0].into(), top_down: vec![0, 3, 2, 1].into() };
        let sizes =
            ShallowSizes { bytes: WideColumn::from_values([0, 6_000_000_000, 20, u64::from(u32::MAX)]) };
        let retained = retained_sizes(&dominators, &sizes, &Progress::new()).unwrap();
        let total = 6_000_000_020 + u64::from(u32::MAX);
        assert_eq!(retained.bytes[..], [total, 6_000_000_000, 6_000_000_020, u64::from(u32::MAX)]);
    }
}
