//! One process at a time: `flock` on a lock file beside what it guards.
//!
//! The kernel gives the lock back when its holder ends, however it ends, so a dead holder never
//! blocks anybody. The file says who holds it, where there is room; it is never removed, for two processes could then
//! hold two files of the same name.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::notification::plain;
use serde::{Deserialize, Serialize};

use crate::atomic_file::RECORD_MODE;
use crate::clock::{Clock, SystemClock};
use crate::{ownership, regular_file};

const POLL: Duration = Duration::from_millis(20);
const MAX_HOLDER_BYTES: u64 = 4096;
/// The most characters that are written and shown of a name; no control character is.
const MOST_CHARACTERS: usize = 100;

/// Who holds a lock, as the lock file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The process, numbered as in its own container.
    pub pid: u32,
    /// The program and its command, without further arguments, which may be secret.
    pub command: String,
    /// The person that it works for, where that is known.
    #[serde(default)]
    pub operator: Option<String>,
    /// When it took the lock.
    pub started_at: DateTime<Utc>,
}

impl Holder {
    fn of_this_process(operator: Option<&str>) -> Self {
        let (pid, operator) = (std::process::id(), operator.map(str::to_owned));
        Self { pid, command: command(), operator, started_at: SystemClock.now() }.harmless()
    }

    /// With names as they may be shown: others can write the file too.
    fn harmless(self) -> Self {
        let name = |text: String| plain(&text, MOST_CHARACTERS);
        Self { command: name(self.command), operator: self.operator.map(name), ..self }
    }
}

/// Why a lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process held it for as long as the caller would wait: exit code 5.
    #[error("{}", held(path, holder.as_ref()))]
    Held {
        /// The lock file.
        path: PathBuf,
        /// Who holds it, where the lock file could be read.
        holder: Option<Holder>,
    },
    /// The lock file can't be opened or locked.
    #[error("the lock file {} can't be used", path.display())]
    Unusable {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

fn held(path: &Path, holder: Option<&Holder>) -> String {
    match holder {
        Some(Holder { pid, command, operator, started_at }) => {
            let of = operator.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
            format!("{} is held by {command}{of} (pid {pid}) since {started_at:?}", path.display())
        }
        None => format!("{} is held by another process", path.display()),
    }
}

/// The lock, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// The path of the lock file beside `path`.
#[must_use]
pub fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".lock");
    PathBuf::from(name)
}

/// Takes the lock at `path` (the lock file itself), waiting for it no longer than `wait`.
///
/// It blocks the thread; who holds the lock is logged once when it has to wait.
///
/// # Errors
/// [`LockError::Held`] after `wait`; [`LockError::Unusable`].
pub fn acquire(path: &Path, wait: Duration) -> Result<Lock, LockError> {
    acquire_for(path, wait, None)
}

/// As [`acquire`], and tells whoever waits for it that `operator` has it.
///
/// # Errors
/// Those of [`acquire`].
pub fn acquire_as(path: &Path, wait: Duration, operator: &str) -> Result<Lock, LockError> {
    acquire_for(path, wait, Some(operator))
}

fn acquire_for(path: &Path, wait: Duration, operator: Option<&str>) -> Result<Lock, LockError> {
    let unusable = |source| LockError::Unusable { path: path.to_owned(), source };
    let deadline = Instant::now() + wait;
    let mut file = ownership::open_or_create(OpenOptions::new().write(true), path, RECORD_MODE)
        .map_err(unusable)?;
    let mut announced = false;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
            Err(TryLockError::WouldBlock) => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(LockError::Held { path: path.to_owned(), holder: holder(path) });
                }
                if !announced && wait > Duration::from_secs(1) {
                    tracing::info!("waiting: {}", held(path, holder(path).as_ref()));
                    announced = true;
                }
                std::thread::sleep(POLL.min(left));
            }
        }
    }
    // The kernel holds the lock, not the text: on a full disk there is none to be written.
    let _ = write_holder(&mut file, operator);
    Ok(Lock { file })
}

impl Lock {
    /// Lets every child that is started from now on hold it too: where this process is killed, the lock is
    /// given back when the last of them has ended.
    ///
    /// # Errors
    /// The system refuses it.
    pub fn share_with_children(&self) -> io::Result<()> {
        Ok(rustix::io::fcntl_setfd(&self.file, rustix::io::FdFlags::empty())?)
    }
}

