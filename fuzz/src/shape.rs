//! Snapshots made from bytes: well-formed JSON, whatever the bytes are, with names that mean something.
//!
//! Bytes that are changed at random are hardly ever JSON, let alone a graph. Here each byte decides
//! about one thing (a node's type, its name, where an edge leads), so that what comes out is always
//! read, and the analyses see graphs that nobody would draw.

use std::fmt::Write as _;

const NODE_TYPES: &str = r#"["hidden","array","string","object","code","closure","regexp","number","native","synthetic","concatenated string","sliced string","symbol","bigint","object shape"]"#;
const EDGE_TYPES: &str = r#"["context","element","property","internal","hidden","shortcut","weak"]"#;

/// Names that some analysis asks for.
const NAMES: &[&str] = &[
    "",
    "(GC roots)",
    "Object",
    "Array",
    "a",
    "b",
    "map",
    "__proto__",
    "constructor",
    "first",
    "second",
    "elements",
    "table",
    "system / Context",
    "system / NativeContext",
    "native_context",
    "scope_info",
    "context",
    "Window / https://example.org",
    "Detached Window",
    "Detached HTMLDivElement",
    "(Document DOM trees)",
    "WeakMap",
    "2 / part of key (Key @5) -> value (Value @7) pair in WeakMap (table @9)",
    "part of key (",
    "global",
    "(Global handles)",
    "\\ud83d\\u0041",
    "extra_native_bytes",
    "x\\u0000y",
    "C++ native",
    "system / JSArrayBufferData",
    "<symbol a>",
    "native_bind",
    "bound_function",
    "sloppy_function_map",
    "properties",
];

/// The bytes that decide, one after another; zeros when they are used up.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn byte(&mut self) -> u64 {
        self.0.next().copied().unwrap_or(0).into()
    }

    /// Mostly small, now and then at the limits of 16, 32 and 64 bits.
    fn number(&mut self) -> u64 {
        match self.byte() {
            byte @ 0..=199 => byte,
            byte @ 200..=229 => byte << 8 | self.byte(),
            byte @ 230..=239 => u64::from(u32::MAX) - 5 + (byte - 230),
            byte @ 240..=247 => (1 << 53) - 4 + (byte - 240),
            byte => u64::MAX - (255 - byte),
        }
    }
}

/// The snapshot that `bytes` stand for.
pub fn snapshot(bytes: &[u8]) -> String {
    let mut choices = Choices(bytes.iter());
    let node_count = choices.byte() % 48 + 1;
    let has_detachedness = choices.byte() % 4 > 0;
    let fields = if has_detachedness { 6 } else { 5 };
    let (mut nodes, mut edges, mut edge_count) = (String::new(), String::new(), 0);
    for node in 0..node_count {
        let (kind, name) = (choices.byte() % 17, choices.byte() % (NAMES.len() as u64 + 1));
        let id = if choices.byte() % 16 == 0 { choices.number() } else { 2 * node + 1 };
        // The sum of all sizes must be a number that there is.
        let (size, own_edges) = (choices.number().min(1 << 58), choices.byte() % 6);
        let comma = if node == 0 { "" } else { "," };
        let _ = write!(nodes, "{comma}{kind},{name},{id},{size},{own_edges}");
        if has_detachedness {
            let _ = write!(nodes, ",{}", choices.byte() % 5);
        }
        for _ in 0..own_edges {
            let (kind, to) = (choices.byte() % 8, choices.byte() % node_count * fields);
            let name = choices.byte();
            let name = if kind == 1 || kind == 4 { name } else { name % (NAMES.len() as u64 + 1) };
            let comma = if edge_count == 0 { "" } else { "," };
            let _ = write!(edges, "{comma}{kind},{name},{to}");
            edge_count += 1;
        }
    }
    let location = choices.byte() * fields;
    let detachedness = if has_detachedness { ",\"detachedness\"" } else { "" };
    let strings: Vec<String> = NAMES.iter().map(|name| format!("\"{name}\"")).collect();
    format!(
        "{{\"snapshot\":{{\"meta\":{{\"node_fields\":[\"type\",\"name\",\"id\",\"self_size\",\"edge_count\"\
         {detachedness}],\"node_types\":[{NODE_TYPES}],\"edge_fields\":[\"type\",\"name_or_index\",\"to_node\"],\
         \"edge_types\":[{EDGE_TYPES}],\"location_fields\":[\"object_index\",\"script_id\",\"line\",\"column\"]}},\
         \"node_count\":{node_count},\"edge_count\":{edge_count}}},\"nodes\":[{nodes}],\"edges\":[{edges}],\
         \"locations\":[{location},1,2,3],\"strings\":[{}]}}",
        strings.join(",")
    )
}
