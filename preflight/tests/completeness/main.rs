//! Faults that have nothing to do with each other are all told in one run, each of them and no more.

mod faults;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Write;

use faults::{FAULTS, Fault, Form, Setting};
use platform::clock::FixedClock;
use platform::env::MapEnv;
use preflight::Output;
use secrecy::ExposeSecret;
use serde_json::Value;

const RUNS: u64 = 1_000;
const MOST: usize = 25;
const CHECK: &[&str] = &["check", "--format", "json"];

/// A configuration with `faults` in it.
fn environment(faults: &[&Fault]) -> (Vec<(&'static str, String)>, String) {
    let mut pairs: Vec<(&str, String)> =
        faults::GOOD.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
    let mut lines: Vec<(&str, String)> =
        faults::GOOD.iter().map(|(key, value)| (*key, format!("{key}={value}"))).collect();
    let mut behind = String::new();
    for fault in faults {
        let own = |(key, _): &(&str, String)| *key == fault.key;
        let pair = pairs.iter().position(own);
        let line = lines.iter().position(own);
        match (&fault.setting, pair, line) {
            (Setting::Value(value), Some(pair), Some(line)) => {
                (*value).clone_into(&mut pairs[pair].1);
                lines[line].1 = format!("{}={value}", fault.key);
            }
            (Setting::Gone, Some(pair), Some(line)) => {
                pairs.remove(pair);
                lines.remove(line);
            }
            (Setting::Line(text), _, Some(line)) => (*text).clone_into(&mut lines[line].1),
            (Setting::More(text), ..) => behind += text,
            (setting, ..) => panic!("{setting:?} of {}", fault.key),
        }
    }
    let text = lines.iter().fold(String::new(), |text, (_, line)| text + line + "\n");
    (pairs, text + &behind)
}

/// `CODE KEY` of every finding, as a program reads them.
fn run(arguments: &[&str], env: &MapEnv) -> Vec<String> {
    let mut output = Output { stream: Vec::new(), is_terminal: false };
    let arguments = ["preflight"].iter().chain(arguments).map(OsString::from);
    let clock = FixedClock::new(chrono::DateTime::UNIX_EPOCH);
    let _ = preflight::run(arguments, env, &clock, &mut output);
    let document: Value = serde_json::from_slice(&output.stream).expect("stdout is JSON");
    let word = |finding: &Value, key: &str| finding[key].as_str().expect("a string").to_owned();
    let findings = document["findings"].as_array().expect("findings is a list");
    let mut lines: Vec<String> = findings
        .iter()
        .map(|finding| format!("{} {}", word(finding, "code"), word(finding, "key")))
        .collect();
    lines.sort();
    lines
}

/// `SplitMix64`: a seed brings a run back.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).expect("it is below a usize")
    }
}

/// One to 25 faults, no two of which touch the same subject.
fn chosen(random: &mut Random, form: Form) -> Vec<&'static Fault> {
    let wanted = 1 + random.below(MOST);
    let mut left: Vec<&Fault> = FAULTS.iter().filter(|fault| fault.is_in(form)).collect();
    let mut taken = Vec::new();
    let mut touched = BTreeSet::new();
    while taken.len() < wanted && !left.is_empty() {
        let fault = left.swap_remove(random.below(left.len()));
        if fault.touches().all(|subject| !touched.contains(subject)) {
            touched.extend(fault.touches());
            taken.push(fault);
        }
    }
    taken
}

/// The attributes as the container gets them: an empty value where the file gives none.
fn as_compose_hands_on(text: &str) -> MapEnv {
    let file = domain::env_file::parse(text, &|_| None);
    assert!(file.is_accepted());
    let in_force = file.in_force();
    let value = |key: &str| {
        let value = in_force.get(key).and_then(|index| file.statements[*index].value.as_ref());
        value.map_or_else(String::new, |value| value.expose_secret().to_owned())
    };
    faults::GOOD[..faults::ATTRIBUTES].iter().map(|(key, _)| (*key, value(key))).collect()
}

#[expect(clippy::disallowed_methods, reason = "the file is the test's own")]
fn all_runs(form: Form) -> usize {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("env");
    let mut largest = 0;
    for seed in 0..RUNS {
        let faults = chosen(&mut Random(seed), form);
        let (pairs, text) = environment(&faults);
        let mut expected: Vec<String> =
            faults.iter().flat_map(|fault| fault.findings(form)).collect();
        expected.sort();
        std::fs::write(&path, &text).expect("the folder is writable");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&path, mode).expect("the file is ours");
        let path = path.to_str().expect("the path is UTF-8");
        let found = match form {
            Form::File => run(&["lint", "--format", "json", path], &MapEnv::default()),
            Form::Environment => run(CHECK, &pairs.into_iter().collect()),
            Form::Both => run(CHECK, &as_compose_hands_on(&text).with("ENV_FILE", path)),
        };
        if found != expected {
            let text = format!("seed {seed}: {expected:#?}, and not\n{found:#?}\n{text}");
            // The program's own panic hook shows no message of a panic.
            std::io::stderr().write_all(text.as_bytes()).expect("stderr is open");
            panic!("a fault is missing, or one too many");
        }
        largest = largest.max(faults.len());
    }
    largest
}

#[test]
fn every_independent_fault_of_a_file_is_told_in_one_run() {
    assert_eq!(all_runs(Form::File), MOST);
}

#[test]
fn every_independent_fault_of_an_environment_is_told_in_one_run() {
    assert_eq!(all_runs(Form::Environment), faults::ATTRIBUTES - 1);
}

#[test]
fn every_independent_fault_of_a_file_and_what_became_of_it_is_told_in_one_run() {
    assert_eq!(all_runs(Form::Both), MOST);
}

/// What the faults are chosen from says enough only if each is told alone.
#[test]
fn every_fault_is_chosen_in_some_run() {
    let seen: BTreeSet<_> =
        (0..RUNS).flat_map(|seed| chosen(&mut Random(seed), Form::File)).map(Fault::name).collect();
    assert_eq!(seen.len(), FAULTS.len());
}
