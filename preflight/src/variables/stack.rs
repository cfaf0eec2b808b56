//! The variables of the stack that are no attributes of the Deployment Configuration. `services.yml`
//! reads them.

/// A variable of the stack that is no attribute of the Deployment Configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackVariable {
    /// Its name.
    pub name: &'static str,
    /// What it is, in a line.
    pub description: &'static str,
    /// What the template holds: the default, or a placeholder in angle brackets.
    pub sample: &'static str,
    /// Where the template has it.
    pub section: Section,
    /// Whether `services.yml` has no default for it.
    pub is_required: bool,
}

/// A part of the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// What PostgreSQL and Redis are made with.
    Databases,
    /// What the containers are made from.
    Images,
    /// Folders, times and ports of this machine.
    Host,
    /// How the database is backed up, and where to.
    Backups,
    /// Who is told of what happens.
    Notifications,
}

impl Section {
    /// Its heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Databases => "The databases.",
            Self::Images => "Images.",
            Self::Host => "The host.",
            Self::Backups => "Backups. Without S3_BUCKET they are on this host alone.",
            Self::Notifications => {
                "Who is told of changes of the health and of deployments. Empty means nobody."
            }
        }
    }
}

macro_rules! stack {
    ($($section:ident { $($name:literal = $sample:literal $(($required:ident))?, $description:literal;)* })*) => {
        /// The variables of the stack beside the attributes, in the template's order.
        pub const STACK: &[StackVariable] = &[$($(
            StackVariable {
                name: $name,
                description: $description,
                sample: $sample,
                section: Section::$section,
                is_required: stack!(@ $($required)?),
            },
        )*)*];
    };
    (@ required) => { true };
    (@) => { false };
}

