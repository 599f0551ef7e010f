//! What would be freed with each node: sums over the dominator tree.

use super::{Dominators, ShallowSizes};
use crate::graph::NodeOrdinal;
use crate::util::{Cancelled, Progress, WideColumn, WideRows, stored};

/// Retained bytes by node.
#[derive(Debug, Default)]
pub struct RetainedSizes {
    /// Bytes by node.
    pub bytes: WideColumn,
}

stored!(RetainedSizes { bytes });

impl RetainedSizes {
    /// Bytes of a node.
    #[inline]
    pub fn of(&self, node: NodeOrdinal) -> u64 {
        self.bytes.get(node.0)
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
    let mut bytes = WideRows::from(&sizes.bytes);
    for nodes in dominators.preorder.rchunks(STEP) {
        progress.check()?;
        for &node in nodes.iter().rev() {
            let dominator = dominators.immediate[node as usize];
            if dominator != node {
                bytes.add(dominator, bytes.get(node));
            }
        }
    }
    Ok(RetainedSizes { bytes: bytes.finish() })
}

#[cfg(test)]
mod tests {
    use super::{Dominators, ShallowSizes, retained_sizes};
    use crate::util::{Progress, WideColumn};

    #[test]
    fn sizes_sum_up_the_tree_beyond_4_gib() {
        // 0 ─ 2 ─ 1, 0 ─ 3
        let dominators = Dominators { immediate: vec![0, 2, 0, 0].into(), preorder: vec![0, 3, 2, 1].into() };
        let sizes =
            ShallowSizes { bytes: WideColumn::from_values([0, 6_000_000_000, 20, u64::from(u32::MAX)]) };
        let retained = retained_sizes(&dominators, &sizes, &Progress::new()).unwrap();
        let total = 6_000_000_020 + u64::from(u32::MAX);
        assert_eq!(
            retained.bytes.iter().collect::<Vec<_>>(),
            [total, 6_000_000_000, 6_000_000_020, u64::from(u32::MAX)]
        );
    }
}
