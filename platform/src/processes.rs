//! The end of every process of a container, so that its restart policy brings it back.

use std::time::{Duration, Instant};
use std::{fs, io, thread};

use rustix::process::{Pid, Signal, kill_process};

const POLL: Duration = Duration::from_millis(50);

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
    use super::*;

    #[test]
    fn this_process_is_never_among_the_others() {
        let others = others().unwrap();
        assert!(!others.contains(&rustix::process::getpid()));
        assert!(others.iter().any(|pid| pid.is_init()));
    }
}
