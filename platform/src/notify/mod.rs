//! Messages to people: a Slack-compatible webhook, a JSON webhook, e-mail, Telegram.
