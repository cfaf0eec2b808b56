//! The typed reader: every value parsed, every mistake kept.

use super::parse::Expected;
use super::{Mistake, Problem, Problems, Resolved, Variable};

/// Parses raw values one after another and keeps what is wrong with them.
#[derive(Debug)]
pub struct Fields {
    problems: Vec<Problem>,
}

impl Fields {
    /// A reader that begins with the problems found so far.
    #[must_use]
    pub fn new(resolved: Resolved) -> Self {
        Self { problems: resolved.into_problems() }
    }

    /// The value of a variable that must be set and not be empty. `None` means that the mistake
    /// has been noted.
    pub fn required<T>(
        &mut self,
        variable: &Variable,
        raw: Option<String>,
        parse: impl FnOnce(&str) -> Result<T, Expected>,
    ) -> Option<T> {
        let value = self.optional(variable, raw, parse)?;
        if value.is_none() {
            self.note(variable, Mistake::Unset);
        }
        value
    }

    /// The value of a variable that may be unset (`Some(None)`), but not empty. `None` means that
    /// the mistake has been noted.
    pub fn optional<T>(
        &mut self,
        variable: &Variable,
        raw: Option<String>,
        parse: impl FnOnce(&str) -> Result<T, Expected>,
    ) -> Option<Option<T>> {
        if self.problems.iter().any(|problem| problem.name == variable.name) {
            return None;
        }
        let Some(text) = raw else { return Some(None) };
        if text.is_empty() {
            self.note(variable, Mistake::Empty);
            return None;
        }
        match parse(&text) {
            Ok(value) => Some(Some(value)),
            Err(expected) => {
                self.note(variable, Mistake::Expected(expected));
                None
            }
        }
    }

    /// Notes a mistake that shows only when several values are seen together.
    pub fn note(&mut self, variable: &Variable, mistake: Mistake) {
        self.problems.push(Problem { name: variable.name, mistake });
    }

    /// Builds the configuration, unless something was wrong.
    ///
    /// # Errors
    /// Every problem of the resolution and of the parsing.
    pub fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, Problems> {
        if !self.problems.is_empty() {
            return Err(Problems(self.problems));
        }
        build().ok_or(Problems(Vec::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::{MapEnv, parse, resolve};

    const A: Variable = Variable::plain("A", "One.");
    const B: Variable = Variable::plain("B", "Two.");
    const C: Variable = Variable::secret("C", "Three.");

    #[derive(serde::Deserialize)]
    struct Raw {
        a: Option<String>,
        b: Option<String>,
        c: Option<String>,
    }

    #[test]
    fn a_person_sees_every_mistake_once_and_no_value() {
        let env = MapEnv::from([("A", "99x"), ("C", "s3cret"), ("C_FILE", "/s3cret")]);
        let resolved = resolve(&[A, B, C], &env);
        let raw: Raw = resolved.deserialize().unwrap();
        let mut fields = Fields::new(resolved);
        let a = fields.required(&A, raw.a, parse::whole(1..=9_u32));
        let b = fields.required(&B, raw.b, parse::text);
        let c = fields.required(&C, raw.c, parse::secret);
        let error = fields.finish(|| Some((a?, b?, c?))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "C and C_FILE are both set; A must be a whole number from 1 to 9; B is not set"
        );
    }

    #[test]
    fn an_optional_value_may_be_unset_but_not_empty() {
        let mut fields = Fields::new(Resolved::default());
        assert_eq!(fields.optional(&A, None, parse::text), Some(None));
        assert_eq!(fields.optional(&B, Some(String::new()), parse::text), None);
        assert_eq!(
            fields.finish(|| Some(())).unwrap_err().0,
            [Problem { name: "B", mistake: Mistake::Empty }]
        );
    }
}
