# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# Chooses the images that are not ours, public or stand-ins built from Debian packages, and has them all.

declare -A public=(
    [POSTGRES_IMAGE]=postgres:16-alpine
    [REDIS_IMAGE]=redis:8-alpine
    [NGINX_IMAGE]=nginx:1.28-alpine
    [PROMETHEUS_IMAGE]=prom/prometheus:v3.5.0
    [RUST_IMAGE]=rust:1.95-slim-trixie
)
declare -A stand_in=(
    [POSTGRES_IMAGE]=localhost/ballast/debian-postgres:17
    [REDIS_IMAGE]=localhost/ballast/debian-redis:8
    [NGINX_IMAGE]=localhost/ballast/debian-nginx:1.26
    [PROMETHEUS_IMAGE]=localhost/ballast/debian-prometheus:2.53
    [RUST_IMAGE]=localhost/ballast/debian-rust:1.96
)
base_image=localhost/ballast/debian-base:trixie
declare -A chosen=()

has_image() { docker image inspect "$1" >/dev/null 2>&1; }

from_sources() { [[ -f $sources/images.yml ]]; }

# What the stack is made of. Prometheus is no part of it until somebody asks for it. Without sources
# nothing is compiled here.
image_names() {
    printf '%s\n' POSTGRES_IMAGE REDIS_IMAGE NGINX_IMAGE
    ! from_sources || echo RUST_IMAGE
}

# What is decided stays decided: the caller's variables, then .env.production, then what is here already.
# Only where all of that is silent is a registry asked, once.
choose_images() {
    local name undecided=()
    [[ ${#chosen[@]} -eq 0 ]] || return 0
    for name in $(image_names); do
        chosen[$name]=${!name:-$(setting "$name")}
        [[ -n ${chosen[$name]} ]] || undecided+=("$name")
    done
    if [[ ${#undecided[@]} -gt 0 ]]; then
        if all_here public "${undecided[@]}"; then
            take public "${undecided[@]}"
        elif all_here stand_in "${undecided[@]}" || ! registry_answers; then
            take stand_in "${undecided[@]}"
        else
            take public "${undecided[@]}"
        fi
    fi
    choose_prometheus
    for name in "${!chosen[@]}"; do
        export "$name=${chosen[$name]}"
    done
}

# It comes from where nginx comes from, so that no registry is asked for what may never be started.
choose_prometheus() {
    local name=PROMETHEUS_IMAGE image
    image=${!name:-$(setting "$name")}
    if [[ -z $image && ${chosen[NGINX_IMAGE]} == "${stand_in[NGINX_IMAGE]}" ]]; then
        image=${stand_in[$name]}
    fi
    chosen[$name]=${image:-${public[$name]}}
}

all_here() { # all_here TABLE NAME…
    local -n table=$1
    local name
    for name in "${@:2}"; do
        has_image "${table[$name]}" || return 1
    done
}

take() { # take TABLE NAME…
    local -n table=$1
    local name
    for name in "${@:2}"; do
        chosen[$name]=${table[$name]}
    done
}

registry_answers() {
    if timeout 60 docker pull -q "${public[REDIS_IMAGE]}" >/dev/null 2>&1; then
        say "✓ a registry answers: public images"
    else
        say "✓ no registry answers: stand-ins from Debian packages"
        return 1
    fi
}

have_images() {
    choose_images
    # shellcheck disable=SC2046 # a word for each name
    have_chosen $(image_names)
    if from_sources; then
        export REVISION CA_BUNDLE BALLAST_TAG BALLAST_REGISTRY
        REVISION=$(revision)
        BALLAST_TAG=${BALLAST_TAG:-$(setting BALLAST_TAG)}
        BALLAST_REGISTRY=${BALLAST_REGISTRY:-$(setting BALLAST_REGISTRY)}
        CA_BUNDLE=$(ca_bundle)
        step "Build our images" docker compose -f "$sources/images.yml" build
    fi
    have_the_rest
}

have_chosen() { # have_chosen NAME…
    local name image build=()
    for name in "$@"; do
        image=${chosen[$name]}
        if has_image "$image"; then
            continue
        elif [[ $image == "${stand_in[$name]}" ]]; then
            build+=("$(stand_in_service "$image")")
        elif [[ $name != RUST_IMAGE ]]; then # the builder fetches its own
            step "Fetch $image" docker pull -q "$image"
        fi
    done
    [[ ${#build[@]} -eq 0 ]] || build_stand_ins "${build[@]}"
}

stand_in_service() {
    local service=${1##*/debian-}
    printf '%s' "${service%%:*}"
}

build_stand_ins() {
    [[ -x $sources/debian/base ]] || refuse 2 "no registry answers, and the sources that build stand-ins (docker/debian) are not beside this folder"
    export CA_BUNDLE
    CA_BUNDLE=$(ca_bundle)
    if ! has_image "$base_image"; then
        can_install || refuse 2 "no registry answers; stand-ins can be built only on a Debian-family host as root"
        command -v debootstrap >/dev/null || step "Install debootstrap" install_packages debootstrap
        step "Make the Debian base image" make_base
    fi
    step "Build stand-ins: $*" docker compose -f "$sources/debian/images.yml" build "$@"
}

make_base() {
    local mirror security
    mirror=$(debian_mirror)
    security=$(archive_of Debian-Security)
    "$sources/debian/base" "$base_image" "$mirror" "$security"
}

# Images that are neither chosen nor built here have to come from somewhere.
have_the_rest() {
    local registry tag bot image
    registry=${BALLAST_REGISTRY:-$(setting BALLAST_REGISTRY)} tag=${BALLAST_TAG:-$(setting BALLAST_TAG)}
    bot=${BOT_IMAGE:-$(setting BOT_IMAGE)}
    for image in {preflight,sidecar,backup-job}; do
        image=${registry:-localhost/ballast}/$image:${tag:-0.1.0}
        has_image "$image" || step "Fetch $image" docker pull -q "$image"
    done
    image=${bot:-localhost/ballast/bot:${tag:-0.1.0}}
    has_image "$image" || step "Fetch $image" docker pull -q "$image"
}

# The label says which sources an image was built from.
revision() {
    local found
    found=$(git -C "$here" rev-parse HEAD 2>/dev/null) || found=unknown
    [[ $found == unknown || -z $(git -C "$here" status --porcelain 2>/dev/null) ]] || found+=-dirty
    printf '%s' "$found"
}

ca_bundle() {
    local file
    for file in "${CA_BUNDLE-}" "${SSL_CERT_FILE-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
        if [[ -n $file && -r $file ]]; then
            printf '%s' "$file"
            return
        fi
    done
    printf /dev/null
}

print_images() {
    local name
    for name in $(image_names) "$@"; do
        printf '%s=%s\n' "$name" "${chosen[$name]}"
    done
}
