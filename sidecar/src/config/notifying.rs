//! Who is told of changes, and how. A channel whose variables are empty is off.

use std::path::{Path, PathBuf};
use std::time::Duration;

use platform::env::parse::{self, Expected};
use platform::env::{Env, Fields, Mistake, Problems, Variable, resolve};
use platform::http::Url;
use platform::notify::{Addresses, Channel, Chat, Email, Slack, SmtpUrl, Telegram, Webhook};
use platform::tls::{CA_FILE, Trust};
use secrecy::{ExposeSecret, SecretString};

use super::service_name;
use super::variables::{
    NOTIFY_AFTER_SECONDS, NOTIFY_EMAIL_FROM, NOTIFY_EMAIL_TO, NOTIFY_SLACK_WEBHOOK_URL,
    NOTIFY_SMTP_URL, NOTIFY_TELEGRAM_API_URL, NOTIFY_TELEGRAM_BOT_TOKEN, NOTIFY_TELEGRAM_CHAT_ID,
    NOTIFY_WEBHOOK_TOKEN, NOTIFY_WEBHOOK_URL, SERVICE_NAME,
};

/// Who is told of changes, and how.
#[derive(Debug)]
pub struct Notifying {
    /// The ways that are configured; none where nobody is to be told.
    pub channels: Vec<Channel>,
    /// Whom to trust with them.
    pub trust: Trust,
    /// How long a change must have held.
    pub settle: Duration,
    /// The folder of `notifications.json`.
    pub state_dir: PathBuf,
}

/// What a trial of the channels needs to know.
#[derive(Debug)]
pub struct Trial {
    /// The ways that are configured.
    pub channels: Vec<Channel>,
    /// Whom to trust with them.
    pub trust: Trust,
    /// Whose health the notices are about.
    pub service_name: String,
}

#[derive(serde::Deserialize)]
pub(super) struct RawNotifying {
    notify_after_seconds: Option<String>,
    #[serde(flatten)]
    channels: RawChannels,
}

#[derive(serde::Deserialize)]
struct RawTrial {
    service_name: Option<String>,
    ca_file: Option<String>,
    #[serde(flatten)]
    channels: RawChannels,
}

#[derive(serde::Deserialize)]
#[expect(clippy::struct_field_names, reason = "they are the names of the variables")]
struct RawChannels {
    notify_slack_webhook_url: Option<String>,
    notify_webhook_url: Option<String>,
    notify_webhook_token: Option<String>,
    notify_telegram_bot_token: Option<String>,
    notify_telegram_chat_id: Option<String>,
    notify_telegram_api_url: Option<String>,
    notify_smtp_url: Option<String>,
    notify_email_from: Option<String>,
    notify_email_to: Option<String>,
}

impl RawNotifying {
    pub(super) fn parse(
        self,
        trust: Option<&Trust>,
        state_dir: Option<&Path>,
        fields: &mut Fields,
    ) -> Option<Notifying> {
        let settle = self.notify_after_seconds;
        let settle = fields.required(&NOTIFY_AFTER_SECONDS, settle, parse::seconds(0..=3600));
        let channels = self.channels.parse(fields);
        Some(Notifying {
            channels: channels?,
            trust: trust?.clone(),
            settle: settle?,
            state_dir: state_dir?.to_owned(),
        })
    }
}

impl Trial {
    /// Reads the variables that the channels need, and no others.
    ///
    /// # Errors
    /// Every problem at once, by name.
    pub fn from_env(env: &impl Env) -> Result<Self, Problems> {
        let resolved = resolve(OF_A_TRIAL, env);
        let raw: RawTrial = resolved.deserialize()?;
        let mut fields = Fields::new(resolved);
        let name = fields.required(&SERVICE_NAME, raw.service_name, service_name);
        let trust = Trust::given(raw.ca_file, &mut fields);
        let channels = raw.channels.parse(&mut fields);
        fields.finish(|| Some(Self { channels: channels?, trust: trust?, service_name: name? }))
    }
}

const OF_A_TRIAL: &[Variable] = &[
    SERVICE_NAME,
    CA_FILE,
    NOTIFY_SLACK_WEBHOOK_URL,
    NOTIFY_WEBHOOK_URL,
    NOTIFY_WEBHOOK_TOKEN,
    NOTIFY_TELEGRAM_BOT_TOKEN,
    NOTIFY_TELEGRAM_CHAT_ID,
    NOTIFY_TELEGRAM_API_URL,
    NOTIFY_SMTP_URL,
    NOTIFY_EMAIL_FROM,
    NOTIFY_EMAIL_TO,
];

