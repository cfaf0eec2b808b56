//! The message itself (RFC 5322, with MIME): whatever the texts are, it has these headers and this
//! one part.

use base64ct::{Base64, Encoding};
use domain::notification::Notice;

/// Addresses of e-mail, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses(Vec<String>);

/// The longest address (RFC 5321, section 4.5.3.1.3), in bytes.
const MAX_ADDRESS: usize = 254;
/// The most recipients.
const MAX_ADDRESSES: usize = 32;
/// So many bytes of text make an encoded word that fits a line of 76 characters with the header's name
/// before it (RFC 2047, section 2).
const WORD_BYTES: usize = 39;
/// So many characters of base64 are a line (RFC 2045, section 6.8).
const LINE: usize = 76;

impl Addresses {
    /// Reads `user@example.com`, or several with commas between them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let addresses: Vec<_> = text.split(',').map(str::trim).map(str::to_owned).collect();
        let fits = addresses.len() <= MAX_ADDRESSES && addresses.iter().all(|it| is_address(it));
        fits.then_some(Self(addresses))
    }

    pub(super) fn first(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// An address without quotes, comments or literals, which is how people write them.
fn is_address(text: &str) -> bool {
    let Some((user, domain)) = text.split_once('@') else { return false };
    let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let fits = !user.is_empty() && !domain.is_empty() && text.len() <= MAX_ADDRESS;
    fits && user.chars().all(is_atom) && domain.chars().all(is_name)
}

/// The message, its lines ended as SMTP wants them. No line begins with a dot, for base64 has none.
pub(super) fn compose(notice: &Notice, from: &str, to: &Addresses) -> String {
    let to: Vec<_> = to.iter().map(|address| format!("<{address}>")).collect();
    let domain = from.split_once('@').map_or("localhost", |(_, domain)| domain);
    let headers = [
        format!("From: Ballast <{from}>"),
        format!("To: {}", to.join(",\r\n ")),
        format!("Subject: {}", encoded(&notice.title())),
        format!("Date: {}", notice.at.to_rfc2822()),
        format!("Message-ID: <{}@{domain}>", notice.notice_id),
        // RFC 3834: nothing answers it with a notice of absence.
        "Auto-Submitted: auto-generated".to_owned(),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
        "Content-Transfer-Encoding: base64".to_owned(),
    ];
    let text = notice.text().replace('\n', "\r\n") + "\r\n";
    let body = Base64::encode_string(text.as_bytes());
    let lines: Vec<_> = body.as_bytes().chunks(LINE).map(String::from_utf8_lossy).collect();
    format!("{}\r\n\r\n{}\r\n", headers.join("\r\n"), lines.join("\r\n"))
}

/// A header's text as encoded words, whatever is in it.
fn encoded(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if word.len() + c.len_utf8() > WORD_BYTES {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    let words = words.iter().map(|word| Base64::encode_string(word.as_bytes()));
    words.map(|word| format!("=?utf-8?B?{word}?=")).collect::<Vec<_>>().join("\r\n ")
}

#[cfg(test)]
mod tests {
    use domain::notification::News;

    use super::*;

    #[test]
    fn an_address_can_hold_no_second_command() {
        for text in ["a@b", "ops+night@example.com", "a@b.c, d@e.f"] {
            assert!(Addresses::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "a",
            "@b",
            "a@",
            "a@b,",
            "a b@c",
            "a@b> RCPT TO:<c@d",
            "a@b\r\nBcc: c@d",
            "Ops <a@b>",
            "a@b@c",
            "ä@b",
        ] {
            assert!(Addresses::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn whatever_the_texts_are_the_headers_are_ours_alone() {
        let notice = Notice {
            notice_id: uuid::Uuid::nil(),
            at: chrono::DateTime::UNIX_EPOCH,
            service_name: "bot\r\nBcc: everybody@example.com\r\n\r\nbody ü".into(),
            version: Some(".\r\n.\r\nMAIL FROM:<x@y>".into()),
            news: News::Test {},
        };
        let to = Addresses::parse("a@b.example,c@d.example").unwrap();
        let mail = compose(&notice, "ballast@b.example", &to);
        assert!(mail.is_ascii() && !mail.contains("\n."), "{mail}");
        let (head, body) = mail.split_once("\r\n\r\n").unwrap();
        let names: Vec<_> = head
            .split("\r\n")
            .filter(|line| !line.starts_with(' '))
            .filter_map(|line| line.split_once(": "))
            .map(|(name, _)| name)
            .collect();
        let expected = [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding",
        ];
        assert_eq!(names, expected);
        assert!(!body.trim_end().contains("\r\n\r\n"));
        let lines = mail.split("\r\n");
        assert!(lines.clone().all(|line| line.len() <= LINE && !line.contains(['\r', '\n'])));
    }
}
