//! What the window would show first, as text, for where there is no display.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use super::Error;
use super::answer::check_unchanged;
use super::opening::open_at;
use super::print::print_table;
use crate::analysis::{Heap, SizeRule};
use crate::graph::NodeOrdinal;
use crate::rows::{Comparison, Filter, PathFinder, RetainersOf, Summary, Tree, object_words, size_delta_of};
use crate::util::{Progress, units};
use crate::workspace::{Compared, SnapshotKey, compare, title_of};

/// How many constructors are printed.
const ROWS: u64 = 15;

/// Why a comparison is by counts only.
pub(super) fn counts_only(compared: &Compared) -> String {
    let share = units::percent(compared.comparability.agreeing, compared.comparability.common);
    format!(
        "the ids of these snapshots do not name the same objects ({share} of the common ids agree; a new \
         inspector session numbers objects anew), so counts are compared, not objects"
    )
}

/// Prints the comparison of the first and the last snapshot and the retaining
/// path of what grew most; of a single one its constructors.
pub fn tell_story(files: &[PathBuf], mut out: impl Write) -> Result<(), Error> {
    let (Some(first), Some(last)) = (files.first(), files.last()) else { return Ok(()) };
    let progress = Progress::new();
    let target = open_at(last, SizeRule::Exact, &progress)?;
    if files.len() == 1 {
        writeln!(out, "{}: {}\n", title_of(last), units::bytes_short(target.total_size()))?;
        let tree = Tree::build(Arc::new(Summary::new(target.clone())), None, Filter::default(), &progress)?;
        print_table(&tree, ROWS, &mut out)?;
        return check_unchanged(last, &target);
    }
    let base = open_at(first, SizeRule::Exact, &progress)?;
    let compared = compare((SnapshotKey(0), &base), (SnapshotKey(1), &target), &progress)?;
    writeln!(
        out,
        "{} → {}: {}\n",
        title_of(first),
        title_of(last),
        units::bytes_short_signed(compared.size_delta.into())
    )?;
    if !compared.diff.by_id {
        writeln!(out, "Note: {}.\n", counts_only(&compared))?;
    }
    let source = Comparison::new(base.clone(), target.clone(), compared.diff.clone());
    let tree = Tree::build(Arc::new(source), None, Filter::default(), &progress)?;
    print_table(&tree, ROWS, &mut out)?;
    tell_what_grew(&compared, &target, &progress, &mut out)?;
    check_unchanged(first, &base)?;
    check_unchanged(last, &target)
}

/// Who holds a typical new object of the class that grew most.
fn tell_what_grew(
    compared: &Compared,
    target: &Arc<Heap>,
    progress: &Progress,
    mut out: impl Write,
) -> Result<(), Error> {
    let by_id = compared.diff.by_id;
    let Some(class) = compared.diff.list.iter().max_by_key(|class| size_delta_of(class, by_id)) else {
        return Ok(());
    };
    if size_delta_of(class, by_id) <= 0 {
        return Ok(writeln!(out, "\nNothing grew.")?);
    }
    let members = |key: &str| -> Vec<NodeOrdinal> {
        let rows = &target.aggregates;
        let row = rows.list.iter().find(|row| target.classes.get(row.class).key == key);
        row.map(|row| rows.members(row).collect()).unwrap_or_default()
    };
    let nodes = if by_id { class.added.clone() } else { members(&class.key) };
    let Some(typical) = PathFinder::new(target, progress).typical(&nodes)? else { return Ok(()) };
    let words: String = object_words(target, typical.node).into_iter().map(|span| span.text).collect();
    writeln!(
        out,
        "\n{} grew most. A typical one is {words}: {} of {} looked at are held like this:\n",
        class.name, typical.alike, typical.looked_at
    )?;
    let source = RetainersOf::new(target.clone(), typical.node, progress)?;
    let tree = Tree::build(Arc::new(source), None, Filter::default(), progress)?;
    Ok(print_table(&tree, ROWS, &mut out)?)
}
