//! The gate of one container that takes the place of another: its own health check says how long it
//! may take, and it fails as soon as it can't get well any more.

use std::time::Duration;

/// A container's health check, as the engine has it (Docker documentation, "HEALTHCHECK"). Zero means
/// the engine's default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HealthCheck {
    /// From the end of one check to the next, and from the container's start to the first; 30 s.
    pub interval: Duration,
    /// A check that takes longer has failed; 30 s.
    pub timeout: Duration,
    /// So many failures in a row make a container unhealthy; 3.
    pub retries: u32,
    /// A failure that begins within this time of the container's start does not count; none.
    pub start_period: Duration,
}

impl HealthCheck {
    const INTERVAL: Duration = Duration::from_secs(30);
    const TIMEOUT: Duration = Duration::from_secs(30);
    const RETRIES: u32 = 3;

    /// How long a container that will be healthy may take until it is: its start period, and then as
    /// many checks as may fail in a row.
    #[must_use]
    pub fn allowance(&self) -> Duration {
        let given =
            |duration: Duration, default| if duration.is_zero() { default } else { duration };
        let retries = if self.retries == 0 { Self::RETRIES } else { self.retries };
        let check =
            given(self.interval, Self::INTERVAL).saturating_add(given(self.timeout, Self::TIMEOUT));
        self.start_period.saturating_add(check.saturating_mul(retries))
    }
}

/// How long a container may take to become good, and how long it must stay so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstanceGate {
    /// Until it is good; how long it must stay so comes on top.
    pub deadline: Duration,
    /// Good without a break for this long is a pass.
    pub stable_for: Duration,
}

/// One check that fails is an accident, and two may be.
const FLAPS: u32 = 3;

/// Where the engine says that a container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not yet started.
    Created,
    /// Its process runs.
    Running,
    /// Its process has ended, and the restart policy will start it again.
    Restarting,
    /// Somebody has frozen it.
    Paused,
    /// Its process has ended.
    Exited {
        /// With this code.
        code: i64,
    },
    /// The engine knows it no more.
    Gone,
}

/// What its health check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// No check has succeeded yet, and not too many have failed.
    Starting,
    /// The last check has succeeded.
    Healthy,
    /// The last check has failed, and not yet too many in a row: the engine still calls it healthy.
    Failing,
    /// Too many have failed in a row.
    Unhealthy,
    /// It has no health check: running is all that can be seen of it.
    NotChecked,
}

/// What is seen of a container at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstanceSight {
    /// How long the gate has been watching.
    pub waited: Duration,
    /// Where it is.
    pub state: State,
    /// What its health check says.
    pub health: Health,
    /// How often it was restarted since the gate began to watch.
    pub restarts: u64,
    /// How long it has been good without a break: healthy, or running where nothing is checked.
    pub good_for: Option<Duration>,
    /// How often it was good and then not.
    pub breaks: u32,
}

/// For how long something that is watched has been good, and how often it broke.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Streak {
    since: Option<Duration>,
    breaks: u32,
}

impl Streak {
    /// Takes what is seen after it has been watched for `waited`.
    pub const fn see(&mut self, waited: Duration, is_good: bool) {
        match (self.since, is_good) {
            (None, true) => self.since = Some(waited),
            (Some(_), false) => {
                self.since = None;
                self.breaks += 1;
            }
            (None, false) | (Some(_), true) => {}
        }
    }

    /// How long it has been good, as of `waited`; `None` where it is not.
    #[must_use]
    pub fn good_for(&self, waited: Duration) -> Option<Duration> {
        self.since.map(|since| waited.saturating_sub(since))
    }

    /// How often it was good and then not.
    #[must_use]
    pub const fn breaks(&self) -> u32 {
        self.breaks
    }
}

/// The gate's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceVerdict {
    /// Ask again later.
    Wait,
    /// It can take its place.
    Pass,
    /// It can't.
    Fail(InstanceFault),
}

/// Why a container has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InstanceFault {
    /// Its process has ended.
    #[error("exited with code {code}")]
    Exited {
        /// With this code; 0 is a failure too, for it should have stayed.
        code: i64,
    },
    /// Its process has ended, and was or will be started again.
    #[error("was restarted")]
    Restarted,
    /// Its health check has failed too often.
    #[error("became unhealthy")]
    Unhealthy,
    /// Somebody has removed it.
    #[error("is gone")]
    Gone,
    /// Somebody has frozen it.
    #[error("is paused")]
    Paused,
    /// It was good and then not, again and again.
    #[error("was healthy and then not, {breaks} times")]
    Flapping {
        /// How often.
        breaks: u32,
    },
    /// It was not good in time.
    #[error("was not healthy within {seconds} s")]
    Deadline {
        /// The deadline.
        seconds: u64,
    },
}

impl InstanceGate {
    /// The gate for a container with this health check; `margin` is for what the check does not count,
    /// such as the engine's own work. Without a health check the margin is all that it has to run.
    #[must_use]
    pub fn of(check: Option<&HealthCheck>, stable_for: Duration, margin: Duration) -> Self {
        let allowance = check.map(HealthCheck::allowance).unwrap_or_default();
        Self { deadline: allowance.saturating_add(margin), stable_for }
    }

    /// Judges what is seen of a container.
    ///
    /// What can't get well fails at once. One that is good, and was so before the deadline, has as long
    /// as it must stay so; one that is good no more without having been restarted has what is left
    /// until the deadline. From before the gate began to watch nothing counts.
    #[must_use]
    pub fn judge(&self, sight: &InstanceSight) -> InstanceVerdict {
        if let Some(fault) = fault(sight) {
            return InstanceVerdict::Fail(fault);
        }
        let is_good = sight.state == State::Running
            && matches!(sight.health, Health::Healthy | Health::NotChecked);
        let good_for = sight.good_for.filter(|_| is_good).map(|good| good.min(sight.waited));
        // What is not good now may be so from now on.
        let good_since = sight.waited.saturating_sub(good_for.unwrap_or_default());
        if good_since > self.deadline || (good_for.is_none() && good_since == self.deadline) {
            return InstanceVerdict::Fail(InstanceFault::Deadline {
                seconds: self.deadline.as_secs(),
            });
        }
        match good_for {
            Some(good) if good >= self.stable_for => InstanceVerdict::Pass,
            _ => InstanceVerdict::Wait,
        }
    }
}

/// What no waiting makes good.
fn fault(sight: &InstanceSight) -> Option<InstanceFault> {
    match (sight.state, sight.health) {
        (State::Gone, _) => Some(InstanceFault::Gone),
        (State::Exited { code }, _) => Some(InstanceFault::Exited { code }),
        (State::Restarting, _) => Some(InstanceFault::Restarted),
        _ if sight.restarts > 0 => Some(InstanceFault::Restarted),
        (State::Paused, _) => Some(InstanceFault::Paused),
        (_, Health::Unhealthy) => Some(InstanceFault::Unhealthy),
        _ if sight.breaks >= FLAPS => Some(InstanceFault::Flapping { breaks: sight.breaks }),
        (State::Created | State::Running, _) => None,
    }
}
