//! Tables as text for a terminal, and phases with their times.

use std::io::{self, Write};
use std::time::Duration;

use crate::rows::{Row, TableModel, Tree};
use crate::util::{Phase, Progress};

/// Longest first column, in characters.
const NAME_WIDTH: usize = 72;

/// Prints the shown rows of a table, at most `limit`, numbers right-aligned.
pub(super) fn print_table(tree: &Tree, limit: u64, mut out: impl Write) -> io::Result<()> {
    let rows: Vec<Row> = (0..tree.row_count().min(limit)).map(|index| tree.row(index)).collect();
    let titles: Vec<&str> = tree.columns().iter().map(|spec| spec.title).collect();
    let names: Vec<String> = rows.iter().map(|row| cut(&indented_name(row))).collect();
    let name_width =
        names.iter().map(|name| width(name)).chain(titles.first().map(|t| width(t))).max().unwrap_or(0);
    let cell_widths: Vec<usize> = (1..titles.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.cells.get(column - 1)).map(|cell| width(&cell.text));
            cells.max().unwrap_or(0).max(width(titles[column]))
        })
        .collect();

    let mut line = |name: &str, cells: &mut dyn Iterator<Item = &str>| {
        let mut text = format!("{name}{}", " ".repeat(name_width - width(name)));
        for (cell, &cell_width) in cells.zip(&cell_widths) {
            text.push_str(&" ".repeat(2 + cell_width - width(cell)));
            text.push_str(cell);
        }
        writeln!(out, "{}", text.trim_end())
    };
    line(titles.first().unwrap_or(&""), &mut titles.iter().skip(1).copied())?;
    for (row, name) in rows.iter().zip(&names) {
        line(name, &mut row.cells.iter().map(|cell| cell.text.as_str()))?;
    }
    Ok(())
}

fn indented_name(row: &Row) -> String {
    format!("{}{}", "  ".repeat(row.depth as usize), row.name_text())
}

pub(super) fn cut(name: &str) -> String {
    if width(name) <= NAME_WIDTH {
        return name.to_owned();
    }
    name.chars().take(NAME_WIDTH - 1).chain(['…']).collect()
}

pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// Prints the phases that ended, with their times.
pub(super) fn print_timings(progress: &Progress, whole: Duration) {
    let line = |label: &str, time: Duration| eprintln!("{:>10.1} ms  {label}", time.as_secs_f64() * 1000.0);
    for (phase, time) in progress.timings() {
        line(Phase::label(phase), time);
    }
    line("in all", whole);
    if let Some(bytes) = private_memory() {
        eprintln!("{:>10.1} MB  private memory now", bytes as f64 / 1e6);
    }
}

/// Anonymous memory of this process in bytes, where the system tells.
fn private_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
