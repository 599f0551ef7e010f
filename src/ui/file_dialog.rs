//! The desktop's file dialogs, asked for from the window and awaited elsewhere.
//!
//! A desktop may have no dialog service (a container, a bare window manager). The
//! library cannot tell that from a cancelled dialog, so the signs are looked for
//! before, and an answer that comes faster than anybody can cancel counts as one.

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll as Ready, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use eframe::egui::Context;
use rfd::AsyncFileDialog;

use super::background::{Background, Poll};

/// Faster than this, nobody has seen a dialog.
const TOO_FAST: Duration = Duration::from_millis(300);

/// What became of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picked {
    /// Files to open, or the one to save to, or a folder.
    Paths(Vec<PathBuf>),
    /// The user closed it.
    Cancelled,
    /// There is no dialog to be had; the sentence says why.
    Unavailable(String),
}

/// At most one dialog at a time.
#[derive(Debug, Default)]
pub struct FileDialog {
    pending: Option<Background<Picked>>,
}

impl FileDialog {
    /// Whether a dialog is open.
    pub fn is_open(&self) -> bool {
        self.pending.is_some()
    }

    /// Asks for files to open.
    pub fn open_files(&mut self, ctx: &Context) {
        let dialog = AsyncFileDialog::new()
            .set_title("Open heap snapshots")
            .add_filter("Heap snapshots", &["heapsnapshot", "heaptimeline", "json", "gz", "zst"])
            .add_filter("All files", &["*"]);
        // Created here, since macOS wants its dialogs made on the main thread; awaited elsewhere.
        let files = dialog.pick_files();
        self.start(ctx, async move {
            files.await.map(|files| files.iter().map(|file| file.path().to_owned()).collect())
        });
    }

    /// Asks where to save; `suggested` is the name that the dialog begins with.
    pub fn save_file(&mut self, ctx: &Context, suggested: &std::path::Path) {
        let mut dialog = AsyncFileDialog::new().set_title("Export as CSV").add_filter("CSV", &["csv"]);
        if let Some(name) = suggested.file_name() {
            dialog = dialog.set_file_name(name.to_string_lossy());
        }
        if let Some(folder) = suggested.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            dialog = dialog.set_directory(folder);
        }
        let file = dialog.save_file();
        self.start(ctx, async move { file.await.map(|file| vec![file.path().to_owned()]) });
    }

    /// Asks for a folder; the dialog begins in `now` if that is there.
    pub fn pick_folder(&mut self, ctx: &Context, title: &str, now: &std::path::Path) {
        let folder = AsyncFileDialog::new().set_title(title).set_directory(now).pick_folder();
        self.start(ctx, async move { folder.await.map(|folder| vec![folder.path().to_owned()]) });
    }

    fn start(&mut self, ctx: &Context, dialog: impl Future<Output = Option<Vec<PathBuf>>> + Send + 'static) {
        if self.is_open() {
            return;
        }
        self.pending = Some(Background::start(ctx, move || {
            if let Some(reason) = why_unavailable() {
                return Picked::Unavailable(reason.to_owned());
            }
            let start = Instant::now();
            match block_on(dialog) {
                Some(paths) => Picked::Paths(paths),
                None if start.elapsed() < TOO_FAST => {
                    Picked::Unavailable("The desktop's file dialog could not be opened".to_owned())
                }
                None => Picked::Cancelled,
            }
        }));
    }

    /// What became of the dialog, once it is closed.
    pub fn poll(&mut self) -> Option<Picked> {
        let picked = match self.pending.as_ref()?.poll() {
            Poll::Pending => return None,
            Poll::Ready(picked) => picked,
            Poll::Lost => Picked::Unavailable("The file dialog ended unexpectedly".to_owned()),
        };
        self.pending = None;
        Some(picked)
    }
}

/// On Linux, dialogs come from the desktop portal over the session bus, or from zenity.
#[cfg(target_os = "linux")]
fn why_unavailable() -> Option<&'static str> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let bus = variable("DBUS_SESSION_BUS_ADDRESS").is_some()
        || variable("XDG_RUNTIME_DIR").is_some_and(|folder| PathBuf::from(folder).join("bus").exists());
    let zenity = variable("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join("zenity").is_file()));
    (!bus && !zenity).then_some("This desktop has no file dialog (neither a portal nor zenity)")
}

#[cfg(not(target_os = "linux"))]
fn why_unavailable() -> Option<&'static str> {
    None
}

/// Waits for a future on this thread.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Ready::Ready(value) => return value,
            Ready::Pending => std::thread::park(),
        }
    }
}
