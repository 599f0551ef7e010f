//! Arrays of millions of integers: found, cut into pieces at commas, and read in parallel.
//!
//! First the array's end is looked for and its commas are counted, piece by piece.
//! From the counts each piece knows which row of the table its first comma belongs
//! to, so all pieces can be read straight into their part of the columns at once.

use std::ops::Range;

use rayon::prelude::*;

use super::cursor::Cursor;
use super::meter::Meter;
use super::{Error, Result};

/// Bytes of a piece: small enough to stay in the cache between counting and the next
/// step, large enough to make the bookkeeping nothing.
const PIECE: usize = 1 << 20;

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
pub(super) struct Rows {
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

    /// Cuts the array into rows of `fields` values. The last values are left out
    /// where they are no whole row.
    pub(super) fn rows(&self, text: &[u8], fields: usize) -> Vec<Rows> {
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
        let mut tasks: Vec<Rows> = Vec::with_capacity(self.pieces.len());
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
            tasks.push(Rows { rows, start, bytes: self.span.end - start });
        }
        tasks
    }

    /// The number of rows of `fields` values, when all are whole and `u32` can count them.
    pub(super) fn row_count(&self, fields: usize, table: &str) -> Result<usize> {
        let fields = fields as u64;
        if !self.len.is_multiple_of(fields) {
            return Err(Error::Inconsistent(format!(
                "the {table} table has {} numbers, which is no multiple of the {fields} fields of a row",
                self.len
            )));
        }
        let rows = self.len / fields;
        if rows > u64::from(u32::MAX) - 1 {
            return Err(Error::Inconsistent(format!(
                "the {table} table has {rows} rows; more than 4,294,967,294 cannot be opened"
            )));
        }
        Ok(rows as usize)
    }
}

/// Commas of a piece up to the end of the array, and where that is. A zero byte ends
/// it, too, so that the hole of a sparse file is not read to its end.
fn count_commas(piece: &[u8]) -> (u64, Option<usize>) {
    let end = memchr::memchr2(b']', 0, piece);
    let inside = &piece[..end.unwrap_or(piece.len())];
    (memchr::memchr_iter(b',', inside).count() as u64, end)
}

/// Reads the numbers of one array in order.
pub(super) struct Numbers<'a> {
    text: &'a [u8],
    at: usize,
    /// Where the array ends.
    end: usize,
    section: &'static str,
    /// The number at `at` is well written but larger than its field can be.
    too_large: bool,
}

/// Something is not as it should be; [`Numbers::complain`] finds out what.
pub(super) struct Stop;

const ZEROS: u64 = 0x3030_3030_3030_3030;
const HIGH: u64 = 0x8080_8080_8080_8080;
const COMMA: u8 = b',' ^ b'0';

impl<'a> Numbers<'a> {
    pub(super) fn new(text: &'a [u8], array: &NumberArray, start: usize, section: &'static str) -> Self {
        Self { text, at: start, end: array.span.end, section, too_large: false }
    }

    /// Reads one row. Fields whose bit is set in `signed` may be negative; they wrap to 32 bits then.
    #[inline(always)]
    pub(super) fn row(&mut self, values: &mut [u64], signed: u32) -> Result<(), Stop> {
        for (field, value) in values.iter_mut().enumerate() {
            *value = self.value(signed >> field & 1 == 1)?;
        }
        Ok(())
    }

    /// Where the next number begins, in bytes from the start of the text.
    #[inline(always)]
    pub(super) fn place(&self) -> usize {
        self.at
    }

    /// Goes back to the value of a field that is larger than it can be, of the row that
    /// began at `row_start` and was read already.
    #[cold]
    pub(super) fn too_large(&mut self, row_start: usize, field: usize) -> Stop {
        self.at = self.place_of(row_start, field);
        self.too_large = true;
        Stop
    }

    /// Where a field's value begins, of the row that began at `row_start`.
    #[cold]
    pub(super) fn place_of(&self, row_start: usize, field: usize) -> usize {
        let row = &self.text[row_start..self.end];
        let comma = field.checked_sub(1).and_then(|nth| memchr::memchr_iter(b',', row).nth(nth));
        row_start + comma.map_or(0, |comma| comma + 1)
    }

