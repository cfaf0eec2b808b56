//! What the sidecar says of the stack's own nine containers, beside what the engine says of them.

use std::time::Duration;

use serde_json::Value;
use tests::poll_until;

use crate::checks::Checks;
use crate::stack::{ONE_SHOTS, STAYING, Stack};

const MINUTE: Duration = Duration::from_mins(1);
/// Five health results take five intervals of the health checks.
const FIVE_RESULTS: Duration = Duration::from_mins(4);
/// With an event a change comes at once, long before the next look at all containers.
const AT_ONCE: Duration = Duration::from_secs(5);

pub(crate) fn check(checks: &mut Checks<'_>, stack: &Stack) {
    checks.hold("/services shows the stack's nine with every attribute", || nine(stack));
    checks.hold("/services shows what the engine says: limits, ports, starts, restarts", || {
        as_the_engine_says(stack);
    });
    checks.hold("CPU and memory are near what docker stats shows", || usage(stack));
    checks.hold("a container that is killed is seen at once, and so is its return", || {
        killed(stack);
    });
    checks.hold("five health results of each are kept", || five_results(stack));
    checks.hold("/services holds no secret", || {
        let shown = stack.status("/services", &[]).expect("the sidecar answers").body;
        for name in ["DATABASE_PASSWORD", "REDIS_PASSWORD", "TELEGRAM_BOT_TOKEN", "STRIPE_API_KEY"]
        {
            let secret = stack.layout.setting(name);
            assert!(!secret.is_empty() && !shown.contains(&secret), "{name}");
        }
    });
}

fn services(stack: &Stack) -> Option<Value> {
    let answer = stack.status("/services", &[])?;
    serde_json::from_str(&answer.body).ok()
}

fn of(stack: &Stack, service: &str) -> Option<Value> {
    let all = services(stack)?;
    all["services"].as_array()?.iter().find(|it| it["service_name"] == service).cloned()
}

fn nine(stack: &Stack) {
    let all = poll_until("all instances are known with their disk space", MINUTE, || {
        let all = services(stack)?;
        // The engine's newest check of the sidecar may still be of a time without databases.
        let known = |it: &Value| {
            let is_settled = ["healthy", "stopped"].map(Value::from).contains(&it["status"]);
            it["stale"] == false && it["disk_usage_mb"].is_u64() && is_settled
        };
        all["services"].as_array()?.iter().all(known).then_some(all)
    });
    assert_eq!(all["engine"]["ok"], true, "{all}");
    let services = all["services"].as_array().expect("a list");
    let mut names: Vec<_> = services.iter().filter_map(|it| it["service_name"].as_str()).collect();
    let mut expected = [&STAYING[..], &ONE_SHOTS[..]].concat();
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
    for instance in services {
        for key in [
            "service_name",
            "container_id",
            "image_tag",
            "status",
            "health_check_status",
            "started_at",
            "restart_count",
            "last_restart_at",
            "cpu_usage_percent",
            "memory_usage_mb",
            "disk_usage_mb",
            "port_bindings",
            "environment_variables",
            "version",
        ] {
            assert!(instance.get(key).is_some(), "{key} of {instance}");
        }
        let name = instance["service_name"].as_str().unwrap_or_default();
        if STAYING.contains(&name) {
            assert_eq!(instance["status"], "healthy", "{instance}");
            assert_eq!(instance["findings"], serde_json::json!([]), "{instance}");
            assert!(instance["cpu_usage_percent"].is_f64(), "{instance}");
            assert!(instance["memory_usage_mb"].as_u64() > Some(0), "{instance}");
        } else {
            assert_eq!(instance["status"], "stopped", "{instance}");
        }
    }
}

