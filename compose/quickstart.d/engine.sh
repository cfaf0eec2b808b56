# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# Sees that an engine and Compose answer, and brings what is missing where it can: a Debian-family host, as root.

compose_wanted=2.24 # the first with `include` and an env_file that may be missing

need_engine() {
    local missing=()
    command -v docker >/dev/null || missing+=("the docker command (Debian: package docker.io)")
    [[ ${#missing[@]} -gt 0 ]] || engine_answers || missing+=("a Docker engine that answers: $(engine_complaint)")
    compose_answers || missing+=("Docker Compose $compose_wanted or newer as a plugin of the docker command")
    command -v openssl >/dev/null || missing+=("openssl")
    command -v curl >/dev/null || missing+=("curl")
    if [[ ${#missing[@]} -gt 0 ]]; then
        can_install || refuse 2 "this needs, and can install only on a Debian-family host as root:" "${missing[@]/#/  - }"
        install_missing
    fi
    say "✓ engine $(docker version --format '{{.Server.Version}}') and Compose $(docker compose version --short) answer"
}

can_install() {
    [[ $EUID -eq 0 && -r /etc/os-release ]] || return 1
    # shellcheck source=/dev/null
    (. /etc/os-release && [[ " ${ID-} ${ID_LIKE-} " == *' debian '* ]])
}

install_missing() {
    local tool
    if ! command -v docker >/dev/null || { ! engine_answers && ! command -v dockerd >/dev/null; }; then
        step "Install the Docker engine" install_engine
    fi
    engine_answers || step "Start the Docker engine" start_engine
    compose_answers || step "Install Docker Compose" install_compose
    for tool in openssl curl; do
        command -v "$tool" >/dev/null || step "Install $tool" install_packages "$tool" ca-certificates
    done
    hash -r
}

engine_answers() { timeout 20 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

engine_complaint() {
    local words
    words=$(timeout 20 docker version --format '{{.Server.Version}}' 2>&1 >/dev/null) || true
    printf '%s' "${words:-no answer within 20 s}"
}

compose_answers() {
    local have
    have=$(docker compose version --short 2>/dev/null) || return 1
    newer_or_same "${have#v}" "$compose_wanted"
}

newer_or_same() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1) == "$2" ]]; }

install_packages() {
    refresh_lists
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

refresh_lists() { apt-get -o DPkg::Lock::Timeout=300 update; }

candidate() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: \([^(]*\)$/\1/p'; }

install_engine() {
    refresh_lists
    local packages=(docker.io ca-certificates)
    [[ -z $(candidate docker-cli) ]] || packages+=(docker-cli) # a package of its own since trixie
    install_packages "${packages[@]}"
}

start_engine() {
    local log=/var/log/dockerd.log waited daemon=""
    if [[ -n ${DOCKER_HOST-} ]]; then
        echo "DOCKER_HOST names an engine that is not this script's to start: $(engine_complaint)"
        return 2
    elif [[ -d /run/systemd/system ]]; then
        systemctl start docker
    elif [[ $(cat /proc/1/comm) == *init* && -x /etc/init.d/docker ]]; then
        service docker start
    else
        # The daemon outlives this script, so it must not inherit the lock.
        setsid dockerd >>"$log" 2>&1 </dev/null {lock}<&- &
        daemon=$!
    fi
    for ((waited = 0; waited < 60; waited++)); do
        ! engine_answers || return 0
        [[ -z $daemon ]] || kill -0 "$daemon" 2>/dev/null || break
        sleep 1
    done
    echo "the engine does not answer: $(engine_complaint)"
    [[ ! -f $log ]] || tail -n 20 "$log"
    return 2
}

install_compose() {
    refresh_lists
    local have
    have=$(candidate docker-compose)
    if [[ -n $(candidate docker-compose-v2) ]]; then
        install_packages docker-compose-v2
    elif [[ -n $have ]] && newer_or_same "$have" "$compose_wanted"; then
        install_packages docker-compose
    else
        compose_from_trixie
    fi
    compose_answers
}

# Takes one file out of trixie's signed package, through an apt root of its own: the host's package
# lists and pins stay as they are.
compose_from_trixie() {
    local root=$work/apt mirror plugins=/usr/local/lib/docker/cli-plugins keys=/usr/share/keyrings/debian-archive-keyring.gpg
    mirror=$(debian_mirror)
    if [[ ! -r $keys ]]; then
        echo "Docker Compose $compose_wanted or newer is not among this host's packages, and Debian's keys ($keys) to fetch it from trixie are not here"
        return 2
    fi
    mkdir -p "$root"/{lists/partial,cache/archives/partial,unpacked} "$plugins"
    echo "deb [signed-by=$keys] $mirror trixie main" >"$root/sources.list"
    local options=(
        -o "Dir::Etc::SourceList=$root/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$root/lists" -o "Dir::Cache=$root/cache" -o APT::Sandbox::User=root
        -o Acquire::Languages=none -o APT::Default-Release=
        -o APT::Update::Post-Invoke-Success= -o APT::Update::Post-Invoke=
    )
    apt-get "${options[@]}" update
    (cd "$root" && apt-get "${options[@]}" download docker-compose)
    dpkg-deb -x "$root"/docker-compose_*.deb "$root/unpacked"
    find "$root/unpacked" -path '*/cli-plugins/docker-compose' -type f -exec install -m 0755 '{}' "$plugins/" \;
}

# Where this host takes its Debian packages from.
debian_mirror() {
    if [[ -n ${DEBIAN_MIRROR-} ]]; then
        echo "$DEBIAN_MIRROR"
        return
    fi
    local found
    found=$(archive_of Debian)
    if [[ -z $found && $EUID -eq 0 ]]; then
        refresh_lists >&2
        found=$(archive_of Debian)
    fi
    if [[ -z $found ]]; then
        echo "this host's apt configuration names no Debian archive: set DEBIAN_MIRROR" >&2
        return 2
    fi
    echo "$found"
}

archive_of() { # archive_of LABEL
    # shellcheck disable=SC2016 # apt's own placeholders
    apt-get indextargets --format '$(ORIGIN) $(LABEL) $(COMPONENT) $(REPO_URI)' |
        awk -v label="$1" '$1 == "Debian" && $2 == label && $3 == "main" && !seen++ { print $4 }'
}
