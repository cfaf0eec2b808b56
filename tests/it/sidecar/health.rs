//! What `/health` says of dependencies that go, come back, hang or lie.

use std::net::Ipv6Addr;
use std::thread;
use std::time::Duration;

use tests::canary::assert_absent;
use tests::{Canary, http};

use super::{SOON, World, logged};
use crate::scripted::Scripted;

#[test]
fn everything_up_is_healthy_with_every_attribute() {
    let world = World::new();
    let mut sidecar = world.program().spawn();
    let health = world.wait_for(&mut sidecar, 200, "healthy");
    for (name, expected) in [
        ("service_name", "bot".into()),
        ("postgres_connected", true.into()),
        ("redis_connected", true.into()),
        ("version", "v1.2.3".into()),
        ("error_message", serde_json::Value::Null),
        ("stale", false.into()),
    ] {
        assert_eq!(health[name], expected, "{name}: {health}");
    }
    for name in ["postgres_response_time_ms", "redis_response_time_ms", "response_time_ms"] {
        assert!(health[name].as_u64().is_some_and(|ms| ms > 0), "{name}: {health}");
    }
    for name in ["timestamp", "checked_at"] {
        assert!(health[name].as_str().is_some_and(|time| time.ends_with('Z')), "{name}: {health}");
    }
    assert!(health["uptime_seconds"].is_u64(), "{health}");
    for check in ["bot", "postgres", "redis"] {
        let check = &health["checks"][check];
        assert!(check["ok"] == true && check["latency_us"].as_u64() > Some(0), "{health}");
        assert!(check["error_code"].is_null() && check["since"].is_string(), "{health}");
    }
    assert_eq!(health.as_object().map(serde_json::Map::len), Some(14), "{health}");
}

#[test]
fn what_goes_is_told_what_comes_back_too_and_each_change_is_one_line() {
    let mut world = World::new();
    let mut sidecar = world.healthy_sidecar();
    world.redis.stop();
    let health = world.wait_for(&mut sidecar, 200, "degraded");
    assert_eq!(health["redis_connected"], false);
    assert_eq!(health["redis_response_time_ms"], serde_json::Value::Null);
    assert_eq!(health["error_message"], "redis: redis_refused");
    world.postgres.stop();
    let health = world.wait_for(&mut sidecar, 503, "unhealthy");
    assert_eq!(health["error_message"], "postgres: postgres_refused; redis: redis_refused");
    world.postgres.restart();
    world.wait_for(&mut sidecar, 200, "degraded");
    world.redis.restart();
    let health = world.wait_for(&mut sidecar, 200, "healthy");
    assert_eq!(health["checks"]["redis"]["ok"], true);

    let log = sidecar.stderr();
    let changes = logged(&log, "health status changed");
    let to: Vec<_> = changes.iter().map(|line| line["overall_status"].as_str()).collect();
    let expected = ["healthy", "degraded", "unhealthy", "degraded", "healthy"];
    assert_eq!(to, expected.map(Some), "{log}");
    let levels: Vec<_> = changes.iter().map(|line| line["level"].as_str()).collect();
    let expected = ["INFO", "WARNING", "WARNING", "WARNING", "INFO"];
    assert_eq!(levels, expected.map(Some), "{log}");
    for check in ["postgres", "redis"] {
        let changes = logged(&log, "check changed");
        let of: Vec<_> = changes.iter().filter(|line| line["check"] == check).collect();
        assert_eq!(of.len(), 3, "{check}: {log}");
        assert_eq!((&of[1]["from"], &of[1]["to"]), (&"pass".into(), &"fail".into()));
        assert!(of[1]["error_code"].as_str().is_some_and(|code| code.starts_with(check)));
        assert!(of[2]["latency_us"].is_u64(), "{check}: {log}");
    }
    assert_eq!(logged(&log, "serving").len(), 1, "it was not restarted");
}

#[test]
fn a_bot_that_does_not_answer_well_is_unhealthy() {
    let world = World::new();
    let mut sidecar = world.healthy_sidecar();
    world.bot.now(|_| (500, String::new()));
    let health = world.wait_for(&mut sidecar, 503, "unhealthy");
    assert_eq!(health["error_message"], "bot: bot_unhealthy");
    assert_eq!(health["uptime_seconds"], 0);
    world.bot.now(|_| (204, String::new()));
    world.wait_for(&mut sidecar, 200, "healthy");
}

