//! The harness itself: servers come up, come back and go away, and leave nothing.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tests::{Postgres, Program, Redis, Scratch, wait_until};

const SOON: Duration = Duration::from_secs(10);

#[test]
fn postgres_answers_with_a_password_only_and_keeps_its_data_over_a_restart() {
    let mut postgres = Postgres::start();
    let database = postgres.database();
    let _ = postgres.sql(&database, "create table t as select generate_series(1, 3) as n");
    let login = |url: &str| {
        let psql = Postgres::bin().join("psql");
        Program::at(&psql).args(["-XAtc", "select count(*) from t", url]).run(SOON)
    };
    let answer = login(&postgres.url(&database));
    assert_eq!((answer.code, answer.stdout.as_str()), (0, "3\n"));
    let wrong = postgres.url(&database).replace(postgres.password(), "wrong");
    assert!(login(&wrong).stderr.contains("password authentication failed"));

    postgres.stop();
    assert_ne!(login(&postgres.url(&database)).code, 0);
    postgres.restart();
    assert_eq!(login(&postgres.url(&database)).stdout, "3\n");
}

#[test]
fn a_frozen_server_answers_again_when_it_is_woken() {
    let postgres = Postgres::start();
    postgres.sigstop();
    let psql = Postgres::bin().join("psql");
    let mut waiting =
        Program::at(&psql).args(["-XAtc", "select 7", &postgres.url("postgres")]).spawn();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(waiting.exit_code(), None);
    postgres.sigcont();
    assert_eq!(waiting.wait(SOON).stdout, "7\n");
}

#[test]
fn redis_wants_its_password_and_forgets_over_a_restart() {
    let mut redis = Redis::start();
    assert_eq!(redis.command(&["INCR", "n"]), "1");
    let cli = |redis: &Redis| {
        let port = redis.port().to_string();
        Program::at(Path::new("redis-cli")).args(["-p", &port, "GET", "n"]).run(SOON).stdout
    };
    assert!(cli(&redis).starts_with("NOAUTH"));
    redis.stop();
    redis.restart();
    assert_eq!(redis.command(&["EXISTS", "n"]), "0");
}

#[test]
fn a_program_in_the_background_is_seen_heard_and_ended() {
    let mut shell = Program::at(Path::new("sh"))
        .args(["-c", "trap 'echo bye; exit 7' TERM; echo ready >&2; while :; do sleep 0.05; done"])
        .spawn();
    shell.wait_until("it is ready", SOON, |shell| shell.stderr().contains("ready"));
    shell.terminate();
    let finished = shell.wait(SOON);
    assert_eq!((finished.code, finished.stdout.as_str()), (7, "bye\n"));
}

#[test]
fn a_program_starts_with_no_variable_of_ours() {
    let variables = Program::at(Path::new("env")).env("ONLY", "this").run(SOON).stdout;
    let mut names: Vec<_> = variables.lines().filter_map(|line| line.split('=').next()).collect();
    names.sort_unstable();
    assert_eq!(names, ["ONLY", "PATH"]);
}

/// The test runs itself again as a child that starts servers and waits, and kills the child as
/// nothing can catch.
#[test]
fn servers_do_not_outlive_a_test_that_is_killed() {
    const CHILD: &str = "HARNESS_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let (postgres, redis) = (Postgres::start(), Redis::start());
        println!("servers at {} {}", postgres.port(), redis.port());
        std::thread::sleep(Duration::from_mins(1));
        return;
    }
    let itself = std::env::current_exe().expect("a test knows its own path");
    let mut child = Program::at(&itself)
        .args(["--exact", "harness::servers_do_not_outlive_a_test_that_is_killed", "--nocapture"])
        .env(CHILD, "1")
        .spawn();
    child.wait_until("the servers are up", Duration::from_mins(1), |child| {
        child.stdout().contains("servers at")
    });
    let said = child.stdout();
    let ports = said.split("servers at ").nth(1).and_then(|rest| rest.lines().next());
    let ports: Vec<u16> =
        ports.unwrap_or("").split(' ').filter_map(|port| port.parse().ok()).collect();
    assert_eq!(ports.len(), 2, "{said}");
    child.kill();
    wait_until("both servers are gone", SOON, || {
        ports.iter().all(|port| std::net::TcpStream::connect(("127.0.0.1", *port)).is_err())
    });
    let pid = child.id();
    drop(child);
    let leftovers = || {
        let entries = std::fs::read_dir(std::env::temp_dir()).expect("the folder can be read");
        let prefix = format!("ballast-test-{pid}-");
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
    };
    assert!(leftovers(), "the killed child could not clean up");
    // A fresh process sweeps when it makes its first folder.
    let sweep = Program::at(&itself)
        .args(["--exact", "harness::a_folder_is_gone_when_its_value_is"])
        .run(SOON);
    assert_eq!(sweep.code, 0, "{}", sweep.stdout);
    assert!(!leftovers());
}

#[test]
fn a_folder_is_gone_when_its_value_is() {
    let folder = Scratch::new();
    std::fs::write(folder.join("file"), "x").expect("the folder is writable");
    let path = folder.path().to_owned();
    drop(folder);
    assert!(!path.exists());
}

#[test]
fn no_secret_of_a_server_stands_in_its_arguments() {
    let (postgres, redis) = (Postgres::start(), Redis::start());
    let ps = Command::new("ps").args(["axww", "-o", "args"]).output().expect("ps runs");
    let shown = String::from_utf8_lossy(&ps.stdout).into_owned();
    assert!(shown.contains(&postgres.port().to_string()));
    assert!(!shown.contains(postgres.password()) && !shown.contains(redis.password()));
}
