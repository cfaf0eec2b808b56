//! The disk: full, read-only, failing.

use super::*;

/// In a mount namespace of its own, so that nothing is left mounted whatever happens. `script` has
/// the program as `$0`.
fn on_a_small_disk(world: &World, size: &str, script: &str) -> Program {
    let mut unshare = Program::at(Path::new("unshare")).arg("--mount");
    if !rustix::process::geteuid().is_root() {
        unshare = unshare.arg("--map-root-user");
    }
    let mount = format!("mount -t tmpfs -o size={size} tmpfs \"$BACKUP_DIR\" || exit 99\n");
    unshare
        .args(["sh", "-c", &(mount + script)])
        .arg(tests::binary("backup-job"))
        .env("DATABASE_URL", world.postgres.url(&world.database))
        .env("BACKUP_DIR", world.folder.path())
        .env("BACKUP_VERIFY", "read")
}

#[test]
fn a_full_disk_is_told_and_earlier_backups_stay() {
    let world = World::new();
    let noise = world.postgres.database();
    let _ = world.postgres.sql(
        &noise,
        "create table noise as select (select string_agg(decode(md5(i || '/' || j), 'hex'), '') \
         from generate_series(1, 500) j) as b from generate_series(1, 2500) i",
    );
    let script = r#"
        "$0" run >/dev/null || exit 98
        DATABASE_URL="$NOISE_URL" "$0" run; echo "full: $?"
        ls -A "$BACKUP_DIR" | grep -c ballast-tmp
        "$0" list --format json
        head -c 17m /dev/zero >"$BACKUP_DIR/other"
        DATABASE_URL="$NOISE_URL" "$0" run; echo "no room: $?""#;
    let program = on_a_small_disk(&world, "18m", script);
    let finished = program.env("NOISE_URL", world.postgres.url(&noise)).run(SOON);
    assert!(finished.stdout.starts_with("full: 1\n0\n"), "{} {}", finished.stdout, finished.stderr);
    let json = &finished.stdout["full: 1\n0\n".len()..];
    let (json, rest) = json.split_at(json.rfind('}').expect("a document") + 1);
    let document: Value = serde_json::from_str(json).expect("the index is whole");
    let of = |key: &str| -> Vec<Value> {
        document["backups"]
            .as_array()
            .expect("backups")
            .iter()
            .map(|one| one[key].clone())
            .collect()
    };
    assert_eq!(of("verified"), [true, false]);
    assert_eq!(of("error_code")[1], "backup_disk_full");
    assert_eq!(rest.trim(), "no room: 1");
    assert!(finished.stderr.contains("backup_no_room"), "{}", finished.stderr);
}

#[test]
fn a_full_disk_is_made_room_on_by_retention() {
    let world = World::new();
    world.sql("create table noise as select md5(n::text) from generate_series(1, 3000) n");
    let script = r#"
        "$0" run >/dev/null && "$0" run >/dev/null || exit 98
        sed -i 's/"retention_until": "20/"retention_until": "19/' "$BACKUP_DIR/backup_index.json"
        cat /dev/zero >"$BACKUP_DIR/other"
        "$0" prune; echo "pruned: $?"
        ls "$BACKUP_DIR" | grep -v roles | grep -c sql.gz"#;
    let finished = on_a_small_disk(&world, "4m", script).run(SOON);
    let said: Vec<&str> = finished.stdout.lines().collect();
    assert!(said[0].ends_with(".sql.gz"), "{} {}", finished.stdout, finished.stderr);
    assert_eq!(said[1..], ["pruned: 0", "1"], "{}", finished.stderr);
}

