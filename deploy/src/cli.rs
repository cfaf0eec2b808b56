//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use domain::deployment::Trigger;
use domain::version::DeploymentTag;
use platform::cli::{self, Request};
use platform::env;

use crate::variables;

const UP_HELP: &str = "\
In this order, and each step only after the one before it: the configuration is checked, the database backed
up and the backup proven, the image fetched if it is not here, the migration run. Then the new instance
starts beside the old one, passes its health check, gets the traffic, and is watched for a while together
with the stack. Only then the old one goes, and .env.production names the new release. Until that moment the
old one stands; whatever fails before, the new one is taken away again.

Exit 0: the release runs, also where it did so before. 1: it does not; the event says why, and what runs.";

const ROLLBACK_HELP: &str = "\
To the release before the one that runs, or to TAG: one of `deploy artifacts` that was deployed. .env.production
names it before anything is replaced. The database stays as it is: where a migration has changed it, the
event of the deployment names the backup from before.

Exit 0: the release runs. 1: it does not.";

/// Releases go out behind a health gate, and come back.
#[derive(Debug, Parser)]
#[command(name = "deploy", version)]
pub(crate) struct Cli {
    /// The compose folder, which holds docker-compose.prod.yml.
    #[arg(long, global = true, default_value = ".")]
    pub(crate) dir: PathBuf,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Bring a release out; without TAG the one that .env.production names.
    #[command(after_help = UP_HELP)]
    Up(UpArgs),
    /// Go back to the release before, or to the named one.
    #[command(after_help = ROLLBACK_HELP)]
    Rollback(RollbackArgs),
    /// What runs now: the deployed artifact, the newest event, every service.
    Status(Output),
    /// Deployment Events, newest first.
    History {
        /// How many events at the most.
        #[arg(long, default_value_t = 20)]
        limit: usize,
        #[command(flatten)]
        output: Output,
    },
    /// Deployment Artifacts, newest first: what can be gone back to.
    Artifacts(Output),
    /// Remove artifacts and images past `ARTIFACT_RETENTION_DAYS`.
    Prune {
        /// Only tell what would be removed.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        by: By,
    },
    /// Print what completes this program's arguments in a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// The release: vMAJOR.MINOR.PATCH or a Git SHA.
    #[arg(value_parser = tag)]
    pub(crate) tag: Option<DeploymentTag>,
    /// The image; without it, that of .env.production with the release in its tag.
    #[arg(long, value_name = "URI", value_parser = image)]
    pub(crate) image: Option<String>,
    /// A command that runs in the new image before the release goes out.
    #[arg(long, value_name = "COMMAND", value_parser = words)]
    pub(crate) migrate: Option<Words>,
    #[command(flatten)]
    pub(crate) by: By,
}

#[derive(Debug, Args)]
pub(crate) struct RollbackArgs {
    /// The release to go back to.
    #[arg(value_parser = tag)]
    pub(crate) tag: Option<DeploymentTag>,
    #[command(flatten)]
    pub(crate) by: By,
}

/// For whom, and how long another deploy is waited for.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_field_names, reason = "the data model's name")]
pub(crate) struct By {
    /// Who deploys, as the event and the lock tell it.
    #[arg(long, value_name = "NAME")]
    pub(crate) operator: Option<String>,
    /// What began it.
    #[arg(long, value_enum, default_value_t = TriggeredBy::Manual, value_name = "WHAT")]
    pub(crate) triggered_by: TriggeredBy,
    /// How long another deploy is waited for, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) wait: u64,
}

/// `DeploymentEvent.triggered_by`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum TriggeredBy {
    GithubAction,
    Manual,
    Automated,
}

impl From<TriggeredBy> for Trigger {
    fn from(by: TriggeredBy) -> Self {
        match by {
            TriggeredBy::GithubAction => Self::GithubAction,
            TriggeredBy::Manual => Self::Manual,
            TriggeredBy::Automated => Self::Automated,
        }
    }
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Output {
    /// For people or for programs.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
}

/// A command, split as a shell does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words(pub(crate) Vec<String>);

fn words(text: &str) -> Result<Words, &'static str> {
    let words = shlex::split(text).filter(|words| !words.is_empty());
    words.map(Words).ok_or("no command")
}

fn tag(text: &str) -> Result<DeploymentTag, domain::version::VersionError> {
    DeploymentTag::parse(text)
}

/// What could be an option of the docker command is no image.
fn image(text: &str) -> Result<String, &'static str> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "._-/:@".contains(letter);
    let is_image = text.starts_with(|first: char| first.is_ascii_alphanumeric());
    if is_image && text.chars().all(fits) { Ok(text.to_owned()) } else { Err("no image") }
}

/// Reads the command line, the program's name first.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Request<Cli> {
    cli::parse(arguments, &env::help(&variables::all()))
}

/// What completes the arguments in that shell.
pub(crate) fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "deploy", &mut script);
    String::from_utf8_lossy(&script).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Request<Cli> {
        parse(std::iter::once("deploy").chain(line.split_whitespace()).map(OsString::from))
    }

    #[test]
    fn an_error_never_repeats_what_was_typed() {
        for line in [
            "hunter2",
            "--dir",
            "--dir hunter2",
            "--dir hunter2 hunter2",
            "status hunter2",
            "status --format hunter2",
            "history --limit hunter2",
            "history --hunter2",
            "up hunter2",
            "up v1.2.3 hunter2",
            "up v1.2.3 --image -hunter2",
            "up v1.2.3 --image hunter2$",
            "up v1.2.3 --migrate 'hunter2",
            "up v1.2.3 --triggered-by hunter2",
            "rollback hunter2",
            "prune --wait hunter2",
            "completions hunter2",
        ] {
            let Request::Wrong(text) = parsed(line) else { panic!("{line}") };
            assert!(!text.contains("hunter2"), "{line}: {text}");
        }
    }

    #[test]
    fn the_help_explains_every_variable() {
        let Request::Show(help) = parsed("--help") else { panic!("no help") };
        for variable in variables::all() {
            assert!(help.contains(variable.name), "{}: {help}", variable.name);
        }
    }

    #[test]
    fn a_release_goes_out_as_it_is_said() {
        let line =
            "up v1.2.3 --image registry:5000/bot:1 --triggered-by github_action --operator ci";
        let Request::Do(Cli { command: Command::Up(up), .. }) = parsed(line) else { panic!() };
        assert_eq!(up.tag.as_ref().map(DeploymentTag::as_str), Some("v1.2.3"));
        assert_eq!(up.image.as_deref(), Some("registry:5000/bot:1"));
        assert_eq!(Trigger::from(up.by.triggered_by), Trigger::GithubAction);
        assert_eq!(words("a 'b c'"), Ok(Words(vec!["a".into(), "b c".into()])));
        assert!(words(" ").is_err());
    }

    #[test]
    fn every_shell_is_told_every_command() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = completions(shell);
            for command in ["up", "rollback", "status", "history", "artifacts", "prune"] {
                assert!(script.contains(command), "{shell}: {command}");
            }
        }
    }
}
