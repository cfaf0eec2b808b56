//! Any number of faults, any value at all, and secrets by chance.

use domain::configuration::{Attribute, Severity, Violation, judge};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use super::{FAULTS, good, violations};

/// A value of each attribute's own kind, or nearly.
fn nearly() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "postgresql://",
        "postgres://",
        "redis://",
        "rediss://",
        "https://",
        "http://",
        "sk_live_",
        "sk_test_",
        "123456:",
        "u",
        "p",
        ":",
        "@",
        "/",
        "?",
        "#",
        "%",
        "%40",
        "%00",
        "[",
        "]",
        "::1",
        "<",
        ">",
        "changeme",
        "xxx",
        "your",
        "-",
        ".",
        ",",
        "localhost",
        "10.0.0.1",
        "bot.example.org",
        "host=",
        "hostaddr=",
        "port=",
        "sslmode=",
        "require",
        "&",
        "=",
        "0",
        "65536",
        "*",
        " ",
        "\n",
        "é",
        "\u{202e}",
        "1.2.3",
        "v",
    ]);
    prop::collection::vec(part, 0..14).prop_map(|parts| parts.concat())
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

    #[test]
    fn no_value_of_its_kind_does_either(texts in prop::collection::vec(nearly(), Attribute::ALL.len())) {
        let verdict = judge(|asked| {
            let index = Attribute::ALL.iter().position(|attribute| *attribute == asked);
            index.map(|index| texts[index].as_str().into())
        });
        let wrong = verdict.violations.iter().any(|found| found.rule.severity() == Severity::Error);
        prop_assert_eq!(verdict.configuration.is_none(), wrong);
        let mut sorted = verdict.violations.clone();
        sorted.sort_unstable();
        sorted.dedup();
        prop_assert_eq!(&verdict.violations, &sorted, "in order, and each once");
    }

    #[test]
    fn no_random_secret_is_a_placeholder(
        secret in "A[A-Za-z0-9_-]{34}",
        key in "[A-Za-z0-9]{24,99}",
        password in "[!-~]{35}",
        short in "[A-Za-z0-9]{12}",
    ) {
        let encoded = utf8_percent_encode(&password, NON_ALPHANUMERIC).to_string();
        let mut values = good();
        values.insert(Attribute::TelegramBotToken, format!("7123456789:{secret}"));
        values.insert(Attribute::TelegramWebhookUrl, format!("https://bot.example.org/webhook/7123456789:{secret}"));
        values.insert(Attribute::DatabaseUrl, format!("postgresql://app:{encoded}@postgres/app"));
        values.insert(Attribute::DatabasePassword, password);
        values.insert(Attribute::RedisUrl, format!("redis://:{short}@redis"));
        values.insert(Attribute::StripeApiKey, format!("sk_live_{key}"));
        prop_assert_eq!(violations(&values), []);
    }
}
