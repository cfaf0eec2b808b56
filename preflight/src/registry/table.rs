//! The table itself. The texts are for a person at three in the morning: what is wrong, and what
//! to type. The compiler holds it to the domain: a rule without an entry does not build.

use domain::configuration::Rule;
use domain::env_file::Quirk;

use super::Check;
use super::cause::{AcrossFault, FileFault, LiveFault, SourceFault};

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

        Loopback => "PF024", "loopback",
            "The host is the machine itself, which inside a container is that container alone.",
            "Name the service, such as postgres or redis, or the public host; or use another ENVIRONMENT_NAME than production.";
        PlainText => "PF025", "plain-text",
            "The connection leaves this machine, and is not encrypted.",
            "Encrypt it: ?sslmode=verify-full for PostgreSQL, rediss:// for Redis.";

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

        WebhookHost => "PF035", "webhook-host",
            "Telegram can't reach this host: it is reserved, a lone name, or an IPv6 address.",
            "Write the public host name of this server, or its public IPv4 address.";

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

    of_source(SourceFault) {
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

    of_quirk(Quirk) {
        KeyCharacter => "PF100", "key-character",
            "A name holds a character that no name may hold, and Compose refuses the file.",
            "Write names of letters, digits and _; put a value that goes over several lines in quotes.";
        KeySpace => "PF101", "key-space",
            "A name holds a space, and Compose refuses the file.",
            "Write KEY=value; a line of text begins with #.";
        KeyMissing => "PF102", "key-missing",
            "The file ends where a name should stand, and Compose refuses it.",
            "Write export KEY=value, or remove the line.";
        QuoteUnterminated => "PF103", "quote-unterminated",
            "A quote is opened and never closed, and Compose refuses the file.",
            "Close it; a quote inside of quotes is written with a backslash before it.";
        ReferenceMalformed => "PF104", "reference-malformed",
            "What follows ${ can't be read as the name of a variable, and Compose refuses the file.",
            "Put the value in single quotes, or write $$ for each $.";
        ReferenceRequired => "PF105", "reference-required",
            "The value asks for a variable that is not set, and Compose refuses the file.",
            "Set that variable in a line above, or put the value in single quotes.";
        ReferenceTooLong => "PF119", "reference-too-long",
            "References make the values longer than any program can be given.",
            "Put the value in single quotes, or write $$ for each $.";
        DollarEaten => "PF106", "dollar-eaten",
            "A $ and what follows it is read as a variable, which is not set: Compose puts nothing in its place.",
            "Put the value in single quotes, or write $$ for each $.";
        CommentAsValue => "PF107", "comment-as-value",
            "The comment behind the = is read as the value.",
            "Put the comment on a line of its own.";
        StatementAfterQuote => "PF108", "statement-after-quote",
            "What follows the closing quote is read as another variable.",
            "End the line behind the quote; a quote inside of quotes is written with a backslash before it.";
        DuplicateKey => "PF109", "duplicate-key",
            "The variable has been set in an earlier line, and this line wins.",
            "Remove one of the two lines.";
        ByteOrderMark => "PF110", "byte-order-mark",
            "The file begins with a byte order mark, which other readers take for a part of the first name.",
            "Save it as UTF-8 without a byte order mark.";
        CarriageReturn => "PF111", "carriage-return",
            "The lines end with CR LF, as Windows writes them; other readers keep the CR in the value.",
            "Save it with Unix line endings: sed -i 's/\\r$//' FILE.";
        TrailingSpace => "PF112", "trailing-space",
            "White space behind the value is cut off.",
            "Remove it; where it belongs to the value, put the value in quotes.";
        PaddedValue => "PF113", "padded-value",
            "The value in quotes begins or ends with white space, which stays in it.",
            "Remove the white space inside the quotes, unless it is meant.";
        CarriageReturnKept => "PF114", "carriage-return-kept",
            "The value goes over several lines that end with CR LF, and the CR stays in it.",
            "Save the file with Unix line endings: sed -i 's/\\r$//' FILE.";
        CurlyQuote => "PF115", "curly-quote",
            "The value is in typographic quotes, which stay in it.",
            "Write ' or \" instead.";
        BareKey => "PF116", "bare-key",
            "The line is a name without =, which takes its value from the shell that runs Compose.",
            "Write KEY=value.";
        EmptyKey => "PF117", "empty-key",
            "There is no name before the =.",
            "Write KEY=value, or remove the line.";
        ColonAssignment => "PF118", "colon-assignment",
            "KEY: value is read by Compose as KEY=value, and not by other readers.",
            "Write KEY=value.";
    }

    of_file(FileFault) {
        Unreadable => "PF120", "env-file-unreadable",
            "The file can't be read here, so only the effective values are checked.",
            "chown root:10001 and chmod 640 the file that ENV_FILE is mounted from.";
        NotUnicode => "PF121", "env-file-not-utf8",
            "The file is not valid UTF-8 at this place.",
            "Save it as UTF-8.";
        TooLarge => "PF122", "env-file-too-large",
            "The file is larger than 1 MiB.",
            "Keep only variables in it.";
        Exposed => "PF123", "env-file-exposed",
            "Everybody on this machine may read or change the file.",
            "chmod o= FILE.";
        Stale => "PF124", "env-file-stale",
            "The value in force is not the one that the file gives.",
            "Unset the variable in the shell that runs Compose; where the file has changed since, run up -d.";
        KeyTypo => "PF130", "key-typo",
            "A line sets a name that is nearly this one, and this one is not set.",
            "Correct the name in that line.";
        KeyUnknown => "PF131", "key-unknown",
            "A line sets a variable that nothing in the stack reads.",
            "Remove it, or move it to bot.env where the bot needs it.";
        KeyAbsent => "PF132", "key-absent",
            "The template has this variable and the file lacks it: its default holds.",
            "Copy its line from the template, to have it in sight.";
    }

    of_across(AcrossFault) {
        PostgresUsersDiffer => "PF140", "postgres-users-differ",
            "The user in DATABASE_URL is not POSTGRES_USER.",
            "Make them the same.";
        PostgresDatabasesDiffer => "PF141", "postgres-databases-differ",
            "The database in DATABASE_URL is not POSTGRES_DB.",
            "Make them the same.";
        RedisPasswordsDiffer => "PF142", "redis-passwords-differ",
            "The password in REDIS_URL is not REDIS_PASSWORD.",
            "Make them the same; in the URL, special characters are percent-encoded.";
    }

    of_live(LiveFault) {
        Deadline => "PF200", "live-deadline",
            "There was no answer in time.",
            "Look whether it is up and not overloaded; LIVE_TIMEOUT_SECONDS says how long is waited.";
        PostgresUnreachable => "PF210", "postgres-unreachable",
            "Nothing answers at PostgreSQL's address.",
            "Start PostgreSQL, and check host and port of DATABASE_URL.";
        PostgresLogin => "PF211", "postgres-login",
            "PostgreSQL refuses the user or the password.",
            "A volume keeps the password that it was made with: ALTER ROLE changes it.";
        PostgresDatabase => "PF212", "postgres-database",
            "PostgreSQL has no such database.",
            "Correct the name behind the host in DATABASE_URL, or create it with createdb.";
        PostgresStarting => "PF213", "postgres-starting",
            "PostgreSQL starts up, shuts down or recovers.",
            "Wait, and look at its log.";
        PostgresFull => "PF214", "postgres-full",
            "PostgreSQL has no connection left.",
            "Find who holds them in pg_stat_activity, or raise max_connections.";
        PostgresTls => "PF215", "postgres-tls",
            "The encryption that sslmode asks for can't be had.",
            "Let the server offer TLS, or correct sslmode.";
        PostgresOld => "PF216", "postgres-old",
            "The server is older than PostgreSQL 14, which its developers no longer mend.",
            "Move to a newer version with a dump and a restore.";
        PostgresFault => "PF217", "postgres-fault",
            "PostgreSQL answers with a fault.",
            "Look at its log.";
        RedisUnreachable => "PF220", "redis-unreachable",
            "Nothing answers at Redis's address.",
            "Start Redis, and check host and port of REDIS_URL.";
        RedisLogin => "PF221", "redis-login",
            "Redis wants another user or password.",
            "Put REDIS_PASSWORD, percent-encoded, between the : and the @ of REDIS_URL.";
        RedisLoading => "PF222", "redis-loading",
            "Redis loads its data.",
            "Wait, and look at its log.";
        RedisMasterDown => "PF223", "redis-master-down",
            "Redis is a replica, and has lost its master.",
            "Bring the master back, or make this one a master with REPLICAOF NO ONE.";
        RedisTls => "PF224", "redis-tls",
            "The encryption that rediss:// asks for can't be had.",
            "Let the server offer TLS, or write redis:// for one of this stack.";
        RedisFault => "PF225", "redis-fault",
            "Redis answers with a fault.",
            "Look at its log.";
        WebhookUnknown => "PF230", "webhook-unknown",
            "The name of the webhook's host has no address.",
            "Make a DNS record for it, or correct the name.";
        WebhookNotPublic => "PF231", "webhook-not-public",
            "The webhook's host has no public IPv4 address, and Telegram posts to no other.",
            "Make an A record with the public address of this server.";
        CertificateMissing => "PF240", "certificate-missing",
            "There is no certificate.",
            "Put it at nginx/tls/fullchain.pem, with its key beside it.";
        CertificateUnreadable => "PF241", "certificate-unreadable",
            "The certificate can't be read.",
            "chmod 644 it: a certificate is public, its key is not.";
        CertificateMalformed => "PF242", "certificate-malformed",
            "The file holds no certificate in PEM.",
            "Put the whole chain there, the server's own certificate first.";
        CertificateName => "PF243", "certificate-name",
            "The certificate is not for the webhook's host.",
            "Get one for that name.";
        CertificateNotYetValid => "PF244", "certificate-not-yet-valid",
            "The certificate is not valid yet.",
            "Set the clock of this machine, or wait.";
        CertificateExpired => "PF245", "certificate-expired",
            "The certificate has expired.",
            "Renew it, and reload nginx.";
        CertificateExpiresSoon => "PF246", "certificate-expires-soon",
            "The certificate expires within two weeks.",
            "Renew it, and look why that did not happen by itself.";
        FolderMissing => "PF250", "folder-missing",
            "The folder does not exist.",
            "Make it: mkdir -p FOLDER && chown 10001:10001 FOLDER.";
        FolderUnwritable => "PF251", "folder-unwritable",
            "The folder can't be written to.",
            "Give it to the user of the containers: chown 10001:10001 FOLDER.";
        BackupRoom => "PF252", "backup-room",
            "The volume of the backups has little room left.",
            "Make room, or lower BACKUP_RETENTION_DAYS and run backup-job prune.";
    }
}
