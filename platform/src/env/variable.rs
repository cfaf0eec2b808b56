//! An environment variable as a documented constant.

use std::fmt::Write;

/// What a program says about one of its environment variables: in `--help`, to its parser, and to
/// the test that holds the README, the template and the Compose files to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// The variable's name.
    pub name: &'static str,
    /// Whether the value is a secret or may hold one, as a connection string does.
    pub secret: bool,
    /// Whether the value may be given as `NAME_FILE`, the path of a file that holds it.
    pub file: bool,
    /// The value where the variable is unset. An empty variable doesn't get it.
    pub default: Option<&'static str>,
    /// Whether empty means unset, for `NAME` and for `NAME_FILE`.
    pub is_off_when_empty: bool,
    /// One sentence for people.
    pub doc: &'static str,
}

impl Variable {
    /// A variable that holds no secret and has no `NAME_FILE` form.
    #[must_use]
    pub const fn plain(name: &'static str, doc: &'static str) -> Self {
        Self { name, secret: false, file: false, default: None, is_off_when_empty: false, doc }
    }

    /// A URL without a secret; it can be given as `NAME_FILE`.
    #[must_use]
    pub const fn url(name: &'static str, doc: &'static str) -> Self {
        Self { name, secret: false, file: true, default: None, is_off_when_empty: false, doc }
    }

    /// A secret or a connection string; it can be given as `NAME_FILE`.
    #[must_use]
    pub const fn secret(name: &'static str, doc: &'static str) -> Self {
        Self { name, secret: true, file: true, default: None, is_off_when_empty: false, doc }
    }

    /// The same variable with the value that holds where it is unset.
    #[must_use]
    pub const fn with_default(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// The same variable, unset where it is empty: what turns something on that is off without it.
    /// Compose can't leave a variable out, only pass it on empty.
    #[must_use]
    pub const fn empty_is_unset(self) -> Self {
        Self { is_off_when_empty: true, ..self }
    }

    /// The name of the variable that gives the path of a file with the value.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}_FILE", self.name)
    }
}

/// The section of `--help` that lists `variables`.
#[must_use]
pub fn help(variables: &[Variable]) -> String {
    let width = variables.iter().map(|variable| variable.name.len()).max().unwrap_or(0);
    let mut text = String::from("Environment:\n");
    for variable in variables {
        let _ = write!(text, "  {:width$}  {}", variable.name, variable.doc);
        if let Some(default) = variable.default {
            let _ = write!(text, " [default: {default}]");
        }
        if variable.file {
            let _ = write!(text, " [or {}_FILE]", variable.name);
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_the_default_and_the_file_form() {
        let variables = [
            Variable::secret("TOKEN", "A token."),
            Variable::plain("N", "A number.").with_default("5"),
        ];
        assert_eq!(
            help(&variables),
            "Environment:\n  TOKEN  A token. [or TOKEN_FILE]\n  N      A number. [default: 5]\n"
        );
    }
}
