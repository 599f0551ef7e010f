//! Which functions allocated what, and who called them: DevTools' Allocation view.

use rustc_hash::FxHashMap;

use super::ShallowSizes;
use crate::graph::{Graph, NodeOrdinal, TraceTable, TraceTree};
use crate::util::{Cancelled, Progress};

/// A recording of allocations with what of it is still alive.
#[derive(Debug, Default)]
pub struct AllocationProfile {
    /// Functions and calls, as recorded.
    pub table: TraceTable,
    /// By row of the tree: nodes that were allocated there and are in the snapshot, and their bytes.
    live: Vec<(u64, u64)>,
    /// Row of the tree by id; of equal ids the last one.
    row_of: FxHashMap<u64, u32>,
}

/// A function with what it allocated, in all or as far as it was called in a certain way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllocationRow {
    /// Row of [`TraceTable::functions`]; may be none of them where the file is odd.
    pub function: u32,
    /// Objects that were allocated, dead ones included.
    pub count: u64,
    /// Their bytes.
    pub size: u64,
    /// Nodes that are alive.
    pub live_count: u64,
    /// Their shallow sizes.
    pub live_size: u64,
    /// Rows of the tree in which the allocations happened, and for each of them the row
    /// of this function in the same stack.
    stacks: Vec<(u32, u32)>,
    /// Whether there are callers to show.
    pub has_callers: bool,
}

/// Puts a recording and the nodes that are alive together.
pub fn allocation_profile(
    graph: &Graph,
    sizes: &ShallowSizes,
    table: TraceTable,
    progress: &Progress,
) -> Result<AllocationProfile, Cancelled> {
    const CHECK_EVERY: usize = 1 << 14;
    let row_of: FxHashMap<u64, u32> = table.tree.id.iter().copied().zip(0..).collect();
    let mut live = vec![(0u64, 0u64); table.tree.len()];
    if let Some(traces) = &graph.nodes().trace_node {
        let mut last = (0, None); // neighbours were often allocated by the same stack
        for (node, &trace) in traces.iter().enumerate() {
            if node % CHECK_EVERY == 0 {
                progress.check()?;
            }
            if trace != last.0 {
                last = (trace, row_of.get(&u64::from(trace)));
            }
            if let Some(&row) = last.1 {
                let (count, size) = &mut live[row as usize]; // rows of the tree
                *count += 1;
                *size = size.saturating_add(sizes.of(NodeOrdinal(node as u32)));
            }
        }
    }
    // Of rows with the same id DevTools gives each what is alive of that id.
    let live = table.tree.id.iter().map(|id| live[row_of[id] as usize]).collect();
    Ok(AllocationProfile { table, live, row_of })
}

impl AllocationProfile {
    /// Functions that allocated, the one with most bytes first; equal ones in the order of the file.
    pub fn functions(&self) -> Vec<AllocationRow> {
        let tree = &self.table.tree;
        let mut rows: FxHashMap<u32, AllocationRow> = FxHashMap::default();
        for (row, &function) in (0u32..).zip(&tree.function) {
            if tree.count[row as usize] > 0 {
                let of_function = rows.entry(function).or_default();
                self.add(of_function, row, row);
            }
        }
        let mut rows: Vec<AllocationRow> = rows
            .into_iter()
            // The first function stands for the outside of all functions.
            .map(|(function, row)| AllocationRow { function, has_callers: function != 0, ..row })
            .collect();
        rows.sort_unstable_by_key(|row| (std::cmp::Reverse(row.size), row.function));
        rows
    }

    /// Who called a function in the stacks of its row, in the order in which they first appear.
    ///
    /// One level at a time: the whole tree of callers can be as large as the square of the recording.
    pub fn callers(&self, row: &AllocationRow) -> Vec<AllocationRow> {
        let tree = &self.table.tree;
        let mut rows: Vec<AllocationRow> = Vec::new();
        let mut place_of: FxHashMap<u32, usize> = FxHashMap::default();
        for &(top, at) in &row.stacks {
            let caller = tree.caller[at as usize];
            if caller == TraceTree::NO_CALLER {
                continue;
            }
            let function = tree.function[caller as usize];
            let place = *place_of.entry(function).or_insert_with(|| {
                rows.push(AllocationRow { function, ..AllocationRow::default() });
                rows.len() - 1
            });
            self.add(&mut rows[place], top, caller);
        }
        for caller in &mut rows {
            caller.has_callers =
                caller.stacks.iter().any(|&(_, at)| tree.caller[at as usize] != TraceTree::NO_CALLER);
        }
        rows
    }

