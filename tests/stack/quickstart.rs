//! The command of the README that does it all, in the deployable folder alone: no sources beside.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::engine::Engine;
use crate::stack::{STAYING, Stack};

/// The README's figure for a second run.
const SECONDS: Duration = Duration::from_secs(20);

#[test]
fn quickstart_run_again_changes_nothing_and_down_takes_the_stack_away() {
    let stack = Stack::new(Engine::of_this_host());
    let first = stack.quickstart(&[]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    let health: Value = serde_json::from_str(&first.stdout).expect("it ends with the health");
    assert_eq!(health["overall_status"], "healthy");
    let address = format!("https://localhost:{}/health", stack.layout.setting("HTTPS_PORT"));
    assert!(first.stderr.contains(&address), "{}", first.stderr);

    let ids = || STAYING.map(|service| stack.container(service)["Id"].clone());
    let (before, settings, start) = (ids(), stack.layout.settings(), Instant::now());
    let second = stack.quickstart(&[]);
    assert_eq!(second.code, 0, "{}", second.stderr);
    assert!(start.elapsed() <= SECONDS, "it took {:?}", start.elapsed());
    println!("  the second run took {:.1} s", start.elapsed().as_secs_f32());
    assert_eq!((ids(), stack.layout.settings()), (before, settings));

    assert_eq!(stack.quickstart(&["down"]).code, 0);
    assert!(STAYING.iter().all(|service| stack.inspect(service).is_none()));
    let records = stack.layout.records("LOG_DIR");
    assert!(fs::read_dir(records).is_ok_and(|mut files| files.next().is_some()), "records stay");
    let volumes = ["volume", "ls", "-q", "--filter", &format!("label={}", stack.label())];
    assert!(!stack.engine.docker(&volumes).stdout.is_empty(), "the databases stay");
    assert_eq!(stack.quickstart(&["down", "--volumes"]).code, 0);
    let left = stack.engine.docker(&volumes).stdout;
    assert!(left.is_empty(), "--volumes leaves {left}");
}
