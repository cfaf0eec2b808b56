# shellcheck shell=bash
# The part `preflight` of tests/bench/run, which sources it and has set $BENCH.

DOTENV_LINTER=4.0.0

# A good file of LINES lines, sorted, so that no linter has anything to say of it: the time is that of
# looking, not of talking. The secrets are made up.
good_file() { # good_file LINES
    local fixed=13
    awk -v count=$(($1 - fixed)) 'BEGIN {
        for (i = 1; i <= count; i++) printf "COMPOSE_BENCH_%05d=value-of-number-%05d\n", i, i
    }'
    cat <<'END'
DATABASE_PASSWORD=p7Xr2mQv9LkT4wZs
DATABASE_URL=postgresql://toogoodtogo:p7Xr2mQv9LkT4wZs@postgres:5432/toogoodtogo
DEPLOYMENT_TAG=v1.2.3
ENVIRONMENT_NAME=production
LOG_LEVEL=INFO
MAX_WORKERS=4
POSTGRES_DB=toogoodtogo
POSTGRES_USER=toogoodtogo
REDIS_PASSWORD=k3Vb8nHd6RfJ1yGc
REDIS_URL=redis://:k3Vb8nHd6RfJ1yGc@redis:6379/0
STRIPE_API_KEY=sk_live_m4Wq7tYp2ZsX9vBn6LdK
TELEGRAM_BOT_TOKEN=7123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0
TELEGRAM_WEBHOOK_URL=https://bot.ballast.app/webhook/x
END
}

# The same number of lines under names that nothing reads: each is looked up and told.
unknown_file() { # unknown_file LINES
    good_file "$1" | sed 's/^COMPOSE_BENCH_/APP_SETTING_/'
}

dotenv_linter() { # prints the program's path
    local found
    found=$(command -v dotenv-linter || true)
    if [[ -z $found || $("$found" --version) != "dotenv-linter $DOTENV_LINTER" ]]; then
        found=$BENCH/dotenv-linter/bin/dotenv-linter
        [[ -x $found ]] ||
            cargo install --quiet --locked --root "$BENCH/dotenv-linter" \
                "dotenv-linter@$DOTENV_LINTER" >&2
    fi
    printf '%s\n' "$found"
}

pydantic_settings() { # prints the interpreter's path
    local venv=$BENCH/venv
    if ! cmp -s tests/bench/requirements.txt "$venv/requirements.txt"; then
        rm -rf -- "$venv"
        python3 -m venv "$venv" >&2 || refuse "python3 can't make a venv (Debian: package python3-venv)"
        "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement \
            tests/bench/requirements.txt >&2
        cp tests/bench/requirements.txt "$venv/requirements.txt"
    fi
    printf '%s\n' "$venv/bin/python3"
}

bench_preflight() { # bench_preflight ROUNDS
    need python3
    local programs linter python lines often seldom figures=$BENCH/preflight.tsv plan=$BENCH/preflight.plan failed=0
    programs=$(release preflight)
    linter=$(dotenv_linter)
    python=$(pydantic_settings)
    umask 077
    for lines in 100 10000; do
        good_file "$lines" >"$BENCH/good-$lines.env"
        unknown_file "$lines" >"$BENCH/unknown-$lines.env"
    done

    # NAME, in which rounds, exit code, file with the environment or -, program and arguments
    row() { local IFS=$'\t' && printf '%s\n' "$*"; }
    {
        row '/bin/true' 1 0 - /bin/true
        row 'preflight check, 100 variables' 1 0 "$BENCH/good-100.env" "$programs/preflight" check
        row 'pydantic-settings, 100 variables' 20 0 "$BENCH/good-100.env" \
            "$python" -I tests/bench/settings.py "$BENCH/good-100.env" environment
        # Whoever takes seconds for the longer file is run less often.
        for lines in 100 10000; do
            often=$((lines == 100 ? 1 : 100)) seldom=$((lines == 100 ? 20 : 200))
            row "preflight lint, $lines lines" 1 0 - "$programs/preflight" lint "$BENCH/good-$lines.env"
            row "dotenv-linter, $lines lines" "$often" 0 - \
                "$linter" --plain check --skip-updates "$BENCH/good-$lines.env"
            row "pydantic-settings, $lines lines" "$seldom" 0 - \
                "$python" -I tests/bench/settings.py "$BENCH/good-$lines.env" file
        done
        # More findings than it keeps, which it calls an error.
        row 'preflight lint, 10000 lines, unknown' 10 1 - \
            "$programs/preflight" lint "$BENCH/unknown-10000.env"
        row 'dotenv-linter, 10000 lines, unknown' 100 0 - \
            "$linter" --plain check --skip-updates "$BENCH/unknown-10000.env"
    } >"$plan"

    say "static release build; $1 rounds; load $(cut -d ' ' -f 1-3 /proc/loadavg)"
    measure "$1" "$plan" >"$figures"
    show "$figures"
    echo
    ratio "$figures" 'dotenv-linter, 100 lines' 'preflight check, 100 variables' 1 || failed=1
    ratio "$figures" 'dotenv-linter, 100 lines' 'preflight lint, 100 lines' 1 || failed=1
    ratio "$figures" 'dotenv-linter, 10000 lines' 'preflight lint, 10000 lines' 1 || failed=1
    ratio "$figures" 'dotenv-linter, 10000 lines, unknown' 'preflight lint, 10000 lines, unknown' 1 || failed=1
    ratio "$figures" 'pydantic-settings, 100 variables' 'preflight check, 100 variables' 50 || failed=1
    ratio "$figures" 'pydantic-settings, 100 lines' 'preflight lint, 100 lines' 50 || failed=1
    awk -F '\t' '$1 == "preflight check, 100 variables" {
        printf "  p99 of check with 100 variables: %.2f ms (goal on a calm machine: 3 ms)\n", $4 / 1000
    }' "$figures"
    return "$failed"
}
