//! Failures as codes of a closed set: they say what kind of thing went wrong and can't hold a
//! driver's message, a host, a user or a value.

/// Makes an enum whose variants each have a fixed code and a documented meaning.
macro_rules! codes {
    ($(#[$about:meta])* $name:ident { $($(#[doc = $meaning:literal])+ $variant:ident = $code:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[doc = $meaning])+ $variant,)+
        }

        impl $name {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code, as logs, results and pages show it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// What the code means, in a sentence.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($meaning,)+).trim_start(),)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(self.as_str())
            }
        }

        impl std::error::Error for $name {}
    };
}

/// Gives the codes of a peer on the network those of a connection that was not made.
macro_rules! from_fault {
    ($name:ident) => {
        impl From<$crate::net::Fault> for $name {
            fn from(fault: $crate::net::Fault) -> Self {
                match fault {
                    $crate::net::Fault::DnsFailed => Self::DnsFailed,
                    $crate::net::Fault::Refused => Self::Refused,
                    $crate::net::Fault::Unreachable => Self::Unreachable,
                }
            }
        }
    };
}

/// Gives the codes of a peer on the network those of a connection that could not be encrypted.
macro_rules! from_tls_fault {
    ($name:ident) => {
        impl From<$crate::tls::TlsFault> for $name {
            fn from(fault: $crate::tls::TlsFault) -> Self {
                match fault {
                    $crate::tls::TlsFault::Refused => Self::TlsRefused,
                    $crate::tls::TlsFault::Untrusted => Self::TlsUntrusted,
                    $crate::tls::TlsFault::Failed => Self::TlsFailed,
                    $crate::tls::TlsFault::Closed => Self::Closed,
                }
            }
        }
    };
}

pub(crate) use {codes, from_fault, from_tls_fault};
