//! `check --record`: one event a change, whatever else happens at that moment.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::Value;
use tests::{Finished, Program, binary};

use super::{SOON, Stack};

#[test]
fn a_configuration_tells_its_fingerprint_and_records_nothing() {
    let stack = Stack::new();
    let told = |program: Program| -> Value {
        let program = program.args(["check", "--format", "json", "--fingerprint"]);
        let finished = stack.run(program);
        serde_json::from_str(&finished.stdout).expect("JSON")
    };
    let one = told(stack.preflight());
    assert!(!stack.journal().exists());
    stack.records(stack.record());
    let fingerprint = stack.lines()[0]["configuration_fingerprint"].clone();
    assert_eq!((&one["ok"], &one["configuration_fingerprint"]), (&true.into(), &fingerprint));
    assert_ne!(
        told(stack.preflight().env("MAX_WORKERS", "5"))["configuration_fingerprint"],
        fingerprint
    );
    // The tag of a release is no part of it: that is told by itself.
    let next = told(stack.preflight().env("DEPLOYMENT_TAG", "v1.2.4"));
    assert_eq!(next["configuration_fingerprint"], fingerprint);
    let plain = stack.run(stack.preflight().args(["check", "--format", "json"]));
    assert!(!plain.stdout.contains("fingerprint"));
}

impl Stack {
    fn record(&self) -> Program {
        self.preflight().args(["check", "--record"])
    }

    fn records(&self, program: Program) -> Finished {
        let finished = self.run(program);
        assert_eq!(finished.code, 0, "{}", finished.stderr);
        finished
    }

    /// Every line that can be read, oldest first.
    fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.journal()).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Type and status of each event in the order of their opening, by the last line of each.
    fn events(&self) -> Vec<(String, String)> {
        let mut order = Vec::new();
        let mut newest = BTreeMap::new();
        for line in self.lines() {
            let id = line["event_id"].to_string();
            if !newest.contains_key(&id) {
                order.push(id.clone());
            }
            newest.insert(id, line);
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let pair = |id| (text(&newest[id]["event_type"]), text(&newest[id]["status"]));
        order.iter().map(pair).collect()
    }

    fn append(&self, text: &str) {
        let whole = fs::read_to_string(self.journal()).unwrap_or_default() + text;
        fs::write(self.journal(), whole).expect("the journal is writable");
    }

    /// Ends the newest event well, as the sidecar does.
    fn conclude(&self) {
        let mut line = self.lines().pop().expect("an event is open");
        line["status"] = "success".into();
        line["completed_at"] = line["started_at"].clone();
        line["duration_seconds"] = 0.into();
        line["health_check_passed"] = true.into();
        self.append(&format!("{line}\n"));
    }
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(kind, status)| ((*kind).to_owned(), (*status).to_owned())).collect()
}

