# shellcheck shell=bash
# The part `history` of tests/bench/run, which sources it and has set $BENCH.

bench_history() {
    local program name folder=$BENCH/history failed=0
    program=$(release deploy)/deploy
    rm -rf "$folder" && mkdir -p "$folder"/{bin,long,short}
    : >"$folder/docker-compose.prod.yml"
    events 500000 >"$folder/long/deployments.log"
    events 100 >"$folder/short/deployments.log"
    # A line that is none, and one that a power cut tore.
    printf 'not a line\n{"schema_version":1,"rec' >>"$folder/long/deployments.log"
    row() { local IFS=$'\t' && printf '%s\n' "$*"; }
    for name in long short; do
        docker_of "$folder/bin/$name" "$folder/$name"
        row "deploy history, ${name}" 1 0 - /usr/bin/env "PATH=$folder/bin/$name:/usr/bin:/bin" \
            "$program" --dir "$folder" history
    done >"$folder/plan"
    say "$(wc -l <"$folder/long/deployments.log") lines, $(du -h "$folder/long/deployments.log" | cut -f 1); load $(cut -d ' ' -f 1-3 /proc/loadavg)"
    measure 100 "$folder/plan" >"$folder/figures"
    show "$folder/figures"
    awk -F '\t' '/long/ { printf "  p99 with the long one: %.0f ms (goal 200 ms)\n", $4 / 1000; exit !($4 <= 200000) }' \
        "$folder/figures" || failed=1
    rm -rf "$folder/long"
    return "$failed"
}

events() { # events COUNT: two lines each, as deploy writes them
    awk -v count="$1" 'BEGIN {
        opened = "\"completed_at\":null,\"duration_seconds\":null,"
        ended = "\"completed_at\":\"%s\",\"duration_seconds\":30,"
        for (number = 1; number <= count; number++) {
            at = strftime("%Y-%m-%dT%H:%M:%SZ", number * 300, 1)
            id = sprintf("%08x-0000-4000-8000-%012x", number, number)
            for (line = 0; line < 2; line++) {
                printf "{\"schema_version\":1,\"recorded_at\":\"%s\",\"event_id\":\"%s\",\"event_type\":\"deploy\",\"started_at\":\"%s\",", at, id, at
                if (line) printf ended, at; else printf "%s", opened
                printf "\"triggered_by\":\"manual\",\"operator\":\"root\",\"artifact_id\":\"v1.0.%d\",\"previous_artifact_id\":\"v1.0.%d\",", number, number - 1
                printf "\"status\":\"%s\",\"error_message\":null,\"health_check_passed\":%s,\"backup_created\":true,\"migration_applied\":false,", line ? "success" : "in_progress", line ? "true" : "null"
                printf "\"configuration_fingerprint\":\"%064d\",\"opened_by\":\"deploy\",\"backup_id\":\"app-20261123T012835Z-pre_deployment\",\"diagnosis\":null}\n", 7
            }
        }
    }'
}

# A docker command that only knows where the records are: what is measured is ours.
docker_of() { # docker_of FOLDER RECORDS
    mkdir -p "$1"
    cat >"$1/docker" <<END
#!/bin/sh
echo '{"name":"x","services":{"preflight":{"volumes":[{"source":"$2","target":"/opt/toogoodtogo/deployment"},{"source":"$2","target":"/var/log/toogoodtogo"}]}}}'
END
    chmod +x "$1/docker"
}
