//! Bytes, counts and percentages for people.
//!
//! Sizes are decimal, as in DevTools: 1 kB is 1,000 bytes. All arithmetic is on
//! integers, so that a number is rounded once, half away from zero.

/// What stands before negative numbers: the minus sign, as wide as a plus sign.
pub const MINUS: char = '\u{2212}';
/// Between a number and its unit where DevTools' own spelling is asked for: a no-break space.
const NO_BREAK: char = '\u{a0}';

const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

/// At most three significant digits: `32 B`, `38.5 kB`, `402 kB`, `3.76 MB`.
///
/// ```
/// use heaplens::util::units::bytes_short;
/// assert_eq!(bytes_short(3_760_112), "3.76 MB");
/// assert_eq!(bytes_short(999_950), "1.00 MB"); // never "1000 kB"
/// ```
pub fn bytes_short(bytes: u64) -> String {
    short(u128::from(bytes))
}

/// The same with a sign: `+3.76 MB`, `−38.5 kB`, and `0 B` without one.
pub fn bytes_short_signed(bytes: i128) -> String {
    signed(bytes, short(bytes.unsigned_abs()))
}

fn short(bytes: u128) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut power = 1;
    loop {
        let unit = 1000u128.pow(power);
        for decimals in [2, 1, 0] {
            // Three digits in all: what has more after rounding needs one decimal less, or a larger unit.
            let scaled = divide_rounded(bytes, unit / 10u128.pow(decimals));
            if scaled < 1000 {
                let value = with_decimals(scaled, decimals);
                return format!("{value} {}", UNITS[power as usize]); // `power` stays below the length
            }
        }
        if power as usize + 1 == UNITS.len() {
            return format!("{} {}", count_wide(divide_rounded(bytes, unit)), UNITS[power as usize]);
        }
        power += 1;
    }
}

/// All digits: `3,760,112 bytes`.
pub fn bytes_exact(bytes: u64) -> String {
    exact(u128::from(bytes))
}

/// All digits with a sign: `+3,760,112 bytes`.
pub fn bytes_exact_signed(bytes: i128) -> String {
    signed(bytes, exact(bytes.unsigned_abs()))
}

fn exact(bytes: u128) -> String {
    format!("{} {}", count_wide(bytes), if bytes == 1 { "byte" } else { "bytes" })
}

/// With thousands separators: `1,234,567`.
pub fn count(number: u64) -> String {
    count_wide(u128::from(number))
}

/// The same with a sign: `+1,234`, `−56`, and `0` without one.
pub fn count_signed(number: i128) -> String {
    signed(number, count_wide(number.unsigned_abs()))
}

