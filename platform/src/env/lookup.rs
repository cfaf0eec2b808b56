//! Where variables come from: the process, or pairs that a test wrote down.

use std::collections::BTreeMap;

/// The variable is set, but not to valid UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value is not valid UTF-8")]
pub struct NotUnicode;

/// Looks environment variables up.
pub trait Env {
    /// The value of `name`: `None` where it is unset, an empty string where it is set to nothing.
    ///
    /// # Errors
    /// [`NotUnicode`] where the value is not UTF-8.
    fn get(&self, name: &str) -> Result<Option<String>, NotUnicode>;
}

/// The environment of this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessEnv;

impl Env for ProcessEnv {
    fn get(&self, name: &str) -> Result<Option<String>, NotUnicode> {
        std::env::var_os(name).map(|value| value.into_string().map_err(|_| NotUnicode)).transpose()
    }
}

/// An environment of given pairs, so that no test sets a variable of its process.
#[derive(Clone, Default)]
pub struct MapEnv(BTreeMap<String, Option<String>>);

impl MapEnv {
    /// The same environment with `name` set to bytes that are no UTF-8.
    #[must_use]
    pub fn with_bytes(mut self, name: &str) -> Self {
        self.0.insert(name.to_owned(), None);
        self
    }

    /// The same environment with `name` set to `value`.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), Some(value.to_owned()));
        self
    }

    /// The same environment with `name` unset.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }
}

impl Env for MapEnv {
    fn get(&self, name: &str) -> Result<Option<String>, NotUnicode> {
        self.0.get(name).map(|value| value.clone().ok_or(NotUnicode)).transpose()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for MapEnv {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), Some(value.into()))).collect())
    }
}

impl<N: Into<String>, V: Into<String>, const COUNT: usize> From<[(N, V); COUNT]> for MapEnv {
    fn from(pairs: [(N, V); COUNT]) -> Self {
        pairs.into_iter().collect()
    }
}
