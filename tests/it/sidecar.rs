//! The sidecar against real servers: what it says of them, how it serves, what it concludes.

mod conclude;
mod cycles;
mod deployment;
mod faults;
mod flapping;
mod health;
mod history;
mod instances;
mod leaks;
mod ledger;
mod load;
mod metrics;
mod notify;
mod page;
mod proxy;
mod pulse;
mod serve;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tests::http::{self, Answer};
use tests::{Postgres, Program, Redis, Running, Scratch, free_port};

use crate::scripted::Scripted;

const SOON: Duration = Duration::from_secs(20);

/// A stack to watch: real servers, a bot that says what it is told to, folders for the records.
struct World {
    postgres: Postgres,
    redis: Redis,
    bot: Scripted,
    database: String,
    folder: Scratch,
    address: SocketAddr,
}

impl World {
    fn new() -> Self {
        let postgres = Postgres::start();
        let folder = Scratch::new();
        for name in ["state", "log", "backups"] {
            fs::create_dir(folder.join(name)).expect("a folder can be made");
        }
        Self {
            database: postgres.database(),
            postgres,
            redis: Redis::start(),
            bot: Scripted::start(|_| (200, "{}".to_owned())),
            folder,
            address: (Ipv4Addr::LOCALHOST, free_port()).into(),
        }
    }

    fn record(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// The sidecar, quicker than in production.
    fn program(&self) -> Program {
        self.program_without_bot().env("BOT_HEALTH_URL", self.bot.url("/health"))
    }

    fn program_without_bot(&self) -> Program {
        Program::new("sidecar").envs(self.variables())
    }

    fn variables(&self) -> [(&'static str, String); 9] {
        let folder = |name| self.record(name).display().to_string();
        [
            ("LISTEN_ADDR", self.address.to_string()),
            ("DATABASE_URL", self.postgres.url(&self.database)),
            ("REDIS_URL", self.redis.url()),
            ("DEPLOYMENT_TAG", "v1.2.3".to_owned()),
            ("HEALTH_INTERVAL_SECONDS", "1".to_owned()),
            ("GATE_STABLE_SECONDS", "1".to_owned()),
            ("STATE_DIR", folder("state")),
            ("LOG_DIR", folder("log")),
            ("BACKUP_DIR", folder("backups")),
        ]
    }

    /// The sidecar once everything is healthy.
    fn healthy_sidecar(&self) -> Running {
        let mut sidecar = self.program().spawn();
        self.wait_for(&mut sidecar, 200, "healthy");
        sidecar
    }

    fn get(&self, path: &str) -> Option<Answer> {
        http::get(self.address, path, SOON).ok()
    }

    /// Waits until it has run for so many seconds.
    fn wait_for_age(&self, sidecar: &mut Running, seconds: u64) {
        sidecar.wait_until(&format!("it is {seconds} s old"), SOON, |_| {
            let health = self.get("/health").map(|answer| answer.json());
            health.is_some_and(|health| health["uptime_seconds"].as_u64() >= Some(seconds))
        });
    }

    /// Waits until `/health` says that of what was found, and returns it.
    fn wait_for(&self, sidecar: &mut Running, status: u16, overall: &str) -> Value {
        let mut health = Value::Null;
        sidecar.wait_until(&format!("{status} {overall}"), SOON, |_| {
            let Some(answer) = self.get("/health") else { return false };
            health = answer.json();
            let found = health["checked_at"].is_string();
            found && answer.status == status && health["overall_status"] == overall
        });
        health
    }
}

/// The log lines with that message.
fn logged(log: &str, message: &str) -> Vec<Value> {
    log.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["message"] == message)
        .collect()
}
