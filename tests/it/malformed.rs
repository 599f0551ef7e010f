//! What becomes of files that are odd, broken, cut off, hostile, or no snapshots at all:
//! a table of examples. Each is one small heap, wrong in one way, and says beside it
//! what a user must see. Nothing may panic, hang, or take memory out of proportion.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use heaplens::format::{self, EdgeKind, Error, RawSnapshot, Source, StringIndex};
use heaplens::util::Progress;

/// Fields of Node 20, in its order.
const NODE_FIELDS: &[&str] =
    &["type", "name", "id", "self_size", "edge_count", "trace_node_id", "detachedness"];
const EDGE_FIELDS: &[&str] = &["type", "name_or_index", "to_node"];
const NODE_TYPES: &[&str] = &["synthetic", "object", "string"];
const EDGE_TYPES: &[&str] = &["element", "property", "weak"];
const STRINGS: &[&str] = &["", "RedisStreamBus", "Array", "1763825911042-0", "sentEvents", "last"];

/// A bus that keeps an array with one id: type, name, id, self size, edge count,
/// trace node, detachedness.
const NODES: &[[u64; 7]] =
    &[[0, 0, 1, 0, 1, 0, 0], [1, 1, 3, 136, 2, 0, 0], [1, 2, 5, 16, 1, 0, 2], [2, 3, 7, 32, 0, 0, 0]];
/// Type, name or index, target's ordinal.
const EDGES: &[[u64; 3]] = &[[0, 1, 1], [1, 4, 2], [2, 5, 3], [0, 0, 3]];

/// The heap in JSON as V8 writes it, with the fields given.
fn snapshot(node_fields: &[&str], edge_fields: &[&str]) -> String {
    let rows = |count: usize, fields: &[&str], value: &dyn Fn(usize, &str) -> u64| {
        let row = |row| fields.iter().map(|f| value(row, f).to_string()).collect::<Vec<_>>().join(",");
        (0..count).map(row).collect::<Vec<_>>().join("\n,")
    };
    let pick = |names: &[&str], row: &[u64], field: &str| {
        names.iter().position(|name| *name == field).map_or(77, |at| row[at])
    };
    let nodes = rows(NODES.len(), node_fields, &|row, field| pick(NODE_FIELDS, &NODES[row], field));
    let edges = rows(EDGES.len(), edge_fields, &|row, field| {
        let value = pick(EDGE_FIELDS, &EDGES[row], field);
        if field == "to_node" { value * node_fields.len() as u64 } else { value }
    });
    let types = |fields: &[&str], names: &[&str]| {
        let list =
            |field: &&str| if *field == "type" { format!("{names:?}") } else { "\"number\"".to_owned() };
        fields.iter().map(list).collect::<Vec<_>>().join(",")
    };
    let (node_types, edge_types) = (types(node_fields, NODE_TYPES), types(edge_fields, EDGE_TYPES));
    format!(
        "{{\"snapshot\":{{\"meta\":{{\"node_fields\":{node_fields:?},\"node_types\":[{node_types}],\
         \"edge_fields\":{edge_fields:?},\"edge_types\":[{edge_types}],\
         \"location_fields\":[\"object_index\",\"script_id\",\"line\",\"column\"]}},\
         \"node_count\":{},\"edge_count\":{},\"trace_function_count\":0}},\n\
         \"nodes\":[{nodes}\n],\n\"edges\":[{edges}\n],\n\"trace_function_infos\":[],\n\"trace_tree\":[],\n\
         \"samples\":[],\n\"locations\":[{},8,22,4\n],\n\"strings\":{}}}",
        NODES.len(),
        EDGES.len(),
        node_fields.len(), // the bus
        format!("{STRINGS:?}").replace(", ", ",\n"),
    )
}

fn base() -> String {
    snapshot(NODE_FIELDS, EDGE_FIELDS)
}

/// The base with the first `from` replaced.
fn edit(from: &str, to: &str) -> String {
    let base = base();
    assert!(base.contains(from), "nothing to replace: {from}");
    base.replacen(from, to, 1)
}

/// The base with another section at its end.
fn append(section: &str) -> String {
    format!("{},{section}}}", base().strip_suffix('}').unwrap())
}

/// The base up to (and without) `end`.
fn cut_before(end: &str) -> String {
    let base = base();
    base[..base.find(end).unwrap()].to_owned()
}

/// What a reader must see of the graph, as text.
fn graph(heap: &RawSnapshot) -> String {
    let mut out = String::new();
    let first = |node: usize| heap.nodes.first_edge[node] as usize;
    for node in 0..heap.nodes.kind.len() {
        let kind = heap.meta.node_kinds.get(heap.nodes.kind[node]);
        let name = heap.strings.get(StringIndex(heap.nodes.name[node]));
        let (id, size) = (heap.nodes.id.get(node as u32), heap.self_sizes.get(node as u32));
        let _ = writeln!(out, "{kind} {name:?} @{id} {size} B");
        for edge in first(node)..first(node + 1) {
            let kind = EdgeKind(heap.edges.kind[edge]);
            let index = heap.edges.name_or_index[edge];
            let name = if kind.is_indexed() {
                format!("[{index}]")
            } else {
                heap.strings.get(StringIndex(index)).into_owned()
            };
            let target = heap.nodes.id.get(heap.edges.to[edge]);
            let _ = writeln!(out, "  {} {name} -> @{target}", heap.meta.edge_kinds.get(kind.0));
        }
    }
    out
}

