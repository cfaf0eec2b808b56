//! What restoring needs of the variables.

use std::path::PathBuf;
use std::time::Duration;

use domain::configuration::PostgresUrl;
use platform::env::{Env, Fields, Problems, parse, resolve};
use platform::shutdown::SHUTDOWN_GRACE_SECONDS;
use platform::tls::{CA_FILE, Trust};

use super::{BACKUP_DIR, DATABASE_URL, Raw, database_url};

/// What restoring needs.
#[derive(Debug)]
pub struct RestoreConfig {
    /// The folder of the backups.
    pub folder: PathBuf,
    /// The database that backups are made of, where a connection string says it.
    pub url: Option<PostgresUrl>,
    /// Whom to trust with it.
    pub trust: Trust,
    /// Where `psql` is looked for: a `PATH`.
    pub search: Option<String>,
    /// How long `psql` has to end.
    pub grace: Duration,
}

impl RestoreConfig {
    /// Reads the variables.
    ///
    /// # Errors
    /// Every problem at once, by name.
    pub fn read(environment: &impl Env) -> Result<Self, Problems> {
        let resolved =
            resolve(&[DATABASE_URL, CA_FILE, BACKUP_DIR, SHUTDOWN_GRACE_SECONDS], environment);
        let raw: Raw = resolved.deserialize()?;
        let mut fields = Fields::new(resolved);
        let url = fields.optional(&DATABASE_URL, raw.database_url, database_url);
        let trust = Trust::given(raw.ca_file, &mut fields);
        let folder = fields.required(&BACKUP_DIR, raw.backup_dir, parse::path);
        let grace = parse::seconds(0..=300);
        let grace = fields.required(&SHUTDOWN_GRACE_SECONDS, raw.shutdown_grace_seconds, grace);
        fields.finish(|| {
            Some(Self {
                folder: folder?,
                url: url?,
                trust: trust?,
                search: environment.get("PATH").ok().flatten(),
                grace: grace? / 2,
            })
        })
    }
}
