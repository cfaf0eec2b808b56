//! An engine that goes away, talks nonsense, talks without end, or is asked too much.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::container::Container;
use super::engine::Engine;
use super::{AT_ONCE, SOON, Watched, fresh, instances, logged, of, redis};

#[test]
fn an_engine_that_goes_away_makes_all_stale_and_is_found_again() {
    let engine = Engine::speaking("1.12", "1.41");
    engine.holds((1..=9).map(Container::healthy));
    let mut watched = Watched::beside(&engine);
    watched.wait_for_all(9);
    for _ in 0..2 {
        engine.go();
        let all = watched.wait_for("all are stale", SOON, |all| {
            all["stale"] == true && fresh(all) == 0 && all["engine"]["ok"] == false
        });
        assert_eq!(all["engine"]["error_code"], "engine_refused", "{all}");
        assert_eq!(instances(&all).len(), 9, "what was known is still shown");
        assert_eq!(of(&all, "service-001")["status"], "healthy");
        engine.come();
        let all = watched.wait_for("all are fresh", SOON, |all| fresh(all) == 9);
        assert_eq!(all["engine"]["error_code"], Value::Null);
        watched.wait_for_events(&engine);
        let id = &format!("{:064x}", 1);
        engine.change(id, "oom", |it| it.restart_count += 1);
        let count = engine.state().containers[id].restart_count;
        watched.wait_for("events are heard again", AT_ONCE, |all| {
            of(all, "service-001")["restart_count"] == count
        });
    }
    let log = watched.sidecar.stderr();
    assert_eq!(logged(&log, "the engine answers").len(), 3, "{log}");
    // A connection that ends, and one that is refused, are two faults.
    let lost = logged(&log, "the engine can't be asked").len();
    assert!((2..=4).contains(&lost), "what stays the same is said once: {log}");
}

#[test]
fn an_answer_that_is_none_of_the_engines_makes_only_that_instance_stale() {
    let engine = Engine::speaking("1.44", "1.55");
    engine.holds((1..=6).map(Container::healthy));
    let path = |number: u32| format!("{number:064x}/json");
    for (number, answer) in [
        (1, (200, format!(r#"{{"Id":"{}"}}"#, "x".repeat(5_000_000)))),
        (2, (200, "<html>".to_owned())),
        (3, (500, "s3cret".to_owned())),
        (4, (200, r#"{"Id":"c","State":{"Status":"running","StartedAt":7}}"#.to_owned())),
        (5, (403, String::new())),
    ] {
        engine.state().answers.insert(path(number), answer);
    }
    let mut watched = Watched::beside(&engine);
    let codes = |all: &Value| -> Vec<Value> {
        instances(all).iter().map(|instance| instance["error_code"].clone()).collect()
    };
    let expected = json!([
        "engine_too_large",
        "engine_protocol_error",
        "engine_server_error",
        "engine_protocol_error",
        "engine_forbidden",
        null,
    ]);
    let all = watched.wait_for("each has its code", SOON, |all| json!(codes(all)) == expected);
    assert_eq!((fresh(&all), &all["stale"]), (1, &json!(false)), "{all}");
    assert!(!watched.sidecar.stderr().contains("s3cret"));
    // A list that can't be read is the engine's own fault, whoever answers to the rest.
    engine.state().answers.insert("/containers/json".to_owned(), (200, "[{}]".to_owned()));
    engine.state().tell("c", "create");
    watched.wait_for("the list has a code", SOON, |all| {
        all["engine"]["error_code"] == "engine_protocol_error" && all["stale"] == true
    });
    engine.state().answers.clear();
    watched.wait_for("all is well again", SOON, |all| fresh(all) == 6);
}

#[test]
fn events_without_sense_or_end_cost_little_and_hide_nothing() {
    for junk in [b"x".repeat(9_000), b"{\"Type\":\"container\"}\n".repeat(500)] {
        let engine = Engine::speaking("1.12", "1.41");
        engine.holds([redis()]);
        engine.state().junk = Some(junk);
        let mut watched = Watched::with(&engine, "5");
        watched.wait_for_all(1);
        let before = resident_kib(watched.sidecar.id());
        let begun = Instant::now();
        engine.change(&redis().id, "none", |it| it.restart_count = 2);
        watched.wait_for("it is looked at without events", SOON, |all| {
            of(all, "redis")["restart_count"] == 2
        });
        // A stream is opened again, at a pace that doubles.
        watched
            .sidecar
            .wait_until("five seconds of it", SOON, |_| begun.elapsed() > Duration::from_secs(5));
        assert!(engine.asked_since("/events", begun) <= 12);
        let grown = resident_kib(watched.sidecar.id()).saturating_sub(before);
        assert!(grown < 4096, "{grown} KiB more");
    }
}

fn resident_kib(process: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
}

#[test]
fn a_storm_of_events_is_a_few_questions() {
    let engine = Engine::speaking("1.44", "1.55");
    engine.holds([redis(), Container::healthy(2)]);
    let mut watched = Watched::beside(&engine);
    watched.wait_for_all(2);
    let begun = Instant::now();
    let mut number = 0;
    while begun.elapsed() < Duration::from_secs(2) {
        number += 1;
        engine.change(&redis().id, "oom", |it| it.restart_count = number);
        engine.state().tell("f00", "destroy");
        // Time for answers in between: a storm of events is no storm of questions all the same.
        std::thread::sleep(Duration::from_millis(1));
    }
    watched.wait_for("the last is seen", SOON, |all| of(all, "redis")["restart_count"] == number);
    let allowed = begun.elapsed().as_millis() / 250 + 4;
    for part in [format!("{}/json", redis().id), "/containers/json".to_owned()] {
        let asked = engine.asked_since(&part, begun);
        assert!(asked as u128 <= allowed, "{part} {asked} times, where {allowed} are allowed");
    }
}

#[test]
fn disk_space_that_takes_for_ever_or_fails_holds_nothing_up() {
    let engine = Engine::speaking("1.12", "1.41");
    engine.holds([redis()]);
    engine.state().hanging.insert("/system/df".to_owned());
    let mut watched = Watched::beside(&engine);
    let all = watched
        .wait_for("CPU is known", SOON, |all| of(all, "redis")["cpu_usage_percent"].is_f64());
    assert_eq!(of(&all, "redis")["disk_usage_mb"], Value::Null);
    drop(watched);

    engine.state().hanging.clear();
    engine.state().answers.insert("/system/df".to_owned(), (500, "busy".to_owned()));
    let mut watched = Watched::beside(&engine);
    watched.wait_for("it is said", SOON, |all| {
        all["engine"]["disk"]["error_code"] == "engine_server_error" && fresh(all) == 1
    });
    let message = "disk usage takes long: it is asked for less often";
    let slower = logged(&watched.sidecar.stderr(), message);
    assert_eq!(slower.len(), 1);
    assert_eq!(slower[0]["pause_seconds"], 1800);
}

#[test]
fn a_sidecar_that_is_no_container_says_so() {
    let engine = Engine::speaking("1.12", "1.41");
    engine.state().answers.insert("id%22%3A%5B".to_owned(), (200, "[]".to_owned()));
    let mut watched = Watched::beside(&engine);
    let all = watched
        .wait_for("it says so", SOON, |all| all["engine"]["error_code"] == "own_container_unknown");
    assert_eq!((&all["engine"]["configured"], &all["stale"]), (&json!(true), &json!(true)));
}
