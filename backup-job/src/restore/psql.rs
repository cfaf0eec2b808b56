//! `psql` as a child, fed with the script of a backup's file.
//!
//! The script goes into one transaction, which is committed only after the whole of the file was
//! read and found to be what it should be. Should this program be killed meanwhile, psql sees the end
//! of its input without a word to commit. Where the script holds large objects, `pg_dump` itself has
//! put a `COMMIT` behind their contents, and what comes after it is carried out statement by
//! statement: only a database that nobody uses yet is safe to restore into.
//!
//! What psql says on standard error is only searched, to give a failure its code.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::configuration::PostgresUrl;
use platform::child::{ChildError, Command, End, Input, Limits, Stderr};
use platform::tls::Trust;

use crate::archive::{Key, Sum};
use crate::code::Code;
use crate::dump::{connection, known};
use crate::proof::{ProofError, read};
use crate::script::Script;
use crate::stop::{Ended, Stop};

/// The server looks every two seconds whether psql is still there, where it
/// can (PostgreSQL 14): otherwise it would go on with an index for hours.
const SETTINGS: &[u8] =
    b"SELECT pg_catalog.set_config(name, '2s', false) FROM pg_catalog.pg_settings \
WHERE name = 'client_connection_check_interval';\n";

const BEGIN: &[u8] = b"BEGIN;\n";
const COMMIT: &[u8] = b"COMMIT;\n";

/// What is committed at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transaction {
    /// All, or nothing.
    Whole,
    /// Each statement: for a database that goes where anything fails.
    Each,
}

/// The file of a backup.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// What opens it, where it is encrypted.
    pub key: Option<Key>,
}

/// How far the reading of a file is: clones share the number.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// The bytes of the file that have been read so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// Why a script was not restored.
#[derive(Debug, thiserror::Error)]
pub enum PsqlError {
    /// There is no `psql`, or it can't be started.
    #[error("psql can't be started")]
    NotStarted,
    /// The file is not what it should be. Nothing was committed, but for large objects.
    #[error("the file is not fit to be restored")]
    File(#[source] Box<ProofError>),
    /// PostgreSQL did not take a statement, or the connection broke off.
    #[error("psql failed ({end}{})", place(line.as_deref(), state.as_deref()))]
    Failed {
        /// How it ended.
        end: End,
        /// The closed code.
        code: Code,
        /// The line of the script whose statement failed.
        line: Option<String>,
        /// PostgreSQL's own code for it ("PostgreSQL Error Codes"), five letters and digits.
        state: Option<String>,
    },
    /// There was a reason to stop.
    #[error(transparent)]
    Ended(#[from] Ended),
}

fn place(line: Option<&str>, state: Option<&str>) -> String {
    let said =
        |what, word: Option<&str>| word.map_or(String::new(), |word| format!(", {what} {word}"));
    said("line", line) + &said("SQLSTATE", state)
}

impl PsqlError {
    /// The reason to stop, where that was it.
    #[must_use]
    pub const fn ended(&self) -> Option<Ended> {
        match self {
            Self::Ended(ended) => Some(*ended),
            _ => None,
        }
    }

    /// Whether PostgreSQL judged a statement and did not take it: not where it lacked resources
    /// (class 53), was told to end (57), or something failed inside it (58, XX).
    #[must_use]
    pub fn is_a_refusal(&self) -> bool {
        let Self::Failed { code, state: Some(state), .. } = self else { return false };
        let is_of_server =
            ["08", "53", "57", "58", "XX"].iter().any(|class| state.starts_with(class));
        *code == Code::RESTORE_REFUSED && !is_of_server
    }

    /// The closed code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NotStarted => Code::PSQL_MISSING,
            Self::File(error) => error.code(),
            Self::Failed { code, .. } => *code,
            Self::Ended(ended) => ended.code(),
        }
    }
}

/// Where `psql` is looked for: the `PATH` of this process, where it has one.
#[derive(Debug, Clone, Default)]
pub struct Psql {
    path: Option<String>,
    grace: Duration,
}

