//! TLS for the clients of this crate: rustls with one crypto provider, and whom it trusts.
//!
//! Nothing is made before the first encrypted connection asks for it. No session is resumed: each
//! handshake shows the server's certificate anew, so that one that has expired is seen.

mod authorities;
mod binding;
mod fault;
#[cfg(test)]
pub(crate) mod made;
mod verifier;

use std::fmt;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, crypto};
use tokio_rustls::TlsConnector;

use crate::env::parse::Expected;
use crate::env::{Fields, Variable};
use crate::net::Stream;
use authorities::Authorities;
pub use authorities::TrustError;
pub(crate) use binding::end_point;
pub(crate) use fault::{TlsFault, is_of_tls};
use verifier::Verifier;

/// Whom to trust beside the public authorities.
pub const CA_FILE: Variable = Variable::plain(
    "CA_FILE",
    "PEM file of certificate authorities to trust besides the public ones.",
)
.empty_is_unset();

/// What is verified of a server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// Nothing: the connection is encrypted, to whomever.
    Nothing,
    /// That an authority has signed it, and that it is valid now.
    Chain,
    /// That, and that it is for this very host.
    Full,
}

/// Whom a client trusts: the public authorities, and those of a file where one is given. A clone
/// shares what it has made.
#[derive(Clone)]
pub struct Trust(Arc<Inner>);

struct Inner {
    file: Option<PathBuf>,
    authorities: Arc<Authorities>,
    unchecked: OnceLock<Arc<ClientConfig>>,
    chain: OnceLock<Arc<ClientConfig>>,
    full: OnceLock<Arc<ClientConfig>>,
}

/// Whom is trusted is a long list.
impl fmt::Debug for Trust {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Trust").finish_non_exhaustive()
    }
}

impl Trust {
    /// The public authorities, and those in the PEM file `more` (`CA_FILE`).
    ///
    /// # Errors
    /// [`TrustError`] where the file can't be read or holds no certificate.
    pub fn new(more: Option<&Path>) -> Result<Self, TrustError> {
        let given = more.map(authorities::read).transpose()?.unwrap_or_default();
        Ok(Self::of(Authorities::with_public(given), more))
    }

    /// The public authorities, and those that [`CA_FILE`] names. `None` means that the mistake has been
    /// noted.
    pub fn given(raw: Option<String>, fields: &mut Fields) -> Option<Self> {
        let of_file = |text: &str| {
            let expected = || Expected::new("a file of certificates in PEM that can be read");
            Self::new(Some(Path::new(text))).map_err(|TrustError| expected())
        };
        let given = fields.optional(&CA_FILE, raw, of_file)?;
        given.or_else(|| Self::new(None).ok())
    }

    /// Those in the PEM file `path`, and nobody else.
    ///
    /// # Errors
    /// [`TrustError`] where the file can't be read or holds no certificate.
    pub(crate) fn only(path: &Path) -> Result<Self, TrustError> {
        authorities::read(path).map(|given| Self::of(Authorities::only(given), Some(path)))
    }

    fn of(authorities: Authorities, file: Option<&Path>) -> Self {
        Self(Arc::new(Inner {
            file: file.map(Path::to_owned),
            authorities: Arc::new(authorities),
            unchecked: OnceLock::new(),
            chain: OnceLock::new(),
            full: OnceLock::new(),
        }))
    }

    /// The file of authorities, where one was given, for a program that reads it itself.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.0.file.as_deref()
    }

    /// What a client of another crate needs: chain and name are verified.
    #[must_use]
    pub fn client_config(&self) -> Arc<ClientConfig> {
        self.config(Check::Full)
    }

    fn config(&self, check: Check) -> Arc<ClientConfig> {
        let made = match check {
            Check::Nothing => &self.0.unchecked,
            Check::Chain => &self.0.chain,
            Check::Full => &self.0.full,
        };
        Arc::clone(made.get_or_init(|| Arc::new(self.make(check))))
    }

    fn make(&self, check: Check) -> ClientConfig {
        let provider = Arc::new(crypto::ring::default_provider());
        let verifier = Verifier::new(Arc::clone(&self.0.authorities), check, algorithms(&provider));
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(rustls::ALL_VERSIONS)
            .expect("the provider has a cipher suite of each version")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        config
    }

    /// Encrypts `stream`, whose other end is `host`. It has no deadline of its own.
    pub(crate) async fn encrypt(
        &self,
        stream: Stream,
        host: &str,
        check: Check,
    ) -> Result<Stream, TlsFault> {
        let name = match ServerName::try_from(host) {
            Ok(name) => name.to_owned(),
            Err(_) if check == Check::Full => return Err(TlsFault::Untrusted),
            // No certificate can bear it, so it is not asked for by name.
            Err(_) => ServerName::from(std::net::IpAddr::from(Ipv4Addr::UNSPECIFIED)),
        };
        let encrypted = TlsConnector::from(self.config(check)).connect(name, stream).await;
        encrypted.map(|stream| Stream::Tls(Box::new(stream))).map_err(|error| TlsFault::of(&error))
    }
}

fn algorithms(provider: &CryptoProvider) -> crypto::WebPkiSupportedAlgorithms {
    provider.signature_verification_algorithms
}

#[cfg(test)]
mod tests;
