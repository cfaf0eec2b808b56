//! `check --live` against what is really there: each answer has its own code, all are told in one
//! run, and the run takes one deadline.

mod certificates;
mod folders;
mod names;
mod postgres;
mod redis;
mod tls;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;
use tests::{Canary, Finished, Postgres, Program, Redis, canary, free_port, unique};

use super::Stack;
use certificates::Validity;

/// A public address: nobody is asked where it is, and nothing is sent there.
const WEBHOOK: &str = "https://198.41.0.4/webhook";
const LONG: Duration = Duration::from_secs(90);

/// A good configuration outside production, where servers may be on this very machine. Nothing
/// listens at its databases until a test says where they are.
struct Scene {
    stack: Stack,
    /// Users, hosts and passwords of a test's own, which no output may show.
    private: Vec<Canary>,
    variables: Vec<(&'static str, String)>,
}

impl Scene {
    fn new() -> Self {
        let stack = Stack::new();
        let backups = stack.folder.join("backups");
        fs::create_dir(&backups).expect("a folder can be made");
        let certificate = certificates::make(&stack.folder, "IP:198.41.0.4", Validity::GOOD);
        let variables = vec![
            ("ENVIRONMENT_NAME", "staging".to_owned()),
            ("TELEGRAM_WEBHOOK_URL", WEBHOOK.to_owned()),
            ("TLS_CERTIFICATE", certificate.display().to_string()),
            ("BACKUP_DIR", backups.display().to_string()),
        ];
        let mut scene = Self { stack, private: Vec::new(), variables };
        scene.postgres("app", &unique(), &format!("127.0.0.1:{}/app", free_port()));
        scene.redis(&unique(), free_port());
        scene
    }

    fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.into()));
    }

    /// `place` is host, port and database, as they stand in the URL.
    fn postgres(&mut self, user: &str, password: &str, place: &str) {
        self.private.push(Canary::of("the password of PostgreSQL", password));
        self.set("DATABASE_URL", format!("postgresql://{user}:{password}@{place}"));
        self.set("DATABASE_PASSWORD", password);
    }

    fn redis(&mut self, password: &str, port: u16) {
        self.private.push(Canary::of("the password of Redis", password));
        self.set("REDIS_URL", format!("redis://:{password}@127.0.0.1:{port}/0"));
    }

    fn backups(&self) -> PathBuf {
        self.stack.folder.join("backups")
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        self.stack.configuration().into_iter().chain(self.variables.clone()).collect()
    }

    /// Runs it, sees that nothing private comes out, and gives what was found: key and code.
    fn found_by(&self, program: Program) -> Vec<(String, String)> {
        let finished = self.finished(program);
        let document: Value = serde_json::from_str(&finished.stdout)
            .unwrap_or_else(|error| panic!("{error}: {} {}", finished.stdout, finished.stderr));
        let findings = document["findings"].as_array().expect("findings is a list").iter();
        let errors = findings.clone().filter(|finding| finding["severity"] == "error").count();
        assert_eq!(
            (finished.code, &document["ok"]),
            (i32::from(errors > 0), &(errors == 0).into())
        );
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        findings.map(|finding| (text(&finding["key"]), text(&finding["code"]))).collect()
    }

    fn finished(&self, program: Program) -> Finished {
        let finished = program.envs(self.environment()).run(LONG);
        let secrets =
            [self.stack.password.clone(), self.stack.token.clone(), self.stack.stripe.clone()];
        for (place, text) in [("stdout", &finished.stdout), ("stderr", &finished.stderr)] {
            canary::assert_absent(&secrets, place, text.as_bytes());
            canary::assert_absent(&self.private, place, text.as_bytes());
            assert!(!text.contains("127.0.0.1") && !text.contains("198.41."), "{text}");
        }
        finished
    }

    fn found(&self) -> Vec<(String, String)> {
        self.found_by(preflight())
    }

    /// The codes of what was found about `key`.
    fn codes(&self, key: &str) -> Vec<String> {
        of(key, self.found())
    }
}

fn preflight() -> Program {
    Program::new("preflight").args(["check", "--live", "--format=json"])
}

/// The codes of what was found about `key`.
fn of(key: &str, found: Vec<(String, String)>) -> Vec<String> {
    found.into_iter().filter(|(of, _)| of == key).map(|(_, code)| code).collect()
}

