//! The codes of failures: a closed set, each with what it means and what to do about it.
//!
//! A code stands in logs, in records, in what `healthy` says and in notifications, so none is ever
//! renamed. What is wrong with PostgreSQL has the codes of [`platform::postgres::Code`], what is wrong with
//! a bucket those of [`platform::bucket::Code`].

use std::fmt::{self, Write};

use platform::{bucket, postgres};
use serde::{Serialize, Serializer};

/// Why something failed. Nothing outside of this module makes a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code(&'static str);

/// A code as `--help` explains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explained {
    /// The code.
    pub code: Code,
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// What to do, in a sentence.
    pub remedy: &'static str,
}

macro_rules! codes {
    ($($name:ident = $word:literal, $meaning:literal, $remedy:literal;)+) => {
        #[expect(clippy::doc_markdown, reason = "people are shown the same texts")]
        impl Code {
            $(#[doc = $meaning] pub const $name: Self = Self($word);)+
        }

        /// Every code of this program's own.
        pub const OWN: &[Explained] = &[
            $(Explained { code: Code::$name, meaning: $meaning, remedy: $remedy },)+
        ];
    };
}

codes! {
    CONFIGURATION_INVALID = "configuration_invalid",
        "A variable is missing or can't be read.",
        "Correct it; the log names each.";
    SYSTEM_FAILED = "system_failed",
        "The system refused something that it never should.",
        "Look at the log's causes.";

    DIR_MISSING = "backup_dir_missing",
        "BACKUP_DIR is not there.",
        "Make it, or mount it.";
    DIR_NOT_WRITABLE = "backup_dir_not_writable",
        "BACKUP_DIR takes no files.",
        "Give it to the user of this program; the log says how.";
    DIR_UNREADABLE = "backup_dir_unreadable",
        "BACKUP_DIR can't be searched.",
        "Look at its owner and at the disk.";
    LOCKED = "backup_locked",
        "Another run holds the lock; the log says which.",
        "Wait for its end, or raise BACKUP_LOCK_WAIT_SECONDS.";
    LOCK_UNUSABLE = "backup_lock_unusable",
        "The file of the lock can't be used.",
        "Remove what stands at backup.lock.";
    INDEX_MISSING = "backup_index_missing",
        "There is no index of the backups: no run has begun yet.",
        "Make a backup.";
    INDEX_CORRUPT = "backup_index_corrupt",
        "The index is no document of the kind.",
        "Put it aside and make it anew with rebuild-index.";
    INDEX_NEWER = "backup_index_newer",
        "The index is of a newer version of this program.",
        "Use that version.";
    INDEX_UNWRITABLE = "backup_index_unwritable",
        "The index can't be replaced.",
        "Look at the disk and at the folder's owner.";
    INDEX_LOCKED = "backup_index_locked",
        "Another process holds the index for too long.",
        "Look for one that hangs.";
    INDEX_UNREADABLE = "backup_index_unreadable",
        "The index can't be read.",
        "Look at its owner and at the disk.";

    PG_DUMP_TOO_OLD = "pg_dump_too_old",
        "pg_dump is older than the server.",
        "Build the image on the server's: POSTGRES_IMAGE.";
    PG_DUMP_MISSING = "pg_dump_missing",
        "pg_dump or pg_dumpall is not there or can't be started.",
        "Run the program in the image that brings them.";
    PG_DUMP_VERSION_UNKNOWN = "pg_dump_version_unknown",
        "pg_dump doesn't tell its version.",
        "Look at what stands first in PATH.";
    PG_DUMP_KILLED = "pg_dump_killed",
        "A signal ended pg_dump or pg_dumpall.",
        "Look for a lack of memory in the container.";
    PG_DUMP_FAILED = "pg_dump_failed",
        "pg_dump or pg_dumpall failed for no reason that is known.",
        "Run it by hand and read what it says.";
    PG_DUMP_UNREADABLE = "pg_dump_unreadable",
        "What pg_dump writes can't be read.",
        "Try again.";
    POSTGRES_CANCELLED = "postgres_cancelled",
        "Somebody, or a limit of the server, cancelled pg_dump's statement.",
        "Look at the server's log.";

    NO_ROOM = "backup_no_room",
        "The disk has not enough room for another backup.",
        "Make room, or lower BACKUP_RETENTION_DAYS.";
    DISK_FULL = "backup_disk_full",
        "The disk became full.",
        "Make room, or lower BACKUP_RETENTION_DAYS.";
    UNWRITABLE = "backup_unwritable",
        "The file of the backup can't be written.",
        "Look at the disk and at the folder's owner.";
    UNPUBLISHED = "backup_unpublished",
        "There is a file already with the name that the backup was to have.",
        "Look at what stands there.";
    NOT_DELETED = "backup_not_deleted",
        "A file can't be deleted.",
        "Look at the folder's owner and at the disk.";
    DEADLINE_PASSED = "backup_deadline_passed",
        "It did not end in its time.",
        "Look for what is slow, or raise BACKUP_TIMEOUT_SECONDS.";
    CANCELLED = "backup_cancelled",
        "It was stopped on request.",
        "Nothing: the next run makes it up.";

    UNREADABLE = "backup_unreadable",
        "The file of a backup can't be read.",
        "Look at its owner and at the disk.";
    DAMAGED = "backup_damaged",
        "The file of a backup is cut off or damaged.",
        "Use another; look at the disk.";
    CHANGED = "backup_changed",
        "The file of a backup is not what was written.",
        "Use another; look at the disk.";
    NOT_LISTED = "backup_not_listed",
        "No listed backup has this id.",
        "See list.";
    IDENTITY_UNREADABLE = "backup_identity_unreadable",
        "The file of the identity can't be read, or holds none.",
        "Give one as age-keygen writes it.";
    WRONG_KEY = "backup_wrong_key",
        "The file is not encrypted for this key.",
        "Give the identity of one of its recipients.";
    FILE_MISSING = "backup_file_missing",
        "The file of a listed backup is not there.",
        "Mount the disk or put it back: the next run reads it again.";
    MANIFEST_MISSING = "backup_manifest_missing",
        "An encrypted backup has no manifest that would tell what it has to be.",
        "Check it with verify and one of its identities, on a host that may have them.";
    DATABASE_UNKNOWN = "backup_database_unknown",
        "A file has no manifest, and its name is not one of a backup of this database.",
        "Give the DATABASE_URL that it is of.";
    PROOF_STOPPED = "backup_proof_stopped",
        "The proof was not brought to its end.",
        "Try again.";
    DUMP_UNKNOWN = "dump_unknown",
        "What was dumped is no plain dump of pg_dump.",
        "Look at what stands first in PATH.";
    DUMP_TRUNCATED = "dump_truncated",
        "The dump ends before its end.",
        "Look at what stands first in PATH, and at the disk.";
    DUMP_COPY_UNTERMINATED = "dump_copy_unterminated",
        "The dump ends within the rows of a table.",
        "Look at what stands first in PATH, and at the disk.";
    DUMP_COPY_UNREADABLE = "dump_copy_unreadable",
        "The dump has a COPY statement as pg_dump writes none.",
        "Look at what stands first in PATH.";
    DUMP_COMMAND_UNKNOWN = "dump_command_unknown",
        "The dump has a command of psql as pg_dump writes none.",
        "Look for names of objects with line breaks in them, and bring pg_dump up to date.";
    DUMP_TRAILING_CONTENT = "dump_trailing_content",
        "There is something after the dump's end.",
        "Look at what stands first in PATH.";
    DUMP_ROW_COUNTS_DIFFER = "dump_row_counts_differ",
        "Tables have other numbers of rows than the database had.",
        "Compare the log of this program with the server's.";

    PROOF_AS_ROOT = "proof_as_root",
        "PostgreSQL's server does not run as root, so that no restore can be tried.",
        "Run the program as another user.";
    PROOF_USER_UNNAMED = "proof_user_unnamed",
        "The user that the program runs as has no line in /etc/passwd, which initdb asks for.",
        "Run it as the user that the image was made for, or add the line.";
    PROOF_PATH_TOO_LONG = "proof_path_too_long",
        "The path of the throw-away PostgreSQL's socket would be longer than 107 bytes.",
        "Set BACKUP_SCRATCH_DIR to a folder with a short path.";
    PROOF_SERVER_MISSING = "proof_server_missing",
        "There is no initdb, postgres and psql of pg_dump's version to try the restore with.",
        "Use the image of the server; BACKUP_VERIFY=read does without.";
    PROOF_SERVER_FAILED = "proof_server_failed",
        "The throw-away PostgreSQL did not start, or ended by itself.",
        "Look for a lack of memory in the container.";
    PROOF_DIR_UNUSABLE = "proof_dir_unusable",
        "The folder of the throw-away PostgreSQL can't be made or removed.",
        "Look at BACKUP_SCRATCH_DIR, or at the owner of BACKUP_DIR.";
    PROOF_NO_ROOM = "proof_no_room",
        "The disk has not enough room for a restored copy of the database.",
        "Make room, or set BACKUP_SCRATCH_DIR to a larger disk.";
    PROOF_DISK_FULL = "proof_disk_full",
        "The disk became full while the restore was tried.",
        "Make room, or set BACKUP_SCRATCH_DIR to a larger disk.";
    ROLES_REFUSED = "restore_roles_refused",
        "PostgreSQL does not take a statement of the roles; the log says its line and SQLSTATE.",
        "Look at that line of the file of the roles.";
    PROOF_NAMES_UNREADABLE = "proof_names_unreadable",
        "The manifest has names of tables that a restored copy can't be compared with.",
        "Restore the backup into a database of its own; verify without --restore reads it.";
    PROOF_RESTORE_NEEDED = "proof_restore_needed",
        "The backup could not be restored when that was tried: that it reads well proves nothing.",
        "Mend what the restore lacked, and run verify --restore; or make a new backup.";
    PSQL_MISSING = "psql_missing",
        "psql is not there or can't be started.",
        "Run the program in the image that brings it.";
    PSQL_KILLED = "psql_killed",
        "A signal ended psql.",
        "Look for a lack of memory in the container.";
    PSQL_TOO_OLD = "psql_too_old",
        "psql does not know a command that the dump begins with.",
        "Use the psql of the image that made the backup.";
    RESTORE_REFUSED = "restore_refused",
        "PostgreSQL does not take a statement of the dump; the log says its line and SQLSTATE.",
        "Look at that line of the dump and at what it needs from the server.";
    RESTORE_NOT_EMPTY = "restore_not_empty",
        "The database to restore into holds something.",
        "Give the name of a new one, or --swap to put the backup in its place.";
    RESTORE_RUNNING = "restore_running",
        "Another restore into the same database is under way.",
        "Wait for it.";
    RESTORE_SERVER_TOO_OLD = "restore_server_too_old",
        "The server is older than the PostgreSQL that made the backup.",
        "Restore into a server of that version or a later one.";
    RESTORE_IDENTITY_NEEDED = "restore_identity_needed",
        "The backup is encrypted.",
        "Give the file of the private key with --identity.";
    RESTORE_ROLES_MISSING = "restore_roles_missing",
        "The server lacks roles that the backup names.",
        "Give --roles, which creates them.";
    RESTORE_NO_ROLES = "restore_no_roles",
        "The backup has no roles beside it.",
        "Create the roles by hand, and leave --roles away.";
    RESTORE_NOT_SWAPPED = "restore_not_swapped",
        "The databases could not be renamed, and are as they were.",
        "Stop what connects to the database all the time, or use a role that may rename it.";
    EXTENSION_MISSING = "restore_extension_missing",
        "The dump needs an extension that the server does not have, or has not loaded.",
        "Build the image on the one that the server runs: POSTGRES_IMAGE.";
    LOCALE_MISSING = "restore_locale_missing",
        "The dump needs a collation that the server does not have.",
        "Build the image on the one that the server runs: POSTGRES_IMAGE.";

    ONLY_OFFSITE = "backup_only_offsite",
        "The backup is in the bucket alone: its file is not there.",
        "Nothing; restore fetches it.";
    OFFSITE_NONE = "offsite_none",
        "There is no whole backup of the database in the bucket.",
        "Look at S3_PREFIX and at DATABASE_URL.";
    OFFSITE_CHANGED = "offsite_changed",
        "What came back from the bucket is not what was written.",
        "Try again; where it stays so, remove the object from the bucket.";
    OFFSITE_OCCUPIED = "offsite_occupied",
        "Another object stands in the bucket under the backup's name.",
        "Give each stack an S3_PREFIX of its own.";
    OFFSITE_TOO_LARGE = "offsite_too_large",
        "The backup is larger than what can be copied, 390 GiB.",
        "Copy it by other means.";
    OFFSITE_NO_MANIFEST = "offsite_no_manifest",
        "The manifest of a backup can't be read, here or in the bucket.",
        "Use another backup.";
    OFFSITE_DEADLINE_PASSED = "offsite_deadline_passed",
        "A copy did not end in its time.",
        "Look for what is slow, or raise S3_TIMEOUT_SECONDS.";

    TOO_OLD = "backup_too_old",
        "The newest verified backup is older than BACKUP_MAX_AGE_HOURS.",
        "Look at why the last runs failed.";
    NONE_VERIFIED = "backup_none_verified",
        "There is no verified backup.",
        "Make one; look at why the last runs failed.";
    PRUNE_SKIPPED = "backup_prune_skipped",
        "Every earlier backup is past its retention at once: nothing was deleted.",
        "Look at the clock; where it is right, run prune.";
}

impl Code {
    /// The word, as logs and records show it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The same as PostgreSQL's own.
    #[must_use]
    pub const fn of_postgres(code: postgres::Code) -> Self {
        Self(code.as_str())
    }
}

impl From<postgres::Code> for Code {
    fn from(code: postgres::Code) -> Self {
        Self::of_postgres(code)
    }
}

/// The same as the bucket's own.
impl From<bucket::Code> for Code {
    fn from(code: bucket::Code) -> Self {
        Self(code.as_str())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

/// The section of `--help` that lists the codes.
#[must_use]
pub fn help() -> String {
    let mut text = String::from("Codes of failures, in logs and records:\n");
    for Explained { code, meaning, remedy } in OWN {
        let _ = writeln!(text, "  {code}\n      {meaning} {remedy}");
    }
    let of_postgres = postgres::Code::ALL.iter().map(|code| (code.as_str(), code.meaning()));
    let of_bucket = bucket::Code::ALL.iter().map(|code| (code.as_str(), code.meaning()));
    for (code, meaning) in of_postgres.chain(of_bucket) {
        let _ = writeln!(text, "  {code}\n      {meaning}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_one_alone_and_is_explained() {
        let own = OWN.iter().map(|explained| explained.code.as_str());
        let all: Vec<&str> = own
            .chain(postgres::Code::ALL.iter().map(|code| code.as_str()))
            .chain(bucket::Code::ALL.iter().map(|code| code.as_str()))
            .collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "two are the same");
        for code in all {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
            assert!(code.bytes().all(plain), "{code}");
        }
        for Explained { code, meaning, remedy } in OWN {
            assert!(meaning.ends_with('.') && remedy.ends_with('.'), "{code}");
        }
    }
}
