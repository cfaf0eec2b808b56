//! The rules that a configuration is held to: a closed set, so that a finding can only say what was
//! written down here beforehand.

/// How bad a violation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The stack must not start.
    Error,
    /// The stack may start; somebody should look.
    Warning,
}

macro_rules! rules {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {
        /// A rule that an attribute can break.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[doc = $doc])* $name,)*
        }

        impl Rule {
            /// All rules.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

rules! {
    /// The variable is not set.
    Unset,
    /// The variable is set to nothing.
    Empty,
    /// The value is a placeholder.
    Placeholder,
    /// An environment is named by small letters, digits and `-`.
    EnvironmentName,
    /// A bot token is digits, a colon, and letters, digits, `_` or `-`.
    TelegramToken,
    /// The part behind the colon is not like the tokens that Telegram gives out today.
    TelegramTokenUnusual,
    /// A URL does not parse.
    UrlSyntax,
    /// The webhook is not HTTPS.
    WebhookNotHttps,
    /// Telegram posts to port 80, 88, 443 or 8443 only.
    WebhookPort,
    /// The webhook's host is this machine, which Telegram cannot reach.
    WebhookLoopback,
    /// In production, a host that is this very machine.
    Loopback,
    /// In production, a database connection to another machine that is not encrypted.
    PlainText,
    /// The webhook's host is reserved, a lone name or an IPv6 address.
    WebhookHost,
    /// Not `postgres://` or `postgresql://`.
    PostgresScheme,
    /// `postgres://`, which some libraries refuse.
    PostgresShortScheme,
    /// The connection string names no user.
    PostgresUserMissing,
    /// The connection string holds no password.
    PostgresPasswordMissing,
    /// A connection string names no host.
    HostMissing,
    /// The connection string names no database.
    PostgresDatabaseMissing,
    /// A port is a number from 1 to 65535.
    Port,
    /// A percent sign is followed by two hex digits, and is not `%00`.
    PercentEncoding,
    /// A sign in the user or the password that ends them, unless it is percent-encoded.
    PasswordNotEncoded,
    /// A parameter of the connection string is unknown or malformed.
    PostgresParameter,
    /// The password of the connection string is not `DATABASE_PASSWORD`.
    PasswordsDiffer,
    /// Not `redis://` or `rediss://`.
    RedisScheme,
    /// The database of Redis is a number without leading zeros.
    RedisDatabase,
    /// `#insecure` switches certificate checks off.
    RedisInsecure,
    /// Not a secret or restricted Stripe key.
    StripeKey,
    /// A publishable Stripe key.
    StripePublishableKey,
    /// A test key in production.
    StripeTestKeyInProduction,
    /// Not DEBUG, INFO, WARNING or ERROR.
    LogLevel,
    /// DEBUG in production.
    DebugInProduction,
    /// An origin is a scheme, a host and perhaps a port.
    Origin,
    /// `*` in production.
    WildcardOriginInProduction,
    /// Workers are a whole number from 1 to 1024.
    MaxWorkers,
    /// Not a semantic version or a git SHA.
    DeploymentTag,
    /// `+`, which no Docker tag may hold.
    DeploymentTagPlus,
}

impl Rule {
    /// How bad its violation is.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::TelegramTokenUnusual | Self::PostgresShortScheme | Self::DeploymentTagPlus => {
                Severity::Warning
            }
            _ => Severity::Error,
        }
    }
}
