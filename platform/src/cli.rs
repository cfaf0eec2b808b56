//! Command lines. What a person typed is never repeated: it may be what they meant for a variable.

use std::ffi::OsString;
use std::io::{self, Write};

use clap::Parser;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use crate::exit::ExitCode;

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Request<T> {
    /// Something that the program does.
    Do(T),
    /// Text for stdout: the help or the version.
    Show(String),
    /// It can't be understood; the text is for stderr.
    Wrong(String),
}

/// Reads a command line, the program's name first. The help ends with `environment` (see
/// [`crate::env::help`]) and the exit codes.
#[must_use]
pub fn parse<C: Parser>(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &str,
) -> Request<C> {
    let command = C::command();
    let name = command.get_name().to_owned();
    // Without a name of its own, the usage would show the one that was typed.
    let mut command = command
        .bin_name(&name)
        .disable_help_subcommand(true)
        .propagate_version(true)
        .after_help(format!("{environment}\n{}", ExitCode::help().trim_end()));
    let parsed = command.try_get_matches_from_mut(arguments);
    match parsed.and_then(|matches| C::from_arg_matches(&matches)) {
        Ok(parsed) => Request::Do(parsed),
        Err(error) if !error.use_stderr() => Request::Show(shown(&error)),
        Err(error) => Request::Wrong(explain(&name, &error)),
    }
}

impl<T> Request<T> {
    /// The same request for what `change` makes of it.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Request<U> {
        match self {
            Self::Do(wanted) => Request::Do(change(wanted)),
            Self::Show(text) => Request::Show(text),
            Self::Wrong(text) => Request::Wrong(text),
        }
    }

    /// What the program is to do. Where that is nothing, the text has been shown.
    ///
    /// # Errors
    /// The exit code, where there is nothing to do.
    pub fn or_answer(self, stdout: &mut impl Write) -> Result<T, ExitCode> {
        match self {
            Self::Do(wanted) => Ok(wanted),
            Self::Show(text) => Err(match print(stdout, &text) {
                Ok(()) => ExitCode::Good,
                Err(_) => ExitCode::Fault,
            }),
            Self::Wrong(text) => {
                // Nobody is left to tell when the stream is closed.
                let _ = write!(io::stderr(), "{text}");
                Err(ExitCode::Usage)
            }
        }
    }
}

/// Writes a result. A reader that has had enough is no fault.
///
/// # Errors
/// What the system says of any other failure.
pub fn print(stdout: &mut impl Write, text: &str) -> io::Result<()> {
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        answer => answer,
    }
}

fn shown(error: &Error) -> String {
    format!("{}\n", error.to_string().trim_end())
}

