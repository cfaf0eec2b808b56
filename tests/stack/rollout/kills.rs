//! `deploy` is killed at each step: the next command leaves a true record and a running stack.
//!
//! A step is a call of the docker command: a program of that name stands before the real one on the way,
//! counts the calls, and kills deploy before or after the one that is aimed at. `DEPLOY_KILLS` says how many are
//! aimed at (24), spread over all of them.

use crate::checks::Checks;
use crate::engine::Engine;
use crate::stack::Stack;

use super::releases::Releases;

/// How many are aimed at, unless somebody says more.
const KILLS: usize = 24;

#[test]
fn a_deploy_that_is_killed_at_any_step_is_settled_by_the_next_command() {
    let stack = Stack::new(Engine::of_this_host());
    let mut checks = Checks::new(&stack);
    let releases = Releases::of(&stack);
    releases.make("v0.2.0", "");
    checks.require("the stack stands", || {
        let up = releases.deploy(&["up"]);
        assert_eq!(up.code, 0, "{}", up.stderr);
        releases.runs("v0.1.0");
    });
    let calls = releases.path().join("calls");
    let count = format!("echo \"$*\" >>'{}'\nexec /usr/bin/docker \"$@\"", calls.display());
    let mut total = 0;
    checks.require("each call of a deployment is counted", || {
        let up = releases.deploy_with_docker(&count, &["up", "v0.2.0"]);
        assert_eq!(up.code, 0, "{}", up.stderr);
        total = std::fs::read_to_string(&calls).expect("it was written").lines().count();
        println!("    {total} calls");
        assert!(total > 40);
    });
    let kills: usize = match std::env::var("DEPLOY_KILLS") {
        Ok(number) => number.parse().expect("DEPLOY_KILLS is a number"),
        Err(_) => KILLS,
    };
    // Before the first tenth nothing but the event is written.
    let first = total / 10;
    for number in 0..kills {
        let aim = first + number * (total - first) / kills;
        let moment = if number % 2 == 0 { "before" } else { "after" };
        checks.hold("killed, and settled by the next command", || killed(&releases, aim, moment));
    }
    checks.hold("a rollback that is killed is carried out by the next command", || {
        let from = releases.deployed();
        let aim = total / 3;
        let died = releases.deploy_with_docker(&killing(&releases, aim, "after"), &["rollback"]);
        assert_eq!(died.code, 137, "it was killed");
        let next = releases.deploy(&["prune"]);
        assert_eq!(next.code, 0, "{}", next.stderr);
        assert_ne!(releases.deployed(), from);
        releases.runs(&releases.deployed());
    });
    checks.hold("one that is killed in its migration does not hide it", || {
        let before = releases.deployed();
        releases.make("v2.0.0", "");
        let docker = r#"case "$*" in *'run --rm --no-deps -T bot '*) kill -KILL "$PPID" ;; esac
exec /usr/bin/docker "$@""#;
        let migrate = ["up", "v2.0.0", "--migrate", "/bot --version"];
        assert_eq!(releases.deploy_with_docker(docker, &migrate).code, 137, "it was killed");
        assert_eq!(releases.deploy(&["prune"]).code, 0);
        releases.runs(&before);
        let event = releases.event_of("v2.0.0");
        assert_eq!(
            (&event["status"], &event["migration_applied"]),
            (&"failed".into(), &true.into()),
            "{event}"
        );
    });
    checks.finish();
}

/// A docker command that kills who calls it the `aim`th time.
fn killing(releases: &Releases<'_>, aim: usize, moment: &str) -> String {
    let count = releases.path().join("count").display().to_string();
    let _ = std::fs::remove_file(&count);
    format!(
        r#"exec 9>>'{count}.lock'
flock 9
count=$(($(cat '{count}' 2>/dev/null || echo 0) + 1))
echo "$count" >'{count}'
exec 9>&-
deploy=$PPID
until [[ $(<"/proc/$deploy/comm") == deploy ]]; do
    deploy=$(ps -o ppid= -p "$deploy")
    deploy=${{deploy// /}}
    # It was killed by another call.
    [[ ${{deploy:-0}} -gt 1 ]] || exit 1
done
end() {{ [[ $count -ne {aim} || $1 != {moment} ]] || kill -KILL "$deploy"; }}
end before
/usr/bin/docker "$@"
status=$?
end after
exit "$status""#
    )
}

fn killed(releases: &Releases<'_>, aim: usize, moment: &str) {
    let before = releases.deployed();
    let tag = format!("v1.{aim}.{}", u8::from(moment == "after"));
    releases.make(&tag, "");
    let died = releases.deploy_with_docker(&killing(releases, aim, moment), &["up", &tag]);
    assert_eq!(died.code, 137, "call {aim}, {moment}: it was killed");
    // The next command settles, and has nothing else to do.
    let next = releases.deploy(&["prune"]);
    assert_eq!(next.code, 0, "call {aim}, {moment}: {}", next.stderr);
    let runs = releases.deployed();
    assert!([&before, &tag].contains(&&runs), "{runs}");
    releases.runs(&runs);
    let event = releases.event_of(&tag);
    let status = event["status"].as_str().unwrap_or_default();
    let is_true = match status {
        "success" => runs == tag,
        "failed" | "rolled_back" => runs == before,
        _ => false,
    };
    assert!(is_true, "call {aim}, {moment}: {runs} runs, and the event says {event}");
}
