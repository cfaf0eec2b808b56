//! What a connection URI says of encryption, in libpq's words (PostgreSQL documentation, "Parameter
//! Key Words").

/// How the connection is encrypted (`sslmode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SslMode {
    /// Never.
    Disable,
    /// Only where the server insists.
    Allow,
    /// Where the server can; libpq's default.
    #[default]
    Prefer,
    /// Always, without checking who answers.
    Require,
    /// Always, with a certificate of a known authority.
    VerifyCa,
    /// Always, with a certificate for this very host.
    VerifyFull,
}

impl SslMode {
    pub(super) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "disable" => Self::Disable,
            "allow" => Self::Allow,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return None,
        })
    }

    pub(super) const fn is_certain(self) -> bool {
        matches!(self, Self::Require | Self::VerifyCa | Self::VerifyFull)
    }
}

/// Whose certificates are trusted (`sslrootcert`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SslRoots {
    /// Those of the authorities in this PEM file, and of nobody else.
    File(String),
    /// Those of the public authorities (`system`, since libpq 16).
    System,
}

impl SslRoots {
    pub(super) fn of(text: &str) -> Self {
        if text == "system" { Self::System } else { Self::File(text.to_owned()) }
    }
}

/// Whether the login is tied to the encryption, so that nobody between the two can pass it on
/// (`channel_binding`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ChannelBinding {
    /// Never.
    Disable,
    /// Where the server can; libpq's default.
    #[default]
    Prefer,
    /// Always.
    Require,
}

impl ChannelBinding {
    pub(super) fn of(word: Option<&str>) -> Self {
        match word {
            Some("disable") => Self::Disable,
            Some("require") => Self::Require,
            _ => Self::Prefer,
        }
    }
}
