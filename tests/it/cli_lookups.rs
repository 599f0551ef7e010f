//! The commands of the shell that look things up, run as a user runs them.

use serde_json::{Value, json};

use crate::cli::{answer, answer_json, heaplens};
use crate::support::{leaking_service, write};

/// What holds of each row of a list.
fn column<'a>(answer: &'a Value, list: &str, name: &str) -> Vec<&'a Value> {
    answer[list].as_array().unwrap().iter().map(|row| &row[name]).collect()
}

#[test]
fn search_finds_displayed_names_and_ids() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a.heapsnapshot", &leaking_service(3));
    let file = file.to_str().unwrap();
    let hits = |arguments: &[&str]| {
        let answer = answer_json(&[&["search", file, "--format", "json"], arguments].concat());
        (answer["total"].clone(), column(&answer, "hits", "id").into_iter().cloned().collect::<Vec<_>>())
    };
    assert_eq!(hits(&["redis"]), (json!(1), vec![json!(9)]));
    assert_eq!(hits(&["redis", "--case-sensitive"]), (json!(0), vec![]));
    assert_eq!(hits(&["2-[12]$", "--regex"]), (json!(2), vec![json!(1003), json!(1005)]));
    assert_eq!(hits(&["1763", "--offset", "1", "--limit", "1"]), (json!(3), vec![json!(1003)]));
    assert_eq!(hits(&[" @9x"]), (json!(1), vec![json!(9)]));
    assert!(answer(&["search", file, "redis"]).contains("RedisStreamBus"));
    assert!(
        answer(&["search", file, "redis", "--format", "csv"])
            .contains("\n9,RedisStreamBus,RedisStreamBus,3,136,")
    );
    let told = |text: &str, more: &[&str]| {
        let arguments = [&["search", file, text], more].concat();
        String::from_utf8(heaplens().args(arguments).assert().failure().get_output().stderr.clone()).unwrap()
    };
    assert!(told("a(?=b)", &["--regex"]).contains("looking ahead"));
    assert!(told("@x", &[]).contains("expected an object id"));
    assert!(told("  ", &[]).contains("nothing to search for"));
}

#[test]
fn objects_are_listed_by_class_and_by_query() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a.heapsnapshot", &leaking_service(3));
    let file = file.to_str().unwrap();
    let by_name = answer_json(&["objects", file, "(string)", "--format", "json"]);
    assert_eq!(column(&by_name, "objects", "id"), [1001, 1003, 1005]);
    let reversed =
        answer_json(&["objects", file, ",(string)", "--sort", "name", "--reverse", "--format", "json"]);
    assert_eq!(column(&reversed, "objects", "id"), [1005, 1003, 1001]);
    heaplens().args(["objects", file, "Nobody"]).assert().failure();

    let query = answer_json(&[
        "query",
        file,
        "--name",
        "bus|service",
        "--property",
        "^sent",
        "--min-retained",
        "100",
        "--format",
        "json",
    ]);
    assert_eq!(column(&query, "objects", "name"), ["RedisStreamBus"]);
}

#[test]
fn contents_dominators_and_paths_lead_through_the_heap() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a.heapsnapshot", &leaking_service(3));
    let file = file.to_str().unwrap();
    let root = answer_json(&["contents", file, "--format", "json"]);
    assert_eq!(column(&root, "children", "name"), ["global", "(GC roots)"]);
    let bus = answer_json(&["contents", file, "@9", "--format", "json"]);
    assert_eq!(column(&bus, "children", "edge"), ["sentEvents"]);

    let chain = answer_json(&["dominators", file, "@1003", "--format", "json"]);
    assert_eq!(column(&chain, "chain", "id"), [1003, 11, 9, 7, 5, 1]);
    let dominated = answer_json(&["dominated", file, "@11", "--format", "json"]);
    assert_eq!(dominated["total"], 4);
    assert_eq!(column(&dominated, "dominated", "id"), [1001, 1003, 1005, 13]);

    let paths = answer_json(&["paths", file, "@1003", "--format", "json"]);
    let steps = column(&paths, "paths", "depth").into_iter().zip(column(&paths, "paths", "id"));
    let steps: Vec<_> = steps.map(|(depth, id)| (depth.as_u64().unwrap(), id.as_u64().unwrap())).collect();
    assert_eq!(steps, [(0, 11), (1, 9), (2, 7), (0, 13), (1, 11), (2, 9)].map(|step| step)[..3]);
    assert_eq!(paths["limits_reached"], json!({ "depth": false, "nodes": false, "siblings": false }));
    let cut = answer_json(&["paths", file, "@1003", "--depth", "2", "--format", "json"]);
    assert_eq!(cut["limits_reached"]["depth"], true);
    let around = answer_json(&["paths", file, "@1003", "--ignore", "@9", "--format", "json"]);
    assert_eq!(around["paths"], json!([]));
}

