//! When snapshots were taken and of which process, as far as their names tell.

use std::cmp::Ordering;
use std::fmt;

/// What the name says that Node.js gives its automatic files:
/// `Heap.DATE.TIME.PID.THREAD.SEQ.heapsnapshot`.
struct NodeName {
    /// Date, time, sequence.
    moment: (u64, u64, u64),
    process: Process,
}

/// A thread of a process: each has its own heap, and ids of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Process {
    id: u64,
    /// 0 is the main one.
    thread: u64,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.thread {
            0 => write!(f, "process {}", self.id),
            thread => write!(f, "thread {thread} of process {}", self.id),
        }
    }
}

fn node_name(name: &str) -> Option<NodeName> {
    let mut parts = name.strip_prefix("Heap.")?.split('.');
    let mut number = || parts.next()?.parse::<u64>().ok();
    let (date, time) = (number()?, number()?);
    let (id, thread, sequence) = (number()?, number()?, number()?);
    Some(NodeName { moment: (date, time, sequence), process: Process { id, thread } })
}

/// The process that a name tells.
pub(super) fn process_of(name: &str) -> Option<Process> {
    node_name(name).map(|name| name.process)
}

fn node_moment(name: &str) -> Option<(u64, u64, u64)> {
    node_name(name).map(|name| name.moment)
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
    use super::{name_order, process_of};

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
    fn names_tell_process_and_thread() {
        let told = |name| process_of(name).map(|process| process.to_string());
        assert_eq!(told("Heap.20261122.154101.77.0.002.heapsnapshot").as_deref(), Some("process 77"));
        assert_eq!(
            told("Heap.20261122.154101.77.3.002.heapsnapshot").as_deref(),
            Some("thread 3 of process 77")
        );
        assert_eq!(told("Heap-20261122.heapsnapshot"), None);
    }

    #[test]
    fn numbers_in_names_sort_as_numbers() {
        let mut names = ["s10", "s9", "leak-1-5k", "leak-0-0", "s"];
        names.sort_by(|a, b| name_order(a, b));
        assert_eq!(names, ["leak-0-0", "leak-1-5k", "s", "s9", "s10"]);
    }
}
