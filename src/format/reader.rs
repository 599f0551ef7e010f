//! The way from a path to a [`RawSnapshot`].

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use super::change::Watch;
use super::edges::{self, Edges};
use super::meta::Header;
use super::meter::Meter;
use super::nodes::{self, Nodes};
use super::numbers::NumberArray;
use super::sections::{Next, SectionReader, Sections};
use super::standard_input::{self, Input, is_standard_input};
use super::string_scan::StringScan;
use super::unpack::{self, Packing};
use super::{
    Change, Error, Location, RawSnapshot, Result, ScopeSections, Source, Warning, duplicates, locations,
    sections, sniff, source, traces, traces::TrackingSections,
};
use crate::util::{Phase, Progress, spill};

/// Opens a file (maps it, or unpacks it when it is compressed) and reads it. The path `-`
/// stands for standard input. Expects of `progress` the bytes that there are to read, and counts them.
pub fn open(path: &Path, progress: &Progress) -> Result<RawSnapshot> {
    let meter = Meter { progress, counts: true };
    if !is_standard_input(path) {
        let file = source::open_plain(path)?;
        return open_file(file, path, Source::from_file, meter);
    }
    let path = Path::new(standard_input::SHOWN);
    match standard_input::take()? {
        Input::File(file) => open_file(file, path, Source::from_nameless_file, meter),
        Input::Stream => read_expected(unpack::receive(std::io::stdin().lock(), path, meter)?, meter),
    }
}

/// Reads an open file; `map` makes it a source if it is not compressed.
fn open_file(
    mut file: File,
    path: &Path,
    map: impl FnOnce(File, &Path) -> Result<Source>,
    meter: Meter,
) -> Result<RawSnapshot> {
    let packing = packing_of(&mut file, path)?;
    let Some(packing) = packing else {
        let source = map(file, path)?;
        let raw = read_expected(source.clone(), meter);
        return unless_changed(source.change(), path, raw);
    };
    // Unpacking takes longer than reading, about twice as long.
    let watch = Watch::of(&file, path)?;
    let source = meter.progress.part(0.0..0.65, || {
        meter.progress.expect(file.metadata().map_or(0, |metadata| metadata.len()));
        unpack::unpack(file, packing, path, meter)
    });
    let source = unless_changed(watch.change(), path, source)?;
    meter.progress.part(0.65..1.0, || read_expected(source, meter))
}

fn read_expected(source: Source, meter: Meter) -> Result<RawSnapshot> {
    meter.progress.expect(source.bytes().len() as u64);
    read_metered(source, meter)
}

/// What was read of a file, unless it changed meanwhile: then neither what was found in
/// it nor what was missed tells anything.
fn unless_changed<T>(change: Option<Change>, path: &Path, read: Result<T>) -> Result<T> {
    match (change, read) {
        (_, Err(error @ Error::Cancelled(_))) => Err(error),
        (Some(Change::Unreadable), _) => {
            let source = std::io::Error::other("it was shorter for a moment, or its disk fails");
            Err(Error::Io { action: "read all of the file", path: path.to_owned(), source })
        }
        (Some(change), _) if change.touches_content() => Err(Error::Changed),
        (_, read) => read,
    }
}

/// Reads a snapshot's text. Advances `progress` by its length in bytes.
pub fn read(source: Source, progress: &Progress) -> Result<RawSnapshot> {
    read_metered(source, Meter { progress, counts: true })
}

/// How the file is packed, if it is.
fn packing_of(file: &mut File, path: &Path) -> Result<Option<Packing>> {
    use std::io::Seek;
    let io = |source| Error::Io { action: "read the file", path: path.to_owned(), source };
    let mut start = Vec::new();
    file.take(4).read_to_end(&mut start).map_err(io)?;
    file.rewind().map_err(io)?;
    Ok(Packing::of(&start))
}

