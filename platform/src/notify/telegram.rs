//! A message in Telegram, by a bot: <https://core.telegram.org/bots/api#sendmessage>.

use std::time::Duration;

use domain::notification::Notice;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{Failure, post, whole_text};
use crate::http::{Response, Url, UrlInvalid};
use crate::tls::Trust;

/// The longest text that Telegram takes, in characters.
const MAX_TEXT: usize = 4096;

/// Who reads it: a chat's number, or the `@name` of a public channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat(Value);

/// A chat, and the bot that writes there. Its URL holds the bot's token.
#[derive(Debug)]
pub struct Telegram {
    url: Url,
    chat: Chat,
}

impl Chat {
    /// Reads a number, which is negative for a group, or `@name`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix('@') {
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
            return (!name.is_empty() && name.chars().all(fits)).then(|| Self(text.into()));
        }
        text.parse::<i64>().ok().map(|number| Self(number.into()))
    }
}

impl Telegram {
    /// The bot of `token` at the API's `base`, which is <https://api.telegram.org> for most.
    ///
    /// # Errors
    /// [`UrlInvalid`] where the token is not of such characters as Telegram gives out, or the base has
    /// a query.
    pub fn new(base: &Url, token: &SecretString, chat: Chat) -> Result<Self, UrlInvalid> {
        let token = token.expose_secret();
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '-');
        let has_query = base.path().contains('?');
        if token.is_empty() || !token.chars().all(fits) || has_query {
            return Err(UrlInvalid);
        }
        let folder = base.path().trim_end_matches('/');
        Ok(Self { url: base.with_path(&format!("{folder}/bot{token}/sendMessage"))?, chat })
    }

    pub(super) async fn deliver(&self, notice: &Notice, trust: &Trust) -> Result<(), Failure> {
        let response = post::json(&self.url, None, &self.body(notice), trust).await?;
        post::judge(&response).map_err(|failure| Failure {
            retry_after: failure.retry_after.or_else(|| asked(&response)),
            ..failure
        })
    }

    /// Without a `parse_mode` the text is taken as it is: no markup in it has a meaning.
    fn body(&self, notice: &Notice) -> Value {
        let text: String = whole_text(notice).chars().take(MAX_TEXT).collect();
        json!({
            "chat_id": self.chat.0,
            "text": text,
            "link_preview_options": {"is_disabled": true},
        })
    }
}

/// Telegram says in the body how long it wants to be left alone.
fn asked(response: &Response) -> Option<Duration> {
    let body: Value = serde_json::from_slice(response.body()).ok()?;
    body["parameters"]["retry_after"].as_u64().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_is_a_number_or_a_name() {
        for (text, expected) in [
            ("42", Some(json!(42))),
            ("-1001234567890", Some(json!(-1_001_234_567_890_i64))),
            ("@ops_channel", Some(json!("@ops_channel"))),
            ("", None),
            ("@", None),
            ("ops", None),
            ("@a b", None),
        ] {
            assert_eq!(Chat::parse(text), expected.map(Chat), "{text}");
        }
    }

    #[test]
    fn a_token_changes_no_more_than_its_place_in_the_path() {
        let url = |base: &str, token: &str| {
            let chat = Chat::parse("1").unwrap();
            let base = Url::of_the_web(base).unwrap();
            Telegram::new(&base, &token.into(), chat).map(|it| it.url.path().to_owned())
        };
        let whole = "/bot1:a-B_c/sendMessage".to_owned();
        assert_eq!(url("https://api.telegram.org", "1:a-B_c"), Ok(whole));
        assert_eq!(url("http://proxy/tg/", "1:a"), Ok("/tg/bot1:a/sendMessage".to_owned()));
        assert!(url("https://proxy/?a=b", "1:a").is_err());
        for token in ["", "1:a/../x", "1:a?b", "1:a b", "1:a\r\n", "1:ä"] {
            assert!(url("https://api.telegram.org", token).is_err(), "{token:?}");
        }
    }
}
