//! One result in forty bytes.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Kept;
use crate::health::{Check, Checks, ErrorCode, OverallStatus, Round, derive};

/// Which check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckName {
    /// The service itself.
    Bot,
    /// PostgreSQL.
    Postgres,
    /// Redis.
    Redis,
}

impl CheckName {
    const ALL: [Self; 3] = [Self::Bot, Self::Postgres, Self::Redis];
}

/// No answer came.
const NO_LATENCY: u32 = u32::MAX;
const HAS_BOT: u8 = 1 << 3;
const SERVES: u8 = 1 << 4;
const STATUS_SHIFT: u8 = 5;

/// One result. The flags hold, from the lowest bit: `ok` of each check, whether there is a bot, whether
/// the stack serves, and the overall status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    /// Microseconds since the epoch, by the time of day.
    at_us: i64,
    /// Milliseconds by the clock that never jumps.
    pub(super) offset_ms: u64,
    latency_us: [u32; 3],
    response_time_us: u32,
    uptime_seconds: u32,
    codes: [u8; 3],
    flags: u8,
}

const _: () = assert!(size_of::<Sample>() <= 40, "a day of samples fits into memory");

impl Sample {
    pub(super) fn of(
        round: &Round,
        uptime_seconds: u64,
        offset_ms: u64,
        codes: &mut Codes,
    ) -> Self {
        let Checks { bot, postgres, redis } = &round.checks;
        let (overall, _) = derive(&round.checks, round.response_time);
        let mut sample = Self {
            at_us: round.checked_at.timestamp_micros(),
            offset_ms,
            latency_us: [NO_LATENCY; 3],
            response_time_us: saturate(round.response_time.as_micros()),
            uptime_seconds: saturate(uptime_seconds),
            codes: [0; 3],
            flags: (overall as u8) << STATUS_SHIFT
                | if overall.serves() { SERVES } else { 0 }
                | if bot.is_some() { HAS_BOT } else { 0 },
        };
        for (index, check) in [bot.as_ref(), Some(postgres), Some(redis)].into_iter().enumerate() {
            let Some(check) = check else { continue };
            sample.latency_us[index] =
                check.latency_us.map_or(NO_LATENCY, |us| saturate::<u64>(us).min(NO_LATENCY - 1));
            sample.codes[index] = check.error_code.as_ref().map_or(0, |code| codes.intern(code));
            sample.flags |= u8::from(check.ok) << index;
        }
        sample
    }

    /// Whether the overall status and every check's `ok` are the same.
    pub(super) const fn says_the_same_as(&self, other: &Self) -> bool {
        self.flags == other.flags
    }

    /// Whether the stack served its users.
    pub(super) const fn serves(&self) -> bool {
        self.flags & SERVES != 0
    }

    pub(super) const fn overall_status(&self) -> OverallStatus {
        match self.flags >> STATUS_SHIFT {
            0 => OverallStatus::Healthy,
            1 => OverallStatus::Degraded,
            _ => OverallStatus::Unhealthy,
        }
    }

    /// The time of day.
    pub(super) const fn at_us(&self) -> i64 {
        self.at_us
    }

    /// How long that check took, `Err` when it gave no answer; `None` when nobody asks it.
    pub(super) fn latency(&self, check: CheckName) -> Option<Result<u32, ()>> {
        if check == CheckName::Bot && self.flags & HAS_BOT == 0 {
            return None;
        }
        let latency = self.latency_us[check as usize];
        Some(if latency == NO_LATENCY { Err(()) } else { Ok(latency) })
    }

