//! Service Instances: what the sidecar makes of the engine's answers, and of their absence.

pub(super) mod container;
pub(super) mod engine;
mod weather;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{Program, Running, free_port, http};

use super::logged;
use container::{CANARY, Container};
use engine::{Engine, OWN};

const SOON: Duration = Duration::from_secs(20);
/// What comes with an event comes at once: long before the interval of these tests has passed.
const AT_ONCE: Duration = Duration::from_secs(3);
const INTERVAL: &str = "300";

/// The sidecar beside a scripted engine. Its databases are not there: the containers are shown all the same.
struct Watched {
    sidecar: Running,
    address: SocketAddr,
}

impl Watched {
    fn beside(engine: &Engine) -> Self {
        Self::with(engine, INTERVAL)
    }

    fn with(engine: &Engine, interval: &str) -> Self {
        let address = (Ipv4Addr::LOCALHOST, free_port()).into();
        let sidecar = Program::new("sidecar")
            .env("LISTEN_ADDR", format!("{address}"))
            .env("DATABASE_URL", format!("postgresql://u:{CANARY}@127.0.0.1:{}/d", free_port()))
            .env("REDIS_URL", format!("redis://:{CANARY}@127.0.0.1:{}", free_port()))
            .env("ENGINE_URL", engine.url())
            .env("HOSTNAME", OWN)
            .env("METRICS_INTERVAL_SECONDS", interval)
            .spawn();
        Self { sidecar, address }
    }

    fn services(&self) -> Option<Value> {
        let answer = http::get(self.address, "/services", SOON).ok()?;
        (answer.status == 200).then(|| answer.json())
    }

    /// Waits until the answer fulfils that.
    fn wait_for(&mut self, what: &str, within: Duration, holds: impl Fn(&Value) -> bool) -> Value {
        let address = self.address;
        let mut newest = Value::Null;
        self.sidecar.wait_until(what, within, |_| {
            let Ok(answer) = http::get(address, "/services", SOON) else { return false };
            newest = answer.json();
            holds(&newest)
        });
        newest
    }

    /// Waits until the sidecar listens to events, and has looked at everything since.
    fn wait_for_events(&mut self, engine: &Engine) {
        self.sidecar.wait_until("it listens", SOON, |_| engine.is_listened_to());
    }

    /// Waits until `count` instances were inspected.
    fn wait_for_all(&mut self, count: usize) -> Value {
        self.wait_for("all instances are shown", SOON, |all| fresh(all) == count)
    }
}

fn instances(all: &Value) -> &[Value] {
    all["services"].as_array().map_or(&[], Vec::as_slice)
}

fn fresh(all: &Value) -> usize {
    instances(all).iter().filter(|instance| instance["stale"] == false).count()
}

fn of<'a>(all: &'a Value, service: &str) -> &'a Value {
    instances(all)
        .iter()
        .find(|instance| instance["service_name"] == service)
        .unwrap_or(&Value::Null)
}

fn redis() -> Container {
    let mut container = Container::healthy(1);
    container.service = "redis".into();
    container
}

#[test]
fn every_attribute_is_shown_under_every_version_and_no_secret() {
    for (oldest, version) in [("1.12", "1.41"), ("1.24", "1.44"), ("1.44", "1.55")] {
        let engine = Engine::speaking(oldest, version);
        engine.holds([redis()]);
        let mut watched = Watched::beside(&engine);
        let all = watched.wait_for("CPU and disk are known", SOON, |all| {
            let redis = of(all, "redis");
            redis["cpu_usage_percent"].is_f64() && redis["disk_usage_mb"].is_u64()
        });
        assert_eq!(all["engine"]["api_version"], version);
        assert_eq!(all["engine"]["ok"], true, "{all}");
        let redis = of(&all, "redis");
        let result = |second: u32| {
            let at = format!("2026-01-01T00:00:{second:02}Z");
            json!({"started_at": at, "ended_at": at, "status": "pass"})
        };
        for (key, expected) in [
            ("container_id", json!(format!("{:064x}", 1))),
            ("image_tag", json!("localhost/app:1")),
            ("status", json!("healthy")),
            ("health_check_status", json!("pass")),
            ("started_at", json!("2026-01-01T00:00:00Z")),
            ("restart_count", json!(0)),
            ("last_restart_at", Value::Null),
            ("memory_usage_mb", json!(50)),
            ("disk_usage_mb", json!(10)),
            ("port_bindings", json!({"8080": 9090})),
            ("version", json!("v1.2.3")),
            ("memory_limit_mb", json!(68)),
            ("cpu_limit_percent", json!(25.0)),
            ("findings", json!([])),
            ("error_code", Value::Null),
            ("health_results", json!([result(5), result(10), result(15), result(20), result(25)])),
            (
                "environment_variables",
                json!({"DATABASE_URL": "[hidden]", "STRIPE_API_KEY": "[hidden]",
                    "LOG_LEVEL": "INFO"}),
            ),
        ] {
            assert_eq!(redis[key], expected, "{key} under {version}: {redis}");
        }
        let cpu = redis["cpu_usage_percent"].as_f64().unwrap_or_default();
        assert!((cpu - 50.0).abs() < 5.0, "{cpu} % under {version}");
        assert!(!all.to_string().contains(CANARY), "{all}");
        assert!(!watched.sidecar.stderr().contains(CANARY), "{}", watched.sidecar.stderr());
    }
}

