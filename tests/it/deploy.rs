//! `deploy` against a docker command that a test wrote.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use tests::{Program, Scratch, binary};

const SOON: Duration = Duration::from_secs(20);

/// A compose folder, the records, and a docker command.
struct Host(Scratch);

impl Host {
    fn new() -> Self {
        let host = Self(Scratch::new());
        fs::write(host.0.join("docker-compose.prod.yml"), "").expect("the folder is writable");
        let folder = host.0.path().display();
        host.docker(&format!(
            r#"case "$*" in *config*) cat <<END
{{"services":{{"preflight":{{"volumes":[
{{"source":"{folder}","target":"/opt/toogoodtogo/deployment"}},
{{"source":"{folder}","target":"/var/log/toogoodtogo"}}]}}}}}}
END
esac"#
        ));
        host
    }

    fn docker(&self, script: &str) {
        let path = self.0.join("docker");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("the folder is writable");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }

    fn path(&self) -> String {
        format!("{}:/usr/bin:/bin", self.0.path().display())
    }

    /// Where the test's own tools are, but no docker command.
    fn path_without_docker(&self) -> String {
        let tools = self.0.join("tools");
        fs::create_dir(&tools).expect("the folder is writable");
        let setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].map(Path::new);
        let setpriv = setpriv.iter().find(|path| path.exists()).expect("setpriv is installed");
        std::os::unix::fs::symlink(setpriv, tools.join("setpriv")).expect("it is new");
        tools.display().to_string()
    }

    fn code(&self, arguments: &[&str]) -> i32 {
        let program = Program::new("deploy").env("PATH", self.path());
        let finished = program.current_dir(self.0.path()).args(arguments).run(SOON);
        assert_eq!(finished.stdout.is_empty(), finished.code != 0, "{}", finished.stderr);
        finished.code
    }
}

#[test]
fn the_exit_code_tells_a_failure_from_a_wrong_folder() {
    let host = Host::new();
    for command in ["status", "history"] {
        assert_eq!(host.code(&[command]), 0);
        assert_eq!(host.code(&["--dir", "/nowhere", command]), 2);
    }
    fs::write(host.0.join("artifacts.json"), "{").expect("the folder is writable");
    assert_eq!((host.code(&["status"]), host.code(&["history"])), (2, 0));
    fs::write(host.0.join("deployments.log"), "no journal\n").expect("the folder is writable");
    assert_eq!(host.code(&["history"]), 2);
    host.docker("exit 14");
    assert_eq!(host.code(&["history"]), 1);
    host.docker("echo '{}'");
    assert_eq!(host.code(&["history"]), 1);
    fs::remove_file(host.0.join("docker")).expect("it is there");
    let without = Program::new("deploy").env("PATH", host.path_without_docker());
    assert_eq!(without.current_dir(host.0.path()).arg("status").run(SOON).code, 2);
}

#[test]
fn records_of_a_newer_version_are_not_guessed_at_and_stay_as_they_are() {
    let newer = r#"{"schema_version":99,"event_id":"from the future"}"#;
    for (file, text, commands) in [
        ("deployments.log", format!("{newer}\n"), ["status", "history"].as_slice()),
        ("artifacts.json", r#"{"schema_version":99,"artifacts":[]}"#.to_owned(), &["status"]),
    ] {
        let host = Host::new();
        fs::write(host.0.join(file), &text).expect("the folder is writable");
        for command in commands {
            assert_eq!(host.code(&[command]), 2, "{file}, {command}");
        }
        let after = fs::read_to_string(host.0.join(file)).expect("it is still there");
        assert_eq!(after, text);
    }
}

#[test]
fn a_reader_that_has_had_enough_is_no_fault() {
    let host = Host::new();
    let script = format!("set -o pipefail; {} history | true", binary("deploy").display());
    let shell = Program::at(Path::new("bash")).env("PATH", host.path());
    let finished = shell.current_dir(host.0.path()).args(["-c", &script]).run(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
}
