# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# Shows what is going on. Steps go to stderr, so that results alone are on stdout.

refuse() { # refuse CODE LINE…
    local code=$1
    shift
    printf 'quickstart: %s\n' "$@" >&2
    exit "$code"
}

begin() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/quickstart.XXXXXX")
    step_pid="" on_failure=""
    trap clean EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    # The folder itself is the lock: nothing is left behind, and it ends with the process.
    exec {lock}<"$here"
    if ! flock -n "$lock"; then
        say "another quickstart is at work in $here; waiting for it"
        flock "$lock"
    fi
}

clean() {
    [[ -z $step_pid ]] || kill -TERM -- "-$step_pid" 2>/dev/null || true
    rm -rf -- "$work"
}

say() { printf '  %s\n' "$*" >&2; }

seconds_since() { # seconds_since MICROSECONDS
    local tenths=$(((${EPOCHREALTIME/[.,]/} - $1) / 100000))
    printf '%d.%d s' $((tenths / 10)) $((tenths % 10))
}

# Runs a command with its output kept aside, the end of which is printed only when it fails; then it ends the script,
# after $on_failure has said more.
step() { # step LABEL COMMAND…
    local label=$1 log=$work/step.log status=0 began=${EPOCHREALTIME/[.,]/}
    shift
    set -m # a process group of its own, so that an interrupt reaches all of it
    "$@" >"$log" 2>&1 </dev/null &
    step_pid=$!
    set +m
    if [[ -t 2 ]]; then
        spin "$label" "$began"
    else
        plod "$label" "$began"
    fi
    wait "$step_pid" || status=$?
    step_pid=
    if [[ $status -ne 0 ]]; then
        printf '  ✗ %s (%s)\n' "$label" "$(seconds_since "$began")" >&2
        tail -n 60 "$log" | sed 's/^/    /' >&2
        ${on_failure:-true}
        exit "$status"
    fi
    printf '  ✓ %s (%s)\n' "$label" "$(seconds_since "$began")" >&2
}

spin() {
    local frames="|/-\\" turn=0
    while kill -0 "$step_pid" 2>/dev/null; do
        printf '\r  %s %s (%s) ' "${frames:turn++%4:1}" "$1" "$(seconds_since "$2")" >&2
        sleep 0.1
    done
    printf '\r\033[K' >&2
}

plod() {
    local ticks=0
    while kill -0 "$step_pid" 2>/dev/null; do
        sleep 0.1
        ticks=$((ticks + 1))
        [[ $((ticks % 300)) -ne 0 ]] || say "… $1 (still at it, $(seconds_since "$2"))"
    done
}
