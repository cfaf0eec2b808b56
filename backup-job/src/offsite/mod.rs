//! Copies of backups in an S3-compatible bucket, and backups that come back from one.
//!
//! A copy is the same three files. Each object is written once, never over another, and none is
//! ever deleted. A backup's manifest goes last, when the others were read back whole and compared:
//! where there is a manifest, there was a whole backup.

mod back;
mod catch_up;
mod copy;
mod error;
mod fetch;
mod part_size;
mod read;

use std::time::Duration;

use domain::backup::BackupRecord;
use platform::bucket::Bucket;
use platform::shutdown::Shutdown;

use crate::failure::Failure;
use crate::stop::{Ended, Stop};

pub use back::fetch;
pub use catch_up::{catch_up, is_pending};
pub use copy::copy;
pub use error::OffsiteError;
pub use fetch::{newest, records};

/// Where copies go.
#[derive(Debug)]
pub struct Offsite {
    /// The bucket.
    pub bucket: Bucket,
    /// Its name.
    pub name: String,
    /// What the names of the objects begin with: nothing, or folders with a slash at the end.
    pub prefix: String,
    /// How long copying or fetching one backup may take.
    pub timeout: Duration,
    /// Whether what is sent is encrypted on its way.
    pub is_encrypted: bool,
}

impl Offsite {
    /// Where a copy of the file is, for people and for the record: no address, no key.
    #[must_use]
    pub fn uri(&self, file_name: &str) -> String {
        format!("s3://{}/{}", self.name, self.key(file_name))
    }

    fn key(&self, file_name: &str) -> String {
        format!("{}{file_name}", self.prefix)
    }

    /// Does `work` within the time that it may take.
    async fn within<T>(
        &self,
        shutdown: &Shutdown,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        if !self.is_encrypted {
            tracing::warn!("S3_ENDPOINT begins with http://: the copy goes unencrypted on its way");
        }
        match Stop::after(self.timeout, shutdown.clone()).unless(work).await {
            Ok(done) => done,
            Err(Ended::Deadline) => Err(OffsiteError::Late.into()),
            Err(ended @ Ended::Cancelled) => Err(ended.into()),
        }
    }
}

/// The record of a backup that is off-site only: there is no file of it here.
#[must_use]
pub fn away(record: BackupRecord) -> BackupRecord {
    let took = Duration::from_millis(record.duration_ms);
    record.failed(domain::backup::ONLY_OFFSITE, took)
}
