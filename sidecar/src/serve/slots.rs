//! How many connections there may be at once, with some kept for loopback: the health check of the
//! container itself is answered when everybody else has filled the rest.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// For everybody.
const SHARED: usize = 256;
/// For loopback alone, besides.
const RESERVED: usize = 4;

/// A place for a connection; dropped, it is free again.
#[derive(Debug)]
pub(super) struct Slot {
    _permit: OwnedSemaphorePermit,
}

#[derive(Debug)]
pub(super) struct Slots {
    shared: Arc<Semaphore>,
    reserved: Arc<Semaphore>,
}

impl Slots {
    pub(super) fn new() -> Self {
        Self {
            shared: Arc::new(Semaphore::new(SHARED)),
            reserved: Arc::new(Semaphore::new(RESERVED)),
        }
    }

    /// A slot for a connection from `peer`; `None` when none is left for it.
    pub(super) fn take(&self, peer: IpAddr) -> Option<Slot> {
        let shared = Arc::clone(&self.shared).try_acquire_owned().ok();
        let permit = match shared {
            None if peer.to_canonical().is_loopback() => {
                Arc::clone(&self.reserved).try_acquire_owned().ok()
            }
            shared => shared,
        };
        permit.map(|permit| Slot { _permit: permit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_finds_a_slot_when_strangers_have_taken_all() {
        let slots = Slots::new();
        let stranger: IpAddr = "192.0.2.1".parse().unwrap();
        let taken: Vec<Slot> = std::iter::from_fn(|| slots.take(stranger)).collect();
        assert_eq!(taken.len(), SHARED);
        for loopback in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(slots.take(loopback.parse().unwrap()).is_some(), "{loopback}");
        }
        drop(taken);
        assert!(slots.take(stranger).is_some());
    }
}
