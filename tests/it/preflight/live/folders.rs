//! The folders of the records: there, writable, and with room.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use tests::{Program, binary, in_a_view};

use super::{Scene, of};

const FOLDERS: [&str; 3] = ["STATE_DIR", "LOG_DIR", "BACKUP_DIR"];
/// `$1` is a new file system of `$2` bytes with `$3` free ones taken, and the index `$4` on it.
const ON_A_VOLUME: &str = "mount -t tmpfs -o size=\"$2\" tmpfs \"$1\" && \
    { [ -z \"$4\" ] || printf %s \"$4\" >\"$1/backup_index.json\"; } && \
    { [ \"$3\" = 0 ] || head -c \"$3\" /dev/zero >\"$1/filled\" 2>/dev/null || true; } && \
    exec \"$5\" check --live --format=json";
const MIB: u64 = 1024 * 1024;

/// preflight as a user to whom nothing belongs.
pub(super) fn preflight_as_nobody() -> Program {
    let program = if rustix::process::geteuid().is_root() {
        Program::at("setpriv".as_ref())
            .args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--"])
            .arg(binary("preflight"))
    } else {
        Program::new("preflight")
    };
    program.args(["check", "--live", "--format=json"])
}

impl Scene {
    /// preflight where `key` is a volume of its own.
    fn on_a_volume(&self, key: &str, size: u64, filled: u64, index: &str) -> Program {
        let (_, folder) =
            self.environment().into_iter().rfind(|(name, _)| *name == key).expect("it is set");
        in_a_view(ON_A_VOLUME)
            .args([folder, size.to_string(), filled.to_string(), index.to_owned()])
            .arg(binary("preflight"))
    }
}

#[test]
fn a_folder_that_is_missing_or_none_is_told() {
    let mut scene = Scene::new();
    let file = scene.stack.folder.join("file");
    fs::write(&file, "").expect("a file can be made");
    for key in FOLDERS {
        for wrong in ["/nowhere/at/all", file.to_str().expect("the path is UTF-8")] {
            let before = scene.variables.clone();
            scene.set(key, wrong);
            assert_eq!(scene.codes(key), ["PF250"], "{key} {wrong}");
            scene.variables = before;
        }
    }
}

#[test]
fn a_folder_that_can_not_be_written_to_is_told() {
    let scene = Scene::new();
    let folders = [scene.stack.state(), scene.stack.log(), scene.backups()];
    let give = |mode: u32| {
        for folder in &folders {
            let mode = fs::Permissions::from_mode(mode);
            fs::set_permissions(folder, mode).expect("the folder is ours");
        }
    };
    give(0o777);
    let found = scene.found_by(preflight_as_nobody());
    assert!(FOLDERS.iter().all(|key| of(key, found.clone()).is_empty()), "{found:?}");
    give(0o555);
    let found = scene.found_by(preflight_as_nobody());
    for key in FOLDERS {
        assert_eq!(of(key, found.clone()), ["PF251"], "{key}");
    }
    give(0o777);
    for folder in &folders {
        assert_eq!(fs::read_dir(folder).expect("it is there").count(), 0, "{}", folder.display());
    }
}

#[test]
fn a_folder_on_a_full_volume_has_no_room() {
    let scene = Scene::new();
    for key in FOLDERS {
        let full = scene.on_a_volume(key, 64 * 1024, MIB, "");
        assert_eq!(of(key, scene.found_by(full)), ["PF252"], "{key}");
    }
    for key in ["STATE_DIR", "LOG_DIR"] {
        let small = scene.on_a_volume(key, MIB, 0, "");
        assert!(of(key, scene.found_by(small)).is_empty(), "{key}");
    }
}

#[test]
fn the_backups_have_room_for_the_next_one_twice() {
    let scene = Scene::new();
    let index = |size: u64, database: &str, verified: bool| {
        let backup = json!({
            "backup_id": "app-20260101T030000Z-scheduled", "created_at": "2026-01-01T03:00:00Z",
            "backup_type": "scheduled", "file_path": "/opt/backups/postgres/x.sql.gz",
            "file_size_mb": size / MIB, "database_name": database, "pg_dump_version": "17.5",
            "compressed": true, "verified": verified, "verified_at": "2026-01-01T03:01:00Z",
            "retention_until": "2026-01-08T03:00:00Z", "artifact_id": null, "size_bytes": size,
            "sha256": "0".repeat(64), "status": "complete", "server_version": "17.5",
            "duration_ms": 1, "row_counts_checked": true, "offsite_uri": null,
            "offsite_verified_at": null
        });
        json!({"schema_version": 1, "backups": [backup]}).to_string()
    };
    for (size, index, expected) in [
        (15 * MIB, String::new(), &["PF252"][..]),
        (17 * MIB, String::new(), &[]),
        (64 * MIB, index(40 * MIB, "app", true), &["PF252"]),
        (64 * MIB, index(30 * MIB, "app", true), &[]),
        (64 * MIB, index(40 * MIB, "another", true), &[]),
        (64 * MIB, index(40 * MIB, "app", false), &[]),
        (64 * MIB, "no index".to_owned(), &[]),
    ] {
        let program = scene.on_a_volume("BACKUP_DIR", size, 0, &index);
        assert_eq!(of("BACKUP_DIR", scene.found_by(program)), expected, "{size} {index}");
    }
}
