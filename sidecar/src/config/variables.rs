//! Every variable of the sidecar, documented once: `--help` lists them from here.

use platform::env::Variable;
use platform::shutdown::SHUTDOWN_GRACE_SECONDS;
use platform::telemetry::{LOG_FORMAT, LOG_LEVEL};
use platform::tls::CA_FILE;

/// Where to listen.
pub const LISTEN_ADDR: Variable =
    Variable::plain("LISTEN_ADDR", "The address and port to serve on.")
        .with_default("0.0.0.0:8080");
/// The PostgreSQL that is watched.
pub const DATABASE_URL: Variable = Variable::secret(
    "DATABASE_URL",
    "The PostgreSQL to watch, as postgresql://user:password@host/database.",
);
/// The Redis that is watched.
pub const REDIS_URL: Variable =
    Variable::secret("REDIS_URL", "The Redis to watch, as redis://:password@host.");
/// The service itself.
pub const BOT_HEALTH_URL: Variable = Variable::url(
    "BOT_HEALTH_URL",
    "Where the service answers for itself with 2xx. Without it only its dependencies are watched.",
);
/// The Docker engine.
pub const ENGINE_URL: Variable = Variable::url(
    "ENGINE_URL",
    "The Docker Engine API, http://host:port or unix:///path. Without it no artifact is recorded.",
);
/// Whose health it is.
pub const SERVICE_NAME: Variable =
    Variable::plain("SERVICE_NAME", "The Compose service whose health is told.")
        .with_default("bot");
/// The version that is told.
pub const DEPLOYMENT_TAG: Variable = Variable::plain(
    "DEPLOYMENT_TAG",
    "The version that /health tells, instead of the one that runs.",
)
.empty_is_unset();
/// How often everything is asked.
pub const HEALTH_INTERVAL_SECONDS: Variable =
    Variable::plain("HEALTH_INTERVAL_SECONDS", "How often each dependency is asked.")
        .with_default("5");
/// How long an answer may take.
pub const CHECK_TIMEOUT_SECONDS: Variable =
    Variable::plain("CHECK_TIMEOUT_SECONDS", "How long a dependency may take to answer.")
        .with_default("2");
/// How often PostgreSQL and Redis are logged in to anew.
pub const LOGIN_INTERVAL_SECONDS: Variable = Variable::plain(
    "LOGIN_INTERVAL_SECONDS",
    "How often PostgreSQL and Redis are logged in to anew beside the steady connection, which would \
     not notice a changed password or a server that takes no more clients. While a login fails, the \
     check fails, and each probe tries one.",
)
.with_default("60");
/// Failures until a check fails.
pub const FALL: Variable = Variable::plain(
    "FALL",
    "After how many failures in a row a check fails. A failure is asked about again within a second.",
)
.with_default("2");
/// Successes until a check passes.
pub const RISE: Variable = Variable::plain(
    "RISE",
    "After how many successes in a row a check passes again. A check that flaps, whose result turned \
     more than twice among the last 64, needs 3 more for each further turn, up to 11 more.",
)
.with_default("1");
/// How often the containers are looked at.
pub const METRICS_INTERVAL_SECONDS: Variable = Variable::plain(
    "METRICS_INTERVAL_SECONDS",
    "How often each container is inspected, and its CPU and memory are read.",
)
.with_default("30");
/// How many restarts of a container are too many.
pub const MAX_RESTARTS: Variable = Variable::plain(
    "MAX_RESTARTS",
    "After how many restarts a container is said to restart too often, where its restart policy sets \
     no bound.",
)
.with_default("5");
/// See [`domain::gate::Gate::stable_for`].
pub const GATE_STABLE_SECONDS: Variable = Variable::plain(
    "GATE_STABLE_SECONDS",
    "How long the stack must be healthy until a deployment has succeeded.",
)
.with_default("15");
/// See [`domain::gate::Gate::deadline`].
pub const GATE_DEADLINE_SECONDS: Variable = Variable::plain(
    "GATE_DEADLINE_SECONDS",
    "How long after its start a deployment that did not succeed has failed.",
)
.with_default("600");
/// The folder of `artifacts.json`.
pub const STATE_DIR: Variable = Variable::plain("STATE_DIR", "The folder of artifacts.json.")
    .with_default("/opt/toogoodtogo/deployment");
/// The folder of `deployments.log`.
pub const LOG_DIR: Variable = Variable::plain("LOG_DIR", "The folder of deployments.log.")
    .with_default("/var/log/toogoodtogo");
/// The folder of `backup_index.json`.
pub const BACKUP_DIR: Variable = Variable::plain("BACKUP_DIR", "The folder of backup_index.json.")
    .with_default("/opt/backups/postgres");
