//! `deploy` on the host, taken from its image as the README says it, against the running stack.

use std::path::Path;

use serde_json::Value;
use tests::canary::assert_absent;
use tests::{Finished, Scratch, unique};

use crate::checks::Checks;
use crate::records::{artifacts, events};
use crate::secrets::secrets;
use crate::stack::{ONE_SHOTS, STAYING, Stack};

pub(crate) fn check(checks: &mut Checks<'_>, stack: &Stack) {
    let folder = Scratch::new();
    let program = folder.join("deploy");
    checks.hold("deploy is carried to the host by its image", || carry(stack, &program));
    let deploy = |arguments: &[&str]| {
        let compose = stack.layout.compose().display().to_string();
        let finished = stack.on_the_host(&program, &[&["--dir", &compose], arguments].concat());
        assert_absent(&secrets(stack), "what deploy says", finished.stdout.as_bytes());
        assert_absent(&secrets(stack), "what deploy logs", finished.stderr.as_bytes());
        finished
    };
    let json = |arguments: &[&str]| good(&deploy(&[arguments, &["--format", "json"]].concat()));
    checks.hold("deploy status tells what runs, for people and for programs", || {
        let status: Value = serde_json::from_str(&json(&["status"])).expect("JSON");
        status_is_true(stack, &status);
        let table = good(&deploy(&["status"]));
        let tag = stack.layout.setting("DEPLOYMENT_TAG");
        assert!(table.starts_with(&format!("Deployed   {tag} since ")), "{table}");
        for service in STAYING {
            let row = row(&table, service);
            assert!(row.contains("running") && row.contains("healthy"), "{row}");
        }
        for service in ONE_SHOTS {
            assert!(row(&table, service).contains("exited (0)"), "{table}");
        }
    });
    checks.hold("deploy history tells every event, newest first", || {
        let told: Vec<Value> = serde_json::from_str(&json(&["history"])).expect("JSON");
        let ids = |events: &[Value]| -> Vec<Value> {
            events.iter().map(|event| event["event_id"].clone()).collect()
        };
        let mut known = events(stack);
        known.reverse();
        assert_eq!(ids(&told), ids(&known));
        assert_eq!(told[0]["status"], "success");
        assert_eq!(json(&["history", "--limit", "0"]).trim_end(), "[]");
        let table = good(&deploy(&["history"]));
        assert_eq!(table.lines().count(), 1 + known.len(), "{table}");
        assert!(table.starts_with("STARTED") && table.contains("success"), "{table}");
    });
    checks.hold("deploy outside of a compose folder shows nothing and exits 2", || {
        for command in ["status", "history"] {
            let finished = stack.on_the_host(&program, &["--dir", "/", command]);
            assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
            assert!(finished.stderr.contains("docker-compose.prod.yml"), "{}", finished.stderr);
        }
    });
}

pub(crate) fn carry(stack: &Stack, program: &Path) {
    let setting = |name| stack.layout.setting(name);
    let image = format!("{}/deploy:{}", setting("BALLAST_REGISTRY"), setting("BALLAST_TAG"));
    let name = format!("ballast-test-deploy-{}", &unique()[20..]);
    let docker = |arguments: &[&str]| {
        let finished = stack.engine.docker(arguments);
        assert_eq!(finished.code, 0, "{arguments:?}: {}", finished.stderr);
    };
    docker(&["create", "--name", &name, "--label", &stack.label(), &image]);
    docker(&["cp", &format!("{name}:/deploy"), &program.display().to_string()]);
    docker(&["rm", &name]);
}

fn status_is_true(stack: &Stack, status: &Value) {
    let artifacts = artifacts(stack);
    let deployed = artifacts.iter().find(|artifact| artifact["deployed"] == true);
    assert_eq!(Some(&status["deployed"]["artifact_id"]), deployed.map(|it| &it["artifact_id"]));
    let events = events(stack);
    let newest = events.last().expect("an event");
    assert_eq!(status["newest_event"]["event_id"], newest["event_id"]);
    assert_eq!(status["newest_event"]["status"], "success");
    let services = status["services"].as_array().expect("a list");
    assert_eq!(services.len(), STAYING.len() + ONE_SHOTS.len(), "{services:?}");
    for name in STAYING {
        let service = services.iter().find(|service| service["service_name"] == name);
        let service = service.unwrap_or_else(|| panic!("{name} is missing: {services:?}"));
        assert_eq!((&service["state"], &service["health"]), (&"running".into(), &"healthy".into()));
        assert_eq!(service["container_id"], stack.container(name)["Id"]);
    }
}

fn good(finished: &Finished) -> String {
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    finished.stdout.clone()
}

/// The line of a service.
fn row<'a>(table: &'a str, service: &str) -> &'a str {
    let mut lines = table.lines();
    let found = lines.find(|line| line.split_whitespace().next() == Some(service));
    found.unwrap_or_else(|| panic!("{service} is missing:\n{table}"))
}