fn read_metered(source: Source, meter: Meter) -> Result<RawSnapshot> {
    let text = source.bytes();
    let parts = read_parts(text, meter).map_err(|error| sniff::explain(text, error))?;
    let byte_len = text.len() as u64;
    let Parts { tracking, tables, scopes, strings, warnings, number_spans } = parts;
    let Tables { header, nodes, edges, locations } = tables;
    let scopes = ScopeSections::new(scopes, header.scope_fields);
    Ok(RawSnapshot {
        tracking,
        meta: header.meta,
        nodes: nodes.columns,
        self_sizes: nodes.self_sizes,
        edges: edges.columns,
        strings: strings.into_table(source),
        locations,
        scopes,
        warnings,
        number_spans,
        byte_len,
    })
}

/// All that a file holds.
struct Parts {
    tracking: TrackingSections,
    tables: Tables,
    /// Where the scope tables begin.
    scopes: [Option<usize>; 3],
    strings: StringScan,
    warnings: Vec<Warning>,
    number_spans: [Range<usize>; 2],
}

/// The tables of numbers.
struct Tables {
    header: Header,
    nodes: Nodes,
    edges: Edges,
    locations: Vec<Location>,
}

fn read_parts(text: &[u8], meter: Meter) -> Result<Parts> {
    let mut sections = Sections::default();
    let mut reader = SectionReader::new(text);
    let mut strings = None;
    let mut tables = None;
    let end = loop {
        let next = meter.progress.phase(Phase::Sections, || reader.find(&mut sections, meter));
        if !matches!(next, Ok(Next::Strings)) {
            break next.map(drop);
        }
        let mut found = StringScan::default();
        let mut read_strings = || meter.progress.phase(Phase::Strings, || reader.strings(&mut found, meter));
        // The string table is searched from its start to its end. Where the other tables
        // have been found already, as in all files of V8, they are read meanwhile.
        let string_end = if sections.tables_are_found() && tables.is_none() {
            let (read, end) = rayon::join(|| read_tables(text, &sections, meter), read_strings);
            tables = Some(read?);
            end
        } else {
            read_strings()
        };
        if strings.replace(found).is_some() {
            return Err(sections::twice("strings"));
        }
        if string_end.is_err() {
            break string_end;
        }
    };

    let mut warnings = Vec::new();
    match end {
        Ok(()) => reader.check_end(&mut warnings),
        // A snapshot that was cut off while it was written, but has its graph, is worth seeing.
        Err(error @ Error::Truncated { .. }) if sections.tables_are_found() => {
            warnings.push(Warning(format!("{error}. Nodes and edges are whole; names may be missing")));
            strings.get_or_insert_default();
        }
        Err(error) => return Err(error),
    }
    let (mut tables, mut table_warnings) = match tables {
        Some(tables) => tables,
        None => read_tables(text, &sections, meter)?,
    };
    warnings.append(&mut table_warnings);
    let strings = strings.ok_or_else(|| sections::missing("strings"))?;
    let progress = meter.progress;
    progress.phase(Phase::Strings, || strings.check_utf8(text, meter, &mut warnings))?;
    if let Some(array) = &sections.locations {
        let targets = (tables.nodes.columns.kind.len(), tables.header.nodes.count);
        let layout = &tables.header.locations;
        let read = || locations::read(text, array, layout, targets, meter, &mut warnings);
        tables.locations = progress.phase(Phase::Places, read)?;
    }
    let has_traces = tables.nodes.columns.trace_node.is_some();
    let layout = &tables.header.tracking;
    let check = || traces::check(text, sections.traces, layout, has_traces, meter, &mut warnings);
    let tracking = progress.phase(Phase::Recording, check)?;
    check_names(&tables, strings.len(), &mut warnings);
    let span = |array: &Option<NumberArray>| array.as_ref().map_or(0..0, |array| array.span.clone());
    let number_spans = [span(&sections.nodes), span(&sections.edges)];
    Ok(Parts { tracking, tables, scopes: sections.scopes, strings, warnings, number_spans })
}

