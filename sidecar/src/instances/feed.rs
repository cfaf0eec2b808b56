//! The engine's events, as long as they come: a stream that breaks is opened anew.

use std::pin::Pin;
use std::time::Duration;

use platform::engine::{Code, Event, Events};
use tokio::time::{Instant, sleep_until};

use super::pause::Pause;
use crate::project::Project;

/// How long the begin of the stream may take.
const DEADLINE: Duration = Duration::from_secs(2);
/// After so long a stream is given up for a new one: a connection that died without a word looks like
/// one on which nothing happens.
const LIFETIME: Duration = Duration::from_mins(10);

type Opening = Pin<Box<dyn Future<Output = Result<Events, Code>> + Send>>;

enum State {
    Waiting(Instant),
    Opening(Opening),
    Open(Events, Instant),
}

/// What comes of the feed.
pub(super) enum Signal {
    /// From now on every event is told. What happened before is not: look at everything.
    Opened,
    /// An event.
    Event(Event),
    /// There are no events for now.
    Broken(Code),
}

/// The events of a project.
pub(super) struct Feed {
    project: Project,
    state: State,
    pause: Pause,
}

impl Feed {
    pub(super) fn new(project: Project) -> Self {
        Self { project, state: State::Waiting(Instant::now()), pause: Pause::new() }
    }

    /// The next signal. A call that is given up loses nothing.
    pub(super) async fn next(&mut self) -> Signal {
        loop {
            match &mut self.state {
                State::Waiting(until) => {
                    sleep_until(*until).await;
                    self.open();
                }
                State::Opening(opening) => match opening.await {
                    Ok(events) => {
                        self.state = State::Open(events, Instant::now() + LIFETIME);
                        return Signal::Opened;
                    }
                    Err(code) => return self.broken(code),
                },
                State::Open(events, until) => {
                    tokio::select! {
                        event = events.next() => return match event {
                            Ok(event) => {
                                self.pause.after_success();
                                Signal::Event(event)
                            }
                            Err(code) => self.broken(code),
                        },
                        () = sleep_until(*until) => self.open(),
                    }
                }
            }
        }
    }

    fn open(&mut self) {
        let project = self.project.clone();
        let opening = async move { project.engine.events(&project.name, DEADLINE).await };
        self.state = State::Opening(Box::pin(opening));
    }

    fn broken(&mut self, code: Code) -> Signal {
        self.state = State::Waiting(Instant::now() + self.pause.after_failure());
        Signal::Broken(code)
    }
}
