//! Calls that the system refuses: a full disk, one that fails, one that is read-only.

use super::*;

/// What the system says of each.
fn error_of(call: &str) -> &'static str {
    match call {
        "write" | "pwrite64" => "ENOSPC",
        "openat" | "renameat2" => "EROFS",
        _ => "EIO",
    }
}

/// What came of `command`, whose call the system refused.
fn refuse_at(trial: &Trial, point: &Point, command: &[&str]) -> (Finished, String) {
    let Point { call, count, shown } = point;
    let error = error_of(call);
    let moment = format!("{error} at {call} {count}, which was {shown}");
    let log = Scratch::new();
    let log = log.join("calls");
    let folder = trial.world.folder.path().display().to_string();
    for count in points::aims(*count) {
        let mut options = points::options(&format!("trace={call}"));
        options.extend(["-y".to_owned(), "-o".to_owned(), log.display().to_string()]);
        options.extend(["-e".to_owned(), format!("inject={call}:error={error}:when={count}")]);
        trial.reset();
        let finished = trial.traced(&options, command).run(SOON);
        let log = fs::read_to_string(&log).expect("strace has written");
        let hit = log.lines().find(|line| line.ends_with("(INJECTED)"));
        if hit.is_some_and(|line| line.contains(&folder)) {
            return (finished, moment);
        }
    }
    panic!("never hit: {moment}");
}

/// Either it is done, or it says with a code that it is not.
fn assert_told(finished: &Finished, moment: &str) {
    let told = finished.stderr.contains("\"error_code\":\"");
    assert!(finished.code == 0 || told, "{moment}: {} {}", finished.code, finished.stderr);
}

#[test]
fn a_run_that_is_refused_any_call_is_told_and_costs_nothing() {
    let trial = Trial::new();
    let mut failed = 0;
    for point in points::chosen(trial.points(&["run"])) {
        let (finished, moment) = refuse_at(&trial, &point, &["run"]);
        assert_told(&finished, &moment);
        trial.assert_safe(&moment);
        if finished.code == 0 {
            let record: Value = serde_json::from_str(&finished.stdout).expect("a record");
            let records = trial.world.records();
            let listed = records.iter().find(|one| one["backup_id"] == record["backup_id"]);
            assert_eq!(listed, Some(&record), "{moment}");
        } else {
            failed += 1;
            assert_eq!(trial.world.temporary(), Vec::<PathBuf>::new(), "{moment}");
        }
        trial.assert_tidied(&moment);
    }
    assert!(failed >= 10, "only {failed} runs failed");
}

#[test]
fn a_prune_that_is_refused_any_call_is_told_and_costs_nothing() {
    let trial = Trial::new();
    for point in points::chosen(trial.points(&["prune"])) {
        let (finished, moment) = refuse_at(&trial, &point, &["prune"]);
        assert_told(&finished, &moment);
        trial.assert_safe(&moment);
        trial.assert_tidied(&moment);
    }
}
