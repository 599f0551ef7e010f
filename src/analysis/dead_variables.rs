//! Captured variables that stay alive although no function can read them any more.
//!
//! A context keeps all variables of a scope that any closure captured. When the closures that
//! read one of them are gone, and none can be made any more, its value is held for nothing.
//! The newest V8 writes down which scope uses which variable; this is DevTools' analysis of it.

use std::borrow::Cow;
use std::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};

use super::internal_edges::internal_target;
use super::live_functions::LiveFunctions;
use super::name_sets::{NameSet, find_names};
use super::noted_values::NotedValues;
use super::scope_scan::{ScopeScan, scan};
use super::scope_tree::ScopeTree;
use super::{Heap, display_name, text};
use crate::format;
use crate::graph::{EdgeKind, Graph, NodeOrdinal, StringIndex};
use crate::util::{Cancelled, Phase, Progress};

/// What the analysis finds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeadVariables {
    /// Scopes with dead variables; the one with the context that holds most in vain comes first.
    pub scopes: Vec<DeadScope>,
    /// Scripts of which the file has contexts, but no scopes; by node.
    pub scripts_without_scopes: Vec<ScriptWithoutScopes>,
}

/// A script that the scope tables do not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptWithoutScopes {
    /// Its node.
    pub script: NodeOrdinal,
    /// Its file or address; may be empty.
    pub name: String,
    /// Number of contexts of its scopes.
    pub contexts: u64,
}

/// A scope with contexts that hold dead variables.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadScope {
    /// The node that describes it.
    pub scope_info: NodeOrdinal,
    /// The node of its script.
    pub script: NodeOrdinal,
    /// The script's file or address; may be empty.
    pub script_name: String,
    /// The name of the function, if the scope is one.
    pub function_name: Option<String>,
    /// Where it begins in the script, in UTF-16 units.
    pub start: f64,
    /// Where it ends.
    pub end: f64,
    /// Number of variables that its contexts hold.
    pub variables: usize,
    /// What holds most in vain comes first.
    pub contexts: Vec<DeadContext>,
}

/// A context that holds dead variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadContext {
    /// Its node.
    pub context: NodeOrdinal,
    /// Sum of what the values of its dead variables retain, in bytes.
    pub dead_size: u64,
    /// The dead variables; what retains most comes first.
    pub variables: Vec<DeadVariable>,
}

/// A variable that no function can read any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadVariable {
    /// Its name.
    pub name: StringIndex,
    /// Its value.
    pub value: NodeOrdinal,
}

/// Looks for dead variables in all contexts. Finds nothing in files without scope tables.
/// Fails where these tables are broken, or when it is cancelled.
pub fn dead_variables(heap: &Heap, progress: &Progress) -> format::Result<DeadVariables> {
    progress.phase(Phase::Contexts, || {
        let graph = &heap.graph;
        let tables = graph.scope_tables(progress)?;
        let tree = ScopeTree::new(tables, progress)?;
        let scan = scan(heap, &tree, progress)?;
        Ok(Search::new(heap, &tree, scan, progress)?.run()?)
    })
}

struct Search<'a> {
    heap: &'a Heap,
    tree: &'a ScopeTree,
    progress: &'a Progress,
    values: NotedValues,
    live: LiveFunctions,
    /// By scope: the number of the live function that it is the code of.
    function_of: Vec<Option<u32>>,
    /// Contexts by their scope's description, and in file order.
    contexts: Vec<(NodeOrdinal, NodeOrdinal)>,
    script_of: ScriptFinder<'a>,
    names: Names,
}

/// Names of V8's fields.
struct Names {
    scope_id: NameSet,
    start_position: NameSet,
    end_position: NameSet,
    function_name: NameSet,
    source_url: NameSet,
}

impl<'a> Search<'a> {
    fn new(
        heap: &'a Heap,
        tree: &'a ScopeTree,
        scan: ScopeScan,
        progress: &'a Progress,
    ) -> Result<Self, Cancelled> {
        let ScopeScan { mut contexts, context_nodes, closures, scripts_of_scopes, values } = scan;
        let graph = &heap.graph;
        let live = LiveFunctions::new(graph, &context_nodes, closures, progress)?;
        let function_of = (0..tree.len() as u32).map(|scope| live.find(tree.key(scope))).collect();
        contexts.sort_by_key(|&(scope_info, _)| scope_info);
        let [scope_id, start_position, end_position, function_name, source_url, outer] = find_names(
            graph,
            ["scope_id", "start_position", "end_position", "function_name", "source_url", "outer_scope_info"],
        );
        let names = Names { scope_id, start_position, end_position, function_name, source_url };
        let script_of = ScriptFinder { graph, outer, known: scripts_of_scopes };
        Ok(Self { heap, tree, progress, values, live, function_of, contexts, script_of, names })
    }

