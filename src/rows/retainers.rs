//! The Retainers pane: who holds an object, and who holds them.

use std::sync::Arc;

use super::objects::{named_row, object_cells, object_of, retainers, shown_retainers};
use super::{Column, ColumnSpec, Filter, Item, Items, Row, Side, Sort, Source, TextKind, words};
use crate::analysis::Heap;
use crate::graph::{EdgeOrdinal, NodeKind, NodeOrdinal};
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

/// How many levels open by themselves (as in DevTools).
const OPEN_LEVELS: usize = 20;

/// The retainers of one object.
pub struct RetainersOf {
    heap: Arc<Heap>,
    node: NodeOrdinal,
    /// Edges of the path that opens by itself, up to the holder that a user would recognise.
    answer: Vec<u32>,
}

/// The shortest way from an object to a root: each step the first retainer in the pane's default order.
pub fn retaining_path(
    heap: &Heap,
    node: NodeOrdinal,
    progress: &Progress,
) -> Result<Vec<EdgeOrdinal>, Cancelled> {
    let sort = Sort { column: Column::Distance, descending: false };
    let mut path: Vec<EdgeOrdinal> = Vec::new();
    let mut seen = vec![node];
    let mut at = node;
    while path.len() < OPEN_LEVELS {
        let items = retainers(heap, Side::Target, at, sort, progress)?;
        let Some(first) = items.get(0) else { break };
        let edge = EdgeOrdinal(first.ordinal);
        at = heap.graph.edge_from(edge);
        path.push(edge);
        let steps = heap.distances.of(at);
        if seen.contains(&at) || steps.shown().is_none_or(|steps| steps <= 1) {
            break;
        }
        seen.push(at);
    }
    Ok(path)
}

/// How many edges of a retaining path lead to the first holder that a user would
/// recognise: an instance of a class of the program, or a function. 0 when none would be.
pub fn recognised_at(heap: &Heap, path: &[EdgeOrdinal]) -> usize {
    let recognised = |edge: &EdgeOrdinal| {
        let holder = heap.graph.edge_from(*edge);
        match heap.graph.kind(holder) {
            NodeKind::OBJECT => heap.graph.location(holder).is_some(),
            NodeKind::CLOSURE => !heap.graph.name_text(holder).is_empty(),
            _ => false,
        }
    };
    path.iter().position(recognised).map_or(0, |at| at + 1)
}

impl RetainersOf {
    /// Of an object. Finds the path that opens by itself: for jobs.
    pub fn new(heap: Arc<Heap>, node: NodeOrdinal, progress: &Progress) -> Result<Self, Cancelled> {
        let path = retaining_path(&heap, node, progress)?;
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

    fn roots(&self, sort: Sort, filter: &Filter, progress: &Progress) -> Result<Items, Cancelled> {
        let items = retainers(&self.heap, Side::Target, self.node, sort, progress)?;
        if filter.is_empty() {
            return Ok(items);
        }
        let mut passing = Vec::new();
        for position in 0..items.len() {
            let Some(item) = items.get(position) else { break };
            if position % 1024 == 0 {
                progress.check()?;
            }
            if filter.matches(&named_row(&self.heap, item).name_text()) {
                passing.push(item.ordinal);
            }
        }
        Ok(Items::new(super::ItemKind::Retainer, Side::Target, passing))
    }

    fn children(&self, chain: &[Item], sort: Sort, progress: &Progress) -> Result<Items, Cancelled> {
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

    fn heap(&self, _side: Side) -> &Arc<Heap> {
        &self.heap
    }

    fn object(&self, item: Item) -> Option<NodeOrdinal> {
        object_of(&self.heap, item)
    }

    /// The path opens as long as its holders are not next to a root, as in DevTools.
    fn opens_first(&self, chain: &[Item]) -> bool {
        let Some(holder) = chain.last().and_then(|item| self.object(*item)) else { return false };
        chain.len() < OPEN_LEVELS && self.heap.distances.of(holder).shown().is_some_and(|steps| steps > 1)
    }
}
