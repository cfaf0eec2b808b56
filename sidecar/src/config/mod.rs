//! What the sidecar is told. Only this module reads the environment.

mod notifying;
pub mod variables;
mod watching;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use domain::configuration::{PostgresUrl, RedisUrl};
use domain::gate::Gate;
use domain::stability::Thresholds;
use platform::env::parse::{self, Expected};
use platform::env::{Env, Fields, Mistake, Problems, resolve};
use platform::http::Url;
use platform::shutdown::SHUTDOWN_GRACE_SECONDS;
use platform::tls::Trust;

use variables::{
    BACKUP_DIR, BACKUP_MAX_AGE_HOURS, BOT_HEALTH_URL, CHECK_TIMEOUT_SECONDS, DATABASE_URL,
    DEPLOYMENT_TAG, ENGINE_URL, FALL, GATE_DEADLINE_SECONDS, GATE_STABLE_SECONDS,
    HEALTH_INTERVAL_SECONDS, HOSTNAME, LISTEN_ADDR, LOG_DIR, LOGIN_INTERVAL_SECONDS, REDIS_URL,
    RISE, SERVICE_NAME, STATE_DIR, VARIABLES,
};

use notifying::RawNotifying;
pub use notifying::{Notifying, Trial};
use watching::RawWatching;
pub use watching::Watching;

/// Everything that the sidecar is told.
#[derive(Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Whose health it is.
    pub service_name: String,
    /// The version that is told.
    pub version: Option<String>,
    /// What is asked, and how.
    pub probing: Probing,
    /// How deployment events are concluded.
    pub conclusion: Conclusion,
    /// How the containers of the stack are watched.
    pub watching: Watching,
    /// Who is told.
    pub notifying: Notifying,
    /// How old the newest verified backup may be.
    pub backup_max_age: Duration,
    /// How long work in flight may take to end.
    pub shutdown_grace: Duration,
}

/// What is asked, and how.
#[derive(Debug)]
pub struct Probing {
    /// The PostgreSQL that is watched.
    pub postgres: PostgresUrl,
    /// The Redis that is watched.
    pub redis: RedisUrl,
    /// Whom to trust with them.
    pub trust: Trust,
    /// The service itself.
    pub bot: Option<Url>,
    /// How often.
    pub interval: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
    /// How often PostgreSQL and Redis are logged in to anew.
    pub login_interval: Duration,
    /// When a check flips.
    pub thresholds: Thresholds,
}

/// How deployment events are concluded.
#[derive(Debug)]
pub struct Conclusion {
    /// When an event has succeeded or failed.
    pub gate: Gate,
    /// The Docker engine.
    pub engine: Option<Url>,
    /// The sidecar's own container.
    pub own_container: Option<String>,
    /// The folder of `artifacts.json`.
    pub state_dir: PathBuf,
    /// The folder of `deployments.log`.
    pub log_dir: PathBuf,
    /// The folder of `backup_index.json`.
    pub backup_dir: PathBuf,
}

#[derive(serde::Deserialize)]
struct Raw {
    listen_addr: Option<String>,
    service_name: Option<String>,
    deployment_tag: Option<String>,
    backup_max_age_hours: Option<String>,
    shutdown_grace_seconds: Option<String>,
    #[serde(flatten)]
    probing: RawProbing,
    #[serde(flatten)]
    conclusion: RawConclusion,
    #[serde(flatten)]
    watching: RawWatching,
    #[serde(flatten)]
    notifying: RawNotifying,
}

#[derive(serde::Deserialize)]
struct RawProbing {
    database_url: Option<String>,
    redis_url: Option<String>,
    ca_file: Option<String>,
    bot_health_url: Option<String>,
    health_interval_seconds: Option<String>,
    check_timeout_seconds: Option<String>,
    login_interval_seconds: Option<String>,
    fall: Option<String>,
    rise: Option<String>,
}

