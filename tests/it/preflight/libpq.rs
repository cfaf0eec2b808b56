//! `DATABASE_URL` against the libpq of this machine: what it refuses, we refuse; what we take, it
//! takes and understands alike; where we are stricter, there is a reason for each rule.
//!
//! `LIBPQ_CASES` says how many URIs are generated (5,000), `LIBPQ_SEED` what they are generated from (1).

#[path = "../../../domain/tests/vectors/libpq.rs"]
#[expect(dead_code, reason = "what our parser says of each vector is held in the domain")]
mod vectors;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use domain::configuration::{PostgresUrl, Rule};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use vectors::{Said, VECTORS};

use super::setting;

/// The options that libpq reads from a connection string.
type Options = BTreeMap<String, Vec<u8>>;

struct Answer {
    /// `None` where libpq refuses to parse the string.
    options: Option<Options>,
    refuses_to_connect: bool,
}

/// Asks libpq about each string, and whether it would begin to connect where that is wanted.
fn libpq<'a>(cases: impl IntoIterator<Item = (&'a str, bool)>) -> (u32, Vec<Answer>) {
    let cases: Vec<Value> =
        cases.into_iter().map(|(uri, connect)| json!({ "uri": uri, "connect": connect })).collect();
    let mut python = Command::new("python3")
        .args(["-c", include_str!("libpq.py")])
        .env_remove("PGSERVICE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3, which loads libpq, can be started");
    let mut stdin = python.stdin.take().expect("stdin is a pipe");
    stdin.write_all(json!(cases).to_string().as_bytes()).expect("python3 reads");
    drop(stdin);
    let output = python.wait_with_output().expect("python3 ends");
    assert!(output.status.success(), "libpq.so.5 is there, and python3 loads it");
    let document: Value = serde_json::from_slice(&output.stdout).expect("the answer is JSON");
    let version = document["version"].as_u64().and_then(|version| u32::try_from(version).ok());
    let answers = document["answers"].as_array().expect("a list").iter().map(|answer| {
        let options = answer["values"]
            .as_object()
            .map(|values| values.iter().map(|(name, hex)| (name.clone(), from_hex(hex))).collect());
        let refuses_to_connect = answer["refuses_to_connect"].as_bool().unwrap_or(false);
        Answer { options, refuses_to_connect }
    });
    (version.expect("a version"), answers.collect())
}

fn from_hex(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().expect("hex is text").as_bytes();
    hex.chunks(2)
        .map(|two| {
            let two = str::from_utf8(two).expect("hex is ASCII");
            u8::from_str_radix(two, 16).expect("two hex digits")
        })
        .collect()
}

#[test]
fn libpq_says_of_each_vector_what_the_table_says() {
    let (version, answers) =
        libpq(VECTORS.iter().map(|(_, uri, said)| (*uri, matches!(said, Said::RefusedLater(_)))));
    assert_eq!(answers.len(), VECTORS.len());
    for ((what, uri, said), answer) in VECTORS.iter().zip(&answers) {
        let parses = answer.options.is_some();
        match said {
            Said::Both(_) => assert_alike(uri, answer.options.as_ref().expect(what)),
            Said::Refused(_) => assert!(!parses, "{what}: {uri}: libpq takes it"),
            Said::RefusedLater(_) => {
                assert!(parses && answer.refuses_to_connect, "{what}: {uri}: libpq takes it");
            }
            Said::Stricter(..) => assert!(parses, "{what}: {uri}: libpq refuses it"),
            Said::Since(since) => assert_eq!(parses, version >= *since, "{what}: {uri}"),
        }
    }
}

