//! In which order snapshots were taken, as far as their names tell.

use std::cmp::Ordering;

/// The moment in a name that Node.js gives its automatic files:
/// `Heap.DATE.TIME.PID.THREAD.SEQ.heapsnapshot`, as (date, time, sequence).
fn node_moment(name: &str) -> Option<(u64, u64, u64)> {
    let mut parts = name.strip_prefix("Heap.")?.split('.');
    let mut number = || parts.next()?.parse::<u64>().ok();
    let (date, time) = (number()?, number()?);
    let (_pid, _thread, sequence) = (number()?, number()?, number()?);
    Some((date, time, sequence))
}

/// Orders file names by the moment they tell, others as people order numbered
/// names: `s9` before `s10`.
pub(super) fn name_order(a: &str, b: &str) -> Ordering {
    match (node_moment(a), node_moment(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => natural_order(a, b),
    }
}

/// Whether a name tells the moment.
pub(super) fn tells(name: &str) -> bool {
    node_moment(name).is_some()
}

/// Runs of digits by their number, all else by character.
fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut a_rest, mut b_rest) = (a, b);
    loop {
        let (a_run, a_next) = run(a_rest);
        let (b_run, b_next) = run(b_rest);
        if a_run.is_empty() || b_run.is_empty() {
            return a_rest.len().cmp(&b_rest.len()).then_with(|| a.cmp(b));
        }
        let order = if is_number(a_run) && is_number(b_run) {
            let (a, b) = (a_run.trim_start_matches('0'), b_run.trim_start_matches('0'));
            a.len().cmp(&b.len()).then_with(|| a.cmp(b))
        } else {
            a_run.cmp(b_run)
        };
        if order != Ordering::Equal {
            return order;
        }
        (a_rest, b_rest) = (a_next, b_next);
    }
}

fn is_number(run: &str) -> bool {
    run.bytes().all(|byte| byte.is_ascii_digit())
}

/// Splits off the first run: digits, or the first character.
fn run(text: &str) -> (&str, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let end = if digits > 0 { digits } else { text.chars().next().map_or(0, char::len_utf8) };
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::name_order;

    #[test]
    fn names_sort_by_the_moment_they_tell() {
        let mut names = [
            "Heap.20261122.154101.77.0.002.heapsnapshot",
            "Heap.20261122.093000.9999.0.001.heapsnapshot",
            "Heap.20261122.154101.77.0.001.heapsnapshot",
        ];
        names.sort_by(|a, b| name_order(a, b));
        assert_eq!(names[0], "Heap.20261122.093000.9999.0.001.heapsnapshot");
        assert_eq!(names[1], "Heap.20261122.154101.77.0.001.heapsnapshot");
    }

    #[test]
    fn numbers_in_names_sort_as_numbers() {
        let mut names = ["s10", "s9", "leak-1-5k", "leak-0-0", "s"];
        names.sort_by(|a, b| name_order(a, b));
        assert_eq!(names, ["leak-0-0", "leak-1-5k", "s", "s9", "s10"]);
    }
}
