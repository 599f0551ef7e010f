//! A made-up heap of any size, written in a stream.
//!
//! It has what weighs in heaps of real services: session objects in stores that keep them, each with
//! plain objects, arrays, closures over contexts, texts, maps (hidden classes) and code; about 3.2
//! edges a node and 70 bytes of file a node; edges to near objects and far ones; one place in a script
//! for each closure. The same number of nodes gives the same bytes.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Values that a node and an edge have in the file.
const NODE_FIELDS: u64 = 6;

/// Kinds of nodes, as V8 counts them.
const ARRAY: u64 = 1;
const STRING: u64 = 2;
const OBJECT: u64 = 3;
const CODE: u64 = 4;
const CLOSURE: u64 = 5;
const NUMBER: u64 = 7;
const NATIVE: u64 = 8;
const SYNTHETIC: u64 = 9;
const CONCATENATED: u64 = 10;
const SHAPE: u64 = 14;

/// Kinds of edges, as V8 counts them.
const CONTEXT: u64 = 0;
const ELEMENT: u64 = 1;
const PROPERTY: u64 = 2;
const INTERNAL: u64 = 3;
const WEAK: u64 = 6;

/// Texts that many share. Behind them stand those of the sessions, [`TEXTS`] each.
const NAMES: &[&str] = &[
    "",
    "(GC roots)",
    "global",
    "SessionStore",
    "Map",
    "table",
    "Session",
    "User",
    "Object",
    "Array",
    "(object elements)",
    "onMessage",
    "system / Context",
    "heap number",
    "system / JSArrayBufferData",
    "system / Map",
    "(code for onMessage)",
    "map",
    "properties",
    "elements",
    "user",
    "headers",
    "items",
    "handler",
    "previous",
    "name",
    "email",
    "host",
    "path",
    "first",
    "second",
    "context",
    "shared",
    "code",
    "session",
    "stats",
    "count",
    "store",
    "sessions",
    "__proto__",
    "next",
];

fn name(text: &str) -> u64 {
    NAMES.iter().position(|name| *name == text).expect("one of the names") as u64
}

/// Nodes before the first session: root, (GC roots), global, code, then maps and stores.
const FIRST_MAP: u64 = 4;
const MAPS: u64 = 200;
/// Sessions that a store keeps.
const STORE: u64 = 2_000;
/// Nodes and texts of a session.
const SESSION: u64 = 12;
const TEXTS: u64 = 3;

/// Which nodes there are.
#[derive(Clone, Copy)]
struct Layout {
    stores: u64,
    sessions: u64,
}

impl Layout {
    fn first_session(self) -> u64 {
        FIRST_MAP + MAPS + 2 * self.stores
    }

    fn session(self, session: u64) -> u64 {
        self.first_session() + session * SESSION
    }
}

/// A number that depends on `seed` alone (the mixing steps of `SplitMix64`).
fn random(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x2545_f491_4f6c_dd1d);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// An edge: kind, name or index, target's ordinal.
type Edge = (u64, u64, u64);

/// Takes in a node (kind, name, size) and its edges.
type Visit<'a> = &'a mut dyn FnMut(u64, u64, u64, &[Edge]) -> io::Result<()>;

/// Shows all nodes in the order of the file.
fn visit(layout: Layout, visit: Visit) -> io::Result<()> {
    let property = |text: &str, to: u64| (PROPERTY, name(text), to);
    let internal = |text: &str, to: u64| (INTERNAL, name(text), to);
    visit(SYNTHETIC, name(""), 0, &[(ELEMENT, 1, 1), (ELEMENT, 2, 2)])?;
    let maps: Vec<Edge> = (0..MAPS).map(|map| (ELEMENT, map, FIRST_MAP + map)).collect();
    visit(SYNTHETIC, name("(GC roots)"), 0, &maps)?;
    let stores: Vec<Edge> =
        (0..layout.stores).map(|store| property("store", FIRST_MAP + MAPS + 2 * store)).collect();
    visit(OBJECT, name("global"), 64, &stores)?;
    visit(CODE, name("(code for onMessage)"), 512, &[])?;
    for map in 0..MAPS {
        let (next, size) = (FIRST_MAP + random(map) % MAPS, 80);
        visit(SHAPE, name("system / Map"), size, &[internal("map", FIRST_MAP), (WEAK, name("next"), next)])?;
    }
    for store in 0..layout.stores {
        let table = FIRST_MAP + MAPS + 2 * store + 1;
        visit(OBJECT, name("SessionStore"), 32, &[property("sessions", table), internal("map", FIRST_MAP)])?;
        let end = ((store + 1) * STORE).min(layout.sessions);
        let kept: Vec<Edge> = (store * STORE..end)
            .map(|session| (ELEMENT, session - store * STORE, layout.session(session)))
            .collect();
        visit(ARRAY, name("table"), 16 + 8 * kept.len() as u64, &kept)?;
    }
    (0..layout.sessions).try_for_each(|session| visit_session(layout, session, visit))
}

