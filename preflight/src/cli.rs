//! The command line.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use platform::cli::{self, Request};
use platform::env;

use crate::config::VARIABLES;
use crate::finding;
use crate::registry::Code;
use crate::report::Format;

const CHECK_HELP: &str = "\
The variables are listed by `preflight --help`. Exit 0: the stack may start. 1: it must not.";

const LINT_HELP: &str = "\
Exit 0: Compose will read what was meant. 1: it will not. 2: the file can't be read.";

const EXEC_HELP: &str = "\
Docker restarts a container without asking what it depends on. This gate stands inside it: nothing is
started on a bad configuration, and what is wrong is told on stderr. COMMAND takes this program's place, as
a shell's `exec` does it: the same process and environment. For an image of your own:

  COPY --from=localhost/ballast/preflight:0.1.0 /preflight /preflight
  ENTRYPOINT [\"/preflight\", \"exec\", \"--\"]
  CMD [\"your-app\", \"--its-options\"]

Give the container every checked variable. For an image of somebody else's, mount the volume that
`check --install` fills, and write into the Compose file:

  entrypoint: [/ballast/preflight, exec, --, their-app]

Once COMMAND runs, the exit code is its own. Before that, 1: the configuration is bad. 2: wrong usage, or
COMMAND can't be started.";

const PROBE_HELP: &str = "\
Exit 0 when the answer is 2xx, 1 when it is anything else or there is none.

Docker never restarts a container for being unhealthy. --restart-after does: it sends SIGTERM to every
process of the container, two seconds later SIGKILL, and the restart policy (`always` or
`unless-stopped`) brings them back. Failures count from the first success since the container started,
so that a slow start is no failure. Set `init: true`, for the kernel shields process 1 from SIGKILL, and
give the health check a timeout of at least TIME and 3 s. The count is kept in PROBE_STATE_DIR (/tmp).";

/// Refuses to let the stack start on a bad configuration.
#[derive(Debug, Parser)]
#[command(name = "preflight", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    check: CheckArgs,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum Command {
    /// Check the configuration and report every finding at once; the default command
    #[command(after_help = CHECK_HELP)]
    Check(CheckArgs),
    /// Check a file before Compose reads it, with line and column
    #[command(after_help = LINT_HELP)]
    Lint(LintArgs),
    /// Say what a finding means, with a bad and a good example; without a code, list them all
    Explain(ExplainArgs),
    /// Print .env.production.template
    Template,
    /// Check the configuration, then become COMMAND: the gate that no restart goes around
    #[command(after_help = EXEC_HELP)]
    Exec(ExecArgs),
    /// Ask a URL: a health check for images without curl
    #[command(after_help = PROBE_HELP)]
    Probe(ProbeArgs),
    /// Copy this program into a folder, usually a volume shared with other containers
    Install(InstallArgs),
}

/// Arguments of `check`.
#[derive(Debug, PartialEq, Eq, Args)]
pub(crate) struct CheckArgs {
    /// How findings are shown
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "human|json|github|sarif",
        hide_possible_values = true
    )]
    pub(crate) format: Format,
    /// Also connect to PostgreSQL, Redis and DNS, and look at the certificate and the folders
    #[arg(long)]
    pub(crate) live: bool,
    /// Make a finding a warning; may be given more than once
    #[arg(long, value_name = "CODE")]
    pub(crate) ignore: Vec<Code>,
    /// Open the deployment event when the check has passed and something has changed
    #[arg(long)]
    pub(crate) record: bool,
    /// Copy this program into DIR when the check has passed
    #[arg(long, value_name = "DIR")]
    pub(crate) install: Option<PathBuf>,
    /// Add the fingerprint that tells one configuration from another, and nothing else; JSON only
    #[arg(long)]
    pub(crate) fingerprint: bool,
}

/// Arguments of `lint`.
#[derive(Debug, PartialEq, Eq, Args)]
pub(crate) struct LintArgs {
    /// The file, such as .env.production
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// How findings are shown
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "human|json|github|sarif",
        hide_possible_values = true
    )]
    pub(crate) format: Format,
    /// Make a finding a warning; may be given more than once
    #[arg(long, value_name = "CODE")]
    pub(crate) ignore: Vec<Code>,
}

/// Arguments of `explain`.
#[derive(Debug, PartialEq, Eq, Args)]
pub(crate) struct ExplainArgs {
    /// The code of a finding, such as PF001
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<Code>,
    /// Print preflight/CHECKS.md: all of them, as a page in Markdown
    #[arg(long, conflicts_with = "code")]
    pub(crate) markdown: bool,
}

