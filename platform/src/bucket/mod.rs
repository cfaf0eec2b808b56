//! A bucket of an S3-compatible store: objects are written once, read and listed. Nothing here
//! deletes an object.
//!
//! What is asked of a store is what every one of them knows: requests signed with SHA-256 of what
//! they carry, no checksums in trailers, no tags, addresses by path unless it is said otherwise.

mod code;
mod object;
mod transport;
mod watched;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{BackoffConfig, Error, ObjectStore, ObjectStoreExt, RetryConfig};
use secrecy::{ExposeSecret, SecretString};

pub use code::Code;
pub use object::{Object, Upload};
use transport::Transport;

use crate::tls::Trust;

/// How often a request is tried again that may be, and how long.
const RETRIES: usize = 4;
const RETRY_TIMEOUT: Duration = Duration::from_mins(3);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LAST_PAUSE: Duration = Duration::from_secs(10);

/// What is said of a bucket.
pub struct Access {
    /// Its name.
    pub bucket: String,
    /// The store's address, `https://HOST[:PORT]`; `None` is Amazon's of the region.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: String,
    /// Who asks.
    pub access_key_id: SecretString,
    /// What proves it.
    pub secret_access_key: SecretString,
    /// Whether the bucket stands in the path of an address, not in its host.
    pub path_style: bool,
    /// How long nothing may come or go.
    pub silence: Duration,
}

/// A bucket.
#[derive(Clone)]
pub struct Bucket {
    store: AmazonS3,
    status: Arc<AtomicU16>,
}

/// What a list says of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its whole name.
    pub key: String,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When it was written, by the store's clock.
    pub written_at: DateTime<Utc>,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Bucket")
    }
}

impl Bucket {
    /// The bucket, which is not asked for anything yet.
    ///
    /// # Errors
    /// [`Code::AddressInvalid`].
    pub fn new(access: &Access, trust: &Trust) -> Result<Self, Code> {
        let status = Arc::new(AtomicU16::new(0));
        let transport = Transport {
            trust: trust.clone(),
            silence: access.silence,
            status: Arc::clone(&status),
        };
        let backoff =
            BackoffConfig { init_backoff: FIRST_PAUSE, max_backoff: LAST_PAUSE, base: 2.0 };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&access.bucket)
            .with_region(&access.region)
            .with_access_key_id(access.access_key_id.expose_secret())
            .with_secret_access_key(access.secret_access_key.expose_secret())
            .with_virtual_hosted_style_request(!access.path_style)
            .with_retry(RetryConfig { backoff, max_retries: RETRIES, retry_timeout: RETRY_TIMEOUT })
            .with_http_connector(transport);
        if let Some(endpoint) = &access.endpoint {
            let at_the_bucket = if access.path_style {
                endpoint.clone()
            } else {
                endpoint.replacen("://", &format!("://{}.", access.bucket), 1)
            };
            builder = builder.with_endpoint(at_the_bucket);
        }
        let store = builder.build().map_err(|_| Code::AddressInvalid)?;
        Ok(Self { store, status })
    }

    /// The size of an object in bytes; `None` where there is none.
    ///
    /// # Errors
    /// A [`Code`].
    pub async fn size(&self, key: &str) -> Result<Option<u64>, Code> {
        match self.store.head(&path(key)?).await {
            Ok(object) => Ok(Some(object.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.code(&error)),
        }
    }

    /// The objects in a folder of the bucket, those in folders of it included; `None` is all.
    ///
    /// # Errors
    /// A [`Code`].
    pub async fn list(&self, folder: Option<&str>) -> Result<Vec<Listed>, Code> {
        let folder = folder.map(path).transpose()?;
        let objects = self.store.list(folder.as_ref()).map_ok(|object| Listed {
            key: object.location.to_string(),
            size_bytes: object.size,
            written_at: object.last_modified,
        });
        objects.try_collect().await.map_err(|error| self.of_bucket(&error))
    }

    fn code(&self, error: &Error) -> Code {
        Code::of(error, self.status.load(Ordering::Relaxed))
    }

    /// The same where no object was asked for: only the bucket can be missing then.
    fn of_bucket(&self, error: &Error) -> Code {
        match self.code(error) {
            Code::ObjectMissing => Code::BucketMissing,
            code => code,
        }
    }
}

fn path(key: &str) -> Result<Path, Code> {
    Path::parse(key).map_err(|_| Code::AddressInvalid)
}
