//! The backups of a stack that runs: proven by restore, with nothing left beside them, and loud where
//! one fails.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tests::wait_until;

use crate::checks::Checks;
use crate::records::backups;
use crate::stack::Stack;

const SOON: Duration = Duration::from_secs(20);
const FAILING: &str = "ballast_backup_failures_in_a_row ";

pub(crate) fn check(checks: &mut Checks<'_>, stack: &Stack) {
    checks.hold("every backup was proven by a restore", || {
        let all = backups(stack);
        assert!(!all.is_empty(), "there are backups");
        for record in all {
            assert!(record["restore_ms"].is_u64() && record["verified"] == true, "{record}");
        }
    });
    checks.hold("nothing but backups and their index lies in their folder", || only_backups(stack));
    checks.hold("the service backup is unhealthy at the first bad look", || {
        let container = stack.container("backup");
        assert_eq!(container["Config"]["Healthcheck"]["Retries"], 1);
        assert_eq!(container["State"]["Health"]["Status"], "healthy");
        let looked = stack.compose(&["exec", "-T", "backup", "backup-job", "healthy"]);
        assert_eq!(looked.code, 0, "{}{}", looked.stdout, looked.stderr);
    });
    checks.hold("the service backup reaches the databases and the outside", || {
        let container = stack.container("backup");
        let networks = container["NetworkSettings"]["Networks"].as_object().expect("networks");
        assert_eq!(networks.len(), 2, "{networks:?}");
        assert!(["_data", "_edge"].iter().all(|end| networks.keys().any(|key| key.ends_with(end))));
    });
    checks.hold("a backup that fails is seen until the next one is good", || failure(stack));
}

fn only_backups(stack: &Stack) {
    let folder = fs::read_dir(stack.layout.records("BACKUP_DIR")).expect("the folder is there");
    let ids: Vec<String> = backups(stack)
        .iter()
        .filter_map(|record| record["backup_id"].as_str().map(str::to_owned))
        .collect();
    let is_known = |name: &str| {
        let of_a_backup = ids.iter().any(|id| {
            let rest = name.strip_prefix(id.as_str());
            rest.is_some_and(|rest| [".sql.gz", ".roles.sql.gz", ".json"].contains(&rest))
        });
        of_a_backup
            || name == "backup_index.json"
            || Path::new(name).extension().is_some_and(|end| end == "lock")
    };
    let left: Vec<String> = folder
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| !is_known(name))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

fn failure(stack: &Stack) {
    let run = |more: &[&str]| {
        let line = [&["exec", "-T"], more, &["backup", "backup-job", "run"]].concat();
        stack.compose(&line)
    };
    let url = stack.layout.setting("DATABASE_URL");
    let password = stack.layout.setting("DATABASE_PASSWORD");
    let wrong = format!("DATABASE_URL={}", url.replace(&password, "not-the-password"));
    let failed = run(&["-e", &wrong]);
    assert_eq!(failed.code, 1, "{}", failed.stderr);
    let newest = backups(stack).pop().unwrap_or_default();
    assert_eq!((&newest["status"], &newest["verified"]), (&"failed".into(), &false.into()));
    assert_eq!(newest["error_code"], "postgres_auth_failed");
    wait_until("the failure is told", SOON, || failing(stack) == Some(1.0));
    let good = run(&[]);
    assert_eq!(good.code, 0, "{}", good.stderr);
    let record: Value = serde_json::from_str(&good.stdout).expect("a record is JSON");
    assert!(record["restore_ms"].is_u64(), "{record}");
    wait_until("its end is told", SOON, || failing(stack) == Some(0.0));
}

fn failing(stack: &Stack) -> Option<f64> {
    let metrics = stack.status("/metrics", &[])?.body;
    metrics.lines().find_map(|line| line.strip_prefix(FAILING))?.trim().parse().ok()
}
