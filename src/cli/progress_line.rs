//! Shows on a terminal how far long work is.

use std::io::{IsTerminal as _, stderr};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::util::{Progress, units};

/// Work that is done before this is not told of.
const PATIENCE: Duration = Duration::from_secs(1);

/// Between two looks at the progress.
const PAUSE: Duration = Duration::from_millis(100);

/// Does `work`, and meanwhile shows `progress` on standard error if that is a terminal.
pub(super) fn with_progress_line<T>(progress: &Progress, work: impl FnOnce() -> T) -> T {
    if !stderr().is_terminal() {
        return work();
    }
    let (work_is_done, done) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            const CLEAR: &str = "\r\x1b[K";
            let mut pause = PATIENCE;
            while done.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                eprint!("{CLEAR}{}", line(progress));
                pause = PAUSE;
            }
            if pause == PAUSE {
                eprint!("{CLEAR}");
            }
        });
        let result = work();
        drop(work_is_done);
        result
    })
}

fn line(progress: &Progress) -> String {
    let phase = progress.current().label();
    match progress.units() {
        (done, 0) => format!("{phase}: {}", units::bytes_short(done)),
        _ => format!("{phase}: {:.0} %", progress.fraction() * 100.0),
    }
}

#[cfg(test)]
mod tests {
    use super::line;
    use crate::util::{Phase, Progress};

    #[test]
    fn a_share_is_shown_when_the_whole_is_known() {
        let progress = Progress::new();
        progress.phase(Phase::Receiving, || progress.advance(12_345_678)).unwrap();
        assert_eq!(line(&progress), "Receiving: 12.3 MB");
        progress.expect(200);
        progress.phase(Phase::Nodes, || progress.advance(50)).unwrap();
        assert_eq!(line(&progress), "Reading nodes: 25 %");
    }
}