#[derive(serde::Deserialize)]
struct RawConclusion {
    gate_stable_seconds: Option<String>,
    gate_deadline_seconds: Option<String>,
    engine_url: Option<String>,
    hostname: Option<String>,
    state_dir: Option<String>,
    log_dir: Option<String>,
    backup_dir: Option<String>,
}

impl Config {
    /// Reads the variables.
    ///
    /// # Errors
    /// Every problem at once, by name.
    pub fn from_env(env: &impl Env) -> Result<Self, Problems> {
        let resolved = resolve(VARIABLES, env);
        let raw: Raw = resolved.deserialize()?;
        let mut fields = Fields::new(resolved);
        let listen = fields.required(&LISTEN_ADDR, raw.listen_addr, parse::socket_address);
        let service_name = fields.required(&SERVICE_NAME, raw.service_name, service_name);
        let version = fields.optional(&DEPLOYMENT_TAG, raw.deployment_tag, parse::text);
        let probing = raw.probing.parse(&mut fields);
        let conclusion = raw.conclusion.parse(&mut fields);
        let watching = raw.watching.parse(conclusion.as_ref(), &mut fields);
        let trust = probing.as_ref().map(|probing| &probing.trust);
        let state_dir = conclusion.as_ref().map(|conclusion| conclusion.state_dir.as_path());
        let notifying = raw.notifying.parse(trust, state_dir, &mut fields);
        let max_age = raw.backup_max_age_hours;
        let max_age = fields.required(&BACKUP_MAX_AGE_HOURS, max_age, parse::whole(1..=8760_u64));
        let grace = raw.shutdown_grace_seconds;
        let grace = fields.required(&SHUTDOWN_GRACE_SECONDS, grace, parse::seconds(0..=300));
        fields.finish(|| {
            Some(Self {
                listen: listen?,
                service_name: service_name?,
                version: version?,
                probing: probing?,
                conclusion: conclusion?,
                watching: watching?,
                notifying: notifying?,
                backup_max_age: Duration::from_hours(max_age?),
                shutdown_grace: grace?,
            })
        })
    }
}

impl RawProbing {
    fn parse(self, fields: &mut Fields) -> Option<Probing> {
        let postgres = fields.required(&DATABASE_URL, self.database_url, postgres_url);
        let redis = fields.required(&REDIS_URL, self.redis_url, redis_url);
        let trust = Trust::given(self.ca_file, fields);
        let bot = fields.optional(&BOT_HEALTH_URL, self.bot_health_url, parse::http_url);
        let interval = self.health_interval_seconds;
        let interval = fields.required(&HEALTH_INTERVAL_SECONDS, interval, parse::seconds(1..=300));
        let timeout = self.check_timeout_seconds;
        let timeout = fields.required(&CHECK_TIMEOUT_SECONDS, timeout, parse::seconds(1..=60));
        let login = self.login_interval_seconds;
        let login = fields.required(&LOGIN_INTERVAL_SECONDS, login, parse::seconds(5..=3600));
        let fall = fields.required(&FALL, self.fall, count);
        let rise = fields.required(&RISE, self.rise, count);
        Some(Probing {
            postgres: postgres?,
            redis: redis?,
            trust: trust?,
            bot: bot?,
            interval: interval?,
            timeout: timeout?,
            login_interval: login?,
            thresholds: Thresholds { fall: fall?, rise: rise? },
        })
    }
}

impl RawConclusion {
    fn parse(self, fields: &mut Fields) -> Option<Conclusion> {
        let stable = self.gate_stable_seconds;
        let stable = fields.required(&GATE_STABLE_SECONDS, stable, parse::seconds(1..=3600));
        let deadline = self.gate_deadline_seconds;
        let deadline = fields.required(&GATE_DEADLINE_SECONDS, deadline, parse::seconds(1..=86400));
        if stable.zip(deadline).is_some_and(|(stable, deadline)| stable >= deadline) {
            let more = Mistake::Expected(Expected::new("more than GATE_STABLE_SECONDS"));
            fields.note(&GATE_DEADLINE_SECONDS, more);
        }
        let engine = fields.optional(&ENGINE_URL, self.engine_url, parse::http_url);
        let own_container = fields.optional(&HOSTNAME, self.hostname, parse::text);
        let state_dir = fields.required(&STATE_DIR, self.state_dir, parse::path);
        let log_dir = fields.required(&LOG_DIR, self.log_dir, parse::path);
        let backup_dir = fields.required(&BACKUP_DIR, self.backup_dir, parse::path);
        Some(Conclusion {
            gate: Gate { stable_for: stable?, deadline: deadline? },
            engine: engine?,
            own_container: own_container?,
            state_dir: state_dir?,
            log_dir: log_dir?,
            backup_dir: backup_dir?,
        })
    }
}

