//! The end of other processes: of all of a container, so that its restart policy brings it back, or
//! of those that work in a folder that is to go.

use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use rustix::process::{Pid, Signal, kill_process};

const POLL: Duration = Duration::from_millis(50);
/// The kernel takes a moment to end what SIGKILL was sent to.
const KILLED_WITHIN: Duration = Duration::from_secs(2);

/// Inits that pass signals on to their child, by the names the kernel knows them by.
const INITS: [&str; 4] = ["docker-init", "tini", "catatonit", "dumb-init"];

/// Why no process was ended.
#[derive(Debug, thiserror::Error)]
pub enum ProcessesError {
    /// The processes of the host are in sight: this is no container with processes of its own.
    #[error("this is not a container with processes of its own")]
    NotInAContainer,
    /// `/proc` can't be read.
    #[error("the processes can't be listed")]
    Unlisted(#[source] io::Error),
}

/// Ends every process of this container but this one: SIGTERM to all, then, after `grace`, SIGKILL
/// to all that are left but process 1, which the kernel shields.
///
/// A process 1 that is an init (`init: true`) gets no SIGTERM: it would pass it on, and a program
/// that hears it twice stops without tidying up. It ends with its child.
///
/// Who calls it is ended with them once process 1 ends.
///
/// # Errors
/// [`ProcessesError`]; outside a container nothing is touched.
pub fn end_container_processes(grace: Duration) -> Result<(), ProcessesError> {
    if in_the_hosts_namespace() {
        return Err(ProcessesError::NotInAContainer);
    }
    let mut to_ask = others()?;
    to_ask.retain(|pid| !pid.is_init() || !first_is_an_init());
    signal_all(&to_ask, Signal::TERM);
    let deadline = Instant::now() + grace;
    while Instant::now() < deadline && !others()?.is_empty() {
        thread::sleep(POLL);
    }
    let left: Vec<_> = others()?.into_iter().filter(|pid| !pid.is_init()).collect();
    signal_all(&left, Signal::KILL);
    Ok(())
}

/// Ends every process of this user whose working folder is `folder` or below it, also where that is
/// gone already: `signal` to all, then, after `grace`, SIGKILL. It tells how many there were.
///
/// # Errors
/// [`ProcessesError::Unlisted`].
pub fn end_those_in(
    folder: &Path,
    signal: Signal,
    grace: Duration,
) -> Result<usize, ProcessesError> {
    let found = those_in(folder)?;
    signal_all(&found, signal);
    let deadline = Instant::now() + grace;
    let mut killed = false;
    loop {
        let left = those_in(folder)?;
        if left.is_empty() || (killed && Instant::now() >= deadline + KILLED_WITHIN) {
            return Ok(found.len());
        }
        if Instant::now() >= deadline {
            killed = true;
            signal_all(&left, Signal::KILL);
        }
        thread::sleep(POLL);
    }
}

/// Those that have ended have no working folder any more, waited for or not.
fn those_in(folder: &Path) -> Result<Vec<Pid>, ProcessesError> {
    let works_there = |pid: &Pid| {
        fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero())).is_ok_and(|path| {
            let path = path.to_string_lossy();
            Path::new(path.strip_suffix(" (deleted)").unwrap_or(&path)).starts_with(folder)
        })
    };
    Ok(others()?.into_iter().filter(works_there).collect())
}

/// Process 2 of the host is the kernel's thread daemon; no container has one of its own.
fn in_the_hosts_namespace() -> bool {
    fs::read_to_string("/proc/2/comm").is_ok_and(|name| name.trim_end() == "kthreadd")
}

fn first_is_an_init() -> bool {
    fs::read_to_string("/proc/1/comm").is_ok_and(|name| INITS.contains(&name.trim_end()))
}

fn others() -> Result<Vec<Pid>, ProcessesError> {
    let own = rustix::process::getpid();
    let entries = fs::read_dir("/proc").map_err(ProcessesError::Unlisted)?;
    let pids = entries.filter_map(|entry| {
        let number = entry.ok()?.file_name().to_str()?.parse().ok()?;
        Pid::from_raw(number).filter(|pid| *pid != own)
    });
    Ok(pids.collect())
}

fn signal_all(pids: &[Pid], signal: Signal) {
    for pid in pids {
        // A process that has ended meanwhile, or belongs to another user, is none to end.
        let _ = kill_process(*pid, signal);
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use super::*;

    fn shell_in(folder: &Path, script: &str) -> Child {
        Command::new("sh").args(["-c", script]).current_dir(folder).spawn().unwrap()
    }

    #[test]
    fn who_works_in_a_folder_is_ended_and_nobody_else() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let below = folder.path().join("below");
        fs::create_dir(&below).unwrap();
        let mut polite = shell_in(&below, "exec sleep 60");
        let mut deaf =
            shell_in(folder.path(), "trap '' TERM; touch deaf; while :; do sleep 1; done");
        let mut stranger = shell_in(other.path(), "exec sleep 60");
        let begun = Instant::now();
        while !folder.path().join("deaf").exists() {
            assert!(begun.elapsed() < Duration::from_secs(10));
            thread::sleep(POLL);
        }
        fs::remove_dir(&below).unwrap();
        let path = folder.path().canonicalize().unwrap();
        let ended = end_those_in(&path, Signal::TERM, Duration::from_millis(200)).unwrap();
        assert!(ended >= 2, "{ended}");
        assert!(!polite.wait().unwrap().success() && !deaf.wait().unwrap().success());
        assert!(stranger.try_wait().unwrap().is_none());
        stranger.kill().unwrap();
        stranger.wait().unwrap();
        assert_eq!(end_those_in(&path, Signal::TERM, Duration::ZERO).unwrap(), 0);
    }

    #[test]
    fn this_process_is_never_among_the_others() {
        let others = others().unwrap();
        assert!(!others.contains(&rustix::process::getpid()));
        assert!(others.iter().any(|pid| pid.is_init()));
    }
}
