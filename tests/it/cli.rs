//! The commands of the shell, run as a user runs them.

use assert_cmd::Command;
use serde_json::{Value, json};

use crate::support::{leaking_pair, leaking_service, write};

pub(crate) fn heaplens() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heaplens"));
    for display in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
        command.env_remove(display);
    }
    command
}

/// What a command prints; it must end well.
pub(crate) fn answer(arguments: &[&str]) -> String {
    let output = heaplens().args(arguments).assert().success().get_output().stdout.clone();
    String::from_utf8(output).unwrap()
}

pub(crate) fn answer_json(arguments: &[&str]) -> Value {
    serde_json::from_str(&answer(arguments)).unwrap()
}

#[test]
fn summary_tells_every_class() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a.heapsnapshot", &leaking_service(3));
    let file = file.to_str().unwrap();
    let summary = answer_json(&["summary", file, "--format", "json"]);
    let string =
        summary["classes"].as_array().unwrap().iter().find(|class| class["name"] == "(string)").unwrap();
    assert_eq!(
        *string,
        json!({ "key": ",(string)", "name": "(string)", "count": 3, "distance": 5,
                "shallow_size": 96, "retained_size": 96 })
    );
    let csv = answer(&["summary", file, "--format", "csv"]);
    assert!(csv.lines().any(|line| line == "0,,(string),,,3,5,96,96"), "{csv}");
    assert!(answer(&["summary", file]).lines().any(|line| line.starts_with("(string) ")));
}

#[test]
fn compare_tells_what_changed() {
    let folder = tempfile::tempdir().unwrap();
    let [base, target] = leaking_pair(folder.path());
    let compared =
        answer_json(&["compare", base.to_str().unwrap(), target.to_str().unwrap(), "--format", "json"]);
    assert_eq!(
        compared,
        json!({ "comparable_by_id": true, "classes": [{
            "key": ",(string)", "name": "(string)", "new": 10, "deleted": 0, "delta": 10,
            "allocated_size": 320, "freed_size": 0, "size_delta": 320 }] })
    );
}

#[test]
fn retainers_can_be_ignored_to_see_what_else_holds_an_object() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a.heapsnapshot", &leaking_service(3));
    let file = file.to_str().unwrap();
    let ignoring = |ids: &str| {
        let answer = answer_json(&["retainers", file, "@1003", "--ignore", ids, "--format", "json"]);
        let row = |row: &Value| {
            format!(
                "{} in @{} {} {}",
                row["edge"].as_str().unwrap(),
                row["id"],
                row["distance"],
                row["ignored"]
            )
        };
        let rows: Vec<String> = answer["retainers"].as_array().unwrap().iter().map(row).collect();
        (rows, answer["path"].as_array().unwrap().len())
    };
    let (rows, steps) = ignoring("@13");
    assert_eq!(rows, ["[1] in @11 4 false", "1 in @13 200000005 true"]);
    assert_eq!(steps, 4);
    let (rows, steps) = ignoring("13,@9");
    assert_eq!(rows, ["[1] in @11 200000004 false", "1 in @13 200000005 true"]);
    assert_eq!(steps, 0);
    let unknown = heaplens().args(["retainers", file, "@1003", "--ignore", "@4711"]).assert().failure();
    let told = String::from_utf8(unknown.get_output().stderr.clone()).unwrap();
    assert!(told.contains("there is no object @4711"), "{told}");
}

#[test]
fn retainers_and_object_answer_for_an_id() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a.heapsnapshot", &leaking_service(3));
    let file = file.to_str().unwrap();
    let retainers = answer_json(&["retainers", file, "@1003", "--format", "json"]);
    let path: Vec<String> = retainers["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| format!("{} in {}", step["edge"].as_str().unwrap(), step["class"].as_str().unwrap()))
        .collect();
    assert_eq!(
        path,
        ["[1] in Array", "sentEvents in RedisStreamBus", "bus in OrderService", "service in global"]
    );
    assert!(answer(&["retainers", file, "1003"]).contains("sentEvents in RedisStreamBus @9"));

    let object = answer_json(&["object", file, "@9", "--format", "json"]);
    assert_eq!(object["class"], "RedisStreamBus");
    assert_eq!(object["fields"][0]["edge"], "sentEvents");
    assert!(answer(&["object", file, "@1003"]).contains("1763825911042-1"));
}

