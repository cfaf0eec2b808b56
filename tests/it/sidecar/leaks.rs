//! Thirty ways to fail and more, by servers that say what they know: who asked, with which password,
//! by which name. Nothing of it leaves the process.

mod bot;
mod peer;
mod postgres;
mod redis;

use std::fs;
use std::thread;

use tests::canary::assert_absent;
use tests::{Canary, Program, SIDECAR_PATHS, Scratch, binary, free_port, http, in_a_view, unique};

use super::SOON;
use peer::{Mode, Peer};

/// How many sidecars watch at once.
const AT_ONCE: usize = 6;
/// `$1` is all that is known of names.
const IN_A_VIEW: &str = "mount --bind \"$1\" /etc/hosts && exec \"$2\" serve";

/// What nobody may see, and what a server says of it.
struct Secrets {
    user: String,
    password: Canary,
    database: String,
    hosts: [String; 3],
}

impl Secrets {
    fn new() -> Self {
        Self {
            user: format!("user_{}", unique()),
            password: Canary::password("a password"),
            database: format!("db_{}", unique()),
            hosts: ["postgres", "redis", "bot"].map(|of| format!("{of}-{}", unique())),
        }
    }

    /// All of it in one line.
    fn told(&self) -> String {
        let Self { user, password, database, hosts } = self;
        format!("{user} {} {} {database} {}", password.value(), password.in_url(), hosts.join(" "))
    }

    fn canaries(&self) -> Vec<Canary> {
        let mut canaries = vec![
            self.password.clone(),
            Canary::of("a user", &self.user),
            Canary::of("a database", &self.database),
        ];
        canaries.extend(self.hosts.iter().map(|host| Canary::of("a host", host)));
        canaries
    }
}

/// Watches three peers that fail in these ways, and shows that nothing is shown.
fn watch(postgres: &'static Mode, redis: &'static Mode, bot: &'static Mode) {
    let secrets = Secrets::new();
    let told = secrets.told();
    let peers = [postgres, redis, bot].map(|mode| Peer::start(mode, &told));
    let folder = Scratch::new();
    let hosts = folder.join("hosts");
    let known = secrets.hosts.join(" ");
    fs::write(&hosts, format!("127.0.0.1 localhost {known}\n")).expect("a file can be made");
    let port = free_port();
    let address = ([127, 0, 0, 1], port).into();
    let [at_postgres, at_redis, at_bot] =
        [0, 1, 2].map(|number| format!("{}:{}", secrets.hosts[number], peers[number].port()));
    let (user, password, database) = (&secrets.user, secrets.password.in_url(), &secrets.database);
    let postgres_url =
        format!("postgresql://{user}:{password}@{at_postgres}/{database}{}", postgres.query);
    let scheme = if redis.query.is_empty() { "redis" } else { "rediss" };
    let mut sidecar = in_a_view(IN_A_VIEW)
        .args([hosts, binary("sidecar")])
        .env("LISTEN_ADDR", format!("127.0.0.1:{port}"))
        .env("DATABASE_URL", postgres_url)
        .env("REDIS_URL", format!("{scheme}://{user}:{password}@{at_redis}/3"))
        .env("BOT_HEALTH_URL", format!("http://{at_bot}/{}", secrets.user))
        .env("HEALTH_INTERVAL_SECONDS", "1")
        .env("CHECK_TIMEOUT_SECONDS", "1")
        .env("LOG_LEVEL", "DEBUG")
        .env("STATE_DIR", folder.path())
        .env("LOG_DIR", folder.path())
        .env("BACKUP_DIR", folder.path())
        .spawn();
    let names = [("postgres", postgres), ("redis", redis), ("bot", bot)];
    for (check, mode) in names {
        sidecar.wait_until(&format!("{}: {}", mode.name, mode.code), SOON, |sidecar| {
            let Ok(answer) = http::get(address, "/health", SOON) else { return false };
            let health = answer.json();
            let found = &health["checks"][check];
            assert!(!sidecar.stderr().contains("panic"), "{}", sidecar.stderr());
            found["ok"] == false && found["error_code"] == mode.code
        });
    }
    let canaries = secrets.canaries();
    let place = names.map(|(_, mode)| mode.name).join(", ");
    for path in SIDECAR_PATHS {
        for accept in ["*/*", "application/health+json"] {
            let answer = http::request(address, "GET", path, &[("accept", accept)], b"", SOON);
            let answer = answer.expect("an answer");
            let headers = format!("{:?}", answer.headers);
            assert_absent(&canaries, &format!("{path} of {place}"), &answer.body);
            assert_absent(&canaries, &format!("a header of {path}"), headers.as_bytes());
        }
    }
    sidecar.terminate();
    let finished = sidecar.wait(SOON);
    let log = finished.stdout + &finished.stderr;
    assert!(log.contains(postgres.code) && log.contains(redis.code), "{log}");
    assert_absent(&canaries, &format!("the log of {place}"), log.as_bytes());
}

