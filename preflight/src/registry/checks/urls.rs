//! What every URL is held to.

use domain::configuration::Rule;

use crate::registry::entry::entries;

entries! {
    Rule {
        UrlSyntax: "PF020" "url-syntax", Type, Anywhere, ["TELEGRAM_WEBHOOK_URL" "DATABASE_URL" "REDIS_URL"] {
            message: "The URL can't be read.",
            remedy: "Write it as scheme://user:password@host:port/path, with special characters of user and password percent-encoded.",
            explanation: "",
            bad: "",
            good: "",
        }
        HostMissing: "PF021" "host-missing", Type, Anywhere, ["TELEGRAM_WEBHOOK_URL" "DATABASE_URL" "REDIS_URL"] {
            message: "The URL names no host.",
            remedy: "Name one behind the //, or behind the @; a service of this stack is named by its service name.",
            explanation: "",
            bad: "",
            good: "",
        }
        Port: "PF022" "port", Type, Anywhere, ["TELEGRAM_WEBHOOK_URL" "DATABASE_URL" "REDIS_URL"] {
            message: "The port is not a number from 1 to 65535.",
            remedy: "Correct it; a : in a password must be written as %3A.",
            explanation: "",
            bad: "",
            good: "",
        }
        PercentEncoding: "PF023" "percent-encoding", Type, Anywhere, ["TELEGRAM_WEBHOOK_URL" "DATABASE_URL" "REDIS_URL"] {
            message: "A percent sign is not followed by two hex digits, or the text that it encodes can't be used.",
            remedy: "Write a percent sign as %25, @ as %40, : as %3A and / as %2F.",
            explanation: "",
            bad: "",
            good: "",
        }
        Loopback: "PF024" "loopback", Across, Anywhere, ["DATABASE_URL" "REDIS_URL" "ALLOWED_ORIGINS"] {
            message: "The host is the machine itself, which inside a container is that container alone.",
            remedy: "Name the service, such as postgres or redis, or the public host; or use another ENVIRONMENT_NAME than production.",
            explanation: "",
            bad: "",
            good: "",
        }
        PlainText: "PF025" "plain-text", Across, NotInProduction, ["DATABASE_URL" "REDIS_URL"] {
            message: "The connection leaves this machine, and is not encrypted.",
            remedy: "Encrypt it: ?sslmode=verify-full for PostgreSQL, rediss:// for Redis.",
            explanation: "",
            bad: "",
            good: "",
        }
    }
}
