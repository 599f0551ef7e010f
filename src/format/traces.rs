//! The sections of allocation tracking: not kept, but looked at, so that a broken one is told.

use super::cursor::Cursor;
use super::meta::Header;
use super::meter::Meter;
use super::numbers::NumberArray;
use super::{Result, Warning};

/// Where the sections begin that a file with allocation stacks or a timeline has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TraceSections {
    pub function_infos: Option<usize>,
    pub tree: Option<usize>,
    pub samples: Option<usize>,
}

/// Warns about sections that do not have the shape that the header says.
pub(super) fn check(
    text: &[u8],
    sections: TraceSections,
    header: &Header,
    nodes_have_traces: bool,
    meter: Meter,
    warnings: &mut Vec<Warning>,
) -> Result<()> {
    let mut warn = |text: &str| warnings.push(Warning(text.to_owned()));
    for (start, name, fields) in [
        (sections.samples, "samples", header.sample_fields),
        (sections.function_infos, "trace_function_infos", header.trace_function_fields),
    ] {
        let Some(start) = start else { continue };
        match NumberArray::locate(&mut Cursor::new(text, start, name), meter) {
            Ok(array) if array.len.is_multiple_of(fields as u64) => {}
            Ok(array) => warn(&format!(
                "section `{name}` has {} numbers, no multiple of the {fields} of an entry; it is not used",
                array.len
            )),
            Err(super::Error::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(_) => warn(&format!("section `{name}` is no array of numbers; it is not used")),
        }
    }
    let tree = sections.tree.map(|start| tree_shape(&text[start..], header.trace_node_fields));
    if tree == Some(Tree::Broken) {
        warn("section `trace_tree` is no tree of allocation stacks; it is not used");
    } else if nodes_have_traces && tree != Some(Tree::Sound) {
        warn("nodes refer to allocation stacks, but the file has no tree of them");
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tree {
    Empty,
    Sound,
    Broken,
}

/// Whether an array is a tree of trace nodes: rows of `fields` entries of which the
/// last one is such an array itself, and the others are numbers.
///
/// An array can only begin as the last entry of a row, so behind its end the row is
/// always complete: nothing needs to be remembered for the levels above but their number.
fn tree_shape(text: &[u8], fields: usize) -> Tree {
    let mut depth = 0u64;
    let mut entry = fields - 1; // the whole tree stands where a row's children would
    let mut shape = Tree::Empty;
    let mut in_number = false;
    for &byte in text {
        let is_digit = byte.is_ascii_digit();
        match byte {
            _ if is_digit => {
                if !in_number {
                    entry += 1;
                    shape = Tree::Sound;
                }
                if entry >= fields || depth == 0 {
                    return Tree::Broken;
                }
            }
            b'[' if entry == fields - 1 => {
                depth += 1;
                entry = 0;
            }
            b']' if entry == 0 && depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    return shape;
                }
            }
            b',' | b' ' | b'\n' | b'\r' | b'\t' => {}
            _ => return Tree::Broken,
        }
        in_number = is_digit;
    }
    Tree::Broken
}

#[cfg(test)]
mod tests {
    use super::{Tree, tree_shape};

    #[test]
    fn a_trace_tree_is_rows_that_end_in_their_children() {
        assert_eq!(tree_shape(b"[]", 5), Tree::Empty);
        assert_eq!(tree_shape(b"[1,0,0,0,[2,1,8,64,[],\n3,1,8,64,[]]]", 5), Tree::Sound);
        assert_eq!(tree_shape(b"[1,2,[3]]", 5), Tree::Broken);
        assert_eq!(tree_shape(b"[1,0,0,0,0,[]]", 5), Tree::Broken);
        assert_eq!(tree_shape(b"[1,0,0,0,[]", 5), Tree::Broken);
        assert_eq!(tree_shape(b"\"text\"", 5), Tree::Broken);
    }
}
