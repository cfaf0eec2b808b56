//! The engine is restarted in the middle of a deployment.

use std::time::Duration;

use tests::wait_until;

use super::releases::Releases;
use crate::stack::Stack;

const SOON: Duration = Duration::from_mins(1);
const BACK: Duration = Duration::from_secs(90);
/// The engine stops its containers first, and deploy waits for it.
const ENDED: Duration = Duration::from_mins(5);

/// The release that ran runs on, and the records say so.
pub(crate) fn is_restarted_meanwhile(stack: &mut Stack) {
    let deploy = {
        let releases = Releases::of(stack);
        releases.make("v0.2.0", "");
        let up = releases.deploy(&["up"]);
        assert_eq!(up.code, 0, "{}", up.stderr);
        releases.runs("v0.1.0");
        let deploy = releases.begin(&["up", "v0.2.0"]);
        wait_until("the new instance stands beside the old one", SOON, || {
            releases.bots().len() == 2
        });
        deploy
    };
    stack.engine.restart();
    let ended = deploy.wait(ENDED);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    stack.wait_for_health(200, "healthy", BACK);
    let releases = Releases::of(stack);
    let next = releases.deploy(&["prune"]);
    assert_eq!(next.code, 0, "{}", next.stderr);
    releases.runs("v0.1.0");
    assert_eq!(releases.event_of("v0.2.0")["status"], "rolled_back");
}
