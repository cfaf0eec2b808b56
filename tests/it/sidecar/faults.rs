//! Every way in which a dependency fails: the right code in time, and seen in time when it is over,
//! while `/health` answers as before.

mod network;
mod postgres;
mod redis;

use std::time::{Duration, Instant};

use serde_json::Value;
use tests::{Program, Running, wait_until};

use super::World;
use super::proxy::Proxy;
use super::pulse::Pulse;

const INTERVAL: Duration = Duration::from_secs(2);
const TIMEOUT: Duration = Duration::from_secs(1);
const LOGIN_INTERVAL: Duration = Duration::from_secs(5);
const FALL: u32 = 2;
/// For a busy machine.
const SLACK: Duration = Duration::from_secs(5);
/// `/health` is measured for so long before anything is wrong.
const CALM: Duration = Duration::from_millis(500);

/// Which checks fail with which code.
type Expected = [(&'static str, &'static str)];

/// A dependency that fails, and comes back.
struct Fault {
    expected: &'static Expected,
    /// Only the login that is made now and then can see it.
    at_login: bool,
}

impl Fault {
    const fn of(expected: &'static Expected) -> Self {
        Self { expected, at_login: false }
    }

    const fn at_login(expected: &'static Expected) -> Self {
        Self { expected, at_login: true }
    }

    /// Starts the sidecar as `program`, breaks what is healthy, and mends it again.
    fn play<T>(
        &self,
        program: Program,
        world: &mut World,
        break_it: impl FnOnce(&mut World) -> T,
        mend: impl FnOnce(&mut World, T),
    ) {
        let mut sidecar = at_our_pace(program).spawn();
        world.wait_for(&mut sidecar, 200, "healthy");
        let pulse = Pulse::of(world.address);
        std::thread::sleep(CALM);

        let state = break_it(world);
        let broken = Instant::now();
        let login = if self.at_login { LOGIN_INTERVAL } else { Duration::ZERO };
        self.wait_until(&mut sidecar, world, false, INTERVAL * FALL + TIMEOUT + login);
        for (check, code) in self.expected {
            wait_until(&format!("{check} is {code}"), INTERVAL + TIMEOUT + SLACK, || {
                health(world)["checks"][*check]["error_code"] == *code
            });
        }
        mend(world, state);
        self.wait_until(&mut sidecar, world, true, INTERVAL + TIMEOUT);
        pulse.assert_steady(broken);
    }

    /// Waits until every check is what is expected of it.
    fn wait_until(&self, sidecar: &mut Running, world: &World, ok: bool, within: Duration) {
        sidecar.wait_until(&format!("ok is {ok}: {:?}", self.expected), within + SLACK, |_| {
            let health = health(world);
            self.expected.iter().all(|(check, _)| health["checks"][*check]["ok"] == ok)
        });
    }
}

fn health(world: &World) -> Value {
    world.get("/health").expect("an answer").json()
}

/// Quick enough for a test, and with FALL failures well apart from one.
fn at_our_pace(program: Program) -> Program {
    program
        .env("HEALTH_INTERVAL_SECONDS", INTERVAL.as_secs().to_string())
        .env("CHECK_TIMEOUT_SECONDS", TIMEOUT.as_secs().to_string())
        .env("LOGIN_INTERVAL_SECONDS", LOGIN_INTERVAL.as_secs().to_string())
}

impl World {
    /// The sidecar, which reaches both servers through proxies.
    fn program_through(&self, postgres: &Proxy, redis: &Proxy) -> Program {
        let through = |url: String, server: u16, proxy: &Proxy| {
            url.replace(&format!(":{server}/"), &format!(":{}/", proxy.port()))
        };
        let database = self.postgres.url(&self.database);
        self.program()
            .env("DATABASE_URL", through(database, self.postgres.port(), postgres))
            .env("REDIS_URL", through(self.redis.url(), self.redis.port(), redis))
    }
}
