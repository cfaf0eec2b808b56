//! What PostgreSQL and Redis answer.

use crate::registry::cause::LiveFault;
use crate::registry::entry::entries;

entries! {
    LiveFault {
        Deadline: "PF200" "live-deadline", Live, Anywhere, ["TELEGRAM_WEBHOOK_URL" "DATABASE_URL" "REDIS_URL" "TLS_CERTIFICATE" "STATE_DIR" "LOG_DIR" "BACKUP_DIR"] {
            message: "There was no answer in time.",
            remedy: "Look whether it is up and not overloaded; LIVE_TIMEOUT_SECONDS says how long is waited.",
            explanation: "",
            bad: "",
            good: "",
        }
        PostgresUnreachable: "PF210" "postgres-unreachable", Live, Anywhere, ["DATABASE_URL"] {
            message: "Nothing answers at PostgreSQL's address.",
            remedy: "Start PostgreSQL, and check host and port of DATABASE_URL.",
            explanation: "",
            bad: "",
            good: "",
        }
        PostgresLogin: "PF211" "postgres-login", Live, Anywhere, ["DATABASE_URL"] {
            message: "PostgreSQL refuses the user or the password.",
            remedy: "A volume keeps the password that it was made with: ALTER ROLE changes it.",
            explanation: "",
            bad: "",
            good: "",
        }
        PostgresDatabase: "PF212" "postgres-database", Live, Anywhere, ["DATABASE_URL"] {
            message: "PostgreSQL has no such database.",
            remedy: "Correct the name behind the host in DATABASE_URL, or create it with createdb.",
            explanation: "",
            bad: "",
            good: "",
        }
        PostgresStarting: "PF213" "postgres-starting", Live, Anywhere, ["DATABASE_URL"] {
            message: "PostgreSQL starts up, shuts down or recovers.",
            remedy: "Wait, and look at its log.",
            explanation: "",
            bad: "",
            good: "",
        }
        PostgresFull: "PF214" "postgres-full", Live, Anywhere, ["DATABASE_URL"] {
            message: "PostgreSQL has no connection left.",
            remedy: "Find who holds them in pg_stat_activity, or raise max_connections.",
            explanation: "",
            bad: "",
            good: "",
        }
        PostgresTls: "PF215" "postgres-tls", Live, Anywhere, ["DATABASE_URL"] {
            message: "The encryption that sslmode asks for can't be had.",
            remedy: "Let the server offer TLS, or correct sslmode.",
            explanation: "",
            bad: "",
            good: "",
        }
        PostgresOld: "PF216" "postgres-old", Live, Anywhere, ["DATABASE_URL"] {
            message: "The server is older than PostgreSQL 14, which its developers no longer mend.",
            remedy: "Move to a newer version with a dump and a restore.",
            explanation: "",
            bad: "",
            good: "",
        }
        PostgresFault: "PF217" "postgres-fault", Live, Anywhere, ["DATABASE_URL"] {
            message: "PostgreSQL answers with a fault.",
            remedy: "Look at its log.",
            explanation: "",
            bad: "",
            good: "",
        }
        RedisUnreachable: "PF220" "redis-unreachable", Live, Anywhere, ["REDIS_URL"] {
            message: "Nothing answers at Redis's address.",
            remedy: "Start Redis, and check host and port of REDIS_URL.",
            explanation: "",
            bad: "",
            good: "",
        }
        RedisLogin: "PF221" "redis-login", Live, Anywhere, ["REDIS_URL"] {
            message: "Redis wants another user or password.",
            remedy: "Put REDIS_PASSWORD, percent-encoded, between the : and the @ of REDIS_URL.",
            explanation: "",
            bad: "",
            good: "",
        }
        RedisLoading: "PF222" "redis-loading", Live, Anywhere, ["REDIS_URL"] {
            message: "Redis loads its data.",
            remedy: "Wait, and look at its log.",
            explanation: "",
            bad: "",
            good: "",
        }
        RedisMasterDown: "PF223" "redis-master-down", Live, Anywhere, ["REDIS_URL"] {
            message: "Redis is a replica, and has lost its master.",
            remedy: "Bring the master back, or make this one a master with REPLICAOF NO ONE.",
            explanation: "",
            bad: "",
            good: "",
        }
        RedisTls: "PF224" "redis-tls", Live, Anywhere, ["REDIS_URL"] {
            message: "The encryption that rediss:// asks for can't be had.",
            remedy: "Let the server offer TLS, or write redis:// for one of this stack.",
            explanation: "",
            bad: "",
            good: "",
        }
        RedisFault: "PF225" "redis-fault", Live, Anywhere, ["REDIS_URL"] {
            message: "Redis answers with a fault.",
            remedy: "Look at its log.",
            explanation: "",
            bad: "",
            good: "",
        }
    }
}
