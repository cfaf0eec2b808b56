//! The rules, case by case.

use std::collections::BTreeMap;

use super::*;

const BOUNDS: Bounds = Bounds {
    max_restart_threshold: 3,
    memory_limit_mb: Some(512),
    pass_within: Duration::from_mins(1),
};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds)
}

fn results(outcomes: &[(i64, HealthCheckStatus)]) -> Vec<HealthResult> {
    let result =
        |&(second, status)| HealthResult { started_at: at(second), ended_at: at(second), status };
    outcomes.iter().map(result).collect()
}

fn instance(status: ServiceStatus) -> ServiceInstance {
    ServiceInstance {
        service_name: "bot".into(),
        container_id: "c1".into(),
        image_tag: "bot:1".into(),
        status,
        health_check_status: HealthCheckStatus::Unknown,
        started_at: Some(at(0)),
        restart_count: 0,
        last_restart_at: None,
        cpu_usage_percent: None,
        memory_usage_mb: Some(100),
        disk_usage_mb: None,
        port_bindings: BTreeMap::new(),
        environment_variables: BTreeMap::new(),
        version: None,
        first_passed_at: None,
        health_results: Vec::new(),
    }
}

#[test]
fn restarts_and_memory_must_stay_below_their_bounds() {
    let found = |instance: &ServiceInstance, bounds: &Bounds| {
        instance.findings(bounds, FirstPass::Unknown, at(999))
    };
    let healthy = instance(ServiceStatus::Healthy);
    assert_eq!(found(&healthy, &BOUNDS), []);
    let restarted = ServiceInstance { restart_count: 3, ..healthy.clone() };
    assert_eq!(found(&restarted, &BOUNDS), [ServiceFinding::RestartThresholdReached]);
    let full = ServiceInstance { memory_usage_mb: Some(512), ..healthy };
    assert_eq!(found(&full, &BOUNDS), [ServiceFinding::MemoryLimitReached]);
    let boundless = Bounds { memory_limit_mb: None, ..BOUNDS };
    assert_eq!(found(&full, &boundless), []);
}

#[test]
fn the_first_pass_must_come_in_time_where_it_is_known_when_it_came() {
    use ServiceStatus::{Healthy, Starting, Stopped, Unhealthy};
    let late = vec![ServiceFinding::StartPeriodExceeded];
    for (status, first_pass, now, expected) in [
        (Starting, FirstPass::NotYet, 60, vec![]),
        (Starting, FirstPass::NotYet, 61, late.clone()),
        (Unhealthy, FirstPass::NotYet, 60, vec![]),
        (Unhealthy, FirstPass::NotYet, 61, late.clone()),
        (Unhealthy, FirstPass::At(at(30)), 999, vec![]),
        (Unhealthy, FirstPass::Unknown, 999, vec![]),
        (Healthy, FirstPass::At(at(60)), 999, vec![]),
        (Healthy, FirstPass::At(at(61)), 999, late),
        (Healthy, FirstPass::NotYet, 999, vec![]),
        (Stopped, FirstPass::NotYet, 999, vec![]),
    ] {
        let findings = instance(status).findings(&BOUNDS, first_pass, at(now));
        assert_eq!(findings, expected, "{status:?} {first_pass:?} {now}");
    }
}

#[test]
fn the_first_pass_is_known_while_the_kept_results_reach_back_to_the_start() {
    use HealthCheckStatus::{Fail, Pass};
    let seen = |before: FirstPass, outcomes: &[(i64, HealthCheckStatus)]| {
        before.seen(&results(outcomes), at(100), ServiceStatus::Healthy)
    };
    let short = [(110, Fail), (120, Pass), (130, Pass)];
    assert_eq!(seen(FirstPass::Unknown, &short), FirstPass::At(at(120)));
    assert_eq!(seen(FirstPass::Unknown, &short[..1]), FirstPass::NotYet);
    assert_eq!(seen(FirstPass::Unknown, &[]), FirstPass::NotYet);

    let with_an_earlier_run = [(80, Pass), (90, Pass), (110, Fail), (120, Fail), (130, Pass)];
    assert_eq!(seen(FirstPass::Unknown, &with_an_earlier_run), FirstPass::At(at(130)));
    assert_eq!(seen(FirstPass::Unknown, &with_an_earlier_run[..4]), FirstPass::NotYet);

    let long_after = [(910, Pass), (920, Fail), (930, Fail), (940, Fail), (950, Fail)];
    assert_eq!(seen(FirstPass::Unknown, &long_after), FirstPass::Unknown);
    assert_eq!(seen(FirstPass::At(at(120)), &long_after), FirstPass::At(at(120)));
    assert_eq!(seen(FirstPass::NotYet, &long_after), FirstPass::At(at(910)));
    assert_eq!(seen(FirstPass::Unknown, &[(910, Fail); 5]), FirstPass::Unknown);
    let starting =
        FirstPass::Unknown.seen(&results(&[(910, Fail); 5]), at(100), ServiceStatus::Starting);
    assert_eq!(starting, FirstPass::NotYet);
}

#[test]
fn a_pass_is_waited_for_until_the_check_after_the_start_period() {
    let seconds = Duration::from_secs;
    let timing = |start_period, start_interval: Option<u64>| HealthTiming {
        start_period: seconds(start_period),
        interval: seconds(30),
        start_interval: start_interval.map(seconds),
        timeout: seconds(5),
    };
    for (start_period, start_interval, expected) in
        [(60, None, 95), (0, None, 35), (60, Some(5), 70), (0, Some(5), 35), (10, None, 45)]
    {
        let within = timing(start_period, start_interval).pass_within();
        assert_eq!(within, seconds(expected), "{start_period} {start_interval:?}");
    }
}
