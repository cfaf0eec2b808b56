//! The disk of the records, of the backups and of `.env.production` fills up.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::ids;
use super::releases::Releases;
use crate::checks::Checks;

/// A file that takes what is left of the disk; dropping it gives it back.
struct Filler(PathBuf);

impl Filler {
    /// The lines of a shell script that write it.
    fn script(&self) -> String {
        format!("head -c 1G /dev/zero >'{}' 2>/dev/null", self.0.display())
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Begins and ends with v0.2.0.
pub(crate) fn check(checks: &mut Checks<'_>, releases: &Releases<'_>) {
    let disk = || Filler(releases.stack.layout.root().join("filler"));
    checks.hold("a full disk is told before anything is touched", || {
        releases.make("v0.6.0", "");
        let (bots, filler) = (ids(releases), disk());
        let shell = releases.stack.shell(&format!("{} || true", filler.script()));
        assert_eq!(shell.code, 0, "{}", shell.stderr);
        let up = releases.deploy(&["up", "v0.6.0"]);
        // A line of the journal may still find room in its last block: then there is none for the backup.
        assert!([1, 2].contains(&up.code), "{}", up.stderr);
        let told = ["nothing was done", "nothing was touched"];
        assert!(told.iter().any(|words| up.stderr.contains(words)), "{}", up.stderr);
        assert_eq!(ids(releases), bots);
        drop(filler);
        releases.runs("v0.2.0");
    });
    for (name, call) in [
        (
            "a disk that fills up as the new instance is made: the old one serves on",
            "' create --no-recreate '",
        ),
        (
            "a disk that fills up as the new instance gets healthy: the old one serves on",
            "' config --hash '",
        ),
    ] {
        checks.hold(name, || {
            let filler = disk();
            let docker = format!(
                "case \"$*\" in *{call}*) {} ;; esac\nexec /usr/bin/docker \"$@\"",
                filler.script()
            );
            let up = releases.deploy_with_docker(&docker, &["up", "v0.6.0"]);
            assert_eq!(up.code, 2, "{}", up.stderr);
            assert!(up.stderr.contains("rollback or prune settles it"), "{}", up.stderr);
            releases.serves("v0.2.0");
            let next = releases.deploy(&["prune"]);
            assert_ne!(next.code, 0, "nothing can be set right yet: {}", next.stderr);
            releases.serves("v0.2.0");
            drop(filler);
            let next = releases.deploy(&["prune"]);
            assert_eq!(next.code, 0, "{}", next.stderr);
            releases.runs("v0.2.0");
            let status = releases.event_of("v0.6.0")["status"].clone();
            assert!(["failed", "rolled_back"].map(Value::from).contains(&status), "{status}");
        });
    }
}
