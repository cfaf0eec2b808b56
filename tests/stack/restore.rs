//! A backup made by the stack is what it should be: restorable with the tools everybody has.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tests::{Postgres, Program, Scratch, unique, wait_until, workspace_root};

use crate::checks::Checks;
use crate::records::backups;
use crate::stack::Stack;

const COUNT: &str = "select count(*) from updates";
/// What the README tells to restore with.
const RESTORE: &str = "backup-job restore latest --into toogoodtogo --swap";
const AFTER_THE_BACKUP: u32 = 900;

pub(crate) fn check(checks: &mut Checks<'_>, stack: &Stack) {
    checks.hold("a backup restores into an empty PostgreSQL, row for row", || {
        into_an_empty_server(stack, &backup(stack));
    });
    checks.hold(
        "a backup of another version of PostgreSQL restores into the stack's, row for row",
        || across_versions(stack),
    );
    checks.hold(
        "the README's commands put the newest backup in the database's place, row for row",
        || {
            as_the_readme_says(stack, &backup(stack));
        },
    );
}

/// A backup of the host's own PostgreSQL, made by the program on the host, in the folder of the stack.
fn across_versions(stack: &Stack) {
    let postgres = Postgres::start();
    let database = postgres.database();
    let fill =
        "create table crossing as select n, md5(n::text) as text from generate_series(1, 5000) n";
    let sum = "select count(*) || ' ' || md5(string_agg(text, '' order by n)) from crossing";
    let _ = postgres.sql(&database, fill);
    let folder = Scratch::new();
    let made = Program::new("backup-job")
        .args(["run", "--type", "manual"])
        .env("DATABASE_URL", postgres.url(&database))
        .env("BACKUP_DIR", folder.path())
        .env("BACKUP_VERIFY", "read")
        .run(Duration::from_mins(1));
    assert_eq!(made.code, 0, "{}", made.stderr);
    let record: serde_json::Value = serde_json::from_str(&made.stdout).expect("a record is JSON");
    let id = record["backup_id"].as_str().expect("an id");
    for entry in fs::read_dir(folder.path()).expect("the folder can be read").flatten() {
        let name = entry.file_name().into_string().expect("a name of ours");
        if name.starts_with(id) {
            let to = stack.layout.records("BACKUP_DIR").join(name);
            fs::copy(entry.path(), &to).expect("the folder is writable");
            chown(&to, Some(10001), Some(10001)).expect("the tests run as root");
        }
    }
    let job = |arguments: &[&str]| {
        let exec = ["exec", "-T", "backup", "backup-job"];
        let finished = stack.compose(&[&exec[..], arguments].concat());
        assert_eq!(finished.code, 0, "{arguments:?}: {}", finished.stderr);
    };
    job(&["rebuild-index"]);
    job(&["verify", id]);
    job(&["restore", id, "--into", "crossing", "--roles"]);
    let user = stack.layout.setting("POSTGRES_USER");
    let psql =
        ["exec", "-T", "postgres", "psql", "-XAtq", "-U", &user, "-d", "crossing", "-c", sum];
    let (there, version) = (stack.compose(&psql).stdout, stack.sql("show server_version"));
    println!("    from {} to {version}", record["server_version"]);
    assert_eq!(there.trim_end(), postgres.sql(&database, sum).trim_end());
    let _ = stack.sql("drop database crossing");
}