impl RawChannels {
    fn parse(self, fields: &mut Fields) -> Option<Vec<Channel>> {
        let slack = self.notify_slack_webhook_url;
        let slack = fields.optional(&NOTIFY_SLACK_WEBHOOK_URL, slack, parse::web_url);
        let webhook = self.notify_webhook_url;
        let webhook = fields.optional(&NOTIFY_WEBHOOK_URL, webhook, parse::web_url);
        let token = fields.optional(&NOTIFY_WEBHOOK_TOKEN, self.notify_webhook_token, bearer);
        let is_on = [webhook.as_ref().map(Option::is_some), token.as_ref().map(Option::is_some)];
        needs(fields, &NOTIFY_WEBHOOK_URL, is_on);

        let bot = self.notify_telegram_bot_token;
        let bot = fields.optional(&NOTIFY_TELEGRAM_BOT_TOKEN, bot, bot_token);
        let chat = fields.optional(&NOTIFY_TELEGRAM_CHAT_ID, self.notify_telegram_chat_id, chat);
        let api = self.notify_telegram_api_url;
        let api = fields.required(&NOTIFY_TELEGRAM_API_URL, api, parse::web_url);
        let [of_bot, of_chat] =
            [bot.as_ref().map(Option::is_some), chat.as_ref().map(Option::is_some)];
        needs(fields, &NOTIFY_TELEGRAM_BOT_TOKEN, [of_bot, of_chat]);
        needs(fields, &NOTIFY_TELEGRAM_CHAT_ID, [of_chat, of_bot]);

        let smtp = fields.optional(&NOTIFY_SMTP_URL, self.notify_smtp_url, smtp_url);
        let from = fields.optional(&NOTIFY_EMAIL_FROM, self.notify_email_from, address);
        let to = fields.optional(&NOTIFY_EMAIL_TO, self.notify_email_to, addresses);
        let of_smtp = smtp.as_ref().map(Option::is_some);
        let [of_from, of_to] =
            [from.as_ref().map(Option::is_some), to.as_ref().map(Option::is_some)];
        needs(fields, &NOTIFY_EMAIL_FROM, [of_from, of_smtp]);
        needs(fields, &NOTIFY_EMAIL_TO, [of_to, of_smtp]);
        needs(fields, &NOTIFY_SMTP_URL, [of_smtp, of_to]);

        let token = token?;
        let slack = slack?.map(|url| Channel::Slack(Slack::new(url)));
        let webhook = webhook?.map(|url| Channel::Webhook(Webhook::new(url, token.as_ref())));
        let telegram = match bot?.zip(chat?) {
            Some((bot, chat)) => Some(telegram(&api?, &bot, chat, fields)?),
            None => None,
        };
        let email = smtp?.zip(from?.zip(to?));
        let email = email.map(|(smtp, (from, to))| Channel::Email(Email::new(smtp, &from, to)));
        Some([slack, webhook, telegram, email].into_iter().flatten().collect())
    }
}

/// Notes that `needed` is missing, where it is known to be off and the other one to be on.
fn needs(fields: &mut Fields, needed: &Variable, [is_on, other_is_on]: [Option<bool>; 2]) {
    if is_on == Some(false) && other_is_on == Some(true) {
        fields.note(needed, Mistake::Unset);
    }
}

fn telegram(api: &Url, bot: &SecretString, chat: Chat, fields: &mut Fields) -> Option<Channel> {
    let made = Telegram::new(api, bot, chat);
    if made.is_err() {
        fields.note(&NOTIFY_TELEGRAM_API_URL, Mistake::Expected(Expected::new(API)));
    }
    made.ok().map(Channel::Telegram)
}

const API: &str = "an https:// URL without a query";

fn bearer(text: &str) -> Result<SecretString, Expected> {
    let fits = text.bytes().all(|byte| byte.is_ascii_graphic());
    let expected = Expected::new("a token of printable ASCII characters without spaces");
    fits.then(|| text.into()).ok_or(expected)
}

fn bot_token(text: &str) -> Result<SecretString, Expected> {
    let token = domain::configuration::TelegramBotToken::parse(text);
    let expected = Expected::new("a token as Telegram's BotFather gives it out");
    token.map(|token| token.value.expose_secret().into()).map_err(|_| expected)
}

fn chat(text: &str) -> Result<Chat, Expected> {
    Chat::parse(text).ok_or(Expected::new("the number of a chat, or the @name of a public channel"))
}

