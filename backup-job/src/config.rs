//! The variables, and what they are parsed into.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds};
use domain::configuration::PostgresUrl;
use platform::env::parse::Expected;
use platform::env::{Env, Fields, Problems, Variable, parse, resolve};

use platform::shutdown::SHUTDOWN_GRACE_SECONDS;
use platform::tls::{CA_FILE, Trust};

use crate::dump::PgDump;

/// The database.
pub const DATABASE_URL: Variable =
    Variable::secret("DATABASE_URL", "The database that is backed up.");
/// Where backups and their index are kept.
pub const BACKUP_DIR: Variable =
    Variable::plain("BACKUP_DIR", "The folder of the backups and of their index.")
        .with_default("/opt/backups/postgres");
/// The earliest deletion.
pub const BACKUP_RETENTION_DAYS: Variable = Variable::plain(
    "BACKUP_RETENTION_DAYS",
    "How many days a backup is kept at least; the newest verified one always is.",
)
.with_default("7");
/// How a backup is proven.
pub const BACKUP_VERIFY: Variable = Variable::plain(
    "BACKUP_VERIFY",
    "How a backup is proven. read: the file is read back, decompressed to its end, and sum, end of \
     dump and row counts of every table are compared.",
)
.with_default("read");
/// The deadline of a run.
pub const BACKUP_TIMEOUT_SECONDS: Variable = Variable::plain(
    "BACKUP_TIMEOUT_SECONDS",
    "How long a backup may take with everything, in seconds.",
)
.with_default("3600");
/// How long to wait for PostgreSQL.
pub const BACKUP_CONNECT_TIMEOUT_SECONDS: Variable = Variable::plain(
    "BACKUP_CONNECT_TIMEOUT_SECONDS",
    "How long to wait for a PostgreSQL that is starting, in seconds.",
)
.with_default("60");
/// How long to wait for another backup.
pub const BACKUP_LOCK_WAIT_SECONDS: Variable = Variable::plain(
    "BACKUP_LOCK_WAIT_SECONDS",
    "How long to wait for another backup to end, in seconds.",
)
.with_default("300");
/// How fresh a pre-deployment backup may be used again.
pub const BACKUP_REUSE_SECONDS: Variable = Variable::plain(
    "BACKUP_REUSE_SECONDS",
    "How old a verified backup before a deployment of the same version may be to serve again, in \
     seconds.",
)
.with_default("900");
/// When backups are made.
pub const BACKUP_SCHEDULE: Variable = Variable::plain(
    "BACKUP_SCHEDULE",
    "When backups are made: a cron expression of five fields, in UTC.",
)
.with_default("0 3 * * *");
/// When backups are too old.
pub const BACKUP_MAX_AGE_HOURS: Variable = Variable::plain(
    "BACKUP_MAX_AGE_HOURS",
    "How old the newest verified backup may be for `healthy`, in hours.",
)
.with_default("26");
/// The application's version.
pub const ARTIFACT_ID: Variable =
    Variable::plain("ARTIFACT_ID", "The application's version in the records.");
/// The application's version, where nothing else is said.
pub const DEPLOYMENT_TAG: Variable =
    Variable::plain("DEPLOYMENT_TAG", "The same, where ARTIFACT_ID is not set.");

/// All of them, with those that every program has.
pub const VARIABLES: &[Variable] = &[
    DATABASE_URL,
    CA_FILE,
    BACKUP_DIR,
    BACKUP_RETENTION_DAYS,
    BACKUP_VERIFY,
    BACKUP_TIMEOUT_SECONDS,
    BACKUP_CONNECT_TIMEOUT_SECONDS,
    BACKUP_LOCK_WAIT_SECONDS,
    BACKUP_REUSE_SECONDS,
    BACKUP_SCHEDULE,
    BACKUP_MAX_AGE_HOURS,
    ARTIFACT_ID,
    DEPLOYMENT_TAG,
    SHUTDOWN_GRACE_SECONDS,
    platform::telemetry::LOG_LEVEL,
    platform::telemetry::LOG_FORMAT,
];

/// What the commands that only look at the folder need.
#[derive(Debug)]
pub struct FolderConfig {
    /// The folder of the backups.
    pub folder: PathBuf,
    /// The database, where a connection string says it.
    pub database: Option<String>,
    /// How old the newest verified backup may be.
    pub max_age: Duration,
}

