//! Says what a file is that is no heap snapshot.

use super::{Error, cursor::Cursor};

/// Bytes of the beginning that are looked at.
const LOOKED_AT: usize = 1 << 16;

/// Turns the error of a file that is something else into one that says so.
pub(super) fn explain(text: &[u8], error: Error) -> Error {
    if matches!(error, Error::Cancelled(_) | Error::Io { .. }) {
        return error;
    }
    match recognize(&text[..text.len().min(LOOKED_AT)]) {
        Some((what, hint)) => Error::OtherFormat { what, hint },
        None => error,
    }
}

const TAKE_A_SNAPSHOT: &str =
    "Take a heap snapshot: DevTools, Memory panel; or in Node, v8.writeHeapSnapshot()";
const COPY_AGAIN: &str = "Fetch or copy the .heapsnapshot file itself again";

/// What it is, and what to do.
fn recognize(start: &[u8]) -> Option<(&'static str, &'static str)> {
    by_first_bytes(start).or_else(|| by_content(start))
}

fn by_first_bytes(start: &[u8]) -> Option<(&'static str, &'static str)> {
    let blank_free = start.trim_ascii_start();
    let found = match start {
        [] => ("an empty file", COPY_AGAIN),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => (
            "UTF-16 text",
            "PowerShell's `>` writes that: save the snapshot to a file directly, or convert it to UTF-8",
        ),
        [0x89, b'P', b'N', b'G', ..] => ("a PNG image", COPY_AGAIN),
        [b'P', b'K', 3 | 5, ..] => ("a zip archive", "Unpack it first"),
        [b'B', b'Z', b'h', ..] => ("a bzip2 file", "Unpack it first"),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => ("an xz file", "Unpack it first"),
        _ if start.starts_with(b"version https://git-lfs") => {
            ("a git LFS pointer", "Run `git lfs pull` to fetch the file it stands for")
        }
        _ => match blank_free {
            [] => ("a file of blanks", COPY_AGAIN),
            [b'<', ..] => ("HTML or XML, such as a server's error page", COPY_AGAIN),
            [b'"', ..] if contains(blank_free, r#"\"snapshot\""#) => {
                ("a snapshot within a JSON text", "Decode that text and save what it holds")
            }
            [b'{', ..] => return None,
            _ if contains(blank_free, r#"{"snapshot":"#) => {
                ("a snapshot with other text before it", "Remove what stands before the first `{`")
            }
            [b'[', ..] if contains(blank_free, r#""ph":"#) => ("a performance trace", TAKE_A_SNAPSHOT),
            _ if start.iter().all(|&byte| byte == 0) => ("a file of zero bytes", COPY_AGAIN),
            _ => return None,
        },
    };
    Some(found)
}

/// Recognizes other files of JSON by the names of their parts.
fn by_content(start: &[u8]) -> Option<(&'static str, &'static str)> {
    let keys = top_level_keys(start);
    let has = |key: &str| keys.contains(&key.as_bytes());
    if has("snapshot") && (has("nodes") || has("edges") || contains(start, r#""node_fields""#)) {
        return None;
    }
    if has("method") || has("jsonrpc") {
        return contains(start, "HeapProfiler.addHeapSnapshotChunk").then_some((
            "a log of DevTools protocol messages",
            "Join the texts of all `chunk` members in order and save them as one file",
        ));
    }
    if has("traceEvents") {
        return Some((
            "a performance trace",
            "Open it in DevTools' Performance panel. To see memory, take a heap snapshot",
        ));
    }
    if has("head") && contains(start, r#""callFrame""#) {
        return Some((
            "a sampling heap profile",
            "Open it in DevTools' Memory panel. Here, heap snapshots and allocation timelines can be opened",
        ));
    }
    if has("nodes") && contains(start, r#""callFrame""#) {
        return Some((
            "a CPU profile",
            "Open it in DevTools' Performance panel. To see memory, take a heap snapshot",
        ));
    }
    if has("nodeClassNames") || has("edgeNames") || (has("type") && contains(start, r#""Inspector""#)) {
        return Some((
            "a heap snapshot of Safari or JavaScriptCore",
            "In Bun, write V8's format: `Bun.generateHeapSnapshot(\"v8\")`",
        ));
    }
    if has("log") && contains(start, r#""entries""#) {
        return Some(("a HAR file (recorded network traffic)", TAKE_A_SNAPSHOT));
    }
    None
}

/// The keys of the object that `start` begins with, as far as it goes.
fn top_level_keys(start: &[u8]) -> Vec<&[u8]> {
    let mut keys = Vec::new();
    let mut cursor = Cursor::new(start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start), 0, "");
    let mut separator = b'{';
    while cursor.expect(separator, "").is_ok()
        && let Ok(key) = cursor.text("")
    {
        keys.push(key);
        separator = b',';
        if cursor.expect(b':', "").is_err() || cursor.skip_value().is_err() {
            break;
        }
    }
    keys
}

fn contains(text: &[u8], part: &str) -> bool {
    memchr::memmem::find(text, part.as_bytes()).is_some()
}
