//! Raw arrays of all computed numbers, little-endian, one entry a node in file
//! order: what differential tests compare byte for byte.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::Error;
use super::answer::check_unchanged;
use super::opening::open_at;
use crate::analysis::{Heap, SizeRule, native_contexts};
use crate::util::Progress;
use crate::util::text::utf16_order;

/// Writes the arrays of a snapshot; with `wrap32` sizes count modulo 4 GiB, as DevTools has them.
pub(super) fn run(file: &Path, folder: &Path, wrap32: bool, progress: &Progress) -> Result<(), Error> {
    let rule = if wrap32 { SizeRule::Wrap32 } else { SizeRule::Exact };
    let heap = open_at(file, rule, progress)?;
    dump(&heap, folder, progress)?;
    check_unchanged(file, &heap)
}

/// Writes `distance.i32`, `retained.f64`, `dominator.u32`, `self.u32` (modulo
/// 2^32), `detached.u8`, `flags.u8`, `nativecontext.i32`, `class.u32` (rows of
/// `classes.json`, the sorted public class keys).
fn dump(heap: &Heap, folder: &Path, progress: &Progress) -> Result<(), Error> {
    fs::create_dir_all(folder)?;
    let write = |name: &str, bytes: &mut dyn Iterator<Item = [u8; 4]>| write_array(folder, name, bytes);
    write("distance.i32", &mut heap.distances.steps.iter().map(|steps| steps.to_le_bytes()))?;
    write("dominator.u32", &mut heap.dominators.immediate.iter().map(|node| node.to_le_bytes()))?;
    write("self.u32", &mut heap.sizes.bytes.iter().map(|size| (size as u32).to_le_bytes()))?;
    let contexts = native_contexts(&heap.graph, &heap.detachedness, progress)?;
    write("nativecontext.i32", &mut contexts.of.iter().map(|context| context.to_le_bytes()))?;

    let (keys, rank) = ranked_keys(heap);
    write("class.u32", &mut heap.classes.of_node.iter().map(|&class| rank[class as usize].to_le_bytes()))?;
    let lines: Vec<String> = keys.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    fs::write(folder.join("classes.json"), format!("[\n{}\n]\n", lines.join(",\n")))?;

    write_array(
        folder,
        "retained.f64",
        &mut heap.retained.bytes.iter().map(|size| (size as f64).to_le_bytes()),
    )?;
    fs::write(folder.join("detached.u8"), &heap.detachedness.state[..])?;
    fs::write(folder.join("flags.u8"), &heap.flags().bits[..])?;
    Ok(())
}

/// The distinct public keys in JavaScript's order, and the place of each class among them.
fn ranked_keys(heap: &Heap) -> (Vec<&str>, Vec<u32>) {
    let mut keys: Vec<&str> = heap.classes.list.iter().map(|class| class.key.as_str()).collect();
    keys.sort_by(|a, b| utf16_order(a, b));
    keys.dedup();
    let place = |key: &str| keys.binary_search_by(|other| utf16_order(other, key));
    let rank = heap.classes.list.iter().map(|class| place(&class.key).unwrap_or_default() as u32).collect();
    (keys, rank)
}

fn write_array<const N: usize>(
    folder: &Path,
    name: &str,
    entries: &mut dyn Iterator<Item = [u8; N]>,
) -> io::Result<()> {
    let mut out = BufWriter::new(fs::File::create(folder.join(name))?);
    for entry in entries {
        out.write_all(&entry)?;
    }
    out.flush()
}
