//! Which nodes belong to the page: what its own roots reach, other than by weak edges.

use super::roots::is_document_dom_trees;
use super::sweep::sweep;
use crate::graph::{EdgeKind, Graph, NodeOrdinal, ROOT};
use crate::util::{BitSet, Cancelled, Progress};

/// The nodes of the page (in Node.js, of the program): debuggers and extensions stand outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageObjects(BitSet);

impl PageObjects {
    /// Whether a node is one.
    #[inline]
    pub fn contains(&self, node: u32) -> bool {
        self.0.contains(node)
    }
}

/// Finds what the root's shortcuts and its DOM trees reach over strong edges.
pub fn page_objects(graph: &Graph, progress: &Progress) -> Result<PageObjects, Cancelled> {
    let mut page = BitSet::new(graph.node_count() as usize);
    let edges = graph.edge_rows(ROOT);
    for (&kind, &to) in edges.kinds.iter().zip(edges.to) {
        let is_entry = match EdgeKind(kind) {
            EdgeKind::SHORTCUT => true,
            EdgeKind::ELEMENT => is_document_dom_trees(graph, NodeOrdinal(to)),
            _ => false,
        };
        if is_entry {
            page.insert(to);
        }
    }
    sweep(page.clone(), progress, |node, pending| {
        let edges = graph.edge_rows(NodeOrdinal(node));
        for (&kind, &to) in edges.kinds.iter().zip(edges.to) {
            if EdgeKind(kind) != EdgeKind::WEAK && page.insert(to) {
                pending.push(to);
            }
        }
    })?;
    Ok(PageObjects(page))
}
