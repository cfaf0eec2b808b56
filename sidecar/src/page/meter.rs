//! A figure beside its limit, as a small bar.

use askama::Template;
use askama::filters::HtmlSafe;

use super::mark::Tone;
use super::words;

/// From this share of the limit on, the bar says that it is nearly full.
const NEARLY: f64 = 0.85;

/// What is used of what there is.
#[derive(Debug, Clone, PartialEq, Template)]
#[template(
    ext = "html",
    source = r##"<span class="meter">{{ used }}{% if let Some(limit) = limit %}<span class="of"> / {{ limit }}</span>{% endif %}</span>{% if let Some(tenths) = tenths %}<svg class="bar {{ tone.class() }}" viewBox="0 0 1000 4" preserveAspectRatio="none" aria-hidden="true"><path d="M0 2h1000"/><path class="used" d="M0 2h{{ tenths }}"/></svg>{% endif %}"##
)]
pub(super) struct Meter {
    used: String,
    limit: Option<String>,
    /// The share of the limit in tenths of a percent.
    pub(super) tenths: Option<u32>,
    pub(super) tone: Tone,
}

impl HtmlSafe for Meter {}

impl Meter {
    /// CPU in percent of one core.
    pub(super) fn cpu(used: f64, limit: Option<f64>) -> Self {
        let percent = |percent: f64| {
            if percent < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
        };
        Self::new(percent(used), limit.map(percent), limit.map(|limit| used / limit))
    }

    /// Memory in megabytes.
    #[expect(clippy::cast_precision_loss, reason = "megabytes are far below 2^52")]
    pub(super) fn memory(used: u64, limit: Option<u64>) -> Self {
        let ratio = limit.map(|limit| used as f64 / limit as f64);
        Self::new(words::megabytes(used), limit.map(words::megabytes), ratio)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is held between 0 and 1000, and what is no number becomes 0"
    )]
    fn new(used: String, limit: Option<String>, ratio: Option<f64>) -> Self {
        let tone = match ratio {
            Some(ratio) if ratio >= 1.0 => Tone::Bad,
            Some(ratio) if ratio >= NEARLY => Tone::Warn,
            _ => Tone::Good,
        };
        let tenths = ratio.map(|ratio| (ratio * 1000.0).clamp(0.0, 1000.0) as u32);
        Self { used, limit, tenths, tone }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share_and_never_longer() {
        for (used, limit, expected) in [
            (128, Some(512), (Some(250), Tone::Good)),
            (440, Some(512), (Some(859), Tone::Warn)),
            (512, Some(512), (Some(1000), Tone::Bad)),
            (900, Some(512), (Some(1000), Tone::Bad)),
            (900, None, (None, Tone::Good)),
            (0, Some(0), (Some(0), Tone::Good)),
        ] {
            let meter = Meter::memory(used, limit);
            assert_eq!((meter.tenths, meter.tone), expected, "{used} of {limit:?}");
        }
        let cpu = Meter::cpu(12.34, Some(50.0)).to_string();
        assert!(cpu.contains("12 %") && cpu.contains("/ 50 %") && cpu.contains("h246"), "{cpu}");
    }
}
