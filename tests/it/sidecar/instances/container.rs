//! A container of the scripted engine, as each of its calls shows it.

use std::time::Instant;

use serde_json::{Value, json};

/// What no answer and no log may show.
pub(in crate::sidecar) const CANARY: &str = "c4nary";

#[derive(Clone)]
pub(in crate::sidecar) struct Container {
    pub(in crate::sidecar) id: String,
    pub(in crate::sidecar) service: String,
    pub(in crate::sidecar) state: &'static str,
    pub(in crate::sidecar) health: Option<&'static str>,
    /// Exit codes of its health check, oldest first.
    pub(in crate::sidecar) results: Vec<i64>,
    pub(in crate::sidecar) restart_count: u32,
    /// Seconds after the hour.
    pub(in crate::sidecar) started_at: u32,
    pub(in crate::sidecar) memory_bytes: u64,
    /// How much of a core it uses.
    pub(in crate::sidecar) load: f64,
    made: Instant,
}

impl Container {
    /// A healthy container.
    pub(in crate::sidecar) fn healthy(number: u32) -> Self {
        Self {
            id: format!("{number:064x}"),
            service: format!("service-{number:03}"),
            state: "running",
            health: Some("healthy"),
            results: vec![0; 5],
            restart_count: 0,
            started_at: 0,
            memory_bytes: 50_000_000,
            load: 0.5,
            made: Instant::now(),
        }
    }

    pub(in crate::sidecar) fn summary(&self) -> Value {
        let labels = json!({
            "com.docker.compose.project": "app", "com.docker.compose.service": self.service,
            "com.docker.compose.oneoff": "False",
        });
        json!({
            "Id": self.id, "Names": [format!("/{}", self.service)], "Image": "localhost/app:1",
            "ImageID": "sha256:2", "Command": "run", "State": self.state, "Labels": labels,
        })
    }

    pub(in crate::sidecar) fn inspected(&self) -> Value {
        let second =
            |second: usize| format!("2026-01-01T00:{:02}:{:02}Z", second / 60, second % 60);
        let start = usize::try_from(self.started_at).unwrap_or_default();
        let log = self.results.iter().enumerate().map(|(number, code)| {
            let at = second(start + 5 + number * 5);
            json!({"Start": at, "End": at, "ExitCode": code, "Output": CANARY})
        });
        let log: Value = log.collect();
        let health =
            self.health.map(|status| json!({"Status": status, "FailingStreak": 0, "Log": log}));
        json!({
            "Id": self.id, "Name": format!("/{}", self.service), "Image": "sha256:2",
            "Path": "run", "Args": [CANARY], "RestartCount": self.restart_count,
            "State": {
                "Status": self.state, "Running": self.state == "running", "Error": CANARY,
                "StartedAt": second(start), "FinishedAt": "0001-01-01T00:00:00Z", "Health": health,
            },
            "HostConfig": {
                "Memory": 67_108_864, "NanoCpus": 250_000_000,
                "RestartPolicy": {"Name": "always", "MaximumRetryCount": 0},
                "PortBindings": {"8080/tcp": [{"HostIp": "", "HostPort": "9090"}]},
            },
            "Mounts": [{"Type": "volume", "Name": "data", "Destination": "/data"}],
            "Config": {
                "Image": "localhost/app:1", "Cmd": [CANARY],
                "Env": [
                    format!("DATABASE_URL=postgresql://{CANARY}:{CANARY}@{CANARY}/app"),
                    format!("{}={CANARY}", "STRIPE_API_KEY"), "LOG_LEVEL=INFO",
                ],
                "Healthcheck": {"Test": ["CMD", "true"], "Interval": 5_000_000_000_u64,
                    "Timeout": 1_000_000_000, "StartPeriod": 10_000_000_000_u64},
                "Labels": {"com.docker.compose.service": self.service,
                    "ballast.deployment-tag": "v1.2.3"},
            },
            "NetworkSettings": {"Ports": {"8080/tcp": [{"HostIp": "0.0.0.0", "HostPort": "9090"}]}},
        })
    }

    /// Its counters as they would be by now.
    pub(in crate::sidecar) fn counters(&self) -> Value {
        let age = self.made.elapsed();
        let read = format!(
            "2026-01-01T00:{:02}:{:02}.{:09}Z",
            age.as_secs() / 60,
            age.as_secs() % 60,
            age.subsec_nanos()
        );
        let used = age.mul_f64(self.load).as_nanos();
        json!({
            "read": read, "preread": "0001-01-01T00:00:00Z", "id": self.id, "os_type": "linux",
            "cpu_stats": {"cpu_usage": {"total_usage": u64::try_from(used).unwrap_or(u64::MAX)}},
            "memory_stats": {"usage": self.memory_bytes + 1_000_000,
                "stats": {"inactive_file": 1_000_000}, "limit": 67_108_864},
        })
    }

    pub(in crate::sidecar) fn layer(&self) -> Value {
        json!({"Id": self.id, "Names": [], "SizeRw": 3_000_000, "SizeRootFs": 9_000_000})
    }
}
