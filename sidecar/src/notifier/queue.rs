//! What a channel still has to tell: a queue with a bound.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use domain::notification::Notice;
use tokio::sync::Notify;

/// How many notices wait for a channel, at most.
pub(super) const MAX_WAITING: usize = 32;

/// The notices that a channel still has to tell, oldest first.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    arrival: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Notice>,
    /// Whether the first is being told at this moment.
    is_telling: bool,
}

impl Queue {
    /// A queue that a former life left.
    pub(super) fn of(notices: impl IntoIterator<Item = Notice>) -> Self {
        let waiting = notices.into_iter().take(MAX_WAITING).collect();
        Self { state: Mutex::new(State { waiting, ..State::default() }), arrival: Notify::new() }
    }

    /// Takes a notice, and gives back what there is no room for: the oldest of the status, for a
    /// newer one follows; an outcome of a deployment only among others of its kind.
    pub(super) fn push(&self, notice: Notice) -> Option<Notice> {
        let surplus = self.with(|state| {
            if state.waiting.len() < MAX_WAITING {
                state.waiting.push_back(notice);
                return None;
            }
            match state.surplus(&notice) {
                Surplus::TheNewOne => Some(notice),
                Surplus::At(index) => {
                    let old = state.waiting.remove(index);
                    state.waiting.push_back(notice);
                    old
                }
            }
        });
        self.arrival.notify_one();
        surplus
    }

    /// The oldest, once there is one. It stays in the queue until it is [`Queue::done`].
    pub(super) async fn first(&self) -> Notice {
        loop {
            if let Some(notice) = self.try_first() {
                return notice;
            }
            self.arrival.notified().await;
        }
    }

    /// The oldest, if there is one.
    pub(super) fn try_first(&self) -> Option<Notice> {
        self.with(|state| {
            let notice = state.waiting.front().cloned();
            state.is_telling = notice.is_some();
            notice
        })
    }

    /// The oldest has been told, or never will be.
    pub(super) fn done(&self) {
        self.with(|state| {
            if std::mem::take(&mut state.is_telling) {
                state.waiting.pop_front();
            }
        });
    }

    /// All of them.
    pub(super) fn waiting(&self) -> Vec<Notice> {
        self.with(|state| state.waiting.iter().cloned().collect())
    }

    fn with<T>(&self, use_state: impl FnOnce(&mut State) -> T) -> T {
        use_state(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

enum Surplus {
    At(usize),
    TheNewOne,
}

impl State {
    fn surplus(&self, new: &Notice) -> Surplus {
        let started = usize::from(self.is_telling);
        let mut idle = self.waiting.iter().enumerate().skip(started);
        match idle.find(|(_, notice)| notice.is_of_status()) {
            Some((index, _)) => Surplus::At(index),
            None if new.is_of_status() => Surplus::TheNewOne,
            None => Surplus::At(started),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use domain::health::OverallStatus;
    use domain::notification::{News, StatusChange};
    use uuid::Uuid;

    use super::*;

    fn notice(number: usize, news: News) -> Notice {
        Notice {
            notice_id: Uuid::from_u128(number as u128),
            at: DateTime::<Utc>::UNIX_EPOCH,
            service_name: "bot".into(),
            version: None,
            news,
        }
    }

    fn status(number: usize) -> Notice {
        let change = StatusChange {
            from: None,
            overall_status: OverallStatus::Healthy,
            since: DateTime::UNIX_EPOCH,
            unwell_seconds: None,
            failing: Vec::new(),
            stale: false,
        };
        notice(number, News::StatusChanged(change))
    }

    fn lasting(number: usize) -> Notice {
        notice(number, News::Test {})
    }

    fn number(notice: Option<Notice>) -> Option<u128> {
        notice.map(|notice| notice.notice_id.as_u128())
    }

    #[test]
    fn the_oldest_status_goes_first_and_what_is_being_told_never() {
        let queue = Queue::of([status(0), lasting(1), status(2)]);
        assert_eq!(number(queue.try_first()), Some(0));
        for more in 3..MAX_WAITING {
            assert_eq!(queue.push(lasting(more)), None);
        }
        assert_eq!(number(queue.push(status(100))), Some(2), "0 is being told, 1 is no status");
        assert_eq!(number(queue.push(lasting(101))), Some(100));
        assert_eq!(number(queue.push(status(102))), Some(102), "among outcomes it has no place");
        assert_eq!(number(queue.push(lasting(103))), Some(1));
        assert_eq!(queue.waiting().len(), MAX_WAITING);
        queue.done();
        assert_eq!(number(queue.try_first()), Some(3));
    }

    #[test]
    fn what_is_done_is_gone_and_nothing_else() {
        let queue = Queue::of([lasting(0), lasting(1)]);
        queue.done();
        assert_eq!(queue.waiting().len(), 2, "nothing was being told");
        assert_eq!(number(queue.try_first()), Some(0));
        queue.done();
        assert_eq!(number(queue.try_first()), Some(1));
        queue.done();
        assert_eq!(number(queue.try_first()), None);
    }

    #[test]
    fn a_former_life_leaves_no_more_than_fits() {
        assert_eq!(Queue::of((0..100).map(lasting)).waiting().len(), MAX_WAITING);
    }
}
