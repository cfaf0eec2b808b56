//! Where PostgreSQL's server is on this machine. Debian keeps it out of `PATH`.

use std::path::{Path, PathBuf};

use platform::child::{Command, Limits};

use super::error::ServerError;
use crate::dump::major;
use crate::stop::Stop;

const MAX_SAID_BYTES: u64 = 4096;

/// From this major version on pages have sums unless one says otherwise.
const SUMS_SINCE: u32 = 18;

/// The folder of the programs, and their major version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    folder: PathBuf,
    major: u32,
}

impl Programs {
    /// The first that there are of the version `at_least`: in `search`, which is a `PATH`, beside the
    /// `pg_dump` there, or where packages put them.
    pub(super) async fn find(
        search: Option<&str>,
        at_least: u32,
        limits: Limits,
        stop: &Stop,
    ) -> Result<Self, ServerError> {
        for folder in candidates(search.unwrap_or_default(), at_least) {
            let limits = Limits { deadline: limits.deadline.min(stop.left()), ..limits };
            let asked = Command::new(folder.join("postgres")).arg("--version");
            let said = asked.output(limits, stop.shutdown().requested(), MAX_SAID_BYTES).await;
            let Ok(said) = said else { continue };
            // "postgres (PostgreSQL) 17.6 (Debian 17.6-1)"
            let said = String::from_utf8_lossy(&said);
            match said.split_whitespace().nth(2).and_then(major) {
                Some(major) if major >= at_least => return Ok(Self { folder, major }),
                _ => {}
            }
        }
        match stop.reason() {
            Some(ended) => Err(ended.into()),
            None => Err(ServerError::Missing),
        }
    }

    /// One of them.
    pub(super) fn of(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Where they are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Nobody needs the sums of pages that nobody keeps.
    pub(super) fn initdb_options(&self) -> Option<&'static str> {
        (self.major >= SUMS_SINCE).then_some("--no-data-checksums")
    }
}

fn candidates(search: &str, major: u32) -> Vec<PathBuf> {
    let listed = search.split(':').filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let beside = |folder: PathBuf| {
        let real = folder.join("pg_dump").canonicalize().ok();
        let real = real.and_then(|path| path.parent().map(Path::to_owned));
        std::iter::once(folder).chain(real)
    };
    let packaged = [
        format!("/usr/lib/postgresql/{major}/bin"),
        format!("/usr/libexec/postgresql{major}"),
        format!("/usr/pgsql-{major}/bin"),
    ];
    let complete = |folder: &PathBuf| {
        ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file())
    };
    listed.flat_map(beside).chain(packaged.map(PathBuf::from)).filter(complete).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::time::Duration;

    use platform::shutdown::Shutdown;

    use super::*;

    fn install(folder: &Path, version: &str) {
        std::fs::create_dir_all(folder).unwrap();
        for name in ["initdb", "postgres", "psql", "pg_dump"] {
            let path = folder.join(name);
            let script = format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n");
            #[expect(clippy::disallowed_methods, reason = "a program for the test")]
            std::fs::write(&path, script).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    #[tokio::test]
    async fn the_first_that_is_new_enough_is_found_also_beside_pg_dump() {
        let root = tempfile::tempdir().unwrap();
        let [old, links, real] = ["old", "links", "real"].map(|name| root.path().join(name));
        install(&old, "900.1");
        install(&real, "902.3 (Somebody 902.3-1)");
        std::fs::create_dir(&links).unwrap();
        symlink(real.join("pg_dump"), links.join("pg_dump")).unwrap();
        let search = format!("{}:{}", old.display(), links.display());
        let limits = Limits { deadline: Duration::from_secs(10), grace: Duration::ZERO };
        let stop = Stop::after(Duration::from_secs(30), Shutdown::never());
        let find = |at_least| Programs::find(Some(&search), at_least, limits, &stop);
        assert_eq!(find(900).await.unwrap().folder(), old);
        let found = find(901).await.unwrap();
        assert_eq!((found.folder(), found.major), (real.as_path(), 902));
        assert_eq!(found.initdb_options(), Some("--no-data-checksums"));
        assert!(matches!(find(903).await.unwrap_err(), ServerError::Missing));
    }
}
