//! What goes wrong on the way to the bucket: each fault has its own code and a non-zero exit, the
//! backup itself stays verified, and the next pass heals.

use tests::{Certificates, Shown};

use super::*;

impl Away {
    /// A run whose copy fails with this code; the backup here is as good as any.
    fn assert_no_copy(&self, code: &str) {
        let finished = self.run();
        assert_eq!(finished.code, 1, "{code}: {}", finished.stderr);
        assert!(finished.stderr.contains(&format!("\"{code}\"")), "{code}: {}", finished.stderr);
        let records = self.world.records();
        let last = records.last().expect("a record");
        assert_eq!((&last["verified"], &last["status"]), (&true.into(), &"complete".into()));
        assert!(last["offsite_verified_at"].is_null() && last["offsite_uri"].is_null(), "{last}");
        let printed: Value = serde_json::from_str(&finished.stdout).expect("a record is printed");
        assert_eq!(&printed, last);
    }

    /// A pass of the schedule that copies everything.
    fn assert_heals(&self) {
        self.proxy.mend();
        let mut schedule = self.program().arg("schedule").spawn();
        schedule.wait_until("all is off-site", SOON, |_| {
            let records = self.world.records();
            records.iter().all(|record| record["offsite_verified_at"].is_string())
        });
        schedule.terminate();
        self.assert_nothing_secret(&schedule.wait(SOON));
    }
}

#[test]
fn each_fault_of_the_store_has_its_code_and_the_next_pass_heals() {
    let away = Away::new();
    for (method, part, fault, code) in [
        ("HEAD", "", Fault::Status(403), "offsite_auth_failed"),
        ("PUT", ".sql.gz", Fault::Status(403), "offsite_auth_failed"),
        ("PUT", ".roles", Fault::Status(404), "offsite_bucket_missing"),
        ("PUT", "", Fault::Status(301), "offsite_bucket_elsewhere"),
        ("GET", ".json", Fault::Shorter, "offsite_changed"),
        ("GET", ".roles", Fault::OneByte, "offsite_changed"),
        ("GET", ".json", Fault::Status(404), "offsite_object_missing"),
    ] {
        away.proxy.spoil(method, part, fault, usize::MAX);
        away.assert_no_copy(code);
        away.proxy.mend();
    }
    away.assert_heals();
    assert_eq!(away.s3.objects().len(), 3 * away.world.records().len());
}

#[test]
fn what_passes_is_tried_again() {
    let away = Away::new();
    away.proxy.spoil("HEAD", "", Fault::Status(500), 1);
    away.proxy.spoil("PUT", ".roles", Fault::Status(503), 2);
    away.proxy.spoil("PUT", "Z-manual.sql.gz", Fault::Silence, 1);
    away.proxy.spoil("PUT", ".json", Fault::CutRequest, 1);
    away.proxy.spoil("GET", "Z-manual.sql.gz", Fault::CutAnswer, 2);
    away.proxy.spoil("GET", ".roles", Fault::Status(500), 1);
    let record = away.backup();
    assert_eq!(away.s3.objects(), objects_of(&record));
    assert!(record["offsite_verified_at"].is_string());
    assert_eq!(away.world.records().len(), 1);
}

/// Each is tried five times, later and later: these take a while.
#[test]
fn what_does_not_pass_fails_in_the_end() {
    let away = Away::new();
    away.proxy.spoil("PUT", "", Fault::Status(503), usize::MAX);
    away.assert_no_copy("offsite_server_error");
    away.proxy.mend();
    away.proxy.spoil("GET", "", Fault::Silence, usize::MAX);
    away.assert_no_copy("offsite_timeout");
    away.proxy.mend();
    away.proxy.spoil("GET", "", Fault::CutAnswer, usize::MAX);
    away.assert_no_copy("offsite_closed");
    away.assert_heals();
}

