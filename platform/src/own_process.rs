//! What this process itself uses, as the kernel counts it.

use std::fs;

use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// Whether this process runs as root, whom some programs refuse to serve.
#[must_use]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Keeps other processes of the same user from reading this one's memory and environment, which hold its
/// secrets. It leaves no core behind when it crashes, either.
///
/// A child is as open as any, from the moment at which it is another program.
pub fn keep_secrets() {
    // The kernel refuses nobody.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// What the process uses now, in the units of its parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OwnProcess {
    /// The resident set, in bytes.
    pub resident_bytes: u64,
    /// Open files and sockets.
    pub open_files: u64,
    /// The time on a core since the start, in user and kernel mode, in seconds.
    pub cpu_seconds: f64,
    /// When it started, in seconds since 1970.
    pub started_at_seconds: f64,
}

impl OwnProcess {
    /// What `/proc` says now; `None` where there is none.
    #[must_use]
    pub fn read() -> Option<Self> {
        let statm = fs::read_to_string("/proc/self/statm").ok()?;
        let resident_pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        let times = Times::of(&stat)?;
        let boot = fs::read_to_string("/proc/stat").ok()?;
        let boot = boot.lines().find_map(|line| line.strip_prefix("btime "))?;
        let boot: u32 = boot.trim().parse().ok()?;
        // The folder's own listing is one of them.
        let open_files = fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1);
        Some(Self {
            resident_bytes: resident_pages * page_size() as u64,
            open_files: open_files as u64,
            cpu_seconds: seconds(times.user + times.kernel),
            started_at_seconds: f64::from(boot) + seconds(times.start),
        })
    }
}

/// In ticks of the clock.
struct Times {
    user: u64,
    kernel: u64,
    start: u64,
}

impl Times {
    /// The program's own name, the second field, may hold anything but ends with the last `)`.
    fn of(stat: &str) -> Option<Self> {
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        let number = |at: usize| fields.get(at)?.parse().ok();
        Some(Self { user: number(11)?, kernel: number(12)?, start: number(19)? })
    }
}

#[expect(clippy::cast_precision_loss, reason = "2^53 ticks are millions of years")]
fn seconds(ticks: u64) -> f64 {
    ticks as f64 / clock_ticks_per_second() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_with_what_is_held() {
        let before = OwnProcess::read().unwrap();
        let held = vec![1_u8; 32 << 20];
        let files: Vec<_> = (0..9).map(|_| fs::File::open("/proc/self/stat").unwrap()).collect();
        let after = OwnProcess::read().unwrap();
        assert!(after.resident_bytes >= before.resident_bytes + (16 << 20), "{before:?} {after:?}");
        assert!(after.open_files >= files.len() as u64, "{after:?}");
        assert!(after.cpu_seconds >= before.cpu_seconds && held[1] == 1);
        assert!((after.started_at_seconds - before.started_at_seconds).abs() < f64::EPSILON);
    }

    #[test]
    fn a_name_with_brackets_is_no_field() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 0 0 0 0 0 150 50 0 0 20 0 1 0 4200 0 0";
        let times = Times::of(stat).unwrap();
        assert_eq!((times.user, times.kernel, times.start), (150, 50, 4200));
    }
}
