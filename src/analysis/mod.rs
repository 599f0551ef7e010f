//! One file per question: a pure function from the graph (and other analyses) to
//! a result. Same inputs, same result, whatever the number of threads.
//!
//! [`Heap::analyse`] runs them in the order they need each other. What they
//! compute is what Chrome DevTools' heap snapshot worker computes.

mod aggregates;
mod classes;
mod comparability;
mod dead_variables;
mod detachedness;
mod diff;
mod distances;
mod dominators;
mod duplicate_strings;
mod equal_texts;
mod essential;
mod event_handlers;
mod flags;
mod heap;
mod id_join;
mod interfaces;
mod internal_edges;
mod live_functions;
mod name_ranks;
mod name_sets;
mod names;
mod native_contexts;
mod node_filters;
mod noted_values;
mod order;
mod page_objects;
mod reached;
mod retained_sizes;
mod roots;
mod ropes;
mod scope_scan;
mod scope_tree;
mod shallow_sizes;
mod statistics;
mod sweep;
#[cfg(test)]
mod testing;
mod text;
mod weak_maps;

pub use aggregates::{Aggregate, Aggregates, aggregates_where};
pub use classes::{Class, ClassId, Classes, classes};
pub use comparability::{Comparability, comparability};
pub use dead_variables::{
    DeadContext, DeadScope, DeadVariable, DeadVariables, ScriptWithoutScopes, dead_variables,
};
pub use detachedness::{Detachedness, detachedness};
pub use diff::{ClassDiff, Diff, diff};
pub use distances::{Distance, Distances, distances};
pub use dominators::{Dominators, dominators};
pub use duplicate_strings::{CutText, DuplicateStrings, Sameness, StringGroup, duplicate_strings};
pub use flags::{Flags, flags};
pub use heap::Heap;
pub use interfaces::{Interface, Interfaces, interfaces};
pub use names::{EdgeNameText, display_name, edge_name, preview};
pub use native_contexts::{NativeContextSizes, NativeContexts, native_context_sizes, native_contexts};
pub use node_filters::{
    NodeFilter, RetainedByContexts, filtered_aggregates, filtered_nodes, retained_by_contexts,
};
pub use order::{Direction, EdgeEnd, EdgeKey, NodeKey, sort_edges, sort_nodes};
pub use page_objects::{PageObjects, page_objects};
pub use retained_sizes::{RetainedSizes, retained_sizes};
pub use ropes::{Ropes, ropes};
pub use shallow_sizes::{ShallowSizes, SizeRule, shallow_sizes};
pub use statistics::{Statistics, statistics};
pub use weak_maps::{WeakMapEntry, WeakMaps, weak_maps};
