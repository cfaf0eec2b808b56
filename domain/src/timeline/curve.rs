//! How long a check took to answer, in as many parts as somebody wants to draw.

use serde::Serialize;

use super::ring::Ring;
use super::sample::{CheckName, Sample};

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

/// A sample counts for the point in which it was taken, and for those after it that have none of their
/// own, until it is stale.
pub(super) fn curve(ring: &Ring, check: CheckName, span: &Span) -> Vec<Point> {
    let begin = span.begin_of(0);
    let within = ring.iter().rev().take_while(|sample| i128::from(sample.offset_ms) >= begin);
    let place = ring.len() - within.count();
    let mut before = place.checked_sub(1).and_then(|place| ring.range(place, place + 1).next());
    let mut samples = ring.range(place, ring.len()).peekable();
    let mut latencies = Vec::new();
    let mut points = Vec::with_capacity(span.points);
    for point in 0..span.points {
        let end = span.begin_of(point + 1);
        let last = point + 1 == span.points;
        let mut own = false;
        let mut failed = false;
        latencies.clear();
        let inside = |sample: &&Sample| last || i128::from(sample.offset_ms) < end;
        while let Some(sample) = samples.next_if(inside) {
            own = true;
            failed |= take(sample, check, &mut latencies);
            before = Some(sample);
        }
        let begin = span.begin_of(point);
        let spoken_for = |sample: &&Sample| {
            i128::from(sample.offset_ms) + i128::from(span.stale_after_ms) >= begin
        };
        if let Some(sample) = before.filter(spoken_for).filter(|_| !own) {
            failed = take(sample, check, &mut latencies);
        }
        points.push(Point {
            median_us: median(&mut latencies),
            max_us: latencies.iter().copied().max(),
            failed,
        });
    }
    points
}

fn take(sample: &Sample, check: CheckName, latencies: &mut Vec<u32>) -> bool {
    match sample.latency(check) {
        Some(Ok(latency)) => {
            latencies.push(latency);
            false
        }
        Some(Err(())) => true,
        None => false,
    }
}

fn median(latencies: &mut [u32]) -> Option<u32> {
    let middle = latencies.len().checked_sub(1)? / 2;
    Some(*latencies.select_nth_unstable(middle).1)
}
