//! From names to values: `NAME`, or the file of `NAME_FILE`, or the default.

use std::collections::BTreeMap;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use super::{Env, Mistake, Problem, Problems, Variable};
use crate::secret_file::{self, SecretFileError};

/// The values of the variables, and what was wrong with the rest.
#[derive(Debug, Default)]
pub struct Resolved {
    values: BTreeMap<&'static str, SecretString>,
    problems: Vec<Problem>,
}

/// Finds the value of each of `variables`; whatever is wrong is in [`Resolved::problems`].
///
/// An unset variable gets its default, an empty one stays empty unless
/// [`Variable::empty_is_unset`] says otherwise. Of a file, exactly one trailing newline is dropped.
#[must_use]
pub fn resolve(variables: &[Variable], env: &impl Env) -> Resolved {
    let mut resolved = Resolved::default();
    for variable in variables {
        match value_of(variable, env) {
            Ok(Some(value)) => {
                resolved.values.insert(variable.name, value);
            }
            Ok(None) => {}
            Err(mistake) => {
                resolved.problems.push(Problem { name: variable.name, mistake });
            }
        }
    }
    resolved
}

fn value_of(variable: &Variable, env: &impl Env) -> Result<Option<SecretString>, Mistake> {
    let given = |text: &String| !variable.is_off_when_empty || !text.is_empty();
    let own = env.get(variable.name).map(|own| own.filter(given)).map_err(|_| Mistake::NotUnicode);
    let file = if variable.file { env.get(&variable.file_name()) } else { Ok(None) };
    let file = file.map(|path| path.filter(given));
    match (own, file) {
        (own, Ok(None)) => Ok(own?.or_else(|| variable.default.map(str::to_owned)).map(Into::into)),
        (Ok(None), Ok(Some(path))) if path.is_empty() => Err(Mistake::FileNameInvalid),
        (Ok(None), Ok(Some(path))) => {
            secret_file::read(Path::new(&path)).map(Some).map_err(|error| match error {
                SecretFileError::Missing { .. } => Mistake::FileMissing,
                SecretFileError::Unreadable { .. } => Mistake::FileUnreadable,
                SecretFileError::TooLarge { .. } => Mistake::FileTooLarge,
                SecretFileError::NotUnicode { .. } => Mistake::FileNotUnicode,
            })
        }
        (Ok(None), Err(_)) => Err(Mistake::FileNameInvalid),
        (_, _) => Err(Mistake::BothSet),
    }
}

impl Resolved {
    /// The value of `name`, unless it is unset or something is wrong with it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(ExposeSecret::expose_secret)
    }

    /// The value of `name` as a secret.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<SecretString> {
        self.values.get(name).cloned()
    }

    /// What was wrong, in the order of the variables.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Puts the values into a struct whose fields are `Option<String>`, named as the variables in
    /// lower case. Those with a problem are `None`.
    ///
    /// # Errors
    /// The problems, where the struct asks for more than `Option<String>` and doesn't get it.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, Problems> {
        let pairs = self
            .values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.expose_secret().to_owned()));
        envy::from_iter(pairs).map_err(|_| Problems(self.problems.clone()))
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::MapEnv;

    const TOKEN: Variable = Variable::secret("TOKEN", "A token.");
    const LEVEL: Variable = Variable::plain("LEVEL", "A level.").with_default("INFO");

    fn mistakes(resolved: &Resolved) -> Vec<Mistake> {
        resolved.problems().iter().map(|problem| problem.mistake.clone()).collect()
    }

    fn file(content: &[u8]) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("value");
        std::fs::write(&path, content).unwrap();
        let path = path.to_str().unwrap().to_owned();
        (folder, path)
    }

    #[test]
    fn unset_gets_the_default_and_empty_does_not() {
        let unset = resolve(&[LEVEL, TOKEN], &MapEnv::default());
        assert_eq!((unset.get("LEVEL"), unset.get("TOKEN")), (Some("INFO"), None));
        let empty = resolve(&[LEVEL], &MapEnv::from([("LEVEL", "")]));
        assert_eq!(empty.get("LEVEL"), Some(""));
    }

    #[test]
    fn exactly_one_trailing_newline_of_a_file_is_dropped() {
        for (content, expected) in
            [("s3", "s3"), ("s3\n", "s3"), ("s3\r\n", "s3"), ("s3\n\n", "s3\n"), (" s3 \n", " s3 ")]
        {
            let (_folder, path) = file(content.as_bytes());
            let resolved = resolve(&[TOKEN], &MapEnv::from([("TOKEN_FILE", path)]));
            assert_eq!(resolved.get("TOKEN"), Some(expected));
        }
    }

    #[test]
    fn both_set_is_an_error_even_when_one_is_empty() {
        let env = MapEnv::from([("TOKEN", ""), ("TOKEN_FILE", "/nowhere")]);
        assert_eq!(mistakes(&resolve(&[TOKEN], &env)), [Mistake::BothSet]);
    }

    #[test]
    fn what_compose_passes_on_empty_is_unset_where_the_variable_says_so() {
        const OFF: Variable = Variable::secret("OFF", "Off.").empty_is_unset();
        let (_folder, path) = file(b"s3");
        for (own, file, expected) in
            [("", "", None), ("s3", "", Some("s3")), ("", &path, Some("s3"))]
        {
            let resolved = resolve(&[OFF], &MapEnv::from([("OFF", own), ("OFF_FILE", file)]));
            assert!(resolved.problems().is_empty());
            assert_eq!(resolved.get("OFF"), expected);
        }
        let both = MapEnv::from([("OFF", "s3"), ("OFF_FILE", "/nowhere")]);
        assert_eq!(mistakes(&resolve(&[OFF], &both)), [Mistake::BothSet]);
    }

    #[test]
    fn each_fault_of_a_file_has_its_own_answer() {
        let (_large, large) = file(&vec![b'x'; 64 * 1024 + 1]);
        let (_binary, binary) = file(&[0xff, 0xfe]);
        let folder = tempfile::tempdir().unwrap();
        for (path, expected) in [
            ("", Mistake::FileNameInvalid),
            ("/nowhere/at/all", Mistake::FileMissing),
            (folder.path().to_str().unwrap(), Mistake::FileUnreadable),
            (large.as_str(), Mistake::FileTooLarge),
            (binary.as_str(), Mistake::FileNotUnicode),
        ] {
            let resolved = resolve(&[TOKEN], &MapEnv::from([("TOKEN_FILE", path)]));
            assert_eq!(mistakes(&resolved), [expected], "{path}");
        }
    }

    #[test]
    fn every_problem_is_found_and_none_holds_a_value() {
        let env =
            MapEnv::from([("TOKEN", "s3cret"), ("TOKEN_FILE", "/s3cret")]).with_bytes("LEVEL");
        let resolved = resolve(&[TOKEN, LEVEL], &env);
        assert_eq!(mistakes(&resolved), [Mistake::BothSet, Mistake::NotUnicode]);
        let shown = format!("{resolved:?} {}", Problems(resolved.problems().to_vec()));
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