fn postgres_url(text: &str) -> Result<PostgresUrl, Expected> {
    let expected = "postgresql://user:password@host/database, as preflight checks it";
    PostgresUrl::parse(text).map_err(|_| Expected::new(expected))
}

fn redis_url(text: &str) -> Result<RedisUrl, Expected> {
    let expected = "redis://:password@host, as preflight checks it";
    RedisUrl::parse(text).map_err(|_| Expected::new(expected))
}

fn service_name(text: &str) -> Result<String, Expected> {
    // It becomes part of a question to the engine, and Compose allows no other characters.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let fits = text.chars().all(plain);
    fits.then(|| text.to_owned()).ok_or(Expected::new("the name of a Compose service"))
}

fn count(text: &str) -> Result<NonZeroU32, Expected> {
    let count = parse::whole(1..=100_u32)(text)?;
    NonZeroU32::new(count).ok_or(Expected::new("a whole number from 1 to 100"))
}

#[cfg(test)]
mod tests {
    use platform::env::MapEnv;

    use super::*;

    fn env() -> MapEnv {
        MapEnv::from([
            ("DATABASE_URL", "postgresql://u:s3cret@db/app"),
            ("REDIS_URL", "redis://:s3cret@cache"),
        ])
    }

    #[test]
    fn the_defaults_are_the_contracts() {
        let config = Config::from_env(&env()).unwrap();
        assert_eq!(config.listen.to_string(), "0.0.0.0:8080");
        assert_eq!((config.service_name.as_str(), config.version), ("bot", None));
        let Probing { bot, interval, timeout, thresholds, .. } = config.probing;
        assert!(bot.is_none());
        assert_eq!((interval.as_secs(), timeout.as_secs()), (5, 2));
        assert_eq!((thresholds.fall.get(), thresholds.rise.get()), (2, 1));
        let gate = config.conclusion.gate;
        assert_eq!((gate.stable_for.as_secs(), gate.deadline.as_secs()), (15, 600));
    }

    #[test]
    fn every_mistake_is_told_at_once_by_name_and_never_by_value() {
        let env = MapEnv::from([
            ("LISTEN_ADDR", "s3cret"),
            ("DATABASE_URL", "mysql://s3cret"),
            ("REDIS_URL_FILE", "/s3cret/nowhere"),
            ("BOT_HEALTH_URL", "https://s3cret"),
            ("ENGINE_URL", "s3cret"),
            ("SERVICE_NAME", "s3cret\"}"),
            ("HEALTH_INTERVAL_SECONDS", "0"),
            ("FALL", "-1"),
            ("STATE_DIR", "s3cret"),
            ("LOG_DIR", ""),
            ("GATE_STABLE_SECONDS", "60"),
            ("GATE_DEADLINE_SECONDS", "60"),
        ]);
        let problems = Config::from_env(&env).unwrap_err();
        assert_eq!(problems.0.len(), 11, "{problems}");
        assert!(!problems.to_string().contains("s3cret"), "{problems}");
    }

    #[test]
    fn no_secret_is_in_the_debug_form() {
        let shown = format!("{:?}", Config::from_env(&env()).unwrap());
        assert!(!shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn every_variable_is_listed_once() {
        let mut names: Vec<_> = VARIABLES.iter().map(|variable| variable.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    }
}
