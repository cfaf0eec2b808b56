//! What can't be done with a secret: the build of this file fails where it can.

use std::fmt::{Binary, Display, LowerExp, LowerHex, Pointer, UpperHex};

use domain::configuration::{
    DeploymentConfiguration, EnvironmentName, Origin, PostgresUrl, RedisUrl, StripeApiKey,
    TelegramBotToken, TelegramWebhookUrl, Verdict, Violation,
};
use domain::env_file::Position;
use domain::redaction::Redactor;
use secrecy::SecretString;
use serde::Serialize;

/// Does not compile where one of the types has one of the traits: then two `SOLE`s would fit.
macro_rules! assert_has_none {
    ([$($type:ty),+ $(,)?] $traits:tt) => { $(assert_has_none!(@ $type, $traits);)+ };
    (@ $type:ty, [$($trait:path),+ $(,)?]) => {
        $(const _: () = {
            trait Ambiguous<A> {
                const SOLE: () = ();
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            struct Has;
            impl<T: ?Sized + $trait> Ambiguous<Has> for T {}
            <$type as Ambiguous<_>>::SOLE
        };)+
    };
}

assert_has_none!(
    [
        DeploymentConfiguration,
        EnvironmentName,
        Origin,
        PostgresUrl,
        RedisUrl,
        Redactor,
        SecretString,
        StripeApiKey,
        TelegramBotToken,
        TelegramWebhookUrl,
        Verdict,
    ]
    [
        Display,
        Binary,
        LowerExp,
        LowerHex,
        UpperHex,
        Pointer,
        Serialize,
        AsRef<str>,
        AsRef<[u8]>,
        Into<String>,
        std::ops::Deref,
        std::error::Error,
    ]
);

/// What is said about a value is `Copy` and lives for ever: nothing of it was made from the value.
const fn says_nothing_of_a_value<T: Copy + 'static>() {}
const _: () = says_nothing_of_a_value::<Violation>();
const _: () = says_nothing_of_a_value::<Position>();

assert_has_none!([Violation] [From<String>, From<&'static str>, From<std::num::ParseIntError>, From<std::str::Utf8Error>]);

#[test]
fn debug_shows_no_part_of_a_connection_string() {
    const CANARY: &str = "qz7w";
    let url = format!("postgresql://{CANARY}:{CANARY}@{CANARY}/{CANARY}?application_name={CANARY}");
    let shown = [
        format!("{:#?}", PostgresUrl::parse(&url).expect("a valid URL")),
        format!(
            "{:#?}",
            RedisUrl::parse(&format!("redis://{CANARY}:{CANARY}@{CANARY}/0")).expect("a valid URL")
        ),
        format!(
            "{:#?}",
            TelegramWebhookUrl::parse(&format!("https://{CANARY}.org/{CANARY}"))
                .expect("a valid URL")
        ),
        format!("{:#?}", Origin::parse_list(&format!("https://{CANARY}.org")).expect("an origin")),
        format!("{:#?}", StripeApiKey::parse(&format!("sk_live_{CANARY}")).expect("a key")),
        format!("{:#?}", SecretString::from(CANARY)),
    ];
    for text in &shown {
        assert!(!text.contains(CANARY), "{text}");
    }
    assert_eq!(shown[0], "PostgresUrl { .. }");
}

#[test]
fn debug_of_a_whole_verdict_shows_the_release_and_no_other_value() {
    use domain::configuration::{Attribute, judge};
    let value = |attribute| match attribute {
        Attribute::EnvironmentName => "qz7w-production".to_owned(),
        Attribute::TelegramBotToken => "7123456789:AAqz7wdqTcvCH1vGWJxfSeofSAs0K5PALDsa".to_owned(),
        Attribute::TelegramWebhookUrl => "https://qz7w.org/qz7w".to_owned(),
        Attribute::DatabaseUrl => "postgresql://qz7w:qz7w@qz7w/qz7w".to_owned(),
        Attribute::DatabasePassword => "qz7w".to_owned(),
        Attribute::RedisUrl => "redis://qz7w:qz7w@qz7w".to_owned(),
        Attribute::StripeApiKey => "sk_live_qz7w".to_owned(),
        Attribute::LogLevel => "INFO".to_owned(),
        Attribute::AllowedOrigins => "https://qz7w.org".to_owned(),
        Attribute::MaxWorkers => "1023".to_owned(),
        Attribute::DeploymentTag => "v1.2.3".to_owned(),
    };
    let verdict = judge(|attribute| Some(value(attribute).into()));
    assert!(verdict.configuration.is_some(), "{:?}", verdict.violations);
    let shown = format!("{verdict:#?}");
    assert!(!shown.contains("qz7w") && !shown.contains("1023"), "{shown}");
}
