//! Visiting pending nodes until none is left, in file order wherever that is possible.
//!
//! For results that do not depend on the order of visits (reachability, ownership):
//! what lies ahead waits until the sweep comes by, so most of the edge table is
//! read from front to back once; only what lies behind is visited out of order.

use crate::util::{BitSet, Cancelled, Progress};

/// The nodes that still have to be visited.
pub(super) struct Pending {
    ahead: BitSet,
    /// Nodes that the sweep has passed already, visited before it goes on.
    behind: Vec<u32>,
    position: u32,
}

impl Pending {
    /// Asks for a visit of a node, also if it was visited before.
    #[inline]
    pub(super) fn push(&mut self, node: u32) {
        if node > self.position {
            self.ahead.insert(node);
        } else {
            self.behind.push(node);
        }
    }
}

/// Calls `visit` for the nodes of `start`, and for those that it pushes, until none is pending.
pub(super) fn sweep(
    start: BitSet,
    progress: &Progress,
    mut visit: impl FnMut(u32, &mut Pending),
) -> Result<(), Cancelled> {
    const CHECK_EVERY: u32 = 1 << 12;
    let mut pending = Pending { ahead: start, behind: Vec::new(), position: 0 };
    let mut visits = 0u32;
    while let Some(node) = pending.ahead.take_from(pending.position) {
        pending.position = node;
        let mut next = Some(node);
        while let Some(node) = next {
            visit(node, &mut pending);
            visits = visits.wrapping_add(1);
            if visits.is_multiple_of(CHECK_EVERY) {
                progress.check()?;
            }
            next = pending.behind.pop();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::sweep;
    use crate::util::{BitSet, Progress};

    #[test]
    fn every_pushed_node_is_visited_before_or_behind_the_sweep() {
        let edges: [&[u32]; 6] = [&[4], &[5], &[1], &[], &[2, 4], &[0]];
        let mut start = BitSet::new(6);
        start.insert(0);
        let mut seen = vec![0];
        sweep(start, &Progress::new(), |node, pending| {
            for &to in edges[node as usize] {
                if !seen.contains(&to) {
                    seen.push(to);
                    pending.push(to);
                }
            }
        })
        .unwrap();
        assert_eq!(seen, [0, 4, 2, 1, 5]);
    }
}
