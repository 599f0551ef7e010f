//! The program: a window when there are only files, else a command of the shell.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;
use heaplens::cli::{self, Args, Request};
use heaplens::util::LargeBlocks;

#[global_allocator]
static ALLOCATOR: LargeBlocks = LargeBlocks;

fn main() -> ExitCode {
    let Args { files, index, request } = Args::parse();
    cli::choose_index(index);
    let result = match request {
        None => window(files, false),
        Some(Request::Demo) => window(Vec::new(), true),
        Some(request) => cli::run(request),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("heaplens: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Opens the window; where that cannot be, says why and tells the story as text.
fn window(files: Vec<PathBuf>, demo: bool) -> Result<(), cli::Error> {
    let Err(why) = open_window(&files, demo) else { return Ok(()) };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{why}\n")?;
    if demo {
        let folder = tempfile::tempdir()?;
        let files = heaplens::format::unpack_demo(folder.path())
            .map_err(|error| cli::Error::Told(error.to_string()))?;
        return cli::tell_story(&files, out);
    }
    cli::tell_story(&files, out)
}

#[cfg(feature = "window")]
fn open_window(files: &[PathBuf], demo: bool) -> Result<(), String> {
    heaplens::ui::open(files, demo)
}

#[cfg(not(feature = "window"))]
fn open_window(_files: &[PathBuf], _demo: bool) -> Result<(), String> {
    Err("This build of Heaplens has no window (it was built without the feature `window`).".to_owned())
}
