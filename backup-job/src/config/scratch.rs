//! What the proof by restore needs of the variables, and what `verify` needs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use platform::env::{Env, Fields, Problems, Variable, parse, resolve};
use platform::shutdown::SHUTDOWN_GRACE_SECONDS;
use platform::tls::{CA_FILE, Trust};

use super::{BACKUP_DIR, DATABASE_URL, Raw, database_url};
use crate::proof::server::Workshop;

/// Where throw-away servers are made.
pub const BACKUP_SCRATCH_DIR: Variable = Variable::plain(
    "BACKUP_SCRATCH_DIR",
    "The folder in which a proof by restore makes its throw-away PostgreSQL, with room for a copy of \
     the database. Empty is BACKUP_DIR.",
)
.empty_is_unset();

/// Its value.
#[derive(serde::Deserialize)]
pub(super) struct RawScratch {
    backup_scratch_dir: Option<String>,
}

/// What reading backups again needs.
#[derive(Debug)]
pub struct VerifyConfig {
    /// The folder of the backups.
    pub folder: PathBuf,
    /// The database, where a connection string says it.
    pub database: Option<String>,
    /// Where throw-away servers are made.
    pub workshop: Workshop,
    /// Whom they are trusted by.
    pub trust: Trust,
}

/// The folder of throw-away servers, where one is named.
#[expect(clippy::option_option, reason = "a mistake, and nothing that was said, are two things")]
pub(super) fn scratch(raw: RawScratch, fields: &mut Fields) -> Option<Option<PathBuf>> {
    fields.optional(&BACKUP_SCRATCH_DIR, raw.backup_scratch_dir, parse::path)
}

/// Where throw-away servers are made: in `scratch`, or beside the backups.
pub(super) fn workshop(
    scratch: Option<PathBuf>,
    folder: &Path,
    environment: &impl Env,
    grace: Duration,
) -> Workshop {
    Workshop {
        folder: scratch.unwrap_or_else(|| folder.to_owned()),
        search: environment.get("PATH").ok().flatten(),
        grace,
    }
}

impl VerifyConfig {
    /// Reads the variables.
    ///
    /// # Errors
    /// Every problem at once, by name.
    pub fn read(environment: &impl Env) -> Result<Self, Problems> {
        let variables =
            [DATABASE_URL, CA_FILE, BACKUP_DIR, BACKUP_SCRATCH_DIR, SHUTDOWN_GRACE_SECONDS];
        let resolved = resolve(&variables, environment);
        let (raw, raw_scratch): (Raw, RawScratch) =
            (resolved.deserialize()?, resolved.deserialize()?);
        let mut fields = Fields::new(resolved);
        let url = fields.optional(&DATABASE_URL, raw.database_url, database_url);
        let trust = Trust::given(raw.ca_file, &mut fields);
        let folder = fields.required(&BACKUP_DIR, raw.backup_dir, parse::path);
        let scratch = scratch(raw_scratch, &mut fields);
        let grace = parse::seconds(0..=300);
        let grace = fields.required(&SHUTDOWN_GRACE_SECONDS, raw.shutdown_grace_seconds, grace);
        fields.finish(|| {
            let folder: PathBuf = folder?;
            Some(Self {
                database: url?.map(|url| url.database),
                workshop: workshop(scratch?, &folder, environment, grace? / 2),
                trust: trust?,
                folder,
            })
        })
    }
}
