//! Each service dies in turn: the stack comes back by itself, and no record is lost or doubled.
//!
//! A death is SIGKILL from the host: a crash, as the engine sees it. `docker kill` is something
//! else, an operator's stop, after which the engine leaves the container down on purpose until
//! somebody starts it; that is checked too.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tests::{Program, wait_until};

use crate::checks::Checks;
use crate::load::while_updates_come;
use crate::records::{artifacts, backups, events};
use crate::stack::{STAYING, Stack};

const BACK: Duration = Duration::from_secs(90);

/// Above any that another check sends.
const FIRST_SENT: u32 = 1_000;

pub(crate) fn check(checks: &mut Checks<'_>, stack: &Stack) {
    let before = Records::of(stack);
    let sent = while_updates_come(stack, 1, FIRST_SENT, || {
        checks.hold("each service killed in turn comes back, and the stack with it", || {
            for service in STAYING {
                dies_and_comes_back(stack, service);
            }
        });
        checks.hold("after docker kill of every service, up -d brings them back", || {
            for service in STAYING {
                let id = stack.container(service)["Id"].clone();
                assert_eq!(stack.engine.docker(&["kill", id.as_str().unwrap_or_default()]).code, 0);
            }
            let up = stack.up();
            assert_eq!(up.code, 0, "{}", up.stderr);
            stack.wait_for_health(200, "healthy", BACK);
        });
    });
    checks.hold("no record was lost or doubled by it, nor any update sent meanwhile", || {
        let sent = sent.expect("each update is taken in the end");
        println!("    {} updates taken, {} attempts refused", sent.taken.len(), sent.refused);
        assert!(sent.taken.len() >= 50 && sent.refused > 0, "updates come while services die");
        Records::of(stack).holds(&before, &sent.taken);
        assert_eq!(stack.counted(), stack.sql("select count(*) from updates"));
    });
}

fn dies_and_comes_back(stack: &Stack, service: &str) {
    let started = |service| stack.container(service)["State"]["StartedAt"].clone();
    let before = started(service);
    let pid = stack.container(service)["State"]["Pid"].to_string();
    let killed = Program::at(Path::new("kill")).args(["-KILL", &pid]).run(Duration::from_secs(5));
    assert_eq!(killed.code, 0, "{service}, as root: {}", killed.stderr);
    wait_until(&format!("{service} was restarted"), BACK, || {
        started(service) != before && stack.is_running(service)
    });
    stack.wait_for_health(200, "healthy", BACK);
    wait_until(&format!("Docker calls {service} healthy"), BACK, || {
        stack.container(service)["State"]["Health"]["Status"] == "healthy"
    });
}

/// What must survive: counted by identity, so that a loss and a double don't cancel out.
pub(crate) struct Records {
    updates: Vec<u32>,
    events: Vec<Value>,
    artifacts: Vec<Value>,
    backups: Vec<Value>,
}

impl Records {
    pub(crate) fn of(stack: &Stack) -> Self {
        Self {
            updates: stack
                .sql("select update_id from updates order by update_id")
                .lines()
                .map(|update_id| update_id.parse().expect("an id is a number"))
                .collect(),
            events: events(stack),
            artifacts: artifacts(stack),
            backups: backups(stack),
        }
    }

    /// # Panics
    /// When something of `before` or an update that was `taken` since is missing, or there is
    /// something that nobody made. A backup before a deployment is made by each `up -d`.
    pub(crate) fn holds(&self, before: &Self, taken: &[u32]) {
        let mut updates = [&before.updates, taken].concat();
        updates.sort_unstable();
        assert_eq!(self.updates, updates);
        assert_eq!(self.events, before.events);
        assert_eq!(self.artifacts, before.artifacts);
        let ids = |records: &[Value]| -> Vec<Value> {
            records.iter().map(|record| record["backup_id"].clone()).collect()
        };
        let (now, then) = (ids(&self.backups), ids(&before.backups));
        assert!(then.iter().all(|id| now.contains(id)), "a backup record is lost");
        let mut unique: Vec<_> = now.iter().map(ToString::to_string).collect();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), now.len(), "a backup record is doubled");
    }
}
