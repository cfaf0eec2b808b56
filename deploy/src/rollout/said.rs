//! The last words of an instance that failed, without any secret.

use domain::deployment::{Diagnosis, HealthOutput};
use domain::redaction::Redactor;

use crate::site::Site;

/// What the container has written last, what the engine says where it could not start it, and what its health
/// checks have written; `None` where it can't be asked.
pub(super) async fn words(site: &Site, container: Option<&str>) -> Option<Diagnosis> {
    let docker = site.compose.docker.deaf();
    let id = container?;
    let instance = docker.instance(id).await.ok().flatten()?;
    let redactor = Redactor::new(site.stack.secrets());
    let mut lines = docker.last_lines(id, Diagnosis::MOST_LINES).await.unwrap_or_default();
    let start_error = docker.start_error(id).await.unwrap_or_default();
    lines.extend(start_error.lines().map(|line| format!("engine: {line}")));
    let checks = docker.health_log(id).await.unwrap_or_default().into_iter();
    let redacted = |check: HealthOutput| {
        let output = redactor.line(&check.output);
        HealthOutput { output, ..check }
    };
    let mut diagnosis = Diagnosis {
        service_name: instance.service,
        container_id: instance.id,
        log_lines: redactor.lines(lines.iter().map(String::as_str)),
        health_log: checks.map(redacted).collect(),
    };
    diagnosis.bound();
    Some(diagnosis)
}
