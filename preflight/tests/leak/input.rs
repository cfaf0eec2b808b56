//! What goes in: environments, files and command lines that lead the parsers deep inside, with
//! secrets in every place.

use domain::configuration::Attribute;

use crate::canary::canary;
use crate::detector;
use crate::random::Random;

/// Beginnings and joints of values.
const PARTS: &[&str] = &[
    "postgresql://",
    "postgres://",
    "redis://",
    "rediss://",
    "https://",
    "http://",
    "sk_live_",
    "pk_",
    "sk_test_",
    "7123456789:AA",
    "v1.2.",
    "latest",
    "production",
    "staging",
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
    "\t",
    "\n",
    "\r",
    "\0",
    "é",
    "\u{feff}",
    "${",
    "}",
    "$",
    "$$",
    "'",
    "\"",
    "\\",
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
    "\u{1b}[31m",
    "“",
    " # ",
    ":-",
    ":?",
    "export ",
];

/// Variables of the file that are no attributes.
const OTHERS: &[&str] = &[
    "POSTGRES_USER",
    "POSTGRES_DB",
    "REDIS_PASSWORD",
    "BOT_IMAGE",
    "STATE_DIR",
    "SMTP_PASSWORD",
    "DATABASE_PASWORD",
    "stripe_api_key",
    "COMPOSE_PROJECT_NAME",
];

/// A secret of four to twenty characters, now and then as something else would write it.
pub(crate) fn secret(random: &mut Random) -> String {
    let length = 4 + random.below(17);
    let secret = canary(random, length);
    match random.below(12) {
        0 => detector::hex_after("%", &secret).to_ascii_uppercase(),
        1 => detector::hex_after("%", &secret),
        _ => secret,
    }
}

/// A value: parts and secrets, or a whole one of the right form.
pub(crate) fn value(random: &mut Random) -> String {
    let (one, two) = (secret(random), secret(random));
    match random.below(10) {
        0 => format!("postgresql://{one}:{two}@{}/{}", secret(random), secret(random)),
        1 => format!("postgresql://app:{one}@postgres:5432/shop"),
        2 => format!("redis://:{one}@redis:6379/0"),
        3 => format!("https://{one}.example.org:8443/{two}?{}", secret(random)),
        4 => format!("sk_live_{one}{two}"),
        5 => format!("7123456789:AA{}", canary(random, 33)),
        _ => (0..random.below(8)).fold(String::new(), |text, _| {
            if random.one_in(3) { text + &secret(random) } else { text + random.pick(PARTS) }
        }),
    }
}

/// The name of a variable that is looked at, or of one that isn't.
pub(crate) fn name(random: &mut Random) -> String {
    let attribute = random.pick(Attribute::ALL).key();
    match random.below(8) {
        0 => format!("{attribute}_FILE"),
        1 => random.pick(OTHERS).to_owned(),
        _ => attribute.to_owned(),
    }
}

/// An environment; `None` is a value that is not UTF-8.
pub(crate) fn environment(random: &mut Random) -> Vec<(String, Option<String>)> {
    let count = random.below(16);
    let pair = |random: &mut Random| {
        let value = if random.one_in(12) { None } else { Some(value(random)) };
        (name(random), value)
    };
    (0..count).map(|_| pair(random)).collect()
}

/// A file whose quotes are broken, whose lines are cut, whose names are secrets.
pub(crate) fn file(random: &mut Random) -> Vec<u8> {
    let mut bytes: Vec<u8> = Vec::new();
    if random.one_in(10) {
        bytes.extend("\u{feff}".bytes());
    }
    for _ in 0..random.below(14) {
        let quote = random.pick(&["", "", "\"", "'", "“"]);
        let close = if random.one_in(3) { "" } else { quote };
        let sign = random.pick(&["=", "=", "=", "= ", ": ", " "]);
        let name = if random.one_in(6) { secret(random) } else { name(random) };
        let behind = if random.one_in(6) { value(random) } else { String::new() };
        let newline = if random.one_in(8) { "\r\n" } else { "\n" };
        let value = value(random);
        bytes.extend(format!("{name}{sign}{quote}{value}{close}{behind}{newline}").bytes());
    }
    if random.one_in(20) {
        let at = random.below(bytes.len() + 1);
        bytes.insert(at, 0xff);
    }
    bytes
}

/// Arguments that no program repeats: secrets in the place of everything that can be typed.
pub(crate) fn arguments(random: &mut Random, file: &str) -> Vec<String> {
    let format = random.pick(&["human", "json", "github", "sarif"]).to_owned();
    let secret = secret(random);
    let strings = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    match random.below(12) {
        0..=2 => strings(&["check", "--format", &format]),
        3..=5 => strings(&["lint", "--format", &format, file]),
        // Nothing is executed: there is no such program.
        6 => strings(&["exec", "--", &format!("/{secret}"), &secret]),
        7 => strings(&["explain", &secret]),
        8 => strings(&["probe", &format!("http//{secret}"), "--timeout", "50ms"]),
        9 => strings(&["check", "--format", &secret, "--ignore", &secret]),
        10 => strings(&["template", &secret]),
        _ => strings(&["lint", "--ignore", "PF003", "--ignore", "PF046", file, &secret]),
    }
}
