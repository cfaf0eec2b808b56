//! `STRIPE_API_KEY`: a secret (`sk_`) or restricted (`rk_`) key, live or test.

use secrecy::SecretString;

use super::rule::Rule;

/// A payment provider key that a server may use.
#[derive(Debug)]
pub struct StripeApiKey {
    /// The whole key.
    pub value: SecretString,
    live: bool,
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
        let kinds =
            [("sk_live_", true), ("rk_live_", true), ("sk_test_", false), ("rk_test_", false)];
        let found = kinds
            .iter()
            .find_map(|(prefix, live)| text.strip_prefix(prefix).map(|rest| (rest, *live)));
        match found {
            Some((rest, live))
                if !rest.is_empty()
                    && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') =>
            {
                Ok(Self { value: text.into(), live })
            }
            _ => Err(vec![Rule::StripeKey]),
        }
    }

    pub(super) fn in_production(&self) -> Option<Rule> {
        (!self.live).then_some(Rule::StripeTestKeyInProduction)
    }
}
