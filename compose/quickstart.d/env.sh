# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# Writes what the stack needs on the host: .env.production, a certificate, folders. What exists is left as it is.

env_file=$here/.env.production
ballast=10001 # the user and group that our programs run as

# What .env.production says of a name; nothing where it says nothing.
setting() { # setting NAME
    [[ -e $env_file ]] || return 0
    [[ -r $env_file ]] || refuse 2 "$env_file cannot be read by this user"
    local value
    value=$(sed -n "s/^$1=//p" "$env_file" | tail -n 1 | sed 's/[[:space:]]#.*//; s/[[:space:]]*$//')
    value=${value#[\"\']}
    printf '%s' "${value%[\"\']}"
}

have_env() {
    if [[ ! -e $env_file ]]; then
        step "Write .env.production with random secrets" write_env
    elif preflight_alone_reads_it; then
        say "✓ .env.production is there"
    else
        step "Let preflight, and nobody else, read .env.production" give_env
    fi
    local chain=$here/nginx/tls/fullchain.pem key=$here/nginx/tls/privkey.pem
    if [[ -e $chain && -e $key ]]; then
        say "✓ a certificate is there"
    elif [[ -e $chain || -e $key ]]; then
        refuse 2 "only one of $chain and $key is there"
    else
        step "Make a self-signed certificate" write_certificate
    fi
    have_folder "$(folder_of STATE_DIR)"
    have_folder "$(folder_of LOG_DIR)"
    have_folder "$(folder_of BACKUP_DIR)"
}

# Its owner writes it, the containers' group reads it, others do neither.
preflight_alone_reads_it() { [[ $(stat -L -c '%g %a' -- "$env_file") =~ ^$ballast\ .?[4-7]40$ ]]; }

give_env() { give "$(stat -L -c %u -- "$env_file"):$ballast" 0640 "$env_file"; }

folder_of() { # folder_of NAME
    local folder=${!1:-$(setting "$1")}
    case $1,$folder in
        STATE_DIR,) folder=./deployment ;;
        LOG_DIR,) folder=/var/log/toogoodtogo ;;
        BACKUP_DIR,) folder=/opt/backups/postgres ;;
    esac
    [[ $folder == /* ]] || folder=$here/${folder#./}
    printf '%s' "$folder"
}

have_folder() { # have_folder PATH
    local folder=$1
    if [[ ! -d $folder ]]; then
        mkdir -p -- "$folder"
        give "$ballast:$ballast" 0750 "$folder"
    elif [[ $(stat -c %u "$folder") -ne $ballast ]]; then
        [[ -z $(ls -A -- "$folder") ]] ||
            refuse 2 "$folder is somebody else's and not empty; if it is for this stack: chown -R $ballast:$ballast $folder && chmod 0750 $folder"
        step "Give $folder to the containers' user" give "$ballast:$ballast" 0750 "$folder"
    fi
}

# Sets owner and mode; without root, the engine's own root does it.
give() { # give OWNER MODE PATH
    if [[ $EUID -eq 0 ]]; then
        chown "$1" -- "$3"
        chmod "$2" -- "$3"
    else
        docker run --rm --network none --user 0:0 --entrypoint sh -v "$(dirname -- "$3"):/mnt" "${chosen[REDIS_IMAGE]}" \
            -euc 'chown "$1" "/mnt/$3"; chmod "$2" "/mnt/$3"' sh "$1" "$2" "$(basename -- "$3")"
    fi
}

random_hex() { openssl rand -hex "$1"; }

# A demo keeps everything in this folder; a server, whose folder is the one of the contract, where operators look for it.
write_env() {
    local database redis bot log_dir=./log backup_dir=./backups draft=$env_file.$$
    database=$(random_hex 24)
    redis=$(random_hex 24)
    # In the form that Telegram gives out: ten digits, a colon, 35 characters.
    bot="$((RANDOM % 9 + 1))$(printf '%09d' "$((RANDOM * 32768 + RANDOM))" | cut -c 1-9):AA$(openssl rand -base64 48 | tr -dc 'A-Za-z0-9' | cut -c 1-33)"
    if [[ $here == /opt/toogoodtogo ]]; then
        log_dir=/var/log/toogoodtogo backup_dir=/opt/backups/postgres
    fi
    (
        umask 077
        cat >"$draft" <<END
# Written by quickstart: every secret is random, so Telegram and Stripe know none of them. Replace
# those two and TELEGRAM_WEBHOOK_URL with your own; .env.production.template explains each line.
ENVIRONMENT_NAME=production
TELEGRAM_BOT_TOKEN=$bot
TELEGRAM_WEBHOOK_URL=https://bot.example.org/webhook/$bot
DATABASE_URL=postgresql://toogoodtogo:$database@postgres:5432/toogoodtogo
DATABASE_PASSWORD=$database
REDIS_URL=redis://:$redis@redis:6379/0
STRIPE_API_KEY=sk_live_$(random_hex 24)
LOG_LEVEL=INFO
ALLOWED_ORIGINS=
MAX_WORKERS=2
DEPLOYMENT_TAG=v${BALLAST_TAG:-0.1.0}

POSTGRES_USER=toogoodtogo
POSTGRES_DB=toogoodtogo
REDIS_PASSWORD=$redis

POSTGRES_IMAGE=${chosen[POSTGRES_IMAGE]}
REDIS_IMAGE=${chosen[REDIS_IMAGE]}
NGINX_IMAGE=${chosen[NGINX_IMAGE]}
PROMETHEUS_IMAGE=${chosen[PROMETHEUS_IMAGE]}
RUST_IMAGE=${chosen[RUST_IMAGE]-${public[RUST_IMAGE]}}
BOT_IMAGE=${BOT_IMAGE:-localhost/ballast/bot:${BALLAST_TAG:-0.1.0}}
BALLAST_REGISTRY=${BALLAST_REGISTRY:-localhost/ballast}
BALLAST_TAG=${BALLAST_TAG:-0.1.0}

STATE_DIR=./deployment
LOG_DIR=$log_dir
BACKUP_DIR=$backup_dir
BACKUP_RETENTION_DAYS=7
GATE_DEADLINE_SECONDS=600
HTTP_PORT=${HTTP_PORT:-80}
HTTPS_PORT=${HTTPS_PORT:-443}
STATUS_PORT=${STATUS_PORT:-8088}
PROMETHEUS_PORT=${PROMETHEUS_PORT:-9090}
HEALTHCHECK_INTERVAL=30s
HEALTHCHECK_START_PERIOD=60s
END
    )
    give "$EUID:$ballast" 0640 "$draft"
    ln -- "$draft" "$env_file" # never over a file that came meanwhile
    rm -f -- "$draft"
}

write_certificate() {
    local folder=$here/nginx/tls
    mkdir -p "$folder"
    (
        umask 077
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 \
            -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost,DNS:$(uname -n),IP:127.0.0.1,IP:::1" \
            -keyout "$folder/privkey.pem" -out "$folder/fullchain.pem"
    )
    chmod 0644 "$folder/fullchain.pem"
    # nginx's master reads it as root without the power to read other users' files.
    give 0:0 0600 "$folder/privkey.pem"
}