#[test]
fn health_tells_the_version_of_the_bot_that_runs() {
    let engine = Engine::speaking("1.24", "1.44");
    engine.holds([redis()]);
    let mut watched = Watched::with(&engine, "5");
    watched.wait_for_all(1);
    let address = watched.address;
    let told = || http::get(address, "/health", SOON).expect("an answer").json()["version"].clone();
    assert_eq!(told(), Value::Null, "no other service's version counts");
    let bot = |state| {
        let mut bot = Container::healthy(2);
        (bot.service, bot.state) = ("bot".into(), state);
        bot
    };
    for (state, version) in [("running", json!("v1.2.3")), ("exited", Value::Null)] {
        engine.holds([redis(), bot(state)]);
        let what = format!("a bot that is {state} is of {version}");
        watched.sidecar.wait_until(&what, SOON, |_| told() == version);
    }
    engine.holds([redis(), bot("running")]);
    watched.sidecar.wait_until("it runs again", SOON, |_| told() == "v1.2.3");
    drop(engine);
    let what = "without an engine nobody knows what runs";
    watched.sidecar.wait_until(what, 3 * SOON, |_| told().is_null());
}

#[test]
fn two_hundred_instances_are_refreshed_within_a_second_and_the_one_that_hangs_is_alone_stale() {
    for (oldest, version) in [("1.12", "1.41"), ("1.24", "1.44"), ("1.44", "1.55")] {
        let engine = Engine::speaking(oldest, version);
        engine.holds((1..=200).map(Container::healthy));
        let hangs = format!("{:064x}", 77);
        engine.state().hanging.insert(hangs.clone());
        let mut watched = Watched::beside(&engine);
        let all = watched.wait_for("one hangs", SOON, |all| {
            fresh(all) == 199 && of(all, "service-077")["error_code"] == "engine_timeout"
        });
        assert_eq!(instances(&all).len(), 200);
        assert_eq!(of(&all, "service-077")["stale"], true);
        assert_eq!(of(&all, "service-077")["checked_at"], Value::Null);
        assert_eq!(all["stale"], false, "the others are as true as ever");

        // What else runs on this machine is nobody's fault: then the same questions, put one after the
        // other by this test, take longer too.
        let within = || Duration::from_secs(1).max(engine.time_to_inspect_all() * 3);
        let mut round = |count: u32| {
            let begun = Instant::now();
            for number in 1..=200 {
                engine.change(&format!("{number:064x}"), "restart", |it| it.restart_count = count);
            }
            watched.wait_for("all but one are refreshed", SOON, |all| {
                let refreshed = instances(all).iter().filter(|it| it["restart_count"] == count);
                refreshed.count() == 199
            });
            begun.elapsed()
        };
        let in_time = (1..=8).map(&mut round).any(|took| took <= within());
        assert!(in_time, "under {version}");
        let all = watched.services().expect("an answer");
        assert_eq!(fresh(&all), 199);

        engine.state().hanging.clear();
        engine.change(&hangs, "unpause", |_| ());
        watched.wait_for("it answers again", SOON, |all| fresh(all) == 200);
    }
}

