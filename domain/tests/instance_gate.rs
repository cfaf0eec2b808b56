//! The gate of one container: over any life that a container may have.

use std::time::Duration;

use domain::gate::{
    Health, HealthCheck, InstanceFault, InstanceGate, InstanceSight, InstanceVerdict, State, Streak,
};
use proptest::prelude::*;

use InstanceVerdict::{Fail, Pass, Wait};

const GATE: InstanceGate = InstanceGate { deadline: seconds(60), stable_for: seconds(15) };

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn sight(waited: u64, health: Health, good_for: Option<u64>) -> InstanceSight {
    let (waited, good_for) = (seconds(waited), good_for.map(seconds));
    InstanceSight { waited, state: State::Running, health, restarts: 0, good_for, breaks: 0 }
}

#[test]
fn the_allowance_is_what_the_engine_gives_a_container() {
    let check = |interval, timeout, retries, start_period| HealthCheck {
        interval: seconds(interval),
        timeout: seconds(timeout),
        retries,
        start_period: seconds(start_period),
    };
    for (check, allowance) in [
        (check(10, 2, 5, 60), 120),
        (check(0, 0, 0, 0), 180),
        (check(5, 0, 0, 7), 112),
        (check(0, 5, 1, 0), 35),
    ] {
        assert_eq!(check.allowance(), seconds(allowance), "{check:?}");
        let gate = InstanceGate::of(Some(&check), seconds(15), seconds(10));
        assert_eq!(gate.deadline, seconds(allowance + 10));
        assert_eq!(gate.stable_for, seconds(15));
    }
    let endless = HealthCheck { interval: Duration::MAX, retries: 9, ..HealthCheck::default() };
    assert_eq!(InstanceGate::of(Some(&endless), seconds(1), seconds(1)).deadline, Duration::MAX);
    assert_eq!(InstanceGate::of(None, seconds(15), seconds(10)).deadline, seconds(10));
}

#[test]
fn good_for_long_enough_is_a_pass_if_it_began_before_the_deadline() {
    let late = Fail(InstanceFault::Deadline { seconds: 60 });
    for (waited, good_for, expected) in [
        (0, None, Wait),
        (59, None, Wait),
        (60, None, late),
        (14, Some(14), Wait),
        (15, Some(15), Pass),
        (14, Some(900), Wait),
        (74, Some(14), Wait),
        (75, Some(15), Pass),
        (76, Some(15), late),
        (900, Some(14), late),
        (900, Some(900), Pass),
    ] {
        let (healthy, unchecked) = (Health::Healthy, Health::NotChecked);
        for health in [healthy, unchecked] {
            let verdict = GATE.judge(&sight(waited, health, good_for));
            assert_eq!(verdict, expected, "{waited} {good_for:?}");
        }
        // What is said to be good and is not has only what is left until the deadline.
        let verdict = GATE.judge(&sight(waited, Health::Starting, good_for));
        assert_eq!(verdict, if waited < 60 { Wait } else { late });
    }
}

#[test]
fn what_can_not_get_well_fails_at_once_and_says_why() {
    let good = sight(30, Health::Healthy, Some(30));
    for (sight, words) in [
        (InstanceSight { state: State::Exited { code: 137 }, ..good }, "exited with code 137"),
        (
            InstanceSight { state: State::Exited { code: 0 }, restarts: 2, ..good },
            "exited with code 0",
        ),
        (InstanceSight { state: State::Restarting, ..good }, "was restarted"),
        (InstanceSight { restarts: 1, ..good }, "was restarted"),
        (InstanceSight { health: Health::Unhealthy, ..good }, "became unhealthy"),
        (InstanceSight { state: State::Gone, ..good }, "is gone"),
        (InstanceSight { state: State::Paused, ..good }, "is paused"),
        (InstanceSight { breaks: 3, ..good }, "was healthy and then not, 3 times"),
    ] {
        match GATE.judge(&sight) {
            Fail(fault) => assert_eq!(fault.to_string(), words),
            verdict => panic!("{verdict:?}: {words}"),
        }
    }
    let late = InstanceFault::Deadline { seconds: 60 };
    assert_eq!(late.to_string(), "was not healthy within 60 s");
}

#[test]
fn one_that_flaps_never_passes_and_one_that_stumbles_does() {
    let watched = |pattern: &str| {
        let mut streak = Streak::default();
        let mut seen = (0_u64..).zip(pattern.chars().cycle().take(200)).map(|(second, mark)| {
            let (waited, is_good) = (seconds(second), mark == '+');
            streak.see(waited, is_good);
            let health = if is_good { Health::Healthy } else { Health::Failing };
            let seen = sight(second, health, None);
            let good_for = streak.good_for(waited);
            GATE.judge(&InstanceSight { good_for, breaks: streak.breaks(), ..seen })
        });
        seen.find(|verdict| *verdict != Wait)
    };
    assert_eq!(watched("+++---"), Some(Fail(InstanceFault::Flapping { breaks: 3 })));
    assert_eq!(watched("+-"), Some(Fail(InstanceFault::Flapping { breaks: 3 })));
    assert_eq!(watched(&format!("++-++-{}", "+".repeat(194))), Some(Pass));
    assert_eq!(
        watched(&format!("+{}", "-".repeat(199))),
        Some(Fail(InstanceFault::Deadline { seconds: 60 }))
    );
}

/// What becomes of a container, and for how many seconds.
#[derive(Debug, Clone, Copy)]
enum Phase {
    Created,
    Starting,
    Good,
    Unhealthy,
    Restarting,
    Exited,
}

