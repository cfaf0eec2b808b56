//! Runs that are ended from outside, at any moment.

use std::fs::OpenOptions;

use super::*;

#[test]
fn a_run_that_is_told_to_stop_undoes_its_work() {
    let world = prepared();
    for signal in [Signal::TERM, Signal::INT] {
        suffer(&world, &refused("told to stop", "backup_cancelled", 1), |run| {
            let held = Held::begin(run);
            let asked = Instant::now();
            held.running.signal(signal);
            let finished = held.running.wait(SOON);
            assert!(asked.elapsed() < Duration::from_secs(10), "within the grace");
            finished
        });
    }
}

/// In the middle of a `COPY`, with a server that does not answer.
#[test]
fn a_run_that_is_told_to_stop_waits_for_no_server() {
    let world = World::slow();
    world.next_run_is_good("the first");
    suffer(&world, &refused("told to stop", "backup_cancelled", 1), |run| {
        let stalled = world.stalled(run);
        stalled.terminate();
        let finished = stalled.wait(Duration::from_secs(10));
        world.postgres.sigcont();
        finished
    });
}

/// SIGKILL, SIGHUP, and the second of two signals: nobody is left to clean up, so the next run does.
#[test]
fn a_run_that_is_ended_at_once_is_cleaned_up_by_the_next() {
    let world = prepared();
    for (signal, again) in [(Signal::KILL, false), (Signal::HUP, false), (Signal::TERM, true)] {
        let before = Before::of(&world);
        let run = world.program().arg("run").env("SHUTDOWN_GRACE_SECONDS", "60");
        let Held { mut running, folder } = Held::begin_deaf(run);
        let pg_dump = children(running.id());
        running.signal(signal);
        wait_until("the signal has ended it", SOON, || {
            // Two that come at once are one.
            if again {
                running.signal(signal);
            }
            running.exit_code().is_some()
        });
        let finished = running.wait(SOON);
        assert_eq!(finished.code, 128 + signal.as_raw(), "{}", finished.stderr);
        // A child outlives its parent by what it still has to say.
        fs::write(folder.join("go"), "").expect("the folder is writable");
        pg_dump.into_iter().for_each(wait_for_the_end_of);
        assert_eq!(before.assert_kept(&world, "ended at once"), Vec::<Value>::new());
        world.next_run_is_good("ended at once");
    }
}

/// SIGKILL at some moment of a run, again and again. `KILLS` says how often.
#[test]
fn a_run_that_is_killed_at_any_moment_costs_nothing() {
    let world = prepared();
    let kills = std::env::var("KILLS").map_or(10, |kills| kills.parse().expect("a number"));
    let begun = Instant::now();
    world.next_run_is_good("nothing");
    let whole = begun.elapsed();
    for kill in 0..kills {
        let before = Before::of(&world);
        // Some moment of a run, another each time: the golden ratio spreads them.
        let moment = whole.mul_f64((f64::from(kill) * 0.618_034).fract());
        let begun = Instant::now();
        let running = world.program().arg("run").spawn();
        std::thread::sleep(moment.saturating_sub(begun.elapsed()));
        running.kill();
        let finished = running.wait(SOON);
        let what = format!("killed after {moment:?}");
        let good = finished.code == 0;
        assert!(good || finished.code == 128 + 9, "{what}: {}", finished.stderr);
        // What it published and could not list any more, the next run lists.
        let added = before.assert_kept(&world, &what);
        assert!(added.iter().all(|record| record["verified"] == true), "{what}: {added:?}");
        assert!(!good || added.len() == 1, "{what}: {added:?}");
        let published = world.published().len();
        world.next_run_is_good(&what);
        assert_eq!(world.published().len(), published + 1, "{what}");
        let listed = world.records().iter().filter(|record| record["verified"] == true).count();
        assert_eq!(listed, world.published().len(), "{what}: what is there is listed");
    }
}

/// Nobody reads the record: the backup is none the worse for it.
#[test]
fn a_backup_whose_record_nobody_reads_is_a_backup() {
    let world = prepared();
    let through = |shell: &str| {
        Program::at(Path::new("bash"))
            .args(["-c", shell])
            .arg(tests::binary("backup-job"))
            .env("DATABASE_URL", world.postgres.url(&world.database))
            .env("BACKUP_DIR", world.folder.path())
            .env("BACKUP_VERIFY", "read")
            .run(SOON)
    };
    for (shell, code) in [
        ("set -o pipefail; \"$0\" run | head -c 0", 0),
        ("\"$0\" run >&-", 0),
        ("\"$0\" run >/dev/full", 3),
    ] {
        let before = Before::of(&world);
        let finished = through(shell);
        assert_eq!(finished.code, code, "{shell}: {}", finished.stderr);
        let added = before.assert_kept(&world, shell);
        assert_eq!(added.len(), 1, "{shell}: {added:?}");
        assert_eq!(added[0]["verified"], true, "{shell}");
    }
    // A log that nobody takes is no reason either.
    let full = OpenOptions::new().write(true).open("/dev/full");
    assert!(full.is_ok(), "the machine has a disk that is always full");
    assert_eq!(through("\"$0\" run 2>/dev/full").code, 0);
    world.next_run_is_good("nobody reads");
}