/// The earlier backup is on it; a run must neither begin nor harm it.
#[test]
fn a_disk_that_was_made_read_only_is_told_before_anything_is_tried() {
    let world = World::new();
    let script = r#"
        "$0" run >/dev/null 2>&1 || exit 98
        before=$(cat "$BACKUP_DIR"/* | sha256sum)
        mount -o remount,ro "$BACKUP_DIR" || exit 97
        "$0" run; echo "read-only: $?"
        "$0" list >/dev/null && "$0" healthy >/dev/null; echo "readable: $?"
        [ "$before" = "$(cat "$BACKUP_DIR"/* | sha256sum)" ]; echo "kept: $?"
        mount -o remount,rw "$BACKUP_DIR" && "$0" run >/dev/null; echo "again: $?""#;
    let finished = on_a_small_disk(&world, "4m", script).run(SOON);
    let said = "read-only: 2\nreadable: 0\nkept: 0\nagain: 0\n";
    assert_eq!(finished.stdout, said, "{}", finished.stderr);
    assert!(finished.stderr.contains("backup_dir_not_writable"), "{}", finished.stderr);
}

/// The disk becomes full, byte by byte earlier: for the dump, its manifest, the roles, the index.
#[test]
fn a_disk_that_is_full_at_any_moment_costs_nothing() {
    let world = World::new();
    let script = r#"
        "$0" run >/dev/null 2>&1 || exit 98
        for free in 0 1 2 3 4 5 6 8 10; do
            before=$(ls "$BACKUP_DIR"/*Z-* | xargs sha256sum)
            rm -f "$BACKUP_DIR/other"
            cat /dev/zero 2>/dev/null >"$BACKUP_DIR/other"
            truncate -s "-$((free * 4096))" "$BACKUP_DIR/other"
            BACKUP_DIR="$BACKUP_DIR" "$0" run >/dev/null 2>"$BACKUP_DIR.log"; code=$?
            rm -f "$BACKUP_DIR/other"
            [ $code = 0 ] || grep -q 'backup_no_room\|backup_disk_full\|index_unwritable\|dir_not_writable' "$BACKUP_DIR.log" \
                || { cat "$BACKUP_DIR.log" >&2; echo "$free: another code"; }
            echo "$before" | sha256sum --check --quiet || echo "$free: something changed"
            ls -A "$BACKUP_DIR" | grep -q ballast-tmp && echo "$free: something was left"
            for file in "$BACKUP_DIR"/*.sql.gz; do gunzip -t "$file" || echo "$free: $file"; done
            "$0" list >/dev/null || echo "$free: no index"
            echo "$free: $code" >&2
        done
        rm -f "$BACKUP_DIR.log"
        "$0" run >/dev/null; echo "again: $?""#;
    let finished = on_a_small_disk(&world, "8m", script).run(SOON);
    assert_eq!(finished.stdout, "again: 0\n", "{}", finished.stderr);
    assert!(finished.stderr.contains("0: 1\n"), "{}", finished.stderr);
}

/// A write that the system refuses for another reason than a full disk.
#[test]
fn a_file_that_takes_no_more_fails_the_backup() {
    let world = prepared();
    let noise = "create table noise as select md5(n::text) from generate_series(1, 20000) n";
    world.sql(noise);
    suffer(&world, &fails("a file may be 64 KiB long", "backup_unwritable", 1), |_| {
        Program::at(Path::new("bash"))
            .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" run"])
            .arg(tests::binary("backup-job"))
            .env("DATABASE_URL", world.postgres.url(&world.database))
            .env("BACKUP_DIR", world.folder.path())
            .env("BACKUP_VERIFY", "read")
            .run(SOON)
    });
}

/// A disk that answers the system's calls with an error, as a broken one does.
#[test]
fn a_disk_that_fails_costs_nothing() {
    let world = prepared();
    for call in ["fsync", "renameat2"] {
        for nth in 1..=5 {
            let what = format!("{call} {nth} fails");
            let before = Before::of(&world);
            let finished = Program::at(Path::new("strace"))
                .args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}")])
                .args(["-e", &format!("inject={call}:error=EIO:when={nth}")])
                .arg(tests::binary("backup-job"))
                .arg("run")
                .env("DATABASE_URL", world.postgres.url(&world.database))
                .env("BACKUP_DIR", world.folder.path())
                .env("BACKUP_VERIFY", "read")
                .run(SOON);
            // What an earlier one published and could not list, this one may have listed.
            let added = before.assert_kept(&world, &what);
            let printed = serde_json::from_str::<Value>(&finished.stdout).ok();
            assert_eq!(printed.is_some(), finished.code == 0, "{what}: {}", finished.stderr);
            assert!(printed.is_none_or(|record| added.contains(&record)), "{what}: {added:?}");
            assert!(finished.code <= 1, "{what}: {}", finished.stderr);
            let left = names(&world).into_iter().find(|name| is_temporary(name));
            assert_eq!(left, None, "{what}");
        }
    }
    world.next_run_is_good("a disk that fails");
    let listed = world.records().iter().filter(|record| record["verified"] == true).count();
    assert_eq!(listed, world.published().len(), "what is there is listed");
}
