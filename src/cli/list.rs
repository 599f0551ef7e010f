//! Answers that are lists: aligned columns for people, CSV, or JSON with one entry a line.

use std::io::{BufWriter, Write, stdout};

use serde_json::Value;

use super::Error;
use super::args::Format;
use crate::analysis::{Distance, Heap, display_name};
use crate::export::harmless;
use crate::graph::NodeOrdinal;
use crate::util::text::one_line;
use crate::util::units;

/// Longest text of a column, in characters.
const TEXT_WIDTH: usize = 72;

/// How the values of a column are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As it is, left-aligned.
    Text,
    /// A number, such as an id.
    Number,
    /// How many.
    Count,
    /// Bytes.
    Bytes,
    /// Steps from a root, with DevTools' numbers for what no user root reaches.
    Distance,
    /// Level of the entry in a tree: people see it as indentation of the first text.
    Depth,
}

/// A column: its name in CSV and JSON, and what its values are.
pub(super) type Column = (&'static str, Kind);

/// The columns that tell which object an entry is about.
pub(super) const OBJECT_COLUMNS: [Column; 6] = [
    ("id", Kind::Number),
    ("name", Kind::Text),
    ("class", Kind::Text),
    ("distance", Kind::Distance),
    ("shallow_size", Kind::Bytes),
    ("retained_size", Kind::Bytes),
];

/// The values of [`OBJECT_COLUMNS`].
pub(super) fn object_values(heap: &Heap, node: NodeOrdinal) -> Vec<Value> {
    vec![
        heap.graph.id(node).0.into(),
        display_name(heap, node).into(),
        heap.classes.name_of(node).into(),
        heap.distances.of(node).0.into(),
        heap.sizes.of(node).into(),
        heap.retained.of(node).into(),
    ]
}

/// A list to be written.
pub(super) struct List<'a, Rows> {
    /// Facts about the whole list, for JSON.
    pub facts: Vec<(&'static str, Value)>,
    /// What the entries are called in JSON.
    pub name: &'static str,
    pub columns: &'a [Column],
    /// The entries, each with a value a column.
    pub rows: Rows,
}

impl<Rows: Iterator<Item = Vec<Value>>> List<'_, Rows> {
    /// Writes the list to standard output.
    pub(super) fn write(self, format: Format) -> Result<(), Error> {
        let mut out = BufWriter::new(stdout().lock());
        self.write_to(format, &mut out)?;
        Ok(out.flush()?)
    }

    fn write_to(self, format: Format, out: &mut impl Write) -> Result<(), Error> {
        match format {
            Format::Json => self.write_json(out),
            Format::Csv => self.write_csv(out),
            Format::Table => self.write_table(out),
        }
    }

    fn write_json(self, out: &mut impl Write) -> Result<(), Error> {
        writeln!(out, "{{")?;
        for (name, value) in &self.facts {
            writeln!(out, "  {}: {},", Value::from(*name), value)?;
        }
        write!(out, "  {}: [", Value::from(self.name))?;
        let mut separator = "\n    ";
        for row in self.rows {
            write!(out, "{separator}{{")?;
            for (place, ((name, _), value)) in self.columns.iter().zip(&row).enumerate() {
                let comma = if place > 0 { ", " } else { "" };
                write!(out, "{comma}{}: {value}", Value::from(*name))?;
            }
            write!(out, "}}")?;
            separator = ",\n    ";
        }
        let end = if separator.starts_with(',') { "\n  ]" } else { "]" };
        Ok(writeln!(out, "{end}\n}}")?)
    }

    fn write_csv(self, out: &mut impl Write) -> Result<(), Error> {
        let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        csv.write_record(self.columns.iter().map(|column| column.0))?;
        for row in self.rows {
            csv.write_record(self.columns.iter().zip(&row).map(|((_, kind), value)| match value {
                Value::Null => String::new(),
                Value::String(text) => harmless(text).into_owned(),
                Value::Number(steps) if *kind == Kind::Distance => shown_steps(steps).unwrap_or_default(),
                other => other.to_string(),
            }))?;
        }
        Ok(csv.flush()?)
    }

    fn write_table(self, out: &mut impl Write) -> Result<(), Error> {
        let shown: Vec<&Column> = self.columns.iter().filter(|column| column.1 != Kind::Depth).collect();
        let depth_at = self.columns.iter().position(|column| column.1 == Kind::Depth);
        let first_text = shown.iter().position(|column| column.1 == Kind::Text).unwrap_or(0);
        let mut lines = vec![shown.iter().map(|column| column.0.replace('_', " ")).collect::<Vec<_>>()];
        for mut row in self.rows {
            let depth = depth_at.map_or(0, |at| row.remove(at).as_u64().unwrap_or(0));
            let cells = shown.iter().zip(&row).enumerate().map(|(place, (column, value))| {
                let indent = if place == first_text { depth.min(u64::from(u16::MAX)) as usize } else { 0 };
                "  ".repeat(indent) + &cell(column.1, value)
            });
            lines.push(cells.collect());
        }
        let width = |place: usize| lines.iter().map(|line| line[place].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..shown.len()).map(width).collect();
        for line in &lines {
            let mut text = String::new();
            for ((cell, (_, kind)), &width) in line.iter().zip(&shown).zip(&widths) {
                let blanks = " ".repeat(width - cell.chars().count());
                let (before, behind) = if *kind == Kind::Text { ("", &*blanks) } else { (&*blanks, "") };
                text.push_str(&format!("{before}{cell}{behind}  "));
            }
            writeln!(out, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

fn cell(kind: Kind, value: &Value) -> String {
    match (kind, value) {
        (_, Value::Null) => String::new(),
        (_, Value::String(text)) => one_line(text, TEXT_WIDTH),
        (Kind::Count, value) => units::count(value.as_u64().unwrap_or(0)),
        (Kind::Bytes, value) => units::bytes_short(value.as_u64().unwrap_or(0)),
        (Kind::Distance, Value::Number(steps)) => shown_steps(steps).unwrap_or_else(|| "\u{2212}".to_owned()),
        (_, other) => other.to_string(),
    }
}

fn shown_steps(steps: &serde_json::Number) -> Option<String> {
    let steps = i32::try_from(steps.as_i64()?).ok()?;
    Distance(steps).shown().map(|steps| steps.to_string())
}

#[cfg(test)]
mod tests {
    use super::{Kind, List};
    use crate::cli::args::Format;
    use serde_json::{Value, json};

    fn written(format: Format, rows: Vec<Vec<Value>>) -> String {
        let columns = [
            ("depth", Kind::Depth),
            ("id", Kind::Number),
            ("name", Kind::Text),
            ("distance", Kind::Distance),
            ("shallow_size", Kind::Bytes),
        ];
        let list = List {
            facts: vec![("total", 2.into())],
            name: "hits",
            columns: &columns,
            rows: rows.into_iter(),
        };
        let mut out = Vec::new();
        list.write_to(format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_list_has_three_forms() {
        let rows = || {
            vec![
                vec![json!(0), json!(7), json!("=Cart\n2"), json!(3), json!(1500)],
                vec![json!(1), json!(11), json!(null), json!(100_000_002), json!(8)],
            ]
        };
        assert_eq!(
            written(Format::Table, rows()),
            "id  name      distance  shallow size\n 7  =Cart\\n2         3       1.50 kB\n\
             11                   \u{2212}           8 B\n"
        );
        assert_eq!(
            written(Format::Csv, rows()),
            "depth,id,name,distance,shallow_size\r\n0,7,\"'=Cart\n2\",3,1500\r\n1,11,,,8\r\n"
        );
        let json: Value = serde_json::from_str(&written(Format::Json, rows())).unwrap();
        assert_eq!(json["total"], 2);
        assert_eq!(json["hits"][1]["distance"], 100_000_002);
        assert_eq!(written(Format::Json, Vec::new()), "{\n  \"total\": 2,\n  \"hits\": []\n}\n");
    }
}
