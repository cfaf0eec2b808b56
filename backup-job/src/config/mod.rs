//! What the variables are parsed into.

mod keep;
mod offsite;
mod restore;
mod schedule;
mod scratch;
mod variables;

use std::path::PathBuf;
use std::time::Duration;

use domain::backup::REUSE_WITHIN;
use domain::configuration::PostgresUrl;
use domain::retention::Keep;
use platform::env::parse::Expected;
use platform::env::{Env, Fields, Problems, Variable, parse, resolve};
use platform::http::Url;
use platform::shutdown::SHUTDOWN_GRACE_SECONDS;
use platform::tls::Trust;

use crate::archive::{NoRecipients, Settings};
use crate::dump::PgDump;
use crate::offsite::Offsite;
use crate::proof::Method;
use crate::proof::server::Workshop;

use keep::{RawKeep, keep};

pub use keep::{BACKUP_KEEP_DAILY, BACKUP_KEEP_MONTHLY, BACKUP_KEEP_WEEKLY};
pub use offsite::*;
pub use restore::RestoreConfig;
pub use schedule::{Jitter, NoSchedule, NoZone, Schedule, cron, zone};
pub use scratch::{BACKUP_SCRATCH_DIR, VerifyConfig};
pub use variables::*;

/// What the commands that only look at the folder need.
#[derive(Debug)]
pub struct FolderConfig {
    /// The folder of the backups.
    pub folder: PathBuf,
    /// The database, where a connection string says it.
    pub database: Option<String>,
    /// How old the newest verified backup may be.
    pub max_age: Duration,
    /// How long a backup may be wanted that says nothing of it.
    pub retention: Duration,
    /// What is kept beyond it.
    pub keep: Keep,
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
    /// How files are written.
    pub archive: Settings,
    /// How a new backup is proven.
    pub verify: Method,
    /// Where a restore is tried.
    pub workshop: Workshop,
    /// How long a backup may be wanted.
    pub retention: Duration,
    /// What is kept beyond it.
    pub keep: Keep,
    /// How long a run may take.
    pub timeout: Duration,
    /// How long to wait for PostgreSQL.
    pub connect_timeout: Duration,
    /// How long to wait for a table that somebody has for himself.
    pub table_lock_timeout: Duration,
    /// How long to wait for another run.
    pub lock_wait: Duration,
    /// How old a pre-deployment backup may be to serve again.
    pub reuse: Duration,
    /// When backups are made.
    pub schedule: Schedule,
    /// How old the newest verified backup may be.
    pub max_age: Duration,
    /// The application's version, where it is given.
    pub artifact_id: Option<String>,
    /// Who tells it otherwise.
    pub release: Option<Url>,
    /// Where backups are copied to.
    pub offsite: Option<Offsite>,
}

#[derive(serde::Deserialize)]
struct Raw {
    database_url: Option<String>,
    ca_file: Option<String>,
    backup_dir: Option<String>,
    backup_retention_days: Option<String>,
    backup_verify: Option<String>,
    backup_compression_level: Option<String>,
    backup_age_recipient: Option<String>,
    backup_timeout_seconds: Option<String>,
    backup_connect_timeout_seconds: Option<String>,
    backup_table_lock_timeout_seconds: Option<String>,
    backup_lock_wait_seconds: Option<String>,
    backup_reuse_seconds: Option<String>,
    backup_schedule: Option<String>,
    backup_timezone: Option<String>,
    backup_jitter_seconds: Option<String>,
    hostname: Option<String>,
    backup_max_age_hours: Option<String>,
    artifact_id: Option<String>,
    deployment_tag: Option<String>,
    release_url: Option<String>,
    shutdown_grace_seconds: Option<String>,
}

