//! Who is connected, and who is no longer welcome: how many there may be at once, with some places
//! kept for loopback, and how long a client may leave the sidecar waiting.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::{AbortHandle, Id};

/// Places for everybody.
const SHARED: usize = 512;
/// Places for loopback alone, besides: the health check of the container itself.
const RESERVED: usize = 8;
/// File descriptors that are kept for everything but connections.
const OTHER_DESCRIPTORS: usize = 128;
/// How long a client may take for the head of its next request. The time in which it reads an
/// answer counts too.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// When all places are taken, the client that has been silent longest makes room, if it has been
/// silent for so long.
const GRACE: Duration = Duration::from_millis(250);

/// When a connection last sent a request.
#[derive(Debug)]
pub(super) struct Pulse {
    opened: Instant,
    /// Milliseconds from then on.
    heard: AtomicU64,
}

impl Pulse {
    fn new(opened: Instant) -> Self {
        Self { opened, heard: AtomicU64::new(0) }
    }

    /// The head of a request has come.
    pub(super) fn hear(&self, now: Instant) {
        self.heard.store(milliseconds(self.age(now)), Ordering::Relaxed);
    }

    /// How long the connection has lasted.
    pub(super) fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.opened)
    }

    fn silence(&self, now: Instant) -> Duration {
        self.age(now).saturating_sub(Duration::from_millis(self.heard.load(Ordering::Relaxed)))
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[derive(Debug)]
struct Guest {
    pulse: Arc<Pulse>,
    task: AbortHandle,
}

/// All connections.
#[derive(Debug)]
pub(super) struct Roster {
    shared: usize,
    guests: HashMap<Id, Guest>,
}

impl Roster {
    /// A roster for a process that may open so many file descriptors.
    pub(super) fn new(descriptors: usize) -> Self {
        let shared = descriptors.saturating_sub(OTHER_DESCRIPTORS + RESERVED).clamp(1, SHARED);
        Self { shared, guests: HashMap::new() }
    }

    /// A place for a connection from `peer`, at the cost of the client that has been silent longest
    /// where all are taken. `None` when there is none.
    pub(super) fn place(&mut self, peer: IpAddr, now: Instant) -> Option<Arc<Pulse>> {
        let reserved = if peer.to_canonical().is_loopback() { RESERVED } else { 0 };
        let free = self.guests.len() < self.shared + reserved;
        (free || self.make_room(now)).then(|| Arc::new(Pulse::new(now)))
    }

    /// The task that holds the connection of a place.
    pub(super) fn seat(&mut self, pulse: Arc<Pulse>, task: AbortHandle) {
        self.guests.insert(task.id(), Guest { pulse, task });
    }

    /// A connection has ended.
    pub(super) fn leave(&mut self, task: Id) {
        self.guests.remove(&task);
    }

    /// Ends the connections of whoever has been silent for too long.
    pub(super) fn cut_off(&mut self, now: Instant) {
        self.guests.retain(|_, guest| {
            let welcome = guest.pulse.silence(now) < PATIENCE;
            if !welcome {
                guest.task.abort();
            }
            welcome
        });
    }

    /// Ends the connection of the client that has been silent longest, if it has been for a while.
    pub(super) fn make_room(&mut self, now: Instant) -> bool {
        let silences = self.guests.iter().map(|(id, guest)| (guest.pulse.silence(now), *id));
        let Some((_, id)) = silences.max_by_key(|(silence, _)| *silence).filter(|s| s.0 >= GRACE)
        else {
            return false;
        };
        if let Some(guest) = self.guests.remove(&id) {
            guest.task.abort();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;

    use super::*;

    /// A roster with `shared` places, and how strangers and loopback find it.
    struct Door {
        roster: Roster,
        tasks: JoinSet<()>,
        start: Instant,
    }

    impl Door {
        fn new(shared: usize) -> Self {
            let roster = Roster::new(shared + OTHER_DESCRIPTORS + RESERVED);
            Self { roster, tasks: JoinSet::new(), start: Instant::now() }
        }

        fn knock(&mut self, peer: &str, millis: u64) -> Option<Arc<Pulse>> {
            let now = self.start + Duration::from_millis(millis);
            let pulse = self.roster.place(peer.parse().unwrap(), now)?;
            self.roster.seat(Arc::clone(&pulse), self.tasks.spawn(std::future::pending()));
            Some(pulse)
        }

        async fn ended(&mut self) -> usize {
            tokio::task::yield_now().await;
            std::iter::from_fn(|| self.tasks.try_join_next()).count()
        }
    }

    #[tokio::test]
    async fn loopback_finds_a_place_when_strangers_have_taken_all() {
        let mut door = Door::new(3);
        for _ in 0..3 {
            assert!(door.knock("192.0.2.1", 0).is_some());
        }
        assert!(door.knock("192.0.2.1", 1).is_none());
        for loopback in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(door.knock(loopback, 1).is_some(), "{loopback}");
        }
        assert_eq!(door.ended().await, 0);
    }

    #[tokio::test]
    async fn the_client_that_has_been_silent_longest_makes_room() {
        let mut door = Door::new(3);
        let [first, second, _third] = [0, 10, 20].map(|at| door.knock("192.0.2.1", at).unwrap());
        first.hear(door.start + Duration::from_millis(100));
        assert!(door.knock("192.0.2.2", 259).is_none(), "nobody has been silent for long");
        assert!(door.knock("192.0.2.2", 260).is_some());
        assert_eq!(door.ended().await, 1);
        assert_eq!((Arc::strong_count(&first), Arc::strong_count(&second)), (2, 1));
    }

    #[tokio::test]
    async fn whoever_is_silent_for_too_long_is_cut_off() {
        let mut door = Door::new(3);
        let talker = door.knock("192.0.2.1", 0).unwrap();
        door.knock("192.0.2.1", 0).unwrap();
        talker.hear(door.start + Duration::from_secs(1));
        let nearly = PATIENCE.saturating_sub(Duration::from_millis(1));
        door.roster.cut_off(door.start + nearly);
        assert_eq!(door.ended().await, 0);
        door.roster.cut_off(door.start + PATIENCE);
        assert_eq!((door.ended().await, Arc::strong_count(&talker)), (1, 2));
    }

    #[test]
    fn there_are_never_more_places_than_descriptors() {
        assert_eq!(Roster::new(256).shared, 256 - OTHER_DESCRIPTORS - RESERVED);
        assert_eq!((Roster::new(usize::MAX).shared, Roster::new(0).shared), (SHARED, 1));
    }
}
