//! The Retainers pane: who holds an object, and who holds them.

use std::sync::Arc;

use super::objects::{named_row, object_cells, object_of, retainers, shown_retainers};
use super::paths::{LONGEST_PATH, PathFinder, recognised_at};
use super::record::{Record, object_values};
use super::{Column, ColumnSpec, Found, Item, Items, Row, Side, Sort, Source, TextKind, words};
use crate::analysis::Heap;
use crate::graph::NodeOrdinal;
use crate::util::{Cancelled, Progress};

const COLUMNS: [ColumnSpec; 4] = [
    ColumnSpec {
        column: Column::Name,
        title: "Held by",
        help: "References that lead to the selected object; open one to see who holds the holder",
    },
    ColumnSpec {
        column: Column::Distance,
        title: "Distance",
        help: "Steps from the nearest user root (a global object) to the holder",
    },
    ColumnSpec { column: Column::ShallowSize, title: "Shallow", help: "Memory that the holder itself takes" },
    ColumnSpec {
        column: Column::RetainedSize,
        title: "Retained",
        help: "Memory that would be freed if the holder were gone",
    },
];

/// The retainers of one object.
pub struct RetainersOf {
    heap: Arc<Heap>,
    node: NodeOrdinal,
    /// Edges of the path that opens by itself, up to the holder that a user would recognise.
    answer: Vec<u32>,
}

impl RetainersOf {
    /// Of an object. Finds the path that opens by itself: for jobs.
    pub fn new(heap: Arc<Heap>, node: NodeOrdinal, progress: &Progress) -> Result<Self, Cancelled> {
        let path = PathFinder::new(&heap, progress).path(node)?;
        let answer = path[..recognised_at(&heap, &path)].iter().map(|edge| edge.0).collect();
        Ok(Self { heap, node, answer })
    }

    /// The object whose retainers these are.
    pub fn node(&self) -> NodeOrdinal {
        self.node
    }

    /// Whether the holder of a row is the object itself or one of the holders below it.
    fn is_cycle(&self, chain: &[Item]) -> bool {
        let Some((last, before)) = chain.split_last() else { return false };
        let holder = self.object(*last);
        holder == Some(self.node) || before.iter().any(|item| self.object(*item) == holder)
    }
}

impl Source for RetainersOf {
    fn columns(&self) -> &'static [ColumnSpec] {
        &COLUMNS
    }

    fn default_sort(&self) -> Sort {
        Sort { column: Column::Distance, descending: false }
    }

    fn roots(&self, sort: Sort, found: &Found, progress: &Progress) -> Result<Items, Cancelled> {
        let items = retainers(&self.heap, Side::Target, self.node, sort, progress)?;
        let passes = |item| found.filter().matches(&named_row(&self.heap, item).name_text());
        items.filtered(progress, passes, found.filter().is_empty())
    }

    fn children(
        &self,
        chain: &[Item],
        sort: Sort,
        _found: &Found,
        progress: &Progress,
    ) -> Result<Items, Cancelled> {
        match chain.last().and_then(|item| self.object(*item)) {
            Some(holder) if !self.is_cycle(chain) => {
                retainers(&self.heap, Side::Target, holder, sort, progress)
            }
            _ => Ok(Items::default()),
        }
    }

    fn can_open(&self, chain: &[Item]) -> bool {
        let holder = chain.last().and_then(|item| self.object(*item));
        holder.is_some_and(|holder| shown_retainers(&self.heap, holder).next().is_some())
            && !self.is_cycle(chain)
    }

    fn row(&self, chain: &[Item]) -> Row {
        let Some(&item) = chain.last() else { return Row::default() };
        let Some(holder) = self.object(item) else { return Row::default() };
        let mut row = named_row(&self.heap, item);
        if self.is_cycle(chain) {
            row.name.push(words::span(TextKind::Warning, " (cycle)"));
        }
        row.cells.extend(object_cells(&self.heap, holder));
        row.emphasis = chain.len() <= self.answer.len()
            && chain.iter().zip(&self.answer).all(|(item, edge)| item.ordinal == *edge);
        row
    }

    fn record(&self, chain: &[Item]) -> Record {
        let Some(&item) = chain.last() else { return Record::default() };
        let Some(holder) = self.object(item) else { return Record::default() };
        Record::of_object(&self.heap, item, holder, object_values(&self.heap, holder).to_vec())
    }

    fn heap(&self, _side: Side) -> &Arc<Heap> {
        &self.heap
    }

    fn object(&self, item: Item) -> Option<NodeOrdinal> {
        object_of(&self.heap, item)
    }

    /// The path opens as long as its holders are not next to a root, as in DevTools.
    fn opens_first(&self, chain: &[Item]) -> bool {
        let Some(holder) = chain.last().and_then(|item| self.object(*item)) else { return false };
        chain.len() < LONGEST_PATH && self.heap.distances.of(holder).shown().is_some_and(|steps| steps > 1)
    }
}