/// An error in words that hold only what the program knows itself.
fn explain(name: &str, error: &Error) -> String {
    let known = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => word.clone(),
        Some(ContextValue::Strings(words)) => words.join(", "),
        _ => String::new(),
    };
    // Of an argument or a command that it doesn't know, clap gives what was typed.
    let argument = || known(ContextKind::InvalidArg);
    let what = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => return shown(error),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            match known(ContextKind::ValidValue).as_str() {
                "" => format!("the value of {} is not one that it can have", argument()),
                words => format!("the value of {} must be one of {words}", argument()),
            }
        }
        ErrorKind::TooManyValues => format!("{} takes no value, or fewer", argument()),
        ErrorKind::MissingRequiredArgument => format!("{} is missing", argument()),
        ErrorKind::MissingSubcommand => "a command is missing".to_owned(),
        ErrorKind::ArgumentConflict => match argument().as_str() {
            "" => "an argument can't stand before a command".to_owned(),
            argument => format!("{argument} can't be used here, or only once"),
        },
        ErrorKind::InvalidSubcommand => "there is no such command".to_owned(),
        ErrorKind::UnknownArgument => "there is an argument that is not known".to_owned(),
        ErrorKind::InvalidUtf8 => "an argument is not valid UTF-8".to_owned(),
        _ => "the arguments can't be understood".to_owned(),
    };
    let close = known(ContextKind::SuggestedArg) + &known(ContextKind::SuggestedSubcommand);
    let hint = if close.is_empty() { close } else { format!("; there is {close}") };
    let usage = error.get(ContextKind::Usage).map(|usage| format!("\n\n{usage}"));
    format!(
        "{name}: {what}{hint}{}\n\nFor more, try `{name} --help`.\n",
        usage.unwrap_or_default().trim_end()
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use clap::{Subcommand, ValueEnum};

    use super::*;

    #[derive(Debug, PartialEq, Eq, Parser)]
    #[command(name = "program", version = "1.2.3", args_conflicts_with_subcommands = true)]
    struct Cli {
        #[arg(long)]
        number: Option<u8>,
        #[command(subcommand)]
        command: Option<Command>,
    }

    #[derive(Debug, PartialEq, Eq, Subcommand)]
    enum Command {
        Run {
            #[arg(long, value_enum)]
            format: Option<Format>,
            #[arg(long)]
            record: bool,
            url: String,
        },
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
    enum Format {
        Table,
        Json,
    }

    fn parsed(arguments: impl IntoIterator<Item = OsString>) -> Request<Cli> {
        let name = OsString::from("/tmp/hunter2");
        parse(std::iter::once(name).chain(arguments), "Environment:\n")
    }

    fn line(line: &str) -> Request<Cli> {
        parsed(line.split_whitespace().map(OsString::from))
    }

    fn wrong(text: &str) -> String {
        match line(text) {
            Request::Wrong(text) => text,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn what_was_typed_is_never_repeated() {
        for text in [
            "hunter2",
            "--hunter2",
            "--hunter2=hunter2",
            "-xhunter2",
            "--number hunter2",
            "--number=-hunter2",
            "--number 1 --number hunter2",
            "--number 1 run hunter2",
            "run",
            "run -- hunter2 hunter2",
            "run hunter2 hunter2",
            "run hunter2 --format hunter2",
            "run hunter2 --record=hunter2",
            "run hunter2 --hunter2 hunter2",
            "run --help=hunter2",
            "help hunter2",
        ] {
            let shown = wrong(text);
            assert!(shown.starts_with("program: ") && shown.ends_with('\n'), "{text}: {shown}");
            assert!(!shown.contains("hunter2"), "{text}: {shown}");
        }
        let bytes = parsed([OsString::from_vec(b"hunter2\xff".to_vec())]);
        assert!(matches!(bytes, Request::Wrong(text) if !text.contains("hunter2")));
    }

    #[test]
    fn what_is_ours_is_named() {
        for (text, expected) in [
            ("run x --format y", "the value of --format <FORMAT> must be one of table, json"),
            ("--number x", "the value of --number <NUMBER> is not one that it can have"),
            ("run x --recrd", "there is an argument that is not known; there is --record"),
            ("rum", "there is no such command; there is run"),
            ("run", "<URL> is missing\n\nUsage: program run <URL>"),
        ] {
            assert!(wrong(text).contains(expected), "{text}: {}", wrong(text));
        }
    }

    #[test]
    fn the_help_and_the_version_are_shown_for_every_command() {
        for text in ["--version", "run --version"] {
            assert!(matches!(line(text), Request::Show(shown) if shown.ends_with(" 1.2.3\n")));
        }
        let Request::Show(help) = line("--help") else { panic!("no help") };
        assert!(help.contains("\nEnvironment:\n") && help.contains("\nExit codes:\n"), "{help}");
        assert!(help.starts_with("Usage: program ") && !help.contains("hunter2"), "{help}");
    }

    #[test]
    fn a_reader_that_has_had_enough_is_no_fault() {
        let (reader, mut writer) = io::pipe().unwrap();
        drop(reader);
        assert!(print(&mut writer, "text").is_ok());
        assert_eq!(line("--help").or_answer(&mut writer), Err(ExitCode::Good));
    }
}