    fn run(mut self) -> Result<DeadVariables, Cancelled> {
        let mut found = DeadVariables::default();
        let mut without: FxHashMap<NodeOrdinal, u64> = FxHashMap::default();
        let contexts = std::mem::take(&mut self.contexts);
        for of_scope in contexts.chunk_by(|a, b| a.0 == b.0) {
            self.progress.check()?;
            let Some(&(scope_info, _)) = of_scope.first() else { continue };
            let Some(id) = self.int(scope_info, &self.names.scope_id) else { continue };
            let Some(script) = self.script_of.script(scope_info) else { continue };
            if !self.tree.knows(script) {
                *without.entry(script).or_default() += of_scope.len() as u64;
                continue;
            }
            let scope = table_id(id).and_then(|id| self.tree.find(script, id));
            if let Some(scope) = scope {
                found.scopes.extend(self.scope(scope, scope_info, script, of_scope)?);
            }
        }
        // Each scope has a context: those without are left out. Nodes are in one scope only.
        found.scopes.sort_by_cached_key(|scope| scope.contexts.first().map(|context| self.rank(context)));
        found.scripts_without_scopes = without
            .into_iter()
            .map(|(script, contexts)| ScriptWithoutScopes {
                script,
                name: self.script_name(script),
                contexts,
            })
            .collect();
        found.scripts_without_scopes.sort_by_key(|script| script.script);
        Ok(found)
    }

    /// What holds most in vain comes first, then what retains most, then what stands first in the file.
    fn rank(&self, context: &DeadContext) -> (Reverse<u64>, Reverse<u64>, NodeOrdinal) {
        let retained = self.heap.retained.of(context.context);
        (Reverse(context.dead_size), Reverse(retained), context.context)
    }

    /// The dead variables of all contexts of a scope.
    fn scope(
        &self,
        scope: u32,
        scope_info: NodeOrdinal,
        script: NodeOrdinal,
        contexts: &[(NodeOrdinal, NodeOrdinal)],
    ) -> Result<Option<DeadScope>, Cancelled> {
        let graph = &self.heap.graph;
        // All contexts of a scope hold the same variables: the first one says which.
        let Some(&(_, first)) = contexts.first() else { return Ok(None) };
        let fields = self.fields(scope, first, contexts.len())?;
        let mut dead_contexts = Vec::new();
        for (count, &(_, context)) in contexts.iter().enumerate() {
            if count.is_multiple_of(1 << 8) {
                self.progress.check()?;
            }
            let mut variables: Vec<DeadVariable> = values(graph, context)
                .zip(&fields)
                .filter_map(|((_, value), field)| {
                    let field = field.as_ref()?;
                    (!field.readers.reach(&self.live, context))
                        .then_some(DeadVariable { name: field.name, value })
                })
                .collect();
            if variables.is_empty() {
                continue;
            }
            let retained = |variable: &DeadVariable| self.heap.retained.of(variable.value);
            let dead_size = variables.iter().map(retained).fold(0, u64::saturating_add);
            variables.sort_by_key(|variable| Reverse(retained(variable)));
            dead_contexts.push(DeadContext { context, dead_size, variables });
        }
        if dead_contexts.is_empty() {
            return Ok(None);
        }
        dead_contexts.sort_by_cached_key(|context| self.rank(context));
        let position = |name: &NameSet| self.int(scope_info, name).unwrap_or(0.0);
        let function_name = internal_target(graph, scope_info, &self.names.function_name);
        Ok(Some(DeadScope {
            scope_info,
            script,
            script_name: self.script_name(script),
            function_name: function_name.map(|name| display_name(self.heap, name)),
            start: position(&self.names.start_position),
            end: position(&self.names.end_position),
            variables: fields.len(),
            contexts: dead_contexts,
        }))
    }

