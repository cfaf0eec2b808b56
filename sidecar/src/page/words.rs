//! Numbers and times as a person reads them, and words of others as far as a page can bear them.

use askama::Template;
use askama::filters::HtmlSafe;
use chrono::{DateTime, TimeDelta, Utc};
use domain::quantity::BYTES_PER_MEGABYTE;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A moment: the time of day in UTC, and how long ago that is.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"<time datetime="{{ iso }}" title="{{ full }}">{{ clock }}</time>"#
)]
pub(super) struct Moment {
    iso: String,
    full: String,
    clock: String,
    /// `3 min ago`.
    pub(super) ago: String,
}

impl HtmlSafe for Moment {}

impl Moment {
    /// `at`, as somebody reads it at `now`: with the day when it is another one.
    pub(super) fn of(at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let (day, this_year) = (at.date_naive() != now.date_naive(), at.format("%Y").to_string());
        let format = match day {
            false => "%H:%M:%S",
            true if this_year == now.format("%Y").to_string() => "%-d %b %H:%M",
            true => "%-d %b %Y",
        };
        Self {
            iso: at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            full: at.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
            clock: at.format(format).to_string(),
            ago: ago(now - at),
        }
    }
}

/// How long ago something is.
fn ago(age: TimeDelta) -> String {
    match age.num_seconds() {
        // The clocks of the programs that write the records may differ by a little.
        ..-1 => format!("in {}", about(age.num_seconds().unsigned_abs())),
        -1..1 => "now".to_owned(),
        seconds => format!("{} ago", about(seconds.unsigned_abs())),
    }
}

/// A length of time in its greatest unit.
pub(super) fn about(seconds: u64) -> String {
    match seconds {
        ..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => format!("{} h", seconds / HOUR),
        _ => format!("{} d", seconds / DAY),
    }
}

/// A length of time in its two greatest units.
pub(super) fn span(seconds: u64) -> String {
    let (unit, name, smaller, smaller_name) = match seconds {
        ..MINUTE => return about(seconds),
        MINUTE..HOUR => (MINUTE, "min", 1, "s"),
        HOUR..DAY => (HOUR, "h", MINUTE, "min"),
        _ => (DAY, "d", HOUR, "h"),
    };
    match seconds % unit / smaller {
        0 => format!("{} {name}", seconds / unit),
        rest => format!("{} {name} {rest} {smaller_name}", seconds / unit),
    }
}

/// A latency, with two digits that count.
#[expect(clippy::cast_precision_loss, reason = "microseconds of any wait are far below 2^52")]
pub(super) fn latency(us: u64) -> String {
    let ms = us as f64 / 1000.0;
    match us {
        ..995 => format!("{ms:.2} ms"),
        995..9_950 => format!("{ms:.1} ms"),
        9_950..999_500 => format!("{ms:.0} ms"),
        _ => format!("{:.1} s", ms / 1000.0),
    }
}

/// A latency that is a round number.
pub(super) fn round_latency(us: u64) -> String {
    match us {
        ..1_000 => format!("0.{} ms", us / 100),
        1_000..1_000_000 => format!("{} ms", us / 1_000),
        _ => format!("{} s", us / 1_000_000),
    }
}

/// An amount of memory or disk, from megabytes.
pub(super) fn megabytes(mb: u64) -> String {
    bytes(mb.saturating_mul(BYTES_PER_MEGABYTE))
}

/// The size of something, in decimal units, as the data model counts.
#[expect(clippy::cast_precision_loss, reason = "a rounded figure for people")]
pub(super) fn bytes(bytes: u64) -> String {
    const KILO: u64 = 1000;
    let of = |unit: u64| bytes as f64 / unit as f64;
    match bytes {
        ..KILO => format!("{bytes} B"),
        KILO..BYTES_PER_MEGABYTE => format!("{:.0} kB", of(KILO)),
        BYTES_PER_MEGABYTE..1_000_000_000 => format!("{:.0} MB", of(BYTES_PER_MEGABYTE)),
        _ => format!("{:.1} GB", of(1_000_000_000)),
    }
}

