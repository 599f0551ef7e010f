//! The commands of the shell about parts of a heap: filters, bytes by kind, equal strings, contexts.

use std::path::Path;

use assert_cmd::Command;
use heaplens::format::builder::SnapshotBuilder;
use heaplens::format::{EdgeKind, NodeKind};
use serde_json::{Value, json};

use crate::support::write;

fn answer(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_heaplens")).args(arguments).assert().success();
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

fn answer_json(arguments: &[&str]) -> Value {
    serde_json::from_str(&answer(&[arguments, &["--format", "json"]].concat())).unwrap()
}

fn refusal(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_heaplens")).args(arguments).assert().code(1);
    String::from_utf8(output.get_output().stderr.clone()).unwrap()
}

/// A page whose function `render` is gone, but whose other function keeps the context with the cart.
///
/// ```text
/// window ─ listener ─▶ closure (scope 2) ─ context ─▶ context (scope 1): cart ─▶ Cart, "sku-1"
/// ```
fn page(folder: &Path) -> String {
    let mut heap = SnapshotBuilder::new();
    let root = heap.node(NodeKind::SYNTHETIC, "", 0);
    let window = heap.node(NodeKind::OBJECT, "Window", 10);
    heap.edge(root, EdgeKind::SHORTCUT, "1", window);
    let mut noted = |value: &str| {
        let node = heap.node(NodeKind::NUMBER, "int", 0);
        let text = heap.node(NodeKind::STRING, value, 0);
        heap.edge(node, EdgeKind::INTERNAL, "value", text);
        node
    };
    let (one, two) = (noted("1"), noted("2"));
    let script = heap.node(NodeKind::CODE, "system / Script / shop.js", 100);
    let [outer, inner] = [(); 2].map(|()| heap.node(NodeKind::HIDDEN, "system / ScopeInfo", 1));
    let function = heap.node(NodeKind::CODE, "system / SharedFunctionInfo", 5);
    let closure = heap.node(NodeKind::CLOSURE, "listener", 20);
    let context = heap.node(NodeKind::OBJECT, "system / Context", 30);
    let cart = heap.node(NodeKind::OBJECT, "Cart", 40);
    let [sku, again] = [(); 2].map(|()| heap.node(NodeKind::STRING, "sku-1", 24));
    for (from, kind, name, to) in [
        (window, EdgeKind::PROPERTY, "listener", closure),
        (closure, EdgeKind::INTERNAL, "shared", function),
        (closure, EdgeKind::INTERNAL, "context", context),
        (function, EdgeKind::INTERNAL, "script", script),
        (function, EdgeKind::INTERNAL, "name_or_scope_info", inner),
        (function, EdgeKind::INTERNAL, "scope_id", two),
        (inner, EdgeKind::INTERNAL, "outer_scope_info", outer),
        (outer, EdgeKind::INTERNAL, "scope_id", one),
        (outer, EdgeKind::INTERNAL, "outer_scope_info", inner),
        (context, EdgeKind::INTERNAL, "scope_info", outer),
        (context, EdgeKind::CONTEXT, "cart", cart),
        (context, EdgeKind::CONTEXT, "sku", sku),
        (cart, EdgeKind::PROPERTY, "sku", again),
    ] {
        heap.edge(from, kind, name, to);
    }
    let json = heap.to_json();
    let strings: Value = serde_json::from_str::<Value>(&json).unwrap()["strings"].clone();
    let row = |text: &str| strings.as_array().unwrap().iter().position(|other| other == text).unwrap();
    // Scope 1 declares both variables, scope 2 in it uses the second.
    let script = script * 7;
    let sections = format!(
        r#""scopes":[{script},1,0,2,0, {script},2,1,0,1],"scope_context_vars":[{},{}],"scope_uses":[1,1],"#,
        row("cart"),
        row("sku"),
    );
    let fields = r#""scope_fields":["script_node_index","scope_id","depth","scope_context_vars_count",
        "scope_uses_count"],"scope_context_var_fields":["name"],
        "scope_use_fields":["declaring_scope_id","slot_index"],"#;
    let json = json.replacen(r#""meta":{"#, &format!(r#""meta":{{{fields}"#), 1);
    let json = json.replacen(r#""strings":"#, &format!(r#"{sections}"strings":"#), 1);
    let path = folder.join("page.heapsnapshot");
    std::fs::write(&path, json).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn contexts_tells_what_no_function_can_read_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let file = page(folder.path());
    let found = answer_json(&["contexts", &file]);
    assert_eq!(found["scopes"].as_array().unwrap().len(), 1);
    let scope = &found["scopes"][0];
    assert_eq!((&scope["script_name"], &scope["variable_count"]), (&json!("shop.js"), &json!(2)));
    assert_eq!(
        scope["contexts"][0]["dead_variables"],
        json!([{ "name": "cart", "value_id": 25, "value": "Cart", "kind": "object",
                 "shallow_size": 40, "retained_size": 64 }])
    );
    assert_eq!(
        found["retained_by_contexts"],
        json!({ "context_count": 1, "retained_count": 4, "retained_size": 118,
                "other_count": 6, "other_size": 137, "total_size": 255 })
    );
    let csv = answer(&["contexts", &file, "--format", "csv"]);
    assert!(csv.lines().any(|line| line == "cart,Cart,25,64,23,64,,shop.js,0,0"), "{csv}");
    assert!(answer(&["contexts", &file]).lines().any(|line| line.starts_with("cart ")));
}

#[test]
fn summary_can_be_limited_to_what_a_filter_shows() {
    let folder = tempfile::tempdir().unwrap();
    let file = page(folder.path());
    let names = |arguments: &[&str]| -> Vec<(String, u64)> {
        let summary = answer_json(&[&["summary", &file], arguments].concat());
        let classes = summary["classes"].as_array().unwrap().clone();
        classes
            .iter()
            .map(|class| (class["name"].as_str().unwrap().to_owned(), class["count"].as_u64().unwrap()))
            .collect()
    };
    let row = |name: &str, count| (name.to_owned(), count);
    let held = names(&["--filter", "contexts"]);
    assert_eq!(held, [row("(string)", 2), row("Cart", 1), row("system / Context", 1)]);
    assert_eq!(names(&["--filter", "duplicated-strings"]), [row("(string)", 2)]);
    assert_eq!(names(&["--filter", "duplicatedStrings"]), [row("(string)", 2)]);
    assert_eq!(names(&["--filter", "ids", "--above", "@23", "--up-to", "@25"]), [row("Cart", 1)]);
    assert_eq!(names(&["--filter", "detached-nodes"]), []);
    assert_eq!(answer_json(&["info", &file])["max_object_id"], 29);
    let csv =
        answer(&["summary", &file, "--filter", "ids", "--above", "23", "--up-to", "25", "--format", "csv"]);
    assert_eq!(csv.lines().count(), 2, "{csv}");

    assert!(refusal(&["summary", &file, "--filter", "ids"]).contains("--above"));
    assert!(refusal(&["summary", &file, "--filter", "native-context"]).contains("--context"));
    assert!(refusal(&["summary", &file, "--above", "3"]).contains("--filter"));
    assert!(refusal(&["summary", &file, "--filter", "native-context", "--context", "@999"]).contains("@999"));
}

#[test]
fn statistics_duplicates_and_native_contexts_answer_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let mut heap = SnapshotBuilder::new();
    let root = heap.node(NodeKind::SYNTHETIC, "", 0);
    let realm = heap.node(NodeKind::HIDDEN, "system / NativeContext / https://shop.example", 7);
    heap.edge(root, EdgeKind::SHORTCUT, "1", realm);
    let cut = "x".repeat(1024);
    for text in ["=SUM(1)", "=SUM(1)", "=SUM(1)", &cut, &cut] {
        let node = heap.node(NodeKind::STRING, text, 10);
        heap.edge(realm, EdgeKind::PROPERTY, "text", node);
    }
    let file = write(folder.path(), "a.heapsnapshot", &heap);
    let file = file.to_str().unwrap();

    let sums = answer_json(&["statistics", file]);
    assert_eq!(sums["slices"]["strings"], 50);
    assert_eq!((&sums["total_size"], &sums["v8_heap"]["system"]), (&json!(57), &json!(7)));
    assert!(answer(&["statistics", file, "--format", "csv"]).contains("Strings,50\r\n"));
    assert!(
        answer(&["statistics", file])
            .lines()
            .any(|line| line.starts_with("Strings ") && line.ends_with("50 B"))
    );

    let group = json!({ "text": "=SUM(1)", "same": "exact", "count": 3, "shallow_size": 30,
                        "retained_size": 30, "ids": [5, 7, 9] });
    let found = answer_json(&["duplicates", file, "--ids"]);
    assert_eq!((&found["group_count"], &found["string_count"]), (&json!(2), &json!(5)));
    assert_eq!(found["groups"][0], group);
    assert_eq!(found["groups"][1]["same"], "maybe_cut");
    assert_eq!(found["groups"][1]["text"], cut);
    let csv = answer(&["duplicates", file, "--format", "csv"]);
    assert!(csv.lines().any(|line| line == "'=SUM(1),exact,3,30,30,,,5"), "{csv}");
    assert!(answer(&["duplicates", file]).contains("maybe cut"));

    let realms = answer_json(&["native-contexts", file]);
    assert_eq!(
        realms,
        json!({ "native_contexts": [{ "id": 3, "name": "system / NativeContext / https://shop.example",
                "attributed_size": 57, "shallow_size": 7, "retained_size": 57 }],
                "shared_size": 0, "unattributed_size": 0 })
    );
    assert!(answer(&["native-contexts", file]).contains("(shared)"));
}
