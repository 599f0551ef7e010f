//! How nodes are grouped: class names and the keys that compare between snapshots.

use super::{Detachedness, Interfaces};
use crate::graph::{Graph, NodeOrdinal};
use crate::util::{Cancelled, Column, Progress};

/// Row of [`Classes::list`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub u32);

/// A group of nodes under one internal key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// What the constructor column says.
    pub name: String,
    /// DevTools' public key: `scriptId,line,column,name`, or `,name`. Two classes
    /// may share one (a name from the file and the same name made by a rule).
    pub key: String,
}

/// The class of each node.
#[derive(Debug, Default)]
pub struct Classes {
    /// [`ClassId`] by node.
    pub of_node: Column<u32>,
    /// The classes, each used by a node at least, in order of their first node.
    pub list: Vec<Class>,
}

impl Classes {
    /// Class of a node.
    #[inline]
    pub fn of(&self, node: NodeOrdinal) -> ClassId {
        ClassId(self.of_node[node.index()])
    }

    /// The class itself.
    #[inline]
    pub fn get(&self, id: ClassId) -> &Class {
        &self.list[id.0 as usize]
    }

    /// What the constructor column says of a node.
    pub fn name_of(&self, node: NodeOrdinal) -> &str {
        &self.get(self.of(node)).name
    }
}

/// Names the class of each node, plain objects by the given interfaces (those of
/// another snapshot when two are compared).
pub fn classes(
    _graph: &Graph,
    _detachedness: &Detachedness,
    _interfaces: &Interfaces,
    _progress: &Progress,
) -> Result<Classes, Cancelled> {
    todo!()
}
