//! The stack stands: what one command brings up, and that the same command again changes nothing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;
use tests::{poll_until, wait_until};

use crate::checks::Checks;
use crate::records::{artifacts, backups, event_lines, events};
use crate::stack::{ONE_SHOTS, STAYING, Stack};

const MINUTE: Duration = Duration::from_mins(1);
/// The gate asks for a quarter of a minute of health, and the event may begin a minute before.
const CONCLUDED: Duration = Duration::from_secs(90);

pub(crate) fn check(checks: &mut Checks<'_>, stack: &Stack) {
    checks.require("up -d returns 0 within a minute", || {
        let start = Instant::now();
        let up = stack.up();
        assert_eq!(up.code, 0, "{}", up.stderr);
        assert!(start.elapsed() <= MINUTE, "it took {:?}", start.elapsed());
    });
    checks.hold("preflight has nothing to say of what quickstart writes", || {
        let log = stack.logs("preflight");
        assert!(log.starts_with("The configuration is good"), "{log}");
    });
    checks.hold("health over TLS is healthy with both latencies", || health(stack));
    checks.hold("Docker's own health checks are healthy", || docker_agrees(stack));
    checks.hold("the event went from in_progress to success", || event(stack));
    checks.hold("exactly one artifact is deployed, and bears its image's digest or id", || {
        artifact(stack);
    });
    checks.hold("a verified backup was made before the deployment", || backup(stack));
    checks.hold("the same command again, here or at the root, changes nothing", || again(stack));
    checks.hold("an update through nginx is stored once and counted once", || {
        for update_id in [1, 2, 2] {
            assert_eq!(stack.post(update_id), Some(200));
        }
        assert_eq!(stack.sql("select count(*) from updates"), "2");
        assert_eq!(stack.counted(), "2");
    });
    checks.hold("nothing but the webhook and the health is reachable from outside", || {
        outside(stack);
    });
    checks.hold("our containers have no privilege to lose", || privileges(stack));
}

fn health(stack: &Stack) {
    // nginx has been started a moment ago, and listens in a moment.
    let health = stack.wait_for_health(200, "healthy", Duration::from_secs(10));
    let tag = stack.layout.setting("DEPLOYMENT_TAG");
    wait_until("the version is that of the release that runs", Duration::from_secs(10), || {
        stack.health().is_some_and(|(_, health)| health["version"] == tag)
    });
    for name in ["postgres", "redis"] {
        assert_eq!(health[format!("{name}_connected")], true);
        assert!(health[format!("{name}_response_time_ms")].is_u64(), "{health}");
    }
    assert_eq!(health["error_message"], Value::Null);
}

fn docker_agrees(stack: &Stack) {
    for service in STAYING {
        poll_until(&format!("Docker calls {service} healthy"), MINUTE, || {
            (stack.container(service)["State"]["Health"]["Status"] == "healthy").then_some(())
        });
    }
    for service in ONE_SHOTS {
        assert_eq!(stack.container(service)["State"]["ExitCode"], 0, "{service}");
    }
}

fn event(stack: &Stack) {
    wait_until("the event is concluded", CONCLUDED, || {
        events(stack).last().is_some_and(|event| event["status"] != "in_progress")
    });
    let states: Vec<_> = event_lines(stack).iter().map(|line| line["status"].clone()).collect();
    assert_eq!(states.first(), Some(&Value::from("in_progress")), "{states:?}");
    assert_eq!(states.last(), Some(&Value::from("success")), "{states:?}");
    let events = events(stack);
    let [event] = &events[..] else { panic!("one event, not {}", events.len()) };
    assert_eq!(event["event_type"], "deploy");
    assert_eq!(event["artifact_id"], stack.layout.setting("DEPLOYMENT_TAG"));
    assert_eq!(event["health_check_passed"], true);
    assert_eq!(event["backup_created"], true);
    assert!(event["duration_seconds"].is_u64() && event["completed_at"].is_string(), "{event}");
}

fn artifact(stack: &Stack) {
    // It is recorded right after the event's end has been.
    wait_until("an artifact is deployed", Duration::from_secs(10), || {
        artifacts(stack).iter().any(|artifact| artifact["deployed"] == true)
    });
    let artifacts = artifacts(stack);
    let deployed: Vec<_> =
        artifacts.iter().filter(|artifact| artifact["deployed"] == true).collect();
    let [artifact] = deployed[..] else { panic!("{} are deployed", deployed.len()) };
    assert_eq!(artifact["artifact_id"], stack.layout.setting("DEPLOYMENT_TAG"));
    let bot = stack.container("bot");
    let digest = artifact["docker_image_digest"].as_str().unwrap_or_default();
    let image = bot["Image"].as_str().unwrap_or_default();
    let pushed = stack.engine.docker(&["image", "inspect", image, "--format", "{{.RepoDigests}}"]);
    assert!(digest.starts_with("sha256:"), "{artifact}");
    assert!(digest == image || pushed.stdout.contains(digest), "{digest} is not of {image}");
}

