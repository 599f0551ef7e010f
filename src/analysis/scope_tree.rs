//! The scopes of scripts as a tree: which captured variables each declares, who uses these.

use crate::graph::{NodeOrdinal, ScopeRow, ScopeTables};
use crate::util::{Cancelled, Progress};

/// All scopes of a snapshot; a scope is known by its row.
#[derive(Debug, Default)]
pub(super) struct ScopeTree {
    rows: Vec<ScopeRow>,
    /// The row of the scope around each; [`ScopeTree::NONE`] at the top.
    parents: Vec<u32>,
    /// Captured variables of scope `s` are `first_variable[s]..first_variable[s + 1]`.
    first_variable: Vec<u32>,
    /// Names of captured variables, as string indices.
    names: Vec<u32>,
    /// Uses of variable `v` are `first_use[v]..first_use[v + 1]`.
    first_use: Vec<u32>,
    /// Rows of the scopes that use a variable.
    uses: Vec<u32>,
    /// Script and id of each scope, and its row; sorted.
    by_id: Vec<(u32, u32, u32)>,
}

const STEP: usize = 1 << 12;

impl ScopeTree {
    const NONE: u32 = u32::MAX;

    /// Ties the tables together.
    ///
    /// A scope lies in the last one before it, of the same script, that is one less deep. Of
    /// several scopes with one id the last one counts. Uses of unknown variables are left out.
    pub(super) fn new(tables: ScopeTables, progress: &Progress) -> Result<Self, Cancelled> {
        let ScopeTables { scopes: rows, variables: names, uses: used } = tables;
        let mut tree = Self { rows, names, ..Self::default() };
        tree.parents = tree.find_parents(progress)?;
        tree.first_variable = starts(tree.rows.iter().map(|row| row.variables), tree.names.len());
        let keys = tree.rows.iter().zip(0..).map(|(scope, row)| (scope.script, scope.id, row));
        tree.by_id = keys.collect();
        tree.by_id.sort_unstable();
        progress.check()?;

        let first_used = starts(tree.rows.iter().map(|row| row.uses), used.len());
        let mut pairs = Vec::with_capacity(used.len());
        for (row, scope) in tree.rows.iter().enumerate() {
            if row.is_multiple_of(STEP) {
                progress.check()?;
            }
            let Some(user) = tree.find(NodeOrdinal(scope.script), scope.id) else { continue };
            for used in &used[first_used[row] as usize..first_used[row + 1] as usize] {
                let declaring = tree.find(NodeOrdinal(scope.script), used.scope);
                let variables = declaring.map(|declaring| tree.variables(declaring)).unwrap_or_default();
                pairs.extend(variables.clone().nth(used.slot as usize).map(|variable| (variable, user)));
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        tree.first_use = vec![0; tree.names.len() + 1];
        for &(variable, _) in &pairs {
            tree.first_use[variable as usize + 1] += 1;
        }
        for variable in 0..tree.names.len() {
            tree.first_use[variable + 1] += tree.first_use[variable];
        }
        tree.uses = pairs.into_iter().map(|(_, user)| user).collect();
        Ok(tree)
    }

    fn find_parents(&self, progress: &Progress) -> Result<Vec<u32>, Cancelled> {
        let mut around: Vec<u32> = Vec::new(); // rows, each one deeper than the one before
        let mut parents = Vec::with_capacity(self.rows.len());
        for (row, scope) in self.rows.iter().enumerate() {
            if row.is_multiple_of(STEP) {
                progress.check()?;
            }
            let is_around = |last: &u32| {
                let last = &self.rows[*last as usize]; // rows before this one
                last.script == scope.script && last.depth < scope.depth
            };
            while around.pop_if(|last| !is_around(last)).is_some() {}
            let parent = around.last().copied();
            let is_next = |last: &u32| self.rows[*last as usize].depth + 1 == scope.depth;
            parents.push(parent.filter(is_next).unwrap_or(Self::NONE));
            around.push(row as u32);
        }
        Ok(parents)
    }

    /// Number of scopes.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the tables know anything about a script.
    pub(super) fn knows(&self, script: NodeOrdinal) -> bool {
        let at = self.by_id.partition_point(|&(other, _, _)| other < script.0);
        self.by_id.get(at).is_some_and(|&(other, _, _)| other == script.0)
    }

    /// The scope of a script that has an id.
    pub(super) fn find(&self, script: NodeOrdinal, id: u32) -> Option<u32> {
        let behind = self.by_id.partition_point(|&(other, other_id, _)| (other, other_id) <= (script.0, id));
        let &(other, other_id, row) = self.by_id.get(behind.checked_sub(1)?)?;
        ((other, other_id) == (script.0, id)).then_some(row)
    }

    /// Script and id of a scope. Panics when there is no such row.
    pub(super) fn key(&self, scope: u32) -> (u32, u32) {
        let row = &self.rows[scope as usize];
        (row.script, row.id)
    }

    /// The scope around a scope.
    pub(super) fn parent(&self, scope: u32) -> Option<u32> {
        Some(self.parents[scope as usize]).filter(|&parent| parent != Self::NONE)
    }

    /// The captured variables that a scope declares.
    pub(super) fn variables(&self, scope: u32) -> std::ops::Range<u32> {
        self.first_variable[scope as usize]..self.first_variable[scope as usize + 1]
    }

    /// The name of a variable, as a string index.
    pub(super) fn name(&self, variable: u32) -> u32 {
        self.names[variable as usize]
    }

    /// The scopes that use a variable, each once.
    pub(super) fn uses(&self, variable: u32) -> &[u32] {
        let variable = variable as usize;
        &self.uses[self.first_use[variable] as usize..self.first_use[variable + 1] as usize]
    }
}

/// Where the part of each of several owners begins, when they take `counts` of a list of
/// `len` one after the other. What the list does not have, nobody gets.
fn starts(counts: impl Iterator<Item = u32>, len: usize) -> Vec<u32> {
    let mut next = 0;
    let ends = counts.map(|count| {
        next = len.min(next + count as usize);
        next as u32 // tables of more rows are not read
    });
    std::iter::once(0).chain(ends).collect()
}

#[cfg(test)]
mod tests {
    use super::ScopeTree;
    use crate::graph::{NodeOrdinal, ScopeRow, ScopeTables, VariableUse};
    use crate::util::Progress;

    #[test]
    fn scopes_lie_in_each_other_and_use_each_others_variables() {
        let scope = |script, id, depth, variables, uses| ScopeRow { script, id, depth, variables, uses };
        let scopes = vec![
            scope(7, 1, 0, 2, 0), // 0
            scope(7, 5, 1, 1, 1), // 1: uses the second variable of 0
            scope(7, 6, 2, 0, 2), // 2: uses that of 1, and one that is not there
            scope(7, 8, 1, 0, 2), // 3: uses both of 0
            scope(9, 5, 1, 1, 0), // 4: in another script, in nothing
            scope(9, 5, 0, 5, 9), // 5: the same id again, and more than there is
        ];
        let uses = [(1, 1), (5, 0), (5, 1), (1, 0), (1, 1), (5, 1), (4, 0)];
        let uses = uses.map(|(scope, slot)| VariableUse { scope, slot }).to_vec();
        let tables = ScopeTables { scopes, variables: vec![10, 11, 12, 13, 14, 15], uses };
        let tree = ScopeTree::new(tables, &Progress::new()).unwrap();
        let parents: Vec<_> = (0..6).map(|row| tree.parent(row)).collect();
        assert_eq!(parents, [None, Some(0), Some(1), Some(0), None, None]);
        assert_eq!((tree.variables(1), tree.variables(5), tree.name(2)), (2..3, 4..6, 12));
        assert_eq!([0, 1, 2, 3, 5].map(|variable| tree.uses(variable)), [&[3][..], &[1, 3], &[2], &[], &[5]]);
        let find = |script, id| tree.find(NodeOrdinal(script), id);
        assert_eq!((find(7, 5), find(9, 5), find(7, 2), find(8, 5)), (Some(1), Some(5), None, None));
        assert!(tree.knows(NodeOrdinal(9)) && !tree.knows(NodeOrdinal(8)));
    }
}
