//! Reads the rows of an array of numbers in order, fast and strictly.
//!
//! Numbers of a snapshot have between one and nine digits in no order that a processor
//! could guess, so a loop over digits stumbles at nearly every number's end. Instead, the
//! text from a row's beginning on is turned into a bit mask of what is no digit, which
//! tells where each of the row's numbers ends; a number's digits are then joined all at
//! once, without a loop. A row that is not plain (blanks, signs, very long numbers) takes
//! a slower way as a whole.

use super::Error;
use super::cursor::Cursor;

/// An array whose numbers are read.
#[derive(Clone, Copy)]
pub(super) struct ArrayText<'a> {
    /// The whole file's text.
    pub text: &'a [u8],
    /// Where the array's closing bracket stands.
    pub end: usize,
    pub section: &'static str,
}

/// Reads the rows of one array in order.
///
/// Only small values that fit into registers, and all that is not hot takes them as
/// copies: that is what keeps the loop over rows free of memory traffic.
pub(super) struct Numbers<'a> {
    pub array: ArrayText<'a>,
    /// Where the next number begins, or blanks before it.
    at: usize,
}

/// What is known of a row's fields beforehand: a bit for each.
#[derive(Clone, Copy)]
pub(super) struct RowHints {
    /// May be negative; such values wrap to 32 bits.
    pub signed: u32,
    /// Mostly of one digit, which is worth a look first.
    pub short: u32,
}

impl RowHints {
    /// Nothing: any field may be negative.
    pub(super) const NONE: Self = Self { signed: u32::MAX, short: 0 };
}

/// Reading stopped at a number; [`ArrayText::complain`] says why.
pub(super) struct Stop {
    at: usize,
    /// The number is well written but larger than its field can be.
    too_large: bool,
}

/// The text that a row's numbers are looked for in: what a mask has bits for, and as much more
/// as is read from the last of these places on.
type Window = [u8; 64 + 16];

const ZEROS: u64 = 0x3030_3030_3030_3030;

/// A bit for each of a window's first 32 or 64 bytes that is no digit. The shorter mask holds rows
/// of three numbers, and makes most rows of a file faster.
#[allow(clippy::inline_always, reason = "the loop over rows must be one function to be fast")]
#[inline(always)]
fn borders(window: &Window, fields: usize) -> u64 {
    let blocks = if fields <= 3 { 2 } else { 4 };
    let masks = window.as_chunks().0.iter().take(blocks).map(other_bytes);
    masks.rev().fold(0, |mask, next| mask << 16 | next)
}

/// A bit for each byte that is no digit.
#[cfg(target_arch = "x86_64")]
#[allow(clippy::inline_always, reason = "the loop over rows must be one function to be fast")]
#[inline(always)]
fn other_bytes(block: &[u8; 16]) -> u64 {
    use std::arch::x86_64::{_mm_add_epi8, _mm_cmpgt_epi8, _mm_movemask_epi8, _mm_set_epi64x, _mm_set1_epi8};
    // Two halves of eight bytes, which are loaded as one.
    let word = |bytes: &[u8]| bytes.first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes));
    let (low, high) = block.split_at(8);
    #[allow(unsafe_code, reason = "the compiler asks for it where a processor may lack SSE2")]
    // SAFETY: all processors of this architecture have SSE2.
    let mask = unsafe {
        let bytes = _mm_set_epi64x(word(high), word(low));
        // Moves 0 to 9 to the least numbers that a signed byte can be.
        let moved = _mm_add_epi8(bytes, _mm_set1_epi8((0x80 - b'0') as i8));
        _mm_movemask_epi8(_mm_cmpgt_epi8(moved, _mm_set1_epi8(i8::MIN + 9)))
    };
    mask as u64
}

