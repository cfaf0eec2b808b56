//! The command of the README that does it all, in the deployable folder alone (no sources beside)
//! and at the product's own intervals.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::checks::Checks;
use crate::engine::Engine;
use crate::stack::{STAYING, Stack};
use crate::wedge;

/// Which preflight reads `.env.production` as.
const OUR_GROUP: u32 = 10001;
/// From `up -d` to healthy, with the images present.
const UP: Duration = Duration::from_mins(1);
/// The README's figure for a second run.
const AGAIN: Duration = Duration::from_secs(20);

#[test]
fn quickstart_at_the_products_pace_stands_stays_and_is_taken_away() {
    let stack = Stack::new(Engine::of_this_host());
    stack.layout.keep_the_products_pace();
    stack.fault("BOT_ALLOW_WEDGE", "1");
    let mut checks = Checks::new(&stack);
    checks.require("quickstart ends with the health that nginx serves", || {
        let start = Instant::now();
        let first = stack.quickstart(&[]);
        println!("    it took {:.1} s", start.elapsed().as_secs_f32());
        assert_eq!(first.code, 0, "{}", first.stderr);
        let health: Value = serde_json::from_str(&first.stdout).expect("it prints JSON");
        assert_eq!(health["overall_status"], "healthy");
        let address = format!("https://localhost:{}/health", stack.layout.setting("HTTPS_PORT"));
        assert!(first.stderr.contains(&address), "{}", first.stderr);
        assert!(start.elapsed() <= UP, "it took {:?}", start.elapsed());
    });
    checks.hold("a second run changes nothing and takes seconds", || again(&stack));
    wedge::check(&mut checks, &stack);
    checks.hold("quickstart down takes the stack away and leaves the records", || down(&stack));
    checks.finish();
}

fn again(stack: &Stack) {
    // As an older release has left it.
    let file = stack.layout.env_file();
    chown(&file, Some(0), Some(0)).expect("as root");
    fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("as root");
    let ids = || STAYING.map(|service| stack.container(service)["Id"].clone());
    let (before, settings, start) = (ids(), stack.layout.settings(), Instant::now());
    let second = stack.quickstart(&[]);
    println!("    it took {:.1} s", start.elapsed().as_secs_f32());
    assert_eq!(second.code, 0, "{}", second.stderr);
    assert!(start.elapsed() <= AGAIN, "it took {:?}", start.elapsed());
    assert_eq!((ids(), stack.layout.settings()), (before, settings));
    let given = fs::metadata(&file).expect("the file is there");
    assert_eq!((given.uid(), given.gid(), given.mode() & 0o777), (0, OUR_GROUP, 0o640));
}

fn down(stack: &Stack) {
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
