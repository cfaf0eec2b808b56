//! Servers that are killed and come back, again and again: nothing piles up.

use std::fs;

use serde_json::Value;
use tests::Running;

use super::{SOON, World};

/// As many as the issue asks for; `CYCLES` can say more.
const CYCLES: usize = 200;
/// Until then memory, caches and names are what they will stay.
const WARM_UP: usize = 20;
const LOOK_EVERY: usize = 20;
/// Files are read on threads that end some seconds later.
const MORE_THREADS: usize = 2;
const MOST_GROWTH_KB: u64 = 1024;

/// What the sidecar holds, and what the servers hold of it.
#[derive(Debug, PartialEq, Eq)]
struct Held {
    descriptors: usize,
    backends: String,
    clients: usize,
}

impl Held {
    fn by(sidecar: &Running, world: &World) -> Self {
        let backends = "select count(*) from pg_stat_activity
            where application_name = 'ballast-sidecar'";
        let clients = world.redis.command(&["CLIENT", "LIST"]);
        Self {
            descriptors: count("fd", sidecar),
            backends: world.postgres.sql(&world.database, backends),
            clients: clients.lines().filter(|line| !line.contains("cmd=client")).count(),
        }
    }
}

/// How many entries the kernel shows of it: `fd`, `task`.
fn count(what: &str, sidecar: &Running) -> usize {
    fs::read_dir(format!("/proc/{}/{what}", sidecar.id())).expect("it runs").count()
}

fn resident_kb(sidecar: &Running) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", sidecar.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    kb.expect("the kernel tells it")
}

fn health(world: &World) -> Value {
    world.get("/health").expect("an answer").json()
}

/// Whether the newest results are answers, and younger than `time`. The stable state takes longer,
/// since a server that dies every second flaps.
fn both_answer_since(time: &str, world: &World) -> bool {
    let health = health(world);
    let answers = |check: &&str| health["checks"][check]["latency_us"].is_u64();
    health["checked_at"].as_str() > Some(time) && ["postgres", "redis"].iter().all(answers)
}

#[test]
fn nothing_piles_up_however_often_the_servers_die() {
    let cycles = std::env::var("CYCLES").map_or(CYCLES, |text| text.parse().expect("a number"));
    let mut world = World::new();
    let mut sidecar = world.program().spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    let calm = Held::by(&sidecar, &world);
    assert_eq!((calm.backends.as_str(), calm.clients), ("1", 1), "{calm:?}");
    let threads = count("task", &sidecar) + MORE_THREADS;

    let mut warm = 0;
    for cycle in 1..=cycles {
        world.postgres.kill();
        world.redis.kill();
        world.redis.restart();
        world.postgres.restart();
        let back = health(&world)["timestamp"].as_str().expect("a time").to_owned();
        sidecar.wait_until("both answer", SOON, |_| both_answer_since(&back, &world));
        if cycle == WARM_UP {
            warm = resident_kb(&sidecar);
        }
        if cycle % LOOK_EVERY == 0 {
            sidecar.wait_until(&format!("it holds {calm:?}"), SOON, |sidecar| {
                Held::by(sidecar, &world) == calm && count("task", sidecar) <= threads
            });
        }
    }
    let grown = resident_kb(&sidecar).saturating_sub(warm);
    assert!(grown <= MOST_GROWTH_KB, "{grown} KiB more than {warm} after {cycles} cycles");
    // The servers stay, and in a while are believed to.
    world.wait_for(&mut sidecar, 200, "healthy");
}
