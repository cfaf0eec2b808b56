//! `ALLOWED_ORIGINS`: origins that browsers may call from, separated by commas.

use super::authority;
use super::rule::Rule;

/// An allowed origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// `*`: every origin.
    Any,
    /// `scheme://host[:port]`.
    Exact(String),
}

impl Origin {
    /// Parses origins separated by commas; spaces around them do not count.
    ///
    /// # Errors
    /// [`Rule::Origin`] when one of them is no origin.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, Vec<Rule>> {
        text.split(',')
            .map(|one| Self::parse(one.trim()).ok_or_else(|| vec![Rule::Origin]))
            .collect()
    }

    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        let place = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let host = authority::host_port(place).ok()?.host;
        let plain = !host.is_empty() && !place.contains(['/', '?', '@']);
        plain.then(|| Self::Exact(text.to_owned()))
    }

    pub(super) fn in_production(origins: &[Self]) -> Option<Rule> {
        origins.contains(&Self::Any).then_some(Rule::WildcardOriginInProduction)
    }
}
