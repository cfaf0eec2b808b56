//! Answers that are made once and given to all who ask within a moment: what a request costs does
//! not depend on how much there is to tell.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::answer::Ready;

/// One answer, as it was last made.
#[derive(Debug, Default)]
pub(super) struct Cached(Mutex<Option<Made>>);

#[derive(Debug)]
struct Made {
    at: Instant,
    generation: u64,
    ready: Arc<Ready>,
}

impl Cached {
    /// The answer, made anew where what it tells of has another `generation` since, or where it is
    /// older than `fresh_for`.
    pub(super) fn get(
        &self,
        now: Instant,
        generation: u64,
        fresh_for: Duration,
        make: impl FnOnce() -> Ready,
    ) -> Arc<Ready> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let serves = |kept: &Made| {
            let age = now.saturating_duration_since(kept.at);
            kept.generation == generation && age < fresh_for
        };
        if let Some(kept) = kept.as_ref().filter(|kept| serves(kept)) {
            return Arc::clone(&kept.ready);
        }
        let ready = Arc::new(make());
        *kept = Some(Made { at: now, generation, ready: Arc::clone(&ready) });
        ready
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use hyper::StatusCode;

    use super::*;

    #[test]
    fn an_answer_is_made_again_when_it_is_old_or_there_is_news() {
        let (cached, start, count) = (Cached::default(), Instant::now(), Cell::new(0));
        let get = |after, generation| {
            let now = start + Duration::from_millis(after);
            let _ = cached.get(now, generation, Duration::from_millis(100), || {
                count.set(count.get() + 1);
                Ready::word(StatusCode::OK, "good")
            });
            count.get()
        };
        assert_eq!([get(0, 1), get(99, 1), get(100, 1), get(101, 2), get(102, 2)], [1, 1, 2, 3, 3]);
    }
}