/// Both have taken the URI: they have to understand the same.
fn assert_alike(uri: &str, options: &Options) {
    let url = PostgresUrl::parse(uri).unwrap_or_else(|rules| panic!("{uri}: {rules:?}"));
    let text = |name: &str| options.get(name).map(Vec::as_slice).unwrap_or_default();
    assert_eq!(text("user"), url.user.as_bytes(), "{uri}");
    assert_eq!(text("password"), url.password.expose_secret().as_bytes(), "{uri}");
    assert_eq!(text("dbname"), url.database.as_bytes(), "{uri}");
    let (hosts, addresses, ports) =
        (list(options, "host"), list(options, "hostaddr"), list(options, "port"));
    let count = hosts.len().max(addresses.len());
    let entry = |list: &[String], index: usize| list.get(index).cloned().unwrap_or_default();
    let connected: Vec<(String, u16)> = (0..count)
        .map(|index| {
            let (host, address) = (entry(&hosts, index), entry(&addresses, index));
            let port = if ports.len() == 1 { entry(&ports, 0) } else { entry(&ports, index) };
            let port = if port.is_empty() { 5432 } else { port.parse().expect(uri) };
            (if address.is_empty() { host } else { address }, port)
        })
        .collect();
    assert_eq!(connected, url.hosts, "{uri}");
}

