//! A test notice through every channel, asked for by a person.

use platform::clock::Clock;
use platform::notify::Failure;
use tokio::task::JoinSet;
use uuid::Uuid;

use domain::notification::{News, Notice};

use crate::config::Trial;

/// How it went, channel by channel.
pub(crate) type Outcomes = Vec<(&'static str, Result<(), Failure>)>;

/// Sends one notice through every channel at once, and once only.
pub(crate) async fn run(trial: Trial, clock: impl Clock) -> Outcomes {
    let notice = Notice {
        notice_id: Uuid::new_v4(),
        at: clock.now(),
        service_name: trial.service_name,
        version: None,
        news: News::Test {},
    };
    let mut attempts = JoinSet::new();
    for (place, channel) in trial.channels.into_iter().enumerate() {
        let (notice, trust) = (notice.clone(), trial.trust.clone());
        attempts.spawn(async move {
            let outcome = channel.deliver(&notice, &trust).await;
            (place, channel.name(), outcome)
        });
    }
    let mut outcomes = attempts.join_all().await;
    outcomes.sort_by_key(|(place, ..)| *place);
    outcomes.into_iter().map(|(_, name, outcome)| (name, outcome)).collect()
}

/// What there is to say about one.
pub(crate) fn words(name: &str, outcome: Result<(), Failure>) -> String {
    match outcome {
        Ok(()) => format!("{name}: arrived"),
        Err(Failure { code, .. }) => format!("{name}: {code} ({})", code.meaning()),
    }
}
