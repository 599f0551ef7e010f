//! One table of the window: its rows, and the work that is under way for it.

use crate::jobs::Handle;
use crate::rows::{Filter, Path, Sort, TableModel as _, Tree};

/// A table. While a job rearranges it, the rows as they were stay in view.
#[derive(Default)]
pub struct Table {
    /// The rows; none before the first job has delivered.
    pub tree: Option<Tree>,
    /// The heading of what is shown, such as an object's name.
    pub title: String,
    /// What is typed in the filter box (the rows follow when a job has filtered them).
    pub filter_text: String,
    /// The job that builds or rearranges the rows.
    pub(super) building: Option<Handle>,
    /// Jobs that collect children, by the row they are for.
    pub(super) opening: Vec<(Path, Handle)>,
    /// Counts rebuilds: what a job delivers for an older state is dropped.
    pub(super) generation: u64,
    /// The order that was asked for last.
    pub(super) wanted_sort: Option<Sort>,
}

impl Table {
    /// Whether a job is building or rearranging the rows.
    pub fn is_busy(&self) -> bool {
        self.building.is_some()
    }

    /// How far that job is, if there is one.
    pub fn progress(&self) -> Option<&crate::util::Progress> {
        self.building.as_ref().map(Handle::progress)
    }

    /// The order that the rows have or will have.
    pub(super) fn sort(&self) -> Option<Sort> {
        self.wanted_sort.or_else(|| self.tree.as_ref().map(Tree::sort))
    }

    /// The filter that the rows will have.
    pub(super) fn filter(&self) -> Filter {
        Filter::new(&self.filter_text)
    }

    /// Takes the rows out, to be [put back](Self::put_back) as they are. Jobs for them are cancelled; what is
    /// wanted of their order and their filter stays.
    pub(super) fn take(&mut self) -> Self {
        let empty = Self { generation: self.generation + 1, ..Self::default() };
        let mut taken = std::mem::replace(self, empty);
        taken.building = None;
        taken.close_pending();
        taken
    }

    /// Shows rows again that were taken out.
    pub(super) fn put_back(&mut self, taken: Self) {
        // What jobs deliver for the rows in between must not be taken for something that is awaited.
        let generation = self.generation.max(taken.generation) + 1;
        *self = Self { generation, ..taken };
    }

    /// Gives up the work for other rows: those in view stay, with the filter and the order that they have.
    pub(super) fn stop(&mut self) {
        let Some(tree) = &self.tree else { return };
        if self.building.take().is_none() {
            return;
        }
        tree.filter().text().clone_into(&mut self.filter_text);
        self.generation += 1;
        self.wanted_sort = None;
        self.close_pending();
    }

    /// Gives up the work for rows that were asked to open.
    fn close_pending(&mut self) {
        for (row, _) in self.opening.drain(..) {
            if let Some(tree) = &mut self.tree {
                tree.close(&row);
            }
        }
    }

    /// Whether the rows are not in the order, or not under the filter, that was asked for.
    pub(super) fn is_outdated(&self) -> bool {
        let filters_alike = |tree: &Tree| *tree.filter() == self.filter();
        self.tree.as_ref().is_some_and(|tree| self.wanted_sort.is_some() || !filters_alike(tree))
    }

    /// Empties the table for something else to be shown; the work for it is cancelled.
    pub(super) fn restart(&mut self, title: String) {
        let generation = self.generation + 1;
        *self = Self { title, generation, ..Self::default() };
    }
}