#[test]
fn recordings_are_told_or_said_to_be_missing() {
    let folder = tempfile::tempdir().unwrap();
    let plain = write(folder.path(), "plain.heapsnapshot", &leaking_service(3));
    for command in ["allocations", "samples"] {
        let told = heaplens().args([command, plain.to_str().unwrap()]).assert().failure();
        let told = String::from_utf8(told.get_output().stderr.clone()).unwrap();
        assert!(told.contains("without recording"), "{told}");
    }
    let json = leaking_service(3).to_json();
    let number = |text: &str| -> usize {
        let strings: Value = serde_json::from_str(&json).unwrap();
        strings["strings"].as_array().unwrap().iter().position(|other| other == text).unwrap()
    };
    let bus = number("RedisStreamBus");
    let recorded = json
        .replace(
            "\"trace_function_infos\":[]",
            &format!("\"trace_function_infos\":[0,1,1,0,0,0,3,{bus},1,8,23,5]"),
        )
        .replace("\"trace_tree\":[]", "\"trace_tree\":[1,0,0,0,[2,1,12,384,[]]]")
        .replace("\"samples\":[]", "\"samples\":[0,13,1500,1003]");
    let file = folder.path().join("recorded.heaptimeline");
    std::fs::write(&file, recorded).unwrap();
    let file = file.to_str().unwrap();
    let functions = answer_json(&["allocations", file, "--callers", "9", "--format", "json"]);
    assert_eq!(column(&functions, "functions", "function"), ["RedisStreamBus", ""]);
    assert_eq!(column(&functions, "functions", "depth"), [0, 1]);
    assert_eq!(functions["functions"][0]["line"], 23);
    assert_eq!(functions["functions"][0]["size"], 384);
    let samples = answer_json(&["samples", file, "--from", "1", "--format", "json"]);
    assert_eq!(column(&samples, "samples", "size"), [332, 64]);
    assert_eq!(samples["samples"][1]["time_ms"], 1.5);
    assert_eq!((&samples["ids_above"], &samples["ids_up_to"]), (&json!(13), &json!(null)));
}

#[test]
fn an_object_tells_where_it_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let mut heap = leaking_service(3);
    let closure = heap.node(heaplens::format::NodeKind::CLOSURE, "publish", 8);
    let shared = heap.node(heaplens::format::NodeKind::CODE, "publish", 8);
    let script = heap.node(heaplens::format::NodeKind::CODE, "/app/bus.js", 8);
    heap.edge(closure, heaplens::format::EdgeKind::INTERNAL, "shared", shared);
    heap.edge(shared, heaplens::format::EdgeKind::INTERNAL, "script", script);
    heap.location(closure, 8, 30, 4);
    let file = write(folder.path(), "a.heapsnapshot", &heap);
    let file = file.to_str().unwrap();
    let object = answer_json(&["object", file, "@9", "--format", "json"]);
    assert_eq!(
        object["location"],
        json!({ "script_id": 8, "script_name": "/app/bus.js", "line": 23, "column": 5 })
    );
    assert!(answer(&["object", file, "@9"]).contains("/app/bus.js:23:5"));
    assert!(answer(&["object", file, "@7"]).contains("script 7, line 41, column 3"));
}
