//! The certificate that a server shows: read from the file that the server reads, and taken apart.
//!
//! Only what stands in the first certificate of the chain is read. Nothing is verified: whether
//! somebody trusts it is theirs to say.

use std::io;
use std::net::IpAddr;
use std::path::Path;

use base64ct::{Base64, Encoding};
use chrono::{DateTime, Utc};
use x509_cert::der::Decode;
use x509_cert::der::asn1::OctetString;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::time::Time;

use crate::regular_file;

/// The largest chain that is read, in bytes: 1 MiB.
pub const MAX_BYTES: u64 = 1024 * 1024;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// What stands in a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The names that it is for, a wildcard as it is written.
    pub names: Vec<String>,
    /// The addresses that it is for.
    pub addresses: Vec<IpAddr>,
    /// Since when it holds.
    pub valid_from: DateTime<Utc>,
    /// Until when it holds.
    pub valid_until: DateTime<Utc>,
}

/// Why there is no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// There is no file.
    #[error("there is no certificate")]
    Missing,
    /// Something is there, but no file that can be read.
    #[error("the certificate can't be read")]
    Unreadable,
    /// The file holds no certificate in PEM, or one that can't be taken apart.
    #[error("the file holds no certificate in PEM")]
    Malformed,
}

/// Reads the first certificate of the PEM file at `path`.
///
/// # Errors
/// [`CertificateError`].
pub fn read(path: &Path) -> Result<Certificate, CertificateError> {
    let bytes = regular_file::read(path, MAX_BYTES).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => CertificateError::Missing,
        _ => CertificateError::Unreadable,
    })?;
    parse(&bytes).ok_or(CertificateError::Malformed)
}

/// Takes the first certificate of a PEM file apart, as OpenSSL finds it: behind any other text, in
/// lines of any length.
#[must_use]
pub fn parse(pem: &[u8]) -> Option<Certificate> {
    let text = String::from_utf8_lossy(pem);
    let (_, after) = text.split_once(BEGIN)?;
    let (body, _) = after.split_once(END)?;
    let body: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let der = Base64::decode_vec(&body).ok()?;
    let certificate = x509_cert::Certificate::from_der(&der).ok()?;
    let content = certificate.tbs_certificate();
    let alternatives = content.get_extension::<SubjectAltName>().ok()?;
    let (mut names, mut addresses) = (Vec::new(), Vec::new());
    for name in alternatives.iter().flat_map(|(_, SubjectAltName(names))| names) {
        match name {
            GeneralName::DnsName(name) => names.push(name.as_str().to_owned()),
            GeneralName::IpAddress(octets) => addresses.extend(address(octets)),
            _ => {}
        }
    }
    // OpenSSL, and so Telegram, looks at the common name where no other name of a host is given.
    if names.is_empty()
        && let Ok(Some(name)) = content.subject().common_name()
    {
        names.push(name.value().into_owned());
    }
    let validity = content.validity();
    let (valid_from, valid_until) = (time(validity.not_before)?, time(validity.not_after)?);
    Some(Certificate { names, addresses, valid_from, valid_until })
}

fn address(octets: &OctetString) -> Option<IpAddr> {
    let bytes = octets.as_bytes();
    let four = || <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    four().or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

fn time(time: Time) -> Option<DateTime<Utc>> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
    DateTime::from_timestamp(seconds, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made once with `openssl req -x509`; its key was thrown away.
    const MADE_BY_OPENSSL: &str = "\
-----BEGIN CERTIFICATE-----
MIIB1DCCAXqgAwIBAgIUePmTiDOBSwIG1/OVDWRIBTV+uaEwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRc2hvd24uZXhhbXBsZS5vcmcwIBcNMjYxMTIyMTczMDE0WhgP
MjEyNjEwMjkxNzMwMTRaMBwxGjAYBgNVBAMMEXNob3duLmV4YW1wbGUub3JnMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAERErThHpEiiIkzDaG77V7yWbgLsqilx9b
p34mbOK+bGKZt1hv9mJZVEl+d3Lsj1RsUeuiH5cHdDlFBRTRn3Qfe6OBlzCBlDAd
BgNVHQ4EFgQUJ6JipTFm7WCXkTrWzPr8jJ5bd7gwHwYDVR0jBBgwFoAUJ6JipTFm
7WCXkTrWzPr8jJ5bd7gwDwYDVR0TAQH/BAUwAwEB/zBBBgNVHREEOjA4gg9ib3Qu
ZXhhbXBsZS5vcmeCDSouZXhhbXBsZS5jb22HBMAAAgeHECABDbgAAAAAAAAAAAAA
AAcwCgYIKoZIzj0EAwIDSAAwRQIgRePIui6ZjgLyBUGiv+eDd37iZZA6LmNWBkCs
s48Hz8gCIQCuSxHz2BwWi/6kPUOsIrvdVb7EmbqnkrwV0ZykJ/NT1A==
-----END CERTIFICATE-----
";

    #[test]
    fn names_and_times_are_those_that_openssl_wrote() {
        let crowded = format!("Bag Attributes\r\n{}", MADE_BY_OPENSSL.replace('\n', "\r\n"));
        let lines: Vec<&str> = MADE_BY_OPENSSL.lines().collect();
        let in_one_line = [BEGIN, &lines[1..lines.len() - 1].concat(), END].join("\n");
        for pem in [MADE_BY_OPENSSL, &crowded, &in_one_line, &MADE_BY_OPENSSL.repeat(3)] {
            let certificate = parse(pem.as_bytes()).unwrap();
            assert_eq!(certificate.names, ["bot.example.org", "*.example.com"]);
            let addresses = certificate.addresses.iter().map(IpAddr::to_string);
            assert_eq!(addresses.collect::<Vec<_>>(), ["192.0.2.7", "2001:db8::7"]);
            assert_eq!(certificate.valid_from.to_rfc3339(), "2026-11-22T17:30:14+00:00");
            assert_eq!(certificate.valid_until.to_rfc3339(), "2126-10-29T17:30:14+00:00");
        }
    }

    #[test]
    fn what_is_no_certificate_is_none() {
        let empty = format!("{BEGIN}\n{END}\n");
        let text = format!("{BEGIN}\nbm90aGluZw==\n{END}\n");
        let open = format!("{BEGIN}\nMIIB");
        for pem in ["", "hello", &empty, &text, &open, END, "\u{feff}"] {
            assert_eq!(parse(pem.as_bytes()), None, "{pem}");
        }
        assert_eq!(parse(&[0xff; 4096]), None);
    }

    #[test]
    fn missing_and_unreadable_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(&folder.path().join("none")), Err(CertificateError::Missing));
        assert_eq!(read(folder.path()), Err(CertificateError::Unreadable));
        let path = folder.path().join("text");
        std::fs::write(&path, "hello").unwrap();
        assert_eq!(read(&path), Err(CertificateError::Malformed));
    }
}
