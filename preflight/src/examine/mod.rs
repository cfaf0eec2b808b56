//! The examination: everything that is wrong with an environment, with a file, or with both, found
//! in one run and told without what only follows from something else.
//!
//! `check` and `exec` see the environment that Compose has made, and the file where it is mounted;
//! `lint` sees the file and the shell that will run Compose. Both go the same way: file → lines →
//! names → values → across. Each step is a function of what it was given; none shows a value.

mod causes;
mod drift;
mod given;
mod keys;
mod lines;
mod names;
mod outside;
mod sheet;
mod stack;
#[cfg(test)]
mod tests;
mod waivers;
mod whole;

use std::path::Path;

use domain::configuration::{self, Attribute, Verdict};
use domain::env_file;
use platform::env::{self, Env, Resolved, Variable};
use platform::env_file::Raw;

use crate::config::ENV_FILE;
use crate::finding::{Finding, variables};
use crate::registry::{Cause, Code, FileFault};
use crate::variables::Key;
use causes::Explained;
use given::Given;
use lines::LineFinding;
use outside::Outside;
use sheet::Sheet;
use waivers::Waivers;

/// How many findings are kept. A file of a megabyte can have a quarter of a million, and each has a
/// page of words.
const MOST: usize = 1_000;

/// What was examined, and what was found.
#[derive(Debug)]
pub struct Checked {
    /// Every finding, in the order of the keys and of the places; of too many the first, and that
    /// there are more.
    pub findings: Vec<Finding>,
    /// What could be read of the configuration.
    pub verdict: Verdict,
    /// The values of the environment, for the fingerprint; none where a file was examined.
    pub values: Resolved,
    /// The codes that can't be ignored here, though it was asked for.
    pub refused: Vec<Code>,
}

impl Checked {
    /// Whether the stack may start.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.findings.iter().any(Finding::is_error)
    }

    /// Adds what was found later, waived by the same `ignore`.
    pub(crate) fn add(&mut self, found: Vec<Finding>, ignore: &[Code]) {
        let waivers = Waivers { codes: ignore, is_production: self.verdict.is_production };
        self.findings.extend(found.into_iter().map(|finding| waivers.apply(finding)));
        self.findings.sort_unstable();
    }

    /// Whether an error was found in `attribute`, so that nothing can be done with its value.
    #[must_use]
    pub fn has_error(&self, attribute: Attribute) -> bool {
        let key = Key::Attribute(attribute);
        self.findings.iter().any(|finding| finding.key == key && finding.is_error())
    }
}

/// Examines the environment of this container, and the file that `ENV_FILE` names, where there is
/// one; `ignore` are the codes that are to be warnings.
#[must_use]
pub fn environment(env: &impl Env, ignore: &[Code]) -> Checked {
    let variables: Vec<Variable> = variables().collect();
    let values = env::resolve(&variables, env);
    let mut findings = Vec::new();
    let raw = mounted(env, &mut findings);
    let text = raw.as_ref().and_then(|raw| whole::text(raw, &mut findings));
    let file = text.map(|text| env_file::parse(text, &|_| None));
    let sheet = text.zip(file.as_ref()).map(|(text, file)| Sheet::new(text, file));
    let given = Given::in_container(&values, env, sheet.as_ref());
    let examination = Examination::of(&given, sheet.as_ref(), ignore);
    examination.conclude(&Outside::Container(&given), findings, values)
}

/// Examines a file as Compose will read it; `shell` is the environment that Compose runs in, and
/// `ignore` are the codes that are to be warnings.
#[must_use]
pub fn file(raw: &Raw, shell: &dyn Fn(&str) -> Option<String>, ignore: &[Code]) -> Checked {
    let mut findings = Vec::new();
    let text = whole::text(raw, &mut findings);
    let file = text.map(|text| env_file::parse(text, shell));
    let sheet = text.zip(file.as_ref()).map(|(text, file)| Sheet::new(text, file));
    let given = sheet.as_ref().map_or_else(Given::unseen, |sheet| Given::on_host(sheet, shell));
    let examination = Examination::of(&given, sheet.as_ref(), ignore);
    examination.conclude(&Outside::Shell(shell), findings, Resolved::default())
}

