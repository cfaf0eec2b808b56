//! A deployment makes the sidecar anew: what was told is not told again, what was not is.

use super::receiver::{Receiver, Reply};
use super::{SOON, World, statuses};

#[test]
fn a_restart_tells_nothing_again_and_misses_nothing() {
    let mut world = World::new();
    let willing = Receiver::willing();
    let program = |world: &World| world.telling().env("NOTIFY_WEBHOOK_URL", willing.url("/"));
    let mut sidecar = program(&world).spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    world.redis.stop();
    willing.wait_for(&mut sidecar, 1);
    sidecar.wait_until("it is remembered", SOON, |_| {
        let kept = world.remembered();
        kept["status"]["told"]["status"] == "degraded" && kept["waiting"] == serde_json::json!([])
    });
    sidecar.kill();
    let _ = sidecar.wait(SOON);

    let mut sidecar = program(&world).spawn();
    world.wait_for(&mut sidecar, 200, "degraded");
    // Longer than any status must hold to be told.
    std::thread::sleep(std::time::Duration::from_secs(6));
    assert_eq!(willing.requests().len(), 1, "{:?}", willing.bodies());
    sidecar.kill();
    let _ = sidecar.wait(SOON);

    world.redis.restart();
    let mut sidecar = program(&world).spawn();
    willing.wait_for(&mut sidecar, 2);
    assert_eq!(statuses(&willing.bodies()), ["degraded", "healthy"]);
    assert!(willing.bodies()[1]["facts"]["unwell_seconds"].as_u64() >= Some(6));
}

#[test]
fn a_kill_between_two_attempts_loses_nothing_and_the_notice_is_the_same() {
    let mut world = World::new();
    let receiver = Receiver::start(|_| Reply::Hang);
    let program = |world: &World| world.telling().env("NOTIFY_WEBHOOK_URL", receiver.url("/"));
    let mut sidecar = program(&world).spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    world.redis.stop();
    receiver.wait_for(&mut sidecar, 1);
    sidecar.wait_until("it is remembered", SOON, |_| {
        world.remembered()["waiting"].as_array().is_some_and(|waiting| waiting.len() == 1)
    });
    sidecar.kill();
    let _ = sidecar.wait(SOON);
    receiver.now(|_| Reply::Status(200, ""));
    let mut sidecar = program(&world).spawn();
    let bodies = receiver.wait_for(&mut sidecar, 2);
    assert_eq!(bodies[0], bodies[1]);
    sidecar.wait_until("it is done", SOON, |_| {
        world.remembered()["waiting"].as_array().is_some_and(Vec::is_empty)
    });
    assert_eq!(receiver.requests().len(), 2);
}
