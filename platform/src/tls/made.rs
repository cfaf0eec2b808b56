//! Certificates and servers for the tests of this crate's clients.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsAcceptor;

/// Certificates made by `openssl` in a folder of their own.
pub(crate) struct Made(TempDir);

impl Made {
    /// Two authorities, `ca` and `other`.
    pub(crate) fn new() -> Self {
        let made = Self(tempfile::tempdir().unwrap());
        for name in ["ca", "other"] {
            made.request(name);
            made.sign(name, None, "basicConstraints=critical,CA:TRUE", "sha256", &["-days", "2"]);
        }
        made
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn openssl(&self, arguments: &[&str], input: &str) {
        let mut openssl = Command::new("openssl")
            .args(arguments)
            .current_dir(self.0.path())
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("openssl is installed");
        openssl.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = openssl.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    pub(crate) fn request(&self, name: &str) {
        let (key, request) = (format!("{name}.key"), format!("{name}.csr"));
        let curve = "ec_paramgen_curve:P-256";
        let subject = format!("/CN={name}");
        let arguments = ["req", "-new", "-newkey", "ec", "-pkeyopt", curve, "-nodes", "-subj"];
        self.openssl(
            &[&arguments[..], &[&subject, "-keyout", &key, "-out", &request]].concat(),
            "",
        );
    }

    pub(crate) fn sign(
        &self,
        name: &str,
        by: Option<&str>,
        extensions: &str,
        hash: &str,
        more: &[&str],
    ) {
        let of = |name: &str, kind: &str| format!("{name}.{kind}");
        let (request, certificate) = (of(name, "csr"), of(name, "pem"));
        let digest = format!("-{hash}");
        let mut arguments = vec!["x509", "-req", "-in", &request, "-out", &certificate, &digest];
        let signer = by.map(|by| (of(by, "pem"), of(by, "key")));
        let own_key = of(name, "key");
        match &signer {
            Some((pem, key)) => arguments.extend(["-CA", pem, "-CAkey", key, "-CAcreateserial"]),
            None => arguments.extend(["-signkey", &own_key]),
        }
        arguments.extend(["-extfile", "/dev/stdin"]);
        arguments.extend(more);
        self.openssl(&arguments, extensions);
    }

    /// A server's certificate for `names`, signed by `by`.
    pub(crate) fn server(&self, name: &str, by: &str, names: &str, more: &[&str]) {
        self.request(name);
        self.sign(name, Some(by), &format!("subjectAltName={names}"), "sha256", more);
    }

    /// What a server that shows this certificate speaks TLS with.
    pub(crate) fn acceptor(&self, name: &str) -> TlsAcceptor {
        let chain = CertificateDer::pem_file_iter(self.path(&format!("{name}.pem"))).unwrap();
        let chain: Vec<_> = chain.map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(self.path(&format!("{name}.key"))).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    /// A server that says hello to everybody.
    pub(crate) async fn serve(&self, name: &str) -> SocketAddr {
        let acceptor = self.acceptor(name);
        let listener = crate::http::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut stream = acceptor.accept(stream).await?;
                    stream.write_all(b"hello").await?;
                    stream.shutdown().await
                });
            }
        });
        address
    }
}
