//! Names of scripts by V8's numbers of them, gathered from the objects that lead to them.

use rustc_hash::FxHashMap;

use super::name_sets::{NameSet, find_names};
use crate::graph::{EdgeKind, Graph, NodeKind, NodeOrdinal, TraceTable};
use crate::util::{Cancelled, Progress};

/// What is known of a snapshot's scripts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScriptNames {
    names: FxHashMap<u32, String>,
}

impl ScriptNames {
    /// The name of a script: a path or an address, as the program gave it.
    pub fn get(&self, script_id: u32) -> Option<&str> {
        self.names.get(&script_id).map(String::as_str)
    }

    /// Number of scripts with a name.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether no script has a name.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Takes the names of scripts from a recording of allocations, where the heap knows none.
    pub fn add_traces(&mut self, graph: &Graph, table: &TraceTable) {
        for function in &table.functions {
            let name = graph.text(crate::graph::StringIndex(function.script_name));
            if function.script_id != 0 && !name.is_empty() {
                self.names.entry(function.script_id).or_insert_with(|| name.into_owned());
            }
        }
    }
}

/// Raw names of V8's own structures begin so; scripts are told apart from them by what follows.
const SYSTEM: &str = "system / ";
const SCRIPT: &str = "system / Script";

/// Reads the names of all scripts that some function of the heap comes from: a closure with a
/// location leads to its shared function info, and that to its script.
///
/// V8 gives a script's node the script's name; the newest one with `system / Script / ` before it.
pub fn script_names(graph: &Graph, progress: &Progress) -> Result<ScriptNames, Cancelled> {
    const CHECK_EVERY: usize = 1 << 12;
    let [shared, script, script_or_debug_info, source_url] =
        find_names(graph, ["shared", "script", "script_or_debug_info", "source_url"]);
    let mut found = ScriptNames::default();
    for (row, location) in graph.locations().iter().enumerate() {
        if row % CHECK_EVERY == 0 {
            progress.check()?;
        }
        let node = NodeOrdinal(location.node);
        if graph.kind(node) != NodeKind::CLOSURE || found.names.contains_key(&location.script_id) {
            continue;
        }
        let Some(shared) = leads_to(graph, node, &shared) else { continue };
        let mut holder = leads_to(graph, shared, &script);
        if holder.is_none() {
            // While a function is debugged, what knows its script stands in between.
            holder = leads_to(graph, shared, &script_or_debug_info);
            holder = holder.map(|holder| leads_to(graph, holder, &script).unwrap_or(holder));
        }
        if let Some(name) = holder.and_then(|holder| name_of(graph, holder, &source_url)) {
            found.names.insert(location.script_id, name);
        }
    }
    Ok(found)
}

/// The name of a script's node.
fn name_of(graph: &Graph, script: NodeOrdinal, source_url: &NameSet) -> Option<String> {
    let raw = graph.name_text(script);
    let name = match raw.strip_prefix(SCRIPT) {
        Some("") => {
            let url = leads_to(graph, script, source_url).filter(|&url| graph.kind(url) == NodeKind::STRING);
            return url.map(|url| graph.name_text(url).into_owned()).filter(|name| !name.is_empty());
        }
        Some(rest) => rest.strip_prefix(" / ")?,
        None if raw.starts_with(SYSTEM) || graph.kind(script) != NodeKind::CODE => return None,
        None => &raw,
    };
    (!name.is_empty()).then(|| name.to_owned())
}

/// Where a node's first internal edge of a name leads.
fn leads_to(graph: &Graph, node: NodeOrdinal, name: &NameSet) -> Option<NodeOrdinal> {
    let edges = graph.edge_rows(node);
    let mut rows = edges.kinds.iter().zip(edges.names).zip(edges.to);
    let is_it = |kind: u8, other| EdgeKind(kind) == EdgeKind::INTERNAL && name.contains(other);
    rows.find(|&((&kind, &other), _)| is_it(kind, other)).map(|(_, &to)| NodeOrdinal(to))
}

#[cfg(test)]
mod tests {
    use super::script_names;
    use crate::analysis::testing::{heap_of, rooted};
    use crate::format::{EdgeKind, NodeKind};
    use crate::util::Progress;

    #[test]
    fn scripts_are_named_by_the_functions_that_come_from_them() {
        let mut snapshot = rooted();
        let mut function = |script_id, edge: &str, script: &str| {
            let closure = snapshot.node(NodeKind::CLOSURE, "total", 8);
            let shared = snapshot.node(NodeKind::CODE, "total", 8);
            let script = snapshot.node(NodeKind::CODE, script, 8);
            snapshot.edge(0, EdgeKind::ELEMENT, closure, closure);
            snapshot.edge(closure, EdgeKind::INTERNAL, "shared", shared);
            snapshot.edge(shared, EdgeKind::INTERNAL, edge, script);
            snapshot.location(closure, script_id, 4, 2);
            script
        };
        function(7, "script_or_debug_info", "/app/cart.js");
        function(8, "script", "system / Script / https://shop.example/app.js");
        function(9, "script", "system / ScriptContextTable");
        function(10, "scripts", "/app/other.js");
        let plain = function(11, "script", "system / Script");
        let debugged = function(12, "script_or_debug_info", "system / DebugInfo");
        let url = snapshot.node(NodeKind::STRING, "evaluated.js", 8);
        snapshot.edge(plain, EdgeKind::INTERNAL, "source_url", url);
        let script = snapshot.node(NodeKind::CODE, "/app/debugged.js", 8);
        snapshot.edge(debugged, EdgeKind::INTERNAL, "script", script);

        let names = script_names(&heap_of(&snapshot).graph, &Progress::new()).unwrap();
        let found: Vec<_> = (7..=12).map(|script| names.get(script)).collect();
        assert_eq!(
            found,
            [
                Some("/app/cart.js"),
                Some("https://shop.example/app.js"),
                None,
                None,
                Some("evaluated.js"),
                Some("/app/debugged.js")
            ]
        );
        assert_eq!(names.len(), 4);
    }
}
