//! The connection strings of PostgreSQL and Redis, and what must agree with them.

use domain::configuration::Rule;

use crate::registry::cause::AcrossFault;
use crate::registry::entry::entries;

entries! {
    Rule {
        PostgresScheme: "PF040" "postgres-scheme", Type, Anywhere, ["DATABASE_URL"] {
            message: "The URL is not one of PostgreSQL.",
            remedy: "Write it as postgresql://user:password@postgres:5432/database.",
            explanation: "It begins with something other than postgresql://. A URL of SQLAlchemy \
                with a driver in it, postgresql+asyncpg://, is understood by SQLAlchemy alone: \
                pg_dump, psql and our programs don't know it.",
            bad: "DATABASE_URL=postgresql+asyncpg://toogoodtogo:fake-word@postgres:5432/toogoodtogo\n\
                DATABASE_PASSWORD=fake-word",
            good: "DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:5432/toogoodtogo\n\
                DATABASE_PASSWORD=fake-word",
        }
        PostgresShortScheme: "PF041" "postgres-short-scheme", Type, Anywhere, ["DATABASE_URL"] {
            message: "Some libraries, SQLAlchemy among them, refuse postgres://.",
            remedy: "Write postgresql:// instead.",
            explanation: "PostgreSQL's own libpq takes both forms, and so do our programs. SQLAlchemy has not known \
                the short one since version 1.4, and fails at the start: \"Can't load plugin: \
                sqlalchemy.dialects:postgres\".",
            bad: "DATABASE_URL=postgres://toogoodtogo:fake-word@postgres:5432/toogoodtogo\n\
                DATABASE_PASSWORD=fake-word",
            good: "DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:5432/toogoodtogo\n\
                DATABASE_PASSWORD=fake-word",
        }
        PostgresUserMissing: "PF042" "postgres-user-missing", Type, Anywhere, ["DATABASE_URL"] {
            message: "The URL names no user.",
            remedy: "Write it as postgresql://user:password@postgres:5432/database.",
            explanation: "Without one, a driver takes the name of the operating system's user: each \
                container would log in under another name, and PostgreSQL knows none of them.",
            bad: "DATABASE_URL=postgresql://:fake-word@postgres:5432/toogoodtogo\n\
                DATABASE_PASSWORD=fake-word",
            good: "DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:5432/toogoodtogo\n\
                DATABASE_PASSWORD=fake-word",
        }
        PostgresPasswordMissing: "PF043" "postgres-password-missing", Type, Anywhere, ["DATABASE_URL"] {
            message: "The URL holds no password.",
            remedy: "Write DATABASE_PASSWORD, percent-encoded, between the user's name and the @.",
            explanation: "PostgreSQL asks everybody on the network for a password, and a program \
                has nobody to ask: \"fe_sendauth: no password supplied\", or a prompt that waits \
                for ever.",
            bad: "DATABASE_URL=postgresql://toogoodtogo@postgres:5432/toogoodtogo\n\
                DATABASE_PASSWORD=fake-word",
            good: "DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:5432/toogoodtogo\n\
                DATABASE_PASSWORD=fake-word",
        }
        PostgresDatabaseMissing: "PF044" "postgres-database-missing", Type, Anywhere, ["DATABASE_URL"] {
            message: "The URL names no database.",
            remedy: "Write its name behind the host: postgresql://user:password@postgres:5432/database.",
            explanation: "Without one, a driver takes the database that is called like the user. \
                Where there is such a one, the bot and the backup may work on another database \
                than the one that was meant, and nothing fails.",
            bad: "DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:5432\n\
                DATABASE_PASSWORD=fake-word",
            good: "DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:5432/toogoodtogo\n\
                DATABASE_PASSWORD=fake-word",
        }
        PostgresParameter: "PF045" "postgres-parameter", Type, Anywhere, ["DATABASE_URL"] {
            message: "A parameter behind the ? is unknown or malformed.",
            remedy: "Write key=value pairs separated by &, such as ?sslmode=require, with the names that libpq knows.",
            explanation: "PostgreSQL's own libpq refuses a URL with a parameter that it does not know, or a value \
                that the parameter does not take: \"invalid URI query parameter\". Another driver \
                passes over it, and a misspelt sslmode leaves the connection unencrypted.",
            bad: "DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:5432/toogoodtogo?ssl_mode=require\n\
                DATABASE_PASSWORD=fake-word",
            good: "DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:5432/toogoodtogo?sslmode=require\n\
                DATABASE_PASSWORD=fake-word",
        }
        PasswordsDiffer: "PF046" "passwords-differ", Across, Anywhere, ["DATABASE_PASSWORD"] {
            message: "The password in DATABASE_URL is not DATABASE_PASSWORD.",
            remedy: "Make them the same; in the URL, special characters are percent-encoded.",
            explanation: "PostgreSQL is made with DATABASE_PASSWORD, and the programs log in with \
                the one in DATABASE_URL: \"password authentication failed\". They are compared as \
                PostgreSQL sees them, with the URL's percent signs decoded. A database that exists \
                keeps its password whatever stands here: change it with ALTER ROLE as well.",
            bad: "DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:5432/toogoodtogo\n\
                DATABASE_PASSWORD=fake-sword",
            good: "DATABASE_URL=postgresql://toogoodtogo:fake%40word@postgres:5432/toogoodtogo\n\
                DATABASE_PASSWORD=fake@word",
        }
        RedisScheme: "PF050" "redis-scheme", Type, Anywhere, ["REDIS_URL"] {
            message: "The URL is not one of Redis.",
            remedy: "Write it as redis://:password@redis:6379/0, or rediss:// for TLS.",
            explanation: "It begins with none of redis://, rediss://, valkey:// and valkeys://. \
                Without a scheme, or with http://, a client refuses it when it first connects.",
            bad: "REDIS_URL=redis:6379\n\
                REDIS_PASSWORD=fake-word",
            good: "REDIS_URL=redis://:fake-word@redis:6379/0\n\
                REDIS_PASSWORD=fake-word",
        }
        RedisDatabase: "PF051" "redis-database", Type, Anywhere, ["REDIS_URL"] {
            message: "The database behind the host is not a plain number.",
            remedy: "Write a number without leading zeros, such as /0, or leave it out.",
            explanation: "Redis numbers its databases, and a name means nothing to it. Clients \
                differ on a number that is none: some refuse it, some take 0 in silence, and two \
                programs then look at different data.",
            bad: "REDIS_URL=redis://:fake-word@redis:6379/cache\n\
                REDIS_PASSWORD=fake-word",
            good: "REDIS_URL=redis://:fake-word@redis:6379/0\n\
                REDIS_PASSWORD=fake-word",
        }
        RedisInsecure: "PF052" "redis-insecure", Type, NotInProduction, ["REDIS_URL"] {
            message: "The fragment #insecure switches the check of the server's certificate off.",
            remedy: "Remove it.",
            explanation: "The connection is encrypted, but to whoever answers: somebody on the way \
                can pose as the server, and gets the password and all data. It was meant for a \
                test with a certificate that nobody has signed.",
            bad: "REDIS_URL=rediss://:fake-word@cache.example.org:6380/0#insecure",
            good: "REDIS_URL=rediss://:fake-word@cache.example.org:6380/0",
        }
    }
}

