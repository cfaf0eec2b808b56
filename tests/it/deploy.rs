//! `deploy` against a docker command that a test wrote.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use domain::deployment::{DeploymentEvent, EventType, InProgress, Opener, Opening, Trigger};
use domain::history::JournalLine;
use rustix::process::Signal;
use serde_json::Value;
use tests::{Finished, Program, Scratch, binary, wait_until};
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(20);

/// A compose folder, the records, and a docker command.
struct Host(Scratch);

impl Host {
    fn new() -> Self {
        let host = Self(Scratch::new());
        fs::write(host.0.join("docker-compose.prod.yml"), "").expect("the folder is writable");
        let folder = host.0.path().display();
        host.docker(&format!(
            r#"case "$*" in *config*) cat <<END
{{"services":{{"preflight":{{"volumes":[
{{"source":"{folder}","target":"/opt/toogoodtogo/deployment"}},
{{"source":"{folder}","target":"/var/log/toogoodtogo"}}]}}}}}}
END
esac"#
        ));
        host
    }

    fn docker(&self, script: &str) {
        let path = self.0.join("docker");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("the folder is writable");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }

    fn path(&self) -> String {
        format!("{}:/usr/bin:/bin", self.0.path().display())
    }

    /// Where the test's own tools are, but no docker command.
    fn path_without_docker(&self) -> String {
        let tools = self.0.join("tools");
        fs::create_dir(&tools).expect("the folder is writable");
        let setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].map(Path::new);
        let setpriv = setpriv.iter().find(|path| path.exists()).expect("setpriv is installed");
        std::os::unix::fs::symlink(setpriv, tools.join("setpriv")).expect("it is new");
        tools.display().to_string()
    }

    fn journal(&self, events: usize) {
        fs::write(self.0.join("deployments.log"), journal(events)).expect("the folder is writable");
    }

    /// What `history` shows, and how many bytes it read, and Docker Compose with it.
    fn history(&self, arguments: &str) -> (Finished, u64) {
        let io = self.0.join("io");
        let script =
            format!("{} history {arguments} && cat /proc/$$/io >io", binary("deploy").display());
        let shell = Program::at(Path::new("bash")).env("PATH", self.path());
        let finished = shell.current_dir(self.0.path()).args(["-c", &script]).run(SOON);
        assert_eq!(finished.code, 0, "{}", finished.stderr);
        let io = fs::read_to_string(io).expect("the shell wrote it");
        let read = io.lines().find_map(|line| line.strip_prefix("rchar: "));
        (finished, read.and_then(|bytes| bytes.parse().ok()).expect("Linux counts it"))
    }

    fn code(&self, arguments: &[&str]) -> i32 {
        let program = Program::new("deploy").env("PATH", self.path());
        let finished = program.current_dir(self.0.path()).args(arguments).run(SOON);
        assert_eq!(finished.stdout.is_empty(), finished.code != 0, "{}", finished.stderr);
        finished.code
    }
}

#[test]
fn the_exit_code_tells_a_failure_from_a_wrong_folder() {
    let host = Host::new();
    for command in ["status", "history"] {
        assert_eq!(host.code(&[command]), 0);
        assert_eq!(host.code(&["--dir", "/nowhere", command]), 2);
    }
    fs::write(host.0.join("artifacts.json"), "{").expect("the folder is writable");
    assert_eq!((host.code(&["status"]), host.code(&["history"])), (2, 0));
    fs::write(host.0.join("deployments.log"), "no journal\n").expect("the folder is writable");
    assert_eq!(host.code(&["history"]), 2);
    host.docker("exit 14");
    assert_eq!(host.code(&["history"]), 1);
    host.docker("echo '{}'");
    assert_eq!(host.code(&["history"]), 1);
    fs::remove_file(host.0.join("docker")).expect("it is there");
    let without = Program::new("deploy").env("PATH", host.path_without_docker());
    assert_eq!(without.current_dir(host.0.path()).arg("status").run(SOON).code, 2);
}