/// Arguments of `exec`.
#[derive(Debug, PartialEq, Eq, Args)]
pub(crate) struct ExecArgs {
    /// Make a finding a warning; may be given more than once
    #[arg(long, value_name = "CODE")]
    pub(crate) ignore: Vec<Code>,
    /// The program and its arguments
    #[arg(value_name = "COMMAND", last = true, required = true, num_args = 1..)]
    pub(crate) command: Vec<OsString>,
}

/// Arguments of `probe`.
#[derive(Debug, PartialEq, Eq, Args)]
pub(crate) struct ProbeArgs {
    /// The http:// URL to ask; localhost is asked by IPv4, then by IPv6
    pub(crate) url: String,
    /// How long the answer may take: 2s, 500ms
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = parse_timeout)]
    pub(crate) timeout: Duration,
    /// After N failures in a row, end the container's processes
    #[arg(long, value_name = "N")]
    pub(crate) restart_after: Option<NonZeroU32>,
}

/// Arguments of `install`.
#[derive(Debug, PartialEq, Eq, Args)]
pub(crate) struct InstallArgs {
    /// The folder, which must exist
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

/// Reads the command line, the program's name first.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Request<Command> {
    let checked: Vec<_> = finding::variables().collect();
    let checked = env::help(&checked).replacen("Environment:", "Checked variables:", 1);
    let own = env::help(VARIABLES).replacen("Environment:", "Variables of its own:", 1);
    cli::parse::<Cli>(arguments, &format!("{checked}\n{own}"))
        .map(|cli| cli.command.unwrap_or(Command::Check(cli.check)))
}

fn parse_timeout(text: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "a time from 1ms to 300s";
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(0));
    let number: u64 = number.parse().map_err(|_| EXPECTED)?;
    let time = match unit {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        _ => return Err(EXPECTED),
    };
    if (Duration::from_millis(1)..=Duration::from_mins(5)).contains(&time) {
        Ok(time)
    } else {
        Err(EXPECTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Request<Command> {
        parse(std::iter::once("preflight").chain(line.split_whitespace()).map(OsString::from))
    }

    fn shown(line: &str) -> String {
        match parsed(line) {
            Request::Show(text) | Request::Wrong(text) => text,
            Request::Do(command) => panic!("{command:?}"),
        }
    }

    #[test]
    fn no_command_is_check() {
        assert_eq!(parsed(""), parsed("check"));
        assert_eq!(parsed("--record --format json"), parsed("check --record --format=json"));
        let Request::Do(Command::Check(args)) = parsed("check --record --install /ballast") else {
            panic!("check is a command");
        };
        assert_eq!(args.install, Some(PathBuf::from("/ballast")));
        assert!(args.record && args.format == Format::Human);
    }

    #[test]
    fn a_timeout_has_a_unit_and_bounds() {
        assert_eq!(parse_timeout("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(parse_timeout("500ms"), Ok(Duration::from_millis(500)));
        for wrong in ["", "2", "s", "0s", "301s", "-1s", "1.5s", "99999999999999999999s", "2 s"] {
            assert!(parse_timeout(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_error_never_repeats_what_was_typed() {
        for line in [
            "hunter2",
            "--hunter2=hunter2",
            "check hunter2",
            "check --format hunter2",
            "check --record=hunter2",
            "exec",
            "exec hunter2",
            "exec --",
            "exec --hunter2 -- hunter2",
            "exec --ignore hunter2 -- hunter2",
            "probe",
            "probe http://a hunter2",
            "probe http://hunter2 --timeout hunter2",
            "probe http://hunter2 --restart-after hunter2",
            "probe http://hunter2 --restart-after 0",
            "install",
            "install --hunter2 x",
            "--record check",
        ] {
            let Request::Wrong(text) = parsed(line) else { panic!("{line}") };
            assert!(text.starts_with("preflight: ") && !text.contains("hunter2"), "{line}: {text}");
        }
    }

    #[test]
    fn the_help_explains_every_command_and_variable() {
        insta::assert_snapshot!("help", shown("--help"));
        insta::assert_snapshot!("help_check", shown("check --help"));
        insta::assert_snapshot!("help_exec", shown("exec --help"));
        insta::assert_snapshot!("help_probe", shown("probe --help"));
        insta::assert_snapshot!("help_install", shown("install --help"));
        assert_eq!(shown("--version"), concat!("preflight ", env!("CARGO_PKG_VERSION"), "\n"));
        let help = shown("--help");
        for variable in finding::variables().chain(VARIABLES.iter().copied()) {
            assert!(help.contains(variable.name), "{}", variable.name);
        }
    }
}