entries! {
    AcrossFault {
        PostgresUsersDiffer: "PF140" "postgres-users-differ", Across, Anywhere, ["POSTGRES_USER"] {
            message: "The user in DATABASE_URL is not POSTGRES_USER.",
            remedy: "Make them the same.",
            explanation: "PostgreSQL is made with POSTGRES_USER as its only user, and the programs \
                log in as the one in DATABASE_URL, whom it does not know. Its answer is \"password \
                authentication failed\", and the password is looked at in vain. Where you have made \
                that other user yourself, ignore this.",
            bad: "POSTGRES_USER=ballast\n\
                DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:5432/toogoodtogo\n\
                DATABASE_PASSWORD=fake-word",
            good: "POSTGRES_USER=ballast\n\
                DATABASE_URL=postgresql://ballast:fake-word@postgres:5432/toogoodtogo\n\
                DATABASE_PASSWORD=fake-word",
        }
        PostgresDatabasesDiffer: "PF141" "postgres-databases-differ", Across, Anywhere, ["POSTGRES_DB"] {
            message: "The database in DATABASE_URL is not POSTGRES_DB.",
            remedy: "Make them the same.",
            explanation: "PostgreSQL is made with the database POSTGRES_DB, and the programs ask \
                for the one in DATABASE_URL: \"database does not exist\". Where you have made that \
                other database yourself, ignore this.",
            bad: "POSTGRES_DB=ballast\n\
                DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:5432/toogoodtogo\n\
                DATABASE_PASSWORD=fake-word",
            good: "POSTGRES_DB=ballast\n\
                DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:5432/ballast\n\
                DATABASE_PASSWORD=fake-word",
        }
        RedisPasswordsDiffer: "PF142" "redis-passwords-differ", Across, Anywhere, ["REDIS_PASSWORD"] {
            message: "The password in REDIS_URL is not REDIS_PASSWORD.",
            remedy: "Make them the same; in the URL, special characters are percent-encoded.",
            explanation: "Redis is started with REDIS_PASSWORD, and the programs log in with the \
                one in REDIS_URL: WRONGPASS, or NOAUTH where the URL has none. They are compared \
                with the URL's percent signs decoded.",
            bad: "REDIS_URL=redis://redis:6379/0\n\
                REDIS_PASSWORD=fake-word",
            good: "REDIS_URL=redis://:fake-word@redis:6379/0\n\
                REDIS_PASSWORD=fake-word",
        }
    }
}