    /// Reads one number and moves behind the comma that follows it, or to the end.
    #[inline(always)]
    fn value(&mut self, signed: bool) -> Result<u64, Stop> {
        let Some(chunk) = self.text.get(self.at..).and_then(|rest| rest.first_chunk::<8>()) else {
            return self.slow_value(signed);
        };
        let digits = u64::from_le_bytes(*chunk) ^ ZEROS;
        // The high bit of each byte that is no digit, that is, above 9 after the exclusive or.
        let others = (((digits & !HIGH) + 0x7676_7676_7676_7676) | digits) & HIGH;
        let bits = others.trailing_zeros() & !7;
        if bits == 0 || bits == 64 || (digits & 0xff == 0 && bits != 8) {
            return self.slow_value(signed);
        }
        let value = join_digits(digits << (64 - bits));
        let after = self.at + (bits / 8) as usize;
        if (digits >> bits) as u8 == COMMA {
            self.at = after + 1;
        } else {
            self.at = self.separator(after)?;
        }
        Ok(value)
    }

    /// The next value's place, behind a number that ends at `at`.
    #[inline]
    fn separator(&self, mut at: usize) -> Result<usize, Stop> {
        if self.text.get(at..at + 2) == Some(b"\n,") {
            return Ok(at + 2);
        }
        while matches!(self.text.get(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            at += 1;
        }
        match self.text.get(at) {
            Some(b',') => Ok(at + 1),
            Some(b']') if at == self.end => Ok(at),
            _ => Err(Stop),
        }
    }

    /// Numbers of eight and more digits, behind blanks, or with a sign.
    #[cold]
    #[inline(never)]
    fn slow_value(&mut self, signed: bool) -> Result<u64, Stop> {
        let mut cursor = Cursor::new(self.text, self.at, "");
        cursor.skip_blanks();
        self.at = cursor.at;
        let negative = cursor.peek() == Some(b'-');
        let digits_at = self.at + usize::from(negative);
        let mut value: u64 = 0;
        let mut at = digits_at;
        while let Some(&digit @ b'0'..=b'9') = self.text.get(at) {
            value = value.checked_mul(10).and_then(|v| v.checked_add(u64::from(digit - b'0'))).ok_or(Stop)?;
            at += 1;
        }
        let leading_zero = self.text.get(digits_at) == Some(&b'0') && at - digits_at > 1;
        if at == digits_at || leading_zero {
            return Err(Stop);
        }
        if negative {
            let fits = signed && value <= 1 << 31;
            value = if value == 0 {
                0
            } else if fits {
                (1 << 32) - value
            } else {
                return Err(Stop);
            };
        }
        self.at = self.separator(at)?;
        Ok(value)
    }

    /// What is wrong at the number where reading stopped.
    #[cold]
    pub(super) fn complain(&self) -> Error {
        let mut cursor = Cursor::new(self.text, self.at, self.section);
        cursor.skip_blanks();
        let token = &self.text[cursor.at.min(self.text.len())..];
        let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t' | 0);
        let length = token.iter().take(PIECE).position(ends).unwrap_or(token.len().min(PIECE));
        let token = &token[..length];
        let is_integer = std::str::from_utf8(token).is_ok_and(|t| serde_json::from_str::<i128>(t).is_ok());
        if self.too_large {
            return cursor.error("a smaller number");
        }
        if length == 0 || !is_integer {
            return cursor.error("a whole number");
        }
        if token.starts_with(b"-") {
            return cursor.error("a number that is not negative");
        }
        if std::str::from_utf8(token).is_ok_and(|t| t.parse::<u64>().is_err()) {
            return cursor.error("a number below 2^64");
        }
        cursor.at += length;
        cursor.skip_blanks();
        cursor.error("a comma, or the end of the array")
    }
}

/// The number that eight decimal digits make, the first one in the lowest byte.
///
/// Neighbours are joined in three steps, two digits, four, then eight at a time, each a
/// multiplication for all of them at once.
#[inline(always)]
fn join_digits(digits: u64) -> u64 {
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff
}

/// Takes the first `count` rows off a column's rest, for one task to fill.
pub(super) fn take_rows<'a, T>(rest: &mut &'a mut [T], count: usize) -> &'a mut [T] {
    let (taken, left) = std::mem::take(rest).split_at_mut(count);
    *rest = left;
    taken
}