#[test]
fn a_start_opens_one_event_and_the_same_start_again_none() {
    let stack = Stack::new();
    stack.records(stack.record().env("DEPLOYMENT_OPERATOR", "alice"));
    let line = stack.lines().pop().expect("an event is open");
    assert_eq!((&line["event_type"], &line["status"]), (&"deploy".into(), &"in_progress".into()));
    assert_eq!((&line["operator"], &line["artifact_id"]), (&"alice".into(), &"v1.2.3".into()));
    assert_eq!((&line["triggered_by"], &line["schema_version"]), (&"manual".into(), &1.into()));
    assert_eq!(line["configuration_fingerprint"].as_str().map(str::len), Some(64));
    for (path, mode) in [(stack.journal(), 0o640), (stack.state().join("configuration.key"), 0o600)]
    {
        let found = fs::metadata(&path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(found & !mode, 0, "{}", path.display());
    }
    // Open still, then concluded: neither time does the same start open another.
    stack.records(stack.record());
    assert_eq!(stack.lines().len(), 1);
    stack.conclude();
    let silent = stack.records(stack.record());
    assert!(silent.stderr.contains("nothing changed"), "{}", silent.stderr);
    assert_eq!(stack.events(), pairs(&[("deploy", "success")]));
}

#[test]
fn each_change_is_an_event_of_its_kind() {
    let stack = Stack::new();
    stack.records(stack.record());
    stack.conclude();
    stack.records(stack.record().env("MAX_WORKERS", "5"));
    stack.conclude();
    stack.records(stack.record().env("MAX_WORKERS", "5").env("DEPLOYMENT_TAG", "v1.3.0"));
    // The stack is started anew before that event was concluded.
    stack.records(stack.record().env("MAX_WORKERS", "5").env("DEPLOYMENT_TAG", "v1.3.1"));
    let expected = [
        ("deploy", "success"),
        ("config_update", "success"),
        ("deploy", "failed"),
        ("deploy", "in_progress"),
    ];
    assert_eq!(stack.events(), pairs(&expected));
}

#[test]
fn the_caller_s_own_event_is_left_to_the_caller() {
    let stack = Stack::new();
    let id = "0b9a1c1e-6f43-4d5c-9f44-0f6b8a3f7d10";
    stack.records(stack.record().env("DEPLOYMENT_EVENT_ID", id));
    assert!(!stack.journal().exists());
    let wrong = stack.run(stack.record().env("DEPLOYMENT_EVENT_ID", "one"));
    assert_eq!(wrong.code, 2);
    // Compose hands an unset variable on as an empty one.
    stack.records(stack.record().env("DEPLOYMENT_EVENT_ID", ""));
    assert_eq!(stack.events(), pairs(&[("deploy", "in_progress")]));
}

#[test]
fn many_starts_at_once_open_one_event() {
    let stack = Stack::new();
    let running: Vec<_> = (0..8).map(|_| stack.record().spawn()).collect();
    for start in running {
        let finished = start.wait(SOON);
        assert_eq!(finished.code, 0, "{}", finished.stderr);
    }
    assert_eq!(stack.events(), pairs(&[("deploy", "in_progress")]));
}

#[test]
fn a_torn_line_is_told_and_survives() {
    let stack = Stack::new();
    stack.records(stack.record());
    stack.conclude();
    let torn = r#"{"schema_version":1,"event_id":"0b9a"#;
    stack.append(torn);
    let before = fs::read_to_string(stack.journal()).expect("the journal is there");
    let finished = stack.records(stack.record().env("DEPLOYMENT_TAG", "v2.0.0"));
    assert!(finished.stderr.contains("a line of deployments.log is skipped"));
    let after = fs::read_to_string(stack.journal()).expect("the journal is there");
    assert!(after.starts_with(&before) && after.lines().count() == before.lines().count() + 1);
    assert_eq!(stack.events(), pairs(&[("deploy", "success"), ("deploy", "in_progress")]));
}

#[test]
fn what_can_not_be_read_is_never_written_over() {
    let stack = Stack::new();
    for content in ["hello\n", "{\"schema_version\":99}\n"] {
        fs::write(stack.journal(), content).expect("the journal is writable");
        let finished = stack.run(stack.record());
        assert_eq!(finished.code, 2, "{}", finished.stderr);
        assert!(finished.stderr.contains("\"remedy\":"), "{}", finished.stderr);
        assert_eq!(fs::read_to_string(stack.journal()).ok().as_deref(), Some(content));
    }
    fs::remove_file(stack.journal()).expect("the journal can be removed");
    fs::create_dir(stack.journal()).expect("a folder can be made");
    assert_eq!(stack.run(stack.record()).code, 2);

    let key = stack.state().join("configuration.key");
    fs::write(&key, "half a key").expect("the key is writable");
    let finished = stack.run(stack.record());
    assert_eq!(finished.code, 2, "{}", finished.stderr);
    assert_eq!(fs::read_to_string(&key).ok().as_deref(), Some("half a key"));
}

#[test]
fn a_missing_folder_is_told_with_the_command_that_makes_it() {
    let stack = Stack::new();
    for variable in ["STATE_DIR", "LOG_DIR"] {
        let missing = stack.folder.join("missing");
        let finished = stack.run(stack.record().env(variable, &missing));
        assert_eq!(finished.code, 2);
        for part in [variable, "install -d -m 0750", missing.to_str().unwrap_or("?")] {
            assert!(finished.stderr.contains(part), "{part}: {}", finished.stderr);
        }
    }
    assert_eq!(stack.run(stack.record().env("LOG_DIR", "relative")).code, 2);
}

#[test]
fn a_folder_of_another_user_is_told_with_the_command_that_gives_it_away() {
    let stack = Stack::new();
    let program = if rustix::process::geteuid().is_root() {
        Program::at("setpriv".as_ref())
            .args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--"])
            .arg(binary("preflight"))
            .envs(stack.configuration())
    } else {
        let read_only = fs::Permissions::from_mode(0o500);
        fs::set_permissions(stack.state(), read_only).expect("the folder is ours");
        stack.preflight()
    };
    let finished = stack.run(program.args(["check", "--record"]));
    assert_eq!(finished.code, 2, "{}", finished.stderr);
    assert!(finished.stderr.contains("chown -R "), "{}", finished.stderr);
}

#[test]
fn a_lock_that_is_held_has_its_own_exit_code() {
    let stack = Stack::new();
    let lock = stack.log().join("deployments.log.lock");
    let held = fs::File::create(&lock).expect("the lock file can be made");
    held.lock().expect("nobody else holds it");
    let finished = stack.run(stack.record());
    assert_eq!(finished.code, 5, "{}", finished.stderr);
    assert!(!stack.journal().exists());
}

/// A start that is killed at any moment leaves a journal that the next start goes on with.
#[test]
fn a_start_killed_at_any_moment_harms_nothing() {
    let stack = Stack::new();
    for round in 0..60 {
        let running = stack.record().env("MAX_WORKERS", (round / 20 + 1).to_string()).spawn();
        std::thread::sleep(Duration::from_micros(300 * (round % 20)));
        running.kill();
        let _ = running.wait(SOON);
    }
    stack.records(stack.record().env("MAX_WORKERS", "9"));
    let events = stack.events();
    let open = events.iter().filter(|(_, status)| status == "in_progress").count();
    assert_eq!(open, 1, "{events:?}");
    assert_eq!(stack.lines().len(), fs::read_to_string(stack.journal()).unwrap().lines().count());
    let names = fs::read_dir(stack.state()).expect("the folder can be read");
    let key = names.flatten().filter(|entry| entry.file_name() == "configuration.key").count();
    assert_eq!(key, 1);
}
