//! Whatever the line and whatever the secrets: none survives, nothing else goes, a second time
//! changes nothing, and time grows with the length and no faster.

mod processor;

use std::hint::black_box;

use domain::redaction::Redactor;
use proptest::prelude::*;
use secrecy::SecretString;

const MARK: &str = "[redacted]";

fn redactor(secrets: &[&str]) -> Redactor {
    Redactor::new(secrets.iter().map(|secret| SecretString::from(*secret)))
}

/// What is searched for, and what breaks words, quotes and escapes.
const TOKENS: &[&str] = &[
    "password=",
    "token: ",
    "\"secret\":\"",
    "Authorization: ",
    "Bearer ",
    "postgres://",
    "u:p@h",
    "://",
    "@",
    ":",
    "=",
    " ",
    " ",
    "\"",
    "'",
    "\\\"",
    "\\",
    "%",
    "%40",
    "+",
    "\\u0041",
    "sk_live_",
    "a",
    "x1",
    "123456:",
    "AAqz7wdqTcvCH1vGWJxfSeofSAs0K5PALDsa",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "age-secret-key-1",
    "[redacted]",
    "[",
    "]",
    "s3cret",
    "s3 cret",
    "é",
    "cret s3",
    "\u{1b}[1m",
    "\u{1b}]",
    "\u{7}",
    "\t",
    "\r\n",
    "\u{9b}",
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
];

fn any_text() -> impl Strategy<Value = String> {
    let tokens = prop::collection::vec(prop::sample::select(TOKENS), 0..30);
    prop_oneof![4 => tokens.prop_map(|tokens| tokens.concat()), 1 => any::<String>()]
}

/// A secret that no character of it hides from a terminal.
fn any_secret() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{4,40}", "[!-~é-\u{17f}😀]{4,20}", "[a-z0-9]{8,32}"]
        .prop_filter("searched for", |secret| {
            secret.trim().chars().count() >= 4 && !MARK.contains(secret.trim())
        })
}

fn percent(secret: &str, plain: fn(u8) -> bool, upper: bool) -> String {
    let escape = |byte: u8| match (plain(byte), upper) {
        (true, _) => char::from(byte).to_string(),
        (false, true) => format!("%{byte:02X}"),
        (false, false) => format!("%{byte:02x}"),
    };
    secret.bytes().map(escape).collect()
}

fn unicode(secret: &str) -> String {
    let units: Vec<_> = secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    units.concat()
}

/// The secret as the programs of a stack write it.
fn forms(secret: &str) -> Vec<String> {
    let json = serde_json::to_string(secret).expect("JSON");
    let twice = serde_json::to_string(&json).expect("JSON");
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let few = |byte: u8| byte.is_ascii() && !b"%@:/ +".contains(&byte);
    vec![
        secret.to_owned(),
        percent(secret, is_plain, true),
        percent(secret, is_plain, false),
        percent(secret, few, true),
        percent(secret, |_| false, false),
        percent(secret, is_plain, true).replace("%20", "+"),
        json[1..json.len() - 1].to_owned(),
        json[1..json.len() - 1].replace('/', "\\/"),
        twice[3..twice.len() - 3].to_owned(),
        unicode(secret),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_form_of_a_secret_survives(
        before in any_text(),
        secret in any_secret(),
        behind in any_text(),
    ) {
        let redactor = redactor(&["other-one", &secret]);
        let trimmed = secret.trim();
        // An escape that began before would take the first character of the secret.
        let before = format!("{before} ");
        for form in forms(&secret) {
            let line = redactor.line(&format!("{before}{form}{behind}"));
            // What stands around a mark, and a mark itself, may have the like of it.
            let parts: Vec<_> = line.split(MARK).collect();
            prop_assert!(!parts.iter().any(|part| part.contains(trimmed)), "{form:?} in {line:?}");
            let form = form.trim();
            let is_left = parts.iter().any(|part| part.contains(form));
            let was_there = before.contains(form) || behind.contains(form);
            prop_assert!(!is_left || was_there, "{form:?} in {line:?}");
        }
    }

    #[test]
    fn a_second_time_changes_nothing_and_nothing_is_left_to_obey(text in any_text()) {
        let redactor = redactor(&["s3cret", "s3 cret", "cret s3 cret", "]abc", "other \" one"]);
        let line = redactor.line(&text);
        prop_assert!(!line.contains(char::is_control), "{line:?}");
        prop_assert_eq!(redactor.line(&line), line);
    }

    #[test]
    fn a_line_without_secrets_stays_as_it_is(
        words in prop::collection::vec("[A-Za-z0-9é-ſ語😀.,;/_#!?(){}<>|~*&^$+%\\\\\"' -]{0,20}", 0..20),
        controls in prop::collection::vec(prop::sample::select(&["", "\u{7}", "\0", "\u{7f}"]), 20),
    ) {
        let has_key_line = |text: String| {
            let mut runs = text.split(|c: char| !c.is_ascii_alphanumeric()).map(str::len);
            runs.any(|length| length >= 60)
        };
        let plain = words.join(" ");
        let lower = plain.to_lowercase();
        prop_assume!(!has_key_line(plain.replace(['/', '+'], "")) && !lower.contains("bearer "));
        let text: Vec<_> =
            words.iter().zip(&controls).map(|(word, control)| [word, *control].concat()).collect();
        prop_assert_eq!(redactor(&["qz7w-qz7w"]).line(&text.join(" ")), plain);
    }
}

#[test]
fn the_time_for_a_line_grows_with_its_length_and_no_faster() {
    let long = format!("{}b", "a".repeat(60));
    let redactor = redactor(&[&long, "s3 cret", "aaaaaaab"]);
    let units =
        TOKENS.iter().chain(&["a://", "token=", "bearer ", "a:b@", "authorization:", "1:", "\\'"]);
    for unit in units {
        let time = |length: usize| {
            let text = unit.repeat(length / unit.len());
            processor::time_of(|| drop(black_box(redactor.line(black_box(&text)))))
        };
        // Sixteen times the length; were it the square, it would be 256 times the time.
        let (small, large) = (time(1 << 10), time(1 << 14));
        assert!(large < small * 80, "many {unit:?}: {small:?} for 1 KiB, {large:?} for 16 KiB");
    }
}
