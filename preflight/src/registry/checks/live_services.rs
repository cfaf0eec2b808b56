//! What PostgreSQL and Redis answer.

use crate::registry::cause::LiveFault;
use crate::registry::entry::entries;

entries! {
    LiveFault {
        Deadline: "PF200" "live-deadline", Live, Anywhere, ["TELEGRAM_WEBHOOK_URL" "DATABASE_URL" "REDIS_URL" "TLS_CERTIFICATE" "STATE_DIR" "LOG_DIR" "BACKUP_DIR"] {
            message: "There was no answer in time.",
            remedy: "Look whether it is up and not overloaded; LIVE_TIMEOUT_SECONDS says how long is waited.",
            explanation: "All live checks are made at once, and each is given the same time. \
                Silence means a server that is overloaded or stopped, a firewall that drops \
                packets, or a network file system that has lost its server. A program of the \
                stack would hang at the same place.",
            bad: "$ docker compose -f docker-compose.prod.yml pause postgres",
            good: "$ docker compose -f docker-compose.prod.yml unpause postgres",
        }
        PostgresUnreachable: "PF210" "postgres-unreachable", Live, Anywhere, ["DATABASE_URL"] {
            message: "Nothing answers at PostgreSQL's address.",
            remedy: "Start PostgreSQL, and check host and port of DATABASE_URL.",
            explanation: "The host has no address, or refuses the connection: PostgreSQL is not \
                running, it listens on another port, or the two are not on the same network. The \
                published port on the host is not the one between containers, which is 5432.",
            bad: "DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:15432/toogoodtogo",
            good: "DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:5432/toogoodtogo",
        }
        PostgresLogin: "PF211" "postgres-login", Live, Anywhere, ["DATABASE_URL"] {
            message: "PostgreSQL refuses the user or the password.",
            remedy: "Give the role the password of DATABASE_URL: ALTER ROLE name PASSWORD '…', or \\password in psql.",
            explanation: "A database keeps the user and the password that it was made with. Who \
                changes them in .env.production later changes the programs and not the server: a \
                volume of last month knows the password of last month.",
            bad: "$ sed -i 's/old-fake-word/new-fake-word/' .env.production",
            good: "$ docker compose -f docker-compose.prod.yml exec postgres psql -U toogoodtogo -c '\\password'",
        }
        PostgresDatabase: "PF212" "postgres-database", Live, Anywhere, ["DATABASE_URL"] {
            message: "PostgreSQL has no such database.",
            remedy: "Correct the name behind the host in DATABASE_URL, or create it with createdb.",
            explanation: "POSTGRES_DB is used only when the database is first made: a volume that \
                is there already has the name of that day.",
            bad: "DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:5432/togoodtogo",
            good: "DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:5432/toogoodtogo",
        }
        PostgresStarting: "PF213" "postgres-starting", Live, Anywhere, ["DATABASE_URL"] {
            message: "PostgreSQL starts up, shuts down or recovers.",
            remedy: "Wait, and look at its log.",
            explanation: "After a power cut or a kill, PostgreSQL reads its write-ahead log before \
                it takes a login: that may take minutes, and must not be cut short. Where it \
                never ends, its log says why.",
            bad: "$ docker compose -f docker-compose.prod.yml kill postgres",
            good: "$ docker compose -f docker-compose.prod.yml stop postgres",
        }
        PostgresFull: "PF214" "postgres-full", Live, Anywhere, ["DATABASE_URL"] {
            message: "PostgreSQL has no connection left.",
            remedy: "Find who holds them in pg_stat_activity, or raise max_connections.",
            explanation: "\"Sorry, too many clients already\": max_connections is 100 unless \
                somebody has changed it, and each worker of the bot may hold several. Programs \
                that are connected go on; a new one, a backup among them, can't begin.",
            bad: "MAX_WORKERS=200",
            good: "MAX_WORKERS=4",
        }
        PostgresTls: "PF215" "postgres-tls", Live, Anywhere, ["DATABASE_URL"] {
            message: "The encryption that sslmode asks for can't be had.",
            remedy: "Switch TLS on at the server (ssl = on), or correct sslmode.",
            explanation: "With sslmode=require and the stricter ones a program refuses a server \
                that has no TLS, or none of version 1.2 or newer. The postgres of this stack \
                offers none: it is reached over a network of this machine alone. One that says \
                \"on\" only in its file has not read it yet.",
            bad: "DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:5432/toogoodtogo?sslmode=require",
            good: "DATABASE_URL=postgresql://toogoodtogo:fake-word@postgres:5432/toogoodtogo",
        }
        PostgresOld: "PF216" "postgres-old", Live, Anywhere, ["DATABASE_URL"] {
            message: "The server is older than PostgreSQL 15, which its developers no longer mend.",
            remedy: "Move to a newer version with a dump and a restore.",
            explanation: "PostgreSQL's developers mend a major version for five years. After that, \
                faults that lose data or let strangers in stay as they are. A newer image does not \
                read the old volume: it needs a dump and a restore.",
            bad: "POSTGRES_IMAGE=postgres:14-alpine",
            good: "POSTGRES_IMAGE=postgres:16-alpine",
        }
        PostgresFault: "PF217" "postgres-fault", Live, Anywhere, ["DATABASE_URL"] {
            message: "PostgreSQL answers with a fault.",
            remedy: "Look at its log: docker compose -f docker-compose.prod.yml logs postgres.",
            explanation: "It answers, and with none of the faults that have a code of their own. \
                Its own message is not shown here, for it may name users, hosts and values; the \
                server's log has it.",
            bad: "$ docker compose -f docker-compose.prod.yml run --rm preflight-live",
            good: "$ docker compose -f docker-compose.prod.yml logs --tail 50 postgres",
        }
        PostgresUntrusted: "PF218" "postgres-untrusted", Live, Anywhere, ["DATABASE_URL"] {
            message: "PostgreSQL's certificate is of no trusted authority, out of date, or for another name.",
            remedy: "Trust its authority with CA_FILE or sslrootcert, and connect by a name that the certificate bears.",
            explanation: "With sslmode=verify-full a program asks for a certificate of a known authority that \
                holds today and bears the host of DATABASE_URL, verify-ca for the first two, and \
                so does require where sslrootcert names a file. A name counts where it is a \
                subjectAltName: a common name alone is no longer looked at. What fails here may \
                also be somebody who poses as the server.",
            bad: "DATABASE_URL=postgresql://app:fake-word@10.0.0.5/app?sslmode=verify-full",
            good: "DATABASE_URL=postgresql://app:fake-word@db.example.org/app?sslmode=verify-full",
        }
        PostgresAuthorities: "PF219" "postgres-authorities", Live, Anywhere, ["DATABASE_URL"] {
            message: "The file that sslrootcert names can't be used.",
            remedy: "Mount a file of certificates in PEM at that path, in every container that connects, or leave it to CA_FILE.",
            explanation: "The path is one inside of the container, and the file is missing there, \
                can't be read, or holds no certificate. libpq passes over a missing one with \
                sslmode=require and verifies nothing; the programs of this stack do not.",
            bad: "DATABASE_URL=postgresql://app:fake-word@db/app?sslmode=verify-full&sslrootcert=ca.pem",
            good: "DATABASE_URL=postgresql://app:fake-word@db/app?sslmode=verify-full&sslrootcert=/etc/ssl/ca.pem",
        }
        RedisUnreachable: "PF220" "redis-unreachable", Live, Anywhere, ["REDIS_URL"] {
            message: "Nothing answers at Redis's address.",
            remedy: "Start Redis, and check host and port of REDIS_URL.",
            explanation: "The host has no address, or refuses the connection: Redis is not \
                running, it listens on another port, or the two are not on the same network. In a \
                container, the Redis of this stack is redis:6379.",
            bad: "REDIS_URL=redis://:fake-word@redis:16379/0",
            good: "REDIS_URL=redis://:fake-word@redis:6379/0",
        }
        RedisLogin: "PF221" "redis-login", Live, Anywhere, ["REDIS_URL"] {
            message: "Redis wants another user or password.",
            remedy: "Put REDIS_PASSWORD, percent-encoded, between the : and the @ of REDIS_URL.",
            explanation: "Redis answers NOAUTH where the URL has no password, and WRONGPASS where \
                it has another one. A PING over an old connection would still succeed: the fault \
                shows at the next login, after the next restart.",
            bad: "REDIS_URL=redis://redis:6379/0",
            good: "REDIS_URL=redis://:fake-word@redis:6379/0",
        }
        RedisLoading: "PF222" "redis-loading", Live, Anywhere, ["REDIS_URL"] {
            message: "Redis loads its data.",
            remedy: "Wait, and look at its log.",
            explanation: "After a start, Redis reads its file into memory, and answers every \
                command with LOADING until that is done. It is connected and it is not ready: a \
                program that only looks at the connection would take it for well.",
            bad: "$ docker compose -f docker-compose.prod.yml restart redis",
            good: "$ docker compose -f docker-compose.prod.yml up -d --wait redis",
        }
        RedisMasterDown: "PF223" "redis-master-down", Live, Anywhere, ["REDIS_URL"] {
            message: "Redis is a replica, and has lost its master.",
            remedy: "Bring the master back, or make this one a master with REPLICAOF NO ONE.",
            explanation: "It answers MASTERDOWN: it copies another Redis, does not reach it, and \
                is set up not to serve what may be out of date. It takes no writes either.",
            bad: "$ redis-cli -h redis REPLICAOF gone.example.org 6379",
            good: "$ redis-cli -h redis REPLICAOF NO ONE",
        }
        RedisTls: "PF224" "redis-tls", Live, Anywhere, ["REDIS_URL"] {
            message: "The encryption that rediss:// asks for can't be had.",
            remedy: "Use the server's tls-port, or write redis:// for one of this stack.",
            explanation: "The server speaks no TLS at this port, or none of version 1.2 or newer. \
                Redis has TLS at a port of its own (tls-port). The Redis of this stack offers \
                none: it is reached over a network of this machine alone.",
            bad: "REDIS_URL=rediss://:fake-word@redis:6379/0",
            good: "REDIS_URL=redis://:fake-word@redis:6379/0",
        }
        RedisFault: "PF225" "redis-fault", Live, Anywhere, ["REDIS_URL"] {
            message: "Redis answers with a fault.",
            remedy: "Look at its log: docker compose -f docker-compose.prod.yml logs redis.",
            explanation: "It answers PING with none of the answers that have a code of their own, \
                or what answers is no Redis. Its own message is not shown here, for it may hold \
                values; the server's log has it.",
            bad: "$ docker compose -f docker-compose.prod.yml run --rm preflight-live",
            good: "$ docker compose -f docker-compose.prod.yml logs --tail 50 redis",
        }
        RedisUntrusted: "PF226" "redis-untrusted", Live, Anywhere, ["REDIS_URL"] {
            message: "Redis's certificate is of no trusted authority, out of date, or for another name.",
            remedy: "Trust its authority with CA_FILE, and connect by a name that the certificate bears.",
            explanation: "A program asks behind rediss:// for a certificate of a known authority that holds today \
                and bears the host of REDIS_URL as a subjectAltName. What fails here may also be \
                somebody who poses as the server: #insecure would give that one the password.",
            bad: "REDIS_URL=rediss://:fake-word@10.0.0.6:6380/0",
            good: "REDIS_URL=rediss://:fake-word@cache.example.org:6380/0",
        }
    }
}
