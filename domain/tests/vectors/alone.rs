//! For each rule a value that breaks it and no other, and one near it that breaks none, both in
//! production. `Unset` and `Empty` are no matter of a value.

use domain::configuration::{Attribute, Rule};

const TOKEN: Attribute = Attribute::TelegramBotToken;
const WEBHOOK: Attribute = Attribute::TelegramWebhookUrl;
const DATABASE: Attribute = Attribute::DatabaseUrl;
const PASSWORD: Attribute = Attribute::DatabasePassword;
const REDIS: Attribute = Attribute::RedisUrl;
const STRIPE: Attribute = Attribute::StripeApiKey;
const ORIGINS: Attribute = Attribute::AllowedOrigins;
const TAG: Attribute = Attribute::DeploymentTag;

/// The rule, the attribute, what breaks it, what is near and fine.
pub(crate) const VECTORS: &[(Rule, Attribute, &str, &str)] = &[
    (Rule::Placeholder, STRIPE, "sk_live_changeme", "sk_live_changeme4Xq9Lw"),
    (Rule::Placeholder, PASSWORD, "<p>", "p"),
    (Rule::Placeholder, PASSWORD, "test", "p"),
    (Rule::EnvironmentName, Attribute::EnvironmentName, "Production", "production"),
    (
        Rule::TelegramToken,
        TOKEN,
        "0:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0",
        "1:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0",
    ),
    (
        Rule::TelegramTokenUnusual,
        TOKEN,
        "1:BAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0",
        "1:ABHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0",
    ),
    (Rule::UrlSyntax, WEBHOOK, "https://bot.example.org/a b", "https://bot.example.org/a%20b"),
    (Rule::WebhookNotHttps, WEBHOOK, "http://bot.example.org/x", "https://bot.example.org/x"),
    (Rule::WebhookPort, WEBHOOK, "https://bot.example.org:444/", "https://bot.example.org:443/"),
    (Rule::WebhookLoopback, WEBHOOK, "https://127.0.0.1/", "https://128.0.0.1/"),
    (Rule::WebhookHost, WEBHOOK, "https://172.31.0.1/", "https://172.32.0.1/"),
    (Rule::Loopback, DATABASE, "postgresql://u:p@localhost/d", "postgresql://u:p@localhosts/d"),
    (Rule::Loopback, REDIS, "redis://[::1]", "redis://one"),
    (
        Rule::Loopback,
        ORIGINS,
        "https://a.org,http://localhost:3000",
        "https://a.org,http://b.org:3000",
    ),
    (
        Rule::PlainText,
        DATABASE,
        "postgresql://u:p@db.org/d?sslmode=allow",
        "postgresql://u:p@db.org/d?sslmode=require",
    ),
    (Rule::PlainText, REDIS, "redis://cache.org", "rediss://cache.org"),
    (Rule::PostgresScheme, DATABASE, "postgress://u:p@db/d", "postgresql://u:p@db/d"),
    (Rule::PostgresShortScheme, DATABASE, "postgres://u:p@db/d", "postgresql://u:p@db/d"),
    (Rule::PostgresUserMissing, DATABASE, "postgresql://:p@db/d", "postgresql://:p@db/d?user=u"),
    (
        Rule::PostgresPasswordMissing,
        DATABASE,
        "postgresql://u@db/d",
        "postgresql://u@db/d?password=p",
    ),
    (Rule::HostMissing, DATABASE, "postgresql://u:p@/d", "postgresql://u:p@/d?host=db"),
    (Rule::HostMissing, REDIS, "redis://:p@", "redis://:p@redis"),
    (Rule::PostgresDatabaseMissing, DATABASE, "postgresql://u:p@db/", "postgresql://u:p@db/d"),
    (Rule::Port, DATABASE, "postgresql://u:p@db:65536/d", "postgresql://u:p@db:65535/d"),
    (Rule::Port, REDIS, "redis://redis:0", "redis://redis:1"),
    (Rule::PercentEncoding, REDIS, "redis://:%4@redis", "redis://:%40@redis"),
    (Rule::PasswordNotEncoded, DATABASE, "postgresql://u:1/p@db/d", "postgresql://u:p@db/d@e"),
    (Rule::PasswordNotEncoded, REDIS, "redis://:a#b@redis", "redis://:a%23b@redis"),
    (
        Rule::PostgresParameter,
        DATABASE,
        "postgresql://u:p@db/d?ssl=false",
        "postgresql://u:p@db/d?ssl=true",
    ),
    (Rule::PasswordsDiffer, PASSWORD, "P", "p"),
    (Rule::RedisScheme, REDIS, "redi://redis", "redis://redis"),
    (Rule::RedisDatabase, REDIS, "redis://redis/01", "redis://redis/1"),
    (Rule::RedisInsecure, REDIS, "rediss://redis#insecure", "rediss://redis#"),
    (Rule::StripeKey, STRIPE, "sk_live_", "sk_live_a"),
    (Rule::StripePublishableKey, STRIPE, "pk_live_a", "rk_live_a"),
    (Rule::StripeTestKeyInProduction, STRIPE, "rk_test_a", "rk_live_a"),
    (Rule::LogLevel, Attribute::LogLevel, "WARN", "WARNING"),
    (Rule::DebugInProduction, Attribute::LogLevel, "DEBUG", "INFO"),
    (Rule::Origin, ORIGINS, "https://a.org/", "https://a.org"),
    (Rule::WildcardOriginInProduction, ORIGINS, "*", "https://a.org"),
    (Rule::MaxWorkers, Attribute::MaxWorkers, "1025", "1024"),
    (Rule::DeploymentTag, TAG, "v1.2", "v1.2.0"),
    (Rule::DeploymentTagPlus, TAG, "v1.2.0+a", "v1.2.0-a"),
];
