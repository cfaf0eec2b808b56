# shellcheck shell=bash
# The part `probe` of tests/bench/run, which sources it and has set $BENCH.

# shellcheck source=servers.sh
. tests/bench/servers.sh

bench_probe() { # bench_probe ROUNDS
    need curl wget
    local programs url figures=$BENCH/probe.tsv plan=$BENCH/probe.plan failed=0
    programs=$(release sidecar preflight)
    start_servers
    start_sidecar "$programs/sidecar"
    url=http://127.0.0.1:$PORT/health
    until_true 'the sidecar' curl -fs "$url"

    row() { local IFS=$'\t' && printf '%s\n' "$*"; }
    {
        row '/bin/true' 1 0 - /bin/true
        row 'sidecar probe' 1 0 - "$programs/sidecar" probe "$url"
        row 'preflight probe' 1 0 - "$programs/preflight" probe "$url"
        row 'curl' 1 0 - "$(command -v curl)" -fsS -o /dev/null "$url"
        row 'wget' 1 0 - "$(command -v wget)" -q -O /dev/null "$url"
    } >"$plan"

    say "static release build; $1 rounds; load $(cut -d ' ' -f 1-3 /proc/loadavg)"
    measure "$1" "$plan" >"$figures"
    show "$figures"
    echo
    ratio "$figures" curl 'sidecar probe' 4 || failed=1
    ratio "$figures" curl 'preflight probe' 4 || failed=1
    ratio "$figures" wget 'sidecar probe' 1 || failed=1
    awk -F '\t' '/ probe\t/ { printf "  median of %s: %.2f ms (goal on a calm machine: 2 ms)\n", $1, $3 / 1000 }' \
        "$figures"
    return "$failed"
}
