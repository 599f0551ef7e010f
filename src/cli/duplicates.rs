//! `duplicates`: strings whose text other strings have, too.

use std::path::Path;

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::Error;
use super::answer::{check_unchanged, write_json};
use super::args::{Format, Output};
use super::listing::{Value, write_listing};
use super::opening::open_at;
use crate::analysis::{
    DuplicateStrings, Heap, Sameness, SizeRule, StringGroup, display_name, duplicate_strings,
};
use crate::util::Progress;

/// Prints all groups, the one that retains most first; as JSON with the ids of the strings if `ids`.
pub(super) fn run(file: &Path, ids: bool, output: Output, progress: &Progress) -> Result<bool, Error> {
    let heap = open_at(file, SizeRule::Exact, progress)?;
    let found = duplicate_strings(&heap, progress)?;
    if output.format == Format::Json {
        write_json(&Report { heap: &heap, found: &found, ids })?;
        check_unchanged(file, &heap)?;
        return Ok(output.timings);
    }
    let names = ["text", "same", "count", "shallow_size", "retained_size", "length", "hash", "first_id"];
    let row = |group: &StringGroup| {
        let cut = group.cut.unwrap_or_default();
        let number = |number: Option<f64>| number.map_or(Value::None, Value::Decimal);
        let first = found.members(group).next();
        vec![
            Value::Text(text(&heap, &found, group)),
            Value::Text(sameness(group.sameness).replace('_', " ")),
            Value::Count(group.count.into()),
            Value::Bytes(group.shallow_size),
            Value::Bytes(group.retained_size),
            number(cut.length),
            number(cut.hash),
            first.map_or(Value::None, |first| Value::Id(heap.graph.id(first).0)),
        ]
    };
    write_listing(output.format, &names, found.groups.iter().map(row), progress)?;
    check_unchanged(file, &heap)?;
    Ok(output.timings)
}

fn text(heap: &Heap, found: &DuplicateStrings, group: &StringGroup) -> String {
    found.members(group).next().map(|first| display_name(heap, first)).unwrap_or_default()
}

fn sameness(sameness: Sameness) -> &'static str {
    match sameness {
        Sameness::Exact => "exact",
        Sameness::MaybeCut => "maybe_cut",
        Sameness::SameLengthAndHash => "same_length_and_hash",
    }
}

/// The answer as JSON; texts are made one after the other while it is written.
struct Report<'a> {
    heap: &'a Heap,
    found: &'a DuplicateStrings,
    ids: bool,
}

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let groups = &self.found.groups;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("group_count", &groups.len())?;
        map.serialize_entry("string_count", &groups.iter().map(|group| u64::from(group.count)).sum::<u64>())?;
        map.serialize_entry(
            "groups",
            &Sequence(|| groups.iter().map(|group| Group { report: self, group })),
        )?;
        map.end()
    }
}

/// Values that are made while they are written.
struct Sequence<F>(F);

impl<I: Iterator<Item = T>, T: Serialize, F: Fn() -> I> Serialize for Sequence<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0())
    }
}

struct Group<'a> {
    report: &'a Report<'a>,
    group: &'a StringGroup,
}

impl Serialize for Group<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Report { heap, found, ids } = *self.report;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("text", &text(heap, found, self.group))?;
        map.serialize_entry("same", sameness(self.group.sameness))?;
        map.serialize_entry("count", &self.group.count)?;
        map.serialize_entry("shallow_size", &self.group.shallow_size)?;
        map.serialize_entry("retained_size", &self.group.retained_size)?;
        if let Some(cut) = self.group.cut {
            map.serialize_entry("length", &cut.length)?;
            map.serialize_entry("hash", &cut.hash)?;
        }
        if ids {
            let ids = || found.members(self.group).map(|node| heap.graph.id(node).0);
            map.serialize_entry("ids", &Sequence(ids))?;
        }
        map.end()
    }
}
