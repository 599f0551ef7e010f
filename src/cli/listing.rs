//! Plain lists of values as text, CSV or JSON: for answers that are no tree of objects.

use std::io::{BufWriter, Write, stdout};

use super::Error;
use super::args::Format;
use super::print::{cut, width};
use crate::analysis::{Distance, Heap, display_name};
use crate::export::harmless;
use crate::graph::NodeOrdinal;
use crate::util::text::one_line;
use crate::util::{Progress, units};

/// A value of a list.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Any text: whole in CSV, its start on one line in a table.
    Text(String),
    /// A number of things.
    Count(u64),
    /// A size.
    Bytes(u64),
    /// A size that may be negative.
    SignedBytes(i64),
    /// Any other number.
    Decimal(f64),
    /// An object, as `@5`.
    Id(u64),
    /// A number that counts and weighs nothing, such as a line.
    Number(u64),
    /// A time in milliseconds.
    Milliseconds(f64),
    /// Steps from a root; in JSON with DevTools' numbers for what no user root reaches.
    Steps(Distance),
    /// The level of a row in a tree, first in its row: people see it as indentation of the
    /// next value.
    Depth(u32),
    /// Not known, or not there.
    None,
}

impl Value {
    /// For people.
    fn shown(&self) -> String {
        match self {
            Self::Text(text) => cut(&one_line(text, LINE)),
            Self::Count(count) => units::count(*count),
            Self::Bytes(bytes) => units::bytes_short(*bytes),
            Self::SignedBytes(bytes) if *bytes < 0 => units::bytes_short_signed((*bytes).into()),
            Self::SignedBytes(bytes) => units::bytes_short(bytes.unsigned_abs()),
            Self::Decimal(number) => number.to_string(),
            Self::Id(id) => format!("@{id}"),
            Self::Number(number) => number.to_string(),
            Self::Milliseconds(time) => time.to_string(),
            Self::Steps(steps) => {
                steps.shown().map_or_else(|| "\u{2212}".to_owned(), |steps| units::count(steps as u64))
            }
            Self::Depth(level) => "  ".repeat((*level).min(DEEPEST_INDENT) as usize),
            Self::None => "\u{2212}".to_owned(),
        }
    }

    /// For programs.
    fn plain(&self) -> String {
        match self {
            Self::Text(text) => harmless(text).into_owned(),
            Self::Count(number) | Self::Bytes(number) | Self::Id(number) | Self::Number(number) => {
                number.to_string()
            }
            Self::SignedBytes(number) => number.to_string(),
            Self::Decimal(number) | Self::Milliseconds(number) => number.to_string(),
            Self::Steps(steps) => steps.shown().map(|steps| steps.to_string()).unwrap_or_default(),
            Self::Depth(level) => level.to_string(),
            Self::None => String::new(),
        }
    }

    /// As a value of JSON.
    fn json(self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.into(),
            Self::Count(number) | Self::Bytes(number) | Self::Id(number) | Self::Number(number) => {
                number.into()
            }
            Self::SignedBytes(number) => number.into(),
            Self::Decimal(number) | Self::Milliseconds(number) => number.into(),
            Self::Steps(steps) => steps.0.into(),
            Self::Depth(level) => level.into(),
            Self::None => serde_json::Value::Null,
        }
    }

    fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}

/// The columns that tell which object a row is about.
pub(super) const OBJECT: [&str; 6] = ["id", "name", "class", "distance", "shallow_size", "retained_size"];

/// The values of [`OBJECT`].
pub(super) fn object_values(heap: &Heap, node: NodeOrdinal) -> Vec<Value> {
    vec![
        Value::Id(heap.graph.id(node).0),
        Value::Text(display_name(heap, node)),
        Value::Text(heap.classes.name_of(node).to_owned()),
        Value::Steps(heap.distances.of(node)),
        Value::Bytes(heap.sizes.of(node)),
        Value::Bytes(heap.retained.of(node)),
    ]
}

/// A list with facts about the whole of it.
pub(super) struct Listing<'a, Rows> {
    /// Only for JSON.
    pub facts: Vec<(&'static str, serde_json::Value)>,
    /// What the rows are called in JSON.
    pub rows_are: &'static str,
    /// A name a value of a row.
    pub names: &'a [&'a str],
    pub rows: Rows,
}

impl<Rows: Iterator<Item = Vec<Value>>> Listing<'_, Rows> {
    /// Writes the list to standard output, row by row: it may have millions of them.
    pub(super) fn write(self, format: Format, progress: &Progress) -> Result<(), Error> {
        if format != Format::Json {
            return write_listing(format, self.names, self.rows, progress);
        }
        let mut out = BufWriter::new(stdout().lock());
        self.write_json(&mut out, progress)?;
        Ok(out.flush()?)
    }

    /// One object, in it an array of the rows, each on a line of its own.
    fn write_json(self, out: &mut impl Write, progress: &Progress) -> Result<(), Error> {
        let text = |text: &str| serde_json::Value::from(text);
        writeln!(out, "{{")?;
        for (name, value) in &self.facts {
            writeln!(out, "  {}: {value},", text(name))?;
        }
        write!(out, "  {}: [", text(self.rows_are))?;
        let mut is_first = true;
        for row in self.rows {
            progress.check()?;
            write!(out, "{}\n    {{", if is_first { "" } else { "," })?;
            for (place, (name, value)) in self.names.iter().zip(row).enumerate() {
                let comma = if place > 0 { ", " } else { "" };
                write!(out, "{comma}{}: {}", text(name), value.json())?;
            }
            write!(out, "}}")?;
            is_first = false;
        }
        Ok(writeln!(out, "{}]\n}}", if is_first { "" } else { "\n  " })?)
    }
}