/// Whether somebody holds the lock at `path`, for who only looks: a file that is missing is not made, and
/// need only be readable. While it looks, who tries to take the lock without any wait may be refused.
///
/// # Errors
/// What the system says: the file can't be read or not be locked.
pub fn is_held(path: &Path) -> io::Result<bool> {
    let file = match regular_file::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => opened?.0,
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Who holds the lock at `path`, or held it last without a clean end. `None` when nobody does.
fn holder(path: &Path) -> Option<Holder> {
    let mut text = String::new();
    File::open(path).ok()?.take(MAX_HOLDER_BYTES).read_to_string(&mut text).ok()?;
    serde_json::from_str(text.trim_end()).ok().map(Holder::harmless)
}

fn write_holder(file: &mut File, operator: Option<&str>) -> io::Result<()> {
    let mut line = serde_json::to_vec(&Holder::of_this_process(operator))?;
    line.push(b'\n');
    file.set_len(0)?;
    file.write_all_at(&line, 0)?;
    file.flush()
}

fn command() -> String {
    let mut arguments = std::env::args_os();
    let program = arguments.next().map(PathBuf::from);
    let name = program.as_deref().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    match arguments.next().and_then(|argument| argument.into_string().ok()) {
        Some(word) if word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') => {
            format!("{name} {word}")
        }
        _ => name.into_owned(),
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn who_waits_in_vain_is_told_who_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = beside(&folder.path().join("record"));
        let _held = acquire(&path, Duration::ZERO).unwrap();
        let error = acquire(&path, Duration::from_millis(30)).unwrap_err();
        let LockError::Held { holder: Some(holder), .. } = &error else { panic!("{error:?}") };
        assert_eq!(holder.pid, std::process::id());
        assert!(error.to_string().contains("(pid "), "{error}");
    }

    #[test]
    fn who_waits_is_told_for_whom_it_waits_in_harmless_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        for (operator, shown) in [
            ("alice", "alice".to_owned()),
            ("eve\n\u{1b}[2J\u{202e}x", "eve  [2J x".to_owned()),
            (&"é".repeat(5000), "é".repeat(MOST_CHARACTERS - 1) + "…"),
        ] {
            let _held = acquire_as(&path, Duration::ZERO, operator).unwrap();
            let written: Holder =
                serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            assert_eq!(written.operator.as_ref(), Some(&shown));
            let told = acquire(&path, Duration::ZERO).unwrap_err().to_string();
            assert!(told.contains(&format!(" of {shown} (pid ")), "{told}");
        }
        // Whoever can write the file, can write what it likes.
        let holder = acquire(&path, Duration::ZERO).unwrap();
        let foul = r#"{"pid":1,"command":"a\nb","operator":"\u001b]0;x","started_at":"2025-01-01T00:00:00Z"}"#;
        std::fs::write(&path, foul).unwrap();
        let told = acquire(&path, Duration::ZERO).unwrap_err().to_string();
        assert!(told.contains("a b of  ]0;x (pid 1)"), "{told}");
        drop(holder);
    }

    #[test]
    fn who_only_looks_makes_nothing_and_takes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        assert!(!is_held(&path).unwrap() && !path.exists());
        let held = acquire(&path, Duration::ZERO).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o440)).unwrap();
        assert!(is_held(&path).unwrap());
        drop(held);
        assert!(!is_held(&path).unwrap() && !is_held(&path).unwrap());
        assert!(is_held(folder.path()).is_err());
    }

    #[test]
    fn a_lock_given_back_is_taken_by_who_waits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = acquire(&path, Duration::ZERO).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| acquire(&path, Duration::from_secs(30)).map(drop));
            drop(held);
            waiting.join().unwrap().unwrap();
        });
        assert_eq!(holder(&path), None);
    }

    #[test]
    fn a_dead_holder_blocks_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        std::fs::write(&path, r#"{"pid":1,"command":"gone","started_at":"2025-01-01T00:00:00Z"}"#)
            .unwrap();
        acquire(&path, Duration::ZERO).unwrap();
    }

    #[test]
    fn a_folder_that_is_missing_is_not_a_held_lock() {
        let folder = tempfile::tempdir().unwrap();
        let error = acquire(&folder.path().join("none/lock"), Duration::ZERO).unwrap_err();
        assert!(matches!(error, LockError::Unusable { .. }));
    }
}
