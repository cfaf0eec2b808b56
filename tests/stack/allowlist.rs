//! The read-only view of the engine: what it lets through is a closed list, and nothing on it
//! changes anything or tells a container's environment.

use crate::checks::Checks;
use crate::stack::Stack;

/// Method and path; `ID` is a container's, `IMAGE` its image's.
const ALLOWED: [(&str, &str); 6] = [
    ("GET", "/_ping"),
    ("GET", "/version"),
    ("GET", "/v1.41/containers/json"),
    ("GET", "/v1.41/containers/json?all=1"),
    ("GET", "/containers/ID/stats?stream=false"),
    ("GET", "/images/IMAGE/json"),
];
const REFUSED: [(&str, &str); 27] = [
    ("POST", "/containers/ID/kill"),
    ("POST", "/v1.41/containers/ID/restart"),
    ("POST", "/containers/create"),
    ("POST", "/containers/ID/exec"),
    ("POST", "/containers/json"),
    ("POST", "/_ping"),
    ("POST", "/build"),
    ("PUT", "/containers/ID/archive?path=/"),
    ("DELETE", "/containers/ID?force=1"),
    ("DELETE", "/images/IMAGE"),
    // These tell the environment, and so every secret in it.
    ("GET", "/containers/ID/json"),
    ("GET", "/v1.41/containers/ID/json"),
    ("GET", "/containers/ID/logs?stdout=1"),
    ("GET", "/containers/ID/archive?path=/"),
    ("GET", "/containers/ID/export"),
    ("GET", "/containers/ID/top"),
    ("GET", "/info"),
    ("GET", "/secrets"),
    ("GET", "/volumes"),
    // Detours to them.
    ("GET", "/v1.41/../containers/ID/json"),
    ("GET", "/v1.41/%2e%2e/containers/ID/json"),
    ("GET", "//containers/ID/json"),
    ("GET", "/containers/ID/stats/../json"),
    ("GET", "/containers/ID%2fjson"),
    ("GET", "/containers/ID/json%3fstats"),
    ("GET", "/images/x/../../containers/ID/json"),
    ("GET", "/images/x/..%2f..%2fcontainers/ID/json"),
];

pub(crate) fn check(checks: &mut Checks<'_>, stack: &Stack) {
    let bot = stack.container("bot");
    let ask = |(method, path): (&str, &str)| {
        let known = |key: &str| bot[key].as_str().expect("an id").to_owned();
        let path = path.replace("ID", &known("Id")).replace("IMAGE", &known("Image"));
        stack.inside("engine", &path, &["-X", method]).map(|answer| answer.status)
    };
    checks.hold("the engine's view answers what is on its list", || {
        for request in ALLOWED {
            assert_eq!(ask(request), Some(200), "{request:?}");
        }
        let head = stack.inside("engine", "/_ping", &["--head"]).map(|answer| answer.status);
        assert_eq!(head, Some(200), "HEAD");
    });
    checks.hold("the engine's view refuses everything else, and nothing comes of it", || {
        for request in REFUSED {
            assert_eq!(ask(request), Some(403), "{request:?}");
        }
        let target = "http://engine/containers/x/json";
        let absolute = stack.inside("engine", "/_ping", &["--request-target", target]);
        assert_eq!(absolute.map(|answer| answer.status), Some(403), "{target}");
        assert_eq!(stack.container("bot")["State"]["StartedAt"], bot["State"]["StartedAt"]);
    });
}
