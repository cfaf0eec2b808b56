//! A backup before the deployment that takes long: `up -d` waits for it and does not give up.

use std::os::unix::fs::chown;
use std::path::Path;
use std::time::{Duration, Instant};

use tests::{Program, wait_until};

use crate::engine::Engine;
use crate::records::events;
use crate::stack::Stack;

/// Longer than any service's health check would wait by itself: the start period, and three
/// failures.
const HELD: Duration = Duration::from_secs(35);
const START_PERIOD: &str = "10s";
const OUR_USER: u32 = 10001;

#[test]
fn a_slow_backup_before_the_deployment_does_not_make_it_fail() {
    let stack = Stack::new(Engine::of_this_host());
    stack.layout.set("HEALTHCHECK_START_PERIOD", START_PERIOD);
    // As slow as another run that holds the folder.
    let lock = stack.layout.records("BACKUP_DIR").join("backup.lock");
    std::fs::write(&lock, "").expect("the folder is writable");
    chown(&lock, Some(OUR_USER), Some(OUR_USER)).expect("as root");
    let holder = Program::at(Path::new("flock"))
        .arg(&lock)
        .args(["sleep", &HELD.as_secs().to_string()])
        .spawn();
    let start = Instant::now();
    let up = stack.up();
    println!("    up -d took {:.1} s", start.elapsed().as_secs_f32());
    assert_eq!(up.code, 0, "{}\n{}", up.stderr, stack.state());
    assert!(start.elapsed() >= HELD, "the backup has waited");
    assert_eq!(holder.wait(HELD).code, 0);
    wait_until("the deployment is concluded", Duration::from_mins(1), || {
        events(&stack).last().is_some_and(|event| event["status"] != "in_progress")
    });
    let events = events(&stack);
    let [event] = &events[..] else { panic!("one event, not {}", events.len()) };
    assert_eq!((&event["status"], &event["backup_created"]), (&"success".into(), &true.into()));
}
