//! The attributes of the Deployment Configuration and the variables that bear them.

macro_rules! attributes {
    ($($(#[doc = $doc:literal])* $name:ident $key:literal,)*) => {
        /// An attribute of the Deployment Configuration.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Attribute {
            $($(#[doc = $doc])* $name,)*
        }

        impl Attribute {
            /// All attributes, in the data model's order.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The environment variable that bears the attribute.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$name => $key),* }
            }

            /// What the attribute is, in a line.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),*).trim_ascii(),)* }
            }
        }
    };
}

attributes! {
    /// Environment identifier, such as production or staging.
    EnvironmentName "ENVIRONMENT_NAME",
    /// Telegram bot authentication token.
    TelegramBotToken "TELEGRAM_BOT_TOKEN",
    /// HTTPS endpoint for Telegram's webhook callbacks.
    TelegramWebhookUrl "TELEGRAM_WEBHOOK_URL",
    /// PostgreSQL connection string, credentials included.
    DatabaseUrl "DATABASE_URL",
    /// PostgreSQL password, the one that stands in `DATABASE_URL`.
    DatabasePassword "DATABASE_PASSWORD",
    /// Redis connection string.
    RedisUrl "REDIS_URL",
    /// Payment provider API key.
    StripeApiKey "STRIPE_API_KEY",
    /// Logging verbosity: DEBUG, INFO, WARNING or ERROR.
    LogLevel "LOG_LEVEL",
    /// CORS allowed origins, separated by commas; may be unset.
    AllowedOrigins "ALLOWED_ORIGINS",
    /// Number of worker processes or threads.
    MaxWorkers "MAX_WORKERS",
    /// Git tag or SHA of the deployed version.
    DeploymentTag "DEPLOYMENT_TAG",
}

impl Attribute {
    /// Whether the value is a secret or a URL that may hold one, so that `KEY_FILE` may name a file
    /// with it.
    #[must_use]
    pub const fn allows_file(self) -> bool {
        matches!(
            self,
            Self::TelegramBotToken
                | Self::TelegramWebhookUrl
                | Self::DatabaseUrl
                | Self::DatabasePassword
                | Self::RedisUrl
                | Self::StripeApiKey
        )
    }
}
