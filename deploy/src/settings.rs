//! What `.env.production` says to deploy itself, beside the release.

use std::time::Duration;

use chrono::TimeDelta;
use domain::env_file::value_of;
use domain::version::DeploymentTag;
use platform::env::Variable;

use crate::docker::Release;
use crate::variables::{ARTIFACT_RETENTION_DAYS, GATE_STABLE_SECONDS, ROLLOUT};

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The release that it names.
    pub(crate) release: Release,
    /// How long the stack must be healthy until a deployment has succeeded.
    pub(crate) stable_for: Duration,
    /// How long artifacts are kept.
    pub(crate) keep_for: TimeDelta,
}

/// The file says something else than it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoSettings {
    #[error(
        "DEPLOYMENT_TAG in .env.production names no release: preflight lint .env.production says more"
    )]
    Tag,
    #[error(
        "BOT_IMAGE in .env.production names no image: preflight lint .env.production says more"
    )]
    Image,
    #[error("ROLLOUT in .env.production must be start-first or recreate")]
    Rollout,
    #[error("{0} in .env.production must be a whole number, from 0 to 36500")]
    Number(&'static str),
}

impl Settings {
    /// Reads the file's text.
    pub(crate) fn of(text: &str) -> Result<Self, NoSettings> {
        let tag = value_of(text, Release::TAG).ok_or(NoSettings::Tag)?;
        let tag = DeploymentTag::parse(&tag).map_err(|_| NoSettings::Tag)?;
        let image = value_of(text, Release::IMAGE).filter(|image| !image.is_empty());
        let image = image.ok_or(NoSettings::Image)?;
        // The value itself comes with the configuration, as a label.
        let rollout = value_of(text, ROLLOUT.name).unwrap_or_default();
        if !["", "start-first", "recreate"].contains(&rollout.as_str()) {
            return Err(NoSettings::Rollout);
        }
        let days = i64::from(number(text, &ARTIFACT_RETENTION_DAYS)?);
        Ok(Self {
            release: Release { tag, image },
            stable_for: Duration::from_secs(number(text, &GATE_STABLE_SECONDS)?.into()),
            keep_for: TimeDelta::days(days),
        })
    }
}

fn number(text: &str, variable: &Variable) -> Result<u32, NoSettings> {
    let given = value_of(text, variable.name).filter(|value| !value.is_empty());
    let value = given.or_else(|| variable.default.map(str::to_owned)).unwrap_or_default();
    let number = value.parse().ok().filter(|number| *number <= 36_500);
    number.ok_or(NoSettings::Number(variable.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "DEPLOYMENT_TAG=v1.2.3\nBOT_IMAGE=registry:5000/bot:v1.2.3\n";

    #[test]
    fn what_the_file_leaves_out_has_a_default() {
        let settings = Settings::of(GOOD).expect("settings");
        assert_eq!(settings.release.values()[1].1, "registry:5000/bot:v1.2.3");
        assert_eq!(settings.stable_for, Duration::from_secs(15));
        assert_eq!(settings.keep_for, TimeDelta::days(30));
        let other = format!("{GOOD}GATE_STABLE_SECONDS=3\nARTIFACT_RETENTION_DAYS=\n");
        let settings = Settings::of(&other).expect("settings");
        assert_eq!(settings.stable_for, Duration::from_secs(3));
        assert_eq!(settings.keep_for, TimeDelta::days(30));
    }

    #[test]
    fn what_is_wrong_is_told_by_its_name() {
        for (line, fault) in [
            ("DEPLOYMENT_TAG=latest", NoSettings::Tag),
            ("BOT_IMAGE=", NoSettings::Image),
            ("ROLLOUT=both", NoSettings::Rollout),
            ("GATE_STABLE_SECONDS=soon", NoSettings::Number("GATE_STABLE_SECONDS")),
            ("ARTIFACT_RETENTION_DAYS=-1", NoSettings::Number("ARTIFACT_RETENTION_DAYS")),
        ] {
            assert_eq!(Settings::of(&format!("{GOOD}{line}\n")), Err(fault), "{line}");
        }
    }
}
