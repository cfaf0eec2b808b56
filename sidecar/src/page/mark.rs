//! A state as a person sees it at a glance: a word, a shape and a colour, never the colour alone.

use askama::Template;
use askama::filters::HtmlSafe;
use domain::deployment::EventStatus;
use domain::health::OverallStatus;
use domain::service::{HealthCheckStatus, ServiceStatus};

/// How good a state is: its colour, and its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tone {
    /// As it should be: a disc with a tick.
    Good,
    /// Under way: a half disc.
    Busy,
    /// Of no concern: a square.
    Off,
    /// Not known: a ring.
    Unknown,
    /// Not as it should be, and working: a triangle.
    Warn,
    /// Broken: a diamond with a cross.
    Bad,
}

impl Tone {
    /// The class in the style sheet, and the id of the shape.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Busy => "busy",
            Self::Off => "off",
            Self::Unknown => "unknown",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }

    /// The colour, as six hex digits, and the shape, as a path in a square of 16, of the icon in the
    /// browser's tab: it is seen on light and on dark.
    pub(super) const fn icon(self) -> (&'static str, &'static str) {
        match self {
            Self::Good => ("2a9d63", "M1 8a7 7 0 1014 0A7 7 0 101 8z"),
            Self::Warn => ("e09f1f", "M8 1l7.5 14H.5z"),
            Self::Bad => ("d93a2f", "M8 0l8 8-8 8-8-8z"),
            Self::Busy | Self::Off | Self::Unknown => ("8a8f98", "M2 2h12v12H2zM5 5v6h6V5z"),
        }
    }
}

/// A state with its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r##"<span class="mark {{ tone.class() }}"><svg aria-hidden="true"><use href="#{{ tone.class() }}"/></svg>{{ word }}</span>"##
)]
pub(super) struct Mark {
    pub(super) tone: Tone,
    pub(super) word: &'static str,
}

impl HtmlSafe for Mark {}

impl From<OverallStatus> for Tone {
    fn from(status: OverallStatus) -> Self {
        match status {
            OverallStatus::Healthy => Self::Good,
            OverallStatus::Degraded => Self::Warn,
            OverallStatus::Unhealthy => Self::Bad,
        }
    }
}

impl From<OverallStatus> for Mark {
    fn from(status: OverallStatus) -> Self {
        Self { tone: status.into(), word: status.as_str() }
    }
}

impl From<ServiceStatus> for Mark {
    fn from(status: ServiceStatus) -> Self {
        let (tone, word) = match status {
            ServiceStatus::Starting => (Tone::Busy, "starting"),
            ServiceStatus::Healthy => (Tone::Good, "healthy"),
            ServiceStatus::Degraded => (Tone::Warn, "degraded"),
            ServiceStatus::Unhealthy => (Tone::Bad, "unhealthy"),
            ServiceStatus::Stopped => (Tone::Off, "stopped"),
        };
        Self { tone, word }
    }
}

impl From<HealthCheckStatus> for Mark {
    fn from(status: HealthCheckStatus) -> Self {
        let (tone, word) = match status {
            HealthCheckStatus::Pass => (Tone::Good, "pass"),
            HealthCheckStatus::Fail => (Tone::Bad, "fail"),
            HealthCheckStatus::Unknown => (Tone::Unknown, "unknown"),
        };
        Self { tone, word }
    }
}

impl From<EventStatus> for Mark {
    fn from(status: EventStatus) -> Self {
        let (tone, word) = match status {
            EventStatus::InProgress => (Tone::Busy, "in progress"),
            EventStatus::Success => (Tone::Good, "success"),
            EventStatus::Failed => (Tone::Bad, "failed"),
            EventStatus::RolledBack => (Tone::Warn, "rolled back"),
        };
        Self { tone, word }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_tones_share_a_shape() {
        use Tone::{Bad, Busy, Good, Off, Unknown, Warn};
        let sheet = include_str!("../../templates/shapes.svg");
        for tone in [Good, Busy, Off, Unknown, Warn, Bad] {
            let symbol = format!(r#"<symbol id="{}""#, tone.class());
            assert_eq!(sheet.matches(&symbol).count(), 1, "{symbol}");
        }
    }

    #[test]
    fn a_mark_says_its_word() {
        let html = Mark::from(OverallStatus::Degraded).to_string();
        assert!(html.contains("degraded</span>") && html.contains("#warn"), "{html}");
    }
}
