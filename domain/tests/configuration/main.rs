//! What a person sees of a configuration's verdict: everything at once, and no value.

mod random;

use std::collections::BTreeMap;

use domain::configuration::{Attribute, Rule, Severity, Violation, is_placeholder, judge};

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
fn where_the_environment_has_no_name_it_is_held_to_production() {
    for name in [None, Some(""), Some("Production")] {
        for (attribute, value, rule) in [
            (Attribute::LogLevel, "DEBUG", Rule::DebugInProduction),
            (Attribute::RedisUrl, "redis://:pw@cache.example.org", Rule::PlainText),
            (Attribute::StripeApiKey, "sk_test_abc", Rule::StripeTestKeyInProduction),
        ] {
            let mut values = good();
            values.remove(&Attribute::EnvironmentName);
            values.extend(name.map(|name| (Attribute::EnvironmentName, name.to_owned())));
            values.insert(attribute, value.into());
            let found = violations(&values);
            assert_eq!(found.len(), 2, "{name:?} {found:?}");
            assert!(found.contains(&Violation { attribute, rule }), "{name:?} {found:?}");
        }
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
    for value in [
        "a.example",
        "https://",
        "https://a.example/path",
        "https://a,",
        "ftp://a",
        "https://<domain>",
        "https://bot.your-domain.com",
        "https://a:0",
        "https://a?b",
        "https://u@a",
        "https://*",
        "https://*.example.org",
        "https://a;https://b",
    ] {
        assert_eq!(with(Attribute::AllowedOrigins, value).len(), 1, "{value}");
    }
}

/// Faults of one value that don't follow from each other are told together.
#[test]
fn independent_faults_of_one_value_are_all_told() {
    for (attribute, value, rules) in [
        (
            Attribute::TelegramWebhookUrl,
            "http://bot:8080/<token>",
            vec![Rule::Placeholder, Rule::WebhookNotHttps, Rule::WebhookPort, Rule::WebhookHost],
        ),
        (
            Attribute::DatabaseUrl,
            "postgres://:s%40cret@localhost:0/?wrong=1",
            vec![
                Rule::Loopback,
                Rule::PostgresShortScheme,
                Rule::PostgresUserMissing,
                Rule::PostgresDatabaseMissing,
                Rule::Port,
                Rule::PostgresParameter,
            ],
        ),
        (
            Attribute::RedisUrl,
            "redis://:changeme@10.0.0.1:0/x#insecure",
            vec![
                Rule::Placeholder,
                Rule::PlainText,
                Rule::Port,
                Rule::RedisDatabase,
                Rule::RedisInsecure,
            ],
        ),
        (
            Attribute::AllowedOrigins,
            "*,a,http://localhost",
            vec![Rule::Loopback, Rule::Origin, Rule::WildcardOriginInProduction],
        ),
    ] {
        let expected: Vec<Violation> =
            rules.into_iter().map(|rule| Violation { attribute, rule }).collect();
        assert_eq!(with(attribute, value), expected, "{value}");
    }
}

#[test]
fn passwords_are_compared_even_where_another_part_of_the_url_is_wrong() {
    let found = with(Attribute::DatabaseUrl, "postgresql://app:other@postgres:0/app");
    let rules: Vec<Rule> = found.iter().map(|found| found.rule).collect();
    assert_eq!(rules, [Rule::Port, Rule::PasswordsDiffer]);
    let found = with(Attribute::DatabaseUrl, "postgresql://app:changeme@postgres/app");
    let rules: Vec<Rule> = found.iter().map(|found| found.rule).collect();
    assert_eq!(rules, [Rule::Placeholder], "that they differ follows from the placeholder");
}

#[test]
fn what_can_be_read_is_given_beside_what_is_wrong() {
    let mut values = good();
    values.insert(Attribute::StripeApiKey, "pk_live_a".into());
    values.insert(Attribute::DatabaseUrl, "postgresql://app:s%40cret@localhost/app".into());
    let read = |values: &BTreeMap<Attribute, String>| {
        judge(|attribute| values.get(&attribute).map(|value| value.as_str().into()))
    };
    let verdict = read(&values);
    assert!(verdict.configuration.is_none() && verdict.is_production);
    assert_eq!(verdict.deployment_tag.as_ref().map(ToString::to_string).as_deref(), Some("v1.2.3"));
    assert_eq!(verdict.database_url.as_ref().map(|url| url.user.as_str()), Some("app"));
    assert_eq!(verdict.redis_url.as_ref().map(|url| url.host.as_str()), Some("redis"));
    assert_eq!(verdict.telegram_webhook_url.as_ref().map(|url| url.port), Some(443));

    for (name, is_production) in
        [(Some("production"), true), (Some("staging"), false), (Some("Bad!"), true), (None, true)]
    {
        values.remove(&Attribute::EnvironmentName);
        values.extend(name.map(|name| (Attribute::EnvironmentName, name.to_owned())));
        assert_eq!(read(&values).is_production, is_production, "{name:?}");
    }
}

#[test]
fn an_environment_is_named_by_small_letters_digits_and_hyphens() {
    for name in ["production", "staging", "a", "eu-2", "x1"] {
        let mut values = good();
        values.insert(Attribute::EnvironmentName, name.into());
        let verdict = judge(|attribute| values.get(&attribute).map(|value| value.as_str().into()));
        let found = verdict.configuration.expect("a configuration").environment_name;
        assert_eq!((found.as_str(), found.is_production()), (name, name == "production"));
    }
    for (name, is_production) in [
        ("prod", true),
        ("prod-eu", true),
        ("production1", true),
        ("prd", true),
        ("prd2", true),
        ("live", true),
        ("live-eu", true),
        ("pro", false),
        ("preprod", false),
        ("alive", false),
        ("staging-live", false),
    ] {
        let mut values = good();
        values.insert(Attribute::EnvironmentName, name.into());
        values.insert(Attribute::LogLevel, "DEBUG".into());
        let expected = Violation { attribute: Attribute::LogLevel, rule: Rule::DebugInProduction };
        assert_eq!(violations(&values) == [expected], is_production, "{name}");
    }
    for name in ["Production", "1a", "-a", "a_b", "a b", "a.b", "é", "aé", "production\n"] {
        assert_eq!(with(Attribute::EnvironmentName, name).len(), 1, "{name}");
    }
}

#[test]
fn workers_are_a_plain_number_and_levels_four_words() {
    for (text, number) in [("1", 1), ("1024", 1024), ("007", 7)] {
        let mut values = good();
        values.insert(Attribute::MaxWorkers, text.into());
        let verdict = judge(|attribute| values.get(&attribute).map(|value| value.as_str().into()));
        let configuration = verdict.configuration.expect("a configuration");
        assert_eq!(configuration.max_workers.get(), number);
    }
    for text in ["0", "1025", "-1", "+1", " 1", "1.0", "1e2", "٤", "65536", "four"] {
        assert_eq!(with(Attribute::MaxWorkers, text).len(), 1, "{text}");
    }
    for text in ["INFO", "WARNING", "ERROR"] {
        assert_eq!(with(Attribute::LogLevel, text), [], "{text}");
    }
    for text in ["info", "WARN", "TRACE", "Error", "INFO ", "1"] {
        assert_eq!(with(Attribute::LogLevel, text).len(), 1, "{text}");
    }
}

#[test]
fn secrets_and_urls_may_come_from_a_file() {
    let allowed = Attribute::ALL.iter().filter(|attribute| attribute.allows_file());
    let names: Vec<&str> = allowed.map(|attribute| attribute.key()).collect();
    assert_eq!(
        names,
        [
            "TELEGRAM_BOT_TOKEN",
            "TELEGRAM_WEBHOOK_URL",
            "DATABASE_URL",
            "DATABASE_PASSWORD",
            "REDIS_URL",
            "STRIPE_API_KEY",
        ]
    );
}

#[test]
fn three_rules_only_warn() {
    let warnings = Rule::ALL.iter().filter(|rule| rule.severity() == Severity::Warning);
    assert_eq!(
        warnings.copied().collect::<Vec<_>>(),
        [Rule::TelegramTokenUnusual, Rule::PostgresShortScheme, Rule::DeploymentTagPlus]
    );
    assert!(is_placeholder("changeme") && !is_placeholder("hunter2"));
}
