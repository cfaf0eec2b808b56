//! Tells people of changes of the health status, of outcomes of deployments and of backups.
//!
//! It looks at the boards each second and lets `domain` decide what is worth telling. Each channel has a
//! queue with a bound and a task of its own: one that is dead delays no other, and none of them
//! holds up a probe.

mod memory;
mod queue;
pub(crate) mod trial;
mod worker;

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::notification::{BackupRule, DeploymentRule, Moment, News, Notice, Rule, Seen, plain};
use platform::notify::{Channel, Code};
use platform::{lock, records};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use uuid::Uuid;

use crate::complaint::Complaint;
use crate::config::Notifying;
use crate::ledger::{Books, blocking};
use crate::view::View;
use memory::{Remembered, Store, Waiting};
use queue::Queue;
use worker::Worker;

/// How often the boards are looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// The longest version that is told, in characters.
const MAX_VERSION: usize = 128;

/// Watches the boards and tells what changes, until `stop` is ready. What is waiting then has
/// `last_chance` to get out; what doesn't is remembered.
pub async fn run(
    config: Notifying,
    view: View,
    stop: impl Future<Output = ()>,
    last_chance: Duration,
) {
    let mut stop = pin!(stop);
    if config.channels.is_empty() {
        return stop.await;
    }
    let (mut notifier, mut workers, hurry) = begin(config, view).await;
    let mut ticks = interval(LOOK_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = ticks.tick() => notifier.look().await,
            () = notifier.bell.notified() => {}
        }
        notifier.remember().await;
    }
    notifier.look().await;
    let _ = hurry.send(true);
    let _ = timeout(last_chance, async { while workers.join_next().await.is_some() {} }).await;
    notifier.remember().await;
}

struct Notifier {
    view: View,
    began: Instant,
    rule: Rule,
    deployments: DeploymentRule,
    /// The lock that `deploy` holds while it works.
    deploy_lock: PathBuf,
    backups: BackupRule,
    /// The books as they were last looked at.
    seen: Option<Arc<Books>>,
    queues: Vec<(&'static str, Arc<Queue>)>,
    bell: Arc<Notify>,
    store: Store,
    complaint: Complaint,
}

async fn begin(config: Notifying, view: View) -> (Notifier, JoinSet<()>, watch::Sender<bool>) {
    let (store, remembered) = Store::open(&config.state_dir).await;
    let bell = Arc::new(Notify::new());
    let (sender, hurry) = watch::channel(false);
    let mut workers = JoinSet::new();
    let mut queues = Vec::new();
    for channel in config.channels {
        let name = channel.name();
        let queue = Arc::new(left_for(&channel, &remembered));
        queues.push((name, Arc::clone(&queue)));
        let worker = Worker {
            channel,
            queue,
            trust: config.trust.clone(),
            view: view.clone(),
            bell: Arc::clone(&bell),
            hurry: hurry.clone(),
            complaint: Complaint::default(),
        };
        workers.spawn(worker.run());
    }
    let max_age = view.backup_max_age;
    let notifier = Notifier {
        view,
        began: Instant::now(),
        rule: Rule::new(config.settle, remembered.status),
        deployments: DeploymentRule::new(remembered.deployments),
        deploy_lock: records::deployment_lock(&config.state_dir),
        backups: BackupRule::new(max_age, config.settle, remembered.backups),
        seen: None,
        queues,
        bell,
        store,
        complaint: Complaint::default(),
    };
    (notifier, workers, sender)
}

/// What a former life left for that channel.
fn left_for(channel: &Channel, remembered: &Remembered) -> Queue {
    let left = remembered.waiting.iter().filter(|waiting| waiting.channel == channel.name());
    Queue::of(left.map(|waiting| waiting.notice.clone()))
}

impl Notifier {
    async fn look(&mut self) {
        let health = self.view.board.report();
        let now = Moment { at: self.view.board.now(), elapsed: self.began.elapsed() };
        let changed = self.rule.observe(&health, now);
        let concluded = self.concluded(now).await;
        let backups = self.of_backups(now);
        let version = health.version.as_deref().map(|version| plain(version, MAX_VERSION));
        for news in changed.into_iter().chain(concluded).chain(backups) {
            let notice = Notice {
                notice_id: Uuid::new_v4(),
                at: now.at,
                service_name: health.service_name.clone(),
                version: version.clone(),
                news,
            };
            tracing::info!(kind = notice.kind(), "there is something to tell");
            self.hand_out(&notice);
        }
    }

    /// The outcomes of deployments that are news. While the journal was never read, nothing is known
    /// of any.
    async fn concluded(&mut self, now: Moment) -> Vec<News> {
        let deploying = self.deploying().await;
        let books = self.view.ledger.books();
        let is_seen = self.seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &books));
        let nothing_new = is_seen && !self.deployments.is_waiting();
        if nothing_new || books.deployments.read_at.is_none() {
            return Vec::new();
        }
        let news = self.deployments.observe(&books.deployments.records, deploying, now);
        self.seen = Some(books);
        news.into_iter().map(News::DeploymentConcluded).collect()
    }

    /// Whether `deploy` is at work, where that matters and can be seen.
    async fn deploying(&self) -> Option<bool> {
        if !self.deployments.is_waiting() {
            return None;
        }
        let path = self.deploy_lock.clone();
        blocking(move || lock::is_held(&path)).await.ok()
    }

    /// What is news of the backups. While nobody has looked for the index, nothing is known of any.
    fn of_backups(&mut self, now: Moment) -> Vec<News> {
        let books = self.view.ledger.books();
        let index = &books.backups;
        if index.read_at.is_none() && index.error_code.is_none() {
            return Vec::new();
        }
        let seen = Seen { records: &index.records, error_code: index.error_code };
        self.backups.observe(seen, now)
    }

    fn hand_out(&mut self, notice: &Notice) {
        for (channel, queue) in &self.queues {
            if queue.push(notice.clone()).is_none() {
                self.complaint.settle(channel);
                continue;
            }
            self.view.metrics.observe_notification(channel, false);
            let error_code = Code::QueueFull.as_str();
            if self.complaint.is_news(channel, error_code.to_owned()) {
                tracing::warn!(channel, error_code, "the oldest notification is dropped");
            }
        }
    }

    async fn remember(&mut self) {
        let waiting = self.queues.iter().flat_map(|(channel, queue)| {
            let notices = queue.waiting().into_iter();
            notices.map(|notice| Waiting { channel: (*channel).to_owned(), notice })
        });
        let remembered = Remembered {
            status: self.rule.memory().clone(),
            deployments: self.deployments.memory().clone(),
            backups: self.backups.memory().clone(),
            waiting: waiting.collect(),
        };
        self.store.keep(remembered).await;
    }
}
