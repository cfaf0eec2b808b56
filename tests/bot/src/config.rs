//! The bot's variables, and what they are parsed into.

use std::net::SocketAddr;
use std::time::Duration;

use platform::env::{Env, Fields, Problems, Variable, parse, resolve};
use platform::shutdown::SHUTDOWN_GRACE_SECONDS;
use secrecy::SecretString;

use crate::faults::Faults;

/// The secret part of the webhook's path.
pub const TELEGRAM_BOT_TOKEN: Variable =
    Variable::secret("TELEGRAM_BOT_TOKEN", "Telegram's token of the bot, part of its path.");
/// Where updates are stored.
pub const DATABASE_URL: Variable =
    Variable::secret("DATABASE_URL", "The PostgreSQL that keeps the updates.");
/// Where updates are counted.
pub const REDIS_URL: Variable = Variable::secret("REDIS_URL", "The Redis that counts the updates.");
/// The version that health reports.
pub const DEPLOYMENT_TAG: Variable =
    Variable::plain("DEPLOYMENT_TAG", "The version that /health reports.");
/// Where to listen.
pub const LISTEN_ADDR: Variable =
    Variable::plain("LISTEN_ADDR", "The address to listen on.").with_default("0.0.0.0:8080");
/// See [`Faults::start_delay`].
pub const BOT_START_DELAY_SECONDS: Variable =
    Variable::plain("BOT_START_DELAY_SECONDS", "Fault: start so slowly.").with_default("0");
/// See [`Faults::unhealthy`].
pub const BOT_UNHEALTHY: Variable =
    Variable::plain("BOT_UNHEALTHY", "Fault: 1 is never healthy.").with_default("0");
/// See [`Faults::flapping`].
pub const BOT_FLAPPING: Variable = Variable::plain(
    "BOT_FLAPPING",
    "Fault: 1 fails every other health check from within the container.",
)
.with_default("0");
/// See [`Faults::crash_after`].
pub const BOT_CRASH_AFTER_SECONDS: Variable =
    Variable::plain("BOT_CRASH_AFTER_SECONDS", "Fault: crash after so long.");
/// See [`Faults::wedge_after`].
pub const BOT_WEDGE_AFTER_SECONDS: Variable =
    Variable::plain("BOT_WEDGE_AFTER_SECONDS", "Fault: stop answering after so long.");
/// See [`Faults::allow_wedge`].
pub const BOT_ALLOW_WEDGE: Variable =
    Variable::plain("BOT_ALLOW_WEDGE", "Fault: 1 lets POST /wedge stop it answering.")
        .with_default("0");

/// All of them.
pub const VARIABLES: &[Variable] = &[
    TELEGRAM_BOT_TOKEN,
    DATABASE_URL,
    REDIS_URL,
    DEPLOYMENT_TAG,
    LISTEN_ADDR,
    platform::telemetry::LOG_LEVEL,
    platform::telemetry::LOG_FORMAT,
    SHUTDOWN_GRACE_SECONDS,
    BOT_START_DELAY_SECONDS,
    BOT_UNHEALTHY,
    BOT_FLAPPING,
    BOT_CRASH_AFTER_SECONDS,
    BOT_WEDGE_AFTER_SECONDS,
    BOT_ALLOW_WEDGE,
];

/// Everything that the bot is told. No `Debug`: the clients hold passwords.
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The secret part of the webhook's path.
    pub token: SecretString,
    /// Where updates are stored.
    pub database: tokio_postgres::Config,
    /// Where updates are counted.
    pub redis: redis::Client,
    /// The version that health reports.
    pub version: Option<String>,
    /// How long requests in flight may take after SIGTERM.
    pub shutdown_grace: Duration,
    /// What is to go wrong.
    pub faults: Faults,
}

#[derive(serde::Deserialize)]
struct Raw {
    telegram_bot_token: Option<String>,
    database_url: Option<String>,
    redis_url: Option<String>,
    deployment_tag: Option<String>,
    listen_addr: Option<String>,
    shutdown_grace_seconds: Option<String>,
    bot_start_delay_seconds: Option<String>,
    bot_unhealthy: Option<String>,
    bot_flapping: Option<String>,
    bot_crash_after_seconds: Option<String>,
    bot_wedge_after_seconds: Option<String>,
    bot_allow_wedge: Option<String>,
}

