//! A heap in a file and back: what an index holds.

use std::io;
use std::sync::OnceLock;

use super::heap::Later;
use super::name_order::NameOrder;
use super::{
    Aggregates, Classes, Detachedness, Distances, Dominators, Flags, Heap, Interfaces, RetainedSizes, Ropes,
    ShallowSizes, WeakMaps,
};
use crate::format::Source;
use crate::graph::{Graph, Retainers};
use crate::util::{Loader, Stored, Storer};

impl Heap {
    /// Stores everything, so that [`Self::load`] needs no analysis; the texts only with
    /// `embed_texts`, else they stay in the snapshot's file.
    pub fn store(&self, out: &mut Storer, embed_texts: bool) -> io::Result<()> {
        self.graph.store(out, embed_texts)?;
        self.detachedness.store(out)?;
        self.weak_maps.store(out)?;
        self.sizes.store(out)?;
        self.distances.store(out)?;
        self.dominators.store(out)?;
        self.retained.store(out)?;
        self.interfaces.store(out)?;
        self.classes.store(out)?;
        self.aggregates.store(out)?;
        self.retainers().store(out)?;
        self.flags().store(out)?;
        self.ropes().store(out)?;
        self.later.name_order.store(out)
    }

    /// What [`Self::store`] wrote. `text` is the snapshot's text; `None` where the texts were
    /// stored along. `index` is the file that `from` reads. What is loaded from a file that cannot be trusted must be
    /// [sound](Self::is_sound) before it is used.
    pub fn load(from: &mut Loader, text: Option<Source>, index: Source) -> Option<Self> {
        Some(Self {
            graph: Graph::load(from, text)?,
            detachedness: Stored::load(from)?,
            weak_maps: Stored::load(from)?,
            sizes: Stored::load(from)?,
            distances: Stored::load(from)?,
            dominators: Stored::load(from)?,
            retained: Stored::load(from)?,
            interfaces: Stored::load(from)?,
            classes: Stored::load(from)?,
            aggregates: Stored::load(from)?,
            later: Later {
                retainers: OnceLock::from(Retainers::load(from)?),
                flags: OnceLock::from(Flags::load(from)?),
                ropes: OnceLock::from(Ropes::load(from)?),
                name_order: Stored::load(from)?,
                ..Later::default()
            },
            index: Some(index),
        })
    }

    /// What [`Self::store`] writes, in the words of [`Stored::shape`].
    pub fn shape() -> String {
        let mut shape = String::new();
        Graph::shape(&mut shape);
        Detachedness::shape(&mut shape);
        WeakMaps::shape(&mut shape);
        ShallowSizes::shape(&mut shape);
        Distances::shape(&mut shape);
        Dominators::shape(&mut shape);
        RetainedSizes::shape(&mut shape);
        Interfaces::shape(&mut shape);
        Classes::shape(&mut shape);
        Aggregates::shape(&mut shape);
        Retainers::shape(&mut shape);
        Flags::shape(&mut shape);
        Ropes::shape(&mut shape);
        OnceLock::<NameOrder>::shape(&mut shape);
        shape
    }

    /// Whether every number that others are looked up by is in its bounds, and the dominators
    /// are a tree: with that, nothing that is asked of a heap can go wrong, whatever else its
    /// numbers say. What was loaded from a file may be anything.
    pub fn is_sound(&self) -> bool {
        if !self.graph.is_sound() {
            return false;
        }
        let (nodes, edges) = (self.graph.node_count() as usize, self.graph.edge_count() as usize);
        let tables = || {
            self.detachedness.state.len() == nodes
                && self.flags().bits.len() == nodes
                && self.distances.steps.len() == nodes
                && self.sizes.is_sound(nodes)
                && self.retained.bytes.is_sound(nodes)
                && self.weak_maps.is_sound()
                && self.ropes().is_sound(nodes)
                && self.classes.is_sound(nodes)
                && self.aggregates.is_sound(self.classes.list.len(), nodes)
                && self.retainers().is_sound(nodes, edges)
                && self.name_order().is_none_or(|order| order.is_sound(nodes))
        };
        let (tables, dominators) = rayon::join(tables, || self.dominators.is_sound(nodes));
        tables && dominators
    }
}
