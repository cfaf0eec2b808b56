//! What a person types is never shown: it may be what they meant for a variable.

use std::time::Duration;

use tests::Program;
use tests::canary::{Canary, assert_absent};

const SOON: Duration = Duration::from_secs(20);

#[test]
fn what_was_typed_is_never_shown() {
    let canary = Canary::password("the argument");
    let url = format!("postgresql://u:{}@db/app", canary.in_url());
    for (program, commands) in [
        ("preflight", ["check", "install"].as_slice()),
        ("sidecar", &["serve", "probe"]),
        ("backup-job", &["run", "schedule", "list", "prune", "healthy"]),
        ("deploy", &["status", "history"]),
    ] {
        let option = format!("--{url}");
        let option_with_value = format!("--format={url}");
        let mut lines = vec![vec![&url], vec![&option], vec![&option_with_value]];
        let commands: Vec<String> = commands.iter().map(|&command| command.to_owned()).collect();
        for command in &commands {
            lines.extend([
                vec![command, &url, &url],
                vec![command, &option],
                vec![command, &option_with_value],
            ]);
        }
        for line in lines {
            let finished = Program::new(program).args(&line).run(SOON);
            assert_eq!(finished.code, 2, "{program}: {}", finished.stderr);
            assert_eq!(finished.stdout, "", "{program}");
            assert!(finished.stderr.contains(&format!("`{program} --help`")), "{program}");
            assert_absent(std::slice::from_ref(&canary), program, finished.stderr.as_bytes());
        }
    }
}
