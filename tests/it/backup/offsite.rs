//! Copies in a bucket of a real S3 server: made and compared, failing loudly, and coming back.

mod back;
mod faults;

use tests::{Canary, Fault, Faulty, S3, canary};

use super::*;

const PREFIX: &str = "ballast/test";

/// A world with a bucket, and a proxy before it.
struct Away {
    world: World,
    s3: S3,
    proxy: Faulty,
}

impl Away {
    fn new() -> Self {
        let s3 = S3::start();
        let proxy = Faulty::before(s3.address());
        Self { world: World::new(), s3, proxy }
    }

    /// The program, with what it needs to reach the bucket.
    fn program(&self) -> Program {
        self.to_the_bucket(self.world.program())
    }

    fn to_the_bucket(&self, program: Program) -> Program {
        program
            .env("S3_BUCKET", S3::BUCKET)
            .env("S3_PREFIX", PREFIX)
            .env("S3_ENDPOINT", format!("http://{}", self.proxy.address()))
            .env("S3_ACCESS_KEY_ID", self.s3.access_key_id())
            .env("S3_SECRET_ACCESS_KEY", self.s3.secret_access_key())
            .env("S3_SILENCE_SECONDS", "1")
    }

    fn run(&self) -> Finished {
        let finished = self.program().arg("run").run(SOON);
        self.assert_nothing_secret(&finished);
        finished
    }

    /// A run that must succeed, and its record.
    fn backup(&self) -> Value {
        let finished = self.run();
        assert_eq!(finished.code, 0, "{}", finished.stderr);
        serde_json::from_str(&finished.stdout).expect("a record is printed")
    }

    fn assert_nothing_secret(&self, finished: &Finished) {
        let canaries = [
            Canary::of("the access key", self.s3.access_key_id()),
            Canary::of("the secret", self.s3.secret_access_key()),
            Canary::of("the store's address", &self.proxy.address().to_string()),
            Canary::of("what the server says", "s3cret words"),
        ];
        let index = fs::read(self.world.index()).unwrap_or_default();
        for (place, bytes) in [
            ("stdout", finished.stdout.as_bytes()),
            ("stderr", finished.stderr.as_bytes()),
            ("the index", &index),
        ] {
            canary::assert_absent(&canaries, place, bytes);
        }
    }
}

/// The names of a backup's objects, in the order of the alphabet.
fn objects_of(record: &Value) -> [String; 3] {
    let id = record["backup_id"].as_str().expect("an id");
    ["json", "roles.sql.gz", "sql.gz"].map(|kind| format!("{PREFIX}/{id}.{kind}"))
}

#[test]
fn a_backup_is_copied_and_read_back_by_a_user_who_may_delete_nothing() {
    let away = Away::new();
    let record = away.backup();
    let objects = objects_of(&record);
    assert_eq!(away.s3.objects(), objects);
    assert_eq!(record["offsite_uri"], format!("s3://{}/{}", S3::BUCKET, objects[2]));
    assert!(record["offsite_verified_at"].is_string(), "{record}");
    assert_eq!(away.world.records(), std::slice::from_ref(&record));
    for object in &objects {
        let file = away.world.folder.join(&object.strip_prefix(PREFIX).expect("it has")[1..]);
        assert_eq!(away.s3.get(object), fs::read(file).expect("the file is there"), "{object}");
    }
    // The manifest goes when the others have been read back, and each object once.
    let requests = away.proxy.requests();
    let sent: Vec<&String> = requests.iter().filter(|line| line.starts_with("PUT ")).collect();
    assert_eq!(sent.len(), 3, "{requests:?}");
    assert!(sent[2].contains(&objects[0]), "{requests:?}");
    assert!(!requests.iter().any(|line| line.starts_with("DELETE ")), "{requests:?}");
}

#[test]
fn what_is_there_already_is_compared_and_never_written_over() {
    let away = Away::new();
    let record = away.backup();
    let [_, roles, dump] = objects_of(&record);
    away.world.edit(|records| records[0]["offsite_verified_at"] = Value::Null);
    let sent = || {
        let requests = away.proxy.requests();
        requests.iter().filter(|line| line.starts_with("PUT ")).count()
    };
    let before = sent();
    let mut schedule = away.program().arg("schedule").spawn();
    let is_offsite = || away.world.records()[0]["offsite_verified_at"].is_string();
    schedule.wait_until("the schedule has compared it", SOON, |_| is_offsite());
    schedule.kill();
    assert_eq!(sent(), before, "nothing was sent again");

    // Of the same size and another content, and of another size.
    let whole = away.s3.get(&dump);
    for (name, bytes, code) in [
        (&dump, [&whole[1..], b"x"].concat(), "offsite_changed"),
        (&roles, b"of somebody else".to_vec(), "offsite_occupied"),
    ] {
        let right = away.s3.get(name);
        away.s3.put(name, &bytes);
        away.world.edit(|records| records[0]["offsite_verified_at"] = Value::Null);
        let mut schedule = away.program().arg("schedule").spawn();
        schedule.wait_until("it is told", SOON, |running| running.stderr().contains(code));
        schedule.kill();
        assert_eq!(away.s3.get(name), bytes, "{name} stays as it is");
        assert!(away.world.records()[0]["offsite_verified_at"].is_null());
        away.s3.put(name, &right);
    }
}

