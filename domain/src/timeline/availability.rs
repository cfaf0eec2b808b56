//! In which share of a window the stack served, kept as running sums.
//!
//! A sample speaks for the time until the next one, and for no longer than a result may be old; what
//! lies beyond is known not to be available, for nobody could have said that it was. Time before the
//! first sample is not known, and not counted.

use std::time::Duration;

use serde::Serialize;

use super::milliseconds;
use super::ring::Ring;
use super::sample::Sample;

/// The share of a window in which the stack served its users.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Availability {
    /// From 0 to 1, of the time that is known; `None` while none is.
    pub available_ratio: Option<f64>,
    /// How much of the window is known, in whole seconds.
    pub known_seconds: u64,
}

/// The windows that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Availabilities {
    /// The last hour.
    #[serde(rename = "1h")]
    pub hour: Availability,
    /// The last day.
    #[serde(rename = "24h")]
    pub day: Availability,
}

/// Running sums over the stretches between two samples that end within the window.
#[derive(Debug)]
pub(super) struct Window {
    length_ms: u64,
    /// The number of the sample that begins the first stretch that is counted.
    first: u64,
    sum: Sum,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    known_ms: u64,
    served_ms: u64,
}

impl Window {
    pub(super) fn new(length: Duration) -> Self {
        Self { length_ms: milliseconds(length), first: 0, sum: Sum::default() }
    }

    /// Counts the stretch that `next` ends, and no longer the one that leaves the ring for it.
    pub(super) fn before_push(&mut self, ring: &Ring, next: &Sample, stale_after_ms: u64) {
        if let Some(newest) = ring.newest() {
            self.sum.add(stretch(newest, next.offset_ms, 0, stale_after_ms));
        }
        if ring.is_full() && self.first == ring.first() {
            let (oldest, second) = (ring.get(self.first), ring.get(self.first + 1));
            let end_ms = second.unwrap_or(next).offset_ms;
            if let Some(oldest) = oldest {
                self.sum.take(stretch(oldest, end_ms, 0, stale_after_ms));
            }
            self.first += 1;
        }
    }

    /// No longer counts what has passed out of the window.
    pub(super) fn after_push(&mut self, ring: &Ring, stale_after_ms: u64) {
        let Some(newest) = ring.newest() else { return };
        let begin_ms = newest.offset_ms.saturating_sub(self.length_ms);
        while let (Some(sample), Some(next)) = (ring.get(self.first), ring.get(self.first + 1)) {
            if next.offset_ms > begin_ms {
                break;
            }
            self.sum.take(stretch(sample, next.offset_ms, 0, stale_after_ms));
            self.first += 1;
        }
    }

    /// The window that ends at `now_ms`.
    pub(super) fn read(&self, ring: &Ring, now_ms: u64, stale_after_ms: u64) -> Availability {
        let begin_ms = now_ms.saturating_sub(self.length_ms);
        let mut sum = self.sum;
        if let Some(newest) = ring.newest() {
            sum.add(stretch(newest, now_ms.max(newest.offset_ms), 0, stale_after_ms));
        }
        let mut number = self.first;
        while let Some(sample) = ring.get(number).filter(|sample| sample.offset_ms < begin_ms) {
            let next = ring.get(number + 1);
            let end_ms = next.map_or(now_ms, |next| next.offset_ms);
            sum.take(stretch(sample, end_ms, 0, stale_after_ms));
            sum.add(stretch(sample, end_ms, begin_ms, stale_after_ms));
            number += 1;
        }
        sum.availability()
    }
}

/// What the stretch from `sample` to `end_ms` adds, as far as it lies after `begin_ms`.
fn stretch(sample: &Sample, end_ms: u64, begin_ms: u64, stale_after_ms: u64) -> Sum {
    let begin_ms = begin_ms.max(sample.offset_ms);
    let spoken_for_ms = end_ms.min(sample.offset_ms.saturating_add(stale_after_ms));
    Sum {
        known_ms: end_ms.saturating_sub(begin_ms),
        served_ms: if sample.serves() { spoken_for_ms.saturating_sub(begin_ms) } else { 0 },
    }
}

impl Sum {
    const fn add(&mut self, other: Self) {
        self.known_ms += other.known_ms;
        self.served_ms += other.served_ms;
    }

    const fn take(&mut self, other: Self) {
        self.known_ms -= other.known_ms;
        self.served_ms -= other.served_ms;
    }

    #[expect(clippy::cast_precision_loss, reason = "a day of milliseconds is far below 2^52")]
    fn availability(self) -> Availability {
        let Self { known_ms, served_ms } = self;
        Availability {
            available_ratio: (known_ms > 0).then(|| served_ms as f64 / known_ms as f64),
            known_seconds: known_ms / 1000,
        }
    }
}
