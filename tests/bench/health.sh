# shellcheck shell=bash
# The part `health` of tests/bench/run, which sources it and has set $BENCH.

# shellcheck source=servers.sh
. tests/bench/servers.sh

# What answers stands on the first core, who asks on the second.
SERVER_CORE=0
CLIENT_CORE=1
ROUNDS=5
CONNECTIONS=32

nginx_configuration() { # nginx_configuration BODY: it serves the bytes as a file and from memory
    cat <<END
daemon off;
worker_processes 1;
pid $HOME_OF_SERVERS/nginx.pid;
error_log stderr error;
events { worker_connections 1024; }
http {
    access_log off;
    default_type application/json;
    keepalive_requests 100000000;
    sendfile on;
    tcp_nodelay on;
    open_file_cache max=16;
    $(for kind in client_body proxy fastcgi uwsgi scgi; do
        printf '%s_temp_path %s/%s; ' "$kind" "$HOME_OF_SERVERS" "$kind"
    done)
    server {
        listen 127.0.0.1:$((PORT + 3)) backlog=4096;
        location = /health { root $HOME_OF_SERVERS/www; add_header Cache-Control no-store; }
        location = /return { add_header Cache-Control no-store; return 200 '$1'; }
    }
}
END
}

# It asks both servers as often as the sidecar does, and answers from memory while both pass.
haproxy_configuration() {
    cat <<END
global
    nbthread 1
    maxconn 4096
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
frontend health
    bind 127.0.0.1:$((PORT + 4)) backlog 4096
    acl up nbsrv(postgres) gt 0
    acl up_too nbsrv(redis) gt 0
    http-request return status 200 content-type application/json file $HOME_OF_SERVERS/www/health hdr Cache-Control no-store if up up_too
    http-request return status 503
backend postgres
    mode tcp
    option pgsql-check user bench
    server postgres 127.0.0.1:$((PORT + 1)) check inter 5s
backend redis
    mode tcp
    option tcp-check
    tcp-check send "AUTH $PASSWORD\r\n"
    tcp-check expect string +OK
    tcp-check send "PING\r\n"
    tcp-check expect string +PONG
    server redis 127.0.0.1:$((PORT + 2)) check inter 5s
END
}

# A line: NAME REQUESTS_PER_SECOND P99_MICROSECONDS
ask() { # ask NAME URL [WRK OPTIONS…]
    local name=$1 url=$2 output
    shift 2
    output=$(taskset -c "$CLIENT_CORE" wrk --threads 1 --connections "$CONNECTIONS" \
        --duration "${BENCH_SECONDS:-5}s" --latency "$@" "$url")
    if grep -E 'Non-2xx|Socket errors' <<<"$output" >&2; then refuse "$name did not answer every request"; fi
    awk -v name="$name" -F '[ \t]+' '
        function micros(text) {
            return text ~ /us$/ ? text + 0 : text ~ /ms$/ ? text * 1000 : text * 1000000
        }
        $2 == "99%" { p99 = micros($3) }
        $1 == "Requests/sec:" { rate = $2 }
        END { printf "%s\t%d\t%d\n", name, rate, p99 }
    ' <<<"$output"
}

medians() { # medians FIGURES: the median rate and p99 of each name, in the order of appearance
    awk -F '\t' '
        !seen[$1]++ { order[++names] = $1 }
        { rate[$1, seen[$1]] = $2; p99[$1, seen[$1]] = $3 }
        function median(of, name, count,    i, j, t, list) {
            for (i = 1; i <= count; i++) list[i] = of[name, i]
            for (i = 2; i <= count; i++) for (j = i; j > 1 && list[j] < list[j - 1]; j--) {
                t = list[j]; list[j] = list[j - 1]; list[j - 1] = t
            }
            return list[int((count + 1) / 2)]
        }
        END {
            for (n = 1; n <= names; n++) printf "%s\t%d\t%d\n", order[n],
                median(rate, order[n], seen[order[n]]), median(p99, order[n], seen[order[n]])
        }
    ' "$1"
}

# Fails when we answer fewer requests than OTHER, or later.
beside() { # beside MEDIANS OURS OTHER
    awk -F '\t' -v ours="$2" -v other="$3" '
        { rate[$1] = $2; p99[$1] = $3 }
        END {
            good = rate[ours] >= rate[other] && p99[ours] <= p99[other]
            printf "%s %5.2f times the requests, %5.2f times the p99: %s beside %s\n", good ? "✓" : "✗",
                rate[ours] / rate[other], p99[ours] / p99[other], ours, other
            exit !good
        }
    ' "$1"
}

bench_health() {
    need wrk haproxy nginx taskset curl
    [[ $(nproc) -ge 2 ]] || refuse "this needs two cores"
    local programs body round way figures=$BENCH/health.tsv failed=0
    programs=$(release sidecar)
    start_servers
    start_sidecar "$programs/sidecar" taskset -c "$SERVER_CORE"
    until_true 'the sidecar' curl -fs "http://127.0.0.1:$PORT/health"
    body=$(curl -fs "http://127.0.0.1:$PORT/health")
    mkdir -m 0755 "$HOME_OF_SERVERS/www"
    printf '%s' "$body" >"$HOME_OF_SERVERS/www/health"
    chmod 0644 "$HOME_OF_SERVERS/www/health"
    nginx_configuration "$body" >"$HOME_OF_SERVERS/nginx.conf"
    launch nginx taskset -c "$SERVER_CORE" nginx -c "$HOME_OF_SERVERS/nginx.conf"
    haproxy_configuration >"$HOME_OF_SERVERS/haproxy.cfg"
    launch haproxy taskset -c "$SERVER_CORE" haproxy -f "$HOME_OF_SERVERS/haproxy.cfg"
    until_true nginx curl -fs "http://127.0.0.1:$((PORT + 3))/health"
    until_true HAProxy curl -fs "http://127.0.0.1:$((PORT + 4))/health"
    for round in 3/health 3/return 4/health; do
        [[ $(curl -fs "http://127.0.0.1:$((PORT + ${round%%/*}))/${round#*/}") == "$body" ]] ||
            refuse "what is compared does not answer the same"
    done

    say "static release build; $ROUNDS rounds; load $(cut -d ' ' -f 1-3 /proc/loadavg)"
    for ((round = 0; round < ROUNDS; round++)); do
        for way in 'keep-alive' 'new connections'; do
            local options=()
            [[ $way == keep-alive ]] || options=(--header 'Connection: close')
            ask "sidecar, $way" "http://127.0.0.1:$PORT/health" "${options[@]}"
            ask "nginx file, $way" "http://127.0.0.1:$((PORT + 3))/health" "${options[@]}"
            ask "nginx return, $way" "http://127.0.0.1:$((PORT + 3))/return" "${options[@]}"
            ask "HAProxy, $way" "http://127.0.0.1:$((PORT + 4))/health" "${options[@]}"
        done
    done >"$figures"
    medians "$figures" >"$figures.medians"
    awk -F '\t' '
        BEGIN { printf "\n%-34s %12s %12s\n", "", "requests/s", "p99" }
        { printf "%-34s %12d %9.2f ms\n", $1, $2, $3 / 1000 }
    ' "$figures.medians"
    echo
    for way in 'keep-alive' 'new connections'; do
        for other in 'nginx file' 'nginx return' HAProxy; do
            beside "$figures.medians" "sidecar, $way" "$other, $way" || failed=1
        done
    done
    return "$failed"
}
