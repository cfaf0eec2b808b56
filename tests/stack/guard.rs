//! What cleans up after a test that can't: killed, interrupted, out of memory.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tests::workspace_root;

/// A process in a group of its own that outlives the test and then runs `remove`. Dropping it
/// calls it off: its owner has cleaned up by itself.
pub(crate) struct Guard(Child);

impl Guard {
    /// Guards a stack or an engine; see the script for what is removed.
    pub(crate) fn of(kind: &str, name: &str, folder: &Path) -> Self {
        let child = Command::new("bash")
            .args(["-c", r#"tail --pid="$1" -f /dev/null; exec "${@:2}""#, "guard"])
            .arg(std::process::id().to_string())
            .arg(script())
            .args([kind, name])
            .arg(folder)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("bash is installed");
        Self(child)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // The whole group, `tail` too; both calls fail only for a guard that is gone already.
        let group = rustix::process::Pid::from_child(&self.0);
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        let _ = self.0.wait();
    }
}

/// The script that removes what a stack test made.
pub(crate) fn script() -> PathBuf {
    workspace_root().join("tests/stack/remove")
}
