//! A bot that wedges: its own health check ends it, its restart policy brings it back.

use std::time::{Duration, Instant};

use tests::wait_until;

use crate::checks::Checks;
use crate::stack::Stack;

/// From the moment it wedges.
const BACK: Duration = Duration::from_secs(90);

pub(crate) fn check(checks: &mut Checks<'_>, stack: &Stack) {
    checks.hold("a bot that wedges is restarted by its own health check, and serves again", || {
        let before = stack.container("bot");
        let start = Instant::now();
        // There is no answer, ever; the request is what wedges it.
        let _ = stack.inside("bot", "/wedge", &["-X", "POST", "--max-time", "2"]);
        assert!(stack.inside("bot", "/health", &["--max-time", "2"]).is_none(), "it has wedged");
        wait_until("the bot was restarted and answers", BACK, || {
            stack.container("bot")["State"]["StartedAt"] != before["State"]["StartedAt"]
                && stack.inside("bot", "/health", &["--max-time", "2"]).is_some()
        });
        println!("    back after {:.1} s", start.elapsed().as_secs_f32());
        let after = stack.container("bot");
        assert_eq!(after["Id"], before["Id"], "the same container, restarted by the engine");
        let restarts = |container: &serde_json::Value| container["RestartCount"].as_u64();
        assert_eq!(restarts(&after), restarts(&before).map(|count| count + 1));
        stack.wait_for_health(200, "healthy", BACK);
        assert_eq!(stack.post(1), Some(200));
    });
}
