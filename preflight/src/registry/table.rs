//! The table itself. The texts are for a person at three in the morning: what is wrong, and what
//! to type. The compiler holds it to the domain: a rule without an entry does not build.

use domain::configuration::Rule;

use super::{Check, SourceFault};

macro_rules! checks {
    ($($function:ident($kind:ident) {
        $($cause:ident => $code:literal, $name:literal, $message:literal, $remedy:literal;)*
    })*) => {
        /// All checks, in the order of their codes.
        pub const ALL: &[Check] = &[$($($function($kind::$cause)),*),*];

        $(pub(super) const fn $function(cause: $kind) -> Check {
            let (code, name, message, remedy) = match cause {
                $($kind::$cause => ($code, $name, $message, $remedy),)*
            };
            Check { code, name, severity: cause.severity(), message, remedy }
        })*
    };
}

checks! {
    of_rule(Rule) {
        Unset => "PF001", "unset",
            "The variable is not set.",
            "Add it to .env.production; the template shows how it looks.";
        Empty => "PF002", "empty",
            "The variable is set, but to nothing.",
            "Give it a value in .env.production; a line that ends with = gives none, nor does a missing line.";
        Placeholder => "PF003", "placeholder",
            "The value is a placeholder.",
            "Put the real value in its place.";

        EnvironmentName => "PF010", "environment-name",
            "The name of the environment holds something other than small letters, digits and -.",
            "Write a name such as production or staging; it begins with a letter.";
        LogLevel => "PF011", "log-level",
            "The log level is none of DEBUG, INFO, WARNING and ERROR.",
            "Write INFO, in capitals.";
        MaxWorkers => "PF012", "max-workers",
            "The number of workers is not a whole number from 1 to 1024.",
            "Write a number such as 4, without spaces or a sign.";
        Origin => "PF013", "origin",
            "One of the origins is not a scheme, a host and perhaps a port.",
            "Write origins such as https://app.example.org, without a path, separated by commas.";
        DeploymentTag => "PF014", "deployment-tag",
            "The tag names no release.",
            "Write a version such as v1.2.3, or a git commit of 7 to 40 hex digits; latest and v1.2 can't be rolled back to.";
        DeploymentTagPlus => "PF015", "deployment-tag-plus",
            "The tag holds a +, which no Docker tag may hold.",
            "Leave the build suffix out, or make sure that the image is tagged without it.";

        UrlSyntax => "PF020", "url-syntax",
            "The URL can't be read.",
            "Write it as scheme://user:password@host:port/path, with special characters of user and password percent-encoded.";
        HostMissing => "PF021", "host-missing",
            "The URL names no host.",
            "Name one behind the //, or behind the @; a service of this stack is named by its service name.";
        Port => "PF022", "port",
            "The port is not a number from 1 to 65535.",
            "Correct it; a : in a password must be written as %3A.";
        PercentEncoding => "PF023", "percent-encoding",
            "A percent sign is not followed by two hex digits, or the text that it encodes can't be used.",
            "Write a percent sign as %25, @ as %40, : as %3A and / as %2F.";

        TelegramToken => "PF030", "telegram-token",
            "This is no token of a Telegram bot.",
            "Copy the whole token from @BotFather: digits, a colon, and 35 letters, digits, _ or -.";
        TelegramTokenUnusual => "PF031", "telegram-token-unusual",
            "The token does not look like those that Telegram gives out today.",
            "Compare it with what @BotFather shows: usually 35 characters behind the colon, the first an A.";
        WebhookNotHttps => "PF032", "webhook-not-https",
            "The webhook is not an https:// URL.",
            "Begin it with https://; Telegram posts to nothing else.";
        WebhookPort => "PF033", "webhook-port",
            "Telegram does not post to this port.",
            "Use port 443, 80, 88 or 8443, or leave the port out for 443.";
        WebhookLoopback => "PF034", "webhook-loopback",
            "The webhook's host is the machine itself, which Telegram can't reach.",
            "Write the public host name of this server.";

        PostgresScheme => "PF040", "postgres-scheme",
            "The URL is not one of PostgreSQL.",
            "Write it as postgresql://user:password@postgres:5432/database.";
        PostgresShortScheme => "PF041", "postgres-short-scheme",
            "Some libraries, SQLAlchemy among them, refuse postgres://.",
            "Write postgresql:// instead.";
        PostgresUserMissing => "PF042", "postgres-user-missing",
            "The URL names no user.",
            "Write it as postgresql://user:password@postgres:5432/database.";
        PostgresPasswordMissing => "PF043", "postgres-password-missing",
            "The URL holds no password.",
            "Write DATABASE_PASSWORD, percent-encoded, between the user's name and the @.";
        PostgresDatabaseMissing => "PF044", "postgres-database-missing",
            "The URL names no database.",
            "Write its name behind the host: postgresql://user:password@postgres:5432/database.";
        PostgresParameter => "PF045", "postgres-parameter",
            "A parameter behind the ? is unknown or malformed.",
            "Write key=value pairs separated by &, such as ?sslmode=require, with the names that libpq knows.";
        PasswordsDiffer => "PF046", "passwords-differ",
            "The password in DATABASE_URL is not DATABASE_PASSWORD.",
            "Make them the same; in the URL, special characters are percent-encoded.";

        RedisScheme => "PF050", "redis-scheme",
            "The URL is not one of Redis.",
            "Write it as redis://:password@redis:6379/0, or rediss:// for TLS.";
        RedisDatabase => "PF051", "redis-database",
            "The database behind the host is not a plain number.",
            "Write a number without leading zeros, such as /0, or leave it out.";
        RedisInsecure => "PF052", "redis-insecure",
            "The fragment #insecure switches the check of the server's certificate off.",
            "Remove it.";

        StripeKey => "PF060", "stripe-key",
            "This is no secret or restricted key of Stripe.",
            "Copy the key that begins with sk_live_ or rk_live_ from Stripe's dashboard.";
        StripePublishableKey => "PF061", "stripe-publishable-key",
            "This is a publishable key, which is for browsers.",
            "Use the secret key, sk_live_, or a restricted one, rk_live_.";
        StripeTestKeyInProduction => "PF062", "stripe-test-key-in-production",
            "This is a test key: in production no payment would be real.",
            "Use the live key, or another ENVIRONMENT_NAME than production.";

        DebugInProduction => "PF070", "debug-in-production",
            "DEBUG logs too much for production.",
            "Write INFO, or another ENVIRONMENT_NAME than production.";
        WildcardOriginInProduction => "PF071", "wildcard-origin-in-production",
            "The origin * lets every web site call.",
            "List the origins, or leave the variable out when browsers don't call.";
    }

    of_fault(SourceFault) {
        NotUnicode => "PF080", "not-utf8",
            "The value is not valid UTF-8.",
            "Type it anew in an editor that saves UTF-8.";
        BothSet => "PF081", "both-set",
            "The variable and its _FILE form are both set.",
            "Remove one of the two; an empty value counts as set.";
        FileNameInvalid => "PF082", "file-name-invalid",
            "The _FILE form of the variable is not the path of a file.",
            "Give it the path inside the container, such as /run/secrets/NAME, or remove it.";
        FileMissing => "PF083", "file-missing",
            "The file that the _FILE form names does not exist.",
            "Mount it into the container, and give the path inside the container.";
        FileUnreadable => "PF084", "file-unreadable",
            "The file that the _FILE form names can't be read.",
            "Make it a plain file that the container's user may read: chmod 0440 and chown to that user.";
        FileTooLarge => "PF085", "file-too-large",
            "The file that the _FILE form names is larger than 64 KiB.",
            "Name the file that holds this one value and nothing else.";
        FileNotUnicode => "PF086", "file-not-utf8",
            "The file that the _FILE form names is not valid UTF-8.",
            "Save it as plain text in UTF-8.";
    }
}
