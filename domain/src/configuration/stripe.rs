//! `STRIPE_API_KEY`: a secret (`sk_`) or restricted (`rk_`) key, live or test.

use secrecy::SecretString;

use super::hidden::hidden;
use super::placeholder;
use super::reading::Read;
use super::rule::Rule;

/// How keys that a server may use begin, and whether their payments are real.
const KINDS: &[(&str, bool)] =
    &[("sk_live_", true), ("rk_live_", true), ("sk_test_", false), ("rk_test_", false)];

hidden!(StripeApiKey);

/// A payment provider key that a server may use.
pub struct StripeApiKey {
    /// The whole key.
    pub value: SecretString,
}

impl StripeApiKey {
    /// Parses `sk_live_…`, `rk_live_…`, `sk_test_…` or `rk_test_…`; the length is Stripe's to choose.
    ///
    /// # Errors
    /// [`Rule::StripePublishableKey`] for `pk_…`, [`Rule::StripeKey`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Vec<Rule>> {
        if text.starts_with("pk_") {
            return Err(vec![Rule::StripePublishableKey]);
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        match kind_of(text) {
            Some((rest, _)) if !rest.is_empty() && rest.bytes().all(plain) => {
                Ok(Self { value: text.into() })
            }
            _ => Err(vec![Rule::StripeKey]),
        }
    }

    pub(super) fn read(text: &str, is_production: bool) -> Read<Self> {
        let publishable = ["pk_live_", "pk_test_"].iter().find_map(|kind| text.strip_prefix(kind));
        let kind = kind_of(text);
        let secret = kind.map(|(rest, _)| rest).or(publishable).unwrap_or(text);
        let stands_in = placeholder::is_in_token(secret);
        let test_key = is_production && kind.is_some_and(|(_, live)| !live);
        let mut read = Read::from(Self::parse(text));
        if stands_in {
            read.value = None;
            read.broken.retain(|rule| *rule == Rule::StripePublishableKey);
        }
        read.and(stands_in.then_some(Rule::Placeholder))
            .and(test_key.then_some(Rule::StripeTestKeyInProduction))
    }
}

fn kind_of(text: &str) -> Option<(&str, bool)> {
    KINDS.iter().find_map(|(prefix, live)| text.strip_prefix(prefix).map(|rest| (rest, *live)))
}
