# shellcheck shell=bash
# The part `backup` of tests/bench/run, which sources it and has set $BENCH.

# shellcheck source=servers.sh
. tests/bench/servers.sh

# About a gigabyte of dump at 100; a hundredth of it at 1, to try the bench itself.
SCALE=${BENCH_SCALE:-100}
ROUNDS=${BENCH_BACKUP_ROUNDS:-5}

start_database() {
    local data
    HOME_OF_SERVERS=$(mktemp -d "$BENCH/backup.XXXXXX")
    trap stop_servers EXIT
    chmod 0755 "$HOME_OF_SERVERS"
    data=$HOME_OF_SERVERS/postgres
    mkdir -m 0700 "$data"
    [[ $EUID -ne 0 ]] || chown postgres: "$data"
    as_postgres "$(postgres_program initdb)" --no-sync --auth trust --username bench --encoding UTF8 \
        --locale C --pgdata "$data" >"$HOME_OF_SERVERS/initdb.log"
    launch postgres as_postgres "$(postgres_program postgres)" -D "$data" -p "$((PORT + 1))" \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c autovacuum=off \
        -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=4GB \
        -c shared_buffers=256MB -c maintenance_work_mem=96MB
    until_true PostgreSQL "$(postgres_program pg_isready)" -h 127.0.0.1 -p "$((PORT + 1))"
}

fill_database() {
    sql -c 'create database full_one'
    "$(postgres_program pgbench)" -h 127.0.0.1 -p "$((PORT + 1))" -U bench -i -q \
        -s $(((SCALE * 2 + 4) / 5)) full_one >"$HOME_OF_SERVERS/pgbench.log" 2>&1
    sql -d full_one -v notes=$((SCALE * 9000)) -v events=$((SCALE * 15000)) <<'END'
create table notes as select n as id, now() - n * interval '1 second' as created_at,
    'user' || (n % 5000) as author,
    (select string_agg(md5((n * 31 + j)::text) || ' ' || (array['the', 'quick', 'brown', 'fox', 'order',
        'payment', 'received', 'shipped', 'bag', 'surprise', 'store', 'pickup'])[1 + (n + j) % 12], ' ')
        from generate_series(1, 5) j) as body
    from generate_series(1, :notes) n;
create table events as select n as id, jsonb_build_object(
    'type', (array['order', 'payment', 'refund', 'login'])[1 + n % 4], 'amount', n % 100000,
    'user', jsonb_build_object('id', n % 50000, 'name', 'name ' || n % 777),
    'tags', array['a' || n % 10, 'b' || n % 7], 'token', md5(n::text)) as payload
    from generate_series(1, :events) n;
vacuum analyze;
END
}

sql() {
    PGDATABASE=postgres "$(postgres_program psql)" -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$((PORT + 1))" \
        -U bench "$@"
}

# Wall and CPU time in milliseconds of one command, and the peak of resident memory of its largest process.
took() { # took NAME OUTPUT COMMAND…: a line NAME WALL_MS CPU_MS PEAK_KIB, on descriptor 3
    local name=$1 output=$2
    shift 2
    command time -o "$HOME_OF_SERVERS/time" -f '%e %U %S %M' "$@" >"$output" 2>"$HOME_OF_SERVERS/time.log" || {
        tail -n 3 "$HOME_OF_SERVERS/time.log" >&2
        refuse "$name failed"
    }
    awk -v name="$name" '{ printf "%s\t%d\t%d\t%d\n", name, $1 * 1000, ($2 + $3) * 1000, $4 }' \
        "$HOME_OF_SERVERS/time" >&3
}

# As the servers' user: PostgreSQL does not run as root.
backup_job() { # backup_job NAME VERIFY ARGUMENT…: what it prints goes to $HOME_OF_SERVERS/record
    local name=$1 verify=$2 as=()
    shift 2
    [[ $EUID -ne 0 ]] || as=(setpriv --reuid postgres --regid postgres --clear-groups)
    took "$name" "$HOME_OF_SERVERS/record" "${as[@]}" env -i PATH="$PATH" LOG_LEVEL=ERROR \
        DATABASE_URL="postgresql://bench:none@127.0.0.1:$((PORT + 1))/full_one" \
        BACKUP_DIR="$HOME_OF_SERVERS/backups" BACKUP_VERIFY="$verify" "$PROGRAMS/backup-job" "$@"
}

# The record tells the time of the dump alone, and of the restore alone.
of_record() { # of_record KEY
    sed -n "s/.*\"$1\": \([0-9]*\),*/\1/p" "$HOME_OF_SERVERS/record" | head -n 1
}

