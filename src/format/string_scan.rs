//! Finds where each text of the string table begins.

use rayon::prelude::*;

use super::cursor::Cursor;
use super::meter::Meter;
use super::{Error, Result, Warning};

/// The string table's places.
#[derive(Debug)]
pub(super) struct StringScan {
    /// As [`super::StringTable`] wants them: behind each opening quote, and one more.
    pub starts: Vec<u64>,
    /// A bit for each text with a backslash.
    pub escaped: Vec<u64>,
}

impl StringScan {
    /// Number of texts.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }
}

/// Texts between two looks at the cancel flag.
const TICK: usize = 1 << 14;

/// Reads the string table that `cursor` stands before, and moves behind it.
pub(super) fn scan(cursor: &mut Cursor, meter: Meter) -> Result<StringScan> {
    cursor.expect(b'[', "an array of texts")?;
    let mut table = StringScan { starts: Vec::new(), escaped: Vec::new() };
    let mut counted = cursor.at;
    cursor.skip_blanks();
    if cursor.peek() == Some(b']') {
        cursor.at += 1;
        table.starts.push(cursor.at as u64);
        return Ok(table);
    }
    loop {
        let row = table.starts.len();
        if row.is_multiple_of(TICK) {
            meter.advance(cursor.at - counted)?;
            counted = cursor.at;
        }
        cursor.expect(b'"', "a text")?;
        if row.is_multiple_of(64) {
            table.escaped.push(0);
        }
        table.starts.push(cursor.at as u64);
        if skip_text(cursor)? {
            table.escaped[row / 64] |= 1 << (row % 64); // pushed with the first row of each word
        }
        if cursor.peek() != Some(b',') {
            cursor.skip_blanks();
        }
        match cursor.peek() {
            Some(b',') => cursor.at += 1,
            Some(b']') => break,
            _ => return Err(cursor.error("a comma, or the end of the array")),
        }
    }
    cursor.at += 1;
    meter.advance(cursor.at - counted)?;
    if table.starts.len() > u32::MAX as usize {
        let rows = table.starts.len();
        return Err(Error::Inconsistent(format!(
            "the string table has {rows} texts; more than 4,294,967,295 cannot be opened"
        )));
    }
    table.starts.push(cursor.at as u64);
    Ok(table)
}

/// Moves from behind an opening quote to behind the closing one. Whether there were escapes.
#[inline]
fn skip_text(cursor: &mut Cursor) -> Result<bool> {
    let mut escaped = false;
    loop {
        let rest = cursor.text.get(cursor.at..).unwrap_or_default();
        let Some(found) = memchr::memchr3(b'"', b'\\', 0, rest) else {
            return Err(cursor.truncated());
        };
        cursor.at += found;
        match rest[found] {
            b'"' => {
                cursor.at += 1;
                return Ok(escaped);
            }
            b'\\' => {
                cursor.at +=
                    escape_length(&rest[found..]).ok_or_else(|| cursor.error("an escape of JSON"))?;
                escaped = true;
            }
            _ => return Err(cursor.error("a character of a text")),
        }
    }
}

/// Length of the escape that `text` begins with, if it is one.
fn escape_length(text: &[u8]) -> Option<usize> {
    match text.get(1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => text.get(2..6)?.iter().all(u8::is_ascii_hexdigit).then_some(6),
        _ => None,
    }
}

/// Warns where texts are no UTF-8: what is wrong in them is shown as U+FFFD.
pub(super) fn check_utf8(
    text: &[u8],
    table: &StringScan,
    meter: Meter,
    warnings: &mut Vec<Warning>,
) -> Result<()> {
    // Between two texts stand only quotes, commas and blanks, so whole runs of them can be checked.
    let broken: Vec<Result<usize>> = table
        .starts
        .par_windows(TICK + 1)
        .step_by(TICK)
        .map(|run| {
            meter.check()?;
            Ok(count_broken(text, run))
        })
        .collect();
    let whole_runs = (table.starts.len() - 1) / TICK * TICK;
    let mut count = count_broken(text, &table.starts[whole_runs..]);
    for part in broken {
        count += part?;
    }
    if count > 0 {
        warnings
            .push(Warning(format!("{count} texts are not valid UTF-8; U+FFFD is shown for what is wrong")));
    }
    Ok(())
}

fn count_broken(text: &[u8], starts: &[u64]) -> usize {
    let is_broken = |run: &[u64]| {
        let bytes = &text[run[0] as usize..run[run.len() - 1] as usize];
        !bytes.is_ascii() && std::str::from_utf8(bytes).is_err()
    };
    if starts.len() < 2 || !is_broken(starts) {
        return 0;
    }
    starts.windows(2).filter(|text| is_broken(text)).count()
}