#[test]
fn one_instance_of_the_bot_that_answers_well_is_enough() {
    let world = World::new();
    // `localhost` has two addresses, as the bot's name has while an instance is replaced.
    let port = world.bot.address().port();
    let other = Scripted::at((Ipv6Addr::LOCALHOST, port).into(), |_| (200, String::new()));
    world.bot.now(|_| (503, String::new()));
    let url = format!("http://localhost:{port}/health");
    let mut sidecar = world.program().env("BOT_HEALTH_URL", url).spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    other.now(|_| (503, String::new()));
    let health = world.wait_for(&mut sidecar, 503, "unhealthy");
    assert_eq!(health["error_message"], "bot: bot_unhealthy");
    world.bot.now(|_| (200, String::new()));
    world.wait_for(&mut sidecar, 200, "healthy");
}

#[test]
fn without_a_bot_the_dependencies_decide() {
    let world = World::new();
    let mut sidecar = world.program_without_bot().spawn();
    let health = world.wait_for(&mut sidecar, 200, "healthy");
    assert_eq!(health["checks"]["bot"], serde_json::Value::Null);
}

#[test]
fn a_wrong_password_is_named_and_never_shown() {
    let world = World::new();
    let wrong = Canary::password("the wrong password");
    let postgres = world.postgres.url(&world.database);
    let postgres = postgres.replace(world.postgres.password(), &wrong.in_url());
    let redis = world.redis.url().replace(world.redis.password(), &wrong.in_url());
    let mut sidecar = world.program().env("DATABASE_URL", postgres).env("REDIS_URL", redis).spawn();
    let health = world.wait_for(&mut sidecar, 503, "unhealthy");
    assert_eq!(health["checks"]["postgres"]["error_code"], "postgres_auth_failed");
    assert_eq!(health["checks"]["redis"]["error_code"], "redis_auth_failed");
    let shown = sidecar.stderr() + &health.to_string();
    assert_absent(&[wrong], "the log or the answer", shown.as_bytes());
}

#[test]
fn a_frozen_server_is_a_timeout_and_delays_nobody() {
    let world = World::new();
    let mut sidecar = world.program().env("CHECK_TIMEOUT_SECONDS", "4").spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    world.postgres.sigstop();
    let mut answers = 0;
    sidecar.wait_until("PostgreSQL has timed out", SOON, |_| {
        // Far less than the time that the probe waits at this moment.
        let answer = http::get(world.address, "/health", Duration::from_secs(2));
        let health = answer.expect("/health answers at once").json();
        answers += 1;
        health["checks"]["postgres"]["error_code"] == "postgres_timeout"
            && health["overall_status"] == "degraded"
    });
    assert!(answers > 10, "{answers} answers");
    world.postgres.sigcont();
    world.wait_for(&mut sidecar, 200, "healthy");
}

#[test]
fn clients_cause_no_questions_and_one_connection_each_is_enough() {
    let world = World::new();
    let mut sidecar = world.program().env("HEALTH_INTERVAL_SECONDS", "300").spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    let asked = || {
        let activity = "select count(*), max(query_start) from pg_stat_activity
            where application_name = 'ballast-sidecar'";
        let postgres = world.postgres.sql(&world.database, activity);
        let pings = world.redis.command(&["INFO", "commandstats"]);
        let pings = pings.lines().find(|line| line.starts_with("cmdstat_ping"));
        let pings = pings.and_then(|line| line.split([':', ',']).nth(1)).map(str::to_owned);
        let clients = world.redis.command(&["CLIENT", "LIST"]).lines().count();
        (postgres, pings, clients)
    };
    let before = asked();
    assert!(before.0.starts_with("1|"), "{before:?}");
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..40 {
                    let answer = http::get(world.address, "/health", SOON).expect("an answer");
                    assert_eq!(answer.status, 200);
                }
            });
        }
    });
    assert_eq!(asked(), before);
}

#[test]
fn no_secret_and_no_address_leaves_the_process() {
    let mut world = World::new();
    let mut sidecar = world.program().env("LOG_LEVEL", "DEBUG").spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    let pages = |world: &World| {
        ["/health", "/livez", "/readyz", "/services", "/x"]
            .map(|path| world.get(path).expect("an answer").text())
            .concat()
    };
    let healthy = pages(&world);
    world.redis.sigstop();
    world.postgres.stop();
    world.bot.now(|_| (500, String::new()));
    world.wait_for(&mut sidecar, 503, "unhealthy");
    let unhealthy = pages(&world);
    world.redis.stop();
    sidecar.terminate();
    let finished = sidecar.wait(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    let canaries = [
        Canary::of("the database's password", world.postgres.password()),
        Canary::of("Redis's password", world.redis.password()),
        Canary::of("the database's name", &world.database),
        Canary::of("the database's address", &format!("127.0.0.1:{}", world.postgres.port())),
        Canary::of("Redis's address", &format!("127.0.0.1:{}", world.redis.port())),
    ];
    let shown = healthy + &unhealthy + &finished.stdout + &finished.stderr;
    assert!(shown.contains("postgres_refused"), "{shown}");
    assert_absent(&canaries, "a log or an answer", shown.as_bytes());
}
