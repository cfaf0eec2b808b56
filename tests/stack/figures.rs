//! The figures of the README, measured where they are claimed.

use crate::checks::Checks;
use crate::stack::Stack;

/// Preflight's, and the sidecar's.
const IMAGE_BYTES: [(&str, u64); 2] = [("preflight", 6_000_000), ("sidecar", 5_000_000)];
const RESIDENT_BYTES: u64 = 10 * 1024 * 1024;

pub(crate) fn check(checks: &mut Checks<'_>, stack: &Stack) {
    checks.hold("the image of preflight is 6 MB or less, the sidecar's 5 MB", || {
        for (service, most) in IMAGE_BYTES {
            let bytes = size_of_image(stack, service);
            println!("    {service}: {bytes} bytes");
            assert!(bytes <= most, "{service}: {bytes} bytes");
        }
    });
    checks.hold("the sidecar holds 10 MiB or less", || {
        let bytes = resident_bytes(stack, "sidecar");
        println!("    sidecar: {} KiB", bytes / 1024);
        assert!(bytes <= RESIDENT_BYTES, "{bytes} bytes");
    });
}

fn size_of_image(stack: &Stack, service: &str) -> u64 {
    let container = stack.container(service);
    let image = container["Image"].as_str().expect("an image's id");
    let shown = stack.engine.docker(&["image", "inspect", image, "--format", "{{.Size}}"]);
    shown.stdout.trim_end().parse().expect("a size")
}

/// The resident set of the container's main process, as the kernel counts it.
fn resident_bytes(stack: &Stack, service: &str) -> u64 {
    let pid = &stack.container(service)["State"]["Pid"];
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number of kB");
    kilobytes * 1024
}