    fn add(&self, to: &mut AllocationRow, top: u32, at: u32) {
        let (live_count, live_size) = self.live[top as usize];
        to.count = to.count.saturating_add(self.table.tree.count[top as usize]);
        to.size = to.size.saturating_add(self.table.tree.size[top as usize]);
        to.live_count += live_count;
        to.live_size = to.live_size.saturating_add(live_size);
        to.stacks.push((top, at));
    }

    /// What nodes name as their trace when the allocations of a row made them: what the
    /// table of live objects below DevTools' Allocation view shows.
    pub fn trace_ids(&self, row: &AllocationRow) -> impl Iterator<Item = u64> + '_ {
        let tops: Vec<u32> = row.stacks.iter().map(|stack| stack.0).collect();
        tops.into_iter().map(|top| self.table.tree.id[top as usize])
    }

    /// The functions on the stack when a node was allocated, the innermost first; empty
    /// when that was not recorded.
    pub fn stack(&self, graph: &Graph, node: NodeOrdinal) -> Vec<u32> {
        let trace = graph.nodes().trace_node.as_ref().map_or(0, |traces| traces[node.index()]);
        let mut functions = Vec::new();
        let mut row = if trace == 0 { None } else { self.row_of.get(&u64::from(trace)).copied() };
        while let Some(at) = row {
            functions.push(self.table.tree.function[at as usize]);
            let caller = self.table.tree.caller[at as usize];
            row = (caller != TraceTree::NO_CALLER).then_some(caller); // callers come first: this ends
        }
        functions
    }
}

#[cfg(test)]
mod tests {
    use super::{AllocationProfile, AllocationRow, allocation_profile};
    use crate::analysis::testing::{heap_of, object, rooted};
    use crate::graph::{NodeOrdinal, TraceTable, TraceTree};
    use crate::util::Progress;

    const NONE: u32 = TraceTree::NO_CALLER;

    /// `(root)` calls `main`, which calls `load` twice: by itself, and by way of `retry`.
    fn profile() -> AllocationProfile {
        let tree = TraceTree {
            id: vec![1, 2, 3, 4, 5],
            function: vec![0, 1, 2, 3, 2],
            count: vec![0, 1, 10, 0, 5],
            size: vec![0, 8, 100, 0, 60],
            caller: vec![NONE, 0, 1, 1, 3],
        };
        let mut snapshot = rooted();
        for _ in 0..3 {
            object(&mut snapshot, "Order", 16);
        }
        let heap = heap_of(&snapshot);
        let table = TraceTable { functions: Vec::new(), tree };
        allocation_profile(&heap.graph, &heap.sizes, table, &Progress::new()).unwrap()
    }

    fn sums(rows: &[AllocationRow]) -> Vec<(u32, u64, u64, bool)> {
        rows.iter().map(|row| (row.function, row.count, row.size, row.has_callers)).collect()
    }

    #[test]
    fn functions_are_summed_over_the_ways_they_were_called() {
        let profile = profile();
        let functions = profile.functions();
        assert_eq!(sums(&functions), [(2, 15, 160, true), (1, 1, 8, true)]);
        let callers = profile.callers(&functions[0]);
        assert_eq!(sums(&callers), [(1, 10, 100, true), (3, 5, 60, true)]);
        assert_eq!(sums(&profile.callers(&callers[1])), [(1, 5, 60, true)]);
        assert_eq!(sums(&profile.callers(&callers[0])), [(0, 10, 100, false)]);
        assert_eq!(profile.trace_ids(&functions[0]).collect::<Vec<_>>(), [3, 5]);
        assert_eq!(profile.trace_ids(&callers[1]).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn a_node_without_a_trace_has_no_stack() {
        let snapshot = rooted();
        let heap = heap_of(&snapshot);
        assert!(profile().stack(&heap.graph, NodeOrdinal(0)).is_empty());
    }
}
