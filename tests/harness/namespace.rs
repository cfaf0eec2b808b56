//! Views of the system that a test has to itself: files that only one program sees, and a network
//! that only one test has. Both end with the processes in them.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::geteuid;

use crate::program::Program;

/// Set for the test that runs in a network of its own.
const INSIDE: &str = "BALLAST_TEST_IN_ITS_OWN_NETWORK";
/// Longer than any test may run, so that the test's own deadline is the one that tells.
const LONG: Duration = Duration::from_mins(5);

/// A shell whose mounts nobody else sees; the words that are added are its `$1` and so on.
#[must_use]
pub fn in_a_view(script: &str) -> Program {
    let program = Program::at("unshare".as_ref()).arg("--mount");
    let program = if geteuid().is_root() { program } else { program.arg("--map-root-user") };
    program.args(["--", "sh", "-c", script, "sh"])
}

/// A network of a test's own, which has a loopback interface and nothing else.
#[derive(Debug)]
pub struct OwnNetwork(());

impl OwnNetwork {
    /// Runs `test`, which calls this, once more in a network of its own, and gives the network
    /// there; the caller outside has nothing left to do. PostgreSQL's server can't be started by
    /// who is root only in a user namespace, so without root nothing is tested.
    ///
    /// # Panics
    /// When the test failed there.
    #[must_use]
    pub fn enter(test: &str) -> Option<Self> {
        if std::env::var_os(INSIDE).is_some() {
            return Some(Self(()));
        }
        if !geteuid().is_root() {
            let _ = writeln!(io::stderr(), "{test} needs root for a network: it is NOT tested");
            return None;
        }
        let itself = std::env::current_exe().expect("a test knows its own path");
        let script = "ip link set lo up && exec \"$0\" --exact \"$1\" --nocapture";
        let finished = Program::at("unshare".as_ref())
            .args(["--net", "--", "sh", "-c", script])
            .arg(itself)
            .arg(test)
            .env(INSIDE, "1")
            .run(LONG);
        let passed = finished.code == 0 && finished.stdout.contains("1 passed");
        assert!(passed, "{}\n{}", finished.stdout, finished.stderr);
        None
    }

    /// Drops every packet to and from these TCP ports, without a word to the sender.
    ///
    /// # Panics
    /// When nft can't.
    pub fn drop_packets(&self, ports: &[u16]) {
        let ports = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
        nft(&format!(
            "table inet hole {{ chain in {{ type filter hook input priority 0; \
             tcp dport {{ {ports} }} drop; tcp sport {{ {ports} }} drop; }}; }}"
        ));
    }

    /// Lets every packet through again.
    ///
    /// # Panics
    /// When none was dropped.
    pub fn let_packets_through(&self) {
        nft("delete table inet hole");
    }
}

fn nft(rules: &str) {
    let nft = ["/usr/sbin/nft", "/sbin/nft"].into_iter().find(|path| Path::new(path).exists());
    let output = Command::new(nft.unwrap_or("nft"))
        .arg(rules)
        .stdin(Stdio::null())
        .output()
        .expect("nft is installed: run tests/run");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{rules}: {said}");
}
