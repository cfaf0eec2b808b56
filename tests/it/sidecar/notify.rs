//! Who is told what, and when: real servers that fail, real receivers that fail, real restarts.

mod backups;
mod channels;
mod deployments;
mod mail;
mod receiver;
mod restarts;
mod retries;
mod trial;

use serde_json::Value;
use tests::Program;

use super::{SOON, World, logged};

impl World {
    /// A sidecar that tells soon.
    fn telling(&self) -> Program {
        self.program().env("NOTIFY_AFTER_SECONDS", "1")
    }

    /// What `notifications.json` says.
    fn remembered(&self) -> Value {
        let text = std::fs::read(self.record("state/notifications.json")).unwrap_or_default();
        let document: Value = serde_json::from_slice(&text).unwrap_or_default();
        document["notifications"][0].clone()
    }

    /// The value of a sample of `/metrics`.
    fn sample(&self, name: &str) -> Option<f64> {
        let text = self.get("/metrics")?.text();
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().parse().ok()
    }
}

/// The statuses that were told to a webhook, `changing` where it was that.
fn statuses(bodies: &[Value]) -> Vec<String> {
    let status = |body: &Value| match body["kind"].as_str() {
        Some("status_changed") => body["facts"]["overall_status"].as_str().map(str::to_owned),
        Some("status_keeps_changing") => Some("changing".to_owned()),
        _ => None,
    };
    bodies.iter().filter_map(status).collect()
}
