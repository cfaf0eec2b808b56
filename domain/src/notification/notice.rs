//! A notice: the facts that a person is told.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::backup::{Failed, Late, Recovered};
use super::deployment::Concluded;
use crate::health::{Checks, OverallStatus};

/// What a person is told, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The same however often it is sent: who gets it twice can tell.
    pub notice_id: Uuid,
    /// When it was found to be worth telling.
    pub at: DateTime<Utc>,
    /// Whose health it is.
    pub service_name: String,
    /// The deployed version.
    pub version: Option<String>,
    /// What there is to tell.
    #[serde(flatten)]
    pub news: News,
}

/// What there is to tell: its `kind`, and its `facts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "facts", rename_all = "snake_case")]
pub enum News {
    /// The overall status is another.
    StatusChanged(StatusChange),
    /// The overall status does not settle. Nothing more is told of it until it does.
    StatusKeepsChanging(KeepsChanging),
    /// A deployment came to an end.
    DeploymentConcluded(Concluded),
    /// A backup failed.
    BackupFailed(Failed),
    /// There is a verified backup again.
    BackupRecovered(Recovered),
    /// No verified backup is young enough.
    BackupLate(Late),
    /// Somebody tries the channels.
    Test {},
}

/// The overall status is another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusChange {
    /// What was told before; `None` where that was that it keeps changing.
    pub from: Option<OverallStatus>,
    /// What it is.
    pub overall_status: OverallStatus,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Of a recovery: how long it was not healthy, in seconds.
    pub unwell_seconds: Option<u64>,
    /// The checks that fail.
    pub failing: Vec<Failing>,
    /// Whether the results are too old to trust.
    pub stale: bool,
}

/// The overall status does not settle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepsChanging {
    /// What it is at this moment.
    pub overall_status: OverallStatus,
    /// Since when it has been changing, as far back as is looked.
    pub since: DateTime<Utc>,
    /// The checks that fail at this moment.
    pub failing: Vec<Failing>,
}

/// A check that fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// `bot`, `postgres` or `redis`.
    pub check: String,
    /// Why, in a code of a closed set; `None` while it recovers.
    pub error_code: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
}

impl Failing {
    /// The failing ones of `checks`.
    #[must_use]
    pub fn of(checks: &Checks) -> Vec<Self> {
        checks
            .named()
            .filter(|(_, check)| !check.ok)
            .map(|(name, check)| Self {
                check: name.to_owned(),
                error_code: check.error_code.as_deref().map(str::to_owned),
                since: check.since,
            })
            .collect()
    }
}

impl Notice {
    /// Whether it is of the overall status, which the next one makes old.
    #[must_use]
    pub const fn is_of_status(&self) -> bool {
        matches!(self.news, News::StatusChanged(_) | News::StatusKeepsChanging(_))
    }

    /// The kind, as the JSON has it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self.news {
            News::StatusChanged(_) => "status_changed",
            News::StatusKeepsChanging(_) => "status_keeps_changing",
            News::DeploymentConcluded(_) => "deployment_concluded",
            News::BackupFailed(_) => "backup_failed",
            News::BackupRecovered(_) => "backup_recovered",
            News::BackupLate(_) => "backup_late",
            News::Test {} => "test",
        }
    }
}
