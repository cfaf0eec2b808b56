//! The examples of the registry, given to the program: a bad one gives its own finding and no other,
//! a good one gives none.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use platform::env::MapEnv;
use platform::env_file::Raw;
use preflight::examine;
use preflight::finding::Finding;
use preflight::registry::{ALL, Check, Code, Phase, Waiver};
use preflight::variables::{Key, template};

/// What stands in the place of the template's placeholders.
const REAL: &[(&str, &str)] = &[
    ("TELEGRAM_BOT_TOKEN", "123456789:AAFakeFakeFakeFakeFakeFakeFakeFakeF"),
    ("TELEGRAM_WEBHOOK_URL", "https://bot.example.org/webhook/fake"),
    ("DATABASE_URL", "postgresql://toogoodtogo:fake-word@postgres:5432/toogoodtogo"),
    ("DATABASE_PASSWORD", "fake-word"),
    ("REDIS_URL", "redis://:fake-word@redis:6379/0"),
    ("REDIS_PASSWORD", "fake-word"),
    ("STRIPE_API_KEY", "sk_live_51FakeFakeFake"),
    ("DEPLOYMENT_TAG", "v1.2.0"),
    ("BOT_IMAGE", "registry.example.org/bot:v1.2.0"),
];

/// Those that no text of a file can give: bytes that are no UTF-8, a size, a mode, a shell.
const OF_ANOTHER_KIND: &[&str] =
    &["PF080", "PF119", "PF120", "PF121", "PF122", "PF123", "PF124", "PF125"];
/// Those that only a container can have, and whose files have to exist.
const OF_SECRET_FILES: &[&str] = &["PF081", "PF082", "PF083", "PF084", "PF085", "PF086"];

/// What is true beside it: where a value keeps its CR, lines end with it.
const BESIDE: &[(&str, &str)] = &[("PF114", "PF111")];

fn is_command(check: &Check) -> bool {
    check.bad.starts_with("$ ")
}

/// The template, filled in, without the variables that the check's examples set or speak of.
fn base(check: &Check) -> String {
    let spoken_of = format!("{}\n{}", check.bad, check.good);
    let is_free = |name: &str| {
        let mut words = spoken_of.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        !words.any(|word| word == name || word.strip_suffix("_FILE") == Some(name))
    };
    let lines = template();
    let lines = lines.lines().filter_map(|line| {
        let (name, sample) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
        let real = REAL.iter().find(|(known, _)| *known == name).map_or(sample, |(_, real)| real);
        is_free(name).then(|| format!("{name}={real}\n"))
    });
    lines.collect()
}

/// The base with an example at its end; with a byte order mark, at its beginning.
fn file(check: &Check, example: &str) -> String {
    let base = base(check);
    if example.starts_with('\u{feff}') { format!("{example}\n{base}") } else { base + example }
}

fn lint(text: &str) -> Vec<Finding> {
    let raw = Raw { bytes: text.into(), is_too_large: false, is_exposed: false };
    examine::file(&raw, &|_| None, &[]).findings
}

fn codes(findings: &[Finding]) -> BTreeSet<&'static str> {
    findings.iter().map(|finding| finding.check().code).collect()
}

#[test]
fn every_bad_example_gives_its_finding_and_every_good_one_none() {
    let mut faults = Vec::new();
    let mut given = 0;
    for check in ALL.iter().filter(|check| check.phase != Phase::Live && !is_command(check)) {
        if OF_SECRET_FILES.contains(&check.code) {
            continue;
        }
        let (bad, good) = (lint(&file(check, check.bad)), lint(&file(check, check.good)));
        given += 1;
        let beside = BESIDE.iter().filter(|(code, _)| *code == check.code).map(|(_, other)| *other);
        if codes(&bad) != beside.chain([check.code]).collect() {
            faults.push(format!("{} {}: bad gives {:?}", check.code, check.name, codes(&bad)));
        }
        if !good.is_empty() {
            faults.push(format!("{} {}: good gives {:?}", check.code, check.name, codes(&good)));
        }
        for finding in bad.iter().filter(|finding| !check.keys.contain(finding.key)) {
            faults.push(format!("{} is about {}, too", check.code, finding.key.name()));
        }
    }
    assert!(faults.is_empty(), "{} of {given}:\n{}", faults.len(), faults.join("\n"));
    assert!(given > 60);
}

#[test]
fn only_what_no_file_can_hold_is_shown_as_a_command() {
    let commands = ALL.iter().filter(|check| check.phase != Phase::Live && is_command(check));
    assert_eq!(commands.map(|check| check.code).collect::<Vec<_>>(), OF_ANOTHER_KIND);
    for check in ALL.iter().filter(|check| is_command(check)) {
        assert!(check.good.starts_with("$ "), "{}", check.code);
    }
}

#[test]
fn every_example_of_a_secret_file_gives_its_finding() {
    let folder = tempfile::tempdir().expect("a folder");
    let secrets = folder.path();
    let put = |name: &str, bytes: &[u8]| write(&secrets.join(name), bytes);
    put("stripe_api_key", b"sk_live_51FakeFakeFake\n");
    put("large", &vec![b'x'; 65 * 1024]);
    put("latin1", b"sk_live_51Fak\xe9");
    fs::create_dir(secrets.join("folder")).expect("a folder");
    for check in ALL.iter().filter(|check| OF_SECRET_FILES.contains(&check.code)) {
        for (example, expected) in
            [(check.bad, BTreeSet::from([check.code])), (check.good, BTreeSet::new())]
        {
            let example = example.replace("/run/secrets", &secrets.display().to_string());
            let text = file(check, &example);
            let env: MapEnv = text.lines().filter_map(|line| line.split_once('=')).collect();
            let found = examine::environment(&env, &[]).findings;
            assert_eq!(codes(&found), expected, "{}: {example}", check.code);
        }
    }
}

/// Nobody gets rid of the rules for production by a name of the environment that can't be read.
#[test]
fn what_keeps_a_secret_is_not_ignored_where_the_environment_has_no_name() {
    let kept = ALL.iter().filter(|check| check.waiver == Waiver::NotInProduction);
    for check in kept {
        let codes = ["PF001", "PF002", "PF010", "PF080", check.code].map(Code);
        for name in ["", "ENVIRONMENT_NAME=\n", "ENVIRONMENT_NAME=Production\n"] {
            let text = file(check, if is_command(check) { "" } else { check.bad });
            let others = text.lines().filter(|line| !line.starts_with("ENVIRONMENT_NAME="));
            let text = others.fold(name.to_owned(), |text, line| text + line + "\n");
            let raw =
                Raw { bytes: text.into(), is_too_large: false, is_exposed: is_command(check) };
            let checked = examine::file(&raw, &|_| None, &codes);
            let mut own = checked.findings.iter().filter(|found| found.check().code == check.code);
            assert!(own.any(Finding::is_error) && !checked.is_ok(), "{} {name:?}", check.code);
        }
    }
}

#[test]
fn the_base_of_the_examples_is_good() {
    let check = ALL.iter().find(|check| check.phase == Phase::Live).expect("there is one");
    let nothing = Check { bad: "", good: "", ..*check };
    assert_eq!(lint(&base(&nothing)), []);
    assert_eq!(base(&nothing).lines().count(), Key::all().count());
}

#[expect(clippy::disallowed_methods, reason = "nobody else reads this file")]
fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("a file of this test");
}
