//! `.env.production.template`: every variable with a sample and a line on what it is.

use std::fmt::Write;

use domain::configuration::Attribute;

use super::STACK;

const HEADER: &str = "\
# Copy to .env.production, replace every <…>, and keep it out of Git and from others. preflight reads it
# too, as group 10001: chown root:10001 .env.production && chmod 640 .env.production
# `compose/quickstart env` does it all, with random secrets. A $ in a value must be inside '…'.
";

const ATTRIBUTES: &str = "The Deployment Configuration: preflight holds each of these to its rules before anything starts.";

/// The file, as `preflight template` prints it.
#[must_use]
pub fn template() -> String {
    let mut text = HEADER.to_owned();
    heading(&mut text, ATTRIBUTES);
    for attribute in Attribute::ALL {
        let (comment, sample) = line(*attribute);
        variable(&mut text, attribute.key(), comment, sample);
    }
    let mut section = None;
    for one in STACK {
        if section.replace(one.section) != Some(one.section) {
            heading(&mut text, one.section.title());
        }
        variable(&mut text, one.name, one.description, one.sample);
    }
    text
}

fn heading(text: &mut String, title: &str) {
    let _ = writeln!(text, "\n# --- {title}");
}

fn variable(text: &mut String, name: &str, comment: &str, sample: &str) {
    let _ = writeln!(text, "# {comment}\n{name}={sample}");
}

/// What the person who fills it in needs to know, and the sample.
const fn line(attribute: Attribute) -> (&'static str, &'static str) {
    match attribute {
        Attribute::EnvironmentName => (
            "What this deployment is called; production, and what begins with prod, prd or live, is held to more.",
            "production",
        ),
        Attribute::TelegramBotToken => (
            "Telegram's token of the bot, from @BotFather: digits, a colon, 35 characters.",
            "<telegram bot token>",
        ),
        Attribute::TelegramWebhookUrl => (
            "Where Telegram posts updates: https, and a path below /webhook/, which is all that nginx lets through.",
            "<https://bot.your.domain/webhook/telegram bot token>",
        ),
        Attribute::DatabaseUrl => (
            "PostgreSQL's connection string; its user, password and database are those named below.",
            "<postgresql://toogoodtogo:database password@postgres:5432/toogoodtogo>",
        ),
        Attribute::DatabasePassword => {
            ("The password of POSTGRES_USER, the same as in DATABASE_URL.", "<database password>")
        }
        Attribute::RedisUrl => (
            "Redis's connection string; its password is REDIS_PASSWORD.",
            "<redis://:redis password@redis:6379/0>",
        ),
        Attribute::StripeApiKey => ("Stripe's secret or restricted key.", "<stripe secret key>"),
        Attribute::LogLevel => ("DEBUG, INFO, WARNING or ERROR.", "INFO"),
        Attribute::AllowedOrigins => {
            ("Origins that may call from a browser, separated by commas; may be empty.", "")
        }
        Attribute::MaxWorkers => ("How many workers the bot runs.", "2"),
        Attribute::DeploymentTag => {
            ("The release that runs: a tag such as v1.2.0, or a Git SHA.", "<v1.2.0>")
        }
    }
}
