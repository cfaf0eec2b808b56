//! Files and what `lint` finds in them: malformed ones with the exact codes and places, valid ones
//! with nothing at all.

mod case;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use case::Case;
use platform::clock::FixedClock;
use platform::exit::ExitCode;
use preflight::Output;
use preflight::registry::{self, Phase};
use serde_json::Value;

/// What no file can give: it comes from the environment of the container. What a thousand others
/// come with is too long to write down.
const NOT_OF_A_FILE: &[&str] =
    &["PF080", "PF081", "PF082", "PF083", "PF084", "PF085", "PF086", "PF120", "PF125"];

/// The findings of a case's file, as the corpus writes them.
#[expect(clippy::disallowed_methods, reason = "the file is the test's own")]
fn found(case: &Case, folder: &Path) -> Vec<String> {
    let path = folder.join("env");
    fs::write(&path, &case.bytes).expect("the folder is writable");
    fs::set_permissions(&path, Permissions::from_mode(case.mode)).expect("the file is ours");
    let mut output = Output { stream: Vec::new(), is_terminal: false };
    let arguments = ["preflight", "lint", "--format", "json"].map(OsString::from);
    let arguments = arguments.into_iter().chain([path.into_os_string()]);
    let clock = FixedClock::new(chrono::DateTime::UNIX_EPOCH);
    let code = preflight::run(arguments, &case.shell, &clock, &mut output);
    let document: Value = serde_json::from_slice(&output.stream).expect("stdout is JSON");
    let findings = document["findings"].as_array().expect("findings is a list");
    let bad = findings.iter().any(|finding| finding["severity"] == "error");
    let expected = if bad { ExitCode::Bad } else { ExitCode::Good };
    assert_eq!(code, expected, "{}", case.name);
    let mut lines: Vec<String> = findings.iter().map(line).collect();
    lines.sort();
    lines
}

fn line(finding: &Value) -> String {
    let place = match (finding["line"].as_u64(), finding["column"].as_u64()) {
        (Some(line), Some(column)) => format!("{line}:{column}"),
        _ => "-".to_owned(),
    };
    let word = |key: &str| finding[key].as_str().expect("it is a string");
    format!("{} {} {place}", word("code"), word("key"))
}

/// Every case whose findings are not those that are written there.
fn wrong(cases: &[Case]) -> String {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut text = String::new();
    for case in cases {
        let found = found(case, folder.path());
        if found != case.expected {
            let Case { name, expected, .. } = case;
            let _ = writeln!(text, "[{name}]\n  {expected:?}, and not\n  {found:?}");
        }
    }
    text
}

/// Fails with the text. The program's own panic hook shows no message of a panic, so it goes first.
fn none(wrong: &str) {
    std::io::stderr().write_all(wrong.as_bytes()).expect("stderr is open");
    assert!(wrong.is_empty());
}

#[test]
fn a_malformed_file_gives_exactly_its_findings() {
    let cases = case::read(include_str!("malformed.txt"));
    none(&wrong(&cases));
    assert!(cases.len() >= 150 && cases.iter().all(|case| !case.expected.is_empty()));
}

#[test]
fn a_valid_file_gives_none() {
    let cases = case::read(include_str!("valid.txt"));
    none(&wrong(&cases));
    assert!(cases.len() >= 60 && cases.iter().all(|case| case.expected.is_empty()));
}

#[test]
fn every_code_that_a_file_can_give_is_in_the_corpus() {
    let cases = case::read(include_str!("malformed.txt"));
    let lines = cases.iter().flat_map(|case| &case.expected);
    let seen: BTreeSet<&str> = lines.filter_map(|line| line.split(' ').next()).collect();
    let checks = registry::ALL.iter().filter(|check| check.phase != Phase::Live);
    let codes: BTreeSet<&str> = checks.map(|check| check.code).collect();
    let missing: Vec<&&str> = codes.difference(&seen).collect();
    assert_eq!(missing, NOT_OF_A_FILE.iter().collect::<Vec<_>>());
}

#[test]
fn no_two_cases_are_the_same() {
    let mut seen = BTreeSet::new();
    let texts = [include_str!("malformed.txt"), include_str!("valid.txt")];
    for case in texts.iter().flat_map(|text| case::read(text)) {
        assert!(seen.insert(case.name.clone()), "{}", case.name);
        let form = format!("{:?} {:?} {:?}", case.bytes, case.mode, case.edits);
        assert!(seen.insert(form), "{}", case.name);
    }
}