    pub(super) fn kept(&self, code: impl Fn(u8) -> Option<ErrorCode>) -> Kept {
        let checked_at = DateTime::<Utc>::from_timestamp_micros(self.at_us).unwrap_or_default();
        let check = |name: CheckName| {
            let latency = self.latency(name)?;
            Some(Check {
                ok: self.flags & 1 << name as u8 != 0,
                latency_us: latency.ok().map(u64::from),
                error_code: code(self.codes[name as usize]),
                since: checked_at,
            })
        };
        let unknown = Check { ok: false, latency_us: None, error_code: None, since: checked_at };
        let [bot, postgres, redis] = CheckName::ALL.map(check);
        Kept {
            round: Round {
                checked_at,
                response_time: Duration::from_micros(self.response_time_us.into()),
                checks: Checks {
                    bot,
                    postgres: postgres.unwrap_or_else(|| unknown.clone()),
                    redis: redis.unwrap_or(unknown),
                },
            },
            uptime_seconds: self.uptime_seconds.into(),
        }
    }
}

/// Every error code that was seen, each once. 0 is none; past 254 of them, which no closed set
/// reaches, a code is remembered as `other`.
#[derive(Debug, Clone, Default)]
pub(super) struct Codes(Vec<ErrorCode>);

const OTHER: u8 = u8::MAX;

impl Codes {
    fn intern(&mut self, code: &ErrorCode) -> u8 {
        let known = self.0.iter().position(|known| known == code);
        let index = known.unwrap_or_else(|| {
            if self.0.len() + 1 < usize::from(OTHER) {
                self.0.push(code.clone());
            }
            self.0.len() - 1
        });
        match self.0.get(index) {
            Some(found) if found == code => u8::try_from(index + 1).unwrap_or(OTHER),
            _ => OTHER,
        }
    }

    pub(super) fn get(&self, index: u8) -> Option<ErrorCode> {
        match index {
            0 => None,
            OTHER => Some(ErrorCode::Borrowed("other")),
            index => self.0.get(usize::from(index) - 1).cloned(),
        }
    }
}

fn saturate<N: TryInto<u32>>(number: N) -> u32 {
    number.try_into().unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kept_once_and_never_outgrow_their_byte() {
        let mut codes = Codes::default();
        for _ in 0..2 {
            for number in 0..400 {
                let code: ErrorCode = format!("code_{number}").into();
                let index = codes.intern(&code);
                let expected = if number < 254 { code } else { "other".into() };
                assert_eq!(codes.get(index), Some(expected), "{number}");
            }
        }
        assert_eq!((codes.0.len(), codes.get(0)), (254, None));
    }

    #[test]
    fn what_is_kept_comes_back() {
        let mut codes = Codes::default();
        let at = DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap_or_default();
        let check = |ok, latency_us, code: Option<&'static str>| Check {
            ok,
            latency_us,
            error_code: code.map(Into::into),
            since: at,
        };
        for bot in [None, Some(check(true, Some(7), None)), Some(check(false, None, Some("b")))] {
            let checks = Checks {
                bot,
                postgres: check(true, None, Some("p")),
                redis: check(false, Some(9), None),
            };
            let response_time = Duration::from_micros(12_345);
            let round = Round { checked_at: at, response_time, checks };
            let sample = Sample::of(&round, 77, 5, &mut codes);
            assert_eq!(sample.overall_status(), derive(&round.checks, response_time).0);
            let kept = sample.kept(|index| codes.get(index));
            assert_eq!(kept, Kept { round, uptime_seconds: 77 });
        }
    }

    #[test]
    fn what_does_not_fit_is_the_most_that_does() {
        let check = Check {
            ok: true,
            latency_us: Some(u64::MAX),
            error_code: None,
            since: DateTime::default(),
        };
        let checks = Checks { bot: None, postgres: check.clone(), redis: check };
        let round = Round { checked_at: DateTime::default(), response_time: Duration::MAX, checks };
        let sample = Sample::of(&round, u64::MAX, 0, &mut Codes::default());
        assert_eq!(sample.latency(CheckName::Redis), Some(Ok(u32::MAX - 1)));
        assert_eq!((sample.uptime_seconds, sample.response_time_us), (u32::MAX, u32::MAX));
    }
}
