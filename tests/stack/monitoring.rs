//! What an operator on the host sees: every page of the sidecar, and Prometheus where it is asked for.

use std::time::Duration;

use serde_json::Value;
use tests::{poll_until, wait_until};

use crate::checks::Checks;
use crate::stack::Stack;

/// A scrape comes each 15 s.
const SCRAPED: Duration = Duration::from_mins(1);
const MINUTE: Duration = Duration::from_mins(1);

pub(crate) fn check(checks: &mut Checks<'_>, stack: &Stack) {
    checks.hold(
        "the status page, metrics and records are there for whoever is on the host",
        || {
            told(stack);
        },
    );
    checks.hold("they are on the host's loopback, and on no other of its addresses", || {
        let status = stack.layout.setting("STATUS_PORT");
        let listening = stack.engine.program("ss").args(["-Hltn"]).run(MINUTE).stdout;
        let addresses: Vec<_> = listening
            .lines()
            .filter_map(|line| line.split_whitespace().nth(3))
            .filter_map(|address| address.strip_suffix(&format!(":{status}")))
            .collect();
        assert_eq!(addresses, ["127.0.0.1"]);
    });
    checks.hold("quickstart monitoring starts Prometheus and changes nothing else", || {
        let ids = || ["bot", "sidecar", "preflight"].map(|one| stack.container(one)["Id"].clone());
        let before = ids();
        let started = stack.quickstart(&["monitoring"]);
        assert_eq!(started.code, 0, "{}", started.stderr);
        assert_eq!(ids(), before);
    });
    checks.hold("it scrapes the sidecar and judges by our rules", || scraped(stack));
    checks.hold("it runs as nobody, within limits, and its port is on the loopback", || {
        let container = stack.container("prometheus");
        assert_eq!(container["Config"]["User"], "65534:65534");
        let host = &container["HostConfig"];
        assert_eq!(host["ReadonlyRootfs"], true);
        assert_eq!(host["CapDrop"], serde_json::json!(["ALL"]));
        assert_eq!(host["PortBindings"]["9090/tcp"][0]["HostIp"], "127.0.0.1");
        assert!(["Memory", "NanoCpus", "PidsLimit"].iter().all(|limit| host[*limit].is_i64()));
        poll_until("Docker calls it healthy", MINUTE, || {
            let health = stack.container("prometheus")["State"]["Health"]["Status"].clone();
            (health == "healthy").then_some(())
        });
    });
    checks.hold("the stack's own `up -d` leaves it alone", || {
        let id = || stack.container("prometheus")["Id"].clone();
        let before = id();
        let up = stack.up();
        assert_eq!(up.code, 0, "{}", up.stderr);
        assert!(stack.is_running("prometheus") && id() == before);
    });
}

fn told(stack: &Stack) {
    let page = |path: &str| {
        let answer = stack.status(path, &[]).unwrap_or_else(|| panic!("{path} is answered"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer
    };
    // What was checked before may have ended a container.
    let html = poll_until("the page says that all is well", MINUTE, || {
        let html = page("/");
        html.body.contains("Healthy").then_some(html)
    });
    assert!(html.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
    let json = |path: &str| -> Value {
        serde_json::from_str(&page(path).body).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let tag = stack.layout.setting("DEPLOYMENT_TAG");
    let deployments = json("/deployments");
    assert_eq!(deployments["deployments"][0]["artifact_id"], tag, "{deployments}");
    assert_eq!(deployments["artifacts"]["artifacts"][0]["deployed"], true, "{deployments}");
    assert_eq!(json("/backups")["backups"][0]["verified"], true);
    assert!(json("/history")["results"].as_array().is_some_and(|results| !results.is_empty()));
    assert!(json("/openapi.json")["openapi"].as_str().is_some_and(|of| of.starts_with("3.1")));
    let metrics = page("/metrics").body;
    for series in [
        r#"ballast_stack_status{status="healthy"} 1"#,
        "ballast_engine_up 1",
        r#"ballast_deployments{type="deploy",status="success"} 1"#,
    ] {
        assert!(metrics.lines().any(|line| line == series), "{series} in\n{metrics}");
    }
}

fn scraped(stack: &Stack) {
    let ask = |path: &str| -> Option<Value> {
        let answer = stack.prometheus(path)?;
        Some(serde_json::from_str::<Value>(&answer.body).ok()?["data"].clone())
    };
    wait_until("both targets are up", SCRAPED, || {
        let Some(data) = ask("/api/v1/targets") else { return false };
        let targets = data["activeTargets"].as_array().cloned().unwrap_or_default();
        targets.len() == 2 && targets.iter().all(|target| target["health"] == "up")
    });
    let rules = ask("/api/v1/rules").expect("the rules are told");
    let groups = rules["groups"].as_array().expect("groups");
    let rules: Vec<_> =
        groups.iter().filter_map(|group| group["rules"].as_array()).flatten().collect();
    assert!(rules.len() >= 20, "{} rules", rules.len());
    let stack_status = "/api/v1/query?query=ballast_stack_status%7Bstatus%3D%22healthy%22%7D";
    wait_until("the query API has the stack's status", SCRAPED, || {
        ask(stack_status).is_some_and(|data| data["result"][0]["value"][1] == "1")
    });
}
