//! `Accept` (RFC 9110, 12.5.1), as far as two forms of one answer need it.

use std::borrow::Cow;

/// How much a form is wanted: its weight in thousandths, and how closely it was named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Wish {
    thousandths: u16,
    /// 3 by its name, 2 as `application/*`, 1 as `*/*`, 0 not at all.
    closeness: u8,
}

/// Whether `application/health+json` is to be given rather than `application/json`, by all the
/// `Accept` lines of a request. What can't be read is passed over, and where neither is wanted the
/// answer is `application/json` all the same: a monitor is better served with it than with 406.
pub(super) fn wants_draft<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> bool {
    let (mut draft, mut plain) = (Wish::default(), Wish::default());
    for line in lines {
        for range in String::from_utf8_lossy(line).split(',') {
            let Some((name, thousandths)) = media_range(range) else { continue };
            draft.hear(&name, "application/health+json", thousandths);
            plain.hear(&name, "application/json", thousandths);
        }
    }
    draft.closeness == 3 && draft.thousandths > 0 && draft.thousandths >= plain.thousandths
}

impl Wish {
    /// The closest name counts.
    fn hear(&mut self, range: &str, form: &str, thousandths: u16) {
        let closeness = match range {
            "*/*" => 1,
            "application/*" => 2,
            name if name == form => 3,
            _ => return,
        };
        if closeness >= self.closeness {
            *self = Self { thousandths, closeness };
        }
    }
}

/// A media range in lower case without its parameters, and its weight.
fn media_range(text: &str) -> Option<(Cow<'_, str>, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| name.contains('/'))?;
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let name = if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    };
    Some((name, weight.map_or(Some(1000), thousandths)?))
}

/// A weight: `0` or `1`, with at most three decimals, and none but zeros after the `1`.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let decimals: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(decimals),
        "1" if decimals == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drafts_form_is_given_to_whoever_asks_for_it() {
        for (accept, expected) in [
            ("", false),
            ("*/*", false),
            ("application/*", false),
            ("application/json", false),
            ("text/html", false),
            ("application/health+json", true),
            ("Application/Health+JSON", true),
            ("application/health+json;q=0.1", true),
            ("application/health+json; q=0", false),
            ("application/health+json;q=0.000", false),
            ("application/health+json, application/json", true),
            ("application/json, application/health+json", true),
            ("application/health+json, */*", true),
            ("application/health+json;q=0.5, application/json;q=0.4", true),
            ("application/health+json;q=0.5, application/json;q=0.6", false),
            ("application/health+json;q=0.5, application/*;q=0.6", false),
            ("application/health+json;q=0.5, application/*;q=0.9, application/json;q=0.1", true),
            ("application/health+json;q=0.5, */*;q=0.1", true),
            ("text/html, application/health+json;q=0.9, */*;q=0.8", true),
            ("application/health+json ; charset=utf-8 ; Q=1.000", true),
            ("application/health+json;q=1.001", false),
            ("application/health+json;q=0.1234", false),
            ("application/health+json;q=-1", false),
            ("application/health+json;q=", false),
            (",,;;/,application/health+json", true),
            ("health+json", false),
        ] {
            assert_eq!(wants_draft([accept.as_bytes()]), expected, "{accept}");
        }
    }

    #[test]
    fn lines_add_up_and_bytes_that_are_no_text_are_passed_over() {
        let lines: [&[u8]; 2] = [b"application/health+json;q=0.2", b"application/json;q=0.3"];
        assert!(!wants_draft(lines));
        assert!(wants_draft([b"\xff/\xff, application/health+json".as_slice()]));
        assert!(!wants_draft(std::iter::empty()));
    }
}