stack! {
    Databases {
        "POSTGRES_USER" = "toogoodtogo",
            "The database's owner; used when the database is first made.";
        "POSTGRES_DB" = "toogoodtogo",
            "The database's name; used when the database is first made.";
        "REDIS_PASSWORD" = "<redis password>" (required),
            "The password that Redis asks for, the same as in REDIS_URL.";
    }
    Images {
        "POSTGRES_IMAGE" = "postgres:16-alpine",
            "The server; a new major version needs a dump and a restore.";
        "REDIS_IMAGE" = "redis:8-alpine",
            "The cache.";
        "NGINX_IMAGE" = "nginx:1.28-alpine",
            "The edge, and the read-only view of the engine.";
        "PROMETHEUS_IMAGE" = "prom/prometheus:v3.5.0",
            "What scrapes and alerts, where the profile monitoring is started.";
        "RUST_IMAGE" = "rust:1.95-slim-trixie",
            "What builds our images; a server that pulls them never needs it.";
        "BOT_IMAGE" = "<registry/bot:v1.2.0>",
            "The application.";
        "BALLAST_REGISTRY" = "localhost/ballast",
            "Where preflight, sidecar and backup-job come from.";
        "BALLAST_TAG" = "0.1.0",
            "Which version of them.";
    }
    Host {
        "STATE_DIR" = "./deployment",
            "Where artifacts.json is kept.";
        "LOG_DIR" = "/var/log/toogoodtogo",
            "Where deployments.log is kept.";
        "BACKUP_DIR" = "/opt/backups/postgres",
            "Where backups are kept.";
        "DOCKER_SOCKET" = "/var/run/docker.sock",
            "The engine's socket; a rootless engine has another.";
        "HTTP_PORT" = "80",
            "The published port that redirects to HTTPS.";
        "HTTPS_PORT" = "443",
            "The published port of the webhook and /health.";
        "STATUS_PORT" = "8088",
            "The port of the status page and the metrics, on this host's loopback alone.";
        "PROMETHEUS_PORT" = "9090",
            "The port of Prometheus, on this host's loopback alone, where the profile monitoring is started.";
        "CA_FILE" = "",
            "A PEM file on this host with authorities of your own that servers are trusted by, beside the public ones; may be empty.";
        "HEALTHCHECK_INTERVAL" = "30s",
            "How often Docker asks each service for its health.";
        "HEALTHCHECK_START_PERIOD" = "60s",
            "How long a service may take to start before a failed check counts.";
        "ROLLOUT" = "start-first",
            "How deploy replaces the bot: start-first, the new one beside the old, or recreate, for an app that must not run twice.";
        "ARTIFACT_RETENTION_DAYS" = "30",
            "How many days deploy keeps releases and their images for a rollback; the one before the deployed one always stays.";
        "GATE_STABLE_SECONDS" = "15",
            "How long the stack must be healthy until a deployment has succeeded.";
        "GATE_DEADLINE_SECONDS" = "600",
            "How long a deployment may take until then. The pre-deployment backup counts: raise this for a big database.";
        "METRICS_INTERVAL_SECONDS" = "30",
            "How often each container's CPU and memory are measured.";
        "MAX_RESTARTS" = "5",
            "How many restarts of a container are too many.";
    }
    Backups {
        "BACKUP_SCHEDULE" = "0 3 * * *",
            "When the daily backup is made: a cron expression of five fields, in BACKUP_TIMEZONE.";
        "BACKUP_TIMEZONE" = "UTC",
            "The time zone of BACKUP_SCHEDULE, such as Europe/Berlin. What a change of the clocks skips or repeats comes once.";
        "BACKUP_JITTER_SECONDS" = "0",
            "A scheduled backup begins up to so much later, so that several hosts do not begin together: 3600 at most.";
        "BACKUP_MAX_AGE_HOURS" = "26",
            "How old the newest verified backup may be until `backup` is unhealthy and people are told: more than BACKUP_SCHEDULE's longest gap.";
        "BACKUP_TIMEOUT_SECONDS" = "3600",
            "How long a backup may take, its proof included.";
        "BACKUP_VERIFY" = "restore",
            "How each backup is proven: restore, into a throw-away PostgreSQL, or read, which only reads the file back.";
        "BACKUP_COMPRESSION_LEVEL" = "1",
            "How hard a backup is compressed, from 1 (fast) to 12 (small).";
        "BACKUP_AGE_RECIPIENT" = "",
            "Public keys of age, by commas, that backups are encrypted for: age1…, never the private key. May be empty.";
        "BACKUP_RETENTION_DAYS" = "7",
            "How many days a backup is kept at least; the newest verified one always is.";
        "BACKUP_KEEP_DAILY" = "0",
            "Of how many days the last backup is kept beyond that.";
        "BACKUP_KEEP_WEEKLY" = "0",
            "Of how many weeks.";
        "BACKUP_KEEP_MONTHLY" = "0",
            "Of how many months.";
        "S3_BUCKET" = "",
            "The bucket that verified backups are copied to, of S3 or what speaks like it; empty is none.";
        "S3_PREFIX" = "",
            "The folder in the bucket, such as ballast/production: one for each stack. May be empty.";
        "S3_REGION" = "",
            "The bucket's region; us-east-1 where it is empty.";
        "S3_ENDPOINT" = "",
            "The https address of a store that is not Amazon's; may be empty.";
        "S3_PATH_STYLE" = "true",
            "Whether the bucket stands in an address's path, as most stores take it, or in its host (false).";
        "S3_ACCESS_KEY_ID" = "",
            "The key that may read and write there; it needs no right to delete.";
        "S3_SECRET_ACCESS_KEY" = "",
            "Its secret.";
    }
    Notifications {
        "NOTIFY_AFTER_SECONDS" = "15",
            "How long the health must be bad until somebody is told.";
        "NOTIFY_SLACK_WEBHOOK_URL" = "",
            "A Slack-compatible incoming webhook.";
        "NOTIFY_WEBHOOK_URL" = "",
            "A webhook that takes JSON.";
        "NOTIFY_WEBHOOK_TOKEN" = "",
            "The bearer token that it asks for; may be empty.";
        "NOTIFY_TELEGRAM_BOT_TOKEN" = "",
            "The token of the Telegram bot that writes to the operators.";
        "NOTIFY_TELEGRAM_CHAT_ID" = "",
            "The chat that it writes to.";
        "NOTIFY_SMTP_URL" = "",
            "The mail server, as smtps://user:password@host or smtp://user:password@host for STARTTLS.";
        "NOTIFY_EMAIL_FROM" = "",
            "The sender of the mails.";
        "NOTIFY_EMAIL_TO" = "",
            "Their recipients, separated by commas.";
    }
}
