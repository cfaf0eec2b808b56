//! What `/proc` tells about the container that the probe was put into.

use std::{fs, io, process};

/// More generations than a health check has: no chain of parents is followed for ever.
const MAX_GENERATIONS: usize = 32;

/// When process 1 started, in the kernel's ticks since boot. It changes when the container is
/// started again.
///
/// # Errors
/// `/proc` can't be read.
pub(super) fn start() -> io::Result<u64> {
    let stat = fs::read_to_string("/proc/1/stat")?;
    field(&stat, 22).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Whether this process was put into its container from outside, as Docker does with a health
/// check. What process 1 has started, directly or not, was not: on a host that is every process,
/// and a probe there must never end them all.
pub(super) fn was_entered_from_outside() -> bool {
    let parent =
        |pid| fs::read_to_string(format!("/proc/{pid}/stat")).ok().and_then(|stat| field(&stat, 4));
    is_outside(process::id(), parent)
}

fn is_outside(own: u32, parent: impl Fn(u32) -> Option<u32>) -> bool {
    let mut pid = own;
    for _ in 0..MAX_GENERATIONS {
        match (pid, parent(pid)) {
            (1, _) | (_, None) => return false,
            // A parent that can't be seen from in here.
            (_, Some(0)) => return true,
            (_, Some(next)) => pid = next,
        }
    }
    false
}

/// A number in `/proc/PID/stat`, counted as in proc(5). The second field, the program's name, may
/// hold anything, brackets and spaces too.
fn field<N: std::str::FromStr>(stat: &str, number: usize) -> Option<N> {
    let behind_the_name = stat.get(stat.rfind(')')? + 1..)?;
    behind_the_name.split_ascii_whitespace().nth(number.checked_sub(3)?)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_s_name_does_not_shift_the_fields() {
        let stat = "7 (a) S 1 (b) R 12 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 424242 1 2";
        assert_eq!(field(stat, 4), Some(12_u32));
        assert_eq!(field(stat, 22), Some(424_242_u64));
        assert_eq!(field::<u64>("7 (a) S 1", 22), None);
        assert_eq!(field::<u64>("nothing", 4), None);
    }

    #[test]
    fn process_one_has_one_start() {
        assert_eq!(start().unwrap(), start().unwrap());
    }

    #[test]
    fn only_what_was_put_in_from_outside_may_end_a_container() {
        let tree = |pairs: &'static [(u32, u32)]| {
            move |pid| pairs.iter().find(|(child, _)| *child == pid).map(|(_, parent)| *parent)
        };
        assert!(is_outside(7, tree(&[(7, 0), (1, 0)])), "a health check");
        assert!(is_outside(8, tree(&[(8, 7), (7, 0), (1, 0)])), "a health check in a shell");
        assert!(!is_outside(7, tree(&[(7, 5), (5, 1), (1, 0)])), "a shell on a host");
        assert!(!is_outside(1, tree(&[(1, 0)])), "process 1 itself");
        assert!(!is_outside(7, tree(&[(7, 5)])), "a parent that can't be read");
        assert!(!is_outside(7, tree(&[(7, 8), (8, 7)])), "a circle");
    }
}
