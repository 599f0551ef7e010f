//! What V8's own structures say about scopes: one pass over the heap.

use rustc_hash::FxHashMap;

use super::Heap;
use super::dead_variables::table_id;
use super::internal_edges::internal_target;
use super::live_functions::LiveClosure;
use super::name_sets::{NameSet, find_names, find_rows, nodes_named};
use super::node_filters::context_objects;
use super::noted_values::NotedValues;
use super::scope_tree::ScopeTree;
use crate::graph::{Graph, NodeKind, NodeOrdinal};
use crate::util::{BitSet, Cancelled, Progress, RankedSet};

/// Scripts, contexts, closures.
pub(super) struct ScopeScan {
    /// The description of its scope, and the context, in file order.
    pub contexts: Vec<(NodeOrdinal, NodeOrdinal)>,
    /// All contexts.
    pub context_nodes: BitSet,
    /// Closures of scripts that the scope tables know.
    pub closures: Vec<LiveClosure>,
    /// Script by description of a scope.
    pub scripts_of_scopes: FxHashMap<NodeOrdinal, Option<NodeOrdinal>>,
    /// Ids and positions.
    pub values: NotedValues,
}

/// Names of V8's fields.
struct Names {
    scope_info: NameSet,
    shared: NameSet,
    context: NameSet,
    script: NameSet,
    scope_id: NameSet,
    name_or_scope_info: NameSet,
}

/// Looks at all nodes once: scripts, then contexts, then closures, then descriptions of
/// functions, whichever a node is first.
pub(super) fn scan(heap: &Heap, tree: &ScopeTree, progress: &Progress) -> Result<ScopeScan, Cancelled> {
    let graph = &heap.graph;
    let [scope_info, shared, context, script, scope_id, name_or_scope_info] =
        find_names(graph, ["scope_info", "shared", "context", "script", "scope_id", "name_or_scope_info"]);
    let names = Names { scope_info, shared, context, script, scope_id, name_or_scope_info };
    let named = |name: &'static str| {
        nodes_named(heap, &find_rows(graph, |text| text.starts_with(name.as_bytes())), progress)
    };
    let script_nodes = named("system / Script")?;
    let functions = named("system / SharedFunctionInfo")?;
    let context_nodes = context_objects(heap, progress)?;
    let scope_infos = nodes_named(heap, &find_rows(graph, |text| text == b"system / ScopeInfo"), progress)?;
    let values = NotedValues::read(heap, progress)?;

    let mut scan = ScopeScan {
        contexts: Vec::new(),
        context_nodes: BitSet::default(),
        closures: Vec::new(),
        scripts_of_scopes: FxHashMap::default(),
        values,
    };
    let mut closures = Vec::new(); // with what they share
    for node in graph.node_ordinals() {
        if node.0.is_multiple_of(1 << 14) {
            progress.check()?;
        }
        if script_nodes.contains(node.0) {
            continue;
        }
        if context_nodes.contains(node.0) {
            let scope_info = internal_target(graph, node, &names.scope_info);
            scan.contexts.extend(scope_info.map(|scope_info| (scope_info, node)));
        } else if graph.kind(node) == NodeKind::CLOSURE {
            let shared = internal_target(graph, node, &names.shared);
            let context = internal_target(graph, node, &names.context);
            closures.extend(shared.zip(context));
        } else if functions.contains(node.0) {
            let scope = internal_target(graph, node, &names.name_or_scope_info);
            let script = internal_target(graph, node, &names.script);
            let Some((scope, script)) = scope.zip(script) else { continue };
            if scope_infos.contains(scope.0) && script_nodes.contains(script.0) {
                scan.scripts_of_scopes.insert(scope, Some(script));
            }
        }
    }
    scan.closures = live_closures(graph, tree, &names, &scan.values, &closures, progress)?;
    scan.context_nodes = context_nodes;
    Ok(scan)
}

/// Looks at what closures share once each, as a million closures may share it.
fn live_closures(
    graph: &Graph,
    tree: &ScopeTree,
    names: &Names,
    values: &NotedValues,
    closures: &[(NodeOrdinal, NodeOrdinal)],
    progress: &Progress,
) -> Result<Vec<LiveClosure>, Cancelled> {
    let shared = closures.iter().map(|(shared, _)| shared.0);
    let shared = RankedSet::new(graph.node_count() as usize, shared);
    let mut functions = Vec::with_capacity(shared.len());
    for node in shared.iter().map(NodeOrdinal) {
        if functions.len().is_multiple_of(1 << 12) {
            progress.check()?;
        }
        let script = internal_target(graph, node, &names.script).filter(|&script| tree.knows(script));
        let id = internal_target(graph, node, &names.scope_id).and_then(|id| values.int(id));
        functions.push(script.zip(id.and_then(table_id)).map(|(script, id)| (script.0, id)));
    }
    let live = closures.iter().filter_map(|&(node, context)| {
        let function = functions[shared.rank(node.0)?]?; // one entry a member
        Some(LiveClosure { function, context })
    });
    Ok(live.collect())
}
