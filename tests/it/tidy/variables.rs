//! Names of variables: what the compose files, the template, the README and the programs say of them
//! agrees.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// What others' images read.
const FOREIGN: [&str; 6] = [
    "POSTGRES_USER",
    "POSTGRES_DB",
    "POSTGRES_PASSWORD",
    "POSTGRES_INITDB_ARGS",
    "REDISCLI_AUTH",
    "HTTPS_PORT",
];
/// What Compose is given for one rollout, by `deploy`, and nobody writes into a file.
const OF_A_ROLLOUT: [&str; 2] = ["DEPLOYMENT_EVENT_ID", "DEPLOYMENT_OPERATOR"];
/// What psql reads.
const OF_PSQL: [&str; 1] = ["ON_ERROR_STOP"];

pub(super) fn every_name_is_known(
    root: &Path,
    sources: &BTreeMap<String, String>,
    faults: &mut Vec<String>,
) {
    let read = |path: &str| {
        fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let services = read("compose/services.yml");
    let template = read("compose/.env.production.template");
    let lines = template.lines().filter(|line| !line.starts_with('#'));
    let settings: BTreeSet<&str> =
        lines.filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    let is_constant = |name: &str| {
        let quoted = format!("\"{name}\"");
        let tests = ["tests/it/", "tests/stack/"];
        let mut programs =
            sources.iter().filter(|(path, _)| !tests.iter().any(|test| path.starts_with(test)));
        programs.any(|(_, text)| text.contains(&quoted))
    };

    let set = services.lines().filter_map(|line| line.trim().split_once(':')).map(|(key, _)| key);
    let set: BTreeSet<&str> = set.filter(|key| is_variable(key)).collect();
    let used = interpolated(&services);
    assert!(set.len() > 20 && used.len() > 20 && settings.len() > 20, "the names are found");
    // A constant is what `--help` and the documentation list.
    for name in set.iter().filter(|name| !FOREIGN.contains(name) && !is_constant(name)) {
        faults
            .push(format!("compose/services.yml sets {name}, which no program has a constant for"));
    }
    for name in used.iter().filter(|name| !settings.contains(*name) && !OF_A_ROLLOUT.contains(name))
    {
        faults.push(format!("compose/services.yml uses {name}, which the template does not have"));
    }
    for name in named(&read("README.md")) {
        if !settings.contains(name) && !OF_PSQL.contains(&name) && !is_constant(name) {
            faults.push(format!("README.md names {name}, which nothing reads"));
        }
    }
}

fn is_variable(word: &str) -> bool {
    word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// What Compose replaces: `${NAME…}`, but not `$${NAME…}`, which a shell in the container sees.
fn interpolated(text: &str) -> BTreeSet<&str> {
    let places = text.match_indices("${").filter(|(at, _)| !text[..*at].ends_with('$'));
    places.map(|(at, _)| leading_name(&text[at + 2..])).filter(|name| is_variable(name)).collect()
}

fn leading_name(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_ascii_uppercase() && letter != '_');
    &text[..end.unwrap_or(text.len())]
}

/// The variables that a text for people names: words with a `_`, and what stands alone in backticks.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| word.len() >= 4 && word.contains('_'));
    let alone = text.split('`').skip(1).step_by(2).filter(|span| span.len() >= 4);
    words.chain(alone).filter(|word| is_variable(word)).collect()
}
