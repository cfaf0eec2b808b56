//! Who verifies a server's certificate, as far as was asked for.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use x509_cert::der::Decode;

use super::Check;
use super::authorities::Authorities;

/// Whatever is not verified of a certificate, that the server holds its key is: channel binding rests
/// on that.
pub(super) struct Verifier {
    authorities: Arc<Authorities>,
    check: Check,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(super) const fn new(
        authorities: Arc<Authorities>,
        check: Check,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Self {
        Self { authorities, check, algorithms }
    }

    fn verify_chain(
        &self,
        server: &CertificateDer<'_>,
        parsed: &ParsedCertificate<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        // `openssl req -x509` makes the certificate of an authority. A server that shows such a one
        // of its own is trusted by that very certificate, as libpq does.
        if self.authorities.holds(server) {
            return verify_time(server, now);
        }
        let (store, algorithms) = (self.authorities.store(), self.algorithms.all);
        verify_server_cert_signed_by_trust_anchor(parsed, store, intermediates, now, algorithms)
    }
}

fn verify_time(server: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let certificate =
        x509_cert::Certificate::from_der(server).map_err(|_| CertificateError::BadEncoding)?;
    let validity = certificate.tbs_certificate().validity();
    let now = now.as_secs();
    if now < validity.not_before.to_unix_duration().as_secs() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > validity.not_after.to_unix_duration().as_secs() {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        server: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.check != Check::Nothing {
            let parsed = ParsedCertificate::try_from(server)?;
            self.verify_chain(server, &parsed, intermediates, now)?;
            if self.check == Check::Full {
                verify_server_name(&parsed, name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        server: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, server, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        server: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, server, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Verifier").field("check", &self.check).finish_non_exhaustive()
    }
}
