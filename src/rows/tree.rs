//! A table in use: a [`Source`], what is open, the order, the filter, the selection.
//!
//! The slow steps are functions that a job calls on a copy ([`Tree::build`],
//! [`Tree::rearranged`], [`Tree::collect_children`]); the quick ones change the tree in place.

use std::collections::HashSet;
use std::sync::Arc;

use super::{
    Branch, ColumnSpec, Expander, Filter, Found, Item, Items, Path, Record, Row, Side, Sort, Source,
    TableModel, TextKind, words,
};
use crate::graph::NodeOrdinal;
use crate::util::{Cancelled, Progress};

/// A table of rows that can be opened. Copies share the rows.
#[derive(Clone)]
pub struct Tree {
    source: Arc<dyn Source>,
    sort: Sort,
    found: Arc<Found>,
    root: Branch,
    /// Rows that were asked to open, until their children are there.
    pending: HashSet<Path>,
    cursor: Option<Path>,
    /// The other end of the selection; the cursor itself when one row is selected.
    anchor: Option<Path>,
}

impl Tree {
    /// Collects and orders the top rows, and opens those that open by themselves.
    pub fn build(
        source: Arc<dyn Source>,
        sort: Option<Sort>,
        filter: Filter,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let sort = sort.unwrap_or_else(|| source.default_sort());
        let found = Arc::new(source.find(filter, progress)?);
        let root = Branch::new(source.roots(sort, &found, progress)?);
        let mut tree =
            Self { source, sort, found, root, pending: HashSet::new(), cursor: None, anchor: None };
        tree.open_first_rows(progress)?;
        Ok(tree)
    }

    fn open_first_rows(&mut self, progress: &Progress) -> Result<(), Cancelled> {
        let mut path: Path = vec![0];
        loop {
            let chain = self.root.chain(&path);
            if chain.len() < path.len() || !self.source.opens_first(&chain) || !self.source.can_open(&chain) {
                return Ok(());
            }
            let items = self.source.children(&chain, self.sort, &self.found, progress)?;
            self.root.open(&path, Branch::new(items));
            path.push(0);
        }
    }

    /// The same table under another order or filter: what was open and selected
    /// stays so, as far as it still is shown.
    pub fn rearranged(&self, sort: Sort, filter: Filter, progress: &Progress) -> Result<Self, Cancelled> {
        let found = match self.found.filter() {
            same if *same == filter => self.found.clone(),
            _ => Arc::new(self.source.find(filter, progress)?),
        };
        let root_items = self.source.roots(sort, &found, progress)?;
        let root = self.reopened(&self.root, root_items, &mut Vec::new(), (sort, &found), progress)?;
        let moved = |path: &Option<Path>| {
            let path = path.as_ref()?;
            let mut branch = &root;
            let mut new_path = Path::new();
            for item in self.root.chain(path) {
                let position = branch.items().position(item)?;
                new_path.push(position);
                match branch.at(&[position]) {
                    Some(inside) => branch = inside,
                    None => break,
                }
            }
            (new_path.len() == path.len()).then_some(new_path)
        };
        let (cursor, anchor) = (moved(&self.cursor), moved(&self.anchor));
        Ok(Self { source: self.source.clone(), sort, found, pending: HashSet::new(), cursor, anchor, root })
    }

    /// `items` as a branch, with those open that are open in `old`. Depth is what a user opened by hand.
    fn reopened(
        &self,
        old: &Branch,
        items: Items,
        chain: &mut Vec<Item>,
        (sort, found): (Sort, &Found),
        progress: &Progress,
    ) -> Result<Branch, Cancelled> {
        let mut branch = Branch::new(items);
        for (old_position, inside) in old.open_children() {
            progress.check()?;
            let Some(item) = old.items().get(old_position) else { continue };
            let Some(position) = branch.items().position(item) else { continue };
            chain.push(item);
            let children = self.source.children(chain, sort, found, progress)?;
            let child = self.reopened(inside, children, chain, (sort, found), progress)?;
            chain.pop();
            branch.open(&[position], child);
        }
        Ok(branch)
    }

    /// The children of a row, for [`Self::open_with`]; for jobs.
    pub fn collect_children(&self, path: &[u64], progress: &Progress) -> Result<Items, Cancelled> {
        self.source.children(&self.root.chain(path), self.sort, &self.found, progress)
    }

