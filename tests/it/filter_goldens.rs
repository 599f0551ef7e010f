//! Filters, bytes by kind, equal strings, realms and contexts against Chrome DevTools: the answers are
//! `tests/golden/NAME.filters.json.zst`, made by `tests/oracle/filter-answers.mjs`.

use std::path::Path;

use heaplens::analysis::{
    CutText, Heap, NodeFilter, StringGroup, dead_variables, display_name, duplicate_strings,
    filtered_aggregates, native_context_sizes, native_contexts, retained_by_contexts, statistics,
};
use heaplens::graph::{NodeId, NodeOrdinal};
use heaplens::util::Progress;
use heaplens::util::text::utf16_order;
use serde::Deserialize;

use crate::goldens::{Collection, golden, heap};
use crate::lines::{Lines, line};

/// All answers about one snapshot.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answers {
    statistics: Slices,
    /// DevTools' name of the filter, its arguments, the Summary.
    filters: Vec<(String, Vec<u64>, Lines)>,
    strings: Lines,
    realms: Lines,
    dead_variables: Lines,
    scripts_without_scopes: Vec<String>,
    retained_by_contexts: [u64; 5],
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Slices {
    total: u64,
    code: u64,
    strings: u64,
    js_arrays: u64,
    typed_arrays: u64,
    system_objects: u64,
    #[serde(rename = "otherJSObjects")]
    other_js_objects: i64,
    #[serde(rename = "otherNonJSObjects")]
    other_non_js_objects: u64,
}

fn check(name: &str, heap: &Heap, answers: &Answers) {
    let progress = Progress::new();
    let sums = statistics(heap, &progress).unwrap();
    let slices = Slices {
        total: sums.total,
        code: sums.code,
        strings: sums.strings,
        js_arrays: sums.js_arrays,
        typed_arrays: sums.typed_arrays,
        system_objects: sums.system,
        other_js_objects: sums.other_js_objects(),
        other_non_js_objects: sums.other_native(),
    };
    assert_eq!(slices, answers.statistics, "{name}: statistics");
    for (filter, numbers, lines) in &answers.filters {
        lines.check(&format!("{name}: {filter} {numbers:?}"), &summary(heap, filter, numbers));
    }
    answers.strings.check(&format!("{name}: equal strings"), &strings(heap));
    answers.realms.check(&format!("{name}: native contexts"), &realms(heap));
    contexts(name, heap, answers);
}

/// The Summary under a filter, in the order of the lines.
fn summary(heap: &Heap, filter: &str, numbers: &[u64]) -> Vec<String> {
    let filter = match (filter, numbers) {
        ("duplicatedStrings", []) => NodeFilter::DuplicatedStrings,
        ("objectsRetainedByDetachedDomNodes", []) => NodeFilter::RetainedByDetachedNodes,
        ("objectsRetainedByConsole", []) => NodeFilter::RetainedByConsole,
        ("objectsRetainedByEventHandlers", []) => NodeFilter::RetainedByEventHandlers,
        ("objectsRetainedByContexts", []) => NodeFilter::RetainedByContexts,
        ("sharedNativeContext", []) => NodeFilter::SharedNativeContexts,
        ("noNativeContext", []) => NodeFilter::NoNativeContext,
        ("nativeContext", &[id]) => NodeFilter::NativeContext(heap.graph.find_id(NodeId(id)).unwrap()),
        ("ids", &[above, up_to]) => NodeFilter::Ids(NodeId(above), NodeId(up_to)),
        other => panic!("no such filter: {other:?}"),
    };
    let rows = filtered_aggregates(heap, filter, &Progress::new()).unwrap();
    let row = |row: &heaplens::analysis::Aggregate| {
        let class = heap.classes.get(row.class);
        line![class.key, class.name, row.count, row.distance.0, row.shallow_size, row.retained_size]
    };
    let mut lines: Vec<String> = rows.list.iter().map(row).collect();
    lines.sort_by(|a, b| utf16_order(a, b));
    lines
}

fn strings(heap: &Heap) -> Vec<String> {
    let found = duplicate_strings(heap, &Progress::new()).unwrap();
    let number = |number: Option<f64>| number.map_or("undefined".to_owned(), |number| number.to_string());
    let row = |group: &StringGroup| {
        let members: Vec<NodeOrdinal> = found.members(group).collect();
        let ids: Vec<String> = members.iter().map(|&node| heap.graph.id(node).0.to_string()).collect();
        let cut = match group.cut {
            None => "whole".to_owned(),
            Some(CutText { length, hash }) => format!("{} {}", number(length), number(hash)),
        };
        let text = display_name(heap, members[0]);
        line![text, group.count, group.shallow_size, group.retained_size, cut, ids.join(" ")]
    };
    found.groups.iter().map(row).collect()
}

