//! The name of a server's end of a connection: `tls-server-end-point` of RFC 5929, section 4.

use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::oid::ObjectIdentifier;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// The signatures made over a SHA-256 of the certificate, and those over a hash that must no longer
/// be used, for which SHA-256 stands in (RFC 8017, appendix C; RFC 5758).
const SHA_256: &[ObjectIdentifier] = &[
    oid("1.2.840.113549.1.1.11"),
    oid("1.2.840.10045.4.3.2"),
    oid("1.2.840.113549.1.1.4"),
    oid("1.2.840.113549.1.1.5"),
    oid("1.2.840.10045.4.1"),
];
const SHA_384: &[ObjectIdentifier] = &[oid("1.2.840.113549.1.1.12"), oid("1.2.840.10045.4.3.3")];
const SHA_512: &[ObjectIdentifier] = &[oid("1.2.840.113549.1.1.13"), oid("1.2.840.10045.4.3.4")];

/// The hash of the certificate `der`, by the hash of its signature. There is none where the signature
/// has no hash of its own, such as Ed25519: the RFC leaves it undefined, and PostgreSQL knows none.
pub(crate) fn end_point(der: &[u8]) -> Option<Vec<u8>> {
    let signature = Certificate::from_der(der).ok()?.signature_algorithm().oid;
    let is_one_of = |known: &[ObjectIdentifier]| known.contains(&signature);
    if is_one_of(SHA_256) {
        Some(Sha256::digest(der).to_vec())
    } else if is_one_of(SHA_384) {
        Some(Sha384::digest(der).to_vec())
    } else if is_one_of(SHA_512) {
        Some(Sha512::digest(der).to_vec())
    } else {
        None
    }
}
