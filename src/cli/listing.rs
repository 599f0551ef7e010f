//! Plain lists of values as text or CSV: for answers that are no tree of objects.

use std::io::{BufWriter, Write, stdout};

use super::Error;
use super::args::Format;
use super::print::{cut, width};
use crate::export::harmless;
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
    /// An object, as `@5`.
    Id(u64),
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
            Self::Id(id) => format!("@{id}"),
            Self::None => "\u{2212}".to_owned(),
        }
    }

    /// For programs.
    fn plain(&self) -> String {
        match self {
            Self::Text(text) => harmless(text).into_owned(),
            Self::Count(number) | Self::Bytes(number) | Self::Id(number) => number.to_string(),
            Self::SignedBytes(number) => number.to_string(),
            Self::None => String::new(),
        }
    }

    fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}

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
    let titles: Vec<String> = names.iter().map(|name| titled(name)).collect();
    let mut widths: Vec<usize> = titles.iter().map(|title| width(title)).collect();
    let mut is_text = vec![false; titles.len()];
    let mut lines: Vec<Vec<String>> = Vec::new();
    for row in rows {
        progress.check()?;
        let line: Vec<String> = row.iter().map(Value::shown).collect();
        for (column, (text, value)) in line.iter().zip(&row).enumerate() {
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
    use super::{Value, write_table};
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
}