impl FolderConfig {
    /// Reads the variables of the commands that make no backup.
    ///
    /// # Errors
    /// Every problem at once, by name.
    pub fn read(environment: &impl Env) -> Result<Self, Problems> {
        let resolved = resolve(FOLDER_VARIABLES, environment);
        let (raw, raw_keep): (Raw, RawKeep) = (resolved.deserialize()?, resolved.deserialize()?);
        let mut fields = Fields::new(resolved);
        let url = fields.optional(&DATABASE_URL, raw.database_url, database_url);
        let folder = fields.required(&BACKUP_DIR, raw.backup_dir, parse::path);
        let max_age = fields.required(
            &BACKUP_MAX_AGE_HOURS,
            raw.backup_max_age_hours,
            parse::whole(1..=8760),
        );
        let retention = retention(raw.backup_retention_days, &mut fields);
        let keep = keep(raw_keep, &mut fields);
        fields.finish(|| {
            Some(Self {
                folder: folder?,
                database: url?.map(|url| url.database),
                max_age: Duration::from_hours(max_age?),
                retention: retention?,
                keep: keep?,
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
        let (raw, raw_offsite): (Raw, RawOffsite) =
            (resolved.deserialize()?, resolved.deserialize()?);
        let raw_keep: RawKeep = resolved.deserialize()?;
        let raw_scratch: scratch::RawScratch = resolved.deserialize()?;
        let mut fields = Fields::new(resolved);
        let url = fields.required(&DATABASE_URL, raw.database_url, database_url);
        let trust = Trust::given(raw.ca_file, &mut fields);
        let folder = fields.required(&BACKUP_DIR, raw.backup_dir, parse::path);
        let retention = retention(raw.backup_retention_days, &mut fields);
        let keep = keep(raw_keep, &mut fields);
        let verify = fields.required(
            &BACKUP_VERIFY,
            raw.backup_verify,
            parse::one_of(&[("restore", Method::Restore), ("read", Method::Read)]),
        );
        let scratch = scratch::scratch(raw_scratch, &mut fields);
        let level = fields.required(
            &BACKUP_COMPRESSION_LEVEL,
            raw.backup_compression_level,
            parse::whole(1..=12),
        );
        let recipients = fields.optional(&BACKUP_AGE_RECIPIENT, raw.backup_age_recipient, |text| {
            text.parse().map_err(|NoRecipients| {
                Expected::new("public keys of age, which begin with age1, by commas")
            })
        });
        let mut seconds = |variable: &Variable, raw, bounds| {
            fields.required(variable, raw, parse::seconds(bounds))
        };
        let timeout = seconds(&BACKUP_TIMEOUT_SECONDS, raw.backup_timeout_seconds, 1..=604_800);
        let connect_timeout =
            seconds(&BACKUP_CONNECT_TIMEOUT_SECONDS, raw.backup_connect_timeout_seconds, 1..=3600);
        let table_lock_timeout = seconds(
            &BACKUP_TABLE_LOCK_TIMEOUT_SECONDS,
            raw.backup_table_lock_timeout_seconds,
            1..=3600,
        );
        let lock_wait =
            seconds(&BACKUP_LOCK_WAIT_SECONDS, raw.backup_lock_wait_seconds, 0..=604_800);
        let most = REUSE_WITHIN.as_secs();
        let reuse = seconds(&BACKUP_REUSE_SECONDS, raw.backup_reuse_seconds, 0..=most);
        let grace = seconds(&SHUTDOWN_GRACE_SECONDS, raw.shutdown_grace_seconds, 0..=300);
        let jitter = seconds(&BACKUP_JITTER_SECONDS, raw.backup_jitter_seconds, 0..=3600);
        let cron = fields.required(&BACKUP_SCHEDULE, raw.backup_schedule, |text| {
            schedule::cron(text).map_err(|NoSchedule| {
                Expected::new(
                    "a cron expression of five fields that comes round, such as 0 3 * * *",
                )
            })
        });
        let zone = fields.required(&BACKUP_TIMEZONE, raw.backup_timezone, |text| {
            let expected = "a name of the IANA database, such as Europe/Berlin";
            schedule::zone(text).map_err(|NoZone| Expected::new(expected))
        });
        let host = fields.optional(&HOSTNAME, raw.hostname, parse::text);
        let max_age = fields.required(
            &BACKUP_MAX_AGE_HOURS,
            raw.backup_max_age_hours,
            parse::whole(1..=8760_u64),
        );
        let artifact_id = fields.optional(&ARTIFACT_ID, raw.artifact_id, parse::text);
        let tag = fields.optional(&DEPLOYMENT_TAG, raw.deployment_tag, parse::text);
        let release = fields.optional(&RELEASE_URL, raw.release_url, parse::http_url);
        let offsite = Offsite::given(raw_offsite, trust.as_ref(), &mut fields);
        fields.finish(|| {
            let (folder, grace): (PathBuf, _) = (folder?, grace? / 2);
            let jitter = Jitter { most: jitter?, host: host?.unwrap_or_default() };
            Some(Self {
                workshop: scratch::workshop(scratch?, &folder, environment, grace),
                folder,
                url: url?,
                trust: trust?,
                pg_dump: PgDump::on(environment.get("PATH").ok().flatten(), grace),
                archive: Settings { level: level?, recipients: recipients? },
                verify: verify?,
                retention: retention?,
                keep: keep?,
                timeout: timeout?,
                connect_timeout: connect_timeout?,
                table_lock_timeout: table_lock_timeout?,
                lock_wait: lock_wait?,
                reuse: reuse?,
                schedule: Schedule::new(cron?, zone?, jitter),
                max_age: Duration::from_hours(max_age?),
                artifact_id: artifact_id?.or(tag?),
                release: release?,
                offsite: offsite?,
            })
        })
    }
}

fn retention(raw: Option<String>, fields: &mut Fields) -> Option<Duration> {
    let days = fields.required(&BACKUP_RETENTION_DAYS, raw, parse::whole(1..=36_500));
    days.map(|days: u64| Duration::from_hours(24 * days))
}

fn database_url(text: &str) -> Result<PostgresUrl, Expected> {
    PostgresUrl::parse(text).map_err(|_| {
        Expected::new("a PostgreSQL connection string with user, password, host and database")
    })
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
        assert_eq!((config.verify, &config.workshop.folder), (Method::Restore, &config.folder));
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
            ("BACKUP_TIMEZONE", "hunter22"),
            ("BACKUP_JITTER_SECONDS", "3601"),
            ("BACKUP_VERIFY", "never"),
            ("BACKUP_SCRATCH_DIR", "hunter22"),
            ("BACKUP_RETENTION_DAYS", "0"),
            ("BACKUP_MAX_AGE_HOURS", ""),
        ]);
        let problems = Config::read(&environment).unwrap_err().to_string();
        for name in [
            "DATABASE_URL",
            "DIR",
            "SCHEDULE",
            "TIMEZONE",
            "JITTER_SECONDS",
            "VERIFY",
            "SCRATCH_DIR",
            "RETENTION_DAYS",
            "MAX_AGE_HOURS",
        ] {
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
            assert!(cron(text).is_ok(), "{text}");
        }
        for text in ["", "0 3 * *", "0 0 3 * * *", "61 * * * *", "0 0 30 2 *", "daily"] {
            assert!(cron(text).is_err(), "{text}");
        }
    }
}