fn read(text: impl Into<Vec<u8>>) -> Result<RawSnapshot, Error> {
    format::read(Source::from_bytes(text.into()), &Progress::new())
}

/// What must come of an example.
#[derive(Clone, Copy)]
enum Expect {
    /// The same graph as the base, without a word.
    Base,
    /// The same graph as the base, and a warning that says this.
    BaseBut(&'static str),
    /// Another graph than the base's, in which this line stands, without a word.
    With(&'static str),
    /// Another graph than the base's, in which this line stands, and a warning that says this.
    WithBut(&'static str, &'static str),
    /// An error that says this.
    Refused(&'static str),
}
use Expect::{Base, BaseBut, Refused, With, WithBut};

/// Runs a table of examples: what it is, the file, what must come of it.
fn check<T: Into<Vec<u8>>>(examples: impl IntoIterator<Item = (&'static str, T, Expect)>) {
    let expected_graph = graph(&read(base()).unwrap());
    for (what, text, expect) in examples {
        let result = read(text);
        let (line, warning) = match (expect, &result) {
            (Refused(message), Err(error)) => {
                assert!(error.to_string().contains(message), "{what}: says {error:?}, not {message:?}");
                continue;
            }
            (Refused(message), Ok(_)) => panic!("{what}: was read, instead of {message:?}"),
            (_, Err(error)) => panic!("{what}: {error}"),
            (Base, _) => (None, None),
            (BaseBut(warning), _) => (None, Some(warning)),
            (With(line), _) => (Some(line), None),
            (WithBut(line, warning), _) => (Some(line), Some(warning)),
        };
        let heap = result.unwrap();
        match line {
            None => assert_eq!(graph(&heap), expected_graph, "{what}"),
            Some(line) => assert!(graph(&heap).contains(line), "{what}: no {line} in\n{}", graph(&heap)),
        }
        let warnings: Vec<_> = heap.warnings.iter().map(ToString::to_string).collect();
        match warning {
            None => assert_eq!(warnings, [""; 0], "{what}"),
            Some(part) => assert!(warnings.iter().any(|w| w.contains(part)), "{what}: {warnings:?}"),
        }
    }
}

#[test]
fn the_base_is_what_it_should_be() {
    let heap = read(base()).unwrap();
    assert_eq!(
        graph(&heap),
        "synthetic \"\" @1 0 B\n  element [1] -> @3\n\
         object \"RedisStreamBus\" @3 136 B\n  property sentEvents -> @5\n  weak last -> @7\n\
         object \"Array\" @5 16 B\n  element [0] -> @7\n\
         string \"1763825911042-0\" @7 32 B\n"
    );
    assert_eq!(heap.nodes.detachedness.as_deref(), Some(&[0, 0, 2, 0][..]));
    assert_eq!((heap.locations[0].node, heap.locations[0].script_id), (1, 8));
    assert_eq!((heap.locations[0].line, heap.locations[0].column), (22, 4));
}

#[test]
fn white_space_and_the_order_of_sections_do_not_matter() {
    let pretty = |json: &str| {
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        serde_json::to_string_pretty(&value).unwrap() // sorts the sections by name, too
    };
    check(
        [
            ("sorted sections, one number a line", pretty(&base())),
            ("one line", base().replace('\n', "")),
            ("CRLF", base().replace('\n', "\r\n")),
            ("tabs around colons", base().replace(':', "\t :\n ")),
            ("blanks around the document", format!("\n \t{}\r\n  ", base())),
            ("a byte order mark", format!("\u{feff}{}", base())),
            ("no optional sections", {
                let base = base();
                let (start, end) =
                    (base.find("\"trace_function_infos\"").unwrap(), base.find("\"strings\"").unwrap());
                base[..start].to_owned() + &base[end..]
            }),
            (
                "unknown sections",
                append(r#""x":{"nodes":[1],"deep":[[{}]],"s":"\"edges\":[9]"},"y":null,"z":-1.5e-3"#),
            ),
            ("an unknown section first", edit("{", r#"{"x":[1,"]",{"strings":["no"]}],"#)),
            (
                "unknown members of the header",
                edit("{\"meta\":{", r#"{"title":"a","x":{"meta":{}},"meta":{"y":["z"],"#),
            ),
            ("escaped names of sections", edit("\"nodes\":", r#""n\u006fdes":"#)),
        ]
        .map(|(what, text)| (what, text, Base)),
    );
}

#[test]
fn the_header_says_which_fields_there_are_and_what_the_types_are() {
    let five = &NODE_FIELDS[..5];
    let six = &["type", "name", "id", "self_size", "edge_count", "detachedness"];
    let shuffled = &["name", "edge_count", "new_a", "type", "self_size", "detachedness", "id", "new_b"];
    check([
        ("five fields (old Chrome)", snapshot(five, EDGE_FIELDS), Base),
        ("six fields (Node 10 to 15)", snapshot(&NODE_FIELDS[..6], EDGE_FIELDS), Base),
        ("six fields (Node 24)", snapshot(six, EDGE_FIELDS), Base),
        (
            "another order, with new fields",
            snapshot(shuffled, &["to_node", "new", "name_or_index", "type"]),
            Base,
        ),
        ("a new node type", edit("\"synthetic\",", "\"hologram\","), With("hologram \"\" @1 0 B")),
        ("a new edge type", edit("\"weak\"", "\"wormhole\""), With("  wormhole last -> @7")),
        (
            "counts of 0 (Hermes)",
            edit("\"node_count\":4,\"edge_count\":4", "\"node_count\":0,\"edge_count\":0"),
            Base,
        ),
        (
            "five location fields (V8 15)",
            edit("\"script_id\",", "\"script_id\",\"x\",").replace("7,8,22,4", "7,8,0,22,4"),
            Base,
        ),
        ("a field named twice counts once", edit("\"trace_node_id\"", "\"type\""), Base),
        ("no `node_fields`", edit("node_fields", "fields_node"), Refused("missing field `node_fields`")),
        ("no `meta`", edit("\"meta\"", "\"atem\""), Refused("missing field `meta`")),
        ("no `edge_types`", edit("edge_types", "types_edge"), Refused("missing field `edge_types`")),
        (
            "`node_fields` is a text",
            edit(&format!("{NODE_FIELDS:?}"), "\"type\""),
            Refused("expected a sequence"),
        ),
        (
            "`node_fields` is empty",
            edit(&format!("{NODE_FIELDS:?}"), "[]"),
            Refused("`node_fields` lacks `type`"),
        ),
        (
            "`node_types` without names",
            edit(&format!("{NODE_TYPES:?}"), "\"object\""),
            Refused("`node_types`"),
        ),
        (
            "no field `edge_count`",
            edit("\"edge_count\",", "\"ec\","),
            Refused("`node_fields` lacks `edge_count`"),
        ),
        ("no field `to_node`", edit("\"to_node\"", "\"to\""), Refused("`edge_fields` lacks `to_node`")),
        (
            "the header is an array",
            edit("\"snapshot\":{", "\"snapshot\":[],\"x\":{"),
            Refused("at byte 12: expected a header with `meta`"),
        ),
        (
            "a header of 20 MB",
            edit("{\"meta\"", &format!("{{{}\"meta\"", " ".repeat(20 << 20))),
            Refused("too much"),
        ),
    ]);
}

#[test]
fn numbers_of_all_sizes_are_exact() {
    check([
        ("a size above 4 GiB", edit(",136,", ",21474836487,"), With("@3 21474836487 B")),
        ("a size of 2^53 + 1", edit(",136,", ",9007199254740993,"), With("@3 9007199254740993 B")),
        ("a size of 17 digits", edit(",136,", ",12345678901234567,"), With("@3 12345678901234567 B")),
        ("eight digits", edit(",136,", ",12345678,"), With("@3 12345678 B")),
        ("nine digits", edit(",136,", ",123456789,"), With("@3 123456789 B")),
        (
            "a size of 2^32 - 1, which columns use as a mark",
            edit(",136,", ",4294967295,"),
            With("@3 4294967295 B"),
        ),
        ("an id above 2^32", edit(",7,32,", ",4294967301,32,"), With("@4294967301 32 B")),
        ("id 0", edit(",7,32,", ",0,32,"), With("@0 32 B")),
        ("the largest array index", edit("0,0,21", "0,4294967294,21"), With("[4294967294] -> @7")),
        ("the same, as V8 13.6 writes it", edit("0,0,21", "0,-2,21"), With("[4294967294] -> @7")),
        ("minus zero", edit(",136,", ",-0,"), With("@3 0 B")),
    ]);
}

#[test]
fn what_is_odd_but_harmless_is_read_and_told() {
    let count = |to| edit("\"node_count\":4", to);
    check([
        ("a count too high", count("\"node_count\":5"), BaseBut("says 5 nodes, but the file has 4")),
        ("a count of 2^63", count("\"node_count\":9223372036854775808"), BaseBut("but the file has 4")),
        ("a negative count", count("\"node_count\":-1"), BaseBut("says -1 nodes")),
        ("a count in quotes", count("\"node_count\":\"4\""), BaseBut("says \"4\" nodes")),
        ("no count", count("\"nodes\":4"), BaseBut("does not say how many nodes")),
        (
            "a node type without a name",
            edit("\n,1,1,3", "\n,99,1,3"),
            WithBut("unknown \"RedisStreamBus\"", "type that the header does not name"),
        ),
        (
            "a node type that wraps to a known one",
            edit("\n,1,1,3", "\n,257,1,3"),
            WithBut("unknown \"RedisStreamBus\"", "type"),
        ),
        (
            "an edge type without a name",
            edit("2,5,21", "99,5,21"),
            WithBut("unknown last -> @7", "1 edges have a type"),
        ),
        ("an id twice", edit(",7,32,", ",5,32,"), WithBut("@5 32 B", "1 nodes have the id of another")),
        (
            "a node's name outside the table",
            edit("\n,1,1,3", "\n,1,999,3"),
            WithBut("(missing string 999)", "up to number 999"),
        ),
        (
            "an edge's name outside the table",
            edit("2,5,21", "2,999,21"),
            WithBut("weak (missing string 999)", "names of edges"),
        ),
        (
            "no strings at all",
            cut_before("\"strings\"") + "\"strings\":[]}",
            WithBut("(missing string 1)", "the file has only 0"),
        ),
        ("a location of no node", edit("7,8,22,4", "70,8,22,4"), BaseBut("1 of 1 locations")),
        ("a location between nodes", edit("7,8,22,4", "8,8,22,4"), BaseBut("1 of 1 locations")),
        ("a location cut short", edit("7,8,22,4", "7,8,22,4,7,8"), BaseBut("not whole (6 numbers)")),
        (
            "an odd number of samples",
            edit("\"samples\":[]", "\"samples\":[1,2,3]"),
            BaseBut("`samples` has 3 numbers"),
        ),
        (
            "a broken trace tree",
            edit("\"trace_tree\":[]", "\"trace_tree\":[1,2,[3]]"),
            BaseBut("`trace_tree` is no tree"),
        ),
        ("a trace node without a tree", edit("136,2,0,0", "136,2,5,0"), BaseBut("no tree")),
        ("text behind the end", base() + "\nkilled", BaseBut("`killed`")),
        (
            "two snapshots in one file: the first",
            base() + &base().replace("136", "137"),
            BaseBut("behind the end"),
        ),
        ("zero bytes behind the end", base() + &"\0".repeat(4096), BaseBut("4096 bytes behind the end")),
        ("a column of -1, as V8 writes it", edit("7,8,22,4", "7,8,22,4294967295"), Base),
    ]);
    let broken_utf8 = |bytes: &[u8]| base().into_bytes().replace_first(b"1763825911042-0", bytes);
    check([
        (
            "no UTF-8",
            broken_utf8(b"a\xff\xfe\xc3("),
            WithBut("\"a\u{fffd}\u{fffd}\u{fffd}(\"", "1 texts are not valid UTF-8"),
        ),
        (
            "surrogates as UTF-8 (CESU-8)",
            broken_utf8(b"\xed\xa0\xbd"),
            WithBut("\u{fffd}", "1 texts are not valid UTF-8"),
        ),
    ]);
}

/// For texts that are no UTF-8.
trait ReplaceFirst {
    fn replace_first(self, from: &[u8], to: &[u8]) -> Self;
}

impl ReplaceFirst for Vec<u8> {
    fn replace_first(self, from: &[u8], to: &[u8]) -> Self {
        let at = self.windows(from.len()).position(|window| window == from).unwrap();
        [&self[..at], to, &self[at + from.len()..]].concat()
    }
}

#[test]
fn names_are_read_as_json_says() {
    let name = |written: &str| edit("1763825911042-0", written);
    check([
        ("all escapes", name(r#"\"\\\/\b\f\n\r\t\u0041\u00e9\u00E9"#), With(r#""\"\\/\u{8}\u{c}\n\r\tAéé""#)),
        ("a pair of surrogates", name(r"\ud83d\ude00"), With("\"😀\" @7")),
        (
            "lone and swapped surrogates",
            name(r"a\ud800b\ude00\ud83d"),
            With("\"a\u{fffd}b\u{fffd}\u{fffd}\" @7"),
        ),
        ("raw UTF-8", name("čeština 😀"), With("\"čeština 😀\" @7")),
        ("a raw newline", name("a\nb"), With(r#""a\nb" @7"#)),
        ("brackets, quotes, traps", name(r#"],\"nodes\":[{"#), With(r#""],\"nodes\":[{" @7"#)),
        ("a backslash at the end", name(r"C:\\"), With(r#""C:\\" @7"#)),
        ("\\x41", name(r"\x41"), Refused("an escape of JSON (strings), found `\\x41")),
        ("\\u12G4", name(r"\u12G4"), Refused("an escape of JSON")),
        ("single quotes", edit("\"last\"", "'last'"), Refused("a text (strings), found `'last'")),
        (
            "no closing quote",
            edit("\"Array\"", "\"Array"),
            Refused("a comma, or the end of the array (strings)"),
        ),
        ("a number among the strings", edit("\"last\"", "42"), Refused("a text (strings), found `42")),
        ("no comma", edit("\"Array\",", "\"Array\""), Refused("a comma")),
        ("a comma too many", edit("\"last\"", "\"last\","), Refused("a text (strings), found `]")),
        ("strings are an object", edit("\"strings\":[", "\"strings\":{"), Refused("an array of texts")),
    ]);
}

#[test]
fn what_is_no_whole_number_is_refused_with_its_place() {
    let size = |written: &str| edit(",136,", &format!(",{written},"));
    let place = base().find("136").unwrap();
    let error = read(size("1.5")).unwrap_err().to_string();
    assert_eq!(error, format!("at byte {place}: expected a whole number (nodes), found `1.5,2,0,0…`"));
    check([
        ("an exponent", size("1e3"), Refused("a whole number (nodes), found `1e3")),
        ("a plus sign", size("+1"), Refused("a whole number (nodes), found `+1")),
        ("a hexadecimal number", size("0x88"), Refused("a whole number (nodes), found `0x88")),
        ("a leading zero", size("0136"), Refused("a whole number (nodes), found `0136")),
        ("NaN", size("NaN"), Refused("a whole number (nodes), found `NaN")),
        ("a lone minus", size("-"), Refused("a whole number (nodes), found `-,")),
        ("null", size("null"), Refused("a whole number (nodes), found `null")),
        ("a text", size("\"136\""), Refused("a whole number (nodes), found `\"136")),
        ("an array", size("[136]"), Refused("the end of the array (nodes), found `[136]")),
        ("nothing", size(""), Refused("a whole number (nodes), found `,2")),
        ("a negative size", size("-16"), Refused("not negative (nodes), found `-16")),
        ("a size above 2^64", size("18446744073709551616"), Refused("a number below 2^64")),
        (
            "100 digits",
            edit("1,4,14", &format!("1,4,{}", "7".repeat(100))),
            Refused("a number below 2^64 (edges)"),
        ),
        ("a missing comma", edit("\n,1,1,3", "\n1,1,3"), Refused("a comma")),
        (
            "a trailing comma",
            edit("\n],\n\"edges\"", ",],\n\"edges\""),
            Refused("a whole number (nodes), found `],"),
        ),
        (
            "a comma in front",
            edit("\"nodes\":[", "\"nodes\":[,"),
            Refused("a whole number (nodes), found `,0,"),
        ),
        ("a comment", edit("\"nodes\"", "/* c */\"nodes\""), Refused("the name of a section")),
        ("the wrong bracket", edit("\n],\n\"edges\"", "\n},\n\"edges\""), Refused("")),
        ("no colon", edit("\"edges\":[", "\"edges\"["), Refused("a colon")),
        (
            "nodes are an object",
            edit("\"nodes\":[", "\"nodes\":{\"a\":["),
            Refused("an array of numbers (nodes), found `{"),
        ),
        (
            "nodes are null",
            edit("\"nodes\":[", "\"nodes\":null,\"x\":["),
            Refused("an array of numbers (nodes), found `null"),
        ),
        ("a hole of zero bytes", edit("\n,1,2,5", "\0\0\0\0\0\0\0"), Refused("a zero byte")),
        ("a hole in the strings", edit("1763825911042", "17\0\0\0\0\0\0\0"), Refused("a zero byte")),
    ]);
}

#[test]
fn tables_that_contradict_each_other_are_refused() {
    check([
        (
            "a node cut short",
            edit("0\n],\n\"edges\"", "0,1\n],\n\"edges\""),
            Refused("29 numbers, which is no multiple of the 7"),
        ),
        (
            "an edge cut short",
            edit("\n],\n\"trace_f", ",1\n],\n\"trace_f"),
            Refused("13 numbers, which is no multiple of the 3"),
        ),
        (
            "an edge too few",
            edit("\n,0,0,21", ""),
            Refused("4 edges together, but the edge table has 3 rows"),
        ),
        (
            "an edge too many",
            edit("\n,0,0,21", "\n,0,0,21\n,0,0,21"),
            Refused("but the edge table has 5 rows"),
        ),
        (
            "an edge count of 2^32 + 2",
            edit("136,2,", "136,4294967298,"),
            Refused("a smaller number (nodes), found `4294967298"),
        ),
        (
            "edge counts that add up to 2^32 + 3",
            edit("136,2,", "136,4294967295,"),
            Refused("more than 4,294,967,294"),
        ),
        ("a negative edge count", edit("136,2,", "136,-2,"), Refused("not negative")),
        (
            "a name of 2^32 + 1",
            edit("\n,1,1,3", "\n,1,4294967297,3"),
            Refused("a smaller number (nodes), found `4294967297"),
        ),
        (
            "a target behind the last node",
            edit("1,4,14", "1,4,28"),
            Refused("a multiple of 7 up to 21 (edges), found `28`"),
        ),
        (
            "a target within a node",
            edit("1,4,14", "1,4,15"),
            Refused("a multiple of 7 up to 21 (edges), found `15`"),
        ),
        (
            "a target that wraps to a right one",
            edit("1,4,14", "1,4,30064771086"),
            Refused("found `30064771086`"),
        ),
        ("a negative target", edit("1,4,14", "1,4,-7"), Refused("not negative (edges)")),
        (
            "sizes that add up to 2^64",
            edit(",136,", ",18446744073709551615,"),
            Refused("which no heap can have"),
        ),
        (
            "no nodes",
            edit(&base()[base().find("0,0,1").unwrap()..base().find("\n],").unwrap()], ""),
            Refused(""),
        ),
        ("section `nodes` twice", append("\"nodes\":[]"), Refused("section `nodes` occurs twice")),
        ("section `strings` twice", append("\"strings\":[\"a\"]"), Refused("section `strings` occurs twice")),
        ("section `snapshot` twice", append("\"snapshot\":{}"), Refused("section `snapshot` occurs twice")),
        ("no section `strings`", edit("\"strings\"", "\"texts\""), Refused("no section `strings`")),
        ("no section `edges`", edit("\"edges\"", "\"kanten\""), Refused("no section `edges`")),
    ]);
}

#[test]
fn a_file_that_is_cut_off_is_read_when_its_graph_is_whole() {
    check([
        ("in the header", cut_before("\"node_types\""), Refused("cut off in the header")),
        ("behind the first brace", "{".to_owned(), Refused("cut off in the file (it ends at byte 1)")),
        ("before nodes", cut_before("\"nodes\""), Refused("cut off in the file")),
        ("in nodes", cut_before("136"), Refused("cut off in nodes")),
        ("between nodes and edges", cut_before("\"edges\""), Refused("cut off in the file")),
        ("in edges", cut_before(",14\n"), Refused("cut off in edges")),
        (
            "behind edges",
            cut_before("\"trace_function_infos\""),
            WithBut("(missing string 1)", "cut off in the file"),
        ),
        ("in locations", cut_before(",22,4"), WithBut("(missing string 1)", "cut off in locations")),
        ("before strings", cut_before("\"strings\""), WithBut("(missing string 1)", "cut off in the file")),
        ("in a name", cut_before("825911042"), WithBut("\"Array\" @5", "cut off in strings")),
        (
            "in an escape",
            edit("1763", r"\u00e9").split("0e9").next().unwrap().to_owned(),
            WithBut("\"Array\" @5", "cut off in strings"),
        ),
        (
            "before the last bracket",
            base().strip_suffix("]}").unwrap().to_owned(),
            BaseBut("cut off in strings"),
        ),
        (
            "before the last brace",
            base().strip_suffix('}').unwrap().to_owned(),
            BaseBut("cut off in the file"),
        ),
    ]);
}

/// Wherever a file ends, and whatever byte of it is broken, there is an answer.
#[test]
fn no_cut_and_no_broken_byte_makes_a_panic() {
    let base = base().into_bytes();
    for end in 0..base.len() {
        let _ = read(&base[..end]).map(|heap| graph(&heap));
    }
    for at in 0..base.len() {
        for byte in [0, b'"', b'\\', b']', b',', b'9', b'-', b' ', 0xff] {
            let mut broken = base.clone();
            broken[at] = byte;
            let _ = read(broken).map(|heap| graph(&heap));
        }
    }
}

#[test]
fn other_files_are_named() {
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(base().bytes().flat_map(|byte| [byte, 0])).collect();
    let chunk =
        serde_json::json!({"method": "HeapProfiler.addHeapSnapshotChunk", "params": {"chunk": base()}});
    check([
        ("an empty file", "".into(), Refused("an empty file")),
        ("blanks", " \n\t ".into(), Refused("a file of blanks")),
        ("a CPU profile", r#"{"nodes":[{"id":1,"callFrame":{"functionName":"(root)"},"children":[2]}],"startTime":1,"samples":[1]}"#.into(), Refused("a CPU profile")),
        ("a sampling profile", r#"{"head":{"callFrame":{"functionName":"(root)"},"selfSize":0,"children":[]},"samples":[]}"#.into(), Refused("a sampling heap profile")),
        ("a performance trace", r#"{"traceEvents":[{"name":"x","ph":"X"}]}"#.into(), Refused("a performance trace")),
        ("Safari's heap snapshot", r#"{"version":3,"type":"Inspector","nodes":[0,0,0,0],"nodeClassNames":["<root>"],"edges":[]}"#.into(), Refused("Bun.generateHeapSnapshot")),
        ("a HAR file", r#"{"log":{"version":"1.2","entries":[]}}"#.into(), Refused("a HAR file")),
        ("protocol messages", format!("{chunk}\n{chunk}").into_bytes(), Refused("Join the texts of all `chunk` members")),
        ("a snapshot in a JSON text", serde_json::to_vec(&base()).unwrap(), Refused("a snapshot within a JSON text")),
        ("a log line before the snapshot", format!("written to x\n{}", base()).into(), Refused("with other text before it")),
        ("an error page", "<!DOCTYPE html><html>404</html>".into(), Refused("HTML")),
        ("a PNG", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), Refused("a PNG image")),
        ("a zip", b"PK\x03\x04\0\0\0\0".to_vec(), Refused("a zip archive")),
        ("a git LFS pointer", "version https://git-lfs.github.com/spec/v1\n".into(), Refused("git lfs pull")),
        ("UTF-16 of PowerShell", utf16, Refused("PowerShell")),
        ("a package.json", r#"{"name":"x","version":"1.0.0","dependencies":{}}"#.into(), Refused("no heap snapshot: it has no section")),
        ("another graph", r#"{"nodes":[{"id":1}],"edges":[],"snapshot":"x"}"#.into(), Refused("a header with `meta`")),
        ("an array", "[]".into(), Refused("expected the `{` that a heap snapshot begins with")),
        ("an empty object", "{}".into(), Refused("no heap snapshot")),
        ("random bytes", (0..5000u32).map(|i| (i * 197 + (i >> 3) * 31) as u8).collect(), Refused("at byte 0")),
    ] as [(&str, Vec<u8>, Expect); 20]);
}

/// Reads a file of a folder that is removed afterwards.
fn open(folder: &Path, name: &str, bytes: &[u8]) -> Result<RawSnapshot, Error> {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    format::open(&path, &Progress::new())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn packed_files_are_known_by_their_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let base = base();
    let expected = graph(&read(base.as_bytes()).unwrap());
    let (first, second) = base.as_bytes().split_at(400);
    let packed = gzip(base.as_bytes());
    for (name, bytes) in [
        ("plain.heapsnapshot", base.as_bytes().to_vec()),
        ("gzip.heapsnapshot.gz", packed.clone()),
        ("gzip-with-plain-name.heapsnapshot", packed.clone()),
        ("two-members.gz", [gzip(first), gzip(second)].concat()),
        ("zstd.zst", zstd::encode_all(base.as_bytes(), 1).unwrap()),
        ("a name with blanks, \"quotes\" and žluťoučký 😀", base.clone().into_bytes()),
    ] {
        let heap = open(folder.path(), name, &bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(graph(&heap), expected, "{name}");
        assert_eq!(heap.byte_len, base.len() as u64, "{name}");
    }

    let wrong_sum = [&packed[..packed.len() - 8], &[0; 8]].concat();
    let zstd = zstd::encode_all(base.as_bytes(), 1).unwrap();
    for (name, bytes, message) in [
        ("cut", &packed[..packed.len() - 40], "cannot unpack the gzip file"),
        ("wrong checksum", &wrong_sum, "cannot unpack the gzip file"),
        ("garbage behind", &[&packed[..], b"garbage"].concat(), "cannot unpack the gzip file"),
        ("cut zstd", &zstd[..zstd.len() - 9], "cannot unpack the zstd file"),
        ("something else", &gzip(b"hello"), "at byte 0: expected the `{`"),
        ("an empty one", &gzip(b""), "an empty file"),
    ] {
        let error = open(folder.path(), "broken", bytes).unwrap_err().to_string();
        assert!(error.contains(message), "{name}: {error}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_plain_file_is_not_even_opened() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("good"), base()).unwrap();
    symlink("good", at("link")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    symlink("loop", at("loop")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    let open = |path: &Path| format::open(path, &Progress::new());

    assert!(open(&at("link")).is_ok());
    for (path, message) in [
        (folder.path().to_owned(), "a directory is not a file"),
        (at("pipe"), "a pipe is not a file"), // opening it would wait for somebody to write
        ("/dev/zero".into(), "a device is not a file"),
        (at("dangling"), "cannot open the file"),
        (at("loop"), "cannot open the file"),
        (at("absent"), "cannot open the file"),
    ] {
        let error = open(&path).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

/// A file system makes a hole where a file was preallocated and never written.
#[test]
fn a_sparse_file_is_refused_at_its_first_zero_byte() {
    let folder = tempfile::tempdir().unwrap();
    for part in [base().find("136").unwrap(), base().find("1763").unwrap(), base().len() / 4] {
        let path = folder.path().join("sparse");
        std::fs::write(&path, &base()[..part]).unwrap();
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(8 << 30).unwrap();
        let error = format::open(&path, &Progress::new()).unwrap_err().to_string();
        assert!(error.contains(&format!("at byte {part}")) && error.contains("a zero byte"), "{error}");
    }
}

#[test]
fn hostile_shapes_cost_no_more_than_their_size() {
    let folder = tempfile::tempdir().unwrap();
    let name = |text: &str| edit("1763825911042-0", text);
    let blanks = |count: usize| edit("\"nodes\"", &(" ".repeat(count) + "\"nodes\""));
    let nested = |open: &str, close: &str, depth| open.repeat(depth) + &close.repeat(depth);
    let tree = format!("\"trace_tree\":[{}]", nested("1,0,1,16,[", "]", 100_000));
    let graphs_are_the_same = [
        ("a million nested arrays", append(&format!("\"x\":{}", nested("[", "]", 1_000_000)))),
        (
            "a million nested objects",
            append(&format!("\"x\":{}0{}", "{\"a\":".repeat(1_000_000), "}".repeat(1_000_000))),
        ),
        ("a deep trace tree", edit("\"trace_tree\":[]", &tree)),
        ("a name of a section of 20 MB", append(&format!("\"{}\":1", "k".repeat(20 << 20)))),
        (
            "blanks between numbers",
            edit(",136,", &format!(",{}136{},", " ".repeat(5 << 20), "\n".repeat(5 << 20))),
        ),
        ("blanks between strings", edit("\"last\"", &format!("{}\"last\"", " ".repeat(5 << 20)))),
        ("blanks between sections", blanks(30 << 20)),
    ];
    check(graphs_are_the_same.map(|(what, text)| (what, text, Base)));

    let heap = read(name(&"0123456789abcdef".repeat(50 << 16))).unwrap();
    assert_eq!(heap.strings.get(StringIndex(3)).len(), 50 << 20);
    let heap = read(name(&r"\u0041\n".repeat(1_500_000))).unwrap();
    assert_eq!(heap.strings.get(StringIndex(3)), "A\n".repeat(1_500_000));
    let heap = read(edit("\"last\"", &format!("\"last\"{}", ",\"\"".repeat(2_000_000)))).unwrap();
    assert_eq!(heap.strings.len(), 2_000_006);
    assert_eq!(heap.strings.get(StringIndex(2_000_005)), "");

    let bomb = gzip(blanks(200 << 20).as_bytes());
    assert!(bomb.len() < 2 << 20);
    let heap = open(folder.path(), "bomb.gz", &bomb).unwrap();
    assert_eq!(heap.nodes.kind.len(), NODES.len());
}

/// Tables of many pieces, each of which is read on its own: a chain in which all that
/// can be computed from a row's number is compared.
#[test]
fn large_tables_are_read_whole_and_in_order() {
    const COUNT: u32 = 300_000;
    for line_end in ["", "\n"] {
        let mut nodes = String::new();
        let mut edges = String::new();
        for node in 0..COUNT {
            let comma = if node == 0 { "" } else { "," };
            let edge_count = u32::from(node + 1 < COUNT);
            let (id, size) = (u64::from(node) * 77_777 + 1, u64::from(node % 1000).pow(4));
            let _ = write!(nodes, "{line_end}{comma}1,{},{id},{size},{edge_count},0,{}", node % 6, node % 4);
            if edge_count == 1 {
                let _ = write!(edges, "{line_end}{comma}0,{node},{}", (node + 1) * 7);
            }
        }
        let base = base();
        let (start, end) = (base.find("\"nodes\"").unwrap(), base.find("\"trace_function_infos\"").unwrap());
        let text = format!("{}\"nodes\":[{nodes}],\"edges\":[{edges}],{}", &base[..start], &base[end..]);
        let heap = read(text).unwrap();
        assert_eq!(heap.nodes.kind.len(), COUNT as usize);
        for node in 0..COUNT {
            let row = node as usize;
            assert_eq!(heap.nodes.name[row], node % 6);
            assert_eq!(heap.nodes.id.get(node), u64::from(node) * 77_777 + 1);
            assert_eq!(heap.self_sizes.get(node), u64::from(node % 1000).pow(4));
            assert_eq!(heap.nodes.first_edge[row], node);
            if node + 1 < COUNT {
                assert_eq!((heap.edges.name_or_index[row], heap.edges.to[row]), (node, node + 1));
            }
        }
        assert_eq!(heap.nodes.first_edge[COUNT as usize], COUNT - 1);
        let detachedness = heap.nodes.detachedness.as_deref().unwrap();
        assert!(detachedness.iter().zip(0..).all(|(&state, node)| u32::from(state) == node % 4));
    }
}

#[test]
fn a_mistake_in_a_large_table_is_told_with_its_place() {
    let mut edges = "0,1,7\n,".repeat(1_000_000);
    let broken = edges.len() / 2 / 7 * 7 + 2;
    edges.replace_range(broken..=broken, "x");
    let text = edit("\"edges\":[", &format!("\"edges\":[{edges}"));
    let place = text.find("x,7").unwrap();
    assert_eq!(
        read(text).unwrap_err().to_string(),
        format!("at byte {place}: expected a whole number (edges), found `x,7…`")
    );
}

#[test]
fn reading_can_be_cancelled() {
    let progress = Progress::new();
    progress.cancel();
    let result = format::read(Source::from_bytes(base().into_bytes()), &progress);
    assert!(matches!(result, Err(Error::Cancelled(_))));
}
