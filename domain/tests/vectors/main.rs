//! Tables of values, each with what it stands for, and the rules that it breaks.

mod alone;
mod libpq;
mod postgres;
mod redis;
mod stripe;
mod telegram;
mod versions;

use domain::configuration::{Attribute, Rule, Severity, judge};

/// A configuration with which nothing is wrong.
const GOOD: &[(Attribute, &str)] = &[
    (Attribute::EnvironmentName, "production"),
    (Attribute::TelegramBotToken, "7123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"),
    (Attribute::TelegramWebhookUrl, "https://bot.example.org/webhook/x"),
    (Attribute::DatabaseUrl, "postgresql://u:p@postgres/d"),
    (Attribute::DatabasePassword, "p"),
    (Attribute::RedisUrl, "redis://:p@redis"),
    (Attribute::StripeApiKey, "sk_live_abc123"),
    (Attribute::LogLevel, "INFO"),
    (Attribute::MaxWorkers, "4"),
    (Attribute::DeploymentTag, "v1.2.3"),
];

/// What is found of one value, `text`, in a configuration with which nothing else is wrong.
fn found(attribute: Attribute, text: &str, environment: &str) -> Vec<Rule> {
    let verdict = judge(|asked| match asked {
        _ if asked == attribute => Some(text.into()),
        Attribute::EnvironmentName => Some(environment.into()),
        _ => GOOD.iter().find(|(known, _)| *known == asked).map(|(_, value)| (*value).into()),
    });
    let elsewhere = |found: &&domain::configuration::Violation| {
        found.attribute != attribute && found.rule != Rule::PasswordsDiffer
    };
    assert_eq!(verdict.violations.iter().find(elsewhere), None, "{text}");
    let own = verdict.violations.iter().filter(|found| found.attribute == attribute);
    let rules: Vec<Rule> = own.map(|found| found.rule).collect();
    let wrong = verdict.violations.iter().any(|found| found.rule.severity() == Severity::Error);
    assert_eq!(verdict.configuration.is_none(), wrong, "{text}");
    rules
}

/// What a value stands for, the value, what it breaks in any environment and what in production
/// beside that.
type Vector = (&'static str, &'static str, &'static [Rule], &'static [Rule]);

fn hold(attribute: Attribute, vectors: &[Vector], at_least: usize) {
    let mut wrong = Vec::new();
    for (what, text, always, in_production) in vectors {
        let mut both: Vec<Rule> = always.iter().chain(*in_production).copied().collect();
        both.sort_unstable();
        let mut always = always.to_vec();
        always.sort_unstable();
        let staging = found(attribute, text, "staging");
        let production = found(attribute, text, "production");
        if (&staging, &production) != (&always, &both) {
            wrong.push(format!("{what}: {text}: {staging:?}, in production {production:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(vectors.len() >= at_least, "{} vectors", vectors.len());
    let mut texts: Vec<_> = vectors.iter().map(|(_, text, ..)| text).collect();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), vectors.len(), "a vector stands there twice");
}

#[test]
fn redis_urls_break_the_rules_that_the_table_says() {
    hold(Attribute::RedisUrl, redis::VECTORS, 60);
}

#[test]
fn telegram_tokens_break_the_rules_that_the_table_says() {
    hold(Attribute::TelegramBotToken, telegram::TOKENS, 40);
}

#[test]
fn webhooks_break_the_rules_that_the_table_says() {
    hold(Attribute::TelegramWebhookUrl, telegram::WEBHOOKS, 60);
}

#[test]
fn stripe_keys_break_the_rules_that_the_table_says() {
    hold(Attribute::StripeApiKey, stripe::VECTORS, 40);
}

#[test]
fn deployment_tags_break_the_rules_that_the_table_says() {
    hold(Attribute::DeploymentTag, versions::VECTORS, 60);
}

#[test]
fn database_urls_in_production_stay_on_this_machine_or_are_encrypted() {
    hold(Attribute::DatabaseUrl, postgres::VECTORS, 25);
}

#[test]
fn connection_uris_are_read_as_the_table_says() {
    use domain::configuration::PostgresUrl;
    use libpq::{Said, VECTORS};
    use secrecy::ExposeSecret;

    for (what, uri, said) in VECTORS {
        let read = PostgresUrl::parse(uri);
        match said {
            Said::Since(version) => assert!(*version > 15 && read.is_ok(), "{what}"),
            Said::Both((user, password, hosts, database)) => {
                let url = read.unwrap_or_else(|rules| panic!("{what}: {uri}: {rules:?}"));
                let found: Vec<(&str, u16)> =
                    url.hosts.iter().map(|(host, port)| (host.as_str(), *port)).collect();
                assert_eq!((url.user.as_str(), url.password.expose_secret()), (*user, *password));
                assert_eq!((found.as_slice(), url.database.as_str()), (*hosts, *database), "{uri}");
            }
            Said::Refused(rules) | Said::RefusedLater(rules) => {
                assert_eq!(read.err().as_deref(), Some(*rules), "{what}: {uri}");
            }
            Said::Stricter(rules, why) => {
                assert_eq!(read.err().as_deref(), Some(*rules), "{what}: {uri}: {why}");
            }
        }
    }
    assert!(VECTORS.len() >= 60, "{} vectors", VECTORS.len());
}

#[test]
fn each_rule_is_broken_alone_by_one_value_and_not_by_one_near_it() {
    let told: Vec<Rule> = alone::VECTORS.iter().map(|(rule, ..)| *rule).collect();
    for rule in Rule::ALL.iter().filter(|rule| !matches!(rule, Rule::Unset | Rule::Empty)) {
        assert!(told.contains(rule), "{rule:?} has no vector");
    }
    for (rule, attribute, bad, fine) in alone::VECTORS {
        assert_eq!(found(*attribute, bad, "production"), [*rule], "{bad}");
        assert_eq!(found(*attribute, fine, "production"), [], "{fine}");
    }
}