#[test]
fn what_is_good_everywhere_gives_no_finding_and_leaves_nothing_behind() {
    let (postgres, redis) = (Postgres::start(), Redis::start());
    let mut scene = Scene::new();
    let database = postgres.database();
    scene.postgres(
        "ballast",
        postgres.password(),
        &format!("127.0.0.1:{}/{database}", postgres.port()),
    );
    scene.redis(redis.password(), redis.port());
    assert_eq!(scene.found(), []);
    for folder in [scene.stack.state(), scene.stack.log(), scene.backups()] {
        assert_eq!(fs::read_dir(&folder).expect("it is there").count(), 0, "{}", folder.display());
    }
    let logins = "select count(*) from pg_stat_activity where application_name like 'ballast%'";
    assert_eq!(postgres.sql(&database, logins), "0", "the login has ended");
    let without = scene.stack.preflight().arg("check").envs(scene.environment()).run(LONG);
    assert_eq!(without.code, 0, "{}", without.stdout);
}

/// One that hangs takes the deadline; three that hang, and everything else that is wrong, take no
/// more.
#[test]
fn all_faults_are_told_in_one_run_that_takes_one_deadline() {
    let (postgres, redis) = (Postgres::start(), Redis::start());
    let mut scene = Scene::new();
    let place = format!("127.0.0.1:{}/postgres", postgres.port());
    scene.postgres("ballast", postgres.password(), &place);
    scene.set("LIVE_TIMEOUT_SECONDS", "2");
    postgres.sigstop();
    let begun = Instant::now();
    assert_eq!(scene.codes("DATABASE_URL"), ["PF200"]);
    let one_deadline = begun.elapsed();
    assert!(one_deadline >= Duration::from_secs(2), "{one_deadline:?}");

    redis.sigstop();
    scene.redis(redis.password(), redis.port());
    scene.set("TELEGRAM_WEBHOOK_URL", "https://bot.example.org/webhook");
    let expired = certificates::make(&scene.stack.folder, "DNS:example.org", Validity::EXPIRED);
    scene.set("TLS_CERTIFICATE", expired.display().to_string());
    scene.set("BACKUP_DIR", "/nowhere/backups");
    scene.set("STATE_DIR", "/nowhere/state");
    scene.set("LOG_DIR", "/nowhere/log");
    let silent = names::Silent::new();
    let begun = Instant::now();
    let found = scene.found_by(silent.around("127.0.0.1 localhost\n"));
    let all = begun.elapsed();
    for (key, codes) in [
        ("DATABASE_URL", &["PF200"][..]),
        ("REDIS_URL", &["PF200"]),
        ("TELEGRAM_WEBHOOK_URL", silent.codes()),
        ("TLS_CERTIFICATE", &["PF243", "PF245"]),
        ("STATE_DIR", &["PF250"]),
        ("LOG_DIR", &["PF250"]),
        ("BACKUP_DIR", &["PF250"]),
    ] {
        assert_eq!(of(key, found.clone()), codes, "{key}");
    }
    assert!(all < one_deadline * 3 / 2, "{all:?} is more than one deadline of {one_deadline:?}");
    postgres.sigcont();
}

#[test]
fn what_has_a_bad_value_is_not_asked() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.set_nonblocking(true).expect("a socket can be told");
    let port = listener.local_addr().expect("it listens").port();
    let mut scene = Scene::new();
    scene.postgres("app", &unique(), &format!("127.0.0.1:{port}/app?nonsense=1"));
    scene.set("REDIS_URL", format!("redis://127.0.0.1:{port}/zero"));
    scene.set("TELEGRAM_WEBHOOK_URL", "http://nothing.invalid/webhook");
    let found = scene.found();
    assert!(found.iter().all(|(_, code)| code.as_str() < "PF200"), "{found:?}");
    assert!(found.len() >= 3, "{found:?}");
    assert!(listener.accept().is_err(), "somebody was asked");
}

#[test]
fn a_live_finding_can_be_ignored_by_its_code_alone() {
    let scene = Scene::new();
    let ignoring = |code: &str| scene.finished(preflight().args(["--ignore", code]));
    assert_eq!(ignoring("PF210").code, 1, "Redis does not answer either");
    let both = scene.finished(preflight().args(["--ignore=PF210", "--ignore=PF220"]));
    assert_eq!(both.code, 0, "{}", both.stdout);
    assert!(both.stdout.contains("PF210") && both.stdout.contains("PF220"), "{}", both.stdout);
}

#[test]
fn a_variable_that_can_not_be_read_is_wrong_usage() {
    let mut scene = Scene::new();
    for (name, wrong) in
        [("LIVE_TIMEOUT_SECONDS", "0"), ("LIVE_TIMEOUT_SECONDS", "61"), ("BACKUP_DIR", "backups")]
    {
        scene.set(name, wrong);
        let finished = scene.finished(preflight());
        assert_eq!((finished.code, finished.stderr.contains(name)), (2, true), "{name}={wrong}");
        scene.variables.retain(|(known, _)| *known != name);
    }
}