#[test]
fn a_part_that_is_cut_off_is_sent_again_and_one_that_never_arrives_leaves_no_object() {
    let away = Away::new();
    away.world.sql(
        "create extension if not exists pgcrypto; create table large (b bytea); \
         alter table large alter b set storage external; \
         insert into large select gen_random_bytes(1000) from generate_series(1, 10000)",
    );
    away.proxy.spoil("PUT", "partNumber=1", Fault::CutRequest, 1);
    away.proxy.spoil("PUT", "partNumber=2", Fault::Status(503), 1);
    // The store has made the object, and nobody hears of it.
    away.proxy.spoil("POST", "uploadId=", Fault::CutAnswer, 1);
    let record = away.backup();
    assert_eq!(away.s3.objects(), objects_of(&record));

    away.proxy.spoil("PUT", "partNumber=2", Fault::Status(403), usize::MAX);
    away.assert_no_copy("offsite_auth_failed");
    assert_eq!(away.s3.objects(), objects_of(&record), "an upload without an end is no object");
    assert_eq!(away.s3.unfinished().len(), 1, "which may not be taken away from here");
    away.assert_heals();
}

#[test]
fn a_store_that_is_away_or_says_no_has_its_code() {
    let away = Away::new();
    let copy = |name: &str, value: &str| {
        let finished = away.program().env(name, value).arg("run").run(SOON);
        away.assert_nothing_secret(&finished);
        assert_eq!(finished.code, 1, "{}", finished.stderr);
        finished.stderr
    };
    let closed = format!("http://127.0.0.1:{}", tests::free_port());
    for (name, value, code) in [
        ("S3_ENDPOINT", closed.as_str(), "offsite_refused"),
        ("S3_ENDPOINT", "http://no-such-host.invalid", "offsite_dns_failed"),
        ("S3_SECRET_ACCESS_KEY", "wrong", "offsite_auth_failed"),
        ("S3_ACCESS_KEY_ID", "AKIANOBODY", "offsite_auth_failed"),
        ("S3_BUCKET", "no-such-bucket", "offsite_bucket_missing"),
    ] {
        let said = copy(name, value);
        assert!(said.contains(&format!("\"{code}\"")), "{name} {value}: {said}");
    }
    away.s3.allow(&["GetObject", "ListBucket"]);
    assert!(copy("S3_PREFIX", PREFIX).contains("\"offsite_auth_failed\""), "it may not put");
    assert!(away.s3.objects().is_empty());
}

#[test]
fn a_copy_has_a_deadline_and_ends_when_it_is_told_to() {
    let away = Away::new();
    away.proxy.spoil("HEAD", "", Fault::Silence, usize::MAX);
    let slow = || away.program().env("S3_SILENCE_SECONDS", "60").arg("run");
    let late = slow().env("S3_TIMEOUT_SECONDS", "1").run(SOON);
    assert_eq!(late.code, 4, "{}", late.stderr);
    assert!(late.stderr.contains("\"offsite_deadline_passed\""), "{}", late.stderr);
    let mut running = slow().spawn();
    running.wait_until("it is being copied", SOON, |running| {
        running.stderr().contains("copying off-site")
    });
    running.terminate();
    let finished = running.wait(Duration::from_secs(10));
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    assert!(finished.stderr.contains("\"backup_cancelled\""), "{}", finished.stderr);
    assert_eq!(away.world.published().len(), 2, "both backups are here");
    away.assert_heals();
}

#[test]
fn a_store_is_spoken_to_over_tls_when_an_authority_that_is_trusted_vouches_for_it() {
    let world = World::new();
    let certificates = Certificates::new();
    for (shown, code) in [
        (Shown::Good, "offsite_bucket_missing"),
        (Shown::Stranger, "offsite_tls_untrusted"),
        (Shown::Elsewhere, "offsite_tls_untrusted"),
    ] {
        let s3 = S3::start_encrypted(&certificates, shown);
        let finished = world
            .program()
            .env("CA_FILE", certificates.authority())
            .env("S3_BUCKET", S3::BUCKET)
            .env("S3_ENDPOINT", format!("https://localhost:{}", s3.address().port()))
            .env("S3_ACCESS_KEY_ID", s3.access_key_id())
            .env("S3_SECRET_ACCESS_KEY", s3.secret_access_key())
            .arg("run")
            .run(SOON);
        assert_eq!(finished.code, 1, "{}", finished.stderr);
        assert!(finished.stderr.contains(&format!("\"{code}\"")), "{shown:?}: {}", finished.stderr);
    }
}
