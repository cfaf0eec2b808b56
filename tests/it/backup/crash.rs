//! Killed, or refused by the system, at every call that changes the folder: `strace` does it, before
//! the call is carried out. Whatever the moment, the index can be read and names nothing that is not
//! there whole, no earlier backup is lost, and one ordinary run later nothing is left of it.
//!
//! What a power cut does to files that were not synced yet is another matter: nothing here forgets
//! what a killed process had written.

mod errors;
mod kills;
mod points;

use std::collections::BTreeMap;

use super::*;
use points::Point;

const PAST: &str = "2026-01-01T00:00:00Z";

/// A folder with backups, to which every trial comes back.
struct Trial {
    world: World,
    base: BTreeMap<String, Vec<u8>>,
}

impl Trial {
    /// With three backups, the first of them past its retention.
    fn new() -> Self {
        let world = World::new();
        (0..3).for_each(|_| assert_eq!(run(&world).code, 0, "a backup is made"));
        world.edit(|records| records[0]["retention_until"] = PAST.into());
        let id = world.records()[0]["backup_id"].as_str().expect("an id").to_owned();
        let manifest = world.folder.join(format!("{id}.json"));
        let text = fs::read_to_string(&manifest).expect("there is a manifest");
        let mut document: Value = serde_json::from_str(&text).expect("the manifest is JSON");
        document["backup"]["retention_until"] = PAST.into();
        fs::write(manifest, document.to_string()).expect("the manifest can be written");
        Self { base: contents(&world), world }
    }

    /// Puts the folder back.
    fn reset(&self) {
        for file in self.world.files() {
            fs::remove_file(file).expect("a file can be removed");
        }
        for (name, bytes) in &self.base {
            fs::write(self.world.folder.join(name), bytes).expect("the folder is writable");
        }
    }

    /// The program under `strace`.
    fn traced(&self, options: &[String], command: &[&str]) -> Program {
        Program::at(Path::new("strace"))
            .args(options)
            .arg(tests::binary("backup-job"))
            .args(command)
            .env("DATABASE_URL", self.world.postgres.url(&self.world.database))
            .env("BACKUP_DIR", self.world.folder.path())
            .env("BACKUP_VERIFY", "read")
            .env("LOG_LEVEL", "ERROR")
            .env("SHUTDOWN_GRACE_SECONDS", "2")
    }

    /// The calls of an undisturbed `command`.
    fn points(&self, command: &[&str]) -> Vec<Point> {
        self.reset();
        let log = Scratch::new();
        let log = log.join("calls");
        let mut options = points::options(&format!("trace={}", points::CALLS.join(",")));
        options.extend(["-y".to_owned(), "-o".to_owned(), log.display().to_string()]);
        let finished = self.traced(&options, command).run(SOON);
        assert_eq!(finished.code, 0, "{}", finished.stderr);
        let log = fs::read_to_string(log).expect("strace has written");
        points::of(&log, &self.world.folder.path().display().to_string())
    }

    /// What holds at every moment: the index can be read, what it says is there is there whole, what
    /// bears the name of a dump is whole, and the backups that nothing may delete are there.
    fn assert_safe(&self, moment: &str) {
        let now = contents(&self.world);
        for record in self.world.records().iter().filter(|record| record["status"] == "complete") {
            let file = name(Path::new(record["file_path"].as_str().expect("a path")));
            let size = now.get(&file).map(|bytes| bytes.len() as u64);
            assert_eq!(size, record["size_bytes"].as_u64(), "{moment}: {file} is listed");
        }
        for file in self.world.published() {
            let sound = Program::at(Path::new("gzip")).arg("-t").arg(&file).run(SOON);
            assert_eq!(sound.code, 0, "{moment}: {} is not whole", file.display());
        }
        let listed = self.world.records();
        for kept in self.kept() {
            let file = format!("{kept}.sql.gz");
            assert_eq!(now.get(&file), self.base.get(&file), "{moment}: {file} is lost");
            let is_listed =
                listed.iter().any(|one| one["backup_id"] == *kept && one["verified"] == true);
            assert!(is_listed, "{moment}: {kept} is not listed");
        }
    }

    /// The backups of the base that are not past their retention.
    fn kept(&self) -> Vec<String> {
        let index = &self.base["backup_index.json"];
        let index: Value = serde_json::from_slice(index).expect("the index is JSON");
        let records = index["backups"].as_array().expect("the index has backups");
        let ids =
            records[1..].iter().map(|one| one["backup_id"].as_str().expect("an id").to_owned());
        ids.collect()
    }

    /// One ordinary run, after which nothing is left that is no whole and listed backup.
    fn assert_tidied(&self, moment: &str) {
        let run = run(&self.world);
        assert_eq!(run.code, 0, "{moment}: {}", run.stderr);
        self.assert_safe(moment);
        let listed = self.world.records();
        let mut expected: Vec<String> = listed
            .iter()
            .filter(|record| record["status"] == "complete")
            .map(|record| record["backup_id"].as_str().expect("an id").to_owned())
            .flat_map(|id| ["json", "roles.sql.gz", "sql.gz"].map(|end| format!("{id}.{end}")))
            .collect();
        expected
            .extend(["backup.lock", "backup_index.json", "backup_index.json.lock"].map(Into::into));
        expected.sort();
        let found: Vec<String> = contents(&self.world).into_keys().collect();
        assert_eq!(found, expected, "{moment}: {}", run.stderr);
        assert!(listed.iter().all(|record| record["retention_until"] != PAST));
    }
}

fn run(world: &World) -> Finished {
    world.program().env("BACKUP_VERIFY", "read").arg("run").run(SOON)
}

fn contents(world: &World) -> BTreeMap<String, Vec<u8>> {
    let files = world.files().into_iter();
    files.map(|path| (name(&path), fs::read(&path).expect("a file can be read"))).collect()
}