/// What making backups needs.
#[derive(Debug)]
pub struct Config {
    /// The folder of the backups.
    pub folder: PathBuf,
    /// The database.
    pub url: PostgresUrl,
    /// Whom to trust with it.
    pub trust: Trust,
    /// Where `pg_dump` is.
    pub pg_dump: PgDump,
    /// How long a backup may be wanted.
    pub retention: Duration,
    /// How long a run may take.
    pub timeout: Duration,
    /// How long to wait for PostgreSQL.
    pub connect_timeout: Duration,
    /// How long to wait for another run.
    pub lock_wait: Duration,
    /// How old a pre-deployment backup may be to serve again.
    pub reuse: Duration,
    /// When backups are made.
    pub schedule: Schedule,
    /// The application's version.
    pub artifact_id: Option<String>,
}

#[derive(serde::Deserialize)]
struct Raw {
    database_url: Option<String>,
    ca_file: Option<String>,
    backup_dir: Option<String>,
    backup_retention_days: Option<String>,
    backup_verify: Option<String>,
    backup_timeout_seconds: Option<String>,
    backup_connect_timeout_seconds: Option<String>,
    backup_lock_wait_seconds: Option<String>,
    backup_reuse_seconds: Option<String>,
    backup_schedule: Option<String>,
    backup_max_age_hours: Option<String>,
    artifact_id: Option<String>,
    deployment_tag: Option<String>,
    shutdown_grace_seconds: Option<String>,
}

impl FolderConfig {
    /// Reads the variables of the commands that make no backup.
    ///
    /// # Errors
    /// Every problem at once, by name.
    pub fn read(environment: &impl Env) -> Result<Self, Problems> {
        let resolved = resolve(&[DATABASE_URL, BACKUP_DIR, BACKUP_MAX_AGE_HOURS], environment);
        let raw: Raw = resolved.deserialize()?;
        let mut fields = Fields::new(resolved);
        let url = fields.optional(&DATABASE_URL, raw.database_url, database_url);
        let folder = fields.required(&BACKUP_DIR, raw.backup_dir, parse::path);
        let max_age = fields.required(
            &BACKUP_MAX_AGE_HOURS,
            raw.backup_max_age_hours,
            parse::whole(1..=8760),
        );
        fields.finish(|| {
            Some(Self {
                folder: folder?,
                database: url?.map(|url| url.database),
                max_age: Duration::from_hours(max_age?),
            })
        })
    }
}

impl Config {
    /// Reads the variables of the commands that make backups.
    ///
    /// # Errors
    /// Every problem at once, by name.
    pub fn read(environment: &impl Env) -> Result<Self, Problems> {
        let resolved = resolve(VARIABLES, environment);
        let raw: Raw = resolved.deserialize()?;
        let mut fields = Fields::new(resolved);
        let url = fields.required(&DATABASE_URL, raw.database_url, database_url);
        let trust = Trust::given(raw.ca_file, &mut fields);
        let folder = fields.required(&BACKUP_DIR, raw.backup_dir, parse::path);
        let days = fields.required(
            &BACKUP_RETENTION_DAYS,
            raw.backup_retention_days,
            parse::whole(1..=36_500),
        );
        let verify =
            fields.required(&BACKUP_VERIFY, raw.backup_verify, parse::one_of(&[("read", ())]));
        let mut seconds = |variable: &Variable, raw, bounds| {
            fields.required(variable, raw, parse::seconds(bounds))
        };
        let timeout = seconds(&BACKUP_TIMEOUT_SECONDS, raw.backup_timeout_seconds, 1..=604_800);
        let connect_timeout =
            seconds(&BACKUP_CONNECT_TIMEOUT_SECONDS, raw.backup_connect_timeout_seconds, 1..=3600);
        let lock_wait =
            seconds(&BACKUP_LOCK_WAIT_SECONDS, raw.backup_lock_wait_seconds, 0..=604_800);
        let reuse = seconds(&BACKUP_REUSE_SECONDS, raw.backup_reuse_seconds, 0..=86_400);
        let grace = seconds(&SHUTDOWN_GRACE_SECONDS, raw.shutdown_grace_seconds, 0..=300);
        let schedule = fields.required(&BACKUP_SCHEDULE, raw.backup_schedule, |text| {
            text.parse().map_err(|NoSchedule| {
                Expected::new(
                    "a cron expression of five fields that comes round, such as 0 3 * * *",
                )
            })
        });
        let max_age = fields.required(
            &BACKUP_MAX_AGE_HOURS,
            raw.backup_max_age_hours,
            parse::whole(1..=8760_u64),
        );
        let artifact_id = fields.optional(&ARTIFACT_ID, raw.artifact_id, parse::text);
        let tag = fields.optional(&DEPLOYMENT_TAG, raw.deployment_tag, parse::text);
        fields.finish(|| {
            let (_, ()) = (max_age?, verify?);
            Some(Self {
                folder: folder?,
                url: url?,
                trust: trust?,
                pg_dump: PgDump::on(environment.get("PATH").ok().flatten(), grace? / 2),
                retention: Duration::from_hours(24 * days?),
                timeout: timeout?,
                connect_timeout: connect_timeout?,
                lock_wait: lock_wait?,
                reuse: reuse?,
                schedule: schedule?,
                artifact_id: artifact_id?.or(tag?),
            })
        })
    }
}