#[test]
fn an_event_makes_a_change_visible_at_once_and_each_transition_is_logged() {
    let engine = Engine::speaking("1.12", "1.41");
    engine.holds([redis(), Container::healthy(2)]);
    let id = redis().id;
    let mut watched = Watched::beside(&engine);
    watched.wait_for_all(2);
    watched.wait_for_events(&engine);
    let mut see = |what: &str, action: &str, status: &str, change: fn(&mut Container)| {
        engine.change(&id, action, change);
        watched.wait_for(what, AT_ONCE, |all| of(all, "redis")["status"] == status);
    };
    see("it fails once", "health_status: healthy", "degraded", |it| it.results = vec![0, 0, 1]);
    see("it fails", "health_status: unhealthy", "unhealthy", |it| it.health = Some("unhealthy"));
    see("it ends", "die", "stopped", |it| it.state = "exited");
    see("it is started", "start", "starting", |it| {
        (it.state, it.health, it.started_at, it.results) =
            ("running", Some("starting"), 100, vec![]);
    });
    see("it is well", "health_status: healthy", "healthy", |it| {
        (it.health, it.results) = (Some("healthy"), vec![0]);
    });
    // Too quick to be seen in between: the start tells of it.
    engine.change(&id, "start", |it| (it.started_at, it.restart_count) = (200, 1));
    watched.wait_for("it was restarted", AT_ONCE, |all| of(all, "redis")["restart_count"] == 1);
    engine.holds([Container::healthy(3)]);
    engine.state().tell(&format!("{:064x}", 3), "create");
    watched.wait_for("a new one is shown", AT_ONCE, |all| instances(all).len() == 3);
    engine.state().containers.remove(&id);
    engine.state().tell(&id, "destroy");
    watched.wait_for("it is gone", AT_ONCE, |all| of(all, "redis").is_null());

    let log = watched.sidecar.stderr();
    let changes = logged(&log, "service instance changed");
    let word = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    let of_redis = changes.iter().filter(|line| line["service"] == "redis");
    let way: Vec<_> = of_redis.map(|line| word(line, "from") + " " + &word(line, "to")).collect();
    let expected = [
        "healthy degraded",
        "degraded unhealthy",
        "unhealthy stopped",
        "stopped starting",
        "starting healthy",
        "healthy stopped",
        "stopped starting",
        "starting healthy",
        "healthy stopped",
    ];
    assert_eq!(way, expected, "{log}");
    assert_eq!(changes[0]["container_id"], "000000000000", "a short ID");
}

#[test]
fn broken_rules_are_findings_and_are_logged_when_they_come_and_go() {
    let engine = Engine::speaking("1.44", "1.55");
    engine.holds([redis()]);
    let id = redis().id;
    let mut watched = Watched::beside(&engine);
    watched.wait_for_all(1);
    let mut see = |action: &str, findings: Value, change: fn(&mut Container)| {
        engine.change(&id, action, change);
        let what = format!("it has {findings}");
        watched.wait_for(&what, AT_ONCE, |all| of(all, "redis")["findings"] == findings);
    };
    see("restart", json!(["restart_threshold_reached"]), |it| it.restart_count = 5);
    see("start", json!(["memory_limit_reached"]), |it| {
        (it.restart_count, it.memory_bytes) = (0, 67_108_864);
    });
    see("start", json!([]), |it| it.memory_bytes = 1);
    // It passes for the first time 40 s after its start, and has 10 s, an interval and a time-out.
    see("start", json!(["start_period_exceeded"]), |it| {
        (it.started_at, it.results) = (300, vec![1, 1, 1, 0]);
    });
    let log = watched.sidecar.stderr();
    let said = |message: &str| -> Vec<_> {
        logged(&log, message).iter().map(|line| line["finding"].clone()).collect()
    };
    assert_eq!(
        said("service instance breaks a rule"),
        ["restart_threshold_reached", "memory_limit_reached", "start_period_exceeded"],
    );
    assert_eq!(
        said("service instance keeps a rule again"),
        ["restart_threshold_reached", "memory_limit_reached"],
    );
}

#[test]
fn two_containers_of_one_service_stand_side_by_side_and_neither_hides_the_other() {
    let bot = |number: u32, restart_count| {
        let mut container = Container::healthy(number);
        container.service = "bot".into();
        container.id = format!("{number:012x}{:052x}", 0);
        container.restart_count = restart_count;
        container
    };
    let (old, mut new) = (bot(1, 0), bot(2, 7));
    new.health = Some("unhealthy");
    new.results = vec![1; 5];
    let engine = Engine::speaking("1.24", "1.44");
    engine.holds([old, new]);
    let mut watched = Watched::beside(&engine);
    let all = watched.wait_for_all(2);
    let told: Vec<_> = instances(&all)
        .iter()
        .map(|one| {
            (one["service_name"].clone(), one["restart_count"].clone(), one["status"].clone())
        })
        .collect();
    let expected = |restarts: u32, status: &str| (json!("bot"), json!(restarts), json!(status));
    assert_eq!(told, [expected(0, "healthy"), expected(7, "unhealthy")]);

    let text = |path| http::get(watched.address, path, SOON).expect("it answers").text();
    let metrics = text("/metrics");
    let mut series: Vec<_> = metrics
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(series, _)| series)
        .collect();
    let count = series.len();
    series.sort_unstable();
    series.dedup();
    assert_eq!(series.len(), count, "no series is there twice");
    for (container, restarts) in [("000000000001", 0), ("000000000002", 7)] {
        let sample = format!(
            "ballast_instance_restarts_total{{service=\"bot\",container=\"{container}\"}} {restarts}"
        );
        assert!(metrics.lines().any(|line| line == sample), "{sample}: {metrics}");
    }
    let page = text("/");
    assert!(page.contains("000000000001 · ") && page.contains("000000000002 · "), "{page}");
    assert!(page.contains("Service bot (000000000002)"), "{page}");
    assert!(!page.contains("Service bot (000000000001)"), "{page}");
}