    /// The variables that the contexts of a scope hold, in their order; `None` for those that
    /// the scope tables do not know.
    fn fields(
        &self,
        scope: u32,
        context: NodeOrdinal,
        contexts: usize,
    ) -> Result<Vec<Option<Field<'_>>>, Cancelled> {
        let strings = self.heap.graph.strings();
        let name_text = |name: u32| text::text(strings, StringIndex(name));
        let mut variables: FxHashMap<Cow<'_, [u8]>, u32> = FxHashMap::default();
        for variable in self.tree.variables(scope) {
            variables.entry(name_text(self.tree.name(variable))).or_insert(variable);
        }
        let mut fields = Vec::new();
        for (name, _) in values(&self.heap.graph, context) {
            self.progress.check()?;
            let variable = variables.get(&name_text(name)).copied();
            let readers = |variable| self.readers(variable, contexts);
            fields
                .push(variable.map(|variable| Field { name: StringIndex(name), readers: readers(variable) }));
        }
        Ok(fields)
    }

    /// The live functions that read a variable, or could make one that does: the scopes
    /// that use it, and those around them.
    fn readers(&self, variable: u32, contexts: usize) -> Readers<'_> {
        let mut seen = FxHashSet::default();
        let mut functions = Vec::new();
        for &user in self.tree.uses(variable) {
            let mut scope = Some(user);
            while let Some(here) = scope.filter(|&here| seen.insert(here)) {
                functions.extend(self.function_of[here as usize]); // one entry a scope
                scope = self.tree.parent(here);
            }
        }
        functions.sort_unstable();
        functions.dedup(); // scopes may share an id
        let places: Vec<&[u32]> = functions.iter().map(|&function| self.live.places(function)).collect();
        let closures: usize = places.iter().map(|places| places.len()).sum();
        // Many contexts and many functions: one list is searched faster than a list each.
        if places.len() > 1 && contexts.saturating_mul(places.len()) > closures {
            let mut all = places.concat();
            all.sort_unstable();
            return Readers::Joined(all);
        }
        Readers::Each(places)
    }

    fn int(&self, node: NodeOrdinal, name: &NameSet) -> Option<f64> {
        self.values.int(internal_target(&self.heap.graph, node, name)?)
    }

    /// `system / Script / NAME`, or else what its field `source_url` says.
    fn script_name(&self, script: NodeOrdinal) -> String {
        let graph = &self.heap.graph;
        let raw = graph.name_text(script);
        match raw.strip_prefix("system / Script / ") {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => internal_target(graph, script, &self.names.source_url)
                .map(|name| display_name(self.heap, name))
                .unwrap_or_default(),
        }
    }
}

/// A variable of the contexts under examination.
struct Field<'a> {
    name: StringIndex,
    readers: Readers<'a>,
}

/// The closures that could read a variable, as places in [`LiveFunctions`].
enum Readers<'a> {
    /// A list for each function.
    Each(Vec<&'a [u32]>),
    /// One list.
    Joined(Vec<u32>),
}

impl Readers<'_> {
    fn reach(&self, live: &LiveFunctions, context: NodeOrdinal) -> bool {
        match self {
            Self::Each(lists) => lists.iter().any(|places| live.any_reaches(places, context)),
            Self::Joined(places) => live.any_reaches(places, context),
        }
    }
}

/// Names and values of the variables in a context, in file order.
fn values(graph: &Graph, context: NodeOrdinal) -> impl Iterator<Item = (u32, NodeOrdinal)> + '_ {
    let edges = graph.edge_rows(context);
    let rows = edges.kinds.iter().zip(edges.names).zip(edges.to);
    rows.filter(|((kind, _), _)| EdgeKind(**kind) == EdgeKind::CONTEXT)
        .map(|((_, &name), &value)| (name, NodeOrdinal(value)))
}

/// An id as the scope tables may have it.
pub(super) fn table_id(id: f64) -> Option<u32> {
    (0.0..=f64::from(u32::MAX)).contains(&id).then_some(id as u32) // whole, as it was parsed
}

/// Finds the script of a scope: noted for it, or for one around it.
struct ScriptFinder<'a> {
    graph: &'a Graph,
    outer: NameSet,
    /// By description of a scope; `None` when it has been looked for in vain.
    known: FxHashMap<NodeOrdinal, Option<NodeOrdinal>>,
}

impl ScriptFinder<'_> {
    fn script(&mut self, scope_info: NodeOrdinal) -> Option<NodeOrdinal> {
        let mut visited = Vec::new();
        let mut next = Some(scope_info);
        let script = loop {
            let Some(here) = next else { break None };
            match self.known.get(&here) {
                Some(&script) => break script,
                None => self.known.insert(here, None), // also when the way leads back here
            };
            visited.push(here);
            next = internal_target(self.graph, here, &self.outer);
        };
        for here in visited {
            self.known.insert(here, script);
        }
        script
    }
}
