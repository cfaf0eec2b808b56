//! The attributes that are a word or a number.

use std::num::NonZeroU16;

use super::hidden::hidden;
use super::reading::Read;
use super::rule::Rule;
use crate::version::DeploymentTag;

const MAX_WORKERS: u16 = 1024;

/// What the names of a production environment begin with.
const PRODUCTION: [&str; 3] = ["prod", "prd", "live"];

hidden!(EnvironmentName);

/// `ENVIRONMENT_NAME`: small letters, digits and `-`, beginning with a letter.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvironmentName(String);

impl EnvironmentName {
    pub(super) fn parse(text: &str) -> Result<Self, Vec<Rule>> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(vec![Rule::EnvironmentName])
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the rules for production hold: for `production`, and for every name that begins like
    /// one of it, such as `prod-eu`, `prd` or `live`.
    #[must_use]
    pub fn is_production(&self) -> bool {
        PRODUCTION.iter().any(|name| self.0.starts_with(name))
    }
}

/// `LOG_LEVEL`: verbosity, in the data model's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogLevel {
    /// Everything.
    Debug,
    /// What an operator wants to know.
    Info,
    /// What somebody should look at.
    Warning,
    /// What went wrong.
    Error,
}

impl LogLevel {
    /// Parses one of the four words, in capitals.
    ///
    /// # Errors
    /// [`Rule::LogLevel`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Vec<Rule>> {
        match text {
            "DEBUG" => Ok(Self::Debug),
            "INFO" => Ok(Self::Info),
            "WARNING" => Ok(Self::Warning),
            "ERROR" => Ok(Self::Error),
            _ => Err(vec![Rule::LogLevel]),
        }
    }

    pub(super) fn read(text: &str, is_production: bool) -> Read<Self> {
        let read = Read::from(Self::parse(text));
        let debug = is_production && read.value == Some(Self::Debug);
        read.and(debug.then_some(Rule::DebugInProduction))
    }
}

/// `MAX_WORKERS`: a whole number from 1 to 1024.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MaxWorkers(NonZeroU16);

impl MaxWorkers {
    pub(super) fn parse(text: &str) -> Result<Self, Vec<Rule>> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number =
            text.parse().ok().filter(|number: &NonZeroU16| digits && number.get() <= MAX_WORKERS);
        number.map(Self).ok_or_else(|| vec![Rule::MaxWorkers])
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0.get()
    }
}

pub(super) fn read_tag(text: &str) -> Read<DeploymentTag> {
    let read = Read::from(DeploymentTag::parse(text).map_err(|_| vec![Rule::DeploymentTag]));
    let plus = read.value.as_ref().is_some_and(|tag| tag.as_str().contains('+'));
    read.and(plus.then_some(Rule::DeploymentTagPlus))
}