fn smtp_url(text: &str) -> Result<SmtpUrl, Expected> {
    let expected = "smtps://user:password@host:465, or smtp://user:password@host:587";
    SmtpUrl::parse(text).ok_or(Expected::new(expected))
}

fn addresses(text: &str) -> Result<Addresses, Expected> {
    let expected = "up to 32 addresses such as ops@example.com, with commas between them";
    Addresses::parse(text).ok_or(Expected::new(expected))
}

fn address(text: &str) -> Result<Addresses, Expected> {
    let one = if text.contains(',') { None } else { Addresses::parse(text) };
    one.ok_or(Expected::new("an address such as ballast@example.com"))
}

#[cfg(test)]
mod tests {
    use platform::env::MapEnv;

    use super::*;

    const TOKEN: &str = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1";

    fn names(env: &MapEnv) -> Vec<&'static str> {
        let trial = Trial::from_env(env).unwrap_or_else(|problems| panic!("{problems}"));
        trial.channels.iter().map(Channel::name).collect()
    }

    fn whole() -> MapEnv {
        MapEnv::from([
            ("NOTIFY_SLACK_WEBHOOK_URL", "https://hooks.example.com/services/s3cret"),
            ("NOTIFY_WEBHOOK_URL", "http://receiver:8080/s3cret"),
            ("NOTIFY_WEBHOOK_TOKEN", "s3cret"),
            ("NOTIFY_TELEGRAM_BOT_TOKEN", TOKEN),
            ("NOTIFY_TELEGRAM_CHAT_ID", "-1001"),
            ("NOTIFY_SMTP_URL", "smtps://us3r:s3cret@mail"),
            ("NOTIFY_EMAIL_FROM", "ballast@example.com"),
            ("NOTIFY_EMAIL_TO", "a@example.com, b@example.com"),
        ])
    }

    #[test]
    fn what_is_empty_is_off() {
        assert!(names(&MapEnv::default()).is_empty());
        let empty = OF_A_TRIAL.iter().map(|variable| (variable.name, ""));
        let empty: MapEnv = empty.filter(|(name, _)| name.starts_with("NOTIFY")).collect();
        assert!(names(&empty).is_empty());
        assert_eq!(names(&whole()), Channel::NAMES);
        assert_eq!(names(&whole().with("NOTIFY_SLACK_WEBHOOK_URL", ""))[0], "webhook");
    }

    #[test]
    fn half_a_channel_is_a_mistake() {
        for name in [
            "NOTIFY_WEBHOOK_URL",
            "NOTIFY_TELEGRAM_BOT_TOKEN",
            "NOTIFY_TELEGRAM_CHAT_ID",
            "NOTIFY_SMTP_URL",
            "NOTIFY_EMAIL_FROM",
            "NOTIFY_EMAIL_TO",
        ] {
            let problems = Trial::from_env(&whole().with(name, "")).unwrap_err();
            let text = problems.to_string();
            assert_eq!(text, format!("{name} is not set"));
        }
        assert_eq!(names(&whole().with("NOTIFY_WEBHOOK_TOKEN", "")), Channel::NAMES);
    }

    #[test]
    fn mistakes_are_told_by_name_and_nothing_is_shown() {
        let mut env = whole();
        let wrong = [
            ("NOTIFY_SLACK_WEBHOOK_URL", "ftp://s3cret"),
            ("NOTIFY_WEBHOOK_URL", "s3cret"),
            ("NOTIFY_WEBHOOK_TOKEN", "s3cret\r\nX: y"),
            ("NOTIFY_TELEGRAM_BOT_TOKEN", "s3cret"),
            ("NOTIFY_TELEGRAM_CHAT_ID", "s3cret"),
            ("NOTIFY_TELEGRAM_API_URL", "s3cret"),
            ("NOTIFY_SMTP_URL", "smtps://s3cret@"),
            ("NOTIFY_EMAIL_FROM", "a@s3cret,b@s3cret"),
            ("NOTIFY_EMAIL_TO", "s3cret"),
        ];
        for (name, value) in wrong {
            env = env.with(name, value);
        }
        let problems = Trial::from_env(&env).unwrap_err();
        assert_eq!(problems.0.len(), wrong.len(), "{problems}");
        assert!(!problems.to_string().contains("s3cret"), "{problems}");
        let shown = format!("{:?}", Trial::from_env(&whole()).unwrap());
        for secret in ["s3cret", "us3r", &TOKEN[10..], "hooks.example", "receiver"] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
    }
}
