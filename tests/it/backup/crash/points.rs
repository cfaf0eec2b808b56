//! The calls at which a program can be stopped.
//!
//! `strace` counts the calls of each thread by itself. Without following threads it counts those of
//! the main one exactly, which makes all calls but the writing of dumps and roles; while it follows
//! them, the first that comes to a number is hit, and while a dump is written that is who writes it.

use std::collections::BTreeMap;

/// The calls that change a folder, or begin to.
pub(super) const CALLS: [&str; 7] =
    ["openat", "write", "pwrite64", "fsync", "renameat2", "unlink", "ftruncate"];

/// Sets that nothing is left out.
const ALL: &str = "CRASH_POINTS";

/// One call of the main thread that concerns the folder.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub(super) call: String,
    /// The how manieth of its name, from one on.
    pub(super) count: usize,
    /// As strace shows it.
    pub(super) shown: String,
}

/// strace with an expression.
pub(super) fn options(expression: &str) -> Vec<String> {
    ["-qq", "-e", "signal=none", "-e", expression].map(str::to_owned).into()
}

/// Those that concern `folder`, in their order.
pub(super) fn of(log: &str, folder: &str) -> Vec<Point> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut points = Vec::new();
    for line in log.lines() {
        let Some((call, rest)) = line.split_once('(') else { continue };
        let count = counts.entry(call).or_default();
        *count += 1;
        // Opening to read changes nothing.
        if rest.contains(folder) && (call != "openat" || rest.contains("O_CREAT")) {
            let shown = line.chars().take(160).collect();
            points.push(Point { call: call.to_owned(), count: *count, shown });
        }
    }
    points
}

/// The counts to aim at, one after the other, until the call is hit: how often a runtime wakes itself by
/// a write, which counts as well, differs from run to run.
pub(super) fn aims(count: usize) -> impl Iterator<Item = usize> {
    (1..=count).rev().chain(std::iter::repeat_n(count, 6))
}

/// What is tried by default: every step that gives or takes a name or makes it last, and every third
/// of the others.
pub(super) fn chosen(points: Vec<Point>) -> Vec<Point> {
    if std::env::var_os(ALL).is_some() {
        return points;
    }
    let all = ["fsync", "renameat2", "unlink"];
    let mut others = 0;
    let mut is_chosen = |point: &Point| {
        others += usize::from(!all.contains(&point.call.as_str()));
        all.contains(&point.call.as_str()) || others % 3 == 1
    };
    points.into_iter().filter(|point| is_chosen(point)).collect()
}