/// Reads header, nodes and edges, which may stand in any order in the file.
fn read_tables(text: &[u8], sections: &Sections, meter: Meter) -> Result<(Tables, Vec<Warning>)> {
    let progress = meter.progress;
    let header_span = sections.header.clone().ok_or_else(|| sections::missing("snapshot"))?;
    let node_array = sections.nodes.as_ref().ok_or_else(|| sections::missing("nodes"))?;
    let edge_array = sections.edges.as_ref().ok_or_else(|| sections::missing("edges"))?;
    let header = Header::parse(text, header_span)?;
    let needed = needed_bytes(
        node_array.len / header.nodes.count.max(1) as u64,
        edge_array.len / header.edges.count.max(1) as u64,
    );
    check_room(needed, spill::room())?;
    spill::expect(needed);
    let nodes = progress.phase(Phase::Nodes, || nodes::read(text, node_array, &header.nodes, meter))?;
    let node_count = nodes.columns.kind.len();
    let targets = (node_count, header.nodes.count);
    let edges =
        progress.phase(Phase::Edges, || edges::read(text, edge_array, &header.edges, targets, meter))?;
    let edge_count = edges.columns.kind.len();
    if node_count == 0 {
        return Err(Error::Inconsistent("the snapshot has no nodes, not even a root".to_owned()));
    }
    if nodes.edge_total != edge_count as u64 {
        return Err(Error::Inconsistent(format!(
            "the nodes have {} edges together, but the edge table has {edge_count} rows",
            nodes.edge_total
        )));
    }
    let mut warnings = Vec::new();
    header.check_counts(node_count, edge_count, &mut warnings);
    progress.phase(Phase::Ids, || duplicates::check(&nodes.columns.id, meter, &mut warnings))?;
    for (count, what) in [(nodes.unnamed_kinds, "nodes"), (edges.unnamed_kinds, "edges")] {
        if count > 0 {
            warnings.push(Warning(format!("{count} {what} have a type that the header does not name")));
        }
    }
    Ok((Tables { header, nodes, edges, locations: Vec::new() }, warnings))
}

/// What reading and analysing so many nodes and edges holds at once, a little less than measured.
fn needed_bytes(nodes: u64, edges: u64) -> u64 {
    const NODE: u64 = 48;
    const EDGE: u64 = 12;
    nodes.saturating_mul(NODE).saturating_add(edges.saturating_mul(EDGE))
}

/// Refuses tables that do not fit into `room` bytes, where that is known: running out of
/// memory later would end the program.
fn check_room(needed: u64, room: Option<u64>) -> Result<()> {
    match room {
        Some(room) if needed > room => Err(Error::TooLarge { needed, room }),
        _ => Ok(()),
    }
}

/// Warns about names that the string table does not have. A placeholder stands for them.
fn check_names(tables: &Tables, strings: usize, warnings: &mut Vec<Warning>) {
    for (max, what) in [(tables.nodes.max_name, "nodes"), (tables.edges.max_name, "edges")] {
        let is_empty = what == "edges" && tables.edges.columns.kind.is_empty();
        if max as usize >= strings && !is_empty {
            warnings.push(Warning(format!(
                "names of {what} refer to texts up to number {max}, but the file has only {strings}"
            )));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{check_room, needed_bytes};

    #[test]
    fn what_neither_memory_nor_disk_can_hold_is_refused_before_it_is_read() {
        assert!(check_room(needed_bytes(1_000_000, 3_000_000), Some(200_000_000)).is_ok());
        assert!(check_room(needed_bytes(1_000_000_000, 3_000_000_000), None).is_ok(), "nobody knows");
        let refused =
            check_room(needed_bytes(1_000_000_000, 3_000_000_000), Some(2_000_000_000)).unwrap_err();
        assert!(
            refused.to_string().starts_with(
                "opening this snapshot takes about 84.0 GB, but memory and temporary files have room for 2.00 GB"
            ),
            "{refused}"
        );
    }
}
