//! A good configuration, and faults that can be put into it.

/// Where the configuration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// In a file that `lint` reads.
    File,
    /// In the environment that `check` reads.
    Environment,
    /// In a file that Compose has read, and that `check` sees beside what Compose made of it.
    Both,
}

/// What is done to the configuration.
#[derive(Debug)]
pub(crate) enum Setting {
    /// The variable has this value.
    Value(&'static str),
    /// The variable is not set.
    Gone,
    /// The variable's line is this.
    Line(&'static str),
    /// This stands at the end of the file.
    More(&'static str),
}

use Setting::{Gone, Line, More, Value};

/// Something wrong.
#[derive(Debug)]
pub(crate) struct Fault {
    /// The variable that it is about.
    pub(crate) key: &'static str,
    pub(crate) setting: Setting,
    /// The codes that it must give, separated by blanks.
    codes: &'static str,
    /// Other variables whose values it would be read with.
    beside: &'static [&'static str],
}

impl Fault {
    /// What tells it from the others.
    pub(crate) fn name(&self) -> (&'static str, &'static str) {
        match self.setting {
            Value(text) | Line(text) | More(text) => (self.key, text),
            Gone => (self.key, "gone"),
        }
    }

    /// What no other fault may be about.
    pub(crate) fn touches(&self) -> impl Iterator<Item = &'static str> {
        let own = if let More(text) = self.setting { text } else { self.key };
        self.beside.iter().copied().chain([own])
    }

    /// Whether it can be had there.
    pub(crate) fn is_in(&self, form: Form) -> bool {
        let refused = ["PF100", "PF101", "PF103", "PF104", "PF105"];
        match form {
            Form::File => true,
            Form::Environment => self.is_attribute() && !matches!(self.setting, Line(_) | More(_)),
            // Compose has accepted the file.
            Form::Both => !refused.contains(&self.codes),
        }
    }

    /// `CODE KEY` of what must be found.
    pub(crate) fn findings(&self, form: Form) -> impl Iterator<Item = String> {
        let code = move |code| match (form, code) {
            // Compose hands on an empty value for one that is not set.
            (Form::Both, "PF001") if self.is_attribute() => Some("PF002"),
            // In a container, what has a default is no news.
            (Form::Both, "PF132") => None,
            (_, code) => Some(code),
        };
        self.codes.split(' ').filter_map(code).map(|code| format!("{code} {}", self.key))
    }

    fn is_attribute(&self) -> bool {
        GOOD[..ATTRIBUTES].iter().any(|(key, _)| *key == self.key)
    }
}

/// How many of [`GOOD`] are attributes.
pub(crate) const ATTRIBUTES: usize = 11;

/// What nothing is wrong with.
pub(crate) const GOOD: &[(&str, &str)] = &[
    ("ENVIRONMENT_NAME", "production"),
    ("TELEGRAM_BOT_TOKEN", "7123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"),
    ("TELEGRAM_WEBHOOK_URL", "https://bot.example.org/webhook/x"),
    ("DATABASE_URL", "postgresql://app:hunter2@postgres:5432/shop"),
    ("DATABASE_PASSWORD", "hunter2"),
    ("REDIS_URL", "redis://:hunter3@redis:6379/0"),
    ("STRIPE_API_KEY", "sk_live_abcdefghijklmnop"),
    ("LOG_LEVEL", "INFO"),
    ("ALLOWED_ORIGINS", "https://app.example.org"),
    ("MAX_WORKERS", "4"),
    ("DEPLOYMENT_TAG", "v1.2.3"),
    ("POSTGRES_USER", "app"),
    ("POSTGRES_DB", "shop"),
    ("REDIS_PASSWORD", "hunter3"),
    ("POSTGRES_IMAGE", "postgres:16-alpine"),
    ("REDIS_IMAGE", "redis:8-alpine"),
    ("NGINX_IMAGE", "nginx:1.28-alpine"),
    ("PROMETHEUS_IMAGE", "prom/prometheus:v3.5.0"),
    ("RUST_IMAGE", "rust:1.95-slim-trixie"),
    ("BOT_IMAGE", "registry.example.org/bot:v1.2.3"),
    ("BALLAST_REGISTRY", "localhost/ballast"),
    ("BALLAST_TAG", "0.1.0"),
    ("STATE_DIR", "./deployment"),
    ("LOG_DIR", "/var/log/toogoodtogo"),
    ("BACKUP_DIR", "/opt/backups/postgres"),
    ("DOCKER_SOCKET", "/var/run/docker.sock"),
    ("HTTP_PORT", "80"),
    ("HTTPS_PORT", "443"),
    ("STATUS_PORT", "8088"),
    ("PROMETHEUS_PORT", "9090"),
    ("CA_FILE", ""),
    ("HEALTHCHECK_INTERVAL", "30s"),
    ("HEALTHCHECK_START_PERIOD", "60s"),
    ("ROLLOUT", "start-first"),
    ("ARTIFACT_RETENTION_DAYS", "30"),
    ("GATE_STABLE_SECONDS", "15"),
    ("GATE_DEADLINE_SECONDS", "600"),
    ("METRICS_INTERVAL_SECONDS", "30"),
    ("MAX_RESTARTS", "5"),
    ("BACKUP_SCHEDULE", "0 3 * * *"),
    ("BACKUP_TIMEZONE", "UTC"),
    ("BACKUP_JITTER_SECONDS", "0"),
    ("BACKUP_MAX_AGE_HOURS", "26"),
    ("BACKUP_TIMEOUT_SECONDS", "3600"),
    ("BACKUP_VERIFY", "restore"),
    ("BACKUP_COMPRESSION_LEVEL", "1"),
    ("BACKUP_AGE_RECIPIENT", ""),
    ("BACKUP_RETENTION_DAYS", "7"),
    ("BACKUP_KEEP_DAILY", "0"),
    ("BACKUP_KEEP_WEEKLY", "0"),
    ("BACKUP_KEEP_MONTHLY", "0"),
    ("S3_BUCKET", "shop-backups"),
    ("S3_PREFIX", ""),
    ("S3_REGION", ""),
    ("S3_ENDPOINT", ""),
    ("S3_PATH_STYLE", "true"),
    ("S3_ACCESS_KEY_ID", "shopwriter"),
    ("S3_SECRET_ACCESS_KEY", "hunter4"),
    ("NOTIFY_AFTER_SECONDS", "15"),
    ("NOTIFY_SLACK_WEBHOOK_URL", ""),
    ("NOTIFY_WEBHOOK_URL", ""),
    ("NOTIFY_WEBHOOK_TOKEN", ""),
    ("NOTIFY_TELEGRAM_BOT_TOKEN", ""),
    ("NOTIFY_TELEGRAM_CHAT_ID", ""),
    ("NOTIFY_SMTP_URL", ""),
    ("NOTIFY_EMAIL_FROM", ""),
    ("NOTIFY_EMAIL_TO", ""),
];

const fn fault(key: &'static str, setting: Setting, codes: &'static str) -> Fault {
    Fault { key, setting, codes, beside: &[] }
}

const fn beside(fault: Fault, beside: &'static [&'static str]) -> Fault {
    Fault { beside, ..fault }
}

