//! The engine itself is restarted, as by an upgrade or a reboot: the stack comes back by itself, and what
//! deploy was about is settled.

use std::time::Duration;

use tests::wait_until;

use crate::engine::Engine;
use crate::kills::Records;
use crate::records::events;
use crate::stack::{ONE_SHOTS, STAYING, Stack};

const BACK: Duration = Duration::from_secs(90);

#[test]
fn the_stack_comes_back_by_itself_after_a_restart_of_the_engine() {
    let mut stack = Stack::new(Engine::private());
    let images = stack.compose(&["config", "--images"]).stdout;
    let mut images: Vec<String> = images.lines().map(str::to_owned).collect();
    let setting = |name| stack.layout.setting(name);
    images.push(format!("{}/deploy:{}", setting("BALLAST_REGISTRY"), setting("BALLAST_TAG")));
    images.sort();
    images.dedup();
    stack.engine.load(&images);
    let up = stack.up();
    assert_eq!(up.code, 0, "{}\n{}", up.stderr, stack.state());
    stack.wait_for_health(200, "healthy", BACK);
    for update_id in [1, 2, 3] {
        assert_eq!(stack.post(update_id), Some(200));
    }
    wait_until("the deployment is concluded", BACK, || {
        events(&stack).last().is_some_and(|event| event["status"] == "success")
    });
    let before = Records::of(&stack);
    let started =
        |stack: &Stack, service: &str| stack.container(service)["State"]["StartedAt"].clone();
    let then: Vec<_> = STAYING.iter().map(|service| started(&stack, service)).collect();

    stack.engine.restart();

    stack.wait_for_health(200, "healthy", BACK);
    for (service, then) in STAYING.iter().zip(&then) {
        wait_until(&format!("{service} was started again"), BACK, || {
            stack.is_running(service) && started(&stack, service) != *then
        });
    }
    for service in ONE_SHOTS {
        assert!(!stack.is_running(service), "{service} is not run again");
    }
    wait_until("an update is taken", BACK, || stack.post(3) == Some(200));
    Records::of(&stack).holds(&before, &[]);
    assert_eq!(stack.counted(), "3");

    crate::rollout::is_restarted_meanwhile(&mut stack);
}
