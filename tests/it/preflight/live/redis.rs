//! What Redis answers to PING.

use std::time::Duration;

use tests::{Redis, free_port, unique, wait_until};

use super::Scene;

#[test]
fn each_refusal_of_redis_has_its_own_code() {
    let mut redis = Redis::start();
    let mut scene = Scene::new();
    let (good, port) = (redis.password().to_owned(), redis.port());
    scene.redis(&good, port);
    assert!(scene.codes("REDIS_URL").is_empty());
    scene.redis(&unique(), port);
    assert_eq!(scene.codes("REDIS_URL"), ["PF221"], "WRONGPASS");
    scene.set("REDIS_URL", format!("redis://127.0.0.1:{port}/0"));
    assert_eq!(scene.codes("REDIS_URL"), ["PF221"], "NOAUTH");
    scene.set("REDIS_URL", format!("redis://:{good}@127.0.0.1:{port}/99"));
    assert_eq!(scene.codes("REDIS_URL"), ["PF225"], "a database that it has not");
    scene.set("REDIS_URL", format!("rediss://:{good}@127.0.0.1:{port}/0"));
    assert_eq!(scene.codes("REDIS_URL"), ["PF224"]);

    scene.redis(&good, port);
    let _ = redis.command(&["CONFIG", "SET", "replica-serve-stale-data", "no"]);
    let _ = redis.command(&["REPLICAOF", "127.0.0.1", &free_port().to_string()]);
    assert_eq!(scene.codes("REDIS_URL"), ["PF223"]);

    scene.set("LIVE_TIMEOUT_SECONDS", "1");
    redis.sigstop();
    assert_eq!(scene.codes("REDIS_URL"), ["PF200"]);
    redis.stop();
    assert_eq!(scene.codes("REDIS_URL"), ["PF220"]);
}

/// A replica that reads its master's data in, a key every few milliseconds.
#[test]
fn a_redis_that_loads_its_data_is_told() {
    let (master, replica) = (Redis::start(), Redis::start());
    let fill = "for i = 1, 20000 do redis.call('SET', 'key:' .. i, i) end";
    let _ = master.command(&["EVAL", fill, "0"]);
    let _ = master.command(&["CONFIG", "SET", "repl-diskless-sync-delay", "0"]);
    for (name, value) in [
        ("masterauth", master.password()),
        ("key-load-delay", "3000"),
        ("loading-process-events-interval-bytes", "1024"),
    ] {
        assert_eq!(replica.command(&["CONFIG", "SET", name, value]), "OK", "{name}");
    }
    let _ = replica.command(&["REPLICAOF", "127.0.0.1", &master.port().to_string()]);
    wait_until("Redis loads", Duration::from_secs(30), || {
        replica.command(&["PING"]).starts_with("LOADING")
    });
    let mut scene = Scene::new();
    scene.redis(replica.password(), replica.port());
    assert_eq!(scene.codes("REDIS_URL"), ["PF222"]);
}
