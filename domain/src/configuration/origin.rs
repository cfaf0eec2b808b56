//! `ALLOWED_ORIGINS`: origins that browsers may call from, separated by commas.

use super::authority;
use super::hidden::hidden;
use super::host::{self, Reach};
use super::placeholder;
use super::reading::Read;
use super::rule::Rule;

hidden!(Origin);

/// An allowed origin.
#[derive(Clone, PartialEq, Eq)]
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
            .map(|one| Self::parse(one.trim()).map(|(origin, _)| origin))
            .collect::<Option<_>>()
            .ok_or_else(|| vec![Rule::Origin])
    }

    /// The origin and its host, where it is one with a host.
    fn parse(text: &str) -> Option<(Self, Option<String>)> {
        if text == "*" {
            return Some((Self::Any, None));
        }
        let place = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let (host, port) = authority::host_port(place);
        let host = host.ok().filter(|_| port.is_ok())?;
        let plain = !host.is_empty() && !place.contains(['/', '?', '@']);
        plain.then(|| (Self::Exact(text.to_owned()), Some(host)))
    }

    pub(super) fn read(text: &str, is_production: bool) -> Read<Vec<Self>> {
        let filled = placeholder::fill(text);
        let text = filled.as_deref().unwrap_or(text);
        let origins: Vec<_> = text.split(',').filter_map(|one| Self::parse(one.trim())).collect();
        let hosts = || origins.iter().filter_map(|(_, host)| host.as_deref());
        let stands_in = filled.is_some() || hosts().any(placeholder::is_host);
        let any = origins.iter().any(|(origin, _)| *origin == Self::Any);
        let itself = hosts().any(|host| host::reach(host) == Reach::Itself);
        let mut read = Read::from(Self::parse_list(text));
        if filled.is_some() {
            read.value = None;
        }
        read.and(stands_in.then_some(Rule::Placeholder))
            .and((any && is_production).then_some(Rule::WildcardOriginInProduction))
            .and((itself && is_production).then_some(Rule::Loopback))
    }
}
