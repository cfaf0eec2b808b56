//! TLS with real servers: what each `sslmode` makes of each certificate, as `/health` tells it.

mod backup;
mod postgres;
mod redis;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::Value;
use tests::{
    Canary, Certificates, Postgres, Program, Redis, Scratch, canary, free_port, http, poll_until,
};

const SOON: Duration = Duration::from_secs(20);

/// Real servers, and certificates for them.
struct World {
    certificates: Certificates,
    postgres: Postgres,
    redis: Redis,
    database: String,
    folder: Scratch,
}

impl World {
    fn new() -> Self {
        let postgres = Postgres::start();
        let folder = Scratch::new();
        for name in ["state", "log", "backups"] {
            fs::create_dir(folder.join(name)).expect("a folder can be made");
        }
        let database = postgres.database();
        let redis = Redis::start();
        Self { certificates: Certificates::new(), postgres, redis, database, folder }
    }

    /// The connection string of the database, by way of `host`.
    fn database_url(&self, host: &str, query: &str) -> String {
        let url = self.postgres.url(&self.database).replace("127.0.0.1", host);
        format!("{url}?{query}")
    }

    /// The connection string of Redis's encrypted port, by way of `host`.
    fn redis_url(&self, host: &str, port: u16, fragment: &str) -> String {
        format!("rediss://:{}@{host}:{port}/0{fragment}", self.redis.password())
    }

    /// A sidecar that trusts the authority.
    fn sidecar(&self) -> Program {
        let folder = |name| self.folder.join(name).display().to_string();
        Program::new("sidecar")
            .env("DATABASE_URL", self.database_url("127.0.0.1", "sslmode=disable"))
            .env("REDIS_URL", self.redis.url())
            .env("CA_FILE", self.certificates.authority())
            .env("LOG_LEVEL", "DEBUG")
            .env("STATE_DIR", folder("state"))
            .env("LOG_DIR", folder("log"))
            .env("BACKUP_DIR", folder("backups"))
    }

    /// Runs it until it has asked once, has `look` look at the servers meanwhile, and gives the code
    /// of `check`, `ok` where there is none.
    fn asked<T>(&self, program: Program, check: &str, look: impl FnOnce() -> T) -> (String, T) {
        let address: SocketAddr = (Ipv4Addr::LOCALHOST, free_port()).into();
        let sidecar = program.env("LISTEN_ADDR", address.to_string()).spawn();
        let health = poll_until("the sidecar has asked", SOON, || {
            let health = http::get(address, "/health", SOON).ok()?.json();
            health["checked_at"].is_string().then_some(health)
        });
        let seen = look();
        sidecar.kill();
        let finished = sidecar.wait(SOON);
        self.assert_nothing_private(&health, &(finished.stdout + &finished.stderr));
        let check = &health["checks"][check];
        let code = check["error_code"].as_str().unwrap_or("ok").to_owned();
        assert_eq!(check["ok"], code == "ok", "{health}");
        (code, seen)
    }

    fn assert_nothing_private(&self, health: &Value, said: &str) {
        let canaries = [
            Canary::of("the database's password", self.postgres.password()),
            Canary::of("Redis's password", self.redis.password()),
            Canary::of("the database's name", &self.database),
            Canary::of("PostgreSQL's address", &format!("127.0.0.1:{}", self.postgres.port())),
            Canary::of("the folder of the certificates", "authority.pem"),
            Canary::of("a certificate's name", "elsewhere.example"),
        ];
        let shown = format!("{health}{said}");
        canary::assert_absent(&canaries, "a log or an answer", shown.as_bytes());
    }

    /// Whether the program of that name is connected to PostgreSQL with encryption.
    fn is_encrypted(&self, program: &str) -> bool {
        let logins = format!(
            "select bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid)
             where application_name = 'ballast-{program}'"
        );
        match self.postgres.sql(&self.database, &logins).as_str() {
            "t" => true,
            "f" => false,
            other => panic!("{program} is not connected: {other:?}"),
        }
    }
}
