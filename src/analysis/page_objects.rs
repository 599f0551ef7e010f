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
    for entry in page_entries(graph) {
        page.insert(entry);
    }
    spread(graph, page.clone(), &mut page, progress)?;
    Ok(PageObjects(page))
}

/// The same, where a walk from the entries has most of them already: `known` belongs to the page,
/// and of all that strong edges from there lead to, only `rest` may be missing.
pub(super) fn complete(
    graph: &Graph,
    known: BitSet,
    rest: impl IntoIterator<Item = u32>,
    progress: &Progress,
) -> Result<PageObjects, Cancelled> {
    let mut page = known;
    let mut new = BitSet::new(graph.node_count() as usize);
    for node in rest {
        if page.insert(node) {
            new.insert(node);
        }
    }
    spread(graph, new, &mut page, progress)?;
    Ok(PageObjects(page))
}

/// Where the page begins: targets of the root, in the order of its edges.
pub(super) fn page_entries(graph: &Graph) -> impl Iterator<Item = u32> {
    let edges = graph.edge_rows(ROOT);
    let is_entry = |&(&kind, &to): &(&u8, &u32)| match EdgeKind(kind) {
        EdgeKind::SHORTCUT => true,
        EdgeKind::ELEMENT => is_document_dom_trees(graph, NodeOrdinal(to)),
        _ => false,
    };
    edges.kinds.iter().zip(edges.to).filter(is_entry).map(|(_, &to)| to)
}

/// Adds to the page what strong edges from `start`, a part of it, lead to.
fn spread(graph: &Graph, start: BitSet, page: &mut BitSet, progress: &Progress) -> Result<(), Cancelled> {
    sweep(start, progress, |node, pending| {
        let edges = graph.edge_rows(NodeOrdinal(node));
        for (&kind, &to) in edges.kinds.iter().zip(edges.to) {
            if EdgeKind(kind) != EdgeKind::WEAK && page.insert(to) {
                pending.push(to);
            }
        }
    })
}
