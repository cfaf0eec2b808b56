//! What an image is made of, laid open and searched: its layers, its configuration, its history.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tests::{Canary, Program, Scratch};

use crate::engine::Engine;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The names of the secrets that stand anywhere in an image.
pub(crate) fn secrets_in(engine: &Engine, image: &str, secrets: &[Canary]) -> Vec<String> {
    let folder = Scratch::new();
    let unpacked = engine
        .program("bash")
        .args(["-o", "pipefail", "-c", r#"docker save "$0" | tar -x -C "$1""#, image])
        .arg(folder.path())
        .run(Duration::from_mins(2));
    assert_eq!(unpacked.code, 0, "{image}: {}", unpacked.stderr);
    for file in files(folder.path()) {
        lay_open(&file);
    }
    let matched = matches(folder.path(), secrets);
    let said = ["inspect", "history"].map(|command| {
        let more: &[&str] = if command == "history" { &["--no-trunc"] } else { &[] };
        let finished = engine.docker(&[&["image", command, image], more].concat());
        assert_eq!(finished.code, 0, "{}", finished.stderr);
        finished.stdout
    });
    let stands = |secret: &&Canary| {
        let mut lines = matched.lines();
        lines.any(|line| line == secret.value() || line == secret.in_url())
            || said.iter().any(|text| secret.found_in(text.as_bytes()).is_some())
    };
    secrets.iter().filter(stands).map(|secret| secret.name().to_owned()).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder can be read").flatten() {
        let kind = entry.file_type().expect("an entry has a type");
        if kind.is_dir() {
            found.extend(files(&entry.path()));
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    found
}

/// Writes a compressed layer out plain, beside itself.
fn lay_open(file: &Path) {
    let mut magic = Vec::new();
    let opened = fs::File::open(file).expect("a layer can be opened");
    opened.take(4).read_to_end(&mut magic).expect("a layer can be read");
    assert_ne!(magic, ZSTD, "{} can't be searched", file.display());
    if magic.starts_with(&GZIP) {
        let plain = r#"gzip -d -c "$0" >"$0.plain""#;
        let unpacked = Program::at(Path::new("bash")).args(["-c", plain]).arg(file);
        let unpacked = unpacked.run(Duration::from_mins(2));
        assert_eq!(unpacked.code, 0, "{}: {}", file.display(), unpacked.stderr);
    }
}

/// What of the secrets stands in the files, a line each. One pass of grep over what may be hundreds
/// of megabytes; the secrets come on its input.
fn matches(folder: &Path, secrets: &[Canary]) -> String {
    let patterns: Vec<_> =
        secrets.iter().flat_map(|secret| [secret.value().to_owned(), secret.in_url()]).collect();
    let grep = Program::at(Path::new("grep"))
        .args(["-a", "-o", "-h", "-F", "-r", "-f", "-"])
        .arg(folder)
        .env("LC_ALL", "C")
        .input(patterns.join("\n"))
        .run(Duration::from_mins(2));
    assert!(grep.code <= 1, "{}", grep.stderr);
    grep.stdout
}
