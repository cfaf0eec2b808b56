//! A backup made by the stack is what it should be: restorable with the tools everybody has.

use std::path::Path;
use std::time::Duration;

use tests::{Program, unique, wait_until};

use crate::checks::Checks;
use crate::records::backups;
use crate::stack::Stack;

const COUNT: &str = "select count(*) from updates";

pub(crate) fn check(checks: &mut Checks<'_>, stack: &Stack) {
    checks.hold(
        "a backup restores with gunzip | psql into an empty PostgreSQL, row for row",
        || {
            restores(stack);
        },
    );
}

fn restores(stack: &Stack) {
    let made = stack.compose(&["exec", "-T", "backup", "backup-job", "run", "--type", "manual"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let record: serde_json::Value = serde_json::from_str(&made.stdout).expect("a record is JSON");
    assert_eq!(record["verified"], true);
    assert!(backups(stack).iter().any(|known| known["backup_id"] == record["backup_id"]));
    let name = record["file_path"].as_str().and_then(|path| path.rsplit('/').next());
    let file = stack.layout.records("BACKUP_DIR").join(name.expect("a file name"));

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
        .arg(Path::new(&file))
        .run(Duration::from_mins(2));
    assert_eq!(restored.code, 0, "{}", restored.stderr);
    let rows = ask(&["-c", COUNT]).stdout;
    assert_eq!(rows.trim_end(), stack.sql(COUNT));
    assert_ne!(rows.trim_end(), "0", "there is something to restore");
    assert_eq!(stack.engine.docker(&["rm", "-f", "-v", &server]).code, 0);
    owner_only(&file);
}

fn owner_only(file: &Path) {
    let mode = Program::at(Path::new("stat")).args(["-c", "%a %u"]).arg(file);
    assert_eq!(mode.run(Duration::from_secs(5)).stdout.trim_end(), "600 10001");
}