/// A bit for each byte that is no digit.
#[cfg(not(target_arch = "x86_64"))]
#[allow(clippy::inline_always, reason = "the loop over rows must be one function to be fast")]
#[inline(always)]
fn other_bytes(block: &[u8; 16]) -> u64 {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let mut others = 0;
    for (i, word) in block.as_chunks::<8>().0.iter().enumerate() {
        let word = u64::from_le_bytes(*word) ^ ZEROS; // digits are 0 to 9 now
        // The high bit of each byte above 9; no sum carries into the next byte.
        let above = (((word & !HIGH) + 0x7676_7676_7676_7676) | word) & HIGH;
        // Eight bits, eight places apart, are moved next to each other at the top.
        let bits = (above >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        others |= bits << (8 * i);
    }
    others
}

impl<'a> Numbers<'a> {
    /// Reads from `start`, where a value of `array` begins.
    pub(super) fn new(array: ArrayText<'a>, start: usize) -> Self {
        Self { array, at: start }
    }

    /// Reads one row.
    #[allow(clippy::inline_always, reason = "the loop over rows must be one function to be fast")]
    #[inline(always)]
    pub(super) fn row(&mut self, values: &mut [u64], hints: RowHints) -> Result<(), Stop> {
        self.at = match self.plain_row(values, hints.short) {
            Some(next) => next,
            None => self.array.other_row(self.at, values, hints.signed)?,
        };
        Ok(())
    }

    /// A row of numbers of up to 16 digits with nothing but commas between them and one behind,
    /// and where the next one begins.
    #[allow(clippy::inline_always, reason = "the loop over rows must be one function to be fast")]
    #[inline(always)]
    fn plain_row(&self, values: &mut [u64], short: u32) -> Option<usize> {
        let window: &Window = self.array.text.get(self.at..)?.first_chunk()?;
        let mut borders = borders(window, values.len());
        let last = values.len().wrapping_sub(1);
        let (mut start, mut end) = (0, 0);
        for (field, value) in values.iter_mut().enumerate() {
            if borders == 0 {
                return None;
            }
            end = borders.trailing_zeros() as usize % 64;
            borders &= borders - 1;
            if field < last && window[end] != b',' {
                return None;
            }
            // All between two borders are digits.
            *value = match short >> field & 1 == 1 && end - start == 1 {
                true => u64::from(window[start] - b'0'),
                false => plain_value(window, start, end - start)?,
            };
            start = (end + 1) % 64; // nothing begins behind the mask's last bit
        }
        match window[end..] {
            [b'\n', b',', ..] => Some(self.at + end + 2), // V8 up to version 12 begins rows so
            [b',', ..] => Some(self.at + end + 1),
            _ => None,
        }
    }

    /// Where the next number begins, in bytes from the start of the text.
    #[inline]
    pub(super) fn place(&self) -> usize {
        self.at
    }
}

/// A number of 1 to 16 digits, nothing else, that begins at `start`, below 64.
#[allow(clippy::inline_always, reason = "the loop over rows must be one function to be fast")]
#[inline(always)]
fn plain_value(window: &Window, start: usize, length: usize) -> Option<u64> {
    let word = |at: usize| window[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let digits = word(start);
    if digits & 0xf0ff == 0x3030 {
        return None; // a 0 before another digit
    }
    match length {
        1..=8 => Some(join_digits((digits ^ ZEROS) << (64 - 8 * length))),
        9..=16 => {
            let rest = (word(start + 8) ^ ZEROS) << (128 - 8 * length);
            Some(join_digits(digits ^ ZEROS) * TENS[length - 9] + join_digits(rest))
        }
        _ => None,
    }
}

impl ArrayText<'_> {
    /// Any row of numbers, and where the next one begins.
    #[cold]
    #[inline(never)]
    fn other_row(self, start: usize, values: &mut [u64], signed: u32) -> Result<usize, Stop> {
        let mut at = start;
        for (field, value) in values.iter_mut().enumerate() {
            (*value, at) = self.other_value(at, signed >> field & 1 == 1)?;
        }
        Ok(at)
    }

    /// A number that may be long, negative, the last one, or stand between blanks, and
    /// the place of the next one. The field may be negative when it is `signed`.
    fn other_value(self, at: usize, signed: bool) -> Result<(u64, usize), Stop> {
        let mut cursor = Cursor::new(self.text, at, "");
        cursor.skip_blanks();
        let stop = || Stop { at, too_large: false };
        let negative = cursor.peek() == Some(b'-');
        cursor.at += usize::from(negative);
        let first = cursor.at;
        let mut value: u64 = 0;
        while let Some(digit @ b'0'..=b'9') = cursor.peek() {
            value = value
                .checked_mul(10)
                .and_then(|v| v.checked_add(u64::from(digit - b'0')))
                .ok_or_else(stop)?;
            cursor.at += 1;
        }
        let leading_zero = self.text.get(first) == Some(&b'0') && cursor.at - first > 1;
        if cursor.at == first || leading_zero {
            return Err(stop());
        }
        if negative && value > 0 {
            if !signed || value > 1 << 31 {
                return Err(stop());
            }
            value = (1 << 32) - value;
        }
        cursor.skip_blanks();
        match cursor.peek() {
            Some(b',') => Ok((value, cursor.at + 1)),
            Some(b']') if cursor.at == self.end => Ok((value, cursor.at)),
            _ => Err(stop()),
        }
    }

    /// For a number that is larger than its field can be, in the row that began at `row_start`.
    #[cold]
    pub(super) fn too_large(self, row_start: usize, field: usize) -> Stop {
        Stop { at: self.place_of(row_start, field), too_large: true }
    }

    /// Where a field's value begins, of the row that began at `row_start`.
    #[cold]
    pub(super) fn place_of(self, row_start: usize, field: usize) -> usize {
        let row = self.text.get(row_start..self.end).unwrap_or_default();
        let comma = field.checked_sub(1).and_then(|nth| memchr::memchr_iter(b',', row).nth(nth));
        row_start + comma.map_or(0, |comma| comma + 1)
    }

    /// What is wrong at the number where reading stopped.
    #[cold]
    pub(super) fn complain(self, stop: &Stop) -> Error {
        let mut cursor = Cursor::new(self.text, stop.at, self.section);
        cursor.skip_blanks();
        if stop.too_large {
            return cursor.error("a smaller number");
        }
        let token = self.text.get(cursor.at..).unwrap_or_default();
        let minus = usize::from(token.first() == Some(&b'-'));
        let digits = token.iter().skip(minus).take_while(|byte| byte.is_ascii_digit()).count();
        let leading_zero = token.get(minus) == Some(&b'0') && digits > 1;
        let goes_on = token.get(minus + digits).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'.');
        if digits == 0 || leading_zero || goes_on {
            return cursor.error("a whole number");
        }
        if minus == 1 {
            return cursor.error("a number that is not negative");
        }
        if std::str::from_utf8(&token[..digits]).is_ok_and(|number| number.parse::<u64>().is_err()) {
            return cursor.error("a number below 2^64");
        }
        cursor.at += digits;
        cursor.skip_blanks();
        cursor.error("a comma, or the end of the array")
    }
}