#[test]
fn whatever_fails_and_however_nothing_of_a_connection_string_is_shown() {
    let modes = (postgres::MODES, redis::MODES, bot::MODES);
    assert!(modes.0.len() + modes.1.len() + modes.2.len() >= 30);
    let runs = modes.0.len().max(modes.1.len()).max(modes.2.len());
    let all: Vec<_> = (0..runs)
        .map(|run| {
            let of = |modes: &'static [Mode]| &modes[run % modes.len()];
            (of(modes.0), of(modes.1), of(modes.2))
        })
        .collect();
    for some in all.chunks(AT_ONCE) {
        thread::scope(|scope| {
            for &(postgres, redis, bot) in some {
                scope.spawn(move || watch(postgres, redis, bot));
            }
        });
    }
}

/// What real servers say of a user who may not do much.
#[test]
fn what_real_servers_say_of_a_stranger_is_not_repeated() {
    let world = super::World::new();
    let (user, password) = (format!("user_{}", unique()), Canary::password("a password"));
    let quoted = password.value().replace('\'', "''");
    for sql in [
        format!("create role {user} login password '{quoted}'"),
        format!("revoke connect on database {} from public", world.database),
    ] {
        let _ = world.postgres.sql("postgres", &sql);
    }
    let allowed = ["ACL", "SETUSER", &user, "on", &format!(">{}", password.value()), "+auth"];
    assert_eq!(world.redis.command(&allowed), "OK");
    let canaries = [
        password.clone(),
        Canary::of("a user", &user),
        Canary::of("the database", &world.database),
    ];
    let login = format!("{user}:{}@127.0.0.1", password.in_url());
    let (postgres, redis) = (world.postgres.port(), world.redis.port());
    let missing = format!("db_{}", unique());
    for (database, code) in
        [(&world.database, "postgres_permission_denied"), (&missing, "postgres_database_missing")]
    {
        let program: Program = world.program();
        let mut sidecar = program
            .env("DATABASE_URL", format!("postgresql://{login}:{postgres}/{database}"))
            .env("REDIS_URL", format!("redis://{login}:{redis}/0"))
            .env("LOG_LEVEL", "DEBUG")
            .spawn();
        let health = world.wait_for(&mut sidecar, 503, "unhealthy");
        assert_eq!(health["checks"]["postgres"]["error_code"], code);
        assert_eq!(health["checks"]["redis"]["error_code"], "redis_permission_denied");
        let pages = SIDECAR_PATHS.map(|path| world.get(path).expect("an answer").text()).concat();
        sidecar.terminate();
        let finished = sidecar.wait(SOON);
        let shown = pages + &finished.stdout + &finished.stderr;
        assert!(shown.contains(code), "{shown}");
        assert_absent(&canaries, "an answer or the log", shown.as_bytes());
        assert!(!shown.contains(&missing), "{shown}");
    }
}