/// A share of 1 in percent. It is never rounded up: 100 % means that nothing is missing.
#[expect(clippy::cast_possible_truncation, reason = "a share is from 0 to 1")]
pub(super) fn share(ratio: f64) -> String {
    let hundredths = (ratio.clamp(0.0, 1.0) * 10_000.0 + 1e-6).floor() as i32;
    match hundredths % 100 {
        0 => format!("{} %", hundredths / 100),
        rest => format!("{}.{rest:02} %", hundredths / 100),
    }
}

/// What others wrote, in one line of `most` characters at most: control characters, and those that
/// turn the direction of what follows, are left out.
pub(super) fn cut(text: &str, most: usize) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut letters = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !turns(*c))
        .skip_while(|c| c.is_whitespace());
    let mut kept: String = letters.by_ref().take(most).collect();
    kept.truncate(kept.trim_end().len());
    if letters.any(|c| !c.is_whitespace()) {
        kept.push('…');
    }
    kept
}

/// The name by which people know a version: a Git SHA by its first twelve digits.
pub(super) fn artifact(id: &str) -> String {
    let is_sha = id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_sha { id[..12].to_owned() } else { cut(id, 40) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_767_100_000 + seconds, 0).expect("a valid time")
    }

    #[test]
    fn times_are_read_in_the_unit_that_matters() {
        for (seconds, expected) in [
            (0, "now"),
            (59, "59 s ago"),
            (60, "1 min ago"),
            (3_599, "59 min ago"),
            (86_399, "23 h ago"),
            (200_000, "2 d ago"),
            (-5, "in 5 s"),
        ] {
            assert_eq!(Moment::of(at(-seconds), at(0)).ago, expected);
        }
        for (seconds, expected) in [
            (0, "0 s"),
            (61, "1 min 1 s"),
            (3_600, "1 h"),
            (3_661, "1 h 1 min"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(span(seconds), expected);
        }
    }

    #[test]
    fn another_day_is_named() {
        let now = at(0);
        assert_eq!(now.to_rfc3339(), "2025-12-30T13:06:40+00:00");
        assert_eq!(Moment::of(at(-60), now).clock, "13:05:40");
        assert_eq!(Moment::of(at(-86_400), now).clock, "29 Dec 13:06");
        assert_eq!(Moment::of(at(-400 * 86_400), now).clock, "25 Nov 2024");
        let html = Moment::of(at(-60), now).to_string();
        assert!(html.contains(r#"datetime="2025-12-30T13:05:40Z""#), "{html}");
        assert!(html.contains("13:05:40 UTC"), "{html}");
    }

    #[test]
    fn figures_have_the_digits_that_count() {
        for (us, expected) in [
            (0, "0.00 ms"),
            (420, "0.42 ms"),
            (4_200, "4.2 ms"),
            (9_960, "10 ms"),
            (42_000, "42 ms"),
            (1_300_000, "1.3 s"),
        ] {
            assert_eq!(latency(us), expected);
        }
        for (size, expected) in
            [(12, "12 B"), (640_000, "640 kB"), (512_000_000, "512 MB"), (1_540_000_000, "1.5 GB")]
        {
            assert_eq!(bytes(size), expected);
        }
    }

    #[test]
    fn what_is_not_whole_is_never_a_hundred_percent() {
        for (ratio, expected) in [
            (1.0, "100 %"),
            (0.999_999, "99.99 %"),
            (0.9998, "99.98 %"),
            (0.5, "50 %"),
            (0.0, "0 %"),
        ] {
            assert_eq!(share(ratio), expected);
        }
    }

    #[test]
    fn words_of_others_are_one_bounded_line() {
        assert_eq!(cut("  a\r\nb\u{202e}c  ", 20), "a  bc");
        assert_eq!(cut("abcdef", 3), "abc…");
        assert_eq!(cut("abc   ", 3), "abc");
        assert_eq!(cut("", 3), "");
        assert_eq!(artifact(&"a".repeat(40)), "a".repeat(12));
        assert_eq!(artifact("v1.2.3"), "v1.2.3");
    }
}