fn as_the_engine_says(stack: &Stack) {
    for service in STAYING {
        let (shown, container) =
            (of(stack, service).expect("it is shown"), stack.container(service));
        assert_eq!(shown["container_id"], container["Id"], "{service}");
        assert_eq!(shown["image_tag"], container["Config"]["Image"], "{service}");
        assert_eq!(shown["restart_count"], container["RestartCount"], "{service}");
        let megabytes = container["HostConfig"]["Memory"].as_u64().map(|it| it.div_ceil(1_000_000));
        assert_eq!(shown["memory_limit_mb"].as_u64(), megabytes, "{service}");
        let percent = container["HostConfig"]["NanoCpus"].as_f64().map(|nano| nano / 10_000_000.0);
        assert_eq!(shown["cpu_limit_percent"].as_f64(), percent, "{service}");
        let seconds = |time: &Value| time.as_str().unwrap_or_default()[..19].to_owned();
        assert_eq!(seconds(&shown["started_at"]), seconds(&container["State"]["StartedAt"]));
    }
    let nginx = of(stack, "nginx").expect("it is shown");
    for (port, setting) in [("80", "HTTP_PORT"), ("443", "HTTPS_PORT")] {
        assert_eq!(nginx["port_bindings"][port].to_string(), stack.layout.setting(setting));
    }
    let bot = of(stack, "bot").expect("it is shown");
    assert_eq!(bot["version"], stack.layout.setting("DEPLOYMENT_TAG"));
    assert_eq!(bot["environment_variables"]["STRIPE_API_KEY"], "[hidden]");
}

/// Wide bounds: the two look at different moments, and an idle stack uses next to nothing.
fn usage(stack: &Stack) {
    for service in ["postgres", "bot", "nginx"] {
        let container = stack.container(service);
        let id = container["Id"].as_str().unwrap_or_default();
        let format = "{{.CPUPerc}} {{.MemUsage}}";
        let said = stack.engine.docker(&["stats", "--no-stream", "--format", format, id]).stdout;
        let mut words = said.split_whitespace();
        let cpu: f64 = words
            .next()
            .and_then(|word| word.trim_end_matches('%').parse().ok())
            .expect("a figure");
        let memory = megabytes(words.next().expect("a figure"));
        let shown = of(stack, service).expect("it is shown");
        let shown_memory = shown["memory_usage_mb"].as_f64().expect("a figure");
        assert!(shown_memory <= memory * 2.0 + 4.0, "{service}: {shown_memory} MB, not {said}");
        assert!(shown_memory >= memory / 2.0 - 4.0, "{service}: {shown_memory} MB, not {said}");
        let shown_cpu = shown["cpu_usage_percent"].as_f64().expect("a figure");
        assert!((shown_cpu - cpu).abs() <= 50.0, "{service}: {shown_cpu} %, not {said}");
    }
}

/// `12.3MiB` in megabytes.
fn megabytes(text: &str) -> f64 {
    let unit = text.find(|it: char| it.is_ascii_alphabetic()).unwrap_or(text.len());
    let factor = match &text[unit..] {
        "KiB" | "kB" => 0.001_024,
        "GiB" => 1_073.741_824,
        _ => 1.048_576,
    };
    text[..unit].parse::<f64>().expect("a figure") * factor
}

fn killed(stack: &Stack) {
    let before = of(stack, "redis").expect("it is shown");
    let container = stack.container("redis");
    let process = container["State"]["Pid"].to_string();
    // From outside of the engine: its restart policy brings it back.
    let killed = stack.engine.program("kill").args(["-KILL", &process]).run(MINUTE);
    assert_eq!(killed.code, 0, "{}", killed.stderr);
    poll_until("the restart is seen", AT_ONCE, || {
        let redis = of(stack, "redis")?;
        // The engine counts a restart before it has begun.
        let counted = redis["restart_count"].as_u64() > before["restart_count"].as_u64();
        (counted && redis["last_restart_at"] != before["last_restart_at"]).then_some(())
    });
    poll_until("it is healthy again", Duration::from_mins(2), || {
        (of(stack, "redis")?["status"] == "healthy").then_some(())
    });
    let log = stack.logs("sidecar");
    for change in [["healthy", "stopped"], ["stopped", "starting"], ["starting", "healthy"]] {
        let [from, to] = change;
        let seen = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut seen = seen.filter(|line| line["service"] == "redis");
        assert!(seen.any(|line| line["from"] == from && line["to"] == to), "{from} → {to}: {log}");
    }
}

fn five_results(stack: &Stack) {
    for service in STAYING {
        poll_until(&format!("five results of {service}"), FIVE_RESULTS, || {
            let shown = of(stack, service)?;
            (shown["health_results"].as_array()?.len() == 5).then_some(())
        });
    }
}
