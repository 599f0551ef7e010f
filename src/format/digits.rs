//! Reads the numbers of an array in order, fast and strictly.
//!
//! Numbers of a snapshot have between one and nine digits in no order that a processor
//! could guess, so a loop over digits stumbles at nearly every number's end. Instead, a
//! block of 64 bytes is turned into a bit mask of the places where numbers end, and the
//! bits are taken off one by one; a number's digits are then joined all at once, without
//! a loop. Whatever is not plain (blanks, signs, long numbers) takes a slower way.

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

/// Reads the numbers of one array in order.
///
/// Only small values that fit into registers, and all that is not hot takes them as
/// copies: that is what keeps the loop over rows free of memory traffic.
pub(super) struct Numbers<'a> {
    pub array: ArrayText<'a>,
    /// Where the next number begins, or blanks before it.
    at: usize,
    ends: Ends,
}

/// Reading stopped at a number; [`ArrayText::complain`] says why.
pub(super) struct Stop {
    at: usize,
    /// The number is well written but larger than its field can be.
    too_large: bool,
}

/// Places behind the last digits of numbers, a block of text at a time.
#[derive(Clone, Copy)]
struct Ends {
    /// Where the block begins.
    block: usize,
    /// A bit for each byte of the block that ends a number, of those not taken yet.
    mask: u64,
    /// Whether the block's last byte was a digit (1) or not (0).
    digit_before: u64,
}

/// Bytes of a block, one for each bit of a mask.
const BLOCK: usize = 64;

impl Ends {
    /// From `at` on, which is no place within a number.
    fn from(at: usize) -> Self {
        Self { block: at.wrapping_sub(BLOCK), mask: 0, digit_before: 0 }
    }

    /// The next place. `None` near the end of the text, which no whole block is left of.
    #[allow(clippy::inline_always, reason = "the loop over rows must be one function to be fast")]
    #[inline(always)]
    fn next(&mut self, text: &[u8]) -> Option<usize> {
        while self.mask == 0 {
            let block = self.block.wrapping_add(BLOCK);
            let digits = digit_mask(text.get(block..)?.first_chunk()?);
            self.block = block;
            self.mask = !digits & (digits << 1 | self.digit_before);
            self.digit_before = digits >> 63;
        }
        let bit = self.mask.trailing_zeros();
        self.mask &= self.mask - 1;
        Some(self.block + bit as usize)
    }
}

const ZEROS: u64 = 0x3030_3030_3030_3030;
/// A bit for each byte that is a digit: 16 bytes at a time.
#[cfg(target_arch = "x86_64")]
#[allow(clippy::inline_always, reason = "the loop over rows must be one function to be fast")]
#[inline(always)]
fn digit_mask(block: &[u8; BLOCK]) -> u64 {
    use std::arch::x86_64::{_mm_add_epi8, _mm_cmplt_epi8, _mm_movemask_epi8, _mm_set_epi64x, _mm_set1_epi8};
    let word = |bytes: &[u8]| bytes.first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes));
    let mut digits = 0;
    for (i, bytes) in block.as_chunks::<16>().0.iter().enumerate() {
        // Two halves of eight bytes, which are loaded as one.
        let (low, high) = bytes.split_at(8);
        #[allow(unsafe_code, reason = "the compiler asks for it where a processor may lack SSE2")]
        // SAFETY: all processors of this architecture have SSE2.
        let mask = unsafe {
            let bytes = _mm_set_epi64x(word(high), word(low));
            // Moves 0 to 9 to the least numbers that a signed byte can be.
            let moved = _mm_add_epi8(bytes, _mm_set1_epi8((0x80 - b'0') as i8));
            _mm_movemask_epi8(_mm_cmplt_epi8(moved, _mm_set1_epi8(i8::MIN + 10)))
        };
        digits |= (mask as u64) << (16 * i);
    }
    digits
}

/// A bit for each byte that is a digit: eight bytes at a time.
#[cfg(not(target_arch = "x86_64"))]
#[allow(clippy::inline_always, reason = "the loop over rows must be one function to be fast")]
#[inline(always)]
fn digit_mask(block: &[u8; BLOCK]) -> u64 {
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
    !others
}

impl<'a> Numbers<'a> {
    /// Reads from `start`, where a value of `array` begins.
    pub(super) fn new(array: ArrayText<'a>, start: usize) -> Self {
        Self { array, at: start, ends: Ends::from(start) }
    }

    /// Reads one row. Fields whose bit is set in `signed` may be negative; they wrap to 32 bits then.
    #[allow(clippy::inline_always, reason = "the loop over rows must be one function to be fast")]
    #[inline(always)]
    pub(super) fn row(&mut self, values: &mut [u64], signed: u32) -> Result<(), Stop> {
        for (field, value) in values.iter_mut().enumerate() {
            *value = if let Some(value) = self.plain_value() {
                value
            } else {
                let (value, next) = self.array.other_value(self.at, signed >> field & 1 == 1)?;
                self.at = next;
                self.ends = Ends::from(next);
                value
            };
        }
        Ok(())
    }

    /// A number of up to 16 digits with a comma behind it; moves behind the comma.
    #[allow(clippy::inline_always, reason = "the loop over rows must be one function to be fast")]
    #[inline(always)]
    fn plain_value(&mut self) -> Option<u64> {
        let text = self.array.text;
        let end = self.ends.next(text)?;
        let rest = text.get(self.at..)?;
        let word = u64::from_le_bytes(*rest.first_chunk()?) ^ ZEROS;
        let first = word & 0xff;
        let length = end - self.at;
        if first > 9 || (first == 0 && length != 1) {
            return None; // no digit, or a 0 before others
        }
        // The first byte is a digit and the next number's end is `end`: all between are digits.
        let value = match length {
            1..=8 => join_digits(word << (64 - 8 * length)),
            9..=16 => {
                let tail = u64::from_le_bytes(*rest.get(8..)?.first_chunk()?) ^ ZEROS;
                join_digits(word) * TENS[length - 9] + join_digits(tail << (128 - 8 * length))
            }
            _ => return None,
        };
        // The next place is guessed, not computed from what is read: no number waits for another.
        self.at = match text.get(end..)? {
            [b',', ..] => end + 1,
            [b'\n', b',', ..] => end + 2, // V8 up to version 12 begins rows so
            _ => return None,
        };
        Some(value)
    }

    /// Where the next number begins, in bytes from the start of the text.
    #[inline]
    pub(super) fn place(&self) -> usize {
        self.at
    }
}

impl ArrayText<'_> {
    /// A number that may be long, negative, the last one, or stand between blanks, and
    /// the place of the next one. The field may be negative when it is `signed`.
    #[cold]
    #[inline(never)]
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
    use super::{BLOCK, digit_mask, join_digits};

    #[test]
    fn digits_are_joined_to_the_number_they_spell() {
        for text in ["00000000", "00000007", "12345678", "99999999", "10203040", "00000910"] {
            let bytes = text.bytes().rev().fold(0, |word, byte| word << 8 | u64::from(byte - b'0'));
            assert_eq!(join_digits(bytes), text.parse::<u64>().unwrap(), "{text}");
        }
    }

    #[test]
    fn the_mask_has_a_bit_for_each_digit_and_no_other_byte() {
        for byte in 0..=u8::MAX {
            let mut block = [b'5'; BLOCK];
            block[byte as usize % BLOCK] = byte;
            let others = if byte.is_ascii_digit() { 0 } else { 1 << (byte as usize % BLOCK) };
            assert_eq!(digit_mask(&block), !others, "{byte}");
        }
    }
}