fn database_url(text: &str) -> Result<PostgresUrl, Expected> {
    PostgresUrl::parse(text).map_err(|_| {
        Expected::new("a PostgreSQL connection string with user, password, host and database")
    })
}

/// When backups are due: a cron expression in UTC, where no hour is missing or comes twice.
#[derive(Debug, Clone)]
pub struct Schedule(Cron);

/// The text is no schedule, or one that never comes round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no schedule")]
pub struct NoSchedule;

impl FromStr for Schedule {
    type Err = NoSchedule;

    fn from_str(text: &str) -> Result<Self, NoSchedule> {
        let parser = CronParser::builder().seconds(Seconds::Disallowed).build();
        let cron = parser.parse(text).map_err(|_| NoSchedule)?;
        let comes_round = cron.find_next_occurrence(&DateTime::UNIX_EPOCH, true).is_ok();
        comes_round.then_some(Self(cron)).ok_or(NoSchedule)
    }
}

impl Schedule {
    /// When a backup was due last, at `now` or before.
    #[must_use]
    pub fn last_due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.find_previous_occurrence(&now, true).ok()
    }

    /// When a backup is due next, after `now`.
    #[must_use]
    pub fn next_due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.find_next_occurrence(&now, false).ok()
    }
}

#[cfg(test)]
mod tests {
    use platform::env::MapEnv;

    use super::*;

    const URL: &str = "postgresql://u:hunter22@db/app";

    #[test]
    fn the_connection_string_is_all_that_has_to_be_given() {
        let config = Config::read(&MapEnv::from([("DATABASE_URL", URL)])).unwrap();
        assert_eq!(config.folder, PathBuf::from("/opt/backups/postgres"));
        assert_eq!(config.retention, Duration::from_hours(7 * 24));
        assert_eq!(config.artifact_id, None);
        let tagged = MapEnv::from([("DATABASE_URL", URL), ("DEPLOYMENT_TAG", "v1.2.3")]);
        assert_eq!(Config::read(&tagged).unwrap().artifact_id.as_deref(), Some("v1.2.3"));
        let both = tagged.with("ARTIFACT_ID", "v1.2.2");
        assert_eq!(Config::read(&both).unwrap().artifact_id.as_deref(), Some("v1.2.2"));
    }

    #[test]
    fn every_mistake_is_named_and_no_value_shown() {
        let environment = MapEnv::from([
            ("DATABASE_URL", "mysql://hunter22"),
            ("BACKUP_DIR", "hunter22"),
            ("BACKUP_SCHEDULE", "hunter22"),
            ("BACKUP_VERIFY", "restore"),
            ("BACKUP_RETENTION_DAYS", "0"),
            ("BACKUP_MAX_AGE_HOURS", ""),
        ]);
        let problems = Config::read(&environment).unwrap_err().to_string();
        for name in ["DATABASE_URL", "DIR", "SCHEDULE", "VERIFY", "RETENTION_DAYS", "MAX_AGE_HOURS"]
        {
            assert!(problems.contains(name), "{problems}");
        }
        assert!(!problems.contains("hunter22"), "{problems}");
    }

    #[test]
    fn looking_at_the_folder_needs_no_database() {
        let config = FolderConfig::read(&MapEnv::default()).unwrap();
        assert_eq!((config.database, config.max_age), (None, Duration::from_hours(26)));
        let config = FolderConfig::read(&MapEnv::from([("DATABASE_URL", URL)])).unwrap();
        assert_eq!(config.database.as_deref(), Some("app"));
    }

    #[test]
    fn a_schedule_has_five_fields_and_comes_round() {
        for text in ["0 3 * * *", "*/15 * * * *", "0 3 * * MON-FRI", "@daily"] {
            assert!(text.parse::<Schedule>().is_ok(), "{text}");
        }
        for text in ["", "0 3 * *", "0 0 3 * * *", "61 * * * *", "0 0 30 2 *", "daily"] {
            assert!(text.parse::<Schedule>().is_err(), "{text}");
        }
    }
}
