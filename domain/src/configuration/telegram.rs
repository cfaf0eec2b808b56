//! `TELEGRAM_BOT_TOKEN` and `TELEGRAM_WEBHOOK_URL`, to the rules of tdlib/telegram-bot-api.

use secrecy::SecretString;

use super::authority;
use super::hidden::hidden;
use super::host::{self, Reach};
use super::placeholder;
use super::reading::Read;
use super::rule::Rule;

const MAX_TOKEN_BYTES: usize = 80;
const MIN_SECRET_CHARS: usize = 24;
const USUAL_SECRET_CHARS: usize = 35;
const WEBHOOK_PORTS: [u16; 4] = [80, 88, 443, 8443];

hidden!(TelegramBotToken, TelegramWebhookUrl);

/// A bot's token: its id, a colon and a secret.
pub struct TelegramBotToken {
    /// The whole token.
    pub value: SecretString,
    usual: bool,
}

impl TelegramBotToken {
    /// Parses `[0-9]+:[A-Za-z0-9_-]+`, as strictly as Telegram's server does.
    ///
    /// # Errors
    /// [`Rule::TelegramToken`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Vec<Rule>> {
        let wrong = || vec![Rule::TelegramToken];
        let (id, secret) = text.split_once(':').ok_or_else(wrong)?;
        let base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        let secret_is_right = secret.len() >= MIN_SECRET_CHARS && secret.bytes().all(base64url);
        if !is_id(id) || !secret_is_right || text.len() > MAX_TOKEN_BYTES {
            return Err(wrong());
        }
        let usual = secret.len() == USUAL_SECRET_CHARS && secret.starts_with('A');
        Ok(Self { value: text.into(), usual })
    }

    /// What is right, though worth a look.
    #[must_use]
    pub fn warnings(&self) -> Vec<Rule> {
        if self.usual { vec![] } else { vec![Rule::TelegramTokenUnusual] }
    }

    pub(super) fn read(text: &str) -> Read<Self> {
        let (id, secret) = text.split_once(':').unwrap_or(("", text));
        if !placeholder::is_in_token(secret) {
            let parsed = Self::parse(text);
            let warnings = parsed.as_ref().map(Self::warnings).unwrap_or_default();
            return Read::from(parsed).and(warnings);
        }
        let id_is_wrong = !is_id(id) && !placeholder::is_in_token(id) && text.contains(':');
        let broken = Read { value: None, broken: vec![Rule::Placeholder] };
        broken.and(id_is_wrong.then_some(Rule::TelegramToken))
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('0')
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse::<i64>().is_ok()
}

/// Where Telegram posts updates. The path may bear the token, so the text is a secret.
#[derive(Clone)]
pub struct TelegramWebhookUrl {
    /// The whole URL.
    pub value: SecretString,
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl TelegramWebhookUrl {
    /// Parses an HTTPS URL on a port that Telegram posts to.
    ///
    /// # Errors
    /// Every rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, Vec<Rule>> {
        let form = Form::of(text);
        match form.host {
            Some(host) if form.broken.is_empty() => {
                Ok(Self { value: text.into(), host, port: form.port })
            }
            _ => Err(form.broken),
        }
    }

    pub(super) fn read(text: &str, is_production: bool) -> Read<Self> {
        let filled = placeholder::fill(text);
        let form = Form::of(filled.as_deref().unwrap_or(text));
        let host = form.host.filter(|host| filled.is_none() || !is_filled(host));
        let host_stands_in = host.as_deref().is_some_and(placeholder::is_host);
        let stands_in = filled.is_some() || host_stands_in || placeholder::is_in_path(form.path);
        let host = host.filter(|_| is_production && !host_stands_in);
        let unreachable = host.and_then(|host| match host::reach(&host) {
            Reach::Itself => Some(Rule::WebhookLoopback),
            Reach::Near | Reach::Away => (!host::is_public(&host)).then_some(Rule::WebhookHost),
        });
        let read = if filled.is_some() {
            Read { value: None, broken: form.broken }
        } else {
            Self::parse(text).into()
        };
        read.and(stands_in.then_some(Rule::Placeholder)).and(unreachable)
    }
}

fn is_filled(host: &str) -> bool {
    host.split('.').any(|label| label == placeholder::FILLED)
}

/// A webhook's URL, taken apart as far as that goes.
struct Form<'a> {
    host: Option<String>,
    port: u16,
    path: &'a str,
    broken: Vec<Rule>,
}

impl<'a> Form<'a> {
    fn of(text: &'a str) -> Self {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Self { host: None, port: 0, path: "", broken: vec![Rule::UrlSyntax] };
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (info, place) = authority::split_user_info(&rest[..end]);
        let (host, port) = authority::host_port(place);
        let mut broken = Vec::new();
        if !scheme.eq_ignore_ascii_case("https") {
            broken.push(Rule::WebhookNotHttps);
        }
        if rest.contains(|c: char| c.is_whitespace() || c.is_control()) {
            broken.push(Rule::UrlSyntax);
        }
        broken.extend(info.and_then(|info| authority::user_info(info).err()));
        let host = host.map_err(|rule| broken.push(rule)).ok();
        if host.as_deref() == Some("") {
            broken.push(Rule::HostMissing);
        }
        let port = port.map_err(|rule| broken.push(rule)).map(|port| port.unwrap_or(443));
        if port.is_ok_and(|port| !WEBHOOK_PORTS.contains(&port)) {
            broken.push(Rule::WebhookPort);
        }
        let host = host.filter(|host| !host.is_empty());
        Self { host, port: port.unwrap_or(0), path: &rest[end..], broken: super::each_once(broken) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0";

    #[test]
    fn a_token_is_as_telegram_gives_it_out() {
        let usual = TelegramBotToken::parse(&format!("123456:{SECRET}")).expect("a valid token");
        assert!(usual.warnings().is_empty());
        let unusual = TelegramBotToken::parse("1:abcdefghijklmnopqrstuvwx").expect("a valid token");
        assert_eq!(unusual.warnings(), [Rule::TelegramTokenUnusual]);
    }

    #[test]
    fn a_webhook_gives_its_host_and_port() {
        let url = TelegramWebhookUrl::parse("https://bot.example.org:8443/webhook/x");
        let url = url.expect("a valid URL");
        assert_eq!((url.host.as_str(), url.port), ("bot.example.org", 8443));
        let url = TelegramWebhookUrl::parse("HTTPS://a.b").expect("a valid URL");
        assert_eq!((url.host.as_str(), url.port), ("a.b", 443));
    }

    #[test]
    fn each_fault_of_a_webhook_is_told_for_itself() {
        let found = TelegramWebhookUrl::parse("http://a b:99999/x").err();
        assert_eq!(found, Some(vec![Rule::WebhookNotHttps, Rule::UrlSyntax, Rule::Port]));
    }
}
