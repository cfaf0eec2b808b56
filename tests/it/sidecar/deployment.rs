//! Deployment events and a Docker engine, as a test writes them down.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tests::{Program, Running};

use super::{SOON, World};
use crate::scripted::Scripted;

pub(super) const EVENT_ID: &str = "6f2f1c1e-8f4c-4f0e-9b3e-0d8f6a1b2c3d";
pub(super) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// An engine whose one service runs some artifact, or that does not answer.
pub(super) struct Engine {
    server: Scripted,
    artifact: Arc<Mutex<Option<String>>>,
}

impl Engine {
    pub(super) fn running(artifact: &str) -> Self {
        let artifact = Arc::new(Mutex::new(Some(artifact.to_owned())));
        let shared = Arc::clone(&artifact);
        let server = Scripted::start(move |path| {
            let artifact = shared.lock().unwrap_or_else(PoisonError::into_inner).clone();
            artifact.map_or((500, String::new()), |artifact| answer(path, &artifact))
        });
        Self { server, artifact }
    }

    pub(super) fn runs(&self, artifact: Option<&str>) {
        let artifact = artifact.map(str::to_owned);
        *self.artifact.lock().unwrap_or_else(PoisonError::into_inner) = artifact;
    }

    pub(super) fn url(&self) -> String {
        self.server.url("")
    }
}

pub(super) fn image_id(artifact: &str) -> String {
    let digit = &artifact[1..2];
    format!("sha256:{}", digit.repeat(64))
}

fn answer(path: &str, artifact: &str) -> (u16, String) {
    let plain = path.trim_start_matches("/v1.52");
    let body = if plain == "/version" {
        json!({"ApiVersion": "1.52", "MinAPIVersion": "1.24"})
    } else if plain.starts_with("/containers/json?") {
        let filters = percent_encoding::percent_decode_str(plain).decode_utf8_lossy();
        if filters.contains(r#"{"id":["0123456789ab"]}"#) {
            let labels = json!({"com.docker.compose.project": "app"});
            let own = json!([{
                "Id": "0123456789ab", "Image": "sidecar", "ImageID": "sha256:1",
                "State": "running", "Labels": labels,
            }]);
            return (200, own.to_string());
        }
        assert!(filters.contains("com.docker.compose.project=app"), "{filters}");
        assert!(filters.contains("com.docker.compose.service=bot"), "{filters}");
        json!([{
            "Id": "c1", "Image": "localhost/bot:1", "ImageID": image_id(artifact),
            "State": "running", "Labels": {"ballast.deployment-tag": artifact},
        }])
    } else if plain == format!("/images/{}/json", image_id(artifact)) {
        json!({
            "Id": image_id(artifact), "RepoTags": ["localhost/bot:1"], "RepoDigests": [],
            "Created": "2026-01-02T03:04:05Z", "Size": 5_000_000,
            "Config": {"Labels": {"org.opencontainers.image.revision": COMMIT}},
        })
    } else {
        return (404, "{}".to_owned());
    };
    (200, body.to_string())
}

impl World {
    /// The time on the database's clock, which is the machine's.
    pub(super) fn now(&self) -> String {
        let now = r#"select to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"#;
        self.postgres.sql("postgres", now)
    }

    /// An open event, as preflight writes it.
    pub(super) fn open_event(&self, artifact: &str) -> Value {
        json!({
            "schema_version": 1, "recorded_at": self.now(), "event_id": EVENT_ID,
            "event_type": "deploy", "started_at": self.now(), "completed_at": null,
            "duration_seconds": null, "triggered_by": "manual", "operator": "root",
            "artifact_id": artifact, "previous_artifact_id": null, "status": "in_progress",
            "error_message": null, "health_check_passed": null, "backup_created": false,
            "migration_applied": false, "configuration_fingerprint": "f", "opened_by": "preflight",
        })
    }

    /// The event of [`open_event`](Self::open_event), concluded.
    pub(super) fn success(&self, artifact: &str) -> Value {
        let mut event = self.open_event(artifact);
        event["status"] = "success".into();
        event["completed_at"] = event["started_at"].clone();
        event["duration_seconds"] = 0.into();
        event["health_check_passed"] = true.into();
        event
    }

    /// The same event, opened by `deploy`.
    pub(super) fn of_deploy(mut event: Value) -> Value {
        event["opened_by"] = "deploy".into();
        event
    }

    /// A process that holds the lock of `deploy` until it is killed.
    pub(super) fn hold_deploy_lock(&self) -> Running {
        let lock = self.record("state/deploy.lock");
        let mut holder = Program::at(Path::new("flock"))
            .arg("--no-fork")
            .arg(&lock)
            .args(["sh", "-c", "echo held; exec sleep 600"])
            .spawn();
        holder.wait_until("the lock is held", SOON, |it| it.stdout().contains("held"));
        holder
    }

    pub(super) fn write_journal(&self, events: &[Value]) {
        let lines: Vec<_> = events.iter().map(Value::to_string).collect();
        let text = lines.join("\n") + "\n";
        fs::write(self.record("log/deployments.log"), text).expect("a journal can be written");
    }

    /// The lines of the journal.
    pub(super) fn journal(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.record("log/deployments.log")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
    }

    /// The artifacts, none where there is no catalog.
    pub(super) fn artifacts(&self) -> Vec<Value> {
        let text = fs::read(self.record("state/artifacts.json")).unwrap_or_default();
        let document: Value = serde_json::from_slice(&text).unwrap_or_default();
        document["artifacts"].as_array().cloned().unwrap_or_default()
    }

    pub(super) fn deployed(&self) -> Vec<String> {
        self.artifacts()
            .iter()
            .filter(|artifact| artifact["deployed"] == true)
            .filter_map(|artifact| artifact["artifact_id"].as_str().map(str::to_owned))
            .collect()
    }
}
