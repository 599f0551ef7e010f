//! One file per question: a pure function from the graph (and other analyses) to
//! a result. Same inputs, same result, whatever the number of threads.
//!
//! [`Heap::analyse`] runs them in the order they need each other. What they
//! compute is what Chrome DevTools' heap snapshot worker computes.

mod aggregates;
mod classes;
mod comparability;
mod detachedness;
mod diff;
mod distances;
mod dominators;
mod essential;
mod flags;
mod heap;
mod id_join;
mod interfaces;
mod name_ranks;
mod name_sets;
mod names;
mod native_contexts;
mod order;
mod page_objects;
mod retained_sizes;
mod roots;
mod ropes;
mod shallow_sizes;
mod sweep;
#[cfg(test)]
mod testing;
mod text;
mod weak_maps;

pub use aggregates::{Aggregate, Aggregates, aggregates_where};
pub use classes::{Class, ClassId, Classes, classes};
pub use comparability::{Comparability, comparability};
pub use detachedness::{Detachedness, detachedness};
pub use diff::{ClassDiff, Diff, diff};
pub use distances::{Distance, Distances, distances};
pub use dominators::{Dominators, dominators};
pub use flags::{Flags, flags};
pub use heap::Heap;
pub use interfaces::{Interface, Interfaces, interfaces};
pub use names::{EdgeNameText, display_name, edge_name, preview};
pub use native_contexts::{NativeContexts, native_contexts};
pub use order::{Direction, EdgeEnd, EdgeKey, NodeKey, sort_edges, sort_nodes};
pub use page_objects::{PageObjects, page_objects};
pub use retained_sizes::{RetainedSizes, retained_sizes};
pub use ropes::{Ropes, ropes};
pub use shallow_sizes::{ShallowSizes, SizeRule, shallow_sizes};
pub use weak_maps::{WeakMapEntry, WeakMaps, weak_maps};
