//! The commands of the shell: the same answers as the window's, as text, CSV or JSON.

mod allocations;
mod answer;
mod args;
mod comparison;
mod contents;
mod contexts;
mod dominators;
mod dump;
mod duplicates;
mod filter;
mod ids;
mod info;
mod listing;
mod native_contexts;
mod object;
mod objects;
mod opening;
mod paths;
mod print;
mod progress_line;
mod retainers;
mod run;
mod samples;
mod search;
mod statistics;
mod story;
mod summary;

pub use args::{Args, IndexOptions, Request};
pub use opening::choose_index;
pub use run::run;
pub use story::tell_story;

/// What a command could not do, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A sentence for the user.
    #[error("{0}")]
    Told(String),
    /// Writing the answer failed.
    #[error("cannot write the answer: {0}")]
    Output(#[from] std::io::Error),
    /// Writing the answer as CSV failed.
    #[error("cannot write the answer: {0}")]
    Csv(#[from] csv::Error),
    /// Writing the answer as JSON failed.
    #[error("cannot write the answer: {0}")]
    Json(#[from] serde_json::Error),
}

impl Error {
    /// Whether the reader of the answer went away, as `head` does: no fault of ours.
    pub fn is_broken_pipe(&self) -> bool {
        match self {
            Self::Output(error) => error.kind() == std::io::ErrorKind::BrokenPipe,
            Self::Json(error) => error.io_error_kind() == Some(std::io::ErrorKind::BrokenPipe),
            Self::Csv(error) => {
                matches!(error.kind(), csv::ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::BrokenPipe)
            }
            Self::Told(_) => false,
        }
    }
}

impl From<crate::workspace::Failure> for Error {
    fn from(failure: crate::workspace::Failure) -> Self {
        match failure {
            crate::workspace::Failure::Cancelled => Self::from(crate::util::Cancelled),
            crate::workspace::Failure::Told(text) => Self::Told(text),
        }
    }
}

impl From<crate::util::Cancelled> for Error {
    fn from(cancelled: crate::util::Cancelled) -> Self {
        Self::Told(cancelled.to_string())
    }
}
