//! Certificates for the servers of a test, made by `openssl`.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::scratch::Scratch;

/// Every name and address of this machine that a test connects to.
const OWN_NAMES: &str = "DNS:localhost,IP:127.0.0.1,IP:::1";

/// What a server shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// A certificate of the authority for this machine.
    Good,
    /// One of the authority, for another host.
    Elsewhere,
    /// One for this machine, of another authority.
    Stranger,
    /// One of the authority for this machine, of yesterday.
    Expired,
}

impl Shown {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Good, Self::Elsewhere, Self::Stranger, Self::Expired];

    const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Elsewhere => "elsewhere",
            Self::Stranger => "stranger",
            Self::Expired => "expired",
        }
    }
}

/// An authority, another one, and what they have signed, in a folder that everybody may read: it is
/// gone with the test.
#[derive(Debug)]
pub struct Certificates(Scratch);

impl Certificates {
    /// Makes all of them.
    #[must_use]
    pub fn new() -> Self {
        let made = Self(Scratch::new());
        for authority in ["authority", "another"] {
            made.sign(authority, None, "basicConstraints=critical,CA:TRUE", "2");
        }
        for shown in Shown::ALL {
            let (by, names, days) = match shown {
                Shown::Good => ("authority", OWN_NAMES, "2"),
                Shown::Elsewhere => ("authority", "DNS:elsewhere.example,IP:192.0.2.1", "2"),
                Shown::Stranger => ("another", OWN_NAMES, "2"),
                Shown::Expired => ("authority", OWN_NAMES, "-1"),
            };
            made.sign(shown.name(), Some(by), &format!("subjectAltName={names}"), days);
        }
        made
    }

    /// The file of the authority that is trusted.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.0.join("authority.pem")
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self, shown: Shown) -> PathBuf {
        self.0.join(format!("{}.pem", shown.name()))
    }

    /// Its key.
    #[must_use]
    pub fn key(&self, shown: Shown) -> PathBuf {
        self.0.join(format!("{}.key", shown.name()))
    }

    /// A file in the same folder that is none of them.
    #[must_use]
    pub fn beside(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn sign(&self, name: &str, by: Option<&str>, extensions: &str, days: &str) {
        let of = |name: &str, kind: &str| format!("{name}.{kind}");
        let (key, request, certificate) = (of(name, "key"), of(name, "csr"), of(name, "pem"));
        let subject = format!("/CN={name}");
        let curve = "ec_paramgen_curve:P-256";
        let words = ["req", "-new", "-newkey", "ec", "-pkeyopt", curve, "-nodes", "-subj"];
        self.openssl(&[&words[..], &[&subject, "-keyout", &key, "-out", &request]].concat(), "");
        let signer = by.map(|by| (of(by, "pem"), of(by, "key")));
        let mut words = vec!["x509", "-req", "-in", &request, "-out", &certificate, "-days", days];
        words.extend(["-extfile", "/dev/stdin"]);
        match &signer {
            Some((pem, key)) => words.extend(["-CA", pem, "-CAkey", key, "-CAcreateserial"]),
            None => words.extend(["-signkey", &key]),
        }
        self.openssl(&words, extensions);
    }

    fn openssl(&self, words: &[&str], input: &str) {
        let mut openssl = Command::new("openssl")
            .args(words)
            .current_dir(self.0.path())
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("openssl is installed");
        let mut stdin = openssl.stdin.take().expect("standard input is a pipe");
        stdin.write_all(input.as_bytes()).expect("openssl reads");
        drop(stdin);
        let output = openssl.wait_with_output().expect("openssl ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {words:?}: {said}");
    }
}

impl Default for Certificates {
    fn default() -> Self {
        Self::new()
    }
}
