//! Dependencies go away and come back: health says so, once each, and nobody restarts for it.

use std::time::Duration;

use serde_json::Value;

use crate::checks::Checks;
use crate::live;
use crate::stack::Stack;

const NOTICED: Duration = Duration::from_secs(30);

pub(crate) fn check(checks: &mut Checks<'_>, stack: &Stack) {
    let before = changes(stack);
    let started = |service| {
        let container = stack.container(service);
        (container["Id"].clone(), container["State"]["StartedAt"].clone())
    };
    let untouched = ["sidecar", "bot"].map(started);
    checks.hold("Redis stopped: degraded, 200", || {
        assert_eq!(stack.compose(&["stop", "redis"]).code, 0);
        let health = stack.wait_for_health(200, "degraded", NOTICED);
        assert_eq!(
            (&health["redis_connected"], &health["postgres_connected"]),
            (&false.into(), &true.into())
        );
    });
    checks.hold("preflight-live says so too, and that PostgreSQL is well", || {
        let bad = live::look(stack);
        assert_eq!(bad.code, 1, "{}{}", bad.stdout, bad.stderr);
        assert!(bad.stdout.contains("PF220") && !bad.stdout.contains("PF21"), "{}", bad.stdout);
    });
    checks.hold("an update is kept meanwhile", || assert_eq!(stack.post(3), Some(200)));
    checks.hold("PostgreSQL stopped too: unhealthy, 503", || {
        assert_eq!(stack.compose(&["stop", "postgres"]).code, 0);
        let health = stack.wait_for_health(503, "unhealthy", NOTICED);
        assert_eq!(health["postgres_connected"], false);
        assert!(health["error_message"].is_string(), "{health}");
    });
    checks.hold("both started: healthy, and the bot has come back to them", || {
        assert_eq!(stack.compose(&["start", "postgres", "redis"]).code, 0);
        stack.wait_for_health(200, "healthy", NOTICED);
        tests::wait_until("an update is taken", NOTICED, || stack.post(4) == Some(200));
        assert_eq!(stack.counted(), stack.sql("select count(*) from updates"));
    });
    checks.hold("each change is one log line", || {
        let after = changes(stack);
        let new: Vec<_> = after[before.len()..].iter().map(String::as_str).collect();
        // Started again one after the other: the way back may be by degraded.
        let straight = ["degraded", "unhealthy", "healthy"];
        let by_degraded = ["degraded", "unhealthy", "degraded", "healthy"];
        assert!(new == straight || new == by_degraded, "{new:?}");
    });
    checks.hold("neither the sidecar nor the bot was restarted by any of it", || {
        assert_eq!(["sidecar", "bot"].map(started), untouched);
    });
}

/// The status changes that the sidecar has logged: what each was to.
fn changes(stack: &Stack) -> Vec<String> {
    let lines = stack.logs("sidecar");
    let records = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    records
        .filter(|record| record["overall_status"].is_string())
        .filter_map(|record| record["overall_status"].as_str().map(str::to_owned))
        .collect()
}