fn visit_session(layout: Layout, session: u64, visit: Visit) -> io::Result<()> {
    let base = layout.session(session);
    let chance = random(session);
    let map = |number: u64| (INTERNAL, name("map"), FIRST_MAP + (chance >> (8 * number)) % MAPS);
    let property = |text: &str, to: u64| (PROPERTY, name(text), to);
    let text = |number: u64| NAMES.len() as u64 + session * TEXTS + number;
    // Most of what sessions know of each other is near; some is anywhere.
    let near = layout.session(session.saturating_sub(1 + chance % 64));
    let far = layout.session(random(chance) % layout.sessions);

    visit(
        OBJECT,
        name("Session"),
        72 + 8 * (chance % 4),
        &[
            map(0),
            property("user", base + 1),
            property("headers", base + 2),
            property("items", base + 3),
            property("handler", base + 5),
            property("previous", near),
            property("stats", base + 10),
        ],
    )?;
    visit(OBJECT, name("User"), 40, &[map(1), property("name", base + 7), property("email", base + 8)])?;
    let plain =
        [map(2), property("host", base + 7), property("path", base + 9), property("count", base + 11)];
    visit(OBJECT, name("Object"), 56, &plain)?;
    visit(OBJECT, name("Array"), 16, &[(INTERNAL, name("elements"), base + 4), map(3)])?;
    let items = chance % 23;
    let elements: Vec<Edge> = (0..items)
        .map(|item| {
            let target = if item % 4 == 3 { far } else { base + 7 + item % 5 };
            (INTERNAL, NAMES.len() as u64 + item, target)
        })
        .collect();
    visit(ARRAY, name("(object elements)"), 16 + 8 * items, &elements)?;
    let parts = [(INTERNAL, name("context"), base + 6), (INTERNAL, name("code"), 3), map(4)];
    visit(CLOSURE, name("onMessage"), 64, &parts)?;
    visit(OBJECT, name("system / Context"), 40, &[(CONTEXT, name("session"), base), map(5)])?;
    visit(STRING, text(0), 24 + chance % 40, &[map(6)])?;
    visit(STRING, text(1), 32, &[map(6)])?;
    let halves = [(INTERNAL, name("first"), base + 7), (INTERNAL, name("second"), base + 8), map(7)];
    visit(CONCATENATED, text(2), 32, &halves)?;
    visit(NUMBER, name("heap number"), 16, &[map(7)])?;
    visit(NATIVE, name("system / JSArrayBufferData"), random(chance) % 4096, &[])
}

fn write(layout: Layout, out: &mut impl Write) -> io::Result<()> {
    let (mut nodes, mut edges) = (0u64, 0u64);
    visit(layout, &mut |_, _, _, own| {
        nodes += 1;
        edges += own.len() as u64;
        Ok(())
    })?;
    writeln!(
        out,
        "{{\"snapshot\":{{\"meta\":{{\"node_fields\":[\"type\",\"name\",\"id\",\"self_size\",\"edge_count\",\
         \"detachedness\"],\"node_types\":[[\"hidden\",\"array\",\"string\",\"object\",\"code\",\"closure\",\
         \"regexp\",\"number\",\"native\",\"synthetic\",\"concatenated string\",\"sliced string\",\"symbol\",\
         \"bigint\",\"object shape\"],\"string\",\"number\",\"number\",\"number\",\"number\"],\"edge_fields\":\
         [\"type\",\"name_or_index\",\"to_node\"],\"edge_types\":[[\"context\",\"element\",\"property\",\
         \"internal\",\"hidden\",\"shortcut\",\"weak\"],\"string_or_number\",\"node\"],\"trace_function_info_fields\":\
         [\"function_id\",\"name\",\"script_name\",\"script_id\",\"line\",\"column\"],\"trace_node_fields\":[\"id\",\
         \"function_info_index\",\"count\",\"size\",\"children\"],\"sample_fields\":[\"timestamp_us\",\
         \"last_assigned_id\"],\"location_fields\":[\"object_index\",\"script_id\",\"line\",\"column\"]}},\
         \"node_count\":{nodes},\"edge_count\":{edges},\"trace_function_count\":0,\"extra_native_bytes\":0}},"
    )?;
    let mut node = 0;
    out.write_all(b"\"nodes\":[")?;
    visit(layout, &mut |kind, name, size, own| {
        let comma = if node == 0 { "" } else { "," };
        write!(out, "{comma}{kind},{name},{},{size},{},0", 2 * node + 1, own.len())?;
        node += 1;
        Ok(())
    })?;
    out.write_all(b"],\n\"edges\":[")?;
    let mut comma = "";
    visit(layout, &mut |_, _, _, own| {
        for &(kind, name, to) in own {
            write!(out, "{comma}{kind},{name},{}", to * NODE_FIELDS)?;
            comma = ",";
        }
        Ok(())
    })?;
    out.write_all(b"],\n\"trace_function_infos\":[],\n\"trace_tree\":[],\n\"samples\":[],\n\"locations\":[")?;
    for session in 0..layout.sessions {
        let comma = if session == 0 { "" } else { "," };
        write!(out, "{comma}{},7,{},4", (layout.session(session) + 5) * NODE_FIELDS, session % 500)?;
    }
    out.write_all(b"],\n\"strings\":[")?;
    for (index, name) in NAMES.iter().enumerate() {
        write!(out, "{}\"{name}\"", if index == 0 { "" } else { ",\n" })?;
    }
    for session in 0..layout.sessions {
        let key = random(session);
        write!(out, ",\n\"session-{session}\",\n\"user{key:016x}@example.org\",\n")?;
        write!(out, "\"/orders/{:08x}?page={}\\u0026sort=\\\"date\\\"\"", key as u32, session % 90)?;
    }
    out.write_all(b"]}")
}

/// Writes a heap of about so many nodes.
pub(crate) fn make(nodes: u64, path: &Path) -> io::Result<()> {
    let sessions = (nodes / SESSION).max(1);
    let layout = Layout { stores: sessions.div_ceil(STORE), sessions };
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    write(layout, &mut out)?;
    out.flush()
}