impl Config {
    /// Reads the variables.
    ///
    /// # Errors
    /// Every problem at once, by name.
    pub fn read(environment: &impl Env) -> Result<Self, Problems> {
        let resolved = resolve(VARIABLES, environment);
        let raw: Raw = resolved.deserialize()?;
        let mut fields = Fields::new(resolved);
        let token = fields.required(&TELEGRAM_BOT_TOKEN, raw.telegram_bot_token, parse::secret);
        let database = fields.required(&DATABASE_URL, raw.database_url, database);
        let redis = fields.required(&REDIS_URL, raw.redis_url, redis);
        let version = fields.optional(&DEPLOYMENT_TAG, raw.deployment_tag, parse::text);
        let listen = fields.required(&LISTEN_ADDR, raw.listen_addr, parse::socket_address);
        let grace = fields.required(
            &SHUTDOWN_GRACE_SECONDS,
            raw.shutdown_grace_seconds,
            parse::seconds(0..=300),
        );
        let start_delay = fields.required(
            &BOT_START_DELAY_SECONDS,
            raw.bot_start_delay_seconds,
            parse::seconds(0..=3600),
        );
        let unhealthy = fields.required(&BOT_UNHEALTHY, raw.bot_unhealthy, switch);
        let flapping = fields.required(&BOT_FLAPPING, raw.bot_flapping, switch);
        let crash_after = fields.optional(
            &BOT_CRASH_AFTER_SECONDS,
            raw.bot_crash_after_seconds,
            parse::seconds(0..=3600),
        );
        let wedge_after = fields.optional(
            &BOT_WEDGE_AFTER_SECONDS,
            raw.bot_wedge_after_seconds,
            parse::seconds(0..=3600),
        );
        let allow_wedge = fields.required(&BOT_ALLOW_WEDGE, raw.bot_allow_wedge, switch);
        fields.finish(|| {
            Some(Self {
                listen: listen?,
                token: token?,
                database: database?,
                redis: redis?,
                version: version?,
                shutdown_grace: grace?,
                faults: Faults {
                    start_delay: start_delay?,
                    unhealthy: unhealthy?,
                    flapping: flapping?,
                    crash_after: crash_after?,
                    wedge_after: wedge_after?,
                    allow_wedge: allow_wedge?,
                },
            })
        })
    }
}

/// The driver's message quotes the string, so it ends here.
fn database(text: &str) -> Result<tokio_postgres::Config, parse::Expected> {
    text.parse().map_err(|_| parse::Expected::new("a PostgreSQL connection string"))
}

#[expect(clippy::disallowed_methods, reason = "the app that we stand in for is not ours")]
fn redis(text: &str) -> Result<redis::Client, parse::Expected> {
    redis::Client::open(text).map_err(|_| parse::Expected::new("a Redis connection string"))
}

fn switch(text: &str) -> Result<bool, parse::Expected> {
    parse::one_of(&[("0", false), ("1", true)])(text)
}

#[cfg(test)]
mod tests {
    use platform::env::MapEnv;

    use super::*;

    fn good() -> MapEnv {
        MapEnv::from([
            ("TELEGRAM_BOT_TOKEN", "1:abc"),
            ("DATABASE_URL", "postgresql://u:p@h/d"),
            ("REDIS_URL", "redis://h/0"),
        ])
    }

    #[test]
    fn nothing_goes_wrong_unless_it_is_told_to() {
        let config = Config::read(&good()).map_err(|problems| problems.to_string()).unwrap();
        assert_eq!(config.listen.port(), 8080);
        assert!(!config.faults.unhealthy && !config.faults.allow_wedge);
        assert_eq!(config.faults.start_delay, Duration::ZERO);
        assert!(config.faults.crash_after.is_none() && config.faults.wedge_after.is_none());
    }

    #[test]
    fn every_mistake_is_named_and_no_value_shown() {
        let environment = good()
            .without("TELEGRAM_BOT_TOKEN")
            .with("DATABASE_URL", "mysql://root:hunter22@h")
            .with("REDIS_URL", "redis:hunter22")
            .with("BOT_UNHEALTHY", "hunter22");
        let problems = Config::read(&environment).err().unwrap().to_string();
        for name in ["TELEGRAM_BOT_TOKEN", "DATABASE_URL", "REDIS_URL", "BOT_UNHEALTHY"] {
            assert!(problems.contains(name), "{problems}");
        }
        assert!(!problems.contains("hunter22"), "{problems}");
    }
}
