# shellcheck shell=bash
# The part `deploy` of tests/bench/run, which sources it and has set $BENCH.
#
# The same two releases of the example bot go to and fro on one stack, in turns by each of three ways, while
# updates are posted through nginx: `deploy up`, `docker compose up -d --wait` after an edit of the file, and
# docker-rollout's way (a second container, its health, the end of the first). A fourth release is never healthy.

bench_deploy() {
    need docker curl jq
    local rounds=${BENCH_DEPLOYS:-3} folder=$BENCH/stack name way failed=0
    local figures=$BENCH/deploy.tsv
    export COMPOSE_PROJECT_NAME=ballast-bench HTTP_PORT=28080 HTTPS_PORT=28443 STATUS_PORT=28088 PROMETHEUS_PORT=29090
    rm -rf "$folder" && mkdir -p "$folder"
    cp -a compose/. "$folder"
    rm -rf "$folder"/{.env.production,bot.env,deployment,log,backups,nginx/tls}
    trap bench_deploy_end EXIT
    (cd "$folder" && ./quickstart env) >&2
    for name in v1.0.0 v2.0.0; do example_bot "$name" "LABEL release=$name"; done
    example_bot v3.0.0 'ENV BOT_UNHEALTHY=1'
    write DEPLOYMENT_TAG v1.0.0
    write BOT_IMAGE localhost/ballast-bench/bot:v1.0.0
    write HEALTHCHECK_INTERVAL 5s
    write GATE_STABLE_SECONDS 5
    docker create --name ballast-bench-deploy --label com.docker.compose.project=ballast-bench \
        "localhost/ballast/deploy:$(value BALLAST_TAG)" >/dev/null
    docker cp -q ballast-bench-deploy:/deploy "$BENCH/deploy-program"
    docker rm ballast-bench-deploy >/dev/null
    unset HTTP_PORT HTTPS_PORT STATUS_PORT PROMETHEUS_PORT
    say "bringing the stack up; $rounds rounds; load $(cut -d ' ' -f 1-3 /proc/loadavg)"
    by_deploy v1.0.0 >/dev/null
    local preflight backup start
    read -r preflight backup start < <(by_hand)

    printf 'way\tseconds\town\tlost\tsent\n' >"$figures"
    local round next=v2.0.0
    for ((round = 0; round < rounds; round++)); do
        for way in by_deploy by_compose by_rollout; do
            measured "$way" "$next" >>"$figures"
            [[ $next == v1.0.0 ]] && next=v2.0.0 || next=v1.0.0
        done
    done
    measured by_deploy v3.0.0 | sed 's/^by_deploy/bad/' >>"$figures"

    column -t -s $'\t' "$figures"
    echo
    awk -F '\t' -v preflight="$preflight" -v backup="$backup" -v start="$start" '
        BEGIN { hand = preflight + backup + start }
        $1 == "by_deploy" { over = $2 - $3 - hand; if (n++ == 0 || over < least) least = over; if (over > most) most = over; lost += $4; sent += $5 }
        $1 == "by_compose" { c_lost += $4 }
        $1 == "by_rollout" { r_lost += $4 }
        $1 == "bad" { back = $2 - $3; b_lost = $4 }
        END {
            printf "  by hand: %.1f s for the container of preflight, %.1f s for that of the backup beyond its work, %.1f s for docker start\n", preflight, backup, start
            printf "  deploy: %.1f to %.1f s beyond that, the backup, the new container'"'"'s way to its first good check and the window (goal 2 s); %d of %d requests lost (goal 0)\n", least, most, lost, sent
            printf "  lost beside it: %d by docker compose up -d --wait, %d by docker-rollout'"'"'s way\n", c_lost, r_lost
            printf "  a bad release: the former one is seen healthy %.1f s after the failure and the window (goal 10 s); %d lost\n", back, b_lost
            exit !(most <= 2 && lost == 0 && back <= 10 && b_lost == 0)
        }' "$figures" || failed=1
    return "$failed"
}

bench_deploy_end() {
    local label=label=com.docker.compose.project=ballast-bench
    docker ps -aq --filter "$label" | xargs -r docker rm -f -v >/dev/null
    docker ps -aq --filter label=ballast.keeps=ballast-bench | xargs -r docker rm -f -v >/dev/null
    docker network ls -q --filter "$label" | xargs -r docker network rm >/dev/null
    docker volume ls -q --filter "$label" | xargs -r docker volume rm >/dev/null
    docker image ls -q localhost/ballast-bench/bot | sort -u | xargs -r docker image rm -f >/dev/null
}

example_bot() { # example_bot TAG LINE
    mkdir -p "$BENCH/image"
    printf 'FROM localhost/ballast/bot:%s\n%s\n' "$(value BALLAST_TAG)" "$2" >"$BENCH/image/Dockerfile"
    docker build -q -t "localhost/ballast-bench/bot:$1" "$BENCH/image" >/dev/null 2>&1
}

value() { sed -n "s/^$1=//p" "$BENCH/stack/.env.production" | tail -n 1; } # value NAME

write() { # write NAME VALUE
    sed -i "/^$1=/d" "$BENCH/stack/.env.production"
    printf '%s=%s\n' "$1" "$2" >>"$BENCH/stack/.env.production"
}

compose() { docker compose --progress quiet -f "$BENCH/stack/docker-compose.prod.yml" "$@"; }

