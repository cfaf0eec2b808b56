//! How many files and sockets the process may have open at once.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit to the hard one, as far as the system lets it, and returns what holds then.
/// The soft limit that a container starts with is often 1,024, for programs that use `select`.
#[must_use]
pub fn allow_most() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    let limit = if raised { maximum } else { current };
    limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_limit_is_raised_and_not_lowered() {
        let first = super::allow_most();
        assert!(first > 64, "{first}");
        assert_eq!(super::allow_most(), first);
    }
}
