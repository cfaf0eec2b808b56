//! What a person and a program read: the whole of it, as it stands on stdout.

use std::ffi::OsString;

use platform::clock::FixedClock;
use platform::env::MapEnv;
use platform::exit::ExitCode;
use preflight::Output;

fn good() -> MapEnv {
    MapEnv::from([
        ("ENVIRONMENT_NAME", "production"),
        ("TELEGRAM_BOT_TOKEN", "7123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"),
        ("TELEGRAM_WEBHOOK_URL", "https://bot.example.org/webhook/x"),
        ("DATABASE_URL", "postgresql://app:hunter%2F2@postgres:5432/app"),
        ("DATABASE_PASSWORD", "hunter/2"),
        ("REDIS_URL", "redis://:hunter3@redis:6379/0"),
        ("STRIPE_API_KEY", "sk_live_abcdefghijklmnop"),
        ("LOG_LEVEL", "INFO"),
        ("MAX_WORKERS", "4"),
        ("DEPLOYMENT_TAG", "v1.2.3"),
    ])
}

fn bad() -> MapEnv {
    good()
        .with("TELEGRAM_BOT_TOKEN", "123:hunter2")
        .with("TELEGRAM_WEBHOOK_URL", "http://bot.example.org:8080/hunter2")
        .with("DATABASE_URL", "postgres://app:hunter2@postgres/app")
        .with("REDIS_URL_FILE", "/run/secrets/hunter2")
        .with("LOG_LEVEL", "")
        .without("MAX_WORKERS")
        .with("STRIPE_API_KEY_FILE", "/nowhere/hunter2")
        .without("STRIPE_API_KEY")
}

fn check(env: &MapEnv, arguments: &[&str], is_terminal: bool) -> (ExitCode, String) {
    let mut output = Output { stream: Vec::new(), is_terminal };
    let arguments = ["preflight", "check"].iter().chain(arguments).map(OsString::from);
    let clock = FixedClock::new(chrono::DateTime::UNIX_EPOCH);
    let code = preflight::run(arguments, env, &clock, &mut output);
    (code, String::from_utf8(output.stream).expect("the result is UTF-8"))
}

#[test]
fn a_good_configuration_passes() {
    let (code, text) = check(&good(), &[], false);
    assert_eq!(code, ExitCode::Good);
    insta::assert_snapshot!(text, @"The configuration is good: 11 variables checked.");
    let (code, text) = check(&good(), &["--format", "json"], true);
    assert_eq!(code, ExitCode::Good);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&text).unwrap(),
        serde_json::json!({"ok": true, "findings": []})
    );
}

#[test]
fn a_warning_alone_does_not_stop_the_stack() {
    let env = good().with("DEPLOYMENT_TAG", "v1.2.3+build");
    let (code, text) = check(&env, &[], false);
    assert_eq!(code, ExitCode::Good);
    insta::assert_snapshot!(text);
}

#[test]
fn a_person_reads_every_finding_with_its_remedy() {
    let (code, text) = check(&bad(), &[], false);
    assert_eq!(code, ExitCode::Bad);
    insta::assert_snapshot!(text);
}

#[test]
fn a_program_reads_the_same_as_json() {
    let (code, text) = check(&bad(), &["--format=json"], true);
    assert_eq!(code, ExitCode::Bad);
    insta::assert_snapshot!(text);
}

#[test]
fn nothing_set_at_all_is_ten_findings() {
    let (code, text) = check(&MapEnv::default(), &["--format", "json"], false);
    assert_eq!(code, ExitCode::Bad);
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let findings = document["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 10);
    assert!(findings.iter().all(|finding| finding["code"] == "PF001"));
}

#[test]
fn colour_is_for_a_terminal_and_only_where_it_is_wanted() {
    assert!(check(&bad(), &[], true).1.contains("\x1b["));
    assert!(check(&bad().with("NO_COLOR", ""), &[], true).1.contains("\x1b["));
    for (env, is_terminal) in [(bad(), false), (bad().with("NO_COLOR", "1"), true)] {
        assert!(!check(&env, &[], is_terminal).1.contains('\x1b'));
    }
}

#[test]
fn a_result_that_nobody_can_read_is_a_fault() {
    let mut output = Output { stream: &mut [][..], is_terminal: false };
    let arguments = ["preflight", "check"].map(OsString::from);
    let clock = FixedClock::new(chrono::DateTime::UNIX_EPOCH);
    assert_eq!(preflight::run(arguments, &good(), &clock, &mut output), ExitCode::Fault);
}

/// A disk that is full.
struct Full;

impl std::io::Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_bad_result_that_can_not_be_shown_stays_bad_and_a_good_one_is_a_fault() {
    let run = |arguments: &[OsString], env: &MapEnv| {
        let mut output = Output { stream: Full, is_terminal: false };
        let arguments = [OsString::from("preflight")].into_iter().chain(arguments.iter().cloned());
        preflight::run(arguments, env, &FixedClock::new(chrono::DateTime::UNIX_EPOCH), &mut output)
    };
    assert_eq!(run(&["check".into()], &bad()), ExitCode::Bad);
    assert_eq!(run(&["check".into()], &good()), ExitCode::Fault);
    assert_eq!(run(&["lint".into(), "/dev/null".into()], &MapEnv::default()), ExitCode::Bad);
}