/// Levels of a tree that people can tell apart by indentation.
const DEEPEST_INDENT: u32 = 100;

/// More characters than a column of a table has.
const LINE: usize = 200;

/// Prints a list; `names` are the headings of CSV, and with blanks those of a table.
pub(super) fn write_listing(
    format: Format,
    names: &[&str],
    rows: impl Iterator<Item = Vec<Value>>,
    progress: &Progress,
) -> Result<(), Error> {
    let mut out = BufWriter::new(stdout().lock());
    if format == Format::Csv {
        let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut out);
        csv.write_record(names)?;
        for row in rows {
            progress.check()?;
            csv.write_record(row.iter().map(Value::plain))?;
        }
        csv.flush()?;
    } else {
        write_table(names, rows, &mut out, progress)?;
    }
    Ok(out.flush()?)
}

/// Columns as wide as their widest value; texts on the left, numbers on the right.
fn write_table(
    names: &[&str],
    rows: impl Iterator<Item = Vec<Value>>,
    out: &mut impl Write,
    progress: &Progress,
) -> Result<(), Error> {
    let is_tree = names.first() == Some(&"depth");
    let titles: Vec<String> = names.iter().skip(usize::from(is_tree)).map(|name| titled(name)).collect();
    let mut widths: Vec<usize> = titles.iter().map(|title| width(title)).collect();
    let mut is_text = vec![false; titles.len()];
    let mut lines: Vec<Vec<String>> = Vec::new();
    for row in rows {
        progress.check()?;
        let (indent, row) = match row.split_first() {
            Some((level, row)) if is_tree => (level.shown(), row),
            _ => (String::new(), &row[..]),
        };
        let mut line: Vec<String> = row.iter().map(Value::shown).collect();
        if let Some(first) = line.first_mut() {
            first.insert_str(0, &indent);
        }
        for (column, (text, value)) in line.iter().zip(row).enumerate() {
            widths[column] = widths[column].max(width(text)); // as many values as names
            is_text[column] |= value.is_text();
        }
        lines.push(line);
    }
    for line in std::iter::once(&titles).chain(&lines) {
        let mut text = String::new();
        for (column, cell) in line.iter().enumerate() {
            let blanks = " ".repeat(widths[column] - width(cell));
            let gap = if column == 0 { "" } else { "  " };
            text += &if is_text[column] {
                format!("{gap}{cell}{blanks}")
            } else {
                format!("{gap}{blanks}{cell}")
            };
        }
        writeln!(out, "{}", text.trim_end())?;
    }
    Ok(())
}

/// `retained_size` as `Retained size`.
fn titled(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    (first + letters.as_str()).replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::{Listing, Value, write_table};
    use crate::analysis::Distance;
    use crate::util::Progress;

    #[test]
    fn texts_stand_left_and_numbers_right() {
        let rows = [
            vec![Value::Text("Cart".into()), Value::Count(1200), Value::Bytes(5_000), Value::Id(7)],
            vec![Value::Text("a\nb".into()), Value::Count(3), Value::SignedBytes(-50), Value::None],
        ];
        let mut out = Vec::new();
        let names = ["name", "count", "shallow_size", "id"];
        write_table(&names, rows.into_iter(), &mut out, &Progress::new()).unwrap();
        let expected = "Name  Count  Shallow size  Id\n\
                        Cart  1,200       5.00 kB  @7\n\
                        a\\nb      3         −50 B   −\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn trees_are_indented_and_steps_from_system_roots_not_shown() {
        let rows = || {
            [
                vec![Value::Depth(0), Value::Text("near".into()), Value::Steps(Distance(3))],
                vec![Value::Depth(1), Value::Text("far".into()), Value::Steps(Distance(100_000_002))],
            ]
            .into_iter()
        };
        let names = ["depth", "edge", "distance"];
        let mut out = Vec::new();
        write_table(&names, rows(), &mut out, &Progress::new()).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "Edge   Distance\nnear          3\n  far         \u{2212}\n"
        );

        let json = |rows: Vec<Vec<Value>>| {
            let facts = vec![("total", rows.len().into())];
            let listing = Listing { facts, rows_are: "paths", names: &names, rows: rows.into_iter() };
            let mut out = Vec::new();
            listing.write_json(&mut out, &Progress::new()).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(json(Vec::new()), "{\n  \"total\": 0,\n  \"paths\": []\n}\n");
        let json: serde_json::Value = serde_json::from_str(&json(rows().collect())).unwrap();
        assert_eq!(
            json["paths"][1],
            serde_json::json!({ "depth": 1, "edge": "far", "distance": 100_000_002 })
        );
    }
}
