# shellcheck shell=bash
# What a watched stack needs, for the parts that run the sidecar: PostgreSQL, Redis and a service that
# answers, on loopback, in a folder of their own. They end with the bench.

SERVERS=() # process ids
HOME_OF_SERVERS=

stop_servers() {
    local id
    for id in "${SERVERS[@]}"; do kill -TERM "$id" 2>/dev/null || true; done
    for id in "${SERVERS[@]}"; do wait "$id" 2>/dev/null || true; done
    SERVERS=()
    [[ -z $HOME_OF_SERVERS ]] || rm -rf -- "$HOME_OF_SERVERS"
}

# PostgreSQL refuses to run as root.
as_postgres() {
    if [[ $EUID -eq 0 ]]; then setpriv --reuid postgres --regid postgres --clear-groups "$@"; else "$@"; fi
}

postgres_program() { # postgres_program NAME: Debian keeps them out of PATH
    command -v "$1" || compgen -G "/usr/lib/postgresql/*/bin/$1" | tail -n 1
}

# Starts in the background, and remembers what it started.
launch() { # launch LOG COMMAND…
    local log=$HOME_OF_SERVERS/$1.log
    shift
    "$@" </dev/null >"$log" 2>&1 &
    SERVERS+=("$!")
}

until_true() { # until_true WHAT COMMAND…: for ten seconds
    local what=$1 attempts=200
    shift
    until "$@" >/dev/null 2>&1; do
        ((attempts -= 1)) || {
            tail -n 5 "$HOME_OF_SERVERS"/*.log >&2
            refuse "$what does not come up"
        }
        sleep 0.05
    done
}

# Sets DATABASE_URL and REDIS_URL; the ports are next to each other, from BENCH_PORT (18100) on.
start_servers() {
    need setpriv redis-server redis-cli nginx
    local data password=p7Xr2mQv9LkT4wZs
    PORT=${BENCH_PORT:-18100}
    HOME_OF_SERVERS=$(mktemp -d /tmp/ballast-bench.XXXXXX)
    trap stop_servers EXIT
    chmod 0755 "$HOME_OF_SERVERS"
    data=$HOME_OF_SERVERS/postgres
    mkdir -m 0700 "$data"
    printf '%s' "$password" >"$HOME_OF_SERVERS/password"
    [[ $EUID -ne 0 ]] || chown postgres: "$data"
    as_postgres "$(postgres_program initdb)" --no-sync --auth scram-sha-256 --username bench \
        --pwfile "$HOME_OF_SERVERS/password" --pgdata "$data" >"$HOME_OF_SERVERS/initdb.log"
    launch postgres as_postgres "$(postgres_program postgres)" -D "$data" -p "$((PORT + 1))" \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off
    printf 'bind 127.0.0.1\nport %d\nrequirepass %s\nsave ""\ndir %s\n' \
        "$((PORT + 2))" "$password" "$HOME_OF_SERVERS" >"$HOME_OF_SERVERS/redis.conf"
    launch redis redis-server "$HOME_OF_SERVERS/redis.conf"
    until_true PostgreSQL "$(postgres_program pg_isready)" -h 127.0.0.1 -p "$((PORT + 1))"
    until_true Redis env REDISCLI_AUTH="$password" redis-cli -p "$((PORT + 2))" ping
    # shellcheck disable=SC2034  # the parts read it
    PASSWORD=$password
    DATABASE_URL=postgresql://bench:$password@127.0.0.1:$((PORT + 1))/postgres
    REDIS_URL=redis://:$password@127.0.0.1:$((PORT + 2))/0
    mkdir "$HOME_OF_SERVERS"/{state,log,backups}
}

# Starts a sidecar at PORT with the defaults of production; a prefix, as taskset's, may stand before it.
start_sidecar() { # start_sidecar PROGRAM [PREFIX…]
    local program=$1
    shift
    launch sidecar env -i DATABASE_URL="$DATABASE_URL" REDIS_URL="$REDIS_URL" DEPLOYMENT_TAG=v1.2.3 \
        LISTEN_ADDR="127.0.0.1:$PORT" STATE_DIR="$HOME_OF_SERVERS/state" LOG_DIR="$HOME_OF_SERVERS/log" \
        BACKUP_DIR="$HOME_OF_SERVERS/backups" "$@" "$program" serve
}
