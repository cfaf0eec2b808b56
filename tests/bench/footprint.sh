# shellcheck shell=bash
# The part `footprint` of tests/bench/run, which sources it and has set $BENCH.

# shellcheck source=servers.sh
. tests/bench/servers.sh

resident_kib() { awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"; }

cpu_ticks() { # cpu_ticks PID: user and system time so far
    awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"
}

# Microseconds from the start of a program until its URL answers 2xx.
until_ready() { # until_ready URL COMMAND…: leaves the program running
    local url=$1 began=${EPOCHREALTIME/[.,]/}
    shift
    "$@"
    until curl -fs -o /dev/null "$url"; do :; done
    READY=$((${EPOCHREALTIME/[.,]/} - began))
}

postgres_exporter() {
    launch postgres-exporter env DATA_SOURCE_NAME="$DATABASE_URL?sslmode=disable" \
        prometheus-postgres-exporter --web.listen-address="127.0.0.1:$((PORT + 3))"
}

redis_exporter() {
    launch redis-exporter env REDIS_PASSWORD="$PASSWORD" prometheus-redis-exporter \
        -redis.addr "redis://127.0.0.1:$((PORT + 2))" -web.listen-address "127.0.0.1:$((PORT + 4))"
}

bench_footprint() {
    need curl prometheus-postgres-exporter prometheus-redis-exporter getconf
    local programs seconds=${BENCH_SECONDS:-120} ticks id name ready=() ids=() before=() used=() kib=() index size
    programs=$(release sidecar)
    ticks=$(getconf CLK_TCK)
    start_servers
    until_ready "http://127.0.0.1:$PORT/health" start_sidecar "$programs/sidecar"
    ready+=("$READY") ids+=("${SERVERS[-1]}")
    until_ready "http://127.0.0.1:$((PORT + 3))/metrics" postgres_exporter
    ready+=("$READY") ids+=("${SERVERS[-1]}")
    until_ready "http://127.0.0.1:$((PORT + 4))/metrics" redis_exporter
    ready+=("$READY") ids+=("${SERVERS[-1]}")

    # An exporter asks when it is scraped: each, ours too, is scraped as often as ours asks.
    say "static release build; $seconds seconds; load $(cut -d ' ' -f 1-3 /proc/loadavg)"
    for id in "${ids[@]}"; do before+=("$(cpu_ticks "$id")"); done
    for ((index = 0; index < seconds / 5; index++)); do
        curl -fs -o /dev/null "http://127.0.0.1:$PORT/metrics" -o /dev/null \
            "http://127.0.0.1:$((PORT + 3))/metrics" -o /dev/null "http://127.0.0.1:$((PORT + 4))/metrics"
        sleep 5
    done
    for index in 0 1 2; do
        id=${ids[index]}
        kib+=("$(resident_kib "$id")")
        used+=("$(awk -v t=$(($(cpu_ticks "$id") - before[index])) -v hz="$ticks" -v s="$seconds" \
            'BEGIN { printf "%.1f", t / hz / s * 3600 }')")
    done
    printf '\n%-30s %14s %18s %16s\n' '' 'resident' 'CPU s per hour' 'start to ready'
    index=0
    for name in sidecar prometheus-postgres-exporter prometheus-redis-exporter; do
        awk -v name="$name" -v kib="${kib[index]}" -v cpu="${used[index]}" -v ready="${ready[index]}" \
            'BEGIN { printf "%-30s %10.1f MiB %18.1f %13.0f ms\n", name, kib / 1024, cpu, ready / 1000 }'
        index=$((index + 1))
    done
    size=$(stat -c %s "$programs/sidecar")
    awk -v ours="${kib[0]}" -v theirs="$((kib[1] + kib[2]))" -v size="$size" 'BEGIN {
        small = ours <= 8 * 1024; share = ours * 4 <= theirs; slim = size <= 5000000
        printf "\n%s resident %.1f MiB, goal 8\n", small ? "✓" : "✗", ours / 1024
        printf "%s 1/%.1f of the exporters together, goal 1/4\n", share ? "✓" : "✗", theirs / ours
        printf "%s program, which is all of the image but two small files, %.1f MB, goal 5\n", slim ? "✓" : "✗", size / 1e6
        exit !(small && share && slim)
    }'
}
