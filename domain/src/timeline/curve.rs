//! What was found in each part of a window, in as many parts as somebody wants to draw.

use serde::Serialize;

use super::ring::Ring;
use super::sample::{CheckName, Sample};
use crate::health::OverallStatus;

/// One part of a curve. Without latencies there is a gap: every answer in it is missing, or nothing is
/// known of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Point {
    /// The median latency, in microseconds; the lower one of two.
    pub median_us: Option<u32>,
    /// The greatest latency, in microseconds.
    pub max_us: Option<u32>,
    /// Whether an answer is missing.
    pub failed: bool,
}

/// What part of time is drawn, in how many points.
pub(super) struct Span {
    pub(super) end_ms: u64,
    pub(super) window_ms: u64,
    pub(super) points: usize,
    pub(super) stale_after_ms: u64,
}

impl Span {
    /// Where the point begins, relative to the end of a window that may reach back before the start.
    fn begin_of(&self, point: usize) -> i128 {
        let (window, points) = (i128::from(self.window_ms), self.points as i128);
        i128::from(self.end_ms) - window + window * point as i128 / points
    }
}

/// How long the check took to answer.
pub(super) fn curve(ring: &Ring, check: CheckName, span: &Span) -> Vec<Point> {
    let mut latencies = Vec::new();
    each_part(ring, span, |samples| {
        latencies.clear();
        let answers = || samples.iter().filter_map(|sample| sample.latency(check));
        latencies.extend(answers().flatten());
        Point {
            max_us: latencies.iter().copied().max(),
            median_us: median(&mut latencies),
            failed: answers().any(|answer| answer.is_err()),
        }
    })
}

/// The worst status; `None` where nothing is known.
pub(super) fn worst(ring: &Ring, span: &Span) -> Vec<Option<OverallStatus>> {
    each_part(ring, span, |samples| samples.iter().map(|sample| sample.overall_status()).max())
}

/// A sample counts for the part in which it was taken, and for those after it that have none of their
/// own, until it is stale.
fn each_part<T>(ring: &Ring, span: &Span, mut of: impl FnMut(&[&Sample]) -> T) -> Vec<T> {
    let begin = span.begin_of(0);
    let within = ring.iter().rev().take_while(|sample| i128::from(sample.offset_ms) >= begin);
    let place = ring.len() - within.count();
    let mut before = place.checked_sub(1).and_then(|place| ring.range(place, place + 1).next());
    let mut samples = ring.range(place, ring.len()).peekable();
    let mut inside = Vec::new();
    let part = |point: usize| {
        let (begin, end) = (span.begin_of(point), span.begin_of(point + 1));
        let last = point + 1 == span.points;
        inside.clear();
        while let Some(sample) =
            samples.next_if(|sample| last || i128::from(sample.offset_ms) < end)
        {
            inside.push(sample);
        }
        if let Some(newest) = inside.last() {
            before = Some(newest);
        } else {
            let spoken_for = |sample: &&Sample| {
                i128::from(sample.offset_ms) + i128::from(span.stale_after_ms) >= begin
            };
            inside.extend(before.filter(spoken_for));
        }
        of(&inside)
    };
    (0..span.points).map(part).collect()
}

fn median(latencies: &mut [u32]) -> Option<u32> {
    let middle = latencies.len().checked_sub(1)? / 2;
    Some(*latencies.select_nth_unstable(middle).1)
}
