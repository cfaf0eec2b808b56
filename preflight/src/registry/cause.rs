//! What a finding comes from, each kind a closed set.

use domain::configuration::{Rule, Severity};
use domain::env_file::Quirk;
use platform::env::Mistake;

/// Why a variable gave no value at all, beside being unset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceFault {
    /// The value is not UTF-8.
    NotUnicode,
    /// Both `KEY` and `KEY_FILE` are set.
    BothSet,
    /// `KEY_FILE` is set to nothing, or is not UTF-8.
    FileNameInvalid,
    /// The file does not exist.
    FileMissing,
    /// The file can't be read.
    FileUnreadable,
    /// The file is too large.
    FileTooLarge,
    /// The file is not UTF-8.
    FileNotUnicode,
}

impl SourceFault {
    #[expect(clippy::unused_self, reason = "the table asks every kind of cause alike")]
    pub(super) const fn severity(self) -> Severity {
        Severity::Error
    }

    /// The fault that looking a variable up has met. Mistakes of parsing are none: those are the
    /// domain's rules.
    #[must_use]
    pub const fn of(mistake: &Mistake) -> Option<Self> {
        match mistake {
            Mistake::NotUnicode => Some(Self::NotUnicode),
            Mistake::BothSet => Some(Self::BothSet),
            Mistake::FileNameInvalid => Some(Self::FileNameInvalid),
            Mistake::FileMissing => Some(Self::FileMissing),
            Mistake::FileUnreadable => Some(Self::FileUnreadable),
            Mistake::FileTooLarge => Some(Self::FileTooLarge),
            Mistake::FileNotUnicode => Some(Self::FileNotUnicode),
            Mistake::Unset | Mistake::Empty | Mistake::Expected(_) => None,
        }
    }
}

/// What is wrong with the environment file as a whole, or with a name in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileFault {
    /// `ENV_FILE` names a file that can't be read, so that only the effective values are checked.
    Unreadable,
    /// The file is not UTF-8 at this place.
    NotUnicode,
    /// The file is larger than 1 MiB.
    TooLarge,
    /// Everybody on the machine may read the file, or change it.
    Exposed,
    /// The value in force is not the one that the file gives.
    Stale,
    /// There are more findings than are shown.
    TooMany,
    /// A name that is nearly this one, which is not set.
    KeyTypo,
    /// A name that nothing of the stack reads.
    KeyUnknown,
    /// A variable of the template that the file lacks; its default holds.
    KeyAbsent,
    /// A `KEY_FILE`, which Compose hands to no container.
    KeyFile,
}

impl FileFault {
    pub(super) const fn severity(self) -> Severity {
        match self {
            Self::NotUnicode
            | Self::TooLarge
            | Self::Exposed
            | Self::TooMany
            | Self::KeyTypo
            | Self::KeyFile => Severity::Error,
            Self::Unreadable | Self::Stale | Self::KeyUnknown | Self::KeyAbsent => {
                Severity::Warning
            }
        }
    }
}

/// What is wrong with variables that are no attributes, by themselves or beside others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AcrossFault {
    /// The user in `DATABASE_URL` is not `POSTGRES_USER`.
    PostgresUsersDiffer,
    /// The database in `DATABASE_URL` is not `POSTGRES_DB`.
    PostgresDatabasesDiffer,
    /// The password in `REDIS_URL` is not `REDIS_PASSWORD`.
    RedisPasswordsDiffer,
    /// A recipient of the backups is no public key of age.
    AgeRecipient,
    /// The off-site copy lacks its bucket or its key.
    S3HalfSet,
}

impl AcrossFault {
    #[expect(clippy::unused_self, reason = "the table asks every kind of cause alike")]
    pub(super) const fn severity(self) -> Severity {
        Severity::Error
    }
}

/// What a live check met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LiveFault {
    /// No answer within `LIVE_TIMEOUT_SECONDS`.
    Deadline,
    /// Nothing answers at PostgreSQL's address.
    PostgresUnreachable,
    /// PostgreSQL refuses the user or the password.
    PostgresLogin,
    /// There is no such database.
    PostgresDatabase,
    /// PostgreSQL starts up, shuts down or recovers.
    PostgresStarting,
    /// PostgreSQL has no connection left.
    PostgresFull,
    /// The encryption that the URL asks for can't be had.
    PostgresTls,
    /// The server is older than what is supported.
    PostgresOld,
    /// PostgreSQL answers with another fault.
    PostgresFault,
    /// The certificate of PostgreSQL is not one to trust.
    PostgresUntrusted,
    /// The file of `sslrootcert` can't be used.
    PostgresAuthorities,
    /// Nothing answers at Redis's address.
    RedisUnreachable,
    /// Redis wants another user or password (NOAUTH, WRONGPASS).
    RedisLogin,
    /// Redis loads its data (LOADING).
    RedisLoading,
    /// Redis is a replica without its master (MASTERDOWN).
    RedisMasterDown,
    /// The encryption that the URL asks for can't be had.
    RedisTls,
    /// Redis answers with another fault.
    RedisFault,
    /// The certificate of Redis is not one to trust.
    RedisUntrusted,
    /// No address is found for the webhook's host.
    WebhookUnknown,
    /// The webhook's host has no public IPv4 address.
    WebhookNotPublic,
    /// There is no certificate.
    CertificateMissing,
    /// The certificate can't be read.
    CertificateUnreadable,
    /// The file holds no certificate.
    CertificateMalformed,
    /// The certificate is not for the webhook's host.
    CertificateName,
    /// The certificate is not valid yet.
    CertificateNotYetValid,
    /// The certificate has expired.
    CertificateExpired,
    /// The certificate expires within two weeks.
    CertificateExpiresSoon,
    /// A folder does not exist.
    FolderMissing,
    /// A folder can't be written to.
    FolderUnwritable,
    /// The volume of a folder has too little room left.
    FolderRoom,
}

impl LiveFault {
    pub(super) const fn severity(self) -> Severity {
        match self {
            Self::CertificateExpiresSoon => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

/// What a finding comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// A line of the file is not what it looks like.
    Line(Quirk),
    /// The file as a whole, or a name in it.
    File(FileFault),
    /// The variable gave no value.
    Source(SourceFault),
    /// The value breaks a rule of the data model.
    Rule(Rule),
    /// Two variables of the file don't agree.
    Across(AcrossFault),
    /// What a live check met.
    Live(LiveFault),
}
