//! The door from outside: what nginx adds to each answer, and what it lets nobody do.

use std::time::Duration;

use tests::wait_until;

use crate::checks::Checks;
use crate::stack::Stack;

const HEADERS: [(&str, &str); 6] = [
    ("Strict-Transport-Security", "max-age=63072000"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
];
/// A burst is 20, and some are let through while it lasts.
const BURST: usize = 80;

pub(crate) fn check(checks: &mut Checks<'_>, stack: &Stack) {
    checks.hold("each answer bears the headers that keep a browser safe", || {
        for path in ["/health", "/nothing", "/webhook/1:wrong"] {
            let answer = stack.https(path, &[]).expect("nginx answers");
            for (name, value) in HEADERS {
                assert_eq!(answer.header(name), Some(value), "{name} of {path}");
            }
            let server = answer.header("Server");
            assert_eq!(server, Some("nginx"), "the version of nginx is nobody's business");
        }
    });
    checks.hold("HTTP leads to the same place over HTTPS", || {
        let answer = stack.http("/health?from=http").expect("nginx answers");
        let port = stack.layout.setting("HTTPS_PORT");
        let place = format!("https://127.0.0.1:{port}/health?from=http");
        assert_eq!((answer.status, answer.header("Location")), (308, Some(place.as_str())));
    });
    checks.hold("a wrong method is told the right one", || {
        for (method, path, right) in
            [("GET", stack.webhook(), "POST"), ("POST", "/health".to_owned(), "GET, HEAD")]
        {
            let answer = stack.https(&path, &["-X", method]).expect("nginx answers");
            assert_eq!((answer.status, answer.header("Allow")), (405, Some(right)), "{method}");
        }
    });
    checks.hold("TLS 1.2 and 1.3 are spoken, and nothing older", || {
        for (version, spoken) in
            [("-tls1_3", true), ("-tls1_2", true), ("-tls1_1", false), ("-tls1", false)]
        {
            assert_eq!(speaks(stack, version), spoken, "{version}");
        }
    });
    checks.hold("who asks too often is told so, and is served again soon", || burst(stack));
}

/// Whether a handshake comes about. The client is ready for the oldest: only nginx refuses.
fn speaks(stack: &Stack, version: &str) -> bool {
    let port = stack.layout.setting("HTTPS_PORT");
    let client = stack
        .engine
        .program("openssl")
        .args(["s_client", "-connect", &format!("127.0.0.1:{port}"), version])
        .args(["-cipher", "ALL:@SECLEVEL=0"])
        .run(Duration::from_secs(10));
    let told = client.stderr.contains("alert protocol version");
    assert!(told != (client.code == 0), "{version}, {}: {}", client.code, client.stderr);
    client.code == 0
}

fn burst(stack: &Stack) {
    let port = stack.layout.setting("HTTPS_PORT");
    let url = format!("https://127.0.0.1:{port}/health?[1-{BURST}]");
    let answers = stack
        .engine
        .program("curl")
        .args(["-sk", "-o", "/dev/null"])
        .args(["-w", "%{http_code}\n", "--max-time", "20", &url])
        .run(Duration::from_secs(30));
    let count = |code| answers.stdout.lines().filter(|line| *line == code).count();
    let (served, refused) = (count("200"), count("429"));
    assert_eq!(served + refused, BURST, "{}", answers.stdout);
    assert!(served >= 10 && refused >= 10, "{served} served, {refused} refused");
    wait_until("health is served again", Duration::from_secs(10), || {
        stack.https("/health", &[]).is_some_and(|answer| answer.status == 200)
    });
}