fn backup(stack: &Stack) {
    let backups = backups(stack);
    let before = backups.iter().find(|backup| backup["backup_type"] == "pre_deployment");
    let backup = before.expect("a pre-deployment backup is in the index");
    assert_eq!(backup["verified"], true, "{backup}");
    assert!(backup["restore_ms"].is_u64(), "it was proven by a restore: {backup}");
    let path = backup["file_path"].as_str().expect("a path").rsplit('/').next();
    let path = stack.layout.records("BACKUP_DIR").join(path.expect("a file name"));
    let size = path.metadata().expect("the file is there").len();
    assert_eq!(backup["size_bytes"], size, "{backup}");
}

/// Every container by its service, and the events.
fn snapshot(stack: &Stack) -> (BTreeMap<&'static str, Value>, usize, Vec<Value>) {
    let ids = STAYING.map(|service| (service, stack.container(service)["Id"].clone()));
    let started =
        STAYING.map(|service| stack.container(service)["State"]["StartedAt"].clone()).to_vec();
    (ids.into(), events(stack).len(), started)
}

fn again(stack: &Stack) {
    let before = snapshot(stack);
    for (place, up) in [("compose/", stack.up()), ("the root", stack.up_from_the_root())] {
        assert_eq!(up.code, 0, "in {place}: {}", up.stderr);
        assert_eq!(snapshot(stack), before, "in {place}: {}", up.stderr);
    }
    assert_eq!(artifacts(stack).len(), 1);
}

fn outside(stack: &Stack) {
    let plain = stack.http("/health").expect("nginx answers without TLS");
    assert!([301, 308].contains(&plain.status), "HTTP is sent to HTTPS: {}", plain.status);
    for path in ["/", "/services", "/metrics", "/wedge", "/v1.41/containers/json", "/nginx-health"]
    {
        let answer = stack.https(path, &[]).expect("nginx answers");
        assert_eq!(answer.status, 404, "{path}");
    }
    let wrong = stack.https("/webhook/1:wrong", &["-d", "{}"]).expect("nginx answers");
    assert_eq!(wrong.status, 404);
    for service in STAYING {
        let container = stack.container(service);
        let ports = container["HostConfig"]["PortBindings"].as_object();
        let bound = ports.into_iter().flat_map(|ports| ports.values()).filter_map(Value::as_array);
        let addresses: Vec<_> = bound.flatten().map(|bound| bound["HostIp"].as_str()).collect();
        let expected: &[Option<&str>] = match service {
            "nginx" => &[Some(""), Some("")],
            "sidecar" => &[Some("127.0.0.1")],
            _ => &[],
        };
        assert_eq!(addresses, expected, "{service}");
    }
}

fn privileges(stack: &Stack) {
    for service in ["preflight", "backup-predeploy", "sidecar", "backup", "bot"] {
        let container = stack.container(service);
        let host = &container["HostConfig"];
        let user = container["Config"]["User"].as_str().unwrap_or_default();
        assert_eq!(user.split(':').next(), Some("10001"), "{service}");
        assert_eq!(host["ReadonlyRootfs"], true, "{service}");
        assert_eq!(host["CapDrop"], serde_json::json!(["ALL"]), "{service}");
        assert!(host["CapAdd"].is_null(), "{service}");
        assert_eq!(host["Privileged"], false, "{service}");
    }
    for service in STAYING {
        let host = &stack.container(service)["HostConfig"];
        let limited = ["Memory", "NanoCpus", "PidsLimit"]
            .iter()
            .all(|limit| host[*limit].as_i64().is_some_and(|limit| limit > 0));
        assert!(limited, "{service} has limits");
        assert_eq!(host["RestartPolicy"]["Name"], "always", "{service}");
        assert!(host["LogConfig"]["Config"]["max-size"].is_string(), "{service} rotates its log");
        let options = &host["SecurityOpt"];
        assert!(options.to_string().contains("no-new-privileges"), "{service}: {options}");
    }
}
