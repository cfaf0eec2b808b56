//! Messages to people: a Slack-compatible webhook, a JSON webhook, Telegram, e-mail.
//!
//! A channel makes one attempt with an end and tells how it went in a closed code. When to try again
//! is for its caller; that somebody gets a notice twice can't be ruled out, that they read a secret
//! or somebody else's markup is.

mod code;
mod post;
mod slack;
mod smtp;
mod telegram;
mod webhook;

use std::time::Duration;

use domain::notification::Notice;

pub use code::{Code, Failure};
pub use slack::Slack;
pub use smtp::{Addresses, Email, SmtpUrl};
pub use telegram::{Chat, Telegram};
pub use webhook::Webhook;

use crate::tls::Trust;

/// How long one attempt may take, from the lookup of the name to the last byte of the answer.
pub const ATTEMPT_DEADLINE: Duration = Duration::from_secs(10);

/// A way to tell somebody.
#[derive(Debug)]
pub enum Channel {
    /// An incoming webhook as Slack has it, and Mattermost, Rocket.Chat and others after it.
    Slack(Slack),
    /// Any program that takes JSON.
    Webhook(Webhook),
    /// A chat in Telegram.
    Telegram(Telegram),
    /// E-mail.
    Email(Email),
}

impl Channel {
    /// Every name that [`Channel::name`] gives.
    pub const NAMES: [&'static str; 4] = ["slack", "webhook", "telegram", "smtp"];

    /// Its name, for logs, metrics and results.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Slack(_) => "slack",
            Self::Webhook(_) => "webhook",
            Self::Telegram(_) => "telegram",
            Self::Email(_) => "smtp",
        }
    }

    /// Sends `notice` once, within [`ATTEMPT_DEADLINE`].
    ///
    /// # Errors
    /// A [`Failure`]. The notice may have arrived all the same, as when the answer is late.
    pub async fn deliver(&self, notice: &Notice, trust: &Trust) -> Result<(), Failure> {
        let attempt = async {
            match self {
                Self::Slack(slack) => slack.deliver(notice, trust).await,
                Self::Webhook(webhook) => webhook.deliver(notice, trust).await,
                Self::Telegram(telegram) => telegram.deliver(notice, trust).await,
                Self::Email(email) => email.deliver(notice, trust).await,
            }
        };
        let ended = tokio::time::timeout(ATTEMPT_DEADLINE, attempt).await;
        ended.unwrap_or(Err(Failure::passing(Code::Timeout)))
    }
}

/// The title and the text, as one.
fn whole_text(notice: &Notice) -> String {
    format!("{}\n{}", notice.title(), notice.text())
}
