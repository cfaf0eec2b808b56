//! Our parser beside the real `docker compose config`, file by file: the names, the values, and
//! whether the file is taken at all must be the same, without an exception.
//!
//! `PARITY_CASES` says how many files (2,000), `PARITY_SEED` the seed of the first (1). A
//! disagreement names the seed that gives it alone.

mod compose;
mod dice;
mod generator;

use std::collections::BTreeMap;

use domain::env_file::{Quirk, parse};
use secrecy::ExposeSecret as _;

use compose::{Compose, Way};
use generator::{Generator, NAMES};

use super::setting;

/// Compose's own environment, beside `PATH` and `HOME`.
const OUTER: [(&str, &str); 3] =
    [("OUTER", "from outside"), ("BLANK", ""), ("DOLLAR", "a$OUTER$$b #'\"")];

/// How many files are read in one project.
const BATCH: usize = 100;

type Values = BTreeMap<String, String>;

/// A file and what we make of it.
struct Case {
    seed: u64,
    text: String,
    /// `None` when we say that Compose refuses it.
    expected: Option<Values>,
}

fn outer(name: &str) -> Option<String> {
    OUTER.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
}

impl Case {
    fn new(seed: u64, way: Way) -> Self {
        let text = Generator::file(seed);
        let file = parse(&text, &outer);
        let mut values = Values::new();
        for (name, index) in file.in_force() {
            if let Some(value) = &file.statements[index].value {
                values.insert(name.to_owned(), value.expose_secret().to_owned());
            }
        }
        if matches!(way, Way::Include) {
            let filled = |name: &str| outer(name).or_else(|| values.get(name).cloned());
            values = NAMES
                .iter()
                .map(|name| ((*name).to_owned(), filled(name).unwrap_or_default()))
                .collect();
        }
        let expected = file.is_accepted().then_some(values);
        Self { seed, text, expected }
    }

    fn agree_on(&self, seen: Option<&Values>, way: Way) {
        // A single file is always in the first of the parts, whose names begin like this.
        let tests = match way {
            Way::Service => "parity::a_file_says",
            Way::Include => "parity::a_file_gives",
        };
        assert!(
            self.expected.as_ref() == seen,
            "we and Compose ({}) read this file differently:\n  {:?}\nwe:      {:?}\nCompose: {:?}\nAgain: \
             PARITY_SEED={} PARITY_CASES=1 cargo test -p tests --test it {tests}",
            compose::version(),
            self.text,
            self.expected,
            seen,
            self.seed,
        );
    }
}

/// Reads one part of the files in both ways.
fn compare(part: u64, parts: u64, share: u64, way: Way) {
    let (first, count) = (setting("PARITY_SEED", 1), setting("PARITY_CASES", 2000));
    let cases: Vec<_> = (part..count.div_ceil(share))
        .step_by(usize::try_from(parts).expect("a small number"))
        .map(|number| Case::new(first + number, way))
        .collect();
    let compose = Compose::new(way);
    let (accepted, refused): (Vec<_>, Vec<_>) =
        cases.iter().partition(|case| case.expected.is_some());
    for batch in accepted.chunks(BATCH) {
        agree_on_all(&compose, batch, way);
    }
    for case in refused {
        let seen = compose.read(&[case]);
        case.agree_on(seen.as_ref().and_then(|seen| seen.first()), way);
    }
}

/// All in one project; where Compose refuses it, each half, until the one file is found.
fn agree_on_all(compose: &Compose, batch: &[&Case], way: Way) {
    match compose.read(batch) {
        Some(seen) => {
            for (case, seen) in batch.iter().zip(&seen) {
                case.agree_on(Some(seen), way);
            }
        }
        None if batch.len() == 1 => batch[0].agree_on(None, way),
        None => {
            let (left, right) = batch.split_at(batch.len() / 2);
            agree_on_all(compose, left, way);
            agree_on_all(compose, right, way);
        }
    }
}

macro_rules! parts {
    ($($name:ident: $part:literal of $parts:literal, one in $share:literal, $way:ident;)*) => {
        $(
            #[test]
            fn $name() {
                compare($part, $parts, $share, Way::$way);
            }
        )*
    };
}

// In parts, so that they run side by side.
parts! {
    a_file_says_to_us_what_it_says_to_a_service: 0 of 4, one in 1, Service;
    a_file_says_to_us_what_it_says_to_a_service_2: 1 of 4, one in 1, Service;
    a_file_says_to_us_what_it_says_to_a_service_3: 2 of 4, one in 1, Service;
    a_file_says_to_us_what_it_says_to_a_service_4: 3 of 4, one in 1, Service;
    a_file_gives_to_an_include_what_we_say: 0 of 1, one in 5, Include;
}

#[test]
fn the_generated_files_meet_every_rule() {
    const FILES: u64 = 2000;
    let mut met: BTreeMap<Quirk, usize> = BTreeMap::new();
    let mut refused = 0;
    for seed in 1..=FILES {
        let file = parse(&Generator::file(seed), &outer);
        refused += u64::from(!file.is_accepted());
        for remark in file.remarks {
            *met.entry(remark.quirk).or_default() += 1;
        }
    }
    // What is too long is not for Compose to say.
    let rare: Vec<_> = Quirk::ALL
        .iter()
        .filter(|quirk| **quirk != Quirk::ReferenceTooLong)
        .filter(|quirk| met.get(quirk).is_none_or(|count| *count < 5))
        .collect();
    assert!(rare.is_empty(), "{rare:?} of {met:?}");
    assert!((FILES / 8..FILES / 3).contains(&refused), "{refused} of {FILES} files are refused");
}
