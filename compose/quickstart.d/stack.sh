# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# Brings the stack up, shows its health, takes it away.

compose() { docker compose --ansi never -f "$here/docker-compose.prod.yml" "$@"; }

stack_up() {
    ports_are_free
    on_failure=show_what_failed
    step "Start the stack and wait until it is healthy" compose up -d
    on_failure=""
}

# Docker would say so only after everything else has started.
ports_are_free() {
    runs nginx || port_is_free HTTP_PORT
    runs nginx || port_is_free HTTPS_PORT
    runs sidecar || port_is_free STATUS_PORT
}

runs() { [[ -n $(compose ps -q --status running "$1" 2>/dev/null) ]]; } # runs SERVICE

port_is_free() { # port_is_free NAME
    local port
    port=$(port_of "$1")
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        refuse 2 "port $port is taken on this host: set $1, in the environment or in .env.production"
    fi
}

port_of() { # port_of NAME
    local port=${!1:-$(setting "$1")}
    case $1,$port in
        HTTP_PORT,) port=80 ;;
        HTTPS_PORT,) port=443 ;;
        STATUS_PORT,) port=8088 ;;
        PROMETHEUS_PORT,) port=9090 ;;
    esac
    printf '%s' "$port"
}

show_what_failed() {
    local service
    compose ps --all --format 'table {{.Service}}\t{{.Status}}' >&2 || true
    for service in preflight backup-predeploy sidecar bot nginx; do
        printf '\n  The last words of %s:\n' "$service" >&2
        compose logs --no-log-prefix --tail 20 "$service" 2>&1 | sed $'s/\e\\[[0-9]*K//g; s/^/    /' >&2 || true
    done
}

show_stack() {
    local port http health status
    port=$(port_of HTTPS_PORT)
    http=$(port_of HTTP_PORT)
    health=$work/health.json
    status=$(ask_health "$port" "$health")
    [[ $status != wrong-key ]] ||
        refuse 1 "another certificate than nginx/tls/fullchain.pem answers on port $port: restart nginx to have it read the new one"
    if [[ ! -s $health ]]; then
        show_what_failed
        refuse 1 "nginx gave no answer on https://localhost:$port/health"
    fi
    pretty <"$health"
    [[ $port != 443 ]] || port=
    [[ $http != 80 ]] || http=
    cat >&2 <<END

  https://localhost${port:+:$port}/health        the health of the stack (a self-signed certificate unless you gave your own)
  https://localhost${port:+:$port}/webhook/TOKEN POST: where Telegram delivers, TOKEN as in .env.production
  http://localhost${http:+:$http}                leads to https
  http://localhost:$(port_of STATUS_PORT)/           the status page, on this host alone; /metrics beside it

  docker compose -f $here/docker-compose.prod.yml ps    what runs
  $here/quickstart down    takes it away
END
    [[ $status == 200 ]] || refuse 1 "the stack answers, but is not healthy (HTTP $status)"
}

# Prometheus with our alert rules, beside a stack that runs.
monitoring_up() {
    runs sidecar || refuse 2 "the stack does not run: start it with quickstart first"
    [[ -n $(setting PROMETHEUS_IMAGE) || ${chosen[PROMETHEUS_IMAGE]} == "${public[PROMETHEUS_IMAGE]}" ]] ||
        say "! add PROMETHEUS_IMAGE=${chosen[PROMETHEUS_IMAGE]} to $env_file: Compose alone would take another"
    runs prometheus || port_is_free PROMETHEUS_PORT
    step "Start Prometheus" compose --profile monitoring up -d --no-deps prometheus
    step "Wait until it answers" prometheus_answers
    say "http://localhost:$(port_of PROMETHEUS_PORT)/alerts    Prometheus, on this host alone"
}

prometheus_answers() {
    curl --silent --show-error --fail --retry 30 --retry-delay 1 --retry-all-errors --max-time 10 --noproxy '*' \
        --output /dev/null "http://127.0.0.1:$(port_of PROMETHEUS_PORT)/-/ready"
}

# The key that answers must be the certificate's: the name on it need not be localhost.
ask_health() { # ask_health PORT FILE
    local pin status tries
    pin=$(openssl x509 -in "$here/nginx/tls/fullchain.pem" -noout -pubkey |
        openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64)
    for ((tries = 0; tries < 20; tries++)); do
        status=$(curl --silent --insecure --pinnedpubkey "sha256//$pin" --max-time 10 --noproxy '*' \
            --output "$2" --write-out '%{http_code}' "https://localhost:$1/health") || case $? in
        90) status=wrong-key ;; # curl's own code for a key that is not the pinned one
        *) status=000 ;;
        esac
        [[ $status == 000 || $status == 502 ]] || break
        sleep 0.5
    done
    printf '%s' "$status"
}

# Lays JSON out without a tool that a fresh machine may not have.
pretty() {
    awk '
        function newline() { printf "\n%*s", depth * 2, "" }
        {
            for (at = 1; at <= length($0); at++) {
                c = substr($0, at, 1)
                if (quoted) {
                    printf "%s", c
                    if (escaped) escaped = 0
                    else if (c == "\\") escaped = 1
                    else if (c == "\"") quoted = 0
                }
                else if (c == "\"") { quoted = 1; printf "%s", c }
                else if (c == "{" || c == "[") { depth++; printf "%s", c; newline() }
                else if (c == "}" || c == "]") { depth--; newline(); printf "%s", c }
                else if (c == ",") { printf ","; newline() }
                else if (c == ":") printf ": "
                else if (c !~ /[[:space:]]/) printf "%s", c
            }
        }
        END { print "" }'
}

stack_down() { # stack_down [--volumes]
    engine_answers || refuse 2 "no Docker engine answers: $(engine_complaint)"
    compose_answers || refuse 2 "Docker Compose $compose_wanted or newer is missing"
    [[ -e $env_file ]] || refuse 2 "there is no $env_file, without which Compose can't read the stack"
    step "Stop and remove the stack" compose --profile monitoring down --remove-orphans ${1:+"$1"}
    say "What stays on this host:"
    [[ -n ${1-} ]] || say "  the databases and what Prometheus kept, in Docker volumes (quickstart down --volumes removes them for good)"
    say "  the configuration, with its secrets, and the certificate: $env_file, $here/nginx/tls"
    say "  the records: $(folder_of STATE_DIR), $(folder_of LOG_DIR)"
    say "  the backups: $(folder_of BACKUP_DIR)"
    say "  the images, and the engine"
}
