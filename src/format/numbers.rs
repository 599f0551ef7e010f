//! Arrays of millions of integers: found, cut into pieces at commas, and read in parallel.
//!
//! First the array's end is looked for and its commas are counted, piece by piece.
//! From the counts each piece knows which row of the table its first comma belongs
//! to, so all pieces can be read straight into their part of the columns at once.

use std::ops::Range;

use rayon::prelude::*;

use super::cursor::Cursor;
use super::digits::{ArrayText, Numbers, RowHints};
use super::meter::Meter;
use super::{Error, Result};
use crate::util::spill;

/// Bytes of a piece: small enough to stay in the cache between counting and the next
/// step, large enough to make the bookkeeping nothing.
const PIECE: usize = 1 << 20;

/// An empty column for so many rows: nobody asks for them while other columns are read.
pub(super) fn column<T: Clone + Default>(rows: usize) -> Vec<T> {
    spill::for_later(|| vec![T::default(); rows])
}

/// Values a row can have; headers with more are refused.
pub(super) const MAX_FIELDS: usize = 32;

/// Where an array of numbers stands, and how many there are.
#[derive(Debug)]
pub(super) struct NumberArray {
    /// Between the brackets, in bytes from the start of the text.
    pub span: Range<usize>,
    pieces: Vec<Piece>,
    /// Number of values.
    pub len: u64,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    start: usize,
    commas_before: u64,
}

/// Whole rows that one task reads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Task {
    /// Rows of the table.
    pub rows: Range<usize>,
    /// Where the first one's first value begins, in bytes from the start of the text.
    pub start: usize,
    /// Bytes from `start` to where the next task begins.
    pub bytes: usize,
}

impl NumberArray {
    /// Finds the end of an array and counts its values. `cursor` stands before its
    /// bracket, and moves behind it.
    pub(super) fn locate(cursor: &mut Cursor, meter: Meter) -> Result<Self> {
        cursor.expect(b'[', "an array of numbers")?;
        let start = cursor.at;
        let mut pieces = Vec::new();
        let mut commas = 0;
        // A wave of pieces at a time: what lies behind the array's end is looked at in vain.
        let wave = PIECE * 4 * rayon::current_num_threads();
        let mut at = start;
        loop {
            meter.check()?;
            let rest = cursor.text.get(at..).unwrap_or_default();
            if rest.is_empty() {
                return Err(cursor.truncated());
            }
            let ahead = &rest[..rest.len().min(wave)];
            let counted: Vec<_> = ahead.par_chunks(PIECE).map(count_commas).collect();
            for (count, end) in counted {
                pieces.push(Piece { start: at, commas_before: commas });
                commas += count;
                match end {
                    None => at = (at + PIECE).min(cursor.text.len()),
                    Some(end) => {
                        cursor.at = at + end;
                        cursor.expect(b']', "a number, a comma, or the end of the array")?;
                        let span = start..at + end;
                        let mut inside = Cursor::new(&cursor.text[..span.end], start, "");
                        inside.skip_blanks();
                        let len = if inside.at == span.end { 0 } else { commas + 1 };
                        return Ok(Self { span, pieces, len });
                    }
                }
            }
        }
    }

    /// What the reader of its numbers needs.
    pub(super) fn text<'a>(&self, text: &'a [u8], section: &'static str) -> ArrayText<'a> {
        ArrayText { text, end: self.span.end, section }
    }

    /// Cuts the array into rows of `fields` values. The last values are left out
    /// where they are no whole row.
    pub(super) fn tasks(&self, text: &[u8], fields: usize) -> Vec<Task> {
        let first_value = |piece: usize| match self.pieces.get(piece) {
            _ if piece == 0 => 0,
            Some(piece) => piece.commas_before + 1,
            None => self.len,
        };
        let fields = fields as u64;
        let first_row = |piece: usize| match self.pieces.len() {
            pieces if piece == pieces => self.len / fields,
            _ => first_value(piece).div_ceil(fields).min(self.len / fields),
        };
        let mut tasks: Vec<Task> = Vec::with_capacity(self.pieces.len());
        for (number, piece) in self.pieces.iter().enumerate() {
            let rows = first_row(number)..first_row(number + 1);
            if rows.is_empty() {
                continue;
            }
            // Row `r` begins behind the array's comma number `r * fields`, counted from 1.
            let skipped = rows.start * fields - piece.commas_before;
            let behind_comma = |nth: u64| {
                let commas = memchr::memchr_iter(b',', &text[piece.start..self.span.end]);
                commas.skip(nth as usize - 1).map(|comma| piece.start + comma + 1).next()
            };
            let start = if skipped == 0 { Some(piece.start) } else { behind_comma(skipped) };
            let start = start.unwrap_or(self.span.end); // counted before, so it is there
            if let Some(last) = tasks.last_mut() {
                last.bytes = start - last.start;
            }
            let rows = rows.start as usize..rows.end as usize;
            tasks.push(Task { rows, start, bytes: self.span.end - start });
        }
        tasks
    }

    /// The number of rows of `fields` values, when all are whole and `u32` can count them.
    pub(super) fn row_count(&self, text: &[u8], fields: usize, section: &'static str) -> Result<usize> {
        let fields = fields as u64;
        if !self.len.is_multiple_of(fields) {
            self.check_numbers(text, section)?; // a comma too many is better told as what it is
            return Err(Error::Inconsistent(format!(
                "the table of {section} has {} numbers, which is no multiple of the {fields} fields of a row",
                self.len
            )));
        }
        let rows = self.len / fields;
        if rows > u64::from(u32::MAX) - 1 {
            return Err(Error::Inconsistent(format!(
                "the table of {section} has {rows} rows; more than 4,294,967,294 cannot be opened"
            )));
        }
        Ok(rows as usize)
    }

    /// Looks at all numbers one after another, for a mistake in how they are written.
    fn check_numbers(&self, text: &[u8], section: &'static str) -> Result<()> {
        let array = self.text(text, section);
        let mut numbers = Numbers::new(array, self.span.start);
        for _ in 0..self.len {
            numbers.row(&mut [0], RowHints::NONE).map_err(|stop| array.complain(&stop))?;
        }
        Ok(())
    }
}

/// Commas of a piece up to the end of the array, and where that is. A bracket that opens
/// ends it, too, as no array of numbers has one, and a zero byte, so that the hole of a
/// sparse file is not read to its end.
fn count_commas(piece: &[u8]) -> (u64, Option<usize>) {
    let end = memchr::memchr3(b']', b'[', 0, piece);
    let inside = &piece[..end.unwrap_or(piece.len())];
    (memchr::memchr_iter(b',', inside).count() as u64, end)
}
