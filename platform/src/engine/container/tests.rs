//! What is kept of a container, and what never is.

use serde_json::{Value, json};

use super::*;
use crate::engine::version::{NEWEST, OLDEST};

/// Engine 20.10, API 1.41, trimmed.
const V1_41: &str = r#"{"Id":"db44d098be58","Created":"2026-11-22T20:28:06.104112945Z","Path":
"docker-entrypoint.sh","State":{"Status":"running","Running":true,"Paused":false,"Restarting":false,
"OOMKilled":false,"Dead":false,"Pid":8904,"ExitCode":0,"Error":"","StartedAt":
"2026-11-22T20:28:06.554572707Z","FinishedAt":"0001-01-01T00:00:00Z","Health":{"Status":"healthy",
"FailingStreak":0,"Log":[{"Start":"2026-11-22T20:28:08.555651108Z","End":
"2026-11-22T20:28:08.613779782Z","ExitCode":0,"Output":"s3cret PONG\n"},{"Start":
"2026-11-22T20:28:10Z","End":"2026-11-22T20:28:10Z","ExitCode":-1,"Output":"s3cret"}]}},"Image":
"sha256:bce3","Name":"/redis","RestartCount":2,"HostConfig":{"Binds":["data:/data"],"PortBindings":
{"6379/tcp":[{"HostIp":"127.0.0.1","HostPort":"16399"}]},"RestartPolicy":{"Name":"on-failure",
"MaximumRetryCount":7},"Memory":134217728,"NanoCpus":500000000,"CpuPeriod":0,"CpuQuota":0,
"KernelMemory":0,"PidsLimit":null},"Mounts":[{"Type":"volume","Name":"data","Source":"/var/lib/x",
"Destination":"/data"},{"Type":"bind","Source":"/etc","Destination":"/etc"}],"Config":{"Env":
["DATABASE_URL=postgresql://u:s3cret@db/app","TZ=UTC","S=a=s3cret","LANG=\u0043.UTF-8",
"E=\"s3cret\\\"","NONE","=s3cret","s3cret name=1"],"Cmd":["redis-server"],"Healthcheck":{"Test":
["CMD-SHELL","redis-cli ping"],"Interval":2000000000,"StartPeriod":10000000000},"Image":
"debian-redis:8","Labels":{"com.docker.compose.service":"redis"}},"NetworkSettings":{"Bridge":"",
"Ports":{"6379/tcp":[{"HostIp":"0.0.0.0","HostPort":"16399"},{"HostIp":"::","HostPort":"16399"}],
"53/udp":[{"HostIp":"","HostPort":"5300"}],"53/tcp":[{"HostIp":"","HostPort":"5301"}],"9000/tcp":
null}}}"#;

fn container(text: &str) -> Container {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_is_needed_is_kept() {
    let redis = container(V1_41);
    assert_eq!((redis.id.as_str(), redis.restart_count), ("db44d098be58", 2));
    assert_eq!(redis.state.status, ContainerStatus::Running);
    assert!(redis.state.started_at.is_some() && redis.state.finished_at.is_none());
    let health = redis.state.health.as_ref().unwrap();
    let codes: Vec<_> = health.log.iter().map(|result| result.exit_code).collect();
    assert_eq!((health.status, codes), (HealthState::Healthy, vec![0, -1]));
    assert_eq!(redis.memory_limit_bytes(), Some(134_217_728));
    assert_eq!(redis.cpu_limit_percent(), Some(50.0));
    assert_eq!(redis.restart_limit(), Some(7));
    assert_eq!(redis.port_bindings(), [(53, 5301), (6379, 16399)].into());
    assert_eq!(redis.volumes().collect::<Vec<_>>(), ["data"]);
    assert_eq!(redis.config.labels["com.docker.compose.service"], "redis");
}

#[test]
fn values_of_the_environment_and_outputs_of_checks_are_dropped() {
    let redis = container(V1_41);
    let shown: Vec<_> = redis.variables().iter().map(|(name, value)| (&**name, &**value)).collect();
    let hidden = "[hidden]";
    let expected = [
        ("DATABASE_URL", hidden),
        ("E", hidden),
        ("LANG", "C.UTF-8"),
        ("NONE", hidden),
        ("S", hidden),
        ("TZ", "UTC"),
    ];
    assert_eq!(shown, expected);
    assert!(!format!("{redis:?}").contains("s3cret"), "{redis:?}");
}

#[test]
fn an_environment_without_end_is_cut() {
    let mut json: Value = serde_json::from_str(V1_41).unwrap();
    let many: Vec<_> = (0..5000).map(|number| format!("V{number}=1")).collect();
    json["Config"]["Env"] = json!(many);
    assert_eq!(container(&json.to_string()).variables().len(), 256);
    json["Config"]["Env"] = json!([format!("{}=1", "V".repeat(1000))]);
    assert_eq!(container(&json.to_string()).variables().len(), 0);
}

#[test]
fn a_health_check_is_timed_by_what_the_engine_knows() {
    let redis = container(V1_41);
    let seconds = Duration::from_secs;
    let old = HealthTiming {
        start_period: seconds(10),
        interval: seconds(2),
        start_interval: None,
        timeout: seconds(30),
    };
    assert_eq!(redis.health_timing(OLDEST), Some(old));
    let new = HealthTiming { start_interval: Some(seconds(5)), ..old };
    assert_eq!(redis.health_timing(NEWEST), Some(new));
}

#[test]
fn what_newer_engines_leave_out_is_not_missed() {
    // Engine 29, API 1.52, stopped: empty lists and fields of old are left out.
    let text = r#"{"Id":"c1","State":{"Status":"exited","StartedAt":"0001-01-01T00:00:00Z",
        "FinishedAt":"0001-01-01T00:00:00Z"},"HostConfig":{"RestartPolicy":{"Name":"no"},
        "CpuPeriod":50000,"CpuQuota":25000,"PortBindings":{"80/tcp":[{"HostIp":"","HostPort":"8080"}],
        "81/tcp":[{"HostPort":""}]}},"NetworkSettings":{"Ports":{},"Networks":{}},"Config":
        {"Image":"app:1"},"ImageManifestDescriptor":{"size":1}}"#;
    let app = container(text);
    assert_eq!((app.state.started_at, app.restart_limit()), (None, None));
    assert_eq!(app.cpu_limit_percent(), Some(50.0));
    assert_eq!(app.memory_limit_bytes(), None);
    assert_eq!(app.port_bindings(), [(80, 8080)].into());
    assert_eq!(app.health_timing(NEWEST), None);
    let unknown = text.replace("exited", "dreaming");
    assert_eq!(container(&unknown).state.status, ContainerStatus::Unknown);
}
