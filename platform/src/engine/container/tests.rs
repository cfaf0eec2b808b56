//! What is kept of a container, and what never is.

use std::time::Duration;

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

/// `docker inspect` of two containers, engine 20.10, trimmed: one fails its checks, one has ended.
const INSPECTED: &str = r#"[{"Id":"130dd4056217","State":{"Status":"running","OOMKilled":false,"ExitCode":
0,"StartedAt":"2026-11-28T18:56:32.440402344Z","FinishedAt":"0001-01-01T00:00:00Z","Health":{"Status":
"unhealthy","FailingStreak":2,"Log":[{"Start":"2026-11-28T18:56:33.441565129Z","End":
"2026-11-28T18:56:33.503420365Z","ExitCode":1,"Output":"s3cret-output\n"},{"Start":
"2026-11-28T19:56:34.514824157+01:00","End":"0001-01-01T00:00:00Z","ExitCode":-1,"Output":""}]}},
"Image":"sha256:75e3f64c918b1c42eb18d2dbc1f200edebb095efa6f3ba990b5b8b0118180dbb","Name":"/stack-redis-1",
"RestartCount":0,"HostConfig":{"PortBindings":{},"RestartPolicy":{"Name":"on-failure",
"MaximumRetryCount":3}},"Mounts":[],"Config":{"Env":["LANG=C.UTF-8"],"Healthcheck":{"Test":["CMD-SHELL",
"echo s3cret-output; exit 1"],"Interval":1000000000,"Timeout":2000000000,"StartPeriod":1500000000,
"Retries":2},"Image":"redis:8","Labels":{"com.docker.compose.service":"redis"}},"NetworkSettings":{
"Ports":{"6379/tcp":null},"Networks":{"stack_back":{"IPAMConfig":null,"Aliases":["redis"]},"stack_front":{
"Aliases":null}}}},{"Id":"557ad1148f63","State":{"Status":"exited","OOMKilled":true,"ExitCode":137,
"StartedAt":"2026-11-28T18:56:32.895786377Z","FinishedAt":"2026-11-28T18:56:32.905963507Z"},"Image":
"sha256:75e3f64c918b1c42eb18d2dbc1f200edebb095efa6f3ba990b5b8b0118180dbb","Name":"/stack-job-1",
"RestartCount":5,"HostConfig":{"RestartPolicy":{"Name":"no","MaximumRetryCount":0}},"Mounts":[],"Config":{
"Env":null,"Healthcheck":{"Test":["NONE"]},"Image":"redis:8","Labels":{}},"NetworkSettings":{"Ports":{},
"Networks":null}}]"#;

#[test]
fn what_docker_inspect_prints_is_read_whole() {
    let containers: Vec<Container> = serde_json::from_str(INSPECTED).unwrap();
    let [redis, job] = containers.as_slice() else { panic!("{containers:?}") };
    assert_eq!((redis.name(), job.name()), ("stack-redis-1", "stack-job-1"));
    assert_eq!(redis.image_id.len(), "sha256:".len() + 64);
    assert_eq!(redis.networks().collect::<Vec<_>>(), ["stack_back", "stack_front"]);
    assert_eq!(job.networks().count(), 0);
    let state = |one: &Container| (one.state.exit_code, one.state.oom_killed, one.restart_count);
    assert_eq!((state(redis), state(job)), ((0, false, 0), (137, true, 5)));
    let health = |one: &Container| one.state.health.as_ref().map(|health| health.status);
    assert_eq!((health(redis), health(job)), (Some(HealthState::Unhealthy), None));
    assert!(!format!("{containers:?}").contains("s3cret"), "{containers:?}");
}

#[test]
fn a_health_check_is_as_the_engine_takes_it() {
    let seconds = Duration::from_secs;
    let default = HealthCheck {
        interval: seconds(30),
        timeout: seconds(30),
        retries: 3,
        start_period: seconds(0),
        start_interval: seconds(5),
    };
    for (written, expected) in [
        (r#"{"Test":["CMD","true"]}"#, Some(default)),
        (r#"{"Test":["CMD","true"],"Interval":0,"Retries":-1,"StartPeriod":-1}"#, Some(default)),
        (
            r#"{"Test":["CMD-SHELL","a \"quoted\" word"],"Interval":1000000000,"Timeout":2000000000,
                "Retries":4,"StartPeriod":5000000000,"StartInterval":3000000000}"#,
            Some(HealthCheck {
                interval: seconds(1),
                timeout: seconds(2),
                retries: 4,
                start_period: seconds(5),
                start_interval: seconds(3),
            }),
        ),
        (r#"{"Test":["NONE"],"Interval":1000000000}"#, None),
        (r#"{"Test":[]}"#, None),
        (r#"{"Test":null}"#, None),
        ("{}", None),
        ("null", None),
    ] {
        let mut json: Value = serde_json::from_str(V1_41).unwrap();
        json["Config"]["Healthcheck"] = serde_json::from_str(written).unwrap();
        let redis = container(&json.to_string());
        assert_eq!(redis.health_check(), expected, "{written}");
        assert_eq!(redis.health_timing(NEWEST).is_some(), expected.is_some(), "{written}");
    }
}

#[test]
fn outputs_of_health_checks_are_there_for_who_asks_for_them() {
    let outputs: Vec<HealthOutputs> = serde_json::from_str(INSPECTED).unwrap();
    assert!(!format!("{outputs:?}").contains("s3cret"), "{outputs:?}");
    let checks: Vec<_> = outputs.into_iter().map(HealthOutputs::into_checks).collect();
    let [failed, stopped] = checks[0].as_slice() else { panic!("{checks:?}") };
    assert_eq!((failed.exit_code, failed.output.as_str()), (1, "s3cret-output\n"));
    assert!(failed.ended_at.is_some() && stopped.ended_at.is_none());
    assert!(checks[1].is_empty());
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
    assert_eq!((app.name(), app.image_id.as_str(), app.networks().count()), ("", "", 0));
    let unknown = text.replace("exited", "dreaming");
    assert_eq!(container(&unknown).state.status, ContainerStatus::Unknown);
}
