//! What a filter leaves of a table: classes by their names, and by the texts of their objects.

use rayon::prelude::*;

use super::{Filter, Item, ItemKind, Items, Side};
use crate::analysis::{Heap, Pattern, search, search_steps};
use crate::graph::{NodeId, NodeOrdinal};
use crate::util::{BitSet, Cancelled, Phase, Progress};

/// Why a class passes a filter, if it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassHit {
    /// It does not.
    None,
    /// By its name: all its objects are shown.
    Name,
    /// By the texts of so many of its objects: only these are shown.
    Objects(u64),
}

/// The result of a search. Made once for each filter; orders and opened rows share it.
#[derive(Debug, Default)]
pub struct Found {
    filter: Filter,
    /// Of each class of the table's list. Empty: nothing was looked for, all pass.
    classes: Vec<ClassHit>,
    /// Objects whose text passes.
    objects: TextHits,
    /// The same in the base of a comparison.
    base_objects: TextHits,
}

/// How much a filter leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FoundTotals {
    /// Classes that pass by their name.
    pub by_name: u64,
    /// Classes that pass by texts of objects.
    pub by_objects: u64,
    /// Objects whose text passes, in classes whose name does not.
    pub objects: u64,
}

impl From<Filter> for Found {
    /// For tables whose rows are looked at one by one.
    fn from(filter: Filter) -> Self {
        Self { filter, ..Self::default() }
    }
}

impl Found {
    /// In a table of classes: `names` in the order of its list, `objects` those whose text
    /// passes in its snapshot and in its base, `count` how many of them a class has.
    pub(super) fn new<'a>(
        filter: Filter,
        names: impl IndexedParallelIterator<Item = &'a str>,
        objects: TextHits,
        base_objects: TextHits,
        count: impl Fn(usize, &TextHits, &TextHits) -> u64 + Sync,
    ) -> Self {
        let hit = |(row, name): (usize, &str)| {
            if filter.matches(name) {
                return ClassHit::Name;
            }
            match count(row, &objects, &base_objects) {
                0 => ClassHit::None,
                hits => ClassHit::Objects(hits),
            }
        };
        let classes = names.enumerate().map(hit).collect();
        Self { filter, classes, objects, base_objects }
    }

    /// What was looked for.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Whether a class passes, by its place in the table's list.
    pub fn class(&self, row: u32) -> ClassHit {
        self.classes.get(row as usize).copied().unwrap_or(ClassHit::Name)
    }

    /// Classes in a table's order: those that pass by their name before those that pass by
    /// objects, so that a word for a class leads to that class first.
    pub(super) fn classes(&self, rows: Vec<u32>) -> Items {
        let (by_name, others): (Vec<u32>, Vec<u32>) =
            rows.into_iter().partition(|&row| self.class(row) == ClassHit::Name);
        let mut items = Items::new(ItemKind::Class, Side::Target, by_name);
        items.push(ItemKind::Class, Side::Target, others);
        items
    }

    /// Those objects of a class that are shown in it.
    pub(super) fn of_class(&self, class: Item, side: Side, objects: Vec<NodeOrdinal>) -> Vec<NodeOrdinal> {
        match self.class(class.ordinal) {
            ClassHit::Name => objects,
            ClassHit::None | ClassHit::Objects(_) => {
                let hits = if side == Side::Base { &self.base_objects } else { &self.objects };
                objects.into_iter().filter(|&node| hits.contains(node)).collect()
            }
        }
    }

    /// How many objects of a row's class have passed, where that is why the class is shown.
    pub fn hits_in(&self, item: Item) -> Option<u64> {
        match self.class(item.ordinal) {
            ClassHit::Objects(hits) if item.kind == ItemKind::Class => Some(hits),
            _ => None,
        }
    }

    /// How much passes in all; none without a search among classes.
    pub fn totals(&self) -> Option<FoundTotals> {
        if self.classes.is_empty() || self.filter.is_empty() {
            return None;
        }
        let mut totals = FoundTotals::default();
        for class in &self.classes {
            match class {
                ClassHit::None => {}
                ClassHit::Name => totals.by_name += 1,
                ClassHit::Objects(hits) => {
                    totals.by_objects += 1;
                    totals.objects += hits;
                }
            }
        }
        Some(totals)
    }
}

