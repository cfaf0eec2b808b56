//! No value of the environment is ever shown, whatever it is, and none makes the program panic.

use std::ffi::OsString;

use domain::configuration::Attribute;
use platform::clock::FixedClock;
use platform::env::MapEnv;
use platform::exit::ExitCode;
use preflight::Output;
use proptest::prelude::*;
use proptest::sample::select;

/// No text of the program holds it, so that any trace of it is a leak.
const CANARY: &str = "Qz7w";

/// Beginnings and joints that lead the parsers deep inside.
const PARTS: &[&str] = &[
    "postgresql://",
    "postgres://",
    "redis://",
    "rediss://",
    "https://",
    "http://",
    "sk_live_",
    "pk_",
    "7123456789:AA",
    "v1.2.",
    "latest",
    "production",
    ":",
    "@",
    "/",
    "?",
    "#",
    "%",
    "%00",
    "%41",
    "%ff",
    "[::1]",
    "[",
    "]",
    ",",
    "=",
    "&",
    "host=",
    "sslmode=",
    "password=",
    "*",
    " ",
    "\n",
    "\r",
    "\0",
    "é",
    "\u{feff}",
    "${",
    "$",
    "'",
    "\"",
    "<",
    ">",
    "changeme",
    "xxx",
    "0",
    "65536",
    "-1",
    "5432",
    "insecure",
    "localhost",
    "DEBUG",
    "🦀",
    "\u{202e}",
    "\x1b[31m",
];

fn value() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => select(PARTS).prop_map(str::to_owned),
        2 => Just(CANARY.to_owned()),
        1 => "\\PC{0,8}",
    ];
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

fn environment() -> impl Strategy<Value = Vec<(String, Option<String>)>> {
    let keys: Vec<String> = Attribute::ALL
        .iter()
        .flat_map(|attribute| [attribute.key().to_owned(), format!("{}_FILE", attribute.key())])
        .collect();
    // One value in ten is not UTF-8.
    let value = prop_oneof![9 => value().prop_map(Some), 1 => Just(None)];
    prop::collection::vec((select(keys), value), 0..16)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_value_is_shown_and_none_panics(pairs in environment(), json: bool, is_terminal: bool) {
        let mut env = MapEnv::default();
        for (name, value) in &pairs {
            env = match value {
                Some(value) => env.with(name, value),
                None => env.with_bytes(name),
            };
        }
        let mut output = Output { stream: Vec::new(), is_terminal };
        let format = if json { "json" } else { "human" };
        let arguments = ["preflight", "check", "--format", format].map(OsString::from);
        let clock = FixedClock::new(chrono::DateTime::UNIX_EPOCH);
        let code = preflight::run(arguments, &env, &clock, &mut output);
        prop_assert!(matches!(code, ExitCode::Good | ExitCode::Bad));
        let text = String::from_utf8(output.stream).expect("the result is UTF-8");
        prop_assert!(!text.contains(CANARY));
        prop_assert!(text.is_ascii());
        if json {
            let document: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(document["ok"].as_bool(), Some(code == ExitCode::Good));
        }
    }
}