/// Makes a backup, and tells its path on the host.
fn backup(stack: &Stack) -> PathBuf {
    let made = stack.compose(&["exec", "-T", "backup", "backup-job", "run", "--type", "manual"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let record: serde_json::Value = serde_json::from_str(&made.stdout).expect("a record is JSON");
    assert_eq!(record["verified"], true);
    assert!(backups(stack).iter().any(|known| known["backup_id"] == record["backup_id"]));
    let name = record["file_path"].as_str().and_then(|path| path.rsplit('/').next());
    let file = stack.layout.records("BACKUP_DIR").join(name.expect("a file name"));
    owner_only(&file);
    file
}

/// With `gunzip | psql`, and nothing of the stack's.
fn into_an_empty_server(stack: &Stack, file: &Path) {
    let server = format!("ballast-test-restore-{}", &unique()[20..]);
    let image = stack.layout.setting("POSTGRES_IMAGE");
    let (label, password) = (stack.label(), unique());
    let server_password = format!("POSTGRES_PASSWORD={password}");
    // What psql asks with, inside the container.
    let password = format!("PGPASSWORD={password}");
    let run = ["run", "-d", "--name", &server, "--label", &label, "-e", &server_password, "-e"];
    assert_eq!(stack.engine.docker(&[&run[..], &[&password, &image]].concat()).code, 0);
    let psql = ["exec", "-i", &server, "psql", "-XAtq", "-U", "postgres", "-h", "127.0.0.1"];
    let ask = |more: &[&str]| stack.engine.docker(&[&psql[..], more].concat());
    wait_until("the empty PostgreSQL answers", Duration::from_mins(1), || {
        ask(&["-c", "select 1"]).code == 0
    });
    // What the documentation says, with the container's psql in the place of the host's.
    let role = format!("create role {}", stack.layout.setting("POSTGRES_USER"));
    assert_eq!(ask(&["-c", &role]).code, 0, "{role}");
    let pipe = format!("gunzip -c \"$0\" | docker {} -v ON_ERROR_STOP=1", psql.join(" "));
    let restored = stack
        .engine
        .program("bash")
        .args(["-o", "pipefail", "-c", &pipe])
        .arg(file)
        .run(Duration::from_mins(2));
    assert_eq!(restored.code, 0, "{}", restored.stderr);
    let rows = ask(&["-c", COUNT]).stdout;
    assert_eq!(rows.trim_end(), stack.sql(COUNT));
    assert_ne!(rows.trim_end(), "0", "there is something to restore");
    assert_eq!(stack.engine.docker(&["rm", "-f", "-v", &server]).code, 0);
}

/// The block of the README itself: the newest backup takes the database's place, and what was there
/// is kept beside it.
fn as_the_readme_says(stack: &Stack, file: &Path) {
    let readme = fs::read_to_string(workspace_root().join("README.md")).expect("there is a README");
    let (_, after) = readme.split_once("**Restore a backup**").expect("it tells how to restore");
    let block = after.split("```").nth(1).and_then(|block| block.strip_prefix("sh\n"));
    let block = block.expect("it shows the commands");
    assert!(block.contains(RESTORE), "{block}");
    let rows = stack.sql(COUNT);
    assert_eq!(stack.post(AFTER_THE_BACKUP), Some(200));
    let now = stack.sql(COUNT);
    assert_ne!(now, rows, "the database has gone on since the backup");

    let restored = stack.shell(block);
    assert_eq!(restored.code, 0, "{}", restored.stderr);
    let (_, result) = restored.stdout.split_once('{').expect("it tells what it has done");
    let result: serde_json::Value =
        serde_json::from_str(&format!("{{{result}")).expect("the result is JSON");
    let id = file.file_name().and_then(|name| name.to_str()?.strip_suffix(".sql.gz"));
    assert_eq!(result["backup_id"].as_str(), id, "the newest is restored");
    stack.wait_for_health(200, "healthy", Duration::from_mins(1));
    assert_eq!(stack.sql(COUNT), rows);
    let kept = result["kept_as"].as_str().expect("the old one is kept");
    let _ = stack.sql(&format!("drop database \"{kept}\""));
}

fn owner_only(file: &Path) {
    let mode = Program::at(Path::new("stat")).args(["-c", "%a %u"]).arg(file);
    assert_eq!(mode.run(Duration::from_secs(5)).stdout.trim_end(), "600 10001");
}