/// The sides of what is compared, so that no fault takes away what another is compared with.
const DATABASE: &[&str] = &["DATABASE_PASSWORD", "POSTGRES_USER", "POSTGRES_DB"];

/// Faults, each of one kind on one variable. Those of production need its name.
pub(crate) const FAULTS: &[Fault] = &[
    fault("TELEGRAM_BOT_TOKEN", Gone, "PF001"),
    fault("TELEGRAM_BOT_TOKEN", Value("123:short"), "PF030"),
    fault("TELEGRAM_BOT_TOKEN", Value("7123456789:BAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"), "PF031"),
    fault("TELEGRAM_BOT_TOKEN", Line("TELEGRAM_BOT_TOKEN='7123456789:A"), "PF103"),
    fault("TELEGRAM_WEBHOOK_URL", Value("http://bot.example.org:8080/x"), "PF032 PF033"),
    fault("TELEGRAM_WEBHOOK_URL", Value("https://localhost/x"), "PF034"),
    fault("TELEGRAM_WEBHOOK_URL", Value("https://10.0.0.1:81/x"), "PF033 PF035"),
    fault("TELEGRAM_WEBHOOK_URL", Line("TELEGRAM_WEBHOOK_URL=https://$DOMAIN/x"), "PF106"),
    beside(fault("DATABASE_URL", Gone, "PF001"), DATABASE),
    beside(fault("DATABASE_URL", Value("mysql://app@postgres/shop"), "PF040"), DATABASE),
    beside(
        fault(
            "DATABASE_URL",
            Value("postgres://@:0/?x=1"),
            "PF021 PF022 PF041 PF042 PF043 PF044 PF045",
        ),
        DATABASE,
    ),
    beside(fault("DATABASE_URL", Line("DATABASE_URL=\"postgresql://\"app"), "PF108"), DATABASE),
    fault("DATABASE_URL", Value("postgres://app:hunter2@postgres:5432/shop"), "PF041"),
    fault("DATABASE_PASSWORD", Value("hunter9"), "PF046"),
    fault("DATABASE_PASSWORD", Value(""), "PF002"),
    fault("DATABASE_PASSWORD", Value("changeme"), "PF003"),
    fault("DATABASE_PASSWORD", Line("DATABASE_PASSWORD=hun${ter2"), "PF104"),
    fault("DATABASE_PASSWORD", Line("DATABASE_PASSWORD=“hunter2”"), "PF115"),
    fault("DATABASE_PASSWORD", Line("DATABASE_PASSWRD=hunter2"), "PF130"),
    beside(fault("REDIS_URL", Value("redis://:%zz@redis/01"), "PF023 PF051"), &["REDIS_PASSWORD"]),
    beside(
        fault("REDIS_URL", Value("rediss://:hunter3@redis:6379/0#insecure"), "PF052"),
        &["REDIS_PASSWORD"],
    ),
    beside(
        fault("REDIS_URL", Line("REDIS URL=redis://:hunter3@redis:6379/0"), "PF101"),
        &["REDIS_PASSWORD"],
    ),
    fault("STRIPE_API_KEY", Value("sk_test_abcdefghijklmnop"), "PF062"),
    fault("STRIPE_API_KEY", Value("pk_live_abcdefghijklmnop"), "PF061"),
    fault("STRIPE_API_KEY", Value("<stripe secret key>"), "PF003"),
    fault("STRIPE_API_KEY", Line("STRIPE_API_KEY=# later"), "PF107"),
    fault("LOG_LEVEL", Value("DEBUG"), "PF070"),
    fault("LOG_LEVEL", Value("loud"), "PF011"),
    fault("LOG_LEVEL", Line("LOG*LEVEL=INFO"), "PF100"),
    fault("LOG_LEVEL", Line("LOG_LEVEL=INFO "), "PF112"),
    fault("LOG_LEVEL", Line("LOG_LEVEL=\" INFO\""), "PF011 PF113"),
    fault("ALLOWED_ORIGINS", Value("*"), "PF071"),
    fault("ALLOWED_ORIGINS", Value("app.example.org"), "PF013"),
    fault("ALLOWED_ORIGINS", Line("ALLOWED_ORIGINS= # none"), "PF107"),
    fault("MAX_WORKERS", Gone, "PF001"),
    fault("MAX_WORKERS", Value("many"), "PF012"),
    fault("MAX_WORKERS", Line("MAX_WORKERS"), "PF001 PF116"),
    fault("MAX_WORKERS", Line("MAX_WORKERS: 4"), "PF118"),
    fault("MAX_WORKERS", Line("max-workers=4"), "PF130"),
    fault("MAX_WORKERS", Line("MAX_WORKERS=4\nMAX_WORKERS=8"), "PF109"),
    fault("DEPLOYMENT_TAG", Value("latest"), "PF014"),
    fault("DEPLOYMENT_TAG", Value("v1.2.3+build"), "PF015"),
    fault("DEPLOYMENT_TAG", Line("DEPLOYMENT_TAG=${TAG:?}"), "PF105"),
    fault("POSTGRES_USER", Value("other"), "PF140"),
    fault("POSTGRES_DB", Value("other"), "PF141"),
    fault("REDIS_PASSWORD", Value("other"), "PF142"),
    fault("REDIS_PASSWORD", Gone, "PF001"),
    fault("REDIS_PASSWORD", Line("REDIS_PASSWD=hunter3"), "PF130"),
    fault("REDIS_PASSWORD", Line("REDIS_PASSWORD=$x"), "PF106"),
    fault("BOT_IMAGE", Value("<registry/bot:v1.2.0>"), "PF003"),
    fault("POSTGRES_IMAGE", Gone, "PF132"),
    fault("REDIS_IMAGE", Line("REDIS_IMAGE='redis'8"), "PF108"),
    fault("NGINX_IMAGE", Line("NGINX_IMAGE=nginx\t"), "PF112"),
    fault("RUST_IMAGE", Gone, "PF132"),
    fault("BALLAST_REGISTRY", Line("BALLAST_REGISTRY=' localhost'"), "PF113"),
    fault("BALLAST_TAG", Line("BALLAST_TAG"), "PF116"),
    fault("STATE_DIR", Line("STATE_DIR=$BALLAST_HOME/state"), "PF106"),
    fault("LOG_DIR", Line("LOG_DIR=\"/var/log \""), "PF113"),
    fault("BACKUP_DIR", Line("BACKUP_DIR: /srv"), "PF118"),
    fault("BACKUP_RETENTION_DAYS", Line("BACKUP_RETENTION_DAYS=$DAYS"), "PF106"),
    fault("BACKUP_SCHEDULE", Line("BACKUP SCHEDULE=0 3 * * *"), "PF101"),
    fault("BACKUP_AGE_RECIPIENT", Value("AGE-SECRET-KEY-1FAKE"), "PF143"),
    fault("S3_ACCESS_KEY_ID", Value(""), "PF144"),
    fault("S3_BUCKET", Value(""), "PF144"),
    fault("HTTP_PORT", Line("HTTP_PORT=80\nHTTP_PORT=81"), "PF109"),
    fault("HTTPS_PORT", Gone, "PF132"),
    fault("DOCKER_SOCKET", Line("DOCKER_SOCKET=‘/run/docker.sock’"), "PF115"),
    fault("ENV_FILE", More("SMTP_HOST=mail\n"), "PF131"),
    fault("ENV_FILE", More("a sentence\n"), "PF101"),
    fault("ENV_FILE", More("=nothing\n"), "PF117"),
    fault("ENV_FILE", More("%\n"), "PF100"),
];
