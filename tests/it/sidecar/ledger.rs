//! What `/deployments` and `/backups` show of the records on disk.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::Running;
use tests::http;

use super::{SOON, World};

/// Events of two lines each, long enough to be read for seconds; `JOURNAL_EVENTS` can make it a million
/// lines.
const EVENTS: u64 = 60_000;

impl World {
    /// Waits until the answer is as wanted.
    fn wait_for_report(
        &self,
        sidecar: &mut Running,
        path: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let mut report = Value::Null;
        sidecar.wait_until(path, SOON, |_| {
            let Some(answer) = self.get(path) else { return false };
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            report = answer.json();
            wanted(&report)
        });
        report
    }

    pub(super) fn backup(&self, number: usize) -> Value {
        json!({
            "backup_id": format!("b{number:03}"), "created_at": format!("2026-01-02T03:04:05.{number:03}Z"),
            "backup_type": "scheduled", "file_path": "/b.sql.gz", "file_size_mb": 1,
            "database_name": "d", "pg_dump_version": "17", "compressed": true, "verified": true,
            "verified_at": self.now(), "retention_until": self.now(), "artifact_id": "v1.2.3",
            "size_bytes": 1, "sha256": "", "status": "complete", "server_version": "17",
            "duration_ms": 1, "row_counts_checked": true, "offsite_uri": null,
            "offsite_verified_at": null, "error_code": null,
        })
    }

    fn write_record(&self, path: &str, text: &str) {
        let new = self.record("new");
        fs::write(&new, text).expect("a record can be written");
        fs::rename(new, self.record(path)).expect("a record can be replaced");
    }

    pub(super) fn write_backups(&self, backups: &[Value]) {
        let document = json!({"schema_version": 1, "backups": backups});
        self.write_record("backups/backup_index.json", &document.to_string());
    }

    /// The catalog of the one artifact that is deployed.
    fn write_artifact(&self, tag: &str) {
        let artifact = json!({
            "artifact_id": tag, "created_at": null, "git_commit_sha": null, "git_tag": tag,
            "docker_image_uri": "localhost/bot:1",
            "docker_image_digest": format!("sha256:{}", "1".repeat(64)), "size_mb": 5,
            "changelog": "ä".repeat(3_000), "deployed": true, "deployed_at": self.now(),
            "rollback_from": null,
        });
        let document = json!({"schema_version": 1, "artifacts": [artifact]});
        self.write_record("state/artifacts.json", &document.to_string());
    }
}

#[test]
fn what_is_written_appears_within_seconds_newest_first() {
    let world = World::new();
    let mut sidecar = world.program().spawn();
    let is_missing = |report: &Value| report["error_code"] == "missing";
    let deployments = world.wait_for_report(&mut sidecar, "/deployments", is_missing);
    assert_eq!(deployments["artifacts"]["error_code"], "missing");
    assert_eq!((&deployments["total"], &deployments["read_at"]), (&json!(0), &Value::Null));
    world.wait_for_report(&mut sidecar, "/backups", is_missing);

    let event = |number: usize| {
        let mut event = world.success("v1.2.3");
        event["event_id"] = format!("00000000-0000-4000-8000-{number:012}").into();
        event
    };
    let mut events: Vec<_> = (0..60).map(event).collect();
    // The last line of an event holds, and leaves it where it was opened.
    let mut failed = events[58].clone();
    failed["status"] = "failed".into();
    failed["error_message"] = "x".repeat(3_000).into();
    events.push(failed);
    world.write_journal(&events);
    let written = |report: &Value| report["total"] == 60;
    let report = world.wait_for_report(&mut sidecar, "/deployments", written);
    let shown = report["deployments"].as_array().cloned().unwrap_or_default();
    assert_eq!((shown.len(), &report["error_code"]), (50, &Value::Null));
    assert_eq!(shown[0]["event_id"], events[59]["event_id"]);
    assert_eq!(shown[49]["event_id"], events[10]["event_id"]);
    assert_eq!((&shown[1]["status"], &shown[2]["status"]), (&json!("failed"), &json!("success")));
    let message = shown[1]["error_message"].as_str().unwrap_or_default();
    assert_eq!((message.chars().count(), message.ends_with('…')), (2_001, true));

    let backups: Vec<_> = (0..120).map(|number| world.backup(number)).collect();
    world.write_backups(&backups);
    let report = world.wait_for_report(&mut sidecar, "/backups", |report| report["total"] == 120);
    let shown = report["backups"].as_array().cloned().unwrap_or_default();
    assert_eq!((shown.len(), &report["error_code"]), (100, &Value::Null));
    assert_eq!((&shown[0]["backup_id"], &shown[99]["backup_id"]), (&json!("b119"), &json!("b020")));
}

#[test]
fn the_version_is_that_of_the_deployed_artifact_and_history_keeps_the_one_of_then() {
    let world = World::new();
    let mut sidecar = world.program().env("DEPLOYMENT_TAG", "").spawn();
    let health = world.wait_for(&mut sidecar, 200, "healthy");
    assert_eq!(health["version"], Value::Null, "nothing is deployed yet");
    for tag in ["v1.0.0", "v2.0.0"] {
        world.write_artifact(tag);
        sidecar.wait_until(&format!("the version is {tag}, also in a result"), SOON, |_| {
            let told = |path| world.get(path).map(|answer| answer.json()).unwrap_or_default();
            told("/health")["version"] == tag && told("/history")["results"][0]["version"] == tag
        });
    }
    let history = world.get("/history").expect("an answer").json();
    let results = history["results"].as_array().cloned().unwrap_or_default();
    let mut versions: Vec<_> = results.iter().map(|result| result["version"].clone()).collect();
    versions.dedup();
    assert_eq!(versions, [json!("v2.0.0"), json!("v1.0.0"), Value::Null]);
}

