//! A tree of which only the opened parts exist: rows by index, at any size.

use std::collections::BTreeMap;

use super::{Item, Items};

/// Positions of a row and of the rows it lies in, outermost first.
pub type Path = Vec<u64>;

/// The children of one row (or of the whole table), and those of them that are open.
#[derive(Clone, Debug, Default)]
pub struct Branch {
    items: Items,
    /// Open children by position.
    open: BTreeMap<u64, Branch>,
    /// Rows shown in all: the children, and what is shown inside them.
    shown: u64,
}

impl Branch {
    /// All children closed.
    pub fn new(items: Items) -> Self {
        let shown = items.len();
        Self { items, open: BTreeMap::new(), shown }
    }

    /// The children.
    pub fn items(&self) -> &Items {
        &self.items
    }

    /// The open children by position.
    pub fn open_children(&self) -> impl Iterator<Item = (u64, &Branch)> {
        self.open.iter().map(|(&position, branch)| (position, branch))
    }

    /// Number of rows shown.
    pub fn shown(&self) -> u64 {
        self.shown
    }

    /// The path of the row at an index below [`Self::shown`]. Takes time in
    /// proportion to the open rows on the way, not to the rows.
    pub fn path_of(&self, mut index: u64) -> Path {
        let mut path = Path::new();
        let mut branch = self;
        'descend: loop {
            let mut inside = 0; // rows shown inside children before the position looked for
            for (&position, child) in &branch.open {
                let row = position + inside;
                if index <= row {
                    break;
                }
                if index <= row + child.shown {
                    path.push(position);
                    index -= row + 1;
                    branch = child;
                    continue 'descend;
                }
                inside += child.shown;
            }
            path.push(index - inside);
            return path;
        }
    }

    /// The index of the row at a path; the inverse of [`Self::path_of`].
    /// `None` when a row on the way is not open, or the path is empty.
    pub fn index_of(&self, path: &[u64]) -> Option<u64> {
        let (&last, parents) = path.split_last()?;
        let mut index = 0;
        let mut branch = self;
        for &position in parents {
            index += branch.row_of_child(position) + 1;
            branch = branch.open.get(&position)?;
        }
        Some(index + branch.row_of_child(last))
    }

    fn row_of_child(&self, position: u64) -> u64 {
        position + self.open.range(..position).map(|(_, child)| child.shown).sum::<u64>()
    }

    /// The branch inside the row at a path; the whole one for the empty path.
    pub fn at(&self, path: &[u64]) -> Option<&Branch> {
        path.iter().try_fold(self, |branch, position| branch.open.get(position))
    }

    /// What the row at a path stands for.
    pub fn item(&self, path: &[u64]) -> Option<Item> {
        let (&last, parents) = path.split_last()?;
        self.at(parents)?.items.get(last)
    }

    /// What the row at a path and those it lies in stand for, outermost first.
    pub fn chain(&self, path: &[u64]) -> Vec<Item> {
        let mut chain = Vec::with_capacity(path.len());
        let mut branch = Some(self);
        for &position in path {
            let Some(here) = branch else { break };
            chain.extend(here.items.get(position));
            branch = here.open.get(&position);
        }
        chain
    }

    /// Opens the row at a path. Does nothing where a row on the way is closed.
    pub fn open(&mut self, path: &[u64], inside: Branch) {
        let Some((&last, parents)) = path.split_last() else { return };
        if self.at(parents).is_none() {
            return;
        }
        let before = self.close(path);
        debug_assert!(before.is_none() || self.at(path).is_none());
        let added = inside.shown;
        self.each_on_the_way(parents, |branch| branch.shown += added);
        if let Some(parent) = self.at_mut(parents) {
            parent.open.insert(last, inside);
        }
    }

    /// Closes the row at a path and returns what was inside.
    pub fn close(&mut self, path: &[u64]) -> Option<Branch> {
        let (last, parents) = path.split_last()?;
        let closed = self.at_mut(parents)?.open.remove(last)?;
        self.each_on_the_way(parents, |branch| branch.shown -= closed.shown);
        Some(closed)
    }

    fn at_mut(&mut self, path: &[u64]) -> Option<&mut Branch> {
        path.iter().try_fold(self, |branch, position| branch.open.get_mut(position))
    }

    /// Visits this branch and those on the way down to the one at `path`, which must be open.
    fn each_on_the_way(&mut self, path: &[u64], mut visit: impl FnMut(&mut Branch)) {
        let mut branch = self;
        visit(branch);
        for position in path {
            let Some(next) = branch.open.get_mut(position) else { return };
            branch = next;
            visit(branch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Branch;
    use crate::rows::{ItemKind, Items, Side};

    fn children(count: u32) -> Branch {
        Branch::new(Items::new(ItemKind::Object, Side::Target, (0..count).collect()))
    }

    #[test]
    fn rows_inside_open_rows_follow_them() {
        let mut tree = children(4);
        tree.open(&[1], children(3));
        tree.open(&[1, 2], children(2));
        tree.open(&[3], children(1));
        assert_eq!(tree.shown(), 4 + 3 + 2 + 1);
        let paths: Vec<_> = (0..tree.shown()).map(|index| tree.path_of(index)).collect();
        let expected: [&[u64]; 10] =
            [&[0], &[1], &[1, 0], &[1, 1], &[1, 2], &[1, 2, 0], &[1, 2, 1], &[2], &[3], &[3, 0]];
        assert_eq!(paths, expected);
        for (index, path) in paths.iter().enumerate() {
            assert_eq!(tree.index_of(path), Some(index as u64));
        }
    }

    #[test]
    fn closing_a_row_hides_all_that_is_inside() {
        let mut tree = children(4);
        tree.open(&[1], children(3));
        tree.open(&[1, 2], children(2));
        assert_eq!(tree.close(&[1]).map(|inside| inside.shown()), Some(5));
        assert_eq!(tree.shown(), 4);
        assert_eq!(tree.index_of(&[1, 0]), None);
    }

    #[test]
    fn opening_again_replaces() {
        let mut tree = children(2);
        tree.open(&[0], children(3));
        tree.open(&[0], children(5));
        assert_eq!(tree.shown(), 7);
    }
}