/// What the first eight digits of a number of 9 to 16 digits count.
const TENS: [u64; 8] = [10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// The number that eight decimal digits make, the first one in the lowest byte.
///
/// Neighbours are joined to four numbers of two digits. Two multiplications then add them
/// up in the upper half, each times what it counts; the first and third, and the second
/// and fourth, share one.
#[allow(clippy::inline_always, reason = "the loop over rows must be one function to be fast")]
#[inline(always)]
fn join_digits(digits: u64) -> u64 {
    const EVERY_OTHER: u64 = 0x0000_00ff_0000_00ff;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let first_and_third = (pairs & EVERY_OTHER).wrapping_mul(100 + (1_000_000 << 32));
    let second_and_fourth = (pairs >> 16 & EVERY_OTHER).wrapping_mul(1 + (10_000 << 32));
    first_and_third.wrapping_add(second_and_fourth) >> 32
}

#[cfg(test)]
mod tests {
    use super::{ArrayText, Numbers, RowHints, join_digits, other_bytes};

    #[test]
    fn digits_are_joined_to_the_number_they_spell() {
        for text in ["00000000", "00000007", "12345678", "99999999", "10203040", "00000910"] {
            let bytes = text.bytes().rev().fold(0, |word, byte| word << 8 | u64::from(byte - b'0'));
            assert_eq!(join_digits(bytes), text.parse::<u64>().unwrap(), "{text}");
        }
    }

    #[test]
    fn the_mask_has_a_bit_for_each_byte_that_is_no_digit() {
        for byte in 0..=u8::MAX {
            let mut block = [b'5'; 16];
            block[byte as usize % 16] = byte;
            let others = if byte.is_ascii_digit() { 0 } else { 1 << (byte as usize % 16) };
            assert_eq!(other_bytes(&block), others, "{byte}");
        }
    }

    /// Reads rows of `N` numbers, with digits of the next rows behind them and without.
    fn rows<const N: usize>(array: &str) -> Vec<Option<[u64; N]>> {
        let texts = [format!("{array}]"), format!("{array}]{}", "9,".repeat(100))];
        let read = texts.map(|text| {
            let text = ArrayText { text: text.as_bytes(), end: array.len(), section: "nodes" };
            let mut numbers = Numbers::new(text, 0);
            let mut rows = Vec::new();
            while numbers.place() < array.len() {
                let mut row = [0; N];
                let hints = RowHints { signed: 0b10, short: 0b1 };
                rows.push(numbers.row(&mut row, hints).is_ok().then_some(row));
                if rows.last() == Some(&None) {
                    break;
                }
            }
            rows
        });
        assert_eq!(read[0], read[1], "{array}");
        read.into_iter().next().unwrap()
    }

    #[test]
    fn rows_are_read_however_long_their_numbers_are_and_whatever_stands_between() {
        let long = u64::MAX;
        assert_eq!(rows("1,22,333,4444,55555,0"), [Some([1, 22, 333]), Some([4444, 55555, 0])]);
        assert_eq!(
            rows("12345678,123456789,1234567890123456"),
            [Some([12_345_678, 123_456_789, 1_234_567_890_123_456])]
        );
        assert_eq!(rows("1,2,3\n,4,5,6,\n 7 ,\t8,9 "), [Some([1, 2, 3]), Some([4, 5, 6]), Some([7, 8, 9])]);
        assert_eq!(
            rows(&format!("{long},-1,{long},1,2,3")),
            [Some([long, u64::from(u32::MAX), long]), Some([1, 2, 3])]
        );
        assert_eq!(
            rows(&format!("0,{long},{long},{long},{long},{long},7")),
            [Some([0, long, long, long, long, long, 7])]
        );
    }

    #[test]
    fn what_is_no_row_of_whole_numbers_is_refused() {
        for wrong in [
            "1,2,",
            "1,2,03",
            "00,2,3",
            "1,,3",
            ",2,3",
            "1,2,-3",
            "1,2,3.5",
            "1,2,3e5",
            "a,2,3",
            "1 2,2,3",
            "1\n2,2,3",
            "1,2,18446744073709551616",
            "1,2,3;4,5,6",
            "1,2,/",
            "1,2,:",
        ] {
            assert_eq!(rows::<3>(wrong), [None], "{wrong}");
            assert_eq!(rows::<3>(&format!("{wrong},5,6,7,8,9,10")), [None], "{wrong}");
        }
    }
}