/// How old the newest verified backup may be.
pub const BACKUP_MAX_AGE_HOURS: Variable = Variable::plain(
    "BACKUP_MAX_AGE_HOURS",
    "How old the newest verified backup may be, in hours, until it is late.",
)
.with_default("26");
/// How long a change must have held.
pub const NOTIFY_AFTER_SECONDS: Variable = Variable::plain(
    "NOTIFY_AFTER_SECONDS",
    "How long a change of the status must have held until somebody is told.",
)
.with_default("15");
/// Slack, or what takes the same.
pub const NOTIFY_SLACK_WEBHOOK_URL: Variable = Variable::secret(
    "NOTIFY_SLACK_WEBHOOK_URL",
    "The incoming webhook of a Slack channel, or of what takes the same. Empty is off.",
)
.empty_is_unset();
/// A webhook that takes JSON.
pub const NOTIFY_WEBHOOK_URL: Variable =
    Variable::secret("NOTIFY_WEBHOOK_URL", "A webhook that takes JSON. Empty is off.")
        .empty_is_unset();
/// What that webhook wants to see.
pub const NOTIFY_WEBHOOK_TOKEN: Variable = Variable::secret(
    "NOTIFY_WEBHOOK_TOKEN",
    "What NOTIFY_WEBHOOK_URL gets as Authorization: Bearer. Empty is none.",
)
.empty_is_unset();
/// A bot of Telegram.
pub const NOTIFY_TELEGRAM_BOT_TOKEN: Variable = Variable::secret(
    "NOTIFY_TELEGRAM_BOT_TOKEN",
    "The token of a Telegram bot that writes to NOTIFY_TELEGRAM_CHAT_ID. Empty is off.",
)
.empty_is_unset();
/// Where it writes.
pub const NOTIFY_TELEGRAM_CHAT_ID: Variable = Variable::plain(
    "NOTIFY_TELEGRAM_CHAT_ID",
    "The number of a Telegram chat, or the @name of a public channel. Empty is off.",
)
.empty_is_unset();
/// Telegram's API.
pub const NOTIFY_TELEGRAM_API_URL: Variable =
    Variable::url("NOTIFY_TELEGRAM_API_URL", "Telegram's Bot API, or a server of one's own.")
        .with_default("https://api.telegram.org")
        .empty_is_unset();
/// A submission server.
pub const NOTIFY_SMTP_URL: Variable = Variable::secret(
    "NOTIFY_SMTP_URL",
    "Where e-mail is handed over: smtps://user:password@host:465, or smtp://user:password@host:587, \
     where STARTTLS is required unless ?tls=none follows. Empty is off.",
)
.empty_is_unset();
/// Whom e-mail is from.
pub const NOTIFY_EMAIL_FROM: Variable =
    Variable::plain("NOTIFY_EMAIL_FROM", "The address that e-mail is from.").empty_is_unset();
/// Whom it goes to.
pub const NOTIFY_EMAIL_TO: Variable = Variable::plain(
    "NOTIFY_EMAIL_TO",
    "The addresses that e-mail goes to, with commas between them.",
)
.empty_is_unset();
/// The sidecar's own container.
pub const HOSTNAME: Variable = Variable::plain(
    "HOSTNAME",
    "The sidecar's own container, set by Docker; it tells which Compose project is watched.",
);

/// All of them.
pub const VARIABLES: &[Variable] = &[
    LISTEN_ADDR,
    DATABASE_URL,
    REDIS_URL,
    CA_FILE,
    BOT_HEALTH_URL,
    ENGINE_URL,
    SERVICE_NAME,
    DEPLOYMENT_TAG,
    HEALTH_INTERVAL_SECONDS,
    CHECK_TIMEOUT_SECONDS,
    LOGIN_INTERVAL_SECONDS,
    FALL,
    RISE,
    METRICS_INTERVAL_SECONDS,
    MAX_RESTARTS,
    GATE_STABLE_SECONDS,
    GATE_DEADLINE_SECONDS,
    STATE_DIR,
    LOG_DIR,
    BACKUP_DIR,
    BACKUP_MAX_AGE_HOURS,
    NOTIFY_AFTER_SECONDS,
    NOTIFY_SLACK_WEBHOOK_URL,
    NOTIFY_WEBHOOK_URL,
    NOTIFY_WEBHOOK_TOKEN,
    NOTIFY_TELEGRAM_BOT_TOKEN,
    NOTIFY_TELEGRAM_CHAT_ID,
    NOTIFY_TELEGRAM_API_URL,
    NOTIFY_SMTP_URL,
    NOTIFY_EMAIL_FROM,
    NOTIFY_EMAIL_TO,
    HOSTNAME,
    SHUTDOWN_GRACE_SECONDS,
    LOG_LEVEL,
    LOG_FORMAT,
];
