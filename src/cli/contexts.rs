//! `contexts`: captured variables that no function can read any more, and what contexts hold.

use std::path::Path;

use serde_json::{Value as Json, json};

use super::Error;
use super::answer::{check_unchanged, write_json};
use super::args::{Format, Output};
use super::listing::{Value, write_listing};
use super::opening::open_at;
use crate::analysis::{
    DeadContext, DeadScope, DeadVariable, DeadVariables, Heap, SizeRule, dead_variables, display_name,
    retained_by_contexts,
};
use crate::util::Progress;

/// Prints all dead variables, those of the context that holds most in vain first.
pub(super) fn run(file: &Path, output: Output, progress: &Progress) -> Result<bool, Error> {
    let heap = open_at(file, SizeRule::Exact, progress)?;
    let found = dead_variables(&heap, progress)
        .map_err(|error| Error::Told(format!("{}: {error}", file.display())))?;
    if output.format == Format::Json {
        write_json(&report(&heap, &found, progress)?)?;
        check_unchanged(file, &heap)?;
        return Ok(output.timings);
    }
    for script in &found.scripts_without_scopes {
        let (name, id) = (&script.name, heap.graph.id(script.script));
        eprintln!(
            "note: the file says nothing of the scopes of script {name:?} {id} ({} contexts)",
            script.contexts
        );
    }
    let names = [
        "variable",
        "value",
        "value_id",
        "retained_size",
        "context_id",
        "context_dead_size",
        "function",
        "script",
        "start",
        "end",
    ];
    write_listing(output.format, &names, rows(&heap, &found), progress)?;
    check_unchanged(file, &heap)?;
    Ok(output.timings)
}

/// One for each dead variable.
fn rows<'a>(heap: &'a Heap, found: &'a DeadVariables) -> impl Iterator<Item = Vec<Value>> + 'a {
    let of_scope = |scope: &'a DeadScope| scope.contexts.iter().map(move |context| (scope, context));
    let of_context = |(scope, context): (&'a DeadScope, &'a DeadContext)| {
        context.variables.iter().map(move |variable| (scope, context, variable))
    };
    found.scopes.iter().flat_map(of_scope).flat_map(of_context).map(|(scope, context, variable)| {
        vec![
            Value::Text(heap.graph.text(variable.name).into_owned()),
            Value::Text(display_name(heap, variable.value)),
            Value::Id(heap.graph.id(variable.value).0),
            Value::Bytes(heap.retained.of(variable.value)),
            Value::Id(heap.graph.id(context.context).0),
            Value::Bytes(context.dead_size),
            scope.function_name.clone().map_or(Value::None, Value::Text),
            Value::Text(scope.script_name.clone()),
            Value::Decimal(scope.start),
            Value::Decimal(scope.end),
        ]
    })
}

fn report(heap: &Heap, found: &DeadVariables, progress: &Progress) -> Result<Json, Error> {
    let held = retained_by_contexts(heap, progress)?;
    let script = |script: &crate::analysis::ScriptWithoutScopes| json!({ "id": heap.graph.id(script.script).0, "name": script.name, "context_count": script.contexts });
    Ok(json!({
        "scopes": found.scopes.iter().map(|scope| scope_report(heap, scope)).collect::<Vec<_>>(),
        "scripts_without_scopes": found.scripts_without_scopes.iter().map(script).collect::<Vec<_>>(),
        "retained_by_contexts": {
            "context_count": held.contexts,
            "retained_count": held.retained_count,
            "retained_size": held.retained_size,
            "other_count": held.other_count,
            "other_size": held.other_size,
            "total_size": held.retained_size.saturating_add(held.other_size),
        },
    }))
}

fn scope_report(heap: &Heap, scope: &DeadScope) -> Json {
    let id = |node| heap.graph.id(node).0;
    let variable = |variable: &DeadVariable| {
        let value = variable.value;
        json!({
            "name": heap.graph.text(variable.name),
            "value_id": id(value),
            "value": display_name(heap, value),
            "kind": heap.graph.meta().node_kinds.get(heap.graph.kind(value).0),
            "shallow_size": heap.sizes.of(value),
            "retained_size": heap.retained.of(value),
        })
    };
    let context = |context: &DeadContext| {
        json!({
            "id": id(context.context),
            "retained_size": heap.retained.of(context.context),
            "dead_size": context.dead_size,
            "dead_variables": context.variables.iter().map(variable).collect::<Vec<_>>(),
        })
    };
    json!({
        "scope_info_id": id(scope.scope_info),
        "script_id": id(scope.script),
        "script_name": scope.script_name,
        "function_name": scope.function_name,
        "start": whole(scope.start),
        "end": whole(scope.end),
        "variable_count": scope.variables,
        "contexts": scope.contexts.iter().map(context).collect::<Vec<_>>(),
    })
}

/// A position as a whole number, where it is one that JSON can have so.
fn whole(position: f64) -> Json {
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    if position.abs() < LIMIT { json!(position as i64) } else { json!(position) }
}