bots() { # bots: the containers of the application
    docker ps -q --no-trunc --filter label=com.docker.compose.project=ballast-bench \
        --filter label=com.docker.compose.service=bot
}

by_deploy() { "$BENCH/deploy-program" --dir "$BENCH/stack" up "$1" 2>/dev/null; }

by_compose() {
    write DEPLOYMENT_TAG "$1"
    write BOT_IMAGE "localhost/ballast-bench/bot:$1"
    compose up -d --wait 2>/dev/null
}

by_rollout() {
    local old new
    write DEPLOYMENT_TAG "$1"
    write BOT_IMAGE "localhost/ballast-bench/bot:$1"
    old=$(bots)
    compose up -d --no-deps --no-recreate --scale bot=2 bot 2>/dev/null
    new=$(bots | grep -vxF "$old")
    until [[ $(docker inspect -f '{{.State.Health.Status}}' "$new") == healthy ]]; do sleep 0.5; done
    docker stop "$old" >/dev/null
    docker rm "$old" >/dev/null
}

# What the containers of a deployment take by hand, each the mean of three: the seconds that preflight runs, those
# that the backup runs beyond its own work, and those that the start of one more bot takes.
by_hand() {
    local began preflight=0 backup=0 start=0 record bot
    for _ in 1 2 3; do
        began=$EPOCHREALTIME
        compose run --rm --no-deps -T preflight check >/dev/null 2>&1
        preflight=$(plus "$preflight" "$began" 0)
        began=$EPOCHREALTIME
        record=$(compose run --rm --no-deps -T -e BACKUP_REUSE_SECONDS=0 backup-predeploy 2>/dev/null)
        backup=$(plus "$backup" "$began" "$(jq .duration_ms <<<"$record")")
        compose create --no-recreate --scale bot=2 bot 2>/dev/null
        bot=$(docker ps -aq --filter label=com.docker.compose.project=ballast-bench \
            --filter label=com.docker.compose.service=bot --filter status=created)
        began=$EPOCHREALTIME
        docker start "$bot" >/dev/null
        start=$(plus "$start" "$began" 0)
        docker rm -f "$bot" >/dev/null
    done
    printf '%s %s %s\n' "$preflight" "$backup" "$start"
}

plus() { # plus SUM BEGAN MILLISECONDS: and a third of the time since then, without those
    awk -v sum="$1" -v began="$2" -v now="$EPOCHREALTIME" -v not="$3" 'BEGIN { print sum + (now - began - not / 1000) / 3 }'
}

# A line: the way, the seconds until it is done, those that are the container's own or are meant to pass, the
# requests that were lost and those that were sent.
measured() { # measured WAY TAG
    local began journal=$BENCH/stack/log/deployments.log codes=$BENCH/codes seconds own=0 sent lost
    : >"$codes"
    post_all_the_while "$codes" &
    local poster=$!
    began=$EPOCHREALTIME
    "$1" "$2" >/dev/null || true
    seconds=$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')
    sleep 1
    kill "$poster"
    wait "$poster" 2>/dev/null || true
    if [[ $1 == by_deploy ]]; then
        read -r seconds own < <(spent "$journal" "$began" "$2")
    fi
    sent=$(wc -l <"$codes") lost=$(grep -cvx 200 "$codes" || true)
    printf '%s\t%.1f\t%.1f\t%d\t%d\n' "$1" "$seconds" "$own" "$lost" "$sent"
}

# Of a success: from the command to it, and the start of the container until its first good check, the window and the
# backup. Of a bad release: from the failure until the former one was seen healthy, and the window.
spent() { # spent JOURNAL BEGAN TAG
    local failed back start backup
    if [[ $3 == v3.0.0 ]]; then
        failed=$(jq -rs 'map(select(.status == "failed")) | last.completed_at' "$1")
        back=$(jq -rs 'map(select(.status == "rolled_back")) | last.completed_at' "$1")
        awk -v a="$(date -d "$failed" +%s.%N)" -v b="$(date -d "$back" +%s.%N)" 'BEGIN { print b - a, 5 }'
        return
    fi
    back=$(jq -rs 'map(select(.status == "success")) | last.completed_at' "$1")
    start=$(docker inspect "$(bots)" | jq -r '.[0].State | [.StartedAt, (.Health.Log | map(select(.ExitCode == 0)) | first.End)] | @tsv')
    # One that was there already took no time.
    backup=$(jq -r --arg began "$(date -u -d "@$2" +%FT%TZ)" \
        '.backups | last | if .created_at >= $began then .duration_ms else 0 end' "$BENCH/stack/backups/backup_index.json")
    awk -v began="$2" -v done="$(date -d "$back" +%s.%N)" -v a="$(date -d "${start%%$'\t'*}" +%s.%N)" \
        -v b="$(date -d "${start##*$'\t'}" +%s.%N)" -v backup="$backup" \
        'BEGIN { print done - began, (b - a) + 5 + backup / 1000 }'
}

post_all_the_while() { # post_all_the_while FILE
    local id=1 url
    url=https://127.0.0.1:$(value HTTPS_PORT)/webhook/$(value TELEGRAM_BOT_TOKEN)
    while :; do
        id=$((id + 1))
        curl -sk -o /dev/null -w '%{http_code}\n' -H 'content-type: application/json' \
            -d "{\"update_id\":$((RANDOM * 32768 + id))}" --max-time 10 "$url" >>"$1" || true
        sleep 0.03
    done
}
