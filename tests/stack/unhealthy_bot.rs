//! A bot that never becomes healthy: the deployment fails, and says why.

use std::time::Duration;

use tests::wait_until;

use crate::engine::Engine;
use crate::records::{artifacts, events};
use crate::stack::Stack;

/// The gate's deadline, which the sidecar waits for, and some.
const CONCLUDED: Duration = Duration::from_mins(4);

#[test]
fn a_bot_that_never_becomes_healthy_is_a_failed_deployment() {
    let stack = Stack::new(Engine::of_this_host());
    stack.layout.set("GATE_DEADLINE_SECONDS", "30");
    stack.fault("BOT_UNHEALTHY", "1");
    let up = stack.up();
    assert_ne!(up.code, 0, "up -d must fail");
    assert!(!stack.is_running("nginx"), "the door stays shut");
    wait_until("the event is concluded", CONCLUDED, || {
        events(&stack).last().is_some_and(|event| event["status"] != "in_progress")
    });
    let events = events(&stack);
    let [event] = &events[..] else { panic!("one event, not {}", events.len()) };
    assert_eq!(event["status"], "failed");
    assert_eq!(event["health_check_passed"], false);
    let reason = event["error_message"].as_str().unwrap_or_default();
    assert!(!reason.is_empty(), "{event}");
    assert!(artifacts(&stack).iter().all(|artifact| artifact["deployed"] == false));
}
