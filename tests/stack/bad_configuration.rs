//! A bad configuration: everything wrong is named, nothing is shown, nothing starts.

use tests::Canary;
use tests::canary::assert_absent;

use crate::engine::Engine;
use crate::records::events;
use crate::secrets::secrets;
use crate::stack::Stack;

#[test]
fn a_bad_configuration_is_named_whole_and_starts_nothing() {
    let stack = Stack::new(Engine::of_this_host());
    let bad = [
        ("TELEGRAM_BOT_TOKEN", "n0t-a-token"),
        ("LOG_LEVEL", "LOUDLY-PLEASE"),
        ("DEPLOYMENT_TAG", "latest-and-greatest"),
    ];
    for (name, value) in bad {
        stack.layout.set(name, value);
    }
    let up = stack.up();
    assert_ne!(up.code, 0, "up -d must fail");
    let log = stack.logs("preflight");
    for (name, _) in bad {
        assert!(log.contains(name), "{name} is not named:\n{log}");
    }
    let mut canaries = secrets(&stack);
    canaries.extend(bad.map(|(name, value)| Canary::of(name, value)));
    assert_absent(&canaries, "preflight's log", log.as_bytes());
    assert_absent(&canaries, "what Compose says", (up.stdout + &up.stderr).as_bytes());
    for service in ["bot", "nginx", "postgres", "sidecar"] {
        assert!(!stack.is_running(service), "{service} must not run");
    }
    assert!(events(&stack).iter().all(|event| event["status"] != "success"));
}
