//! A latency curve as the drawing commands of SVG: the median as a line, the greatest value as the
//! shape behind it, failures in their own colour, and nothing where nothing is known.

use std::fmt::Write;

use domain::timeline::Point;

/// How wide one point is drawn, in units of the drawing.
const STEP: usize = 2;
/// How high the drawing is, in units.
pub(super) const HEIGHT: u32 = 48;
/// How high the mark of a part is in which an answer is missing.
const TICK: u32 = 6;

/// A curve, ready to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Curve {
    /// How wide the drawing is, in units.
    pub(super) width: usize,
    /// The path of the median.
    pub(super) median: String,
    /// The closed shape up to the greatest value.
    pub(super) greatest: String,
    /// The shape of the parts in which no answer came at all, and of the marks where one is missing.
    pub(super) failed: String,
    /// What the top of the drawing stands for, in microseconds.
    pub(super) top_us: u64,
    /// The median of what is drawn, in microseconds.
    pub(super) median_us: Option<u64>,
    /// The greatest value, in microseconds.
    pub(super) max_us: Option<u64>,
    /// In how many parts an answer is missing.
    pub(super) failures: usize,
}

impl Curve {
    /// The curve through `points`, oldest first.
    pub(super) fn through(points: &[Point]) -> Self {
        let max_us = points.iter().filter_map(|point| point.max_us.or(point.median_us)).max();
        let top_us = round_up(u64::from(max_us.unwrap_or_default()));
        let mut medians: Vec<u32> = points.iter().filter_map(|point| point.median_us).collect();
        medians.sort_unstable();
        Self {
            width: points.len() * STEP,
            median: line(points, top_us),
            greatest: shape(points, top_us),
            failed: failed(points),
            top_us,
            median_us: medians.get(medians.len() / 2).copied().map(u64::from),
            max_us: max_us.map(u64::from),
            failures: points.iter().filter(|point| point.failed).count(),
        }
    }
}

/// The next 1, 2, 3, 5 or 8 times a power of ten, so that the axis is easily read; a tenth of a
/// millisecond at least.
fn round_up(us: u64) -> u64 {
    let mut unit = 100;
    loop {
        for step in [1, 2, 3, 5, 8] {
            if us <= unit * step {
                return unit * step;
            }
        }
        unit *= 10;
    }
}

fn height(us: u32, top_us: u64) -> u64 {
    let height = u64::from(HEIGHT);
    height - (u64::from(us) * height / top_us).min(height)
}

fn line(points: &[Point], top_us: u64) -> String {
    let mut path = String::new();
    let mut drawing = false;
    for (number, point) in points.iter().enumerate() {
        if let Some(us) = point.median_us {
            let y = height(us, top_us);
            let _ = if drawing {
                write!(path, "V{y}h{STEP}")
            } else {
                write!(path, "M{} {y}h{STEP}", number * STEP)
            };
        }
        drawing = point.median_us.is_some();
    }
    path
}

fn shape(points: &[Point], top_us: u64) -> String {
    let mut path = String::new();
    let mut drawing = false;
    for (number, point) in points.iter().enumerate() {
        match point.max_us {
            Some(us) => {
                if !drawing {
                    let _ = write!(path, "M{} {HEIGHT}", number * STEP);
                }
                let _ = write!(path, "V{}h{STEP}", height(us, top_us));
            }
            None if drawing => {
                let _ = write!(path, "V{HEIGHT}Z");
            }
            None => {}
        }
        drawing = point.max_us.is_some();
    }
    if drawing {
        let _ = write!(path, "V{HEIGHT}Z");
    }
    path
}

fn failed(points: &[Point]) -> String {
    let mut path = String::new();
    for (number, point) in points.iter().enumerate().filter(|(_, point)| point.failed) {
        let high = if point.median_us.is_some() { TICK } else { HEIGHT };
        let _ = write!(path, "M{} {HEIGHT}v-{high}h{STEP}v{high}z", number * STEP);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAP: Point = Point { median_us: None, max_us: None, failed: false };

    fn point(median: u32, max: u32) -> Point {
        Point { median_us: Some(median), max_us: Some(max), failed: false }
    }

    #[test]
    fn a_gap_is_not_bridged() {
        let curve = Curve::through(&[point(500, 1000), GAP, point(1000, 1000), point(0, 0)]);
        assert_eq!(curve.width, 8);
        assert_eq!(curve.top_us, 1000);
        assert_eq!(curve.median, "M0 24h2M4 0h2V48h2");
        assert_eq!(curve.greatest, "M0 48V0h2V48ZM4 48V0h2V48h2V48Z");
        assert_eq!(curve.failed, "");
    }

    #[test]
    fn a_part_without_any_answer_is_marked_from_top_to_bottom() {
        let some = Point { failed: true, ..point(10, 20) };
        let none = Point { failed: true, ..GAP };
        let curve = Curve::through(&[some, none]);
        assert_eq!(curve.failed, "M0 48v-6h2v6zM2 48v-48h2v48z");
        assert_eq!(curve.failures, 2);
    }

    #[test]
    fn nothing_known_is_an_empty_drawing() {
        let curve = Curve::through(&[GAP; 3]);
        assert_eq!((curve.median.as_str(), curve.median_us, curve.max_us), ("", None, None));
        assert_eq!(curve.top_us, 100);
    }

    #[test]
    fn the_axis_ends_at_a_round_number_that_holds_all() {
        for (us, expected) in
            [(0, 100), (100, 100), (101, 200), (230, 300), (501, 800), (2_000_001, 3_000_000)]
        {
            assert_eq!(round_up(us), expected);
        }
        let curve = Curve::through(&[point(u32::MAX, u32::MAX)]);
        assert!(curve.top_us >= u64::from(u32::MAX));
    }

    #[test]
    fn the_figures_are_of_what_is_drawn() {
        let curve = Curve::through(&[point(1, 9), GAP, point(3, 3), point(2, 50)]);
        assert_eq!((curve.median_us, curve.max_us), (Some(2), Some(50)));
    }
}
