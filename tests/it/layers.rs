//! No layer looks up: the house plan of `src/lib.rs`, checked in the code of every file.

use std::fs;
use std::path::{Path, PathBuf};

/// Each layer with all that it may name.
const LAYERS: &[(&str, &[&str])] = &[
    ("util", &[]),
    ("jobs", &["util"]),
    ("format", &["util"]),
    ("graph", &["util", "format"]),
    ("analysis", &["util", "format", "graph"]),
    ("index", &["util", "format", "graph", "analysis"]),
    ("rows", &["util", "format", "graph", "analysis"]),
    ("export", &["util", "format", "graph", "analysis", "rows"]),
    ("workspace", &["util", "format", "graph", "analysis", "index", "rows", "export", "jobs"]),
    ("cli", &["util", "format", "graph", "analysis", "index", "rows", "export", "jobs", "workspace"]),
    ("ui", &["util", "format", "graph", "analysis", "index", "rows", "export", "jobs", "workspace"]),
];

/// Crates that draw; only `ui` knows them.
const WINDOW_CRATES: &[&str] = &["egui", "eframe", "rfd", "egui_kittest"];

fn source_files() -> Vec<PathBuf> {
    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, files);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    collect(&source_folder(), &mut files);
    files.sort();
    files
}

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The layer that a file belongs to; none for `lib.rs` and `main.rs`, which hold all together.
fn layer_of(file: &Path) -> Option<String> {
    let inside = file.strip_prefix(source_folder()).unwrap();
    let first = inside.components().next()?.as_os_str().to_str().unwrap();
    let layer = first.trim_end_matches(".rs");
    (layer != "lib" && layer != "main").then(|| layer.to_owned())
}

/// A file's code without line comments.
fn code(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_once("//").map_or(line, |(before, _)| before));
    lines.collect::<Vec<_>>().join("\n")
}

/// What is named directly behind each `crate::`, in braces too.
fn named_layers(code: &str) -> Vec<String> {
    let ident = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut named = Vec::new();
    for (at, path) in code.match_indices("crate::") {
        let rest = &code[at + path.len()..];
        match rest.strip_prefix('{') {
            None => named.push(ident(rest)),
            Some(group) => {
                let mut depth = 0;
                let ends_group = |c: char| {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    depth < 0
                };
                let group = group.split(ends_group).next().unwrap();
                let mut depth = 0;
                let between_members = |c: char| {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    depth == 0 && c == ','
                };
                named.extend(group.split(between_members).map(ident).filter(|name| !name.is_empty()));
            }
        }
    }
    named
}

/// Whether a crate is named as the start of a path.
fn names_crate(code: &str, name: &str) -> bool {
    let is_part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + name.len()..]);
        !before.ends_with(is_part_of_word)
            && !before.ends_with("::")
            && (after.starts_with("::") || before.ends_with("use ") && !after.starts_with(is_part_of_word))
    })
}

#[test]
fn no_layer_names_one_above_it() {
    let mut wrong = Vec::new();
    for file in source_files() {
        let Some(layer) = layer_of(&file) else { continue };
        let row = LAYERS.iter().find(|(name, _)| *name == layer);
        let (_, below) = row.unwrap_or_else(|| panic!("{}: no such layer in the plan", file.display()));
        for named in named_layers(&code(&fs::read_to_string(&file).unwrap())) {
            let is_layer = LAYERS.iter().any(|(name, _)| *name == named);
            if is_layer && named != layer && !below.contains(&named.as_str()) {
                wrong.push(format!("{} names {named}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "layers that look up:\n{}", wrong.join("\n"));
}

#[test]
fn only_the_window_knows_how_to_draw() {
    let mut wrong = Vec::new();
    for file in source_files() {
        if layer_of(&file).as_deref() == Some("ui") {
            continue;
        }
        let code = code(&fs::read_to_string(&file).unwrap());
        for name in WINDOW_CRATES.iter().filter(|name| names_crate(&code, name)) {
            wrong.push(format!("{} names {name}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "outside of src/ui:\n{}", wrong.join("\n"));
}

#[test]
fn what_these_tests_look_for_is_found() {
    let code =
        code("use crate::ui::Theme; // crate::cli\nuse crate::{graph::{A, B}, rows};\nx(crate::jobs::run)");
    assert_eq!(named_layers(&code), ["ui", "graph", "rows", "jobs"]);
    assert!(names_crate("fn draw(ui: &mut egui::Ui) {}", "egui"));
    assert!(names_crate("use eframe;", "eframe"));
    assert!(!names_crate("let egui_like = my_egui::x;", "egui"));
}
