//! Temporary folders that bear their owner's process id, so that a later run can tell which of
//! them belong to a run that was killed, and removes only those.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

const PREFIX: &str = "ballast-test-";

/// A folder that is gone when this value is, and at the latest when the next test runs.
#[derive(Debug)]
pub struct Scratch(TempDir);

impl Scratch {
    /// Makes an empty folder, 0755 so that a server may run in it as another user.
    #[must_use]
    pub fn new() -> Self {
        static SWEEP: Once = Once::new();
        SWEEP.call_once(remove_leftovers);
        let folder = tempfile::Builder::new()
            .prefix(&format!("{PREFIX}{}-", std::process::id()))
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .tempdir()
            .expect("a temporary folder can be made");
        Self(folder)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A path below it.
    #[must_use]
    pub fn join(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.path().join(relative)
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

/// A string of 32 hexadecimal digits that no other call, test or run has given.
#[must_use]
pub fn unique() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let nanoseconds =
        SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970").as_nanos();
    let count = u128::from(COUNT.fetch_add(1, Ordering::Relaxed));
    let mix = nanoseconds ^ (u128::from(std::process::id()) << 64) ^ (count << 96);
    // An odd multiplier is a bijection: it spreads the digits and keeps them unique.
    format!("{:032x}", mix.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
}

fn remove_leftovers() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX))
            .and_then(|rest| rest.split_once('-'))
            .and_then(|(pid, _)| pid.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            // Another test process may be sweeping the same folder at this moment.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
