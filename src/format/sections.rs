//! Finds the parts of the document, in whatever order they stand.

use std::ops::Range;

use super::cursor::{self, Cursor, describe};
use super::meter::Meter;
use super::numbers::NumberArray;
use super::string_scan::StringScan;
use super::traces::TraceSections;
use super::{Error, Result, Warning, scopes};

/// The parts that were found so far.
#[derive(Debug, Default)]
pub(super) struct Sections {
    /// Bytes from the start of the text.
    pub header: Option<Range<usize>>,
    pub nodes: Option<NumberArray>,
    pub edges: Option<NumberArray>,
    pub locations: Option<NumberArray>,
    pub traces: TraceSections,
    /// Where the scope tables begin, in the order of [`scopes::SECTIONS`].
    pub scopes: [Option<usize>; 3],
}

impl Sections {
    /// Whether header, nodes and edges have been found.
    pub(super) fn tables_are_found(&self) -> bool {
        self.header.is_some() && self.nodes.is_some() && self.edges.is_some()
    }
}

/// What comes next in the document.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The string table: the slow part, for which the caller may have company.
    Strings,
    /// Nothing: the document is complete.
    End,
}

/// Steps from section to section.
pub(super) struct SectionReader<'a> {
    cursor: Cursor<'a>,
    started: bool,
}

impl<'a> SectionReader<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        let byte_order_mark = text.starts_with(b"\xef\xbb\xbf");
        Self { cursor: Cursor::new(text, if byte_order_mark { 3 } else { 0 }, cursor::WHOLE), started: false }
    }

    /// Finds all sections up to the string table (or the end).
    pub(super) fn find(&mut self, sections: &mut Sections, meter: Meter) -> Result<Next> {
        while let Some(key) = self.next_key()? {
            meter.check()?;
            self.cursor.skip_blanks();
            let start = self.cursor.at;
            match &*key {
                b"snapshot" => {
                    self.within("the header", Cursor::skip_value)?;
                    meter.advance(self.cursor.at - start)?;
                    once(&mut sections.header, start..self.cursor.at, "snapshot")?;
                }
                b"nodes" => {
                    let array = self.within("nodes", |cursor| NumberArray::locate(cursor, meter))?;
                    once(&mut sections.nodes, array, "nodes")?;
                }
                b"edges" => {
                    let array = self.within("edges", |cursor| NumberArray::locate(cursor, meter))?;
                    once(&mut sections.edges, array, "edges")?;
                }
                b"locations" => {
                    let array = self.within("locations", |cursor| NumberArray::locate(cursor, meter))?;
                    once(&mut sections.locations, array, "locations")?;
                }
                b"strings" => return Ok(Next::Strings),
                other => {
                    self.within("a section that is not used", Cursor::skip_value)?;
                    meter.advance(self.cursor.at - start)?;
                    match other {
                        b"trace_function_infos" => {
                            once(&mut sections.traces.function_infos, start, "trace_function_infos")?;
                        }
                        b"trace_tree" => once(&mut sections.traces.tree, start, "trace_tree")?,
                        b"samples" => once(&mut sections.traces.samples, start, "samples")?,
                        _ => {
                            for (slot, name) in sections.scopes.iter_mut().zip(scopes::SECTIONS) {
                                if other == name.as_bytes() {
                                    once(slot, start, name)?;
                                }
                            }
                        }
                    }
                }
            }
        }
        Ok(Next::End)
    }

    /// Reads the string table that [`SectionReader::find`] stopped at. After an error
    /// `table` has the texts that are whole.
    pub(super) fn strings(&mut self, table: &mut StringScan, meter: Meter) -> Result<()> {
        self.within("strings", |cursor| table.read(cursor, meter))
    }

    /// Warns about what stands behind the document.
    pub(super) fn check_end(&mut self, warnings: &mut Vec<Warning>) {
        self.cursor.skip_blanks();
        let rest = &self.cursor.text[self.cursor.at..];
        if !rest.is_empty() {
            warnings.push(Warning(format!(
                "{} bytes behind the end of the snapshot are ignored: {}",
                rest.len(),
                describe(rest)
            )));
        }
    }

    /// Moves behind the next key and its colon. `None` at the end of the document.
    fn next_key(&mut self) -> Result<Option<Box<[u8]>>> {
        let cursor = &mut self.cursor;
        if self.started {
            cursor.skip_blanks();
            match cursor.peek() {
                Some(b'}') => {
                    cursor.at += 1;
                    return Ok(None);
                }
                Some(b',') => cursor.at += 1,
                _ => return Err(cursor.error("a comma and another section, or the end")),
            }
        } else {
            cursor.expect(b'{', "the `{` that a heap snapshot begins with")?;
            self.started = true;
            cursor.skip_blanks();
            if cursor.peek() == Some(b'}') {
                cursor.at += 1;
                return Ok(None);
            }
        }
        let raw = cursor.text("the name of a section")?;
        cursor.expect(b':', "a colon behind the name of a section")?;
        Ok(Some(known_key(raw)))
    }

    /// Reads on with `section` as the name in messages.
    fn within<T>(
        &mut self,
        section: &'static str,
        read: impl FnOnce(&mut Cursor<'a>) -> Result<T>,
    ) -> Result<T> {
        let outer = std::mem::replace(&mut self.cursor.section, section);
        let result = read(&mut self.cursor);
        self.cursor.section = outer;
        result
    }
}

/// A section's name without escapes; of long ones the beginning, as none that is known is long.
fn known_key(raw: &[u8]) -> Box<[u8]> {
    let raw = &raw[..raw.len().min(128)];
    if raw.contains(&b'\\') { super::strings::unescape(raw).into_bytes().into() } else { raw.into() }
}

/// Notes a section, which a document may have once only.
fn once<T>(slot: &mut Option<T>, section: T, name: &str) -> Result<()> {
    if slot.replace(section).is_some() {
        return Err(twice(name));
    }
    Ok(())
}

/// The error of a document that has a section more than once.
pub(super) fn twice(name: &str) -> Error {
    Error::Inconsistent(format!(
        "section `{name}` occurs twice: two files may have been joined into this one"
    ))
}

/// The error of a document without a section that all snapshots have.
pub(super) fn missing(name: &str) -> Error {
    Error::Inconsistent(format!("this is no heap snapshot: it has no section `{name}`"))
}
