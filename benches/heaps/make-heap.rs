//! Writes a made-up heap to a file: `make-heap MILLIONS_OF_NODES FILE`.

mod made_up;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [millions, path] = &arguments[..] else {
        eprintln!("usage: make-heap MILLIONS_OF_NODES FILE");
        return ExitCode::from(2);
    };
    let nodes = match millions.parse::<f64>() {
        Ok(millions) if millions > 0.0 && millions <= 4000.0 => (millions * 1e6) as u64,
        _ => {
            eprintln!("make-heap: how many millions of nodes? Not {millions}");
            return ExitCode::from(2);
        }
    };
    match made_up::make(nodes, Path::new(path)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("make-heap: {error}: {path}");
            ExitCode::FAILURE
        }
    }
}
