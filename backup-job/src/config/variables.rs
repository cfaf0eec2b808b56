//! The variables, each with what it is for.

use platform::env::Variable;
use platform::shutdown::SHUTDOWN_GRACE_SECONDS;
use platform::tls::CA_FILE;

use super::keep::{BACKUP_KEEP_DAILY, BACKUP_KEEP_MONTHLY, BACKUP_KEEP_WEEKLY};
use super::offsite::{
    S3_ACCESS_KEY_ID, S3_BUCKET, S3_ENDPOINT, S3_PATH_STYLE, S3_PREFIX, S3_REGION,
    S3_SECRET_ACCESS_KEY, S3_SILENCE_SECONDS, S3_TIMEOUT_SECONDS,
};
use super::scratch::BACKUP_SCRATCH_DIR;

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
    "How a backup is proven. restore: it is restored into a PostgreSQL of its own, and the rows of \
     every table are compared; that takes the room of the database on BACKUP_SCRATCH_DIR. read: \
     only the file is read back to its end, and sum, end of dump and rows are compared.",
)
.with_default("restore");
/// How hard backups are compressed.
pub const BACKUP_COMPRESSION_LEVEL: Variable = Variable::plain(
    "BACKUP_COMPRESSION_LEVEL",
    "How hard a backup is compressed, from 1 (fast) to 12 (small).",
)
.with_default("1");
/// Whom backups are encrypted for.
pub const BACKUP_AGE_RECIPIENT: Variable = Variable::plain(
    "BACKUP_AGE_RECIPIENT",
    "Public keys of age (age1…), by commas: backups are encrypted for these. Nobody reads them \
     without one of the private keys, which must not be on this host. Empty is unencrypted.",
)
.empty_is_unset();
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
/// How long to wait for a table.
pub const BACKUP_TABLE_LOCK_TIMEOUT_SECONDS: Variable = Variable::plain(
    "BACKUP_TABLE_LOCK_TIMEOUT_SECONDS",
    "How long to wait for a table that somebody has for himself, a migration for example, in \
     seconds.",
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
     seconds; 900 at the most, for what was made earlier is no backup of a deployment.",
)
.with_default("900");
/// When backups are made.
pub const BACKUP_SCHEDULE: Variable = Variable::plain(
    "BACKUP_SCHEDULE",
    "When backups are made: a cron expression of five fields, in BACKUP_TIMEZONE.",
)
.with_default("0 3 * * *");
/// The zone of the schedule.
pub const BACKUP_TIMEZONE: Variable = Variable::plain(
    "BACKUP_TIMEZONE",
    "The time zone of BACKUP_SCHEDULE by its IANA name, such as Europe/Berlin. A time of day that a \
     change of the clocks skips, or shows twice, comes once.",
)
.with_default("UTC");
/// How much later a scheduled run may begin.
pub const BACKUP_JITTER_SECONDS: Variable = Variable::plain(
    "BACKUP_JITTER_SECONDS",
    "A scheduled backup begins up to so much later, each host at a time of its own, and before the \
     next one is due.",
)
.with_default("0");
/// What tells this host from another.
pub const HOSTNAME: Variable =
    Variable::plain("HOSTNAME", "What BACKUP_JITTER_SECONDS tells this host from another by.")
        .empty_is_unset();
/// When backups are too old.
pub const BACKUP_MAX_AGE_HOURS: Variable = Variable::plain(
    "BACKUP_MAX_AGE_HOURS",
    "How old the newest verified backup may be for `healthy`, in hours: more than the longest time \
     between two scheduled ones.",
)
.with_default("26");
/// The application's version.
pub const ARTIFACT_ID: Variable =
    Variable::plain("ARTIFACT_ID", "The application's version in the records.");
/// The application's version, where nothing else is said.
pub const DEPLOYMENT_TAG: Variable =
    Variable::plain("DEPLOYMENT_TAG", "The same, where ARTIFACT_ID is not set.");
/// Who knows the application's version.
pub const RELEASE_URL: Variable = Variable::url(
    "RELEASE_URL",
    "The sidecar's /health: the version that it tells as a backup begins is the application's, where \
     neither of the two is set.",
)
.empty_is_unset();

/// Those of the commands that only look at the folder.
pub const FOLDER_VARIABLES: &[Variable] = &[
    DATABASE_URL,
    BACKUP_DIR,
    BACKUP_MAX_AGE_HOURS,
    BACKUP_RETENTION_DAYS,
    BACKUP_KEEP_DAILY,
    BACKUP_KEEP_WEEKLY,
    BACKUP_KEEP_MONTHLY,
];

/// All of them, with those that every program has.
pub const VARIABLES: &[Variable] = &[
    DATABASE_URL,
    CA_FILE,
    BACKUP_DIR,
    BACKUP_RETENTION_DAYS,
    BACKUP_KEEP_DAILY,
    BACKUP_KEEP_WEEKLY,
    BACKUP_KEEP_MONTHLY,
    BACKUP_VERIFY,
    BACKUP_SCRATCH_DIR,
    BACKUP_COMPRESSION_LEVEL,
    BACKUP_AGE_RECIPIENT,
    BACKUP_TIMEOUT_SECONDS,
    BACKUP_CONNECT_TIMEOUT_SECONDS,
    BACKUP_TABLE_LOCK_TIMEOUT_SECONDS,
    BACKUP_LOCK_WAIT_SECONDS,
    BACKUP_REUSE_SECONDS,
    BACKUP_SCHEDULE,
    BACKUP_TIMEZONE,
    BACKUP_JITTER_SECONDS,
    HOSTNAME,
    BACKUP_MAX_AGE_HOURS,
    ARTIFACT_ID,
    DEPLOYMENT_TAG,
    RELEASE_URL,
    S3_BUCKET,
    S3_ENDPOINT,
    S3_REGION,
    S3_PREFIX,
    S3_ACCESS_KEY_ID,
    S3_SECRET_ACCESS_KEY,
    S3_PATH_STYLE,
    S3_TIMEOUT_SECONDS,
    S3_SILENCE_SECONDS,
    SHUTDOWN_GRACE_SECONDS,
    platform::telemetry::LOG_LEVEL,
    platform::telemetry::LOG_FORMAT,
];
