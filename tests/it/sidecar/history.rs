//! What `/history` keeps.

use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use tests::Running;

use super::{SOON, World};

impl World {
    fn history(&self, query: &str) -> Value {
        let answer = self.get(&format!("/history{query}")).expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Waits until the newest changes of the status, newest first, lead to these.
    fn wait_for_changes(&self, sidecar: &mut Running, expected: &[&str]) -> Value {
        let mut history = Value::Null;
        sidecar.wait_until(&format!("changes to {expected:?}"), SOON, |_| {
            history = self.history("");
            texts(&history["changes"], "to") == expected
        });
        history
    }
}

fn texts(list: &Value, key: &str) -> Vec<String> {
    let text = |entry: &Value| entry[key].as_str().unwrap_or_default().to_owned();
    list.as_array().into_iter().flatten().map(text).collect()
}

#[test]
fn a_stop_and_a_start_are_in_the_changes_in_the_results_and_in_the_availability() {
    let mut world = World::new();
    let mut sidecar = world.healthy_sidecar();
    world.wait_for_changes(&mut sidecar, &["healthy"]);
    world.redis.stop();
    let history = world.wait_for_changes(&mut sidecar, &["degraded", "healthy"]);
    assert_eq!(history["changes"][0]["from"], "healthy");
    assert_eq!(history["changes"][0]["error_message"], "redis: redis_refused");
    assert_eq!(history["changes"][1]["from"], Value::Null);
    world.redis.restart();
    let history = world.wait_for_changes(&mut sidecar, &["healthy", "degraded", "healthy"]);
    let hour = &history["availability"]["1h"];
    assert_eq!(hour["available_ratio"], 1.0, "degraded serves all the same: {hour}");

    world.bot.now(|_| (500, String::new()));
    let changes = ["unhealthy", "healthy", "degraded", "healthy"];
    world.wait_for_changes(&mut sidecar, &changes);
    sidecar.wait_until("an outage that lasts counts", SOON, |_| {
        let availability = &world.history("")["availability"];
        ["1h", "24h"].iter().all(|window| {
            let found = &availability[*window];
            let ratio = found["available_ratio"].as_f64().unwrap_or(-1.0);
            found["known_seconds"].as_u64() > Some(2) && 0.0 < ratio && ratio < 1.0
        })
    });
    let history = world.history("");
    for result in history["results"].as_array().into_iter().flatten() {
        let overall = result["overall_status"].as_str().unwrap_or_default();
        let redis = result["redis_connected"].as_bool();
        assert_eq!(redis, Some(overall != "degraded"), "{result}");
        assert_eq!(result["error_message"].is_null(), overall == "healthy", "{result}");
        assert!(result["uptime_seconds"].is_u64() && result["version"] == "v1.2.3", "{result}");
        assert_eq!(result.as_object().map(serde_json::Map::len), Some(11), "{result}");
    }
    let mut seen = texts(&history["results"], "overall_status");
    seen.dedup();
    assert_eq!(seen, changes, "the results tell the same story, newest first");
}

#[test]
fn a_walk_through_the_results_leaves_none_out_and_meets_none_twice() {
    let world = World::new();
    let mut sidecar = world.healthy_sidecar();
    let mut all = Vec::new();
    sidecar.wait_until("some results are kept", SOON, |_| {
        all = texts(&world.history("")["results"], "timestamp");
        all.len() >= 5
    });
    for place in 0..all.len() {
        let page = world.history(&format!("?before={}", all[place]));
        assert_eq!(texts(&page["results"], "timestamp"), all[place + 1..], "before {place}");
        assert_eq!(page["next"], Value::Null);
    }
    assert_eq!(world.get("/history?before=yesterday").map(|answer| answer.status), Some(400));
}

#[test]
fn what_nobody_could_have_known_was_not_available() {
    let world = World::new();
    let program = world.program().env("CHECK_TIMEOUT_SECONDS", "1");
    let mut sidecar = program.spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    // A program that stands still knows nothing: longer than a result may be old (3 × 1 s + 1 s).
    let known = |history: &Value| history["availability"]["1h"]["known_seconds"].as_u64();
    let before = known(&world.history("")).unwrap_or_default();
    sidecar.signal(Signal::STOP);
    thread::sleep(Duration::from_secs(6));
    sidecar.signal(Signal::CONT);
    sidecar.wait_until("the gap counts against it", SOON, |_| {
        let history = world.history("");
        let ratio = history["availability"]["1h"]["available_ratio"].as_f64();
        known(&history) >= Some(before + 6) && ratio.is_some_and(|ratio| ratio < 1.0)
    });
    world.wait_for_changes(&mut sidecar, &["healthy", "unhealthy", "healthy"]);
}