fn realms(heap: &Heap) -> Vec<String> {
    let progress = Progress::new();
    let contexts = native_contexts(&heap.graph, &heap.detachedness, &progress).unwrap();
    let sizes = native_context_sizes(heap, &contexts, &progress).unwrap();
    let realm = |&(node, attributed): &(NodeOrdinal, u64)| {
        let (retained, shallow) = (heap.retained.of(node), heap.sizes.of(node));
        line![heap.graph.id(node).0, display_name(heap, node), attributed, retained, shallow]
    };
    let mut lines: Vec<String> = sizes.contexts.iter().map(realm).collect();
    lines.extend([line!["shared", sizes.shared], line!["none", sizes.none]]);
    lines
}

fn contexts(name: &str, heap: &Heap, answers: &Answers) {
    let found = dead_variables(heap, &Progress::new()).unwrap();
    let id = |node: NodeOrdinal| heap.graph.id(node).0;
    let mut lines = Vec::new();
    for scope in &found.scopes {
        for context in &scope.contexts {
            for variable in &context.variables {
                let value = variable.value;
                lines.push(line![
                    id(scope.scope_info),
                    id(scope.script),
                    scope.script_name,
                    scope.function_name.as_deref().unwrap_or("none"),
                    scope.start,
                    scope.end,
                    scope.variables,
                    id(context.context),
                    heap.retained.of(context.context),
                    context.dead_size,
                    heap.graph.text(variable.name),
                    id(value),
                    display_name(heap, value),
                    heap.graph.meta().node_kinds.get(heap.graph.kind(value).0),
                    heap.sizes.of(value),
                    heap.retained.of(value),
                ]);
            }
        }
    }
    answers.dead_variables.check(&format!("{name}: dead variables"), &lines);
    let scripts: Vec<String> = found
        .scripts_without_scopes
        .iter()
        .map(|script| line![id(script.script), script.name, script.contexts])
        .collect();
    assert_eq!(scripts, answers.scripts_without_scopes, "{name}: scripts without scopes");
    let held = retained_by_contexts(heap, &Progress::new()).unwrap();
    let held = [held.contexts, held.retained_count, held.retained_size, held.other_count, held.other_size];
    assert_eq!(held, answers.retained_by_contexts, "{name}: retained by contexts");
}

/// Compares all snapshots; returns how many lines the answers have by question, so that a
/// test can tell that they are about something.
fn check_each(heaps: &Collection) -> [usize; 4] {
    let mut lines = [0; 4];
    for (name, path) in &heaps.snapshots {
        let answers: Answers = golden(&heaps.answers, &format!("{name}.filters"));
        check(name, &heap(path), &answers);
        let filtered: usize = answers.filters.iter().map(|(_, _, lines)| lines.count).sum();
        let counts = [filtered, answers.strings.count, answers.realms.count, answers.dead_variables.count];
        for (sum, count) in lines.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    lines
}

#[test]
fn filters_of_random_heaps_with_programs_in_them() {
    let [filtered, strings, realms, dead] = check_each(&Collection::committed("adversarial"));
    assert!(filtered > 10_000 && strings > 500 && realms > 100 && dead > 100, "fixtures are missing");
}

#[test]
fn filters_of_snapshots_of_many_writers() {
    let [filtered, strings, _, _] = check_each(&Collection::committed("real"));
    assert!(filtered > 1_000 && strings > 500, "fixtures are missing");
}

#[test]
fn filters_of_the_demo() {
    let folder = tempfile::tempdir().unwrap();
    heaplens::format::unpack_demo(folder.path()).unwrap();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    check_each(&Collection::new(folder.path(), &tests.join("golden")));
}

/// New random heaps, not the committed ones: run by `tests/oracle/check-adversarial.sh`.
#[test]
#[ignore = "needs Node to make heaps and answers; run tests/oracle/check-adversarial.sh"]
fn fresh_random_heaps() {
    let folder =
        std::env::var_os("HEAPLENS_FRESH").expect("HEAPLENS_FRESH names the folder of heaps and answers");
    let folder = Path::new(&folder);
    let heaps = Collection::new(&folder.join("snapshots"), &folder.join("golden"));
    let [filtered, strings, realms, dead] = check_each(&heaps);
    let count = heaps.snapshots.len();
    println!(
        "{count} heaps equal: {filtered} filtered classes, {strings} groups of strings, \
         {realms} sums of native contexts, {dead} dead variables"
    );
}
