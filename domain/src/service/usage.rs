//! What an instance uses, from the counters that the engine gives.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// The counter of a container's CPU time at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuSample {
    /// CPU time since the container started, in nanoseconds, of all cores together.
    pub usage_ns: u64,
    /// When the engine read it, by the engine's clock.
    pub read_at: DateTime<Utc>,
}

/// CPU in percent of one core between two samples, `elapsed` apart on a clock that never jumps.
///
/// `None` where the two don't belong together: the counter went back (the container was started anew),
/// or the engine's clock was set in between, so that it and `elapsed` differ by more than a half.
#[must_use]
pub fn cpu_percent(earlier: CpuSample, later: CpuSample, elapsed: Duration) -> Option<f64> {
    let used = later.usage_ns.checked_sub(earlier.usage_ns)?;
    let wall = (later.read_at - earlier.read_at).to_std().ok()?;
    if wall.is_zero() || wall.abs_diff(elapsed) > elapsed / 2 {
        return None;
    }
    let percent = Duration::from_nanos(used).as_secs_f64() / wall.as_secs_f64() * 100.0;
    Some((percent * 100.0).round() / 100.0)
}

/// What the control group of a container counts as its memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MemoryReading {
    /// All of it, with the page cache.
    pub usage: u64,
    /// `total_inactive_file`, which only version 1 of control groups has.
    pub total_inactive_file: Option<u64>,
    /// `inactive_file`.
    pub inactive_file: Option<u64>,
}

impl MemoryReading {
    /// The memory that `docker stats` shows, in bytes: without the part of the page cache that the
    /// kernel can take back at once.
    #[must_use]
    pub fn used_bytes(&self) -> u64 {
        let version_1 = self.total_inactive_file.filter(|cache| *cache < self.usage);
        let version_2 = self.inactive_file.filter(|cache| *cache < self.usage);
        self.usage - version_1.or(version_2).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn sample(usage_ms: u64, second: i64) -> CpuSample {
        let read_at = DateTime::UNIX_EPOCH + TimeDelta::seconds(second);
        CpuSample { usage_ns: usage_ms * 1_000_000, read_at }
    }

    #[test]
    fn cpu_is_time_used_by_time_passed() {
        let ten = Duration::from_secs(10);
        for (earlier, later, expected) in [
            (sample(0, 0), sample(0, 10), 0.0),
            (sample(1_000, 0), sample(2_000, 10), 10.0),
            (sample(0, 0), sample(20_000, 10), 200.0),
            (sample(0, 0), sample(1, 10), 0.01),
        ] {
            let percent = cpu_percent(earlier, later, ten).unwrap();
            assert!((percent - expected).abs() < 1e-9, "{percent} is not {expected}");
        }
    }

    #[test]
    fn a_counter_that_went_back_or_a_clock_that_was_set_tells_nothing() {
        let ten = Duration::from_secs(10);
        for (earlier, later) in [
            (sample(5, 0), sample(4, 10)),
            (sample(0, 10), sample(1, 10)),
            (sample(0, 10), sample(1, 0)),
            (sample(0, 0), sample(1, 3600)),
            (sample(0, 0), sample(1, 4)),
        ] {
            assert_eq!(cpu_percent(earlier, later, ten), None, "{earlier:?} {later:?}");
        }
    }

    #[test]
    fn memory_is_what_docker_shows_under_either_version_of_control_groups() {
        let reading = |total_inactive_file, inactive_file| MemoryReading {
            usage: 100,
            total_inactive_file,
            inactive_file,
        };
        for (reading, expected) in [
            (reading(Some(30), Some(1)), 70),
            (reading(None, Some(40)), 60),
            (reading(None, None), 100),
            (reading(None, Some(100)), 100),
            (reading(Some(200), None), 100),
            (MemoryReading::default(), 0),
        ] {
            assert_eq!(reading.used_bytes(), expected, "{reading:?}");
        }
    }
}