#[test]
fn a_backup_before_a_deployment_does_not_wait_for_the_bucket() {
    let away = Away::new();
    away.proxy.spoil("HEAD", "", Fault::Silence, usize::MAX);
    let gate = away.program().args(["run", "--type", "pre_deployment"]).run(SOON);
    assert_eq!(gate.code, 0, "{}", gate.stderr);
    assert!(away.proxy.requests().is_empty());
    away.proxy.mend();
    let mut schedule = away.program().arg("schedule").spawn();
    let is_offsite = || away.world.records()[0]["offsite_verified_at"].is_string();
    schedule.wait_until("the schedule has copied it", SOON, |_| is_offsite());
    schedule.terminate();
    let finished = schedule.wait(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert_eq!(away.s3.objects().len(), 3);
}

/// Random bytes are what gzip makes no smaller: the file is several parts long.
#[test]
fn a_large_backup_goes_in_parts_and_takes_little_memory() {
    let away = Away::new();
    away.world.sql(
        "create extension if not exists pgcrypto; create table large (b bytea); \
         alter table large alter b set storage external; \
         insert into large select gen_random_bytes(1000) from generate_series(1, 60000)",
    );
    // The server makes one object of the parts at its leisure.
    let mut running = away.program().env("S3_SILENCE_SECONDS", "30").arg("run").spawn();
    let mut peak_kb = 0;
    running.wait_until("it is off-site", SOON, |running| {
        let status = format!("/proc/{}/status", running.id());
        let status = fs::read_to_string(status).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|text| text.trim().strip_suffix(" kB")?.parse().ok());
        peak_kb = peak_kb.max(peak.unwrap_or(0_u64));
        running.stderr().contains("off-site, read back")
    });
    let finished = running.wait(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    let record: Value = serde_json::from_str(&finished.stdout).expect("a record is printed");
    let [_, _, dump] = objects_of(&record);
    let size = record["size_bytes"].as_u64().expect("a size");
    assert!(size > 60_000_000, "{size}");
    assert_eq!(away.s3.get(&dump).len() as u64, size);
    let parts = away.proxy.requests().iter().filter(|line| line.contains("partNumber=")).count();
    assert_eq!(parts as u64, size.div_ceil(8 * 1024 * 1024));
    assert!((1..64 * 1024).contains(&peak_kb), "{peak_kb} kB");
    assert!(away.s3.unfinished().is_empty());
}

#[test]
fn half_of_the_settings_is_a_mistake_that_shows_no_value() {
    let world = World::new();
    let finished = world
        .program()
        .env("S3_SECRET_ACCESS_KEY", "hunter2hunter2")
        .env("S3_ENDPOINT", "ftp://hunter2hunter2")
        .arg("run")
        .run(SOON);
    assert_eq!(finished.code, 2, "{}", finished.stderr);
    assert!(finished.stderr.contains("S3_BUCKET is not set"), "{}", finished.stderr);
    assert!(!finished.stderr.contains("hunter2"), "{}", finished.stderr);
}

/// What is wrong with one backup keeps no other from the bucket.
#[test]
fn a_backup_that_can_not_be_copied_holds_up_none_that_is_older() {
    let away = Away::new();
    let (older, newer) = (away.world.backup(), away.world.backup());
    let [_, roles, _] = objects_of(&newer);
    away.s3.put(&roles, b"of somebody else");
    let mut schedule = away.program().arg("schedule").spawn();
    let is_offsite = |at: usize| away.world.records()[at]["offsite_verified_at"].is_string();
    schedule.wait_until("the older one is off-site", SOON, |_| is_offsite(0));
    schedule.wait_until("it is told", SOON, |running| running.stderr().contains("trying again"));
    schedule.kill();
    assert!(schedule.wait(SOON).stderr.contains("offsite_occupied"));
    assert!(!is_offsite(1));
    for object in objects_of(&older) {
        assert!(away.s3.objects().contains(&object), "{object}");
    }
}
