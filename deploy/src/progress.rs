//! What a person sees while a deployment goes on: on a terminal a line for each step and, below, a live one
//! for the step that is under way; elsewhere a log line for each step.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use tokio::time::{Instant, interval};

const TICK: Duration = Duration::from_millis(250);
const CLEAR: &str = "\r\x1b[2K";

/// Tells of steps.
#[derive(Debug)]
pub(crate) struct Progress {
    is_terminal: bool,
    began: Instant,
    note: RefCell<String>,
}

impl Progress {
    /// For whoever reads standard error.
    pub(crate) fn on_stderr() -> Self {
        let is_terminal = io::stderr().is_terminal();
        Self { is_terminal, began: Instant::now(), note: RefCell::default() }
    }

    /// How long all of it has taken so far.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// What there is to say of the step that is under way.
    pub(crate) fn note(&self, text: impl Into<String>) {
        self.note.replace(text.into());
    }

    /// Does `work`, the step that is called `name`.
    pub(crate) async fn during<T, E>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.note.take();
        let began = Instant::now();
        let mut work = Box::pin(work);
        let mut ticks = interval(TICK);
        let answer = loop {
            tokio::select! {
                answer = &mut work => break answer,
                _ = ticks.tick() => self.show('…', name, began.elapsed(), false),
            }
        };
        let mark = if answer.is_ok() { '✓' } else { '✗' };
        self.show(mark, name, began.elapsed(), true);
        if !self.is_terminal {
            let (ok, seconds) = (answer.is_ok(), tenths(began.elapsed()));
            let note = self.note.borrow();
            tracing::info!(step = name, ok, seconds, note = note.as_str(), "step");
        }
        self.note.take();
        answer
    }

    /// Tells what went wrong, the most important line first.
    pub(crate) fn complain(&self, lines: &[String]) {
        if self.is_terminal {
            let _ = writeln!(io::stderr(), "\n{}", lines.join("\n"));
        } else {
            let (first, rest) =
                lines.split_first().map_or(("", &[][..]), |(one, rest)| (one, rest));
            tracing::error!(more = rest.join(" "), "{first}");
        }
    }

    /// Nobody is left to tell when the stream is closed.
    fn show(&self, mark: char, name: &str, took: Duration, is_done: bool) {
        if !self.is_terminal {
            return;
        }
        let note = self.note.borrow();
        let line = line(mark, name, took, &note);
        let end = if is_done { "\n" } else { "" };
        let _ = write!(io::stderr(), "{CLEAR}{line}{end}");
        let _ = io::stderr().flush();
    }
}

fn line(mark: char, name: &str, took: Duration, note: &str) -> String {
    let line = format!("  {mark} {name:<44} {:>7} s  {note}", tenths(took));
    line.trim_end().to_owned()
}

fn tenths(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_in_columns() {
        let took = Duration::from_millis(1_230);
        assert_eq!(
            line('✓', "Check the configuration", took, ""),
            "  ✓ Check the configuration                          1.2 s"
        );
        let waiting = line('…', "Wait", Duration::from_secs(75), "starting");
        assert!(waiting.ends_with("   75.0 s  starting"), "{waiting}");
    }

    #[tokio::test]
    async fn the_answer_of_a_step_is_that_of_its_work() {
        let progress = Progress { is_terminal: false, ..Progress::on_stderr() };
        let good: Result<u8, ()> = progress.during("a step", async { Ok(1) }).await;
        let bad: Result<(), u8> = progress.during("a step", async { Err(2) }).await;
        assert_eq!((good, bad), (Ok(1), Err(2)));
    }
}
