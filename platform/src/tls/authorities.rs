//! The authorities that are trusted.

use std::path::Path;
use std::sync::OnceLock;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::regular_file;

/// The largest file of authorities that is read, in bytes: 1 MiB, several times what a distribution
/// has of them.
const MAX_BYTES: u64 = 1024 * 1024;

/// The file of authorities can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file of certificate authorities can't be used")]
pub struct TrustError;

/// Those of a file, and the public ones where they are wanted too.
pub(super) struct Authorities {
    given: Vec<CertificateDer<'static>>,
    has_public: bool,
    store: OnceLock<RootCertStore>,
}

impl Authorities {
    pub(super) const fn with_public(given: Vec<CertificateDer<'static>>) -> Self {
        Self { given, has_public: true, store: OnceLock::new() }
    }

    pub(super) const fn only(given: Vec<CertificateDer<'static>>) -> Self {
        Self { given, has_public: false, store: OnceLock::new() }
    }

    /// Whether `certificate` itself is one of the file's.
    pub(super) fn holds(&self, certificate: &CertificateDer<'_>) -> bool {
        self.given.iter().any(|given| given == certificate)
    }

    pub(super) fn store(&self) -> &RootCertStore {
        self.store.get_or_init(|| {
            let mut store = RootCertStore::empty();
            if self.has_public {
                store.roots.extend_from_slice(webpki_roots::TLS_SERVER_ROOTS);
            }
            store.add_parsable_certificates(self.given.iter().cloned());
            store
        })
    }
}

/// The certificates of a PEM file; other things in it are passed over, as OpenSSL does.
pub(super) fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let bytes = regular_file::read(path, MAX_BYTES).map_err(|_| TrustError)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_BYTES) {
        return Err(TrustError);
    }
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let found = found.map_err(|_| TrustError)?;
    // What is no certificate inside would be passed over in silence.
    let is_certificate =
        |der: &CertificateDer<'static>| RootCertStore::empty().add(der.clone()).is_ok();
    if found.is_empty() || !found.iter().all(is_certificate) {
        return Err(TrustError);
    }
    Ok(found)
}
