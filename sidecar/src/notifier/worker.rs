//! One channel's own pace: it tells what its queue holds, tries again what fails, and gives up in the
//! end. It holds up no other.

use std::sync::Arc;
use std::time::Duration;

use domain::notification::{MAX_ATTEMPTS, Notice, is_too_old, pause};
use platform::notify::{Channel, Code, Failure};
use platform::tls::Trust;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;
use uuid::Uuid;

use super::queue::Queue;
use crate::complaint::Complaint;
use crate::view::View;

/// Who tells what a queue holds.
pub(super) struct Worker {
    pub(super) channel: Channel,
    pub(super) queue: Arc<Queue>,
    pub(super) trust: Trust,
    pub(super) view: View,
    /// Rung when the queue has become shorter.
    pub(super) bell: Arc<Notify>,
    /// True once there is no time left: what is waiting is tried once more, and no longer waited for.
    pub(super) hurry: watch::Receiver<bool>,
    pub(super) complaint: Complaint,
}

/// What became of a notice.
enum Fate {
    Arrived,
    GivenUp,
    /// The next life goes on with it.
    Left,
}

impl Worker {
    /// Works until it is in a hurry and has nothing more to tell, or fails.
    pub(super) async fn run(mut self) {
        while let Some(notice) = self.next().await {
            let fate = self.tell(&notice).await;
            if matches!(fate, Fate::Left) {
                return;
            }
            let arrived = matches!(fate, Fate::Arrived);
            self.view.metrics.observe_notification(self.channel.name(), arrived);
            self.queue.done();
            self.bell.notify_one();
        }
    }

    async fn next(&mut self) -> Option<Notice> {
        let hurry = &mut self.hurry;
        tokio::select! {
            biased;
            notice = self.queue.first() => Some(notice),
            _ = hurry.wait_for(|hurry| *hurry) => None,
        }
    }

    async fn tell(&mut self, notice: &Notice) -> Fate {
        let mut failures = 0;
        loop {
            if is_too_old(notice, self.view.board.now()) || failures >= MAX_ATTEMPTS {
                self.complain(Failure::permanent(Code::GivenUp));
                return Fate::GivenUp;
            }
            match self.channel.deliver(notice, &self.trust).await {
                Ok(()) => {
                    self.settle();
                    return Fate::Arrived;
                }
                Err(failure) => {
                    self.complain(failure);
                    if failure.is_permanent {
                        return Fate::GivenUp;
                    }
                    failures += 1;
                    let [jitter, ..] = Uuid::new_v4().into_bytes();
                    if self.is_hurried_within(pause(failures, failure.retry_after, jitter)).await {
                        return Fate::Left;
                    }
                }
            }
        }
    }

    /// Waits for `pause`. Where time runs out meanwhile there is one more attempt, unless the one before
    /// was that.
    async fn is_hurried_within(&mut self, pause: Duration) -> bool {
        if *self.hurry.borrow() {
            return true;
        }
        tokio::select! {
            () = sleep(pause) => {}
            _ = self.hurry.changed() => {}
        }
        false
    }

    /// What fails again and again is said once.
    fn complain(&mut self, failure: Failure) {
        let (channel, error_code) = (self.channel.name(), failure.code.as_str());
        if self.complaint.is_news(channel, error_code.to_owned()) {
            let tried_again = !failure.is_permanent;
            tracing::warn!(channel, error_code, tried_again, "a notification did not arrive");
        }
    }

    fn settle(&mut self) {
        let channel = self.channel.name();
        if self.complaint.settle(channel) {
            tracing::info!(channel, "notifications arrive again");
        }
    }
}