#[test]
fn info_counts_and_dump_writes_one_entry_a_node() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a.heapsnapshot", &leaking_service(3));
    let info = answer_json(&["info", file.to_str().unwrap(), "--format", "json"]);
    assert_eq!((&info["nodes"], &info["edges"]), (&json!(10), &json!(13)));

    let out = folder.path().join("dump");
    answer(&["dump", file.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    for (name, bytes_a_node) in [
        ("distance.i32", 4),
        ("retained.f64", 8),
        ("dominator.u32", 4),
        ("self.u32", 4),
        ("detached.u8", 1),
        ("flags.u8", 1),
        ("class.u32", 4),
        ("nativecontext.i32", 4),
    ] {
        assert_eq!(std::fs::read(out.join(name)).unwrap().len(), 10 * bytes_a_node, "{name}");
    }
    let classes: Vec<String> =
        serde_json::from_slice(&std::fs::read(out.join("classes.json")).unwrap()).unwrap();
    assert!(classes.contains(&"8,22,4,RedisStreamBus".to_owned()), "{classes:?}");
}

#[test]
fn standard_input_is_a_file_like_any_other() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "a.heapsnapshot", &leaking_service(3));
    let expected = answer(&["summary", path.to_str().unwrap(), "--format", "json"]);
    let plain = std::fs::read(&path).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    let packed = [gzip.finish().unwrap(), zstd::encode_all(&plain[..], 1).unwrap()];
    let answer_to = |pipe: Vec<u8>| {
        let output =
            heaplens().args(["summary", "-", "--format", "json"]).write_stdin(pipe).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    for pipe in packed.into_iter().chain([plain.clone()]) {
        assert_eq!(answer_to(pipe), (expected.clone(), String::new()));
    }

    let from_file = std::process::Command::new(env!("CARGO_BIN_EXE_heaplens"))
        .args(["summary", "-", "--format", "json"])
        .stdin(std::fs::File::open(&path).unwrap())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(from_file.stdout).unwrap(), expected);

    assert!(answer_to(Vec::new()).1.contains("an empty file"));
    assert!(answer_to(plain[..500].to_vec()).1.contains("cut off"));
    let twice = heaplens().args(["compare", "-", "-"]).write_stdin(plain).output().unwrap();
    assert!(String::from_utf8(twice.stderr).unwrap().contains("can be read only once"));
}

#[test]
fn exit_codes_are_those_people_expect() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.heapsnapshot");
    heaplens().arg("summary").arg(&missing).assert().code(1);
    heaplens().arg("summary").assert().code(2);
    heaplens().args(["--no-index", "summary", "no-such-file"]).assert().code(1);
    heaplens().args(["retainers", "x", "not-an-id"]).assert().code(2);
    heaplens().arg("--help").assert().code(0);
}

#[test]
fn without_a_display_the_story_is_told_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let [base, target] = leaking_pair(folder.path());
    let story = answer(&[base.to_str().unwrap(), target.to_str().unwrap()]);
    assert!(story.contains("s1 → s2: +320 B"), "{story}");
    assert!(story.contains("sentEvents in RedisStreamBus"), "{story}");
}

#[test]
fn timings_name_the_phases() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a.heapsnapshot", &leaking_service(3));
    let output = heaplens().args(["summary", file.to_str().unwrap(), "--timings"]).assert().success();
    let timings = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(timings.contains("Finding dominators") && timings.contains("in all"), "{timings}");
}
