//! One file per question: a pure function from the graph (and other analyses) to
//! a result. Same inputs, same result, whatever the number of threads.
//!
//! [`Heap::analyse`] runs them in the order they need each other. What they
//! compute is what Chrome DevTools' heap snapshot worker computes.

mod aggregates;
mod allocations;
mod analyse;
mod classes;
mod comparability;
mod dead_variables;
mod detachedness;
mod diff;
mod distances;
mod dominator_tree;
mod dominator_walk;
mod dominators;
mod duplicate_strings;
mod equal_texts;
mod essential;
mod event_handlers;
mod first_look;
mod flags;
mod heap;
mod heap_change;
mod heap_store;
mod id_join;
mod ignored_retainers;
mod interfaces;
mod internal_edges;
mod js_regex;
mod letter_case;
mod live_functions;
mod name_order;
mod name_ranks;
mod name_sets;
mod names;
mod native_contexts;
mod node_filters;
mod noted_values;
mod order;
mod page_objects;
mod pattern;
mod query;
mod reached;
mod retained_sizes;
mod retaining_paths;
mod roots;
mod ropes;
mod row_automaton;
mod scope_scan;
mod scope_tree;
mod scripts;
mod search;
mod shallow_sizes;
mod statistics;
mod sweep;
#[cfg(test)]
pub(crate) mod testing;
mod text;
mod text_ranks;
mod timeline;
mod weak_maps;

pub use aggregates::{Aggregate, Aggregates, aggregates_where};
pub use allocations::{AllocationProfile, AllocationRow, allocation_profile};
pub use analyse::Tell;
pub use classes::{Class, ClassId, Classes, classes};
pub use comparability::{Comparability, comparability};
pub use dead_variables::{
    DeadContext, DeadScope, DeadVariable, DeadVariables, ScriptWithoutScopes, dead_variables,
};
pub use detachedness::{Detachedness, detachedness};
pub use diff::{ClassDiff, Diff, diff};
pub use distances::{Distance, Distances, distances};
pub use dominator_tree::{dominated_by, dominator_chain};
pub use dominators::{Dominators, dominators};
pub use duplicate_strings::{CutText, DuplicateStrings, Sameness, StringGroup, duplicate_strings};
pub use first_look::{FirstClass, FirstLook};
pub use flags::{Flags, flags};
pub use heap::Heap;
pub use heap_change::HeapChange;
pub use ignored_retainers::{IgnoredRetainers, ignored_retainers, retainer_distance};
pub use interfaces::{Interface, Interfaces, interfaces};
pub use names::{EdgeNameText, display_name, edge_name, preview};
pub use native_contexts::{NativeContextSizes, NativeContexts, native_context_sizes, native_contexts};
pub use node_filters::{
    NodeFilter, RetainedByContexts, filtered_aggregates, filtered_nodes, retained_by_contexts,
};
pub use order::{Direction, EdgeEnd, EdgeKey, NodeKey, sort_edges, sort_nodes, sort_retainers};
pub use page_objects::{PageObjects, page_objects};
pub use pattern::{BadPattern, Pattern};
pub use query::{Query, QueryOrder, query_objects};
pub use retained_sizes::{RetainedSizes, retained_sizes};
pub use retaining_paths::{LimitsReached, PathLimits, PathStep, RetainingPaths, retaining_paths};
pub use ropes::{Ropes, ropes};
pub use scripts::{ScriptNames, script_names};
pub use search::{search, search_steps, texts_with};
pub use shallow_sizes::{ShallowSizes, SizeRule, shallow_sizes};
pub use statistics::{Statistics, statistics};
pub use timeline::{IdRange, Timeline, timeline};
pub use weak_maps::{WeakMapEntry, WeakMaps, weak_maps};
