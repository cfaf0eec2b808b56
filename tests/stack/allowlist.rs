//! The read-only view of the engine: what it lets through is a closed list, nothing on it changes
//! anything, and nobody but root and the sidecar gets as far as asking.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tests::Program;

use crate::checks::Checks;
use crate::stack::{ONE_SHOTS, STAYING, Stack};

/// Method and path; `ID` is a container's, `IMAGE` its image's.
const ALLOWED: [(&str, &str); 8] = [
    ("GET", "/_ping"),
    ("GET", "/version"),
    ("GET", "/v1.41/containers/json"),
    ("GET", "/v1.41/containers/json?all=1"),
    ("GET", "/containers/ID/json"),
    ("GET", "/v1.41/containers/ID/json"),
    ("GET", "/containers/ID/stats?stream=false"),
    ("GET", "/images/IMAGE/json"),
];
const REFUSED: [(&str, &str); 28] = [
    ("POST", "/containers/ID/kill"),
    ("POST", "/v1.41/containers/ID/restart"),
    ("POST", "/containers/create"),
    ("POST", "/containers/ID/exec"),
    ("POST", "/containers/ID/json"),
    ("POST", "/containers/json"),
    ("POST", "/_ping"),
    ("POST", "/build"),
    ("PUT", "/containers/ID/archive?path=/"),
    ("DELETE", "/containers/ID?force=1"),
    ("DELETE", "/images/IMAGE"),
    // These tell what nobody needs who tells of health.
    ("GET", "/containers/ID/logs?stdout=1"),
    ("GET", "/v1.41/containers/ID/logs?stdout=1"),
    ("GET", "/containers/ID/archive?path=/"),
    ("GET", "/containers/ID/export"),
    ("GET", "/containers/ID/top"),
    ("GET", "/info"),
    ("GET", "/secrets"),
    ("GET", "/volumes"),
    // Detours to them.
    ("GET", "/v1.41/../containers/ID/logs?stdout=1"),
    ("GET", "/v1.41/%2e%2e/containers/ID/logs?stdout=1"),
    ("GET", "//containers/ID/json"),
    ("GET", "/containers/ID/json/../logs?stdout=1"),
    ("GET", "/containers/ID/stats/../export"),
    ("GET", "/containers/ID%2flogs"),
    ("GET", "/containers/ID/logs%3fjson"),
    ("GET", "/images/x/../../containers/ID/export"),
    ("GET", "/images/x/..%2f..%2finfo"),
];
const SOON: Duration = Duration::from_mins(1);
/// Nobody of the stack, and nobody on the host.
const NOBODY: &str = "65534";

pub(crate) fn check(checks: &mut Checks<'_>, stack: &Stack) {
    let bot = stack.container("bot");
    let ask = |(method, path): (&str, &str)| {
        let known = |key: &str| bot[key].as_str().expect("an id").to_owned();
        let path = path.replace("ID", &known("Id")).replace("IMAGE", &known("Image"));
        stack.engine_view(&path, &["-X", method]).map(|answer| answer.status)
    };
    checks.hold("the engine's view answers what is on its list", || {
        for request in ALLOWED {
            assert_eq!(ask(request), Some(200), "{request:?}");
        }
        let head = stack.engine_view("/_ping", &["--head"]).map(|answer| answer.status);
        assert_eq!(head, Some(200), "HEAD");
        // An engine may count for minutes: what is not refused at once is let through.
        let space = ask(("GET", "/v1.41/system/df"));
        assert!(space.is_none_or(|status| status == 200), "{space:?}");
    });
    checks.hold("the engine's view refuses everything else, and nothing comes of it", || {
        for request in REFUSED {
            assert_eq!(ask(request), Some(403), "{request:?}");
        }
        let target = "http://engine/containers/x/logs";
        let absolute = stack.engine_view("/_ping", &["--request-target", target]);
        assert_eq!(absolute.map(|answer| answer.status), Some(403), "{target}");
        assert_eq!(stack.container("bot")["State"]["StartedAt"], bot["State"]["StartedAt"]);
    });
    checks.hold("the engine's view has no address, and its own port answers a ping alone", || {
        no_address(stack);
    });
    checks.hold("nobody but root and the sidecar gets as far as its socket", || {
        only_the_sidecar(stack);
    });
}

fn no_address(stack: &Stack) {
    let engine = stack.container("engine");
    let networks = engine["NetworkSettings"]["Networks"].as_object().expect("networks");
    let names: Vec<_> = networks.keys().collect();
    assert_eq!(names, ["none"]);
    let own = |path: &str| {
        let url = format!("http://127.0.0.1:2375{path}");
        let asked = Program::at(Path::new("nsenter"))
            .args(["-t", &engine["State"]["Pid"].to_string(), "-n"])
            .args(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--path-as-is", &url]);
        asked.run(SOON).stdout
    };
    assert_eq!(own("/_ping"), "200");
    for path in ["/containers/json", "/v1.41/version", "/_ping/../info", "//_ping"] {
        assert_eq!(own(path), "403", "{path}");
    }
}

fn only_the_sidecar(stack: &Stack) {
    let volume = |service: &str| {
        let container = stack.container(service);
        let mounts = container["Mounts"].as_array().into_iter().flatten().cloned();
        mounts.into_iter().find(|mount| {
            mount["Name"].as_str().is_some_and(|name| name.ends_with("_engine-socket"))
        })
    };
    for service in ONE_SHOTS.iter().chain(&STAYING) {
        let is_mounted = volume(service).is_some();
        assert_eq!(is_mounted, ["engine", "sidecar"].contains(service), "{service}");
    }
    let mount = volume("sidecar").expect("the volume is mounted");
    assert_eq!(mount["RW"], Value::Bool(false), "the sidecar can't put another socket there");

    // On the host, as somebody who is not root.
    let socket = format!("{}/engine.sock", mount["Source"].as_str().expect("a path"));
    let curl = ["curl", "-s", "--max-time", "5", "--unix-socket", &socket, "http://engine/version"];
    let asked = Program::at(Path::new("setpriv"))
        .args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--"])
        .args(curl);
    let asked = asked.run(SOON);
    assert!(asked.code != 0 && asked.stdout.is_empty(), "{}", asked.stdout);

    // Where nothing but the folder itself stands before the socket.
    let name = mount["Name"].as_str().expect("a name");
    let finds = |user: &str| {
        let volume = format!("{name}:/socket:ro");
        let image = stack.layout.setting("REDIS_IMAGE");
        let look = ["--entrypoint", "test", &image, "-S", "/socket/engine.sock"];
        let run = ["run", "--rm", "--network", "none", "--user", user, "-v", &volume, "--label"];
        let label = stack.label();
        stack.engine.docker(&[&run[..], &[label.as_str()], &look[..]].concat()).code == 0
    };
    assert!(finds("10001:10001") && !finds("65534:65534") && !finds("65534:10002"));
}