/// The objects of a snapshot whose displayed text (or id) a filter is about.
#[derive(Debug, Default)]
pub struct TextHits {
    nodes: Option<BitSet>,
}

impl TextHits {
    /// Sets for the progress how much there is to look through: [`Self::of`] counts towards it.
    pub fn expect(filter: &Filter, heaps: &[&Heap], progress: &Progress) {
        if filter.id().is_none() && filter.is_about_texts() {
            progress.expect(heaps.iter().map(|heap| search_steps(heap)).sum());
        }
    }

    /// Looks through a snapshot.
    pub fn of(heap: &Heap, filter: &Filter, progress: &Progress) -> Result<Self, Cancelled> {
        let nodes = match filter.id() {
            Some(id) => heap.graph.find_id(NodeId(id)).into_iter().collect(),
            None if filter.is_about_texts() => {
                let words = Pattern::text(filter.words(), false);
                progress.phase(Phase::Filtering, || search(heap, &words, None, progress))?
            }
            None => return Ok(Self::default()),
        };
        let mut hits = BitSet::new(heap.graph.node_count() as usize);
        for node in nodes {
            hits.insert(node.0);
        }
        Ok(Self { nodes: Some(hits) })
    }

    /// Whether nothing was looked for.
    fn is_empty(&self) -> bool {
        self.nodes.is_none()
    }

    /// Whether an object is among them.
    pub fn contains(&self, node: NodeOrdinal) -> bool {
        self.nodes.as_ref().is_some_and(|nodes| nodes.contains(node.0))
    }

    /// How many of some objects are among them.
    pub fn count(&self, nodes: impl Iterator<Item = NodeOrdinal>) -> u64 {
        if self.is_empty() { 0 } else { nodes.filter(|&node| self.contains(node)).count() as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, TextHits};
    use crate::analysis::{Heap, SizeRule};
    use crate::format::builder::SnapshotBuilder;
    use crate::format::{EdgeKind, NodeKind, Source, read};
    use crate::graph::{Graph, NodeOrdinal};
    use crate::util::Progress;

    #[test]
    fn texts_are_found_as_they_are_shown() {
        let mut heap = SnapshotBuilder::new();
        let root = heap.node(NodeKind::SYNTHETIC, "", 0);
        let first = heap.node(NodeKind::STRING, "order \"17", 16);
        let second = heap.node(NodeKind::STRING, "00\" of Ärzte", 16);
        let rope = heap.node(NodeKind::CONS_STRING, "(concatenated string)", 32);
        let plain = heap.node(NodeKind::OBJECT, "Object", 24);
        for node in [rope, plain] {
            heap.edge(root, EdgeKind::ELEMENT, node, node);
        }
        heap.edge(rope, EdgeKind::INTERNAL, "first", first);
        heap.edge(rope, EdgeKind::INTERNAL, "second", second);
        heap.edge(plain, EdgeKind::PROPERTY, "orderNumber", first);
        let source = Source::from_bytes(heap.to_json().into_bytes());
        let graph = Graph::new(read(source, &Progress::new()).unwrap());
        let heap = Heap::analyse(graph, SizeRule::Exact, &Progress::new()).unwrap();
        let found = |text: &str| -> Vec<u32> {
            let hits = TextHits::of(&heap, &Filter::new(text), &Progress::new()).unwrap();
            (0..heap.graph.node_count()).filter(|&node| hits.contains(NodeOrdinal(node))).collect()
        };
        assert_eq!(found("1700"), [rope], "over the border of its pieces");
        assert_eq!(found("\"17"), [first, rope], "escapes count as what they stand for");
        assert_eq!(found("ORDER"), [first, rope, plain]);
        assert_eq!(found("ärzte"), [second, rope]);
        assert_eq!(found("concatenated"), [0; 0], "the raw name is not shown");
        assert_eq!(found("o"), [0; 0], "too short");
        assert_eq!(found(&format!("@{}", heap.graph.id(NodeOrdinal(plain)).0)), [plain]);
    }
}
