//! Backups for age recipients, with age's own program on the other side.

use std::process::{Command, Stdio};

use super::*;

const SECRET_ROW: &str = "hunter2-in-a-row";

/// A private key in a file of its own, and its public key.
struct Identity {
    folder: Scratch,
    recipient: String,
}

impl Identity {
    fn new() -> Self {
        let folder = Scratch::new();
        let output = Command::new("age-keygen")
            .arg("-o")
            .arg(folder.join("key"))
            .output()
            .expect("age-keygen runs");
        assert!(output.status.success(), "{output:?}");
        let text = fs::read_to_string(folder.join("key")).expect("the key can be read");
        let line = text.lines().find_map(|line| line.strip_prefix("# public key: "));
        let recipient = line.expect("there is a public key").to_owned();
        Self { folder, recipient }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("key")
    }

    /// What `age -d | gunzip` makes of a file.
    fn opens(&self, file: &Path) -> String {
        let mut age = Command::new("age")
            .args(["-d", "-i"])
            .args([self.path().as_path(), file])
            .stdout(Stdio::piped())
            .spawn()
            .expect("age runs");
        let gzip = age.stdout.take().expect("age has an output");
        let output = Command::new("gunzip").stdin(gzip).output().expect("gunzip runs");
        assert!(age.wait().expect("age ends").success() && output.status.success());
        String::from_utf8(output.stdout).expect("the script is UTF-8")
    }
}

impl World {
    fn encrypted(&self) -> Vec<PathBuf> {
        let mut files = self.files();
        files.retain(|path| path.extension().is_some_and(|end| end == "age"));
        files.sort();
        files
    }
}

#[test]
fn an_encrypted_backup_is_proven_and_only_its_recipients_read_it() {
    let (world, identity, other) = (World::new(), Identity::new(), Identity::new());
    world.sql(&format!("create table secrets as select '{SECRET_ROW}' as word"));
    let made =
        world.program().env("BACKUP_AGE_RECIPIENT", &identity.recipient).arg("run").run(SOON);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let record: Value = serde_json::from_str(&made.stdout).expect("a record is printed");
    assert_eq!((&record["verified"], &record["encrypted"]), (&true.into(), &true.into()));
    assert_eq!(record["row_counts_checked"], true);

    let [roles, dump] = &world.encrypted()[..] else { panic!("{:?}", world.files()) };
    assert!(name(roles).ends_with(".roles.sql.gz.age") && name(dump).ends_with(".sql.gz.age"));
    assert!(identity.opens(dump).contains(SECRET_ROW));
    assert!(identity.opens(roles).contains("CREATE ROLE"));
    assert_eq!(world.published(), Vec::<PathBuf>::new(), "nothing in plain");
    assert_eq!(world.temporary(), Vec::<PathBuf>::new());
    for file in world.files() {
        let bytes = fs::read(&file).expect("a file can be read");
        let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(!holds(SECRET_ROW) && !holds("AGE-SECRET-KEY"), "{}", file.display());
    }

    let verify = |arguments: &[&str]| world.program().arg("verify").args(arguments).run(SOON);
    let path = |of: &Identity| of.path().display().to_string();
    let by_sum = verify(&[]);
    assert_eq!(by_sum.code, 0, "{}", by_sum.stderr);
    let read = verify(&["--identity", &path(&identity)]);
    assert_eq!(read.code, 0, "{}", read.stderr);
    let wrong = verify(&["--identity", &path(&other)]);
    assert_eq!(wrong.code, 1, "{}", wrong.stderr);
    assert!(wrong.stderr.contains("backup_wrong_key"), "{}", wrong.stderr);
    assert!(!wrong.stderr.contains("AGE-SECRET-KEY"));
    let kept = world.records().pop().expect("there is a record");
    assert_eq!(kept["verified"], true, "a wrong key says nothing about a backup");

    let mut bytes = fs::read(dump).expect("the dump can be read");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(dump, bytes).expect("the dump can be written over");
    assert_eq!(verify(&[]).code, 1, "by its sum alone");
    let failed = world.records().pop().expect("there is a record");
    assert_eq!(failed["error_code"], "backup_changed");
}

#[test]
fn what_age_itself_has_written_is_read() {
    let (world, identity) = (World::new(), Identity::new());
    let made =
        world.program().env("BACKUP_AGE_RECIPIENT", &identity.recipient).arg("run").run(SOON);
    assert_eq!(made.code, 0, "{}", made.stderr);
    // Somebody has decrypted a backup and encrypted it again: the index knows the new sum.
    let dump = world.encrypted().pop().expect("there is a dump");
    let plain = world.folder.join("plain");
    let age = |arguments: &[&str], from: &Path, to: &Path| {
        let mut command = Command::new("age");
        command.args(arguments).arg("-o").arg(to).arg(from);
        assert!(command.status().expect("age runs").success(), "{arguments:?}");
    };
    age(&["-d", "-i", &identity.path().display().to_string()], &dump, &plain);
    age(&["-r", &identity.recipient], &plain, &dump);
    fs::remove_file(&plain).expect("it can be removed");
    let sum = Command::new("sha256sum").arg(&dump).output().expect("sha256sum runs").stdout;
    let sum = String::from_utf8(sum).expect("a sum is ASCII")[..64].to_owned();
    let size = size(&dump);
    world.edit(|records| {
        records[0]["sha256"] = sum.clone().into();
        records[0]["size_bytes"] = size.into();
    });
    let manifest = world.folder.join(name(&dump).replace(".sql.gz.age", ".json"));
    fs::remove_file(manifest).expect("the manifest can be removed");
    let identity = identity.path().display().to_string();
    let read = world.program().args(["verify", "--identity", &identity]).run(SOON);
    assert_eq!(read.code, 0, "{}", read.stderr);
}
