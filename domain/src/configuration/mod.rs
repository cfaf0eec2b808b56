//! Deployment Configuration: the eleven attributes that the stack needs to run in production, read
//! whole, with every violation told at once and no value in any of them.

mod attribute;
mod authority;
mod origin;
mod postgres_url;
mod redis_url;
mod rule;
mod scalar;
mod stripe;
mod telegram;

use secrecy::{ExposeSecret, SecretString};

pub use attribute::Attribute;
pub use origin::Origin;
pub use postgres_url::{PostgresUrl, SslMode};
pub use redis_url::RedisUrl;
pub use rule::{Rule, Severity};
pub use scalar::{EnvironmentName, LogLevel, MaxWorkers};
pub use stripe::StripeApiKey;
pub use telegram::{TelegramBotToken, TelegramWebhookUrl};

use crate::version::DeploymentTag;

/// Everything that the stack needs to know to run, with all attributes of the entity.
#[derive(Debug)]
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

impl Verdict {
    /// Whether an error was found in `attribute`.
    #[must_use]
    pub fn has_error(&self, attribute: Attribute) -> bool {
        let wrong = |found: &Violation| {
            found.attribute == attribute && found.rule.severity() == Severity::Error
        };
        self.violations.iter().any(wrong)
    }
}

/// Reads all attributes from `lookup` (`None`: unset) and judges them, each for itself and then
/// across each other.
pub fn judge(lookup: impl Fn(Attribute) -> Option<SecretString>) -> Verdict {
    let mut reading = Reading { lookup: &lookup, violations: Vec::new() };
    let environment_name =
        reading.required(Attribute::EnvironmentName, EnvironmentName::parse, |_| vec![]);
    let token = reading.required(
        Attribute::TelegramBotToken,
        TelegramBotToken::parse,
        TelegramBotToken::warnings,
    );
    let webhook =
        reading.required(Attribute::TelegramWebhookUrl, TelegramWebhookUrl::parse, |_| vec![]);
    let database_url =
        reading.required(Attribute::DatabaseUrl, PostgresUrl::parse, PostgresUrl::warnings);
    let database_password =
        reading.required(Attribute::DatabasePassword, |text| Ok(text.into()), |_| vec![]);
    let redis_url = reading.required(Attribute::RedisUrl, RedisUrl::parse, |_| vec![]);
    let stripe_api_key = reading.required(Attribute::StripeApiKey, StripeApiKey::parse, |_| vec![]);
    let log_level = reading.required(Attribute::LogLevel, LogLevel::parse, |_| vec![]);
    let allowed_origins = reading.optional(Attribute::AllowedOrigins, Origin::parse_list);
    let max_workers = reading.required(Attribute::MaxWorkers, MaxWorkers::parse, |_| vec![]);
    let deployment_tag =
        reading.required(Attribute::DeploymentTag, scalar::deployment_tag, scalar::tag_warnings);

    if let (Some(url), Some(password)) = (&database_url, &database_password)
        && url.password.expose_secret() != SecretString::expose_secret(password)
    {
        reading.violate(Attribute::DatabasePassword, [Rule::PasswordsDiffer]);
    }
    if environment_name.as_ref().is_some_and(EnvironmentName::is_production) {
        let found = [
            (
                Attribute::TelegramWebhookUrl,
                webhook.as_ref().and_then(TelegramWebhookUrl::in_production),
            ),
            (
                Attribute::StripeApiKey,
                stripe_api_key.as_ref().and_then(StripeApiKey::in_production),
            ),
            (Attribute::LogLevel, log_level.and_then(LogLevel::in_production)),
            (Attribute::AllowedOrigins, allowed_origins.as_deref().and_then(Origin::in_production)),
        ];
        for (attribute, rule) in found {
            reading.violate(attribute, rule);
        }
    }
    let mut violations = reading.violations;
    violations.sort_unstable();
    let wrong = violations.iter().any(|found| found.rule.severity() == Severity::Error);
    let is_production = environment_name.as_ref().is_none_or(EnvironmentName::is_production);
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
        is_production,
        deployment_tag,
        telegram_webhook_url,
        database_url,
        redis_url,
    }
}

struct Reading<'a> {
    lookup: &'a dyn Fn(Attribute) -> Option<SecretString>,
    violations: Vec<Violation>,
}

impl Reading<'_> {
    fn violate(&mut self, attribute: Attribute, rules: impl IntoIterator<Item = Rule>) {
        self.violations.extend(rules.into_iter().map(|rule| Violation { attribute, rule }));
    }

    /// An attribute that must be there, parsed; its violations are noted.
    fn required<T>(
        &mut self,
        attribute: Attribute,
        parse: impl FnOnce(&str) -> Result<T, Vec<Rule>>,
        warnings: impl FnOnce(&T) -> Vec<Rule>,
    ) -> Option<T> {
        let Some(value) = (self.lookup)(attribute) else {
            self.violate(attribute, [Rule::Unset]);
            return None;
        };
        let text = value.expose_secret();
        if text.is_empty() {
            self.violate(attribute, [Rule::Empty]);
            return None;
        }
        if is_placeholder(text) {
            self.violate(attribute, [Rule::Placeholder]);
            return None;
        }
        match parse(text) {
            Ok(parsed) => {
                self.violate(attribute, warnings(&parsed));
                Some(parsed)
            }
            Err(rules) => {
                self.violate(attribute, rules);
                None
            }
        }
    }

    /// An attribute that may be unset or empty, which both mean the default.
    fn optional<T: Default>(
        &mut self,
        attribute: Attribute,
        parse: impl FnOnce(&str) -> Result<T, Vec<Rule>>,
    ) -> Option<T> {
        match (self.lookup)(attribute) {
            Some(value) if !value.expose_secret().is_empty() => {
                self.required(attribute, parse, |_| vec![])
            }
            _ => Some(T::default()),
        }
    }
}

/// Values that stand for "fill me in", among them all that the template holds.
fn is_placeholder(text: &str) -> bool {
    let angled = text.find('<').is_some_and(|open| text[open..].contains('>'));
    let lower = text.to_ascii_lowercase();
    let words = ["changeme", "change_me", "change-me", "placeholder", "todo", "your_", "your-"];
    angled || words.iter().any(|word| lower.starts_with(word)) || lower.trim_matches('x').is_empty()
}
