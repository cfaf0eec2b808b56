//! The configuration of Prometheus and its alert rules, as promtool judges them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tests::{Finished, Program, workspace_root};

fn promtool(arguments: &[&str]) -> Finished {
    let folder = workspace_root().join("compose/monitoring");
    let promtool = Program::at(Path::new("promtool")).args(arguments).current_dir(&folder);
    promtool.run(Duration::from_mins(1))
}

#[test]
fn prometheus_takes_its_configuration_and_every_rule_does_what_its_test_says() {
    for arguments in [
        &["check", "config", "prometheus.yml"][..],
        &["check", "rules", "--lint=all", "--lint-fatal", "rules.yml"],
        &["test", "rules", "rules.test.yml"],
    ] {
        let judged = promtool(arguments);
        assert_eq!(judged.code, 0, "{arguments:?}: {}{}", judged.stdout, judged.stderr);
    }
}

#[test]
fn every_alert_is_seen_firing_in_a_test() {
    let read = |name: &str| {
        let path = workspace_root().join("compose/monitoring").join(name);
        fs::read_to_string(path).expect("it can be read")
    };
    let (rules, test) = (read("rules.yml"), read("rules.test.yml"));
    let alerts: Vec<_> =
        rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() >= 20, "{alerts:?}");
    for alert in alerts {
        let firing = format!("alertname=\"{alert}\",alertstate=\"firing\"");
        assert!(test.contains(&firing), "{alert} has no test");
    }
}
