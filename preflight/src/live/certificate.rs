//! The certificate that nginx shows to Telegram: for whom it is, and when.

use std::net::IpAddr;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use platform::certificate::{self, Certificate, CertificateError};

use crate::registry::LiveFault;

/// Certificates that renew themselves do so a month before their end: with two weeks left, something
/// has failed, and there is time to mend it.
const SOON: TimeDelta = TimeDelta::days(14);

/// Looks at the certificate at `path`, and whether it is for `host`, where that is known.
pub(super) fn look(path: &Path, host: Option<&str>, now: DateTime<Utc>) -> Vec<LiveFault> {
    match certificate::read(path) {
        Ok(certificate) => judge(&certificate, host, now),
        Err(CertificateError::Missing) => vec![LiveFault::CertificateMissing],
        Err(CertificateError::Unreadable) => vec![LiveFault::CertificateUnreadable],
        Err(CertificateError::Malformed) => vec![LiveFault::CertificateMalformed],
    }
}

fn judge(certificate: &Certificate, host: Option<&str>, now: DateTime<Utc>) -> Vec<LiveFault> {
    let mut faults = Vec::new();
    if host.is_some_and(|host| !is_for(certificate, host)) {
        faults.push(LiveFault::CertificateName);
    }
    // The last second belongs to the certificate (RFC 5280, section 4.1.2.5).
    if now > certificate.valid_until {
        faults.push(LiveFault::CertificateExpired);
    } else if now < certificate.valid_from {
        faults.push(LiveFault::CertificateNotYetValid);
    } else if certificate.valid_until - now <= SOON {
        faults.push(LiveFault::CertificateExpiresSoon);
    }
    faults
}

/// By RFC 9525: an address is compared with addresses, a name with names.
fn is_for(certificate: &Certificate, host: &str) -> bool {
    if let Ok(address) = host.parse::<IpAddr>() {
        return certificate.addresses.contains(&address);
    }
    certificate.names.iter().any(|name| covers(name, host))
}

/// A `*` stands for one whole label, the first. Letter case and the root's dot mean nothing.
fn covers(name: &str, host: &str) -> bool {
    let rooted = |text: &str| text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let (name, host) = (rooted(name), rooted(host));
    match name.strip_prefix("*.") {
        Some(parent) => {
            let below = host.split_once('.').filter(|(label, _)| !label.is_empty());
            parent.contains('.') && below.is_some_and(|(_, rest)| rest == parent)
        }
        None => name == host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(names: &[&str], addresses: &[&str]) -> Certificate {
        Certificate {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
            valid_from: at(0),
            valid_until: at(90 * DAY),
        }
    }

    const DAY: i64 = 86_400;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_wildcard_stands_for_one_whole_label() {
        for (name, host) in [
            ("bot.example.org", "bot.example.org"),
            ("Bot.Example.ORG", "bot.example.org."),
            ("bot.example.org.", "BOT.example.org"),
            ("*.example.org", "bot.example.org"),
            ("*.example.org", "b.EXAMPLE.org"),
        ] {
            assert!(covers(name, host), "{name} {host}");
        }
        for (name, host) in [
            ("example.org", "bot.example.org"),
            ("bot.example.org", "example.org"),
            ("*.example.org", "example.org"),
            ("*.example.org", ".example.org"),
            ("*.example.org", "a.bot.example.org"),
            ("*.org", "example.org"),
            ("*", "localhost"),
            ("b*.example.org", "bot.example.org"),
            ("bot.*.org", "bot.example.org"),
            ("*bot.example.org", "bot.example.org"),
        ] {
            assert!(!covers(name, host), "{name} {host}");
        }
    }

    #[test]
    fn an_address_is_no_name() {
        let named = certificate(&["192.0.2.7", "*.0.2.7"], &[]);
        let addressed = certificate(&[], &["192.0.2.7", "2001:db8::7"]);
        assert!(!is_for(&named, "192.0.2.7"));
        assert!(is_for(&addressed, "192.0.2.7") && is_for(&addressed, "2001:DB8:0::7"));
        assert!(!is_for(&addressed, "192.0.2.8") && !is_for(&addressed, "bot.example.org"));
    }

    #[test]
    fn each_moment_of_a_certificate_has_one_name() {
        let subject = certificate(&["bot.example.org"], &[]);
        for (seconds, expected) in [
            (-1, vec![LiveFault::CertificateNotYetValid]),
            (0, vec![]),
            (76 * DAY - 1, vec![]),
            (76 * DAY, vec![LiveFault::CertificateExpiresSoon]),
            (90 * DAY, vec![LiveFault::CertificateExpiresSoon]),
            (90 * DAY + 1, vec![LiveFault::CertificateExpired]),
        ] {
            assert_eq!(
                judge(&subject, Some("bot.example.org"), at(seconds)),
                expected,
                "{seconds}"
            );
        }
        let both = [LiveFault::CertificateName, LiveFault::CertificateExpired];
        assert_eq!(judge(&subject, Some("example.org"), at(91 * DAY)), both);
        assert_eq!(judge(&subject, None, at(0)), []);
    }
}
