//! What can go wrong with a copy.

use std::io;

use platform::bucket;

use crate::code::Code;

/// Why there is no copy, or nothing came back.
#[derive(Debug, thiserror::Error)]
pub enum OffsiteError {
    /// The bucket did not do what it was asked.
    #[error("the bucket did not do it")]
    Bucket(#[from] bucket::Code),
    /// There is no whole backup of the database in the bucket.
    #[error("there is no backup in the bucket")]
    NoneThere,
    /// What was read back is not what was written.
    #[error("what came back from the bucket is not the backup")]
    Changed,
    /// There is another object of that name.
    #[error("another object stands in the bucket under the backup's name")]
    Occupied,
    /// A store takes no object of that size.
    #[error("the backup is larger than what can be copied")]
    TooLarge,
    /// The manifest is none, or not of this backup.
    #[error("the backup's manifest can't be read")]
    NoManifest,
    /// The file of the backup can't be read.
    #[error("a file of the backup can't be read")]
    Unreadable(#[source] io::Error),
    /// The file of the backup is not what was published.
    #[error("a file of the backup is not what was published")]
    Damaged,
    /// `S3_TIMEOUT_SECONDS` passed.
    #[error("it did not end within S3_TIMEOUT_SECONDS")]
    Late,
}

impl OffsiteError {
    /// Whether it says nothing about the bucket, which may well take another backup.
    #[must_use]
    pub const fn is_of_one_backup(&self) -> bool {
        match self {
            Self::Changed
            | Self::Occupied
            | Self::TooLarge
            | Self::NoManifest
            | Self::Unreadable(_)
            | Self::Damaged => true,
            Self::Bucket(_) | Self::NoneThere | Self::Late => false,
        }
    }

    /// The closed code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Bucket(code) => (*code).into(),
            Self::NoneThere => Code::OFFSITE_NONE,
            Self::Changed => Code::OFFSITE_CHANGED,
            Self::Occupied => Code::OFFSITE_OCCUPIED,
            Self::TooLarge => Code::OFFSITE_TOO_LARGE,
            Self::NoManifest => Code::OFFSITE_NO_MANIFEST,
            Self::Unreadable(error) if error.kind() == io::ErrorKind::NotFound => {
                Code::FILE_MISSING
            }
            Self::Unreadable(_) => Code::UNREADABLE,
            Self::Damaged => Code::CHANGED,
            Self::Late => Code::OFFSITE_DEADLINE_PASSED,
        }
    }
}
