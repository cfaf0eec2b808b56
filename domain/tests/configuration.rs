//! What a person sees of a configuration's verdict: everything at once, and no value.

use std::collections::BTreeMap;

use domain::configuration::{Attribute, Rule, Severity, Violation, judge};
use proptest::prelude::*;

const GOOD: &[(Attribute, &str)] = &[
    (Attribute::EnvironmentName, "production"),
    (Attribute::TelegramBotToken, "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"),
    (Attribute::TelegramWebhookUrl, "https://bot.example.org/webhook"),
    (Attribute::DatabaseUrl, "postgresql://app:s%40cret@postgres/app"),
    (Attribute::DatabasePassword, "s@cret"),
    (Attribute::RedisUrl, "redis://:pw@redis:6379/0"),
    (Attribute::StripeApiKey, "sk_live_abc123"),
    (Attribute::LogLevel, "INFO"),
    (Attribute::MaxWorkers, "4"),
    (Attribute::DeploymentTag, "v1.2.3"),
];

/// One fault for each attribute, none of which follows from another.
const FAULTS: &[(Attribute, &str, Rule)] = &[
    (Attribute::EnvironmentName, "Production!", Rule::EnvironmentName),
    (Attribute::TelegramBotToken, "token", Rule::TelegramToken),
    (Attribute::TelegramWebhookUrl, "http://bot.example.org/", Rule::WebhookNotHttps),
    (Attribute::DatabaseUrl, "mysql://app:pw@db/app", Rule::PostgresScheme),
    (Attribute::DatabasePassword, "", Rule::Empty),
    (Attribute::RedisUrl, "redis://", Rule::HostMissing),
    (Attribute::StripeApiKey, "pk_live_abc", Rule::StripePublishableKey),
    (Attribute::LogLevel, "info", Rule::LogLevel),
    (Attribute::AllowedOrigins, "example.org", Rule::Origin),
    (Attribute::MaxWorkers, "0", Rule::MaxWorkers),
    (Attribute::DeploymentTag, "latest", Rule::DeploymentTag),
];

fn violations(values: &BTreeMap<Attribute, String>) -> Vec<Violation> {
    judge(|attribute| values.get(&attribute).map(|value| value.as_str().into())).violations
}

fn good() -> BTreeMap<Attribute, String> {
    GOOD.iter().map(|(attribute, value)| (*attribute, (*value).to_owned())).collect()
}

fn with(attribute: Attribute, value: &str) -> Vec<Violation> {
    let mut values = good();
    values.insert(attribute, value.to_owned());
    violations(&values)
}

#[test]
fn a_good_configuration_has_no_finding() {
    let values = good();
    let verdict = judge(|attribute| values.get(&attribute).map(|value| value.as_str().into()));
    assert_eq!(verdict.violations, []);
    let configuration = verdict.configuration.expect("a configuration");
    assert_eq!(configuration.database_url.database, "app");
    assert!(!format!("{configuration:?}").contains("s@cret"), "a secret was formatted");
}

#[test]
fn everything_but_the_origins_is_required_and_unset_is_not_empty() {
    for rule in [Rule::Unset, Rule::Empty] {
        let found = judge(|_| (rule == Rule::Empty).then(|| "".into())).violations;
        let expected: Vec<Violation> = Attribute::ALL
            .iter()
            .filter(|attribute| **attribute != Attribute::AllowedOrigins)
            .map(|attribute| Violation { attribute: *attribute, rule })
            .collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn production_is_held_to_more() {
    for (attribute, value, rule) in [
        (Attribute::StripeApiKey, "sk_test_abc", Rule::StripeTestKeyInProduction),
        (Attribute::LogLevel, "DEBUG", Rule::DebugInProduction),
        (Attribute::AllowedOrigins, "https://a.example, *", Rule::WildcardOriginInProduction),
        (Attribute::TelegramWebhookUrl, "https://127.0.0.1/webhook", Rule::WebhookLoopback),
        (Attribute::TelegramWebhookUrl, "https://localhost/webhook", Rule::WebhookLoopback),
    ] {
        assert_eq!(with(attribute, value), [Violation { attribute, rule }], "{value}");
        let mut staging = good();
        staging.insert(Attribute::EnvironmentName, "staging".into());
        staging.insert(attribute, value.into());
        assert_eq!(violations(&staging), [], "{value}");
    }
}

#[test]
fn the_password_of_the_url_is_compared_decoded() {
    let found = with(Attribute::DatabasePassword, "s%40cret");
    let rule = Rule::PasswordsDiffer;
    assert_eq!(found, [Violation { attribute: Attribute::DatabasePassword, rule }]);
}

#[test]
fn placeholders_do_not_reach_production() {
    for value in ["<your token>", "changeme", "CHANGE_ME", "xxx", "xxxxxxxx", "your_key_here"] {
        let attribute = Attribute::StripeApiKey;
        assert_eq!(with(attribute, value), [Violation { attribute, rule: Rule::Placeholder }]);
    }
}

#[test]
fn origins_are_a_scheme_a_host_and_perhaps_a_port() {
    for value in ["https://a.example", "https://a.example:8443,http://b.example", ""] {
        assert_eq!(with(Attribute::AllowedOrigins, value), [], "{value}");
    }
    for value in ["a.example", "https://", "https://a.example/path", "https://a,", "ftp://a"] {
        assert_eq!(with(Attribute::AllowedOrigins, value).len(), 1, "{value}");
    }
}

proptest! {
    #[test]
    fn every_injected_fault_is_told_in_one_run(chosen in proptest::sample::subsequence(FAULTS, 1..=FAULTS.len())) {
        let mut values = good();
        for (attribute, value, _) in &chosen {
            values.insert(*attribute, (*value).to_owned());
        }
        let expected: Vec<Violation> =
            chosen.iter().map(|(attribute, _, rule)| Violation { attribute: *attribute, rule: *rule }).collect();
        prop_assert_eq!(violations(&values), expected);
    }

    #[test]
    fn no_value_makes_the_judgement_fail_or_contradict_itself(text in "\\PC{0,40}", index in 0..Attribute::ALL.len()) {
        let attribute = Attribute::ALL[index];
        let mut values = good();
        values.insert(attribute, text);
        let verdict = judge(|attribute| values.get(&attribute).map(|value| value.as_str().into()));
        let wrong = verdict.violations.iter().any(|found| found.rule.severity() == Severity::Error);
        prop_assert_eq!(verdict.configuration.is_none(), wrong);
    }
}