impl Psql {
    /// The first `psql` of `path`, which is given `grace` from SIGTERM to SIGKILL.
    #[must_use]
    pub const fn on(path: Option<String>, grace: Duration) -> Self {
        Self { path, grace }
    }

    /// Feeds `source` to psql, into the database of `server`. After its last byte `judge` says whether sum and content are what they
    /// should be; only then it is committed.
    ///
    /// # Errors
    /// [`PsqlError`]; psql has ended then.
    pub async fn restore(
        &self,
        server: (&PostgresUrl, &Trust),
        transaction: Transaction,
        source: &Source,
        progress: &Progress,
        judge: impl FnOnce(&Sum, &Script) -> Result<(), ProofError> + Send + 'static,
        stop: &Stop,
    ) -> Result<(), PsqlError> {
        let (source, progress, ended) = (source.clone(), progress.clone(), stop.clone());
        let work = move |mut input: Input| {
            let whole = transaction == Transaction::Whole;
            input.write_all(SETTINGS).map_err(broken)?;
            input.write_all(if whole { BEGIN } else { b"" }).map_err(broken)?;
            let (sum, script) = read::pass(
                &source.path,
                source.key.as_ref(),
                &|bytes| progress.add(bytes),
                &mut |piece| input.write_all(piece).map_err(broken),
                &|| ended.reason().is_some(),
            )?;
            judge(&sum, &script)?;
            input.write_all(if whole { COMMIT } else { b"" }).map_err(broken)
        };
        self.feed(server, work, stop).await
    }

    /// Feeds psql with what `work` writes, outside of any transaction of ours.
    ///
    /// # Errors
    /// [`PsqlError`]; psql has ended then.
    pub async fn feed(
        &self,
        server: (&PostgresUrl, &Trust),
        work: impl FnOnce(Input) -> Result<(), ProofError> + Send + 'static,
        stop: &Stop,
    ) -> Result<(), PsqlError> {
        let limits = Limits { deadline: stop.left(), grace: self.grace };
        let fed = self.command(server).feed(limits, stop.shutdown().requested(), async |input| {
            let working = tokio::task::spawn_blocking(move || work(input));
            working.await.unwrap_or(Err(ProofError::Stopped))
        });
        fed.await.map_err(|error| failure(error, stop))
    }

    fn command(&self, (url, trust): (&PostgresUrl, &Trust)) -> Command {
        let command = Command::new("psql")
            .args(["--no-psqlrc", "--quiet", "--no-password"])
            .args(["--set=ON_ERROR_STOP=1", "--set=VERBOSITY=verbose"]);
        let command = match &self.path {
            Some(path) => command.env("PATH", path),
            None => command,
        };
        connection::connection(command, url, trust)
    }
}

/// psql reads no further; its own end tells why.
fn broken(_: io::Error) -> ProofError {
    ProofError::Stopped
}

fn failure(error: ChildError<ProofError>, stop: &Stop) -> PsqlError {
    match error {
        ChildError::NotFound { .. } | ChildError::NotStarted { .. } => PsqlError::NotStarted,
        ChildError::Failed { end, stderr, .. } => PsqlError::Failed {
            end,
            code: code_of(end, &stderr),
            line: stderr.code_after("psql:<stdin>:"),
            state: stderr.code_after("ERROR:  "),
        },
        ChildError::Deadline { .. } => Ended::Deadline.into(),
        ChildError::Stopped { .. } => Ended::Cancelled.into(),
        ChildError::Output { source: ProofError::Stopped, .. } => {
            stop.reason().map_or(PsqlError::File(Box::new(ProofError::Stopped)), PsqlError::Ended)
        }
        ChildError::Output { source, .. } => PsqlError::File(Box::new(source)),
    }
}

fn code_of(end: End, stderr: &Stderr) -> Code {
    if let End::Signalled(_) = end {
        return Code::PSQL_KILLED;
    }
    known::code_of(stderr).unwrap_or(Code::RESTORE_REFUSED)
}
