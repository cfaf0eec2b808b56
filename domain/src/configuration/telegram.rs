//! `TELEGRAM_BOT_TOKEN` and `TELEGRAM_WEBHOOK_URL`, to the rules of tdlib/telegram-bot-api.

use secrecy::SecretString;

use super::authority;
use super::rule::Rule;

const MAX_TOKEN_BYTES: usize = 80;
const MIN_SECRET_CHARS: usize = 24;
const USUAL_SECRET_CHARS: usize = 35;
const WEBHOOK_PORTS: [u16; 4] = [80, 88, 443, 8443];

/// A bot's token: its id, a colon and a secret.
#[derive(Debug)]
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
        let id_is_right = !id.is_empty()
            && !id.starts_with('0')
            && id.bytes().all(|byte| byte.is_ascii_digit())
            && id.parse::<i64>().is_ok();
        let base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        let secret_is_right = secret.len() >= MIN_SECRET_CHARS && secret.bytes().all(base64url);
        if !id_is_right || !secret_is_right || text.len() > MAX_TOKEN_BYTES {
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
}

/// Where Telegram posts updates. The path may bear the token, so the text is a secret.
#[derive(Debug, Clone)]
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
        let (scheme, rest) = text.split_once("://").ok_or_else(|| vec![Rule::UrlSyntax])?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (_, place) = authority::user_info(&rest[..end]).map_err(|rule| vec![rule])?;
        let mut broken = Vec::new();
        if !scheme.eq_ignore_ascii_case("https") {
            broken.push(Rule::WebhookNotHttps);
        }
        if rest.contains(char::is_whitespace) {
            broken.push(Rule::UrlSyntax);
        }
        match authority::host_port(place) {
            Err(rule) => broken.push(rule),
            Ok(place) => {
                let port = place.port.unwrap_or(443);
                if place.host.is_empty() {
                    broken.push(Rule::HostMissing);
                }
                if !WEBHOOK_PORTS.contains(&port) {
                    broken.push(Rule::WebhookPort);
                }
                if broken.is_empty() {
                    return Ok(Self { value: text.into(), host: place.host, port });
                }
            }
        }
        Err(broken)
    }

    pub(super) fn in_production(&self) -> Option<Rule> {
        authority::is_loopback(&self.host).then_some(Rule::WebhookLoopback)
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
        let long = "A".repeat(79);
        for bad in [
            "",
            "123456",
            ":AAA",
            "0123:",
            "12a:",
            "١٢٣:",
            "99999999999999999999:",
            "1:short",
            &format!("1:{long}"),
        ] {
            let bad = if bad.ends_with(':') { format!("{bad}{SECRET}") } else { bad.to_owned() };
            assert_eq!(
                TelegramBotToken::parse(&bad).err(),
                Some(vec![Rule::TelegramToken]),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_webhook_is_https_on_a_port_that_telegram_posts_to() {
        for good in
            ["https://bot.example.org/webhook/x", "https://bot.example.org:8443", "HTTPS://a.b"]
        {
            assert!(TelegramWebhookUrl::parse(good).is_ok(), "{good}");
        }
        for (bad, rules) in [
            ("bot.example.org", vec![Rule::UrlSyntax]),
            ("http://bot.example.org", vec![Rule::WebhookNotHttps]),
            ("http://bot.example.org:8080/x", vec![Rule::WebhookNotHttps, Rule::WebhookPort]),
            ("https:///webhook", vec![Rule::HostMissing]),
            ("https://bot.example.org/a b", vec![Rule::UrlSyntax]),
        ] {
            assert_eq!(TelegramWebhookUrl::parse(bad).err(), Some(rules), "{bad}");
        }
    }
}
