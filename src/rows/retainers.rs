//! The Retainers pane: who holds an object, and who holds them.

use std::sync::Arc;

use super::cells;
use super::objects::{named_row, object_cells, object_of, retainers, shown_retainers};
use super::paths::{LONGEST_PATH, PathFinder, recognised_at};
use super::record::{Record, object_values};
use super::{Column, ColumnSpec, Found, Item, ItemKind, Items, Row, Side, Sort, Source, TextKind, words};
use crate::analysis::{Distance, Heap, IgnoredRetainers, retainer_distance};
use crate::graph::{EdgeOrdinal, NodeOrdinal};
use crate::util::{Cancelled, Progress};

const COLUMNS: [ColumnSpec; 4] = [
    ColumnSpec {
        column: Column::Name,
        title: "Held by",
        help: "References that lead to the selected object; open one to see who holds the holder. Those on \
               coloured ground lead to the first holder that its name may tell you something",
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
    ignored: Option<Arc<IgnoredRetainers>>,
    /// Edges of the path that opens by itself, up to the holder that a user would recognise.
    answer: Vec<u32>,
}

impl RetainersOf {
    /// Of an object. Finds the path that opens by itself: for jobs.
    pub fn new(heap: Arc<Heap>, node: NodeOrdinal, progress: &Progress) -> Result<Self, Cancelled> {
        Self::ignoring(heap, node, None, progress)
    }

    /// Of an object, some objects of the snapshot being ignored: the rows carry the distances
    /// that are left, rows without a way from a root are pale and sort last, and the path that
    /// opens by itself leads around what is ignored. `ignored` must be of the same snapshot.
    pub fn ignoring(
        heap: Arc<Heap>,
        node: NodeOrdinal,
        ignored: Option<Arc<IgnoredRetainers>>,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let path = PathFinder::ignoring(&heap, ignored.as_deref(), progress).path(node)?;
        let answer = path[..recognised_at(&heap, &path)].iter().map(|edge| edge.0).collect();
        Ok(Self { heap, node, ignored, answer })
    }

    /// What is ignored, if anything is.
    pub fn ignored(&self) -> Option<&Arc<IgnoredRetainers>> {
        self.ignored.as_ref()
    }

    /// Whether the holder of a row is ignored.
    pub fn is_ignored(&self, item: Item) -> bool {
        let ignored = self.ignored.as_ref();
        ignored.zip(self.object(item)).is_some_and(|(ignored, holder)| ignored.contains(holder))
    }

    /// The distance of a row; [`Distance::UNREACHED`] for what is no retainer.
    fn distance(&self, item: Item) -> Distance {
        match (item.kind, self.object(item)) {
            (ItemKind::Retainer, Some(holder)) => {
                retainer_distance(&self.heap, self.ignored.as_deref(), EdgeOrdinal(item.ordinal), holder)
            }
            _ => Distance::UNREACHED,
        }
    }

    fn items(&self, node: NodeOrdinal, sort: Sort, progress: &Progress) -> Result<Items, Cancelled> {
        retainers(&self.heap, Side::Target, node, self.ignored.as_deref(), sort, progress)
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
        let items = self.items(self.node, sort, progress)?;
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
            Some(holder) if !self.is_cycle(chain) => self.items(holder, sort, progress),
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
        let steps = self.distance(item);
        let [_, shallow, retained] = object_cells(&self.heap, holder);
        row.cells.extend([cells::retainer_distance(steps, self.is_ignored(item)), shallow, retained]);
        row.pale = steps.0 >= Distance::UNREACHABLE_BASE;
        row.emphasis = chain.len() <= self.answer.len()
            && chain.iter().zip(&self.answer).all(|(item, edge)| item.ordinal == *edge);
        row
    }

    fn record(&self, chain: &[Item]) -> Record {
        let Some(&item) = chain.last() else { return Record::default() };
        let Some(holder) = self.object(item) else { return Record::default() };
        let [_, shallow, retained] = object_values(&self.heap, holder);
        let steps = if self.is_ignored(item) { None } else { self.distance(item).shown() };
        Record::of_object(&self.heap, item, holder, vec![steps.map(i64::from), shallow, retained])
    }

    fn heap(&self, _side: Side) -> &Arc<Heap> {
        &self.heap
    }

    fn object(&self, item: Item) -> Option<NodeOrdinal> {
        object_of(&self.heap, item)
    }

    /// The path opens as long as its holders are not next to a root, as in DevTools.
    fn opens_first(&self, chain: &[Item]) -> bool {
        let Some(item) = chain.last() else { return false };
        chain.len() < LONGEST_PATH && self.distance(*item).shown().is_some_and(|steps| steps > 1)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::RetainersOf;
    use crate::analysis::ignored_retainers;
    use crate::analysis::testing::{heap_of, object, rooted};
    use crate::format::{EdgeKind, NodeKind};
    use crate::graph::NodeOrdinal;
    use crate::rows::{Filter, Row, TableModel as _, Tree};
    use crate::util::Progress;

    /// `global ─ near ─▶ Near ─▶ Cart ◀─ Cache ◀─ far ─ global`, and a holder that nothing reaches.
    #[test]
    fn what_is_ignored_goes_last_and_the_path_leads_around_it() {
        let mut snapshot = rooted();
        let global = object(&mut snapshot, "global", 8);
        let [near, far, cache, cart, nobody] =
            ["Near", "Far", "Cache", "Cart", "Nobody"].map(|name| snapshot.node(NodeKind::OBJECT, name, 8));
        for (from, name, to) in [
            (global, "near", near),
            (global, "far", far),
            (near, "cart", cart),
            (far, "cache", cache),
            (cache, "cart", cart),
            (nobody, "cart", cart),
        ] {
            snapshot.edge(from, EdgeKind::PROPERTY, name, to);
        }
        let heap = Arc::new(heap_of(&snapshot));
        let rows = |ignored: &[u32]| -> Vec<String> {
            let progress = Progress::new();
            let nodes: Vec<_> = ignored.iter().copied().map(NodeOrdinal).collect();
            let ignored =
                (!nodes.is_empty()).then(|| Arc::new(ignored_retainers(&heap, &nodes, &progress).unwrap()));
            let source = RetainersOf::ignoring(heap.clone(), NodeOrdinal(cart), ignored, &progress).unwrap();
            let tree = Tree::build(Arc::new(source), None, Filter::default(), &progress).unwrap();
            let text = |row: Row| {
                let pale = if row.pale { " (pale)" } else { "" };
                format!("{} {} {}{pale}", ">".repeat(row.depth as usize), row.name_text(), row.cells[0].text)
            };
            (0..tree.row_count()).map(|index| text(tree.row(index)).trim_start().to_owned()).collect()
        };
        assert_eq!(
            rows(&[]),
            [
                "cart in Near @5 2",
                "> near in global @3 1",
                "cart in Cache @9 3",
                "cart in Nobody @13 \u{2212} (pale)"
            ]
        );
        assert_eq!(
            rows(&[near]),
            [
                "cart in Cache @9 3",
                "> cache in Far @7 2",
                ">> far in global @3 1",
                "cart in Nobody @13 \u{2212} (pale)",
                "cart in Near @5 ignored (pale)"
            ]
        );
        assert_eq!(
            rows(&[far, near]),
            [
                "cart in Nobody @13 \u{2212} (pale)",
                "cart in Near @5 ignored (pale)",
                "cart in Cache @9 \u{2212} (pale)"
            ]
        );
    }
}