one_round() {
    local dump file out=$HOME_OF_SERVERS/out
    dump="$(postgres_program pg_dump) -h 127.0.0.1 -p $((PORT + 1)) -U bench full_one"
    took 'pg_dump >/dev/null' /dev/null sh -c "exec $dump"
    took 'pg_dump | gzip -6' "$out.gz" bash -o pipefail -c "$dump | gzip -6"
    took 'pg_dump | pigz' "$out.pigz" bash -o pipefail -c "$dump | pigz"
    took 'pg_dump -Fc' "$out.custom" sh -c "exec $dump -Fc"
    took 'pg_dump | zstd' "$out.zst" bash -o pipefail -c "$dump | zstd -q"
    rm -rf -- "$HOME_OF_SERVERS/backups"
    mkdir -m 0750 "$HOME_OF_SERVERS/backups"
    [[ $EUID -ne 0 ]] || chown postgres: "$HOME_OF_SERVERS/backups"
    # No server is a child of this one: its peak is that of the program, or of pg_dump.
    backup_job 'backup-job run, read back' read run
    printf 'backup-job, its dump\t%d\t0\t0\n' "$(of_record dump_ms)" >&3
    file=$(find "$HOME_OF_SERVERS/backups" -name '*.sql.gz' ! -name '*.roles.sql.gz')
    stat -c '%s' "$file" >"$HOME_OF_SERVERS/size"
    stat -c '%s' "$out.gz" >"$HOME_OF_SERVERS/size.gzip"
    took 'gzip -t' /dev/null gzip -t "$file"
    backup_job 'backup-job verify' read verify
    backup_job 'backup-job run, restored' restore run
    printf 'backup-job, its restore\t%d\t0\t0\n' "$(of_record restore_ms)" >&3
    sql -c 'drop database if exists copy'
    sql -c 'create database copy template template0'
    gunzip -c "$file" >"$out.sql"
    took 'psql -f, tuned' /dev/null "$(postgres_program psql)" -X -q -1 -v ON_ERROR_STOP=1 \
        -h 127.0.0.1 -p "$((PORT + 1))" -U bench -d copy -f "$out.sql"
    sql -c 'drop database copy'
    rm -f -- "$out".*
}

medians_of() { # medians_of FIGURES: NAME WALL CPU PEAK, the median of each, the peak's largest
    sort -t $'\t' -k1,1 -k2,2n "$1" | awk -F '\t' '
        function flush() { if (name != "") printf "%s\t%d\t%d\t%d\n", name, wall[int((n + 1) / 2)], cpu[int((n + 1) / 2)], peak }
        $1 != name { flush(); name = $1; n = 0; peak = 0 }
        { wall[++n] = $2; cpu[n] = $3; if ($4 > peak) peak = $4 }
        END { flush() }'
}

bench_backup() { # bench_backup ROUNDS: a backup takes seconds, so BENCH_ROUNDS counts for the others
    need gzip pigz zstd time setpriv
    local round figures=$BENCH/backup.tsv
    [[ $SCALE =~ ^[1-9][0-9]{0,3}$ ]] || refuse "BENCH_SCALE is a number from 1 to 9999"
    PROGRAMS=$(release backup-job)
    PORT=${BENCH_PORT:-18100}
    start_database
    fill_database
    say "static release build; $ROUNDS rounds; load $(cut -d ' ' -f 1-3 /proc/loadavg)"
    : >"$figures"
    for ((round = 0; round < ROUNDS; round++)); do one_round; done 3>>"$figures"
    medians_of "$figures" >"$figures.medians"
    awk -F '\t' '
        BEGIN { printf "\n%-34s %10s %10s %10s\n", "", "wall", "CPU", "peak" }
        { printf "%-34s %8.2f s %8.2f s %6.1f MiB\n", $1, $2 / 1000, $3 / 1000, $4 / 1024 }
    ' "$figures.medians"
    awk -F '\t' -v ours="$(<"$HOME_OF_SERVERS/size")" -v gzip="$(<"$HOME_OF_SERVERS/size.gzip")" '
        { wall[$1] = $2; peak[$1] = $4 }
        function goal(good, text) { printf "%s %s\n", good ? "✓" : "✗", text; failed = failed || !good }
        END {
            dump = wall["backup-job, its dump"]
            print ""
            floor = dump / wall["pg_dump >/dev/null"]
            goal(floor <= 1.25, sprintf("%.2f times pg_dump >/dev/null, goal 1.25", floor))
            faster = wall["pg_dump | gzip -6"] / dump
            goal(faster >= 2, sprintf("%.2f times as fast as pg_dump | gzip -6, goal 2", faster))
            size = ours / gzip
            goal(size <= 1.03, sprintf("%.3f times the size of gzip -6, goal 1.03", size))
            mib = peak["backup-job run, read back"] / 1024
            goal(mib <= 64, sprintf("%.1f MiB at most, goal 64", mib))
            restore = wall["backup-job, its restore"] / wall["psql -f, tuned"]
            goal(restore <= 1.1, sprintf("its restore takes %.2f times psql -f, goal 1.1", restore))
            verify = wall["backup-job verify"] / wall["gzip -t"]
            goal(verify <= 1, sprintf("verify takes %.2f times gzip -t, goal 1", verify))
            exit failed
        }
    ' "$figures.medians"
}
