//! Two thousand slow clients, as slowhttptest (a Debian package) plays them, from an address that is
//! not loopback, in a network of the test's own.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tests::{OwnNetwork, Program, Running, http};

use crate::sidecar::{SOON, World};

/// Where the strangers are, and the sidecar for them (RFC 5737).
const ADDRESS: &str = "192.0.2.1";
/// The issue's bounds.
const PROBE_WITHIN: Duration = Duration::from_secs(1);
const MEMORY_KIB: u64 = 32 * 1024;

/// The issue's number, opened within two seconds, for long enough that all are cut off once.
fn slowhttptest(mode: &[&str], url: &str, folder: &Path) -> Running {
    Program::at("slowhttptest".as_ref())
        .args(mode)
        .args(["-c", "2000", "-r", "1000", "-l", "20", "-i", "2", "-p", "5", "-u", url])
        .current_dir(folder)
        .spawn()
}

fn peak_kib(sidecar: &Running) -> u64 {
    let path = format!("/proc/{}/status", sidecar.id());
    let status = fs::read_to_string(path).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

fn run(command: &str, arguments: &[&str]) {
    let status = Command::new(command).args(arguments).status().expect("it can be started");
    assert!(status.success(), "{command} {arguments:?}");
}

#[test]
fn two_thousand_slow_clients_keep_nobody_out() {
    let name = "sidecar::serve::slow::two_thousand_slow_clients_keep_nobody_out";
    let Some(_network) = OwnNetwork::enter(name) else { return };
    run("ip", &["address", "add", ADDRESS, "dev", "lo"]);
    let world = World::new();
    let port = world.address.port();
    let mut sidecar = world.program().env("LISTEN_ADDR", format!("0.0.0.0:{port}")).spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    let outside: SocketAddr = format!("{ADDRESS}:{port}").parse().expect("an address");
    let health = format!("http://{ADDRESS}:{port}/health");
    let large = format!("http://{ADDRESS}:{port}/openapi.json");
    let own = format!("http://127.0.0.1:{port}/health");
    for (what, mode, url) in [
        ("slow heads", vec!["-H"], &health),
        ("slow bodies", vec!["-B"], &health),
        ("slow readers", vec!["-X", "-w", "1", "-y", "8", "-z", "4", "-n", "5", "-k", "3"], &large),
    ] {
        let mut attack = slowhttptest(&mode, url, &world.record("."));
        // Past this many, all places for strangers are taken.
        attack.wait_until("it is under way", SOON, |_| {
            open_descriptors(&sidecar) > 500 || what == "slow bodies"
        });
        let (mut probes, mut strangers) = (Vec::new(), 0);
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(12) {
            let asked = Instant::now();
            let probe = Program::new("sidecar").args(["probe", &own]).run(SOON);
            probes.push(asked.elapsed());
            assert_eq!(probe.code, 0, "{what}: {}", probe.stdout);
            let stranger = http::get(outside, "/health", PROBE_WITHIN);
            strangers += usize::from(stranger.is_ok_and(|answer| answer.status == 200));
            thread::sleep(Duration::from_millis(100));
        }
        attack.kill();
        let slowest = probes.iter().max().copied().unwrap_or_default();
        let peak = peak_kib(&sidecar);
        println!(
            "{what}: {} probes, the slowest took {slowest:?}; {strangers} strangers; {peak} KiB",
            probes.len()
        );
        assert!(slowest <= PROBE_WITHIN, "{what}: a probe took {slowest:?}");
        assert!(peak <= MEMORY_KIB, "{what}: {peak} KiB");
        assert!(strangers * 2 > probes.len(), "{what}: {strangers} of {} strangers", probes.len());
    }
}

fn open_descriptors(sidecar: &Running) -> usize {
    fs::read_dir(format!("/proc/{}/fd", sidecar.id())).expect("it runs").count()
}
