//! The rules that the tree itself is held to: ARCHITECTURE.md's invariants, as far as a reader of
//! source text can see them. Crate boundaries, `clippy.toml` and `deny.toml` hold the rest.

mod variables;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tests::workspace_root;

const PROGRAMS: [&str; 5] = ["preflight", "sidecar", "backup-job", "deploy", "bot"];
const LONGEST_FILE: usize = 400;
const LONGEST_MAIN: usize = 50;

/// What `domain` must not know: it is pure, and time is an argument.
const IMPURE: [&str; 17] = [
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "std::io",
    "std::os",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "tokio",
    "tracing",
    "SystemTime",
    "Instant",
    "Utc::now",
    "Local::now",
    "new_v4",
];
/// Crates that compute and do nothing else.
const PURE: [&str; 8] = [
    "chrono",
    "percent-encoding",
    "secrecy",
    "semver",
    "serde",
    "thiserror",
    "unicode-properties",
    "uuid",
];
/// What only `platform` may name, besides what clippy.toml forbids.
const EFFECTS: [&str; 6] =
    ["std::env::var", "process::Command", "process::exit", "File::create", "OpenOptions", "flock"];

#[test]
fn the_tree_keeps_the_architecture() {
    let root = workspace_root();
    let sources = files(&root, "rs");
    let manifests = files(&root, "toml");
    assert!(sources.len() > 20 && manifests.contains_key("domain/Cargo.toml"), "the tree is found");
    let mut faults = Vec::new();
    for (path, text) in &sources {
        every_source(path, text, &mut faults);
        if path.starts_with("domain/src/") {
            names_none_of(&IMPURE, "domain is pure", path, text, &mut faults);
        }
        let outside = !path.starts_with("platform/") && !path.starts_with("tests/");
        if outside {
            names_none_of(&EFFECTS, "only platform touches the system", path, text, &mut faults);
        }
    }
    for (path, text) in manifests.iter().filter(|(path, _)| path.ends_with("Cargo.toml")) {
        every_manifest(path, text, &mut faults);
    }
    variables::every_name_is_known(&root, &sources, &mut faults);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn every_source(path: &str, text: &str, faults: &mut Vec<String>) {
    let lines = text.lines().count();
    if !text.starts_with("//!") {
        faults.push(format!("{path} does not begin by saying what it is for (`//!`)"));
    }
    if lines > LONGEST_FILE {
        faults.push(format!("{path} has {lines} lines: it holds two ideas"));
    }
    if path.ends_with("src/main.rs") && lines > LONGEST_MAIN {
        faults.push(format!("{path} has {lines} lines: main is thin"));
    }
    // Written apart, so that this line is not a fault itself.
    for mark in [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")] {
        if text.contains(mark) {
            faults.push(format!("{path} has a {mark}"));
        }
    }
}

fn names_none_of(forbidden: &[&str], rule: &str, path: &str, text: &str, faults: &mut Vec<String>) {
    let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    for (number, line) in code {
        for name in forbidden.iter().filter(|name| line.contains(**name)) {
            faults.push(format!("{path}:{} names {name}: {rule}", number + 1));
        }
    }
}

fn every_manifest(path: &str, text: &str, faults: &mut Vec<String>) {
    let of = path.trim_end_matches("/Cargo.toml").trim_start_matches("tests/");
    for dependency in dependencies(text) {
        let wrong = match of {
            "domain" => !PURE.contains(&dependency),
            _ => dependency == "tests" || PROGRAMS.contains(&dependency),
        };
        if wrong {
            faults.push(format!("{path}: {of} must not depend on {dependency}"));
        }
    }
}

/// The names under `[dependencies]`; what only tests need is free.
fn dependencies(manifest: &str) -> Vec<&str> {
    manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .collect()
}

/// Every file of the tree with that extension, by its path from the root.
fn files(root: &Path, extension: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder can be read").flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() && name != "target" && !name.to_string_lossy().starts_with('.') {
                folders.push(path);
            } else if path.extension().is_some_and(|known| known == extension) {
                let text = fs::read_to_string(&path).expect("a source file can be read");
                let relative = path.strip_prefix(root).expect("it is below the root");
                found.insert(relative.to_string_lossy().into_owned(), text);
            }
        }
    }
    found
}
