//! Deployment Configuration: the eleven attributes that the stack needs to run in production, read
//! whole, with every violation told at once and no value in any of them.

mod attribute;
mod authority;
mod hidden;
mod host;
mod origin;
mod placeholder;
mod postgres_url;
mod reading;
mod redis_url;
mod rule;
mod scalar;
mod stripe;
mod telegram;

use secrecy::{ExposeSecret, SecretString};

pub use attribute::Attribute;
pub use host::{is_public_address, is_service};
pub use origin::Origin;
pub use postgres_url::{ChannelBinding, PostgresUrl, SslMode, SslRoots};
pub use redis_url::RedisUrl;
pub use rule::{Rule, Severity};
pub use scalar::{EnvironmentName, LogLevel, MaxWorkers};
pub use stripe::StripeApiKey;
pub use telegram::{TelegramBotToken, TelegramWebhookUrl};

use crate::version::DeploymentTag;
use hidden::hidden;
use reading::Reading;

hidden!(DeploymentConfiguration);

/// Everything that the stack needs to know to run, with all attributes of the entity.
pub struct DeploymentConfiguration {
    /// Environment identifier.
    pub environment_name: EnvironmentName,
    /// Telegram bot authentication token.
    pub telegram_bot_token: TelegramBotToken,
    /// HTTPS endpoint for Telegram's callbacks.
    pub telegram_webhook_url: TelegramWebhookUrl,
    /// PostgreSQL connection string.
    pub database_url: PostgresUrl,
    /// PostgreSQL password.
    pub database_password: SecretString,
    /// Redis connection string.
    pub redis_url: RedisUrl,
    /// Payment provider API key.
    pub stripe_api_key: StripeApiKey,
    /// Logging verbosity.
    pub log_level: LogLevel,
    /// CORS allowed origins; empty when there are none.
    pub allowed_origins: Vec<Origin>,
    /// Number of workers.
    pub max_workers: MaxWorkers,
    /// Deployed version.
    pub deployment_tag: DeploymentTag,
}

/// A rule that an attribute breaks. It names the attribute and the rule, never the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Violation {
    /// The attribute.
    pub attribute: Attribute,
    /// The rule.
    pub rule: Rule,
}

/// The outcome of reading a configuration.
///
/// What can be read of it is given even where another attribute is wrong, so that it can be compared
/// with what stands elsewhere. Such a part may itself break a rule that is no matter of its form: ask
/// `violations` before anything is done with it.
#[derive(Debug)]
pub struct Verdict {
    /// The configuration, when no violation is an error.
    pub configuration: Option<DeploymentConfiguration>,
    /// Every violation, warnings included, in the order of the attributes.
    pub violations: Vec<Violation>,
    /// Whether this is production, or may be: so it is where the environment's name can't be read.
    pub is_production: bool,
    /// The deployed version, when it can be read.
    pub deployment_tag: Option<DeploymentTag>,
    /// Where Telegram posts, when it can be read.
    pub telegram_webhook_url: Option<TelegramWebhookUrl>,
    /// The PostgreSQL connection string, when it can be read.
    pub database_url: Option<PostgresUrl>,
    /// The Redis connection string, when it can be read.
    pub redis_url: Option<RedisUrl>,
}

/// Whether a value stands for "fill me in", as a whole: `changeme`, `xxx`, `<…>`.
#[must_use]
pub fn is_placeholder(text: &str) -> bool {
    placeholder::is_whole(text)
}

/// The same of a whole password, which no word of documentation may be: `password`, `test`.
#[must_use]
pub fn is_placeholder_password(text: &str) -> bool {
    placeholder::is_password(text)
}

/// Reads all attributes from `lookup` (`None`: unset) and judges them, each for itself and then
/// across each other. What only follows from a placeholder is not told beside it.
pub fn judge(lookup: impl Fn(Attribute) -> Option<SecretString>) -> Verdict {
    let mut reading = Reading { lookup: &lookup, violations: Vec::new() };
    let environment_name =
        reading.required(Attribute::EnvironmentName, |text| EnvironmentName::parse(text).into());
    // Where the name can't be read, this may be production.
    let holds = environment_name.as_ref().is_none_or(EnvironmentName::is_production);
    let token = reading.required(Attribute::TelegramBotToken, TelegramBotToken::read);
    let webhook = reading
        .required(Attribute::TelegramWebhookUrl, |text| TelegramWebhookUrl::read(text, holds));
    let mut in_url = None;
    let database_url = reading.required(Attribute::DatabaseUrl, |text| {
        let (read, password) = PostgresUrl::read(text, holds);
        in_url = password;
        read
    });
    let database_password = reading.required(Attribute::DatabasePassword, |text| {
        let stands_in = placeholder::is_password(text);
        if stands_in { Err(vec![Rule::Placeholder]) } else { Ok(text.into()) }.into()
    });
    let redis_url = reading.required(Attribute::RedisUrl, |text| RedisUrl::read(text, holds));
    let stripe_api_key =
        reading.required(Attribute::StripeApiKey, |text| StripeApiKey::read(text, holds));
    let log_level = reading.required(Attribute::LogLevel, |text| LogLevel::read(text, holds));
    let allowed_origins =
        reading.optional(Attribute::AllowedOrigins, |text| Origin::read(text, holds));
    let max_workers =
        reading.required(Attribute::MaxWorkers, |text| MaxWorkers::parse(text).into());
    let deployment_tag = reading.required(Attribute::DeploymentTag, scalar::read_tag);

    if let (Some(in_url), Some(password)) = (&in_url, &database_password)
        && in_url.expose_secret() != SecretString::expose_secret(password)
        && !placeholder::is_password(in_url.expose_secret())
    {
        reading.violate(Attribute::DatabasePassword, [Rule::PasswordsDiffer]);
    }
    let mut violations = reading.violations;
    violations.sort_unstable();
    violations.dedup();
    let wrong = violations.iter().any(|found| found.rule.severity() == Severity::Error);
    let parts = (deployment_tag.clone(), webhook.clone(), database_url.clone(), redis_url.clone());
    let read = || {
        Some(DeploymentConfiguration {
            environment_name: environment_name?,
            telegram_bot_token: token?,
            telegram_webhook_url: webhook?,
            database_url: database_url?,
            database_password: database_password?,
            redis_url: redis_url?,
            stripe_api_key: stripe_api_key?,
            log_level: log_level?,
            allowed_origins: allowed_origins?,
            max_workers: max_workers?,
            deployment_tag: deployment_tag?,
        })
    };
    let configuration = if wrong { None } else { read() };
    let (deployment_tag, telegram_webhook_url, database_url, redis_url) = parts;
    Verdict {
        configuration,
        violations,
        is_production: holds,
        deployment_tag,
        telegram_webhook_url,
        database_url,
        redis_url,
    }
}

/// The rules in their order, without those that have been there before.
fn each_once(rules: Vec<Rule>) -> Vec<Rule> {
    let mut seen = Vec::new();
    for rule in rules {
        if !seen.contains(&rule) {
            seen.push(rule);
        }
    }
    seen
}
