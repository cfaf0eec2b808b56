//! `check --record`: opens the deployment event of a start of the stack, unless nothing changed.
//!
//! What stands in the journal is read, judged and added to under one lock, so that two starts at
//! once never open two events. Nothing that can't be read is ever written over.

mod error;
mod fingerprint;
mod key;

use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use domain::deployment::DeploymentEvent;
use domain::history::Start;
use domain::version::DeploymentTag;
use platform::env::{Resolved, Variable};
use platform::records::Deployments;
use uuid::Uuid;

use crate::config::{LOG_DIR, RecordConfig, STATE_DIR};
pub(crate) use error::RecordError;

/// Records a start of the stack with a configuration that passed its check. Returns the events as
/// they were written: none when nothing changed.
///
/// # Errors
/// See [`RecordError`]. The journal is as it was.
pub(crate) fn record(
    config: &RecordConfig,
    tag: &DeploymentTag,
    values: &Resolved,
    now: DateTime<Utc>,
) -> Result<Vec<DeploymentEvent>, RecordError> {
    let configuration_fingerprint = fingerprint(config, values)?;
    must_exist(&config.log_dir, &LOG_DIR)?;
    let start = Start {
        event_id: Uuid::new_v4(),
        at: now,
        operator: config.operator.clone(),
        artifact_id: tag.as_str().to_owned(),
        configuration_fingerprint,
    };
    let deployments = Deployments::in_folder(&config.log_dir);
    report_faults(&deployments);
    deployments
        .update(now, |history| {
            let recording = history.on_start(&start);
            let superseded = recording.superseded.into_iter().map(DeploymentEvent::from);
            superseded.chain(recording.opened.map(DeploymentEvent::from)).collect()
        })
        .map_err(|source| RecordError::Journal { folder: config.log_dir.clone(), source })
}

/// The keyed fingerprint of a configuration: it tells whether two are the same and nothing else.
///
/// # Errors
/// [`RecordError::FolderMissing`], [`RecordError::Key`].
pub(crate) fn fingerprint(config: &RecordConfig, values: &Resolved) -> Result<String, RecordError> {
    must_exist(&config.state_dir, &STATE_DIR)?;
    let key = key::read_or_make(&config.state_dir)
        .map_err(|source| RecordError::Key { folder: config.state_dir.clone(), source })?;
    Ok(fingerprint::of(values, config.bot_image.as_deref(), &key))
}

/// A line that a power cut tore is a thing to know, and no reason to stop.
fn report_faults(deployments: &Deployments) {
    // What makes the whole journal unreadable is told by who has to read it.
    let Ok(reading) = deployments.read() else { return };
    for fault in reading.faults {
        tracing::warn!(line = fault.line, kind = ?fault.kind, "a line of deployments.log is skipped");
    }
}

fn must_exist(folder: &Path, variable: &Variable) -> Result<(), RecordError> {
    // A folder that may not be looked at is there: what is done in it will say why it fails.
    match folder.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(RecordError::FolderMissing { folder: folder.to_owned(), variable: variable.name })
        }
        _ => Ok(()),
    }
}
