//! An incoming webhook as Slack has it.

use domain::notification::Notice;
use serde_json::{Value, json};

use super::{Failure, post, whole_text};
use crate::http::Url;
use crate::tls::Trust;

/// An incoming webhook. Its URL is a secret.
#[derive(Debug)]
pub struct Slack {
    url: Url,
}

impl Slack {
    /// The webhook at `url`.
    #[must_use]
    pub const fn new(url: Url) -> Self {
        Self { url }
    }

    pub(super) async fn deliver(&self, notice: &Notice, trust: &Trust) -> Result<(), Failure> {
        post::judge(&post::json(&self.url, None, &body(notice), trust).await?)
    }
}

/// <https://docs.slack.dev/messaging/formatting-message-text>: `text` in plain words, nothing in it
/// turned into links or mentions.
fn body(notice: &Notice) -> Value {
    let text = escape(&whole_text(notice));
    json!({ "text": text, "mrkdwn": false, "unfurl_links": false, "unfurl_media": false })
}

/// `&`, `<` and `>` are all of Slack's markup that acts, such as `<!channel>`. Those that came after it
/// take a bare `@channel` as well: there, a space without width comes between.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' => escaped.push_str("@\u{200b}"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_calls_the_whole_channel() {
        let escaped = escape("<!channel> & <@U123|x> @here");
        assert_eq!(escaped, "&lt;!channel&gt; &amp; &lt;@\u{200b}U123|x&gt; @\u{200b}here");
    }
}
