//! SIGKILL.

use super::*;

const KILLED: i32 = 128 + 9;

fn kill_at(trial: &Trial, point: &Point, command: &[&str]) -> String {
    let Point { call, count, shown } = point;
    let moment = format!("killed at {call} {count}, which was {shown}");
    for count in points::aims(*count) {
        trial.reset();
        let mut options = points::options(&format!("trace={call}"));
        let inject = format!("inject={call}:signal=SIGKILL:when={count}");
        options.extend(["-e".to_owned(), inject, "-o".to_owned(), "/dev/null".to_owned()]);
        if trial.traced(&options, command).run(SOON).code == KILLED {
            return moment;
        }
    }
    panic!("never hit: {moment}");
}

#[test]
fn a_run_that_is_killed_at_any_call_costs_nothing() {
    let trial = Trial::new();
    let points = trial.points(&["run"]);
    let names: Vec<&str> = points.iter().map(|point| point.call.as_str()).collect();
    for call in points::CALLS {
        assert!(names.contains(&call), "no {call} at all: {points:?}");
    }
    for point in points::chosen(points) {
        let moment = kill_at(&trial, &point, &["run"]);
        trial.assert_safe(&moment);
        trial.assert_tidied(&moment);
    }
}

#[test]
fn a_run_whose_other_threads_are_killed_while_they_write_costs_nothing() {
    let trial = Trial::new();
    for count in 1..=3 {
        trial.reset();
        let mut options = points::options("trace=write");
        let inject = format!("inject=write:signal=SIGKILL:when={count}");
        // pg_dump is no thread of ours.
        options.extend(["-f", "-b", "execve", "-o", "/dev/null", "-e"].map(str::to_owned));
        options.push(inject);
        let moment = format!("killed at write {count} of a thread");
        let finished = trial.traced(&options, &["run"]).run(SOON);
        assert_eq!(finished.code, KILLED, "{moment}: {}", finished.stderr);
        trial.assert_safe(&moment);
        trial.assert_tidied(&moment);
    }
}

#[test]
fn a_prune_that_is_killed_at_any_call_costs_nothing() {
    let trial = Trial::new();
    let points = trial.points(&["prune"]);
    assert!(points.iter().filter(|point| point.call == "unlink").count() >= 3, "{points:?}");
    for point in points::chosen(points) {
        let moment = kill_at(&trial, &point, &["prune"]);
        trial.assert_safe(&moment);
        trial.assert_tidied(&moment);
    }
}

#[test]
fn a_rebuild_that_is_killed_at_any_call_can_be_made_again() {
    let mut trial = Trial::new();
    let broken = b"{\"schema_version\":1,\"backups\":[".to_vec();
    trial.base.insert("backup_index.json".to_owned(), broken.clone());
    let points = trial.points(&["rebuild-index"]);
    assert!(points.iter().filter(|point| point.call == "renameat2").count() >= 2, "{points:?}");
    for point in points::chosen(points) {
        let moment = kill_at(&trial, &point, &["rebuild-index"]);
        let again = trial.world.program().arg("rebuild-index").run(SOON);
        assert_eq!(again.code, 0, "{moment}: {}", again.stderr);
        assert_eq!(trial.world.records().len(), 3, "{moment}");
        assert!(trial.world.records().iter().all(|record| record["row_counts_checked"] == true));
        assert_eq!(trial.world.temporary(), Vec::<PathBuf>::new(), "{moment}");
        let kept = contents(&trial.world).into_iter().filter(|(_, bytes)| *bytes == broken).count();
        assert_eq!(kept, 1, "{moment}: the old index is kept");
    }
}