    /// Marks a row as being opened.
    pub fn mark_pending(&mut self, path: Path) {
        self.pending.insert(path);
    }

    /// Opens a row with its children.
    pub fn open_with(&mut self, path: &[u64], items: Items) {
        self.pending.remove(path);
        self.root.open(path, Branch::new(items));
    }

    /// Closes a row. A selection inside moves to the row itself.
    pub fn close(&mut self, path: &[u64]) {
        self.pending.remove(path);
        self.root.close(path);
        for end in [&mut self.cursor, &mut self.anchor] {
            if end.as_ref().is_some_and(|end| end.len() > path.len() && end.starts_with(path)) {
                *end = Some(path.to_vec());
            }
        }
    }

    /// Selects the row at an index; with `extend` all rows from the anchor to it.
    pub fn select(&mut self, index: u64, extend: bool) {
        if index >= self.root.shown() {
            return;
        }
        let path = self.root.path_of(index);
        if !extend || self.anchor.is_none() {
            self.anchor = Some(path.clone());
        }
        self.cursor = Some(path);
    }

    /// Nothing selected.
    pub fn select_none(&mut self) {
        self.cursor = None;
        self.anchor = None;
    }

    /// The path of the row at an index.
    pub fn path(&self, index: u64) -> Option<Path> {
        (index < self.root.shown()).then(|| self.root.path_of(index))
    }

    /// The object that the row at an index is about, and the snapshot it lies in.
    pub fn object(&self, index: u64) -> Option<(Side, NodeOrdinal)> {
        let item = self.item(index)?;
        Some((item.side, self.source.object(item)?))
    }

    /// What the row at an index stands for.
    pub fn item(&self, index: u64) -> Option<Item> {
        self.root.item(&self.path(index)?)
    }

    /// The rows of the top level.
    pub fn top_items(&self) -> impl Iterator<Item = Item> + '_ {
        (0..self.root.items().len()).map_while(|position| self.root.items().get(position))
    }

    /// Whether the row at a path is open.
    pub fn is_open(&self, path: &[u64]) -> bool {
        self.root.at(path).is_some()
    }

    /// Whether the row at a path can be opened.
    pub fn can_open(&self, path: &[u64]) -> bool {
        self.source.can_open(&self.root.chain(path))
    }

    /// The filter.
    pub fn filter(&self) -> &Filter {
        self.found.filter()
    }

    /// What the filter has left.
    pub fn found(&self) -> &Arc<Found> {
        &self.found
    }

    /// What the table is about.
    pub fn source(&self) -> &Arc<dyn Source> {
        &self.source
    }

    /// The row at an index as plain values, and its depth.
    pub fn record(&self, index: u64) -> Option<(Record, u32)> {
        let path = self.path(index)?;
        Some((self.source.record(&self.root.chain(&path)), path.len() as u32 - 1))
    }

    fn row_at(&self, path: &[u64]) -> Row {
        let chain = self.root.chain(path);
        let mut row = self.source.row(&chain);
        row.depth = path.len().saturating_sub(1) as u32;
        if let Some(hits) = chain.last().and_then(|item| self.found.hits_in(*item)) {
            row.name.push(words::span(TextKind::Dim, words::hits(hits)));
        }
        row.expander = if self.is_open(path) {
            Expander::Open
        } else if self.pending.contains(path) {
            Expander::Pending
        } else if self.source.can_open(&chain) {
            Expander::Closed
        } else {
            Expander::None
        };
        row
    }
}

impl TableModel for Tree {
    fn columns(&self) -> &[ColumnSpec] {
        self.source.columns()
    }

    fn sort(&self) -> Sort {
        self.sort
    }

    fn row_count(&self) -> u64 {
        self.root.shown()
    }

    fn row(&self, index: u64) -> Row {
        self.path(index).map(|path| self.row_at(&path)).unwrap_or_default()
    }

    fn parent(&self, index: u64) -> Option<u64> {
        let path = self.path(index)?;
        self.root.index_of(&path[..path.len() - 1]) // paths have one position at least
    }

    fn cursor(&self) -> Option<u64> {
        self.root.index_of(self.cursor.as_ref()?)
    }

    fn selection(&self) -> Option<(u64, u64)> {
        let cursor = self.cursor()?;
        let anchor = self.anchor.as_ref().and_then(|path| self.root.index_of(path)).unwrap_or(cursor);
        Some((cursor.min(anchor), cursor.max(anchor)))
    }
}