fn any_life() -> impl Strategy<Value = Vec<(Phase, u64)>> {
    let phase = prop_oneof![
        1 => Just(Phase::Created),
        4 => Just(Phase::Starting),
        8 => Just(Phase::Good),
        1 => Just(Phase::Unhealthy),
        1 => Just(Phase::Restarting),
        1 => Just(Phase::Exited),
    ];
    prop::collection::vec((phase, 1..40_u64), 1..8)
}

/// What is seen of it each second, the last phase without an end.
fn sights(life: &[(Phase, u64)], health: Health) -> Vec<InstanceSight> {
    let (mut sights, mut restarts, mut good) = (Vec::new(), 0, 0);
    let last = life.last().map(|(phase, _)| (*phase, 200));
    for (phase, length) in life.iter().copied().chain(last) {
        restarts += u64::from(matches!(phase, Phase::Restarting));
        for _ in 0..length {
            good = if matches!(phase, Phase::Good) { good + 1 } else { 0 };
            let state = match phase {
                Phase::Created => State::Created,
                Phase::Exited => State::Exited { code: 1 },
                Phase::Restarting => State::Restarting,
                Phase::Starting | Phase::Good | Phase::Unhealthy => State::Running,
            };
            let health = match phase {
                Phase::Good => health,
                Phase::Unhealthy => Health::Unhealthy,
                _ => Health::Starting,
            };
            let waited = u64::try_from(sights.len()).expect("a small number");
            let good_for = (good > 0).then(|| seconds(good - 1));
            sights.push(InstanceSight {
                waited: seconds(waited),
                state,
                health,
                restarts,
                good_for,
                breaks: 0,
            });
        }
    }
    sights
}

/// A sight of any kind, also such as no container gives.
fn any_sight() -> impl Strategy<Value = InstanceSight> {
    let state = prop::sample::select(&[
        State::Created,
        State::Running,
        State::Running,
        State::Running,
        State::Restarting,
        State::Paused,
        State::Exited { code: 0 },
        State::Gone,
    ]);
    let health = prop::sample::select(&[
        Health::Starting,
        Health::Healthy,
        Health::Failing,
        Health::Unhealthy,
        Health::NotChecked,
    ]);
    let restarts = prop_oneof![4 => Just(0), 1 => 1..4_u64];
    (0..200_u64, state, health, restarts, prop::option::of(0..200_u64), 0..5_u32).prop_map(
        |(waited, state, health, restarts, good_for, breaks)| InstanceSight {
            waited: seconds(waited),
            state,
            health,
            restarts,
            good_for: good_for.map(seconds),
            breaks,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_life_ends_in_time_and_a_pass_is_a_good_life(
        life in any_life(),
        health in prop::sample::select(&[Health::Healthy, Health::NotChecked]),
        deadline in 0..90_u64,
        stable_for in 0..30_u64,
    ) {
        let gate = InstanceGate { deadline: seconds(deadline), stable_for: seconds(stable_for) };
        let sights = sights(&life, health);
        let ended = sights.iter().position(|sight| gate.judge(sight) != Wait);
        let end = ended.expect("every gate comes to an end");
        prop_assert!(end as u64 <= deadline + stable_for);
        let seen = &sights[..=end];
        let stable = usize::try_from(stable_for).expect("a small number");
        let is_good = |sight: &InstanceSight| sight.good_for.is_some();
        match gate.judge(&sights[end]) {
            Wait => prop_assert!(false, "it has ended"),
            Pass => {
                prop_assert!(seen.iter().all(|sight| sight.restarts == 0));
                prop_assert!(end >= stable && seen[end - stable..].iter().all(is_good));
            }
            Fail(InstanceFault::Deadline { .. }) => {
                prop_assert!(end as u64 >= deadline);
                let runs: Vec<_> = seen.split(|sight| !is_good(sight)).collect();
                let is_late = |run: &[InstanceSight]| run[0].waited > gate.deadline;
                prop_assert!(runs.iter().all(|run| run.len() <= stable || is_late(run)));
            }
            Fail(_) => {
                prop_assert!(!is_good(&seen[end]) || seen[end].restarts > 0);
                prop_assert!(seen[..end].iter().all(|sight| sight.restarts == 0));
            }
        }
    }

    #[test]
    fn what_has_failed_never_passes_and_what_passes_goes_on_to(
        sight in any_sight(),
        more in 0..300_u64,
    ) {
        let later = |sight: InstanceSight| InstanceSight {
            waited: sight.waited + seconds(more),
            good_for: sight.good_for.map(|good| good.min(sight.waited) + seconds(more)),
            ..sight
        };
        match GATE.judge(&sight) {
            Fail(fault) => {
                prop_assert_eq!(GATE.judge(&later(sight)), Fail(fault));
                let longer = InstanceSight { waited: sight.waited + seconds(more), ..sight };
                prop_assert!(matches!(GATE.judge(&longer), Fail(_)));
                let again = InstanceSight { restarts: sight.restarts + more, ..sight };
                prop_assert!(matches!(GATE.judge(&again), Fail(_)));
            }
            Pass => prop_assert_eq!(GATE.judge(&later(sight)), Pass),
            Wait => {
                let unhealthy = InstanceSight { health: Health::Unhealthy, ..sight };
                prop_assert_eq!(GATE.judge(&unhealthy), Fail(InstanceFault::Unhealthy));
                let good = sight.good_for.is_some()
                    && sight.state == State::Running
                    && matches!(sight.health, Health::Healthy | Health::NotChecked);
                if good {
                    prop_assert!(!matches!(GATE.judge(&later(sight)), Fail(_)), "it was in time");
                }
            }
        }
    }
}