/// An option that is a list; nothing where it is absent or empty.
fn list(options: &Options, name: &str) -> Vec<String> {
    match options.get(name).map(|value| String::from_utf8_lossy(value)) {
        Some(text) if !text.is_empty() => text.split(',').map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Whether we may refuse, by this rule, what libpq parses.
fn is_stricter_for_a_reason(rule: Rule, uri: &str, options: &Options) -> bool {
    let lacks = |name: &str| options.get(name).is_none_or(Vec::is_empty);
    let (hosts, addresses, ports) =
        (list(options, "host"), list(options, "hostaddr"), list(options, "port"));
    let count = hosts.len().max(addresses.len());
    let odd_host = |host: &String| {
        !host.starts_with('/') && host.contains(|c: char| "\"<>\\^`{|}#@/?[]:% \t\n".contains(c))
    };
    let odd_port =
        |port: &String| !port.is_empty() && !(1..=65535).contains(&port.parse().unwrap_or(0));
    match rule {
        Rule::PostgresUserMissing => lacks("user"),
        Rule::PostgresPasswordMissing => lacks("password"),
        Rule::PostgresDatabaseMissing => lacks("dbname"),
        Rule::HostMissing => {
            count == 0
                || (0..count).any(|index| {
                    let empty = |list: &[String]| list.get(index).is_none_or(String::is_empty);
                    empty(&hosts) && empty(&addresses)
                })
        }
        Rule::Port => ports.iter().any(odd_port) || (ports.len() > 1 && ports.len() != count),
        Rule::UrlSyntax => {
            uri.contains(char::is_whitespace) || uri.contains('[') || hosts.iter().any(odd_host)
        }
        // `/?#@` as they are before the `@` that ends user and password, or one `@` more.
        Rule::PasswordNotEncoded => {
            let rest = uri.split_once("://").map_or("", |(_, rest)| rest);
            let (login, _) = rest.rsplit_once('@').unwrap_or_default();
            login.contains(['/', '?', '#', '@'])
        }
        // A part that is no UTF-8 counts also where the query replaces it.
        Rule::PercentEncoding => uri.contains("%ff"),
        Rule::PostgresParameter => {
            // A value that a later one replaces counts too.
            let given = |key: &str, fits: &dyn Fn(&str) -> bool| {
                uri.split(&format!("{key}="))
                    .skip(1)
                    .any(|rest| !fits(rest.split('&').next().unwrap_or_default()))
            };
            let is_address =
                |text: &String| text.is_empty() || text.parse::<std::net::IpAddr>().is_ok();
            given("sslmode", &|mode| matches!(mode, "" | "disable" | "require"))
                || given("connect_timeout", &|time| matches!(time, "" | "5" | "5432"))
                || !addresses.iter().all(is_address)
                || (!hosts.is_empty() && !addresses.is_empty() && hosts.len() != addresses.len())
        }
        _ => false,
    }
}

/// Pieces that URIs are made of, right and wrong.
fn uri() -> impl Strategy<Value = String> {
    let word = || {
        prop_oneof![
            6 => prop::sample::select(vec!["u", "p", "h", "d", "a.b", "127.0.0.1", "é", "x%20y"]),
            2 => prop::sample::select(vec!["", "%40", "%2F", "%25", "%3a", "%2C", "/run", "a-b_c"]),
            1 => prop::sample::select(vec!["%", "%0", "%00", "%zz", "%ff", " ", "@", ":", "[", "]", "?", "#", ",", "=", "&", "\\", "<"]),
        ]
    };
    let host = prop_oneof![
        5 => word().prop_map(str::to_owned),
        2 => prop::sample::select(vec!["[::1]", "[fe80::1%25lo]", "[fe80::1%lo]", "[]", "[h]", "[::1", "[::1]x", "%2Frun%2Fpg"]).prop_map(str::to_owned),
    ];
    let port = prop::sample::select(vec![
        "", "", ":", ":1", ":5432", ":65535", ":65536", ":0", ":x", ":1:2", ":%31",
    ]);
    let place = (host, port).prop_map(|(host, port)| format!("{host}{port}"));
    // Without some that have nothing wrong here, hardly a whole URI would be right.
    let places = prop_oneof![
        1 => Just("h:5432".to_owned()),
        2 => prop::collection::vec(place, 0..3).prop_map(|places| places.join(",")),
    ];
    let login = prop_oneof![
        6 => (word(), word()).prop_map(|(user, password)| format!("{user}:{password}@")),
        1 => word().prop_map(|user| format!("{user}@")),
        1 => Just(String::new()),
    ];
    let key = prop::sample::select(vec![
        "user",
        "password",
        "host",
        "port",
        "dbname",
        "hostaddr",
        "sslmode",
        "application_name",
        "ssl",
        "connect_timeout",
        "us%65r",
        "User",
        "wrong",
        "",
    ]);
    let value = prop_oneof![
        4 => word(),
        3 => prop::sample::select(vec!["disable", "require", "true", "5", "1,2", "h,k", "127.0.0.1", "::1", "5432", "/run/pg"]),
    ];
    let pair = (key, prop::sample::select(vec!["=", "=", "=", "=", "=", "=", "", "=="]), value)
        .prop_map(|(key, equals, value)| format!("{key}{equals}{value}"));
    let query = prop_oneof![
        3 => Just(String::new()),
        3 => prop::collection::vec(pair, 0..4).prop_map(|pairs| format!("?{}", pairs.join("&"))),
    ];
    let scheme = prop::sample::select(vec!["postgresql://", "postgresql://", "postgres://"]);
    let path =
        prop_oneof![4 => word().prop_map(|name| format!("/{name}")), 1 => Just(String::new())];
    (scheme, login, places, path, query).prop_map(|(scheme, login, places, path, query)| {
        format!("{scheme}{login}{places}{path}{query}")
    })
}

#[test]
fn generated_uris_are_read_as_libpq_reads_them() {
    let (seed, count) = (setting("LIBPQ_SEED", 1), setting("LIBPQ_CASES", 5000));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let strategy = uri();
    let count = usize::try_from(count).expect("a small number");
    let uris: Vec<String> = (0..count)
        .map(|_| strategy.new_tree(&mut runner).expect("a URI can be made").current())
        .collect();
    let (_, answers) = libpq(uris.iter().map(|uri| (uri.as_str(), false)));
    let (mut both, mut neither, mut stricter) = (0, 0, 0);
    for (uri, answer) in uris.iter().zip(&answers) {
        match (PostgresUrl::parse(uri), &answer.options) {
            (Ok(_), Some(options)) => {
                assert_alike(uri, options);
                both += 1;
            }
            (Err(_), None) => neither += 1,
            (Ok(_), None) => panic!("libpq refuses what we take: {uri}"),
            (Err(rules), Some(options)) => {
                for rule in rules {
                    assert!(is_stricter_for_a_reason(rule, uri, options), "{rule:?}: {uri}");
                }
                stricter += 1;
            }
        }
    }
    assert!(both.min(neither).min(stricter) > count / 20, "{both} {neither} {stricter}");
}