fn count_wide(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share as an integer percentage, rounded half up: `12 %`. Of nothing, everything is `0 %`.
pub fn percent(value: u64, total: u64) -> String {
    format!("{} %", percent_of(value, total))
}

/// The number of [`percent`].
pub fn percent_of(value: u64, total: u64) -> u64 {
    match total {
        0 => 0,
        total => divide_rounded(u128::from(value) * 100, u128::from(total)).try_into().unwrap_or(u64::MAX),
    }
}

/// DevTools' spelling in tables: kilobytes, with one decimal below 100 kB.
pub fn devtools_kilobytes(bytes: u64) -> String {
    // The number of decimals is decided before rounding: 99,960 bytes are "100.0 kB".
    let number = match bytes {
        0..100_000 => with_decimals(divide_rounded(u128::from(bytes), 100), 1),
        _ => count_wide(divide_rounded(u128::from(bytes), 1000)),
    };
    format!("{number}{NO_BREAK}kB")
}

/// DevTools' spelling in its toolbar: bytes, kilobytes or megabytes, with one decimal below 100.
pub fn devtools_bytes(bytes: u64) -> String {
    let wide = u128::from(bytes);
    let (number, unit) = match bytes {
        0..1000 => (bytes.to_string(), "B"),
        1000..100_000 => (with_decimals(divide_rounded(wide, 100), 1), "kB"),
        100_000..1_000_000 => (divide_rounded(wide, 1000).to_string(), "kB"),
        1_000_000..100_000_000 => (with_decimals(divide_rounded(wide, 100_000), 1), "MB"),
        _ => (divide_rounded(wide, 1_000_000).to_string(), "MB"),
    };
    format!("{number}{NO_BREAK}{unit}")
}

/// Division, rounded half up.
fn divide_rounded(value: u128, by: u128) -> u128 {
    (value + by / 2) / by
}

/// A number that is scaled by a power of ten: 385 with one decimal is `38.5`.
fn with_decimals(scaled: u128, decimals: u32) -> String {
    let unit = 10u128.pow(decimals);
    match decimals {
        0 => scaled.to_string(),
        _ => format!("{}.{:0width$}", scaled / unit, scaled % unit, width = decimals as usize),
    }
}

fn signed(number: i128, magnitude: String) -> String {
    match number {
        1.. => format!("+{magnitude}"),
        0 => magnitude,
        _ => format!("{MINUS}{magnitude}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_sizes_have_three_digits_on_both_sides_of_each_border() {
        let expected = [
            (0, "0 B"),
            (32, "32 B"),
            (999, "999 B"),
            (1_000, "1.00 kB"),
            (9_994, "9.99 kB"),
            (9_995, "10.0 kB"),
            (38_512, "38.5 kB"),
            (99_949, "99.9 kB"),
            (99_950, "100 kB"),
            (402_499, "402 kB"),
            (999_499, "999 kB"),
            (999_500, "1.00 MB"),
            (999_950, "1.00 MB"),
            (3_760_112, "3.76 MB"),
            (123_456_789_012, "123 GB"),
            (u64::MAX, "18.4 EB"),
        ];
        for (bytes, text) in expected {
            assert_eq!(bytes_short(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn differences_carry_their_sign_and_zero_has_none() {
        assert_eq!(bytes_short_signed(3_760_112), "+3.76 MB");
        assert_eq!(bytes_short_signed(-32), "\u{2212}32 B");
        assert_eq!(bytes_short_signed(0), "0 B");
        assert_eq!(bytes_exact_signed(-3_760_112), "\u{2212}3,760,112 bytes");
        assert_eq!(count_signed(120_000), "+120,000");
        assert_eq!(bytes_short_signed(-i128::from(u64::MAX) * 100), "\u{2212}1,845 EB");
        assert_eq!(count_signed(i128::MIN).chars().next(), Some(MINUS));
    }

    #[test]
    fn counts_and_exact_sizes_are_grouped_by_thousands() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(bytes_exact(1), "1 byte");
        assert_eq!(bytes_exact(3_760_112), "3,760,112 bytes");
    }

    #[test]
    fn percentages_are_rounded_half_up() {
        assert_eq!([4, 5, 125, 1000].map(|value| percent_of(value, 1000)), [0, 1, 13, 100]);
        assert_eq!(percent(u64::MAX, u64::MAX), "100 %");
        assert_eq!(percent(7, 0), "0 %");
    }

    #[test]
    fn sizes_can_be_spelled_as_devtools_does() {
        let table = [0, 16, 49, 50, 99_949, 99_960, 100_000, 1_234_567].map(devtools_kilobytes);
        let expected = ["0.0", "0.0", "0.0", "0.1", "99.9", "100.0", "100", "1,235"];
        assert_eq!(table, expected.map(|number| format!("{number}\u{a0}kB")));
        let toolbar = [16, 1_000, 99_960, 999_999, 3_760_112, 123_456_789].map(devtools_bytes);
        let expected = ["16 B", "1.0 kB", "100.0 kB", "1000 kB", "3.8 MB", "123 MB"];
        assert_eq!(toolbar, expected.map(|text| text.replace(' ', "\u{a0}")));
    }
}
