//! Small work off the window's thread: started here, looked for once a frame, never waited for.

use std::sync::mpsc::{Receiver, TryRecvError, channel};

use eframe::egui::Context;

/// Something that a thread is finding out.
#[derive(Debug)]
pub struct Background<T> {
    receiver: Receiver<T>,
}

/// How far that is.
#[derive(Debug, PartialEq, Eq)]
pub enum Poll<T> {
    /// Not done yet.
    Pending,
    /// Done.
    Ready(T),
    /// The thread ended without a result.
    Lost,
}

impl<T: Send + 'static> Background<T> {
    /// Runs `work` on a thread of its own; the window is drawn again when it is done.
    pub fn start(ctx: &Context, work: impl FnOnce() -> T + Send + 'static) -> Self {
        let (sender, receiver) = channel();
        let ctx = ctx.clone();
        let run = move || {
            // The receiver is gone when nobody wants the result any more.
            sender.send(work()).ok();
            ctx.request_repaint();
        };
        // Without a thread the sender is dropped, which `poll` tells as lost.
        std::thread::Builder::new().name("window helper".to_owned()).spawn(run).ok();
        Self { receiver }
    }

    /// Looks whether it is done.
    pub fn poll(&self) -> Poll<T> {
        match self.receiver.try_recv() {
            Ok(result) => Poll::Ready(result),
            Err(TryRecvError::Empty) => Poll::Pending,
            Err(TryRecvError::Disconnected) => Poll::Lost,
        }
    }
}
