//! Background work: threads, progress, cancel, wake-up. A panic in a job is an error value.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::util::Progress;

/// Called from a job's thread when it has something to deliver: the window asks for a frame.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// A job ended by a fault of the program's own. The text is for a bug report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an internal fault, please report it: {0}")]
pub struct Panicked(pub String);

/// A job that was started. Dropping it cancels the job.
#[derive(Debug)]
pub struct Handle {
    progress: Arc<Progress>,
}

impl Handle {
    /// How far the job is.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Asks the job to stop; it still delivers a result, at once, saying so.
    pub fn cancel(&self) {
        self.progress.cancel();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.progress.cancel();
    }
}

/// How jobs are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Each on a thread of its own.
    Threads,
    /// At once, inside `start`: for tests and the shell, where nobody waits meanwhile.
    Inline,
}

/// Starts jobs and collects what they deliver. `T` is what all jobs deliver.
pub struct Jobs<T> {
    mode: Mode,
    wake: Wake,
    sender: Sender<Delivery<T>>,
    receiver: Receiver<Delivery<T>>,
}

/// What a job delivered: its result, or the fault that ended it.
type Delivery<T> = Result<T, Panicked>;

impl<T: Send + 'static> Jobs<T> {
    /// Jobs on threads of their own; `wake` is called when one delivers.
    pub fn threads(wake: Wake) -> Self {
        Self::new(Mode::Threads, wake)
    }

    /// Jobs that run inside `start`.
    pub fn inline() -> Self {
        Self::new(Mode::Inline, Arc::new(|| ()))
    }

    fn new(mode: Mode, wake: Wake) -> Self {
        let (sender, receiver) = channel();
        Self { mode, wake, sender, receiver }
    }

    /// Starts a job. `on_panic` makes the result of a job that panicked from the panic's text.
    pub fn start(
        &self,
        name: &str,
        work: impl FnOnce(&Progress) -> T + Send + 'static,
        on_panic: impl FnOnce(Panicked) -> T + Send + 'static,
    ) -> Handle {
        self.start_telling(name, |progress, _| work(progress), on_panic)
    }

    /// Starts a job that may deliver something ahead of its result.
    pub fn start_telling(
        &self,
        name: &str,
        work: impl FnOnce(&Progress, &(dyn Fn(T) + Sync)) -> T + Send + 'static,
        on_panic: impl FnOnce(Panicked) -> T + Send + 'static,
    ) -> Handle {
        let progress = Arc::new(Progress::new());
        let handle = Handle { progress: progress.clone() };
        let sender = self.sender.clone();
        let wake = self.wake.clone();
        let run = move || {
            let deliver = |result| {
                // The receiver is gone when the program ends: then nobody wants the result.
                if sender.send(Ok(result)).is_ok() {
                    wake();
                }
            };
            let result = catch_unwind(AssertUnwindSafe(|| work(&progress, &deliver)))
                .unwrap_or_else(|payload| on_panic(Panicked(panic_text(payload.as_ref()))));
            deliver(result);
        };
        match self.mode {
            Mode::Inline => run(),
            Mode::Threads => {
                let spawned = std::thread::Builder::new().name(name.to_owned()).spawn(run);
                if let Err(error) = spawned {
                    let text = format!("cannot start a thread for {name}: {error}");
                    self.sender.send(Err(Panicked(text))).ok(); // the receiver is ours
                }
            }
        }
        handle
    }

    /// The next result, waited for no longer than this. Not for a window that is to be drawn.
    pub fn wait(&self, patience: Duration) -> Option<Delivery<T>> {
        self.receiver.recv_timeout(patience).ok()
    }

    /// The next result that was delivered, if any. Never waits.
    pub fn poll(&self) -> Option<Delivery<T>> {
        self.receiver.try_recv().ok()
    }
}

fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::Jobs;
    use crate::util::Cancelled;

    type Outcome = Result<u32, String>;

    #[test]
    fn a_job_delivers_and_wakes() {
        let (woken, wakes) = channel();
        let jobs: Jobs<Outcome> = Jobs::threads(Arc::new(move || woken.send(()).unwrap_or(())));
        let _handle = jobs.start("sum", |_| Ok(42), |fault| Err(fault.0));
        wakes.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(jobs.poll(), Some(Ok(Ok(42))));
        assert_eq!(jobs.poll(), None);
    }

    #[test]
    fn a_job_may_tell_something_ahead_of_its_result() {
        let jobs: Jobs<Outcome> = Jobs::inline();
        let work = |_: &_, tell: &(dyn Fn(Outcome) + Sync)| {
            tell(Ok(1));
            Ok(2)
        };
        let _handle = jobs.start_telling("sum", work, |fault| Err(fault.0));
        assert_eq!([jobs.poll(), jobs.poll(), jobs.poll()], [Some(Ok(Ok(1))), Some(Ok(Ok(2))), None]);
    }

    #[test]
    fn a_panic_is_a_result() {
        let jobs: Jobs<Outcome> = Jobs::inline();
        let _handle = jobs.start("bad", |_| panic!("out of cheese"), |fault| Err(fault.0));
        assert_eq!(jobs.poll(), Some(Ok(Err("out of cheese".to_owned()))));
    }

    #[test]
    fn dropping_the_handle_cancels() {
        let (woken, wakes) = channel();
        let jobs: Jobs<Outcome> = Jobs::threads(Arc::new(move || woken.send(()).unwrap_or(())));
        let handle = jobs.start(
            "endless",
            |progress| loop {
                if let Err(Cancelled) = progress.check() {
                    return Err("cancelled".to_owned());
                }
                std::thread::yield_now();
            },
            |fault| Err(fault.0),
        );
        drop(handle);
        wakes.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(jobs.poll(), Some(Ok(Err("cancelled".to_owned()))));
    }
}
