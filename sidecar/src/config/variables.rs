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
pub const DEPLOYMENT_TAG: Variable =
    Variable::plain("DEPLOYMENT_TAG", "The deployed version, as /health tells it.");
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
    HOSTNAME,
    SHUTDOWN_GRACE_SECONDS,
    LOG_LEVEL,
    LOG_FORMAT,
];