#[test]
fn records_of_a_newer_version_are_not_guessed_at_and_stay_as_they_are() {
    let newer = r#"{"schema_version":99,"event_id":"from the future"}"#;
    for (file, text, commands) in [
        ("deployments.log", format!("{newer}\n"), ["status", "history"].as_slice()),
        ("artifacts.json", r#"{"schema_version":99,"artifacts":[]}"#.to_owned(), &["status"]),
    ] {
        let host = Host::new();
        fs::write(host.0.join(file), &text).expect("the folder is writable");
        for command in commands {
            assert_eq!(host.code(&[command]), 2, "{file}, {command}");
        }
        let after = fs::read_to_string(host.0.join(file)).expect("it is still there");
        assert_eq!(after, text);
    }
}

#[test]
fn a_terminal_that_goes_away_ends_nothing() {
    let host = Host::new();
    let env = "DEPLOYMENT_TAG=v1.0.0\nBOT_IMAGE=localhost/bot:v1.0.0\n";
    fs::write(host.0.join(".env.production"), env).expect("the folder is writable");
    let script = fs::read_to_string(host.0.join("docker")).expect("it was written");
    let (begun, go) = (host.0.join("begun"), host.0.join("go"));
    let waits = format!(
        "\ncase $1 in ps) >'{}'; while ! [ -e '{}' ]; do sleep 0.1; done ;; esac",
        begun.display(),
        go.display()
    );
    host.docker(&(script + &waits));
    let program = Program::new("deploy").env("PATH", host.path());
    let running = program.current_dir(host.0.path()).arg("prune").spawn();
    wait_until("it is at work", SOON, || begun.exists());
    running.signal(Signal::HUP);
    fs::write(&go, "").expect("the folder is writable");
    let finished = running.wait(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert!(finished.stdout.starts_with("No artifact"), "{}", finished.stdout);
}

/// A journal of so many deployments, one each minute, with a torn and a spoilt line in its middle and
/// near its end.
fn journal(events: usize) -> String {
    let mut text = String::new();
    for (number, minutes) in (0..events).zip(0..) {
        let started_at = DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes);
        let ended_at = started_at + TimeDelta::seconds(5);
        let open = InProgress::open(Opening {
            event_id: Uuid::from_u128(number as u128),
            event_type: EventType::Deploy,
            started_at,
            triggered_by: Trigger::Manual,
            operator: "alice".into(),
            artifact_id: format!("v1.0.{number}"),
            previous_artifact_id: None,
            configuration_fingerprint: None,
            opened_by: Opener::Deploy,
        });
        let line = |event: DeploymentEvent, at| {
            serde_json::to_string(&JournalLine::new(event, at)).expect("it is JSON") + "\n"
        };
        let opening = line(open.clone().into(), started_at);
        let end = line(open.succeed(ended_at), ended_at);
        if number == events / 2 || number + 5 == events {
            text.extend([&opening[..100], "\n", &end.replace(':', ";")]);
        }
        text.extend([opening, end]);
    }
    text
}

fn artifacts(history: &Finished) -> Vec<String> {
    let events: Vec<Value> = serde_json::from_str(&history.stdout).expect("it is JSON");
    events.iter().map(|event| event["artifact_id"].as_str().expect("a text").to_owned()).collect()
}

#[test]
fn the_history_of_a_long_journal_reads_no_more_of_it_than_that_of_a_short_one() {
    let host = Host::new();
    let answers = [100, 60_000].map(|events| {
        host.journal(events);
        let (history, read_bytes) = host.history("--format json");
        let expected: Vec<String> =
            (1..=20).map(|back| format!("v1.0.{}", events - back)).collect();
        assert_eq!(artifacts(&history), expected);
        assert!(history.stderr.contains("passed over"), "{}", history.stderr);
        read_bytes
    });
    let length = fs::metadata(host.0.join("deployments.log")).expect("it is there").len();
    assert!(length > 40_000_000 && answers[1] < 2 * answers[0], "{answers:?} of {length}");
    let (none, _) = host.history("--limit 0 --format json");
    assert!(artifacts(&none).is_empty());
}

#[test]
fn a_reader_that_has_had_enough_is_no_fault() {
    let host = Host::new();
    let script = format!("set -o pipefail; {} history | true", binary("deploy").display());
    let shell = Program::at(Path::new("bash")).env("PATH", host.path());
    let finished = shell.current_dir(host.0.path()).args(["-c", &script]).run(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
}