#[test]
fn what_can_no_longer_be_read_is_said_and_what_was_read_stays() {
    let world = World::new();
    world.write_backups(&[world.backup(1)]);
    world.write_journal(&[world.success("v1.2.3")]);
    world.write_artifact("v1.2.3");
    let mut sidecar = world.program().spawn();
    let all_read = |report: &Value| report["total"] == 1 && report["artifacts"]["total"] == 1;
    let report = world.wait_for_report(&mut sidecar, "/deployments", all_read);
    let changelog = report["artifacts"]["artifacts"][0]["changelog"].as_str().unwrap_or_default();
    assert_eq!(changelog.chars().count(), 2_001);
    world.wait_for_report(&mut sidecar, "/backups", |report| report["total"] == 1);

    for (text, code) in [("{}}\n", "corrupt"), ("{\"schema_version\": 2}\n", "newer")] {
        for path in ["backups/backup_index.json", "state/artifacts.json", "log/deployments.log"] {
            world.write_record(path, text);
        }
        let report = world.wait_for_report(&mut sidecar, "/deployments", |report| {
            report["error_code"] == code && report["artifacts"]["error_code"] == code
        });
        assert_eq!(report["deployments"][0]["artifact_id"], "v1.2.3", "{report}");
        assert_eq!(report["artifacts"]["artifacts"][0]["artifact_id"], "v1.2.3", "{report}");
        let report =
            world.wait_for_report(&mut sidecar, "/backups", |report| report["error_code"] == code);
        assert_eq!(report["backups"][0]["backup_id"], "b001", "{report}");
        assert!(report["read_at"].is_string(), "{report}");
    }
    fs::remove_file(world.record("backups/backup_index.json")).expect("it is there");
    let report =
        world.wait_for_report(&mut sidecar, "/backups", |report| report["error_code"] == "missing");
    assert_eq!(report["total"], 1);
    fs::create_dir(world.record("backups/backup_index.json")).expect("a folder can be made");
    world.wait_for_report(&mut sidecar, "/backups", |it| it["error_code"] == "unreadable");
    fs::remove_dir(world.record("backups/backup_index.json")).expect("it is empty");
    world.write_backups(&[]);
    world.wait_for_report(&mut sidecar, "/backups", |report| {
        report["error_code"].is_null() && report["total"] == 0
    });
    world.write_journal(&[world.success("v2.0.0")]);
    world.write_artifact("v2.0.0");
    world.wait_for_report(&mut sidecar, "/deployments", |report| {
        report["deployments"][0]["artifact_id"] == "v2.0.0"
            && report["artifacts"]["artifacts"][0]["artifact_id"] == "v2.0.0"
    });
    let health = world.wait_for(&mut sidecar, 200, "healthy");
    assert_eq!(health["error_message"], Value::Null, "records are no part of health");
}

#[test]
fn a_long_journal_holds_nobody_up_and_stays_out_of_memory() {
    let events = std::env::var("JOURNAL_EVENTS").ok().and_then(|text| text.parse().ok());
    let events: u64 = events.unwrap_or(EVENTS);
    let world = World::new();
    let mut sidecar = world.healthy_sidecar();
    world.wait_for_report(&mut sidecar, "/backups", |report| report["error_code"] == "missing");
    let calm = (0..400).map(|_| latency(&world)).collect::<Vec<_>>();
    let before = most_memory(&sidecar);

    let (opened, concluded) = (world.open_event("v1.2.3"), world.success("v1.2.3"));
    let [opened, concluded] = [opened, concluded].map(|event| event.to_string());
    let file = File::create(world.record("long")).expect("a file can be made");
    let mut file = BufWriter::new(file);
    for number in 0..events {
        let id = format!("{number:08x}");
        for line in [&opened, &concluded] {
            writeln!(file, "{}", line.replacen("6f2f1c1e", &id, 1)).expect("there is room");
        }
    }
    file.into_inner().expect("there is room");
    let bytes = fs::metadata(world.record("long")).expect("it is there").len();
    fs::rename(world.record("long"), world.record("log/deployments.log")).expect("it is there");

    let mut busy = Vec::new();
    let begun = Instant::now();
    sidecar.wait_until("it is read", Duration::from_mins(10), |_| {
        busy.extend((0..50).map(|_| latency(&world)));
        total(&world) == Some(events)
    });
    let took = begun.elapsed();
    let grown = most_memory(&sidecar).saturating_sub(before);
    let (calm, busy) = (p99(calm), p99(busy));
    assert!(
        busy < calm * 20 + Duration::from_millis(20),
        "{calm:?} before, {busy:?} meanwhile, for {took:?}"
    );
    assert!(grown < bytes / 20, "{grown} bytes more for a journal of {bytes}");

    // A line more is read without all those before it.
    let begun = Instant::now();
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(world.record("log/deployments.log"))
        .expect("it is there");
    writeln!(file, "{concluded}").expect("there is room");
    sidecar.wait_until("it is read too", SOON, |_| total(&world) == Some(events + 1));
    assert!(begun.elapsed() < took, "{:?} and {took:?}", begun.elapsed());
}

fn total(world: &World) -> Option<u64> {
    world.get("/deployments").and_then(|answer| answer.json()["total"].as_u64())
}

fn latency(world: &World) -> Duration {
    let begun = Instant::now();
    http::get(world.address, "/health", SOON).expect("/health answers");
    begun.elapsed()
}

fn p99(mut latencies: Vec<Duration>) -> Duration {
    latencies.sort_unstable();
    latencies[latencies.len() * 99 / 100]
}

/// The most memory that the program ever had resident, in bytes.
fn most_memory(sidecar: &Running) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", sidecar.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("it has memory");
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kilobytes * 1024
}
