//! Disk space, which the engine may need minutes to tell: asked for rarely, and more rarely still where it
//! takes long.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use platform::engine::{Code, DiskUsage};
use platform::http::Url;
use tokio::sync::watch::Sender;
use tokio::time::{Instant, sleep};

use crate::board::Board;
use crate::project::{Project, Unknown};

/// The engine is busy with what else is asked of it when the sidecar starts.
const FIRST: Duration = Duration::from_secs(1);
const USUAL: Duration = Duration::from_mins(15);
const LONGEST: Duration = Duration::from_hours(6);
/// An answer that takes longer is a burden to the engine.
const SLOW: Duration = Duration::from_secs(10);
const DEADLINE: Duration = Duration::from_mins(2);
/// To agree on a version is quick.
const FIND_DEADLINE: Duration = Duration::from_secs(2);
/// An engine that is not there is not burdened by the question.
const ABSENT: Duration = Duration::from_secs(30);

/// The newest measurement.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) usage: DiskUsage,
    pub(super) checked_at: Option<DateTime<Utc>>,
    pub(super) error_code: Option<&'static str>,
}

/// Measures again and again, for ever.
pub(super) async fn measure(
    url: &Url,
    own_container: Option<&str>,
    board: &Board,
    results: &Sender<Arc<Measured>>,
) -> Infallible {
    let mut breaker = Breaker::default();
    sleep(FIRST).await;
    loop {
        let begun = Instant::now();
        let answer = async {
            let project = Project::find(url, own_container, FIND_DEADLINE).await?;
            Ok::<_, Unknown>(project.engine.disk(DEADLINE).await?)
        };
        let answer = answer.await;
        let (was_open, took) = (breaker.is_open(), begun.elapsed());
        let pause = match &answer {
            Err(Unknown::Engine(
                Code::Refused | Code::Unreachable | Code::DnsFailed | Code::Closed,
            )) => ABSENT,
            answer => breaker.pause_after(answer.is_ok(), took),
        };
        log_change(was_open, breaker.is_open(), took, pause);
        match answer {
            Ok(usage) => {
                let checked_at = Some(board.now());
                results.send_replace(Arc::new(Measured { usage, checked_at, error_code: None }));
            }
            Err(unknown) => results.send_modify(|measured| {
                *measured = Arc::new(Measured {
                    usage: measured.usage.clone(),
                    checked_at: measured.checked_at,
                    error_code: Some(unknown.as_str()),
                });
            }),
        }
        sleep(pause).await;
    }
}

fn log_change(was_open: bool, is_open: bool, took: Duration, pause: Duration) {
    let (took_ms, pause_seconds) = (took.as_millis(), pause.as_secs());
    match (was_open, is_open) {
        (false, true) => {
            tracing::warn!(
                took_ms,
                pause_seconds,
                "disk usage takes long: it is asked for less often"
            );
        }
        (true, false) => tracing::info!(took_ms, pause_seconds, "disk usage is asked for as usual"),
        _ => {}
    }
}

/// A circuit breaker: each failure, and each answer that is slow, doubles the pause.
#[derive(Debug, Default)]
struct Breaker {
    strikes: u32,
}

impl Breaker {
    const fn is_open(&self) -> bool {
        self.strikes > 0
    }

    fn pause_after(&mut self, answered: bool, took: Duration) -> Duration {
        self.strikes = if answered && took < SLOW { 0 } else { self.strikes.saturating_add(1) };
        (USUAL * (1 << self.strikes.min(8))).min(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_and_slow_answers_double_the_pause_and_a_quick_one_ends_that() {
        let mut breaker = Breaker::default();
        let quick = Duration::from_secs(1);
        assert_eq!(breaker.pause_after(true, quick), USUAL);
        assert_eq!(breaker.pause_after(true, SLOW), USUAL * 2);
        assert_eq!(breaker.pause_after(false, quick), USUAL * 4);
        for _ in 0..100 {
            assert!(breaker.pause_after(false, DEADLINE) <= LONGEST && breaker.is_open());
        }
        assert_eq!(breaker.pause_after(false, DEADLINE), LONGEST);
        assert_eq!(breaker.pause_after(true, quick), USUAL);
        assert!(!breaker.is_open());
    }
}
