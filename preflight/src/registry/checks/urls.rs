//! What every URL is held to.

use domain::configuration::Rule;

use crate::registry::entry::entries;

entries! {
    Rule {
        UrlSyntax: "PF020" "url-syntax", Type, Anywhere, ["TELEGRAM_WEBHOOK_URL" "DATABASE_URL" "REDIS_URL"] {
            message: "The URL can't be read.",
            remedy: "Write it as scheme://user:password@host:port/path; percent-encode special characters of user and password.",
            explanation: "There is a space in it, a bracket without its partner, a character that \
                no host has, or no :// at all. It may be a space or a bracket in a password that \
                was not percent-encoded.",
            bad: "TELEGRAM_WEBHOOK_URL=bot.example.org/webhook/fake",
            good: "TELEGRAM_WEBHOOK_URL=https://bot.example.org/webhook/fake",
        }
        HostMissing: "PF021" "host-missing", Type, Anywhere, ["TELEGRAM_WEBHOOK_URL" "DATABASE_URL" "REDIS_URL"] {
            message: "The URL names no host.",
            remedy: "Name one behind the //, or behind the @; a service of this stack is named by its service name.",
            explanation: "Drivers take a missing host for this very machine, or for a \
                socket. Inside a container there is neither a server nor a socket, and the answer \
                is a refused connection that names no host.",
            bad: "REDIS_URL=redis://:fake-word@/0\n\
                REDIS_PASSWORD=fake-word",
            good: "REDIS_URL=redis://:fake-word@redis:6379/0\n\
                REDIS_PASSWORD=fake-word",
        }
        Port: "PF022" "port", Type, Anywhere, ["TELEGRAM_WEBHOOK_URL" "DATABASE_URL" "REDIS_URL"] {
            message: "The port is not a number from 1 to 65535.",
            remedy: "Correct it; a : in a password must be written as %3A.",
            explanation: "What stands behind the colon after the host is no port. It may be a slip, \
                or the URL was cut at the wrong place because of a special character in the \
                password.",
            bad: "REDIS_URL=redis://:fake-word@redis:63790000/0\n\
                REDIS_PASSWORD=fake-word",
            good: "REDIS_URL=redis://:fake-word@redis:6379/0\n\
                REDIS_PASSWORD=fake-word",
        }
        PercentEncoding: "PF023" "percent-encoding", Type, Anywhere, ["TELEGRAM_WEBHOOK_URL" "DATABASE_URL" "REDIS_URL"] {
            message: "A percent sign is not followed by two hex digits, or the text that it encodes can't be used.",
            remedy: "Write a percent sign as %25, @ as %40, : as %3A, # as %23 and / as %2F.",
            explanation: "In a URL a percent sign begins an encoded character. One that is just a \
                part of the password must be written as %25; %00 stands for a character that no \
                password has, and bytes that are no UTF-8 are no text. Some drivers let it pass \
                and log in with another password than the one that was meant.",
            bad: "REDIS_URL=redis://:100%fake@redis:6379/0\n\
                REDIS_PASSWORD=100%fake",
            good: "REDIS_URL=redis://:100%25fake@redis:6379/0\n\
                REDIS_PASSWORD=100%fake",
        }
        Loopback: "PF024" "loopback", Across, Anywhere, ["DATABASE_URL" "REDIS_URL" "ALLOWED_ORIGINS"] {
            message: "The host is the machine itself, which inside a container is that container alone.",
            remedy: "Name the service, such as postgres or redis, or the public host of an origin.",
            explanation: "In a container, localhost and 127.0.0.1 are the container itself, and \
                neither PostgreSQL nor Redis is inside it: the connection is refused, though the \
                same URL works from the host. An origin on localhost lets in whatever page runs on \
                a visitor's own machine.",
            bad: "ENVIRONMENT_NAME=production\n\
                REDIS_URL=redis://:fake-word@localhost:6379/0\n\
                REDIS_PASSWORD=fake-word",
            good: "ENVIRONMENT_NAME=production\n\
                REDIS_URL=redis://:fake-word@redis:6379/0\n\
                REDIS_PASSWORD=fake-word",
        }
        PlainText: "PF025" "plain-text", Across, NotInProduction, ["DATABASE_URL" "REDIS_URL"] {
            message: "The connection goes to another machine, and may not be encrypted.",
            remedy: "Encrypt it: ?sslmode=verify-full for PostgreSQL, rediss:// for Redis.",
            explanation: "Without encryption, whoever is on the way reads the password and every \
                row. PostgreSQL's default, sslmode=prefer, gives way to plain text as soon as \
                somebody on the way says that the server has no TLS; only require, verify-ca and \
                verify-full insist, and only verify-full also checks who answers.",
            bad: "ENVIRONMENT_NAME=production\n\
                REDIS_URL=redis://:fake-word@cache.example.org:6379/0",
            good: "ENVIRONMENT_NAME=production\n\
                REDIS_URL=rediss://:fake-word@cache.example.org:6379/0",
        }
        PasswordNotEncoded: "PF026" "password-not-encoded", Type, Anywhere, ["DATABASE_URL" "REDIS_URL"] {
            message: "The user or the password in the URL holds a sign that must be percent-encoded.",
            remedy: "Write / as %2F, @ as %40, ? as %3F, # as %23, : as %3A and % as %25.",
            explanation: "To a reader of URLs each of / ? # @ ends the password, wherever it \
                stands. The rest of the password is then taken for the host, the port or the \
                database, and often shown in the error that follows. Libraries don't agree on \
                where they cut, so that what works with psql may fail in the bot. Only the URL \
                is encoded: DATABASE_PASSWORD and REDIS_PASSWORD hold the password as it is.",
            bad: "REDIS_URL=redis://:fake/word@redis:6379/0\n\
                REDIS_PASSWORD=fake/word",
            good: "REDIS_URL=redis://:fake%2Fword@redis:6379/0\n\
                REDIS_PASSWORD=fake/word",
        }
    }
}
