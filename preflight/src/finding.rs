//! What was found in the environment: the name of a variable and an entry of the registry.

use domain::configuration::{self, Attribute, DeploymentConfiguration, Rule, Severity};
use domain::env_file::Position;
use platform::env::{self, Env, Resolved, Variable};

use crate::registry::{Cause, Check, SourceFault};
use crate::variables::Key;

/// Something wrong with one variable or one line. It has no place for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Finding {
    /// The variable.
    pub key: Key,
    /// Where it is in the file, when it was read from one.
    pub position: Option<Position>,
    /// What it comes from.
    pub cause: Cause,
    /// Whether somebody has asked to ignore it, and may.
    pub waived: bool,
}

impl Finding {
    /// A finding about a variable.
    #[must_use]
    pub const fn new(key: Key, cause: Cause) -> Self {
        Self { key, position: None, cause, waived: false }
    }

    /// The same finding at a place of the file.
    #[must_use]
    pub const fn at(self, position: Position) -> Self {
        Self { position: Some(position), ..self }
    }

    /// What is said about it.
    #[must_use]
    pub const fn check(&self) -> Check {
        self.cause.check()
    }

    /// How bad it is, what was waived considered.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        if self.waived { Severity::Warning } else { self.check().severity }
    }

    /// Whether it stops the stack from starting.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity() == Severity::Error
    }
}

/// The environment, checked.
#[derive(Debug)]
pub struct Checked {
    /// Every finding, in the order of the attributes.
    pub findings: Vec<Finding>,
    /// The configuration, when no finding is an error.
    pub configuration: Option<DeploymentConfiguration>,
    /// The values, for the fingerprint.
    pub values: Resolved,
}

impl Checked {
    /// Whether the stack may start.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.findings.iter().any(Finding::is_error)
    }
}

/// The variables of the Deployment Configuration.
pub fn variables() -> impl Iterator<Item = Variable> {
    Attribute::ALL.iter().map(|attribute| {
        let plain = Variable::plain(attribute.key(), attribute.description());
        let file = attribute.allows_file();
        Variable { secret: file, file, ..plain }
    })
}

/// Reads the Deployment Configuration from `env` and judges it. A variable that gave no value is
/// told by the reason for that, and not by what follows from it.
#[must_use]
pub fn check(env: &impl Env) -> Checked {
    let variables: Vec<Variable> = variables().collect();
    let values = env::resolve(&variables, env);
    let faults: Vec<Finding> = Attribute::ALL
        .iter()
        .filter_map(|attribute| {
            let problem = values.problems().iter().find(|found| found.name == attribute.key())?;
            let cause = Cause::Source(SourceFault::of(&problem.mistake)?);
            Some(Finding::new(Key::Attribute(*attribute), cause))
        })
        .collect();
    let verdict = configuration::judge(|attribute| values.secret(attribute.key()));
    let follows_from_a_fault = |attribute: Attribute, rule: Rule| {
        rule == Rule::Unset && faults.iter().any(|fault| fault.key == Key::Attribute(attribute))
    };
    let mut findings: Vec<Finding> = verdict
        .violations
        .iter()
        .filter(|found| !follows_from_a_fault(found.attribute, found.rule))
        .map(|found| Finding::new(Key::Attribute(found.attribute), Cause::Rule(found.rule)))
        .chain(faults.iter().copied())
        .collect();
    findings.sort_unstable();
    findings.dedup();
    let checked = Checked { findings, configuration: None, values };
    let configuration = verdict.configuration.filter(|_| checked.is_ok());
    Checked { configuration, ..checked }
}
