//! The connection strings of PostgreSQL and Redis, and what must agree with them.

use domain::configuration::Rule;

use crate::registry::cause::AcrossFault;
use crate::registry::entry::entries;

entries! {
    Rule {
        PostgresScheme: "PF040" "postgres-scheme", Type, Anywhere, ["DATABASE_URL"] {
            message: "The URL is not one of PostgreSQL.",
            remedy: "Write it as postgresql://user:password@postgres:5432/database.",
            explanation: "",
            bad: "",
            good: "",
        }
        PostgresShortScheme: "PF041" "postgres-short-scheme", Type, Anywhere, ["DATABASE_URL"] {
            message: "Some libraries, SQLAlchemy among them, refuse postgres://.",
            remedy: "Write postgresql:// instead.",
            explanation: "",
            bad: "",
            good: "",
        }
        PostgresUserMissing: "PF042" "postgres-user-missing", Type, Anywhere, ["DATABASE_URL"] {
            message: "The URL names no user.",
            remedy: "Write it as postgresql://user:password@postgres:5432/database.",
            explanation: "",
            bad: "",
            good: "",
        }
        PostgresPasswordMissing: "PF043" "postgres-password-missing", Type, Anywhere, ["DATABASE_URL"] {
            message: "The URL holds no password.",
            remedy: "Write DATABASE_PASSWORD, percent-encoded, between the user's name and the @.",
            explanation: "",
            bad: "",
            good: "",
        }
        PostgresDatabaseMissing: "PF044" "postgres-database-missing", Type, Anywhere, ["DATABASE_URL"] {
            message: "The URL names no database.",
            remedy: "Write its name behind the host: postgresql://user:password@postgres:5432/database.",
            explanation: "",
            bad: "",
            good: "",
        }
        PostgresParameter: "PF045" "postgres-parameter", Type, Anywhere, ["DATABASE_URL"] {
            message: "A parameter behind the ? is unknown or malformed.",
            remedy: "Write key=value pairs separated by &, such as ?sslmode=require, with the names that libpq knows.",
            explanation: "",
            bad: "",
            good: "",
        }
        PasswordsDiffer: "PF046" "passwords-differ", Across, Anywhere, ["DATABASE_PASSWORD"] {
            message: "The password in DATABASE_URL is not DATABASE_PASSWORD.",
            remedy: "Make them the same; in the URL, special characters are percent-encoded.",
            explanation: "",
            bad: "",
            good: "",
        }
        RedisScheme: "PF050" "redis-scheme", Type, Anywhere, ["REDIS_URL"] {
            message: "The URL is not one of Redis.",
            remedy: "Write it as redis://:password@redis:6379/0, or rediss:// for TLS.",
            explanation: "",
            bad: "",
            good: "",
        }
        RedisDatabase: "PF051" "redis-database", Type, Anywhere, ["REDIS_URL"] {
            message: "The database behind the host is not a plain number.",
            remedy: "Write a number without leading zeros, such as /0, or leave it out.",
            explanation: "",
            bad: "",
            good: "",
        }
        RedisInsecure: "PF052" "redis-insecure", Type, NotInProduction, ["REDIS_URL"] {
            message: "The fragment #insecure switches the check of the server's certificate off.",
            remedy: "Remove it.",
            explanation: "",
            bad: "",
            good: "",
        }
    }
}

entries! {
    AcrossFault {
        PostgresUsersDiffer: "PF140" "postgres-users-differ", Across, Anywhere, ["POSTGRES_USER"] {
            message: "The user in DATABASE_URL is not POSTGRES_USER.",
            remedy: "Make them the same.",
            explanation: "",
            bad: "",
            good: "",
        }
        PostgresDatabasesDiffer: "PF141" "postgres-databases-differ", Across, Anywhere, ["POSTGRES_DB"] {
            message: "The database in DATABASE_URL is not POSTGRES_DB.",
            remedy: "Make them the same.",
            explanation: "",
            bad: "",
            good: "",
        }
        RedisPasswordsDiffer: "PF142" "redis-passwords-differ", Across, Anywhere, ["REDIS_PASSWORD"] {
            message: "The password in REDIS_URL is not REDIS_PASSWORD.",
            remedy: "Make them the same; in the URL, special characters are percent-encoded.",
            explanation: "",
            bad: "",
            good: "",
        }
    }
}
