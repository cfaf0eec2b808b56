//! How far a restore is: one line that changes on a terminal, a line in the log now and then elsewhere.

use std::convert::Infallible;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use super::psql::Progress;

const ON_A_TERMINAL: Duration = Duration::from_millis(250);
const IN_A_LOG: Duration = Duration::from_secs(10);
const MIB: u64 = 1024 * 1024;

/// Shows how many of `total_bytes` are read, until it is dropped.
pub async fn show(progress: Progress, total_bytes: u64) -> Infallible {
    let is_terminal = io::stderr().is_terminal();
    let begun = Instant::now();
    loop {
        tokio::time::sleep(if is_terminal { ON_A_TERMINAL } else { IN_A_LOG }).await;
        let bytes = progress.bytes();
        if is_terminal {
            let _ = write!(io::stderr(), "\r{}\x1b[K", line(bytes, total_bytes, begun.elapsed()));
        } else {
            tracing::info!(bytes, total_bytes, "restoring");
        }
    }
}

/// Ends the line on a terminal.
pub fn end() {
    if io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
}

fn line(bytes: u64, total_bytes: u64, elapsed: Duration) -> String {
    let percent = bytes.saturating_mul(100).checked_div(total_bytes).unwrap_or(100).min(100);
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    let rate = bytes.saturating_mul(1000) / millis;
    let left = total_bytes.saturating_sub(bytes).checked_div(rate);
    let left = left
        .map_or_else(String::new, |seconds| format!(", {}:{:02} left", seconds / 60, seconds % 60));
    format!(
        "{percent:3} %  {} of {} MiB, {} MiB/s{left}",
        bytes / MIB,
        total_bytes.div_ceil(MIB),
        rate / MIB
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_bytes_rate_and_time_left() {
        let text = line(50 * MIB, 200 * MIB, Duration::from_secs(10));
        assert_eq!(text, " 25 %  50 of 200 MiB, 5 MiB/s, 0:30 left");
        assert_eq!(line(0, 1, Duration::ZERO), "  0 %  0 of 1 MiB, 0 MiB/s");
        assert_eq!(line(0, 0, Duration::ZERO), "100 %  0 of 0 MiB, 0 MiB/s");
    }
}