/// The file that is mounted for us to look at; that it can't be read is told.
fn mounted(env: &impl Env, findings: &mut Vec<Finding>) -> Option<Raw> {
    let raw = match env.get(ENV_FILE.name) {
        Ok(None) => return None,
        Ok(Some(path)) if path.is_empty() => return None,
        Ok(Some(path)) => platform::env_file::read(Path::new(&path)).ok(),
        Err(_) => None,
    };
    if raw.is_none() {
        findings.push(Finding::new(Key::EnvFile, Cause::File(FileFault::Unreadable)));
    }
    raw
}

/// What the steps share.
struct Examination<'a> {
    given: &'a Given,
    sheet: Option<&'a Sheet<'a>>,
    verdict: Verdict,
    waivers: Waivers<'a>,
}

impl<'a> Examination<'a> {
    fn of(given: &'a Given, sheet: Option<&'a Sheet<'a>>, ignore: &'a [Code]) -> Self {
        let verdict =
            configuration::judge(|attribute| given.value(Key::Attribute(attribute)).cloned());
        let waivers = Waivers { codes: ignore, is_production: verdict.is_production };
        Self { given, sheet, verdict, waivers }
    }

    fn conclude(
        self,
        outside: &Outside<'_>,
        mut findings: Vec<Finding>,
        values: Resolved,
    ) -> Checked {
        let mut of_values = self.of_values();
        if let Some(sheet) = self.sheet {
            let (of_file, explained) = self.of_file(sheet, outside, &mut of_values);
            of_values.retain(|finding| !explained.covers(finding));
            findings.extend(of_file);
        }
        findings.extend(of_values);
        for finding in &mut findings {
            *finding = self.waivers.apply(*finding);
        }
        findings.sort_unstable();
        findings.dedup();
        if findings.len() > MOST {
            findings.truncate(MOST);
            findings.push(Finding::new(Key::EnvFile, Cause::File(FileFault::TooMany)));
            findings.sort_unstable();
        }
        Checked { findings, verdict: self.verdict, values, refused: self.waivers.refused() }
    }

    /// What the file itself is, and what that explains. `of_values` are given their places.
    fn of_file(
        &self,
        sheet: &Sheet<'_>,
        outside: &Outside<'_>,
        of_values: &mut Vec<Finding>,
    ) -> (Vec<Finding>, Explained) {
        let mut lines = lines::findings(sheet, outside);
        let drifted = drift::findings(sheet, outside, &lines);
        for LineFinding { finding, .. } in &mut lines {
            *finding = self.waivers.apply(*finding);
        }
        let mut names = names::unknown(sheet, self.given, &lines);
        if let Outside::Shell(_) = outside {
            names.extend(names::of_files(sheet));
            of_values.extend(names::absent(sheet, self.given));
        }
        for finding in &mut names {
            *finding = self.waivers.apply(*finding);
        }
        let explained = Explained::by(sheet, outside, self.given, &lines, &names);
        for finding in of_values {
            *finding = self.placed(*finding, sheet);
        }
        let findings = lines.into_iter().map(|line| line.finding);
        (findings.chain(names).chain(drifted).collect(), explained)
    }

    /// What is wrong with the values: their source, each for itself, and across.
    fn of_values(&self) -> Vec<Finding> {
        let violations =
            self.verdict.violations.iter().map(|found| {
                Finding::new(Key::Attribute(found.attribute), Cause::Rule(found.rule))
            });
        // A value that can't be seen is not unset.
        let seen = violations.filter(|finding| !self.given.is_unseen(finding.key));
        seen.chain(self.given.faults.iter().copied())
            .chain(stack::presence(self.given))
            .chain(stack::across(self.given, &self.verdict))
            .collect()
    }

    /// The finding at the place of the file where the value comes from.
    fn placed(&self, finding: Finding, sheet: &Sheet<'_>) -> Finding {
        let key = finding.key;
        let statement = match finding.cause {
            Cause::Source(_) => sheet.file_of(key),
            _ => sheet.get(key.name()).filter(|own| self.given.comes_from(key, own)),
        };
        statement.map_or(finding, |statement| finding.at(statement.value_position))
    }
}
