//! Asks the engine again and again, and at once when it tells of an event.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use domain::service::ServiceStatus;
use platform::engine::{Action, Code, ContainerSummary, Stats};
use platform::http::Url;
use tokio::sync::watch::{Receiver, channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::disk::{self, Measured};
use super::facts::Facts;
use super::feed::{Feed, Signal};
use super::pause::Pause;
use super::report::{DiskState, EngineState, Instance, Services};
use super::roster::{Question, Roster};
use crate::config::Watching;
use crate::project::{Project, Unknown};
use crate::view::View;

/// How many questions are put at once: containers that hang hold no more places than they are.
const AT_ONCE: usize = 16;
/// How long each answer about one container may take.
const DEADLINE: Duration = Duration::from_secs(2);
/// How long a list may take.
const LIST_DEADLINE: Duration = Duration::from_secs(5);
/// However many events there are, lists are not asked for more often.
const LIST_SPACING: Duration = Duration::from_millis(250);
/// Changes that come together are shown together.
const GATHERING: Duration = Duration::from_millis(20);
/// After so many lists that did not come, all that they told is stale.
const FALL: u32 = 2;

/// Watches the containers of the sidecar's own project, for ever; nothing where no engine is configured.
pub async fn watch(config: Watching, view: View) -> Infallible {
    let Some(url) = config.engine.clone() else { return pending().await };
    let own_container = config.own_container.clone();
    let (sender, measured) = channel(Arc::default());
    let board = Arc::clone(&view.board);
    let mut watcher = Watcher::new(url.clone(), config, view, measured);
    tokio::select! {
        never = disk::measure(&url, own_container.as_deref(), &board, &sender) => never,
        never = watcher.run() => never,
    }
}

enum Answer {
    List(Result<(Project, Vec<ContainerSummary>), Unknown>),
    Inspect(String, Result<Box<Facts>, Code>),
    Sample(String, Result<Stats, Code>, std::time::Instant),
}

struct Watcher {
    url: Url,
    config: Watching,
    view: View,
    measured: Receiver<Arc<Measured>>,
    /// Known from a list that came to one that did not.
    project: Option<Project>,
    feed: Option<Feed>,
    roster: Roster,
    answers: JoinSet<Answer>,
    /// When the next list is due.
    list_at: Option<Instant>,
    /// Whether one is asked for now.
    listing: bool,
    /// When the newest was asked for.
    listed: Instant,
    pause: Pause,
    failures: u32,
    /// What is shown, but for the instances themselves.
    services: Services,
    show_at: Option<Instant>,
}

impl Watcher {
    fn new(url: Url, config: Watching, view: View, measured: Receiver<Arc<Measured>>) -> Self {
        let engine = EngineState { configured: true, ..EngineState::default() };
        let now = Instant::now();
        Self {
            url,
            view,
            measured,
            project: None,
            feed: None,
            roster: Roster::default(),
            answers: JoinSet::new(),
            list_at: Some(now),
            listing: false,
            listed: now,
            pause: Pause::new(),
            failures: 0,
            services: Services { stale: true, engine, ..Services::default() },
            show_at: Some(now),
            config,
        }
    }

    async fn run(&mut self) -> Infallible {
        loop {
            let list_at = self.list_at.filter(|_| !self.listing);
            let next = [list_at, self.show_at, self.next_question()];
            let next = next.into_iter().flatten().min();
            tokio::select! {
                Some(Ok(answer)) = self.answers.join_next() => self.take(answer),
                signal = next_signal(&mut self.feed) => self.heed(signal),
                Ok(()) = self.measured.changed() => self.measure(),
                () = until(next) => {}
            }
            self.ask();
            if self.show_at.is_some_and(|at| at <= Instant::now()) {
                self.show();
            }
        }
    }

    /// When the next question to a container is due; none while all places are taken.
    fn next_question(&self) -> Option<Instant> {
        let has_place = self.project.is_some() && self.answers.len() < AT_ONCE;
        has_place.then(|| self.roster.next_due()).flatten()
    }

    /// Puts the questions that are due.
    fn ask(&mut self) {
        let now = Instant::now();
        if !self.listing && self.list_at.is_some_and(|at| at <= now) {
            (self.list_at, self.listing, self.listed) = (None, true, now);
            let (url, own) = (self.url.clone(), self.config.own_container.clone());
            let project = self.project.clone();
            self.answers
                .spawn(async move { Answer::List(list(project, &url, own.as_deref()).await) });
        }
        let Some(project) = &self.project else { return };
        let places = AT_ONCE.saturating_sub(self.answers.len());
        if places == 0 {
            return;
        }
        for question in self.roster.take_due(places, now) {
            let engine = project.engine.clone();
            self.answers.spawn(async move {
                match question {
                    Question::Inspect(id) => {
                        let facts = |container| Box::new(Facts::of(&container, engine.version()));
                        let answer = engine.inspect(&id, DEADLINE).await.map(facts);
                        Answer::Inspect(id, answer)
                    }
                    Question::Sample(id) => {
                        let answer = engine.stats(&id, DEADLINE).await;
                        Answer::Sample(id, answer, std::time::Instant::now())
                    }
                }
            });
        }
    }

    fn take(&mut self, answer: Answer) {
        match answer {
            Answer::List(Ok((project, summaries))) => self.list_came(project, summaries),
            Answer::List(Err(unknown)) => self.list_failed(unknown),
            Answer::Inspect(id, answer) => self.inspected(&id, answer),
            Answer::Sample(id, answer, taken) => self.sampled(&id, answer.ok(), taken),
        }
        self.changed();
    }

    fn list_came(&mut self, project: Project, summaries: Vec<ContainerSummary>) {
        let now = Instant::now();
        self.listing = false;
        if !self.services.engine.ok {
            let api_version = project.engine.version().to_string();
            tracing::info!(api_version, project = project.name, "the engine answers");
            self.services.engine.api_version = Some(api_version);
            self.feed = Some(Feed::new(project.clone()));
            self.roster.look_at_all(now);
        }
        self.project = Some(project);
        self.pause.after_success();
        self.failures = 0;
        self.services.engine.ok = true;
        self.services.engine.error_code = None;
        self.services.checked_at = Some(self.view.board.now());
        self.roster.list(summaries, now);
        self.measure();
        self.list_at.get_or_insert(now + self.config.interval);
    }

    fn list_failed(&mut self, unknown: Unknown) {
        self.listing = false;
        let error_code = unknown.as_str();
        if self.services.engine.error_code != Some(error_code) {
            tracing::warn!(error_code, "the engine can't be asked");
        }
        self.services.engine.ok = false;
        self.services.engine.error_code = Some(error_code);
        // When it answers again, it may be another one, of another version.
        (self.project, self.feed) = (None, None);
        self.failures = self.failures.saturating_add(1);
        self.list_at = Some(Instant::now() + self.pause.after_failure());
    }

    fn inspected(&mut self, id: &str, answer: Result<Box<Facts>, Code>) {
        if let Err(Code::NotFound | Code::Refused | Code::Closed) = answer {
            self.list_soon();
        }
        let Some(slot) = self.roster.slot(id) else { return };
        match answer {
            Ok(facts) => {
                slot.member.inspected(*facts, self.config.max_restarts, self.view.board.now());
                slot.member.measured(&self.measured.borrow().usage);
            }
            Err(code) => slot.member.failed(code.as_str()),
        }
        slot.inspected(self.config.interval, Instant::now());
    }

    fn sampled(&mut self, id: &str, stats: Option<Stats>, taken: std::time::Instant) {
        let Some(slot) = self.roster.slot(id) else { return };
        slot.member.sampled(stats, taken, self.config.max_restarts, self.view.board.now());
        slot.sampled(self.config.interval, Instant::now());
    }

    fn heed(&mut self, signal: Signal) {
        let now = Instant::now();
        match signal {
            Signal::Opened => {
                self.list_soon();
                self.roster.look_at_all(now);
            }
            Signal::Broken(code) => {
                tracing::debug!(error_code = code.as_str(), "no events come from the engine");
                self.list_soon();
            }
            Signal::Event(event) => match self.roster.slot(&event.container) {
                Some(slot) if event.action != Action::Listed => {
                    slot.look(event.action == Action::Started, now);
                }
                _ => self.list_soon(),
            },
        }
    }

    fn list_soon(&mut self) {
        let soon = Instant::now().max(self.listed + LIST_SPACING);
        self.list_at = Some(self.list_at.map_or(soon, |at| at.min(soon)));
    }

    /// Takes the newest measurement of disk space.
    fn measure(&mut self) {
        let measured = Arc::clone(&self.measured.borrow_and_update());
        self.roster.members_mut().for_each(|member| member.measured(&measured.usage));
        let (checked_at, error_code) = (measured.checked_at, measured.error_code);
        self.services.engine.disk = DiskState { checked_at, error_code };
        self.changed();
    }

    fn changed(&mut self) {
        self.show_at.get_or_insert_with(|| Instant::now() + GATHERING);
    }

    fn show(&mut self) {
        self.show_at = None;
        let fresh_for = self.config.interval * 2 + DEADLINE;
        self.services.stale = self.services.checked_at.is_none() || self.failures >= FALL;
        let stale = self.services.stale;
        let shown = self.roster.members().map(|member| member.shown(fresh_for, stale));
        let mut services: Vec<_> = shown.collect();
        services.sort_by(|a, b| {
            let (a, b) = (&a.entity, &b.entity);
            let by_name = a.service_name.cmp(&b.service_name);
            by_name.then_with(|| a.container_id.cmp(&b.container_id))
        });
        // Where the engine is not heard any more, another may run by now.
        let known = if stale { &[][..] } else { &services };
        self.view.board.note_running(one_version(self.view.board.service_name(), known));
        self.view.instances.publish(Services { services, ..self.services.clone() }, fresh_for);
    }
}

/// The version of what runs of the service, where it is one.
fn one_version(service: &str, instances: &[Instance]) -> Option<String> {
    let runs = |one: &&Instance| {
        one.entity.service_name == service && one.entity.status != ServiceStatus::Stopped
    };
    let mut versions = instances.iter().filter(runs).map(|one| one.entity.version.as_ref());
    let first = versions.next()??;
    versions.all(|version| version == Some(first)).then(|| first.clone())
}

async fn list(
    project: Option<Project>,
    url: &Url,
    own_container: Option<&str>,
) -> Result<(Project, Vec<ContainerSummary>), Unknown> {
    let project = match project {
        Some(project) => project,
        None => Project::find(url, own_container, DEADLINE).await?,
    };
    let listed = project.engine.containers_of_project(&project.name, LIST_DEADLINE).await?;
    Ok((project, listed))
}

async fn next_signal(feed: &mut Option<Feed>) -> Signal {
    match feed {
        Some(feed) => feed.next().await,
        None => pending().await,
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}
