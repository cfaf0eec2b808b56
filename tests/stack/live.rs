//! `preflight-live`, run by hand beside the stack: it sees what the services will see.

use std::time::Duration;

use tests::Finished;
use tests::canary::assert_absent;

use crate::checks::Checks;
use crate::secrets::secrets;
use crate::stack::Stack;

/// A public address: nobody has to be asked for it, and nothing is sent to it.
const PUBLIC: &str = "1.1.1.1";

pub(crate) fn check(checks: &mut Checks<'_>, stack: &Stack) {
    checks.hold(
        "preflight-live is not started by up -d, and has nothing to say of a stack that stands",
        || {
            assert!(stack.inspect("preflight-live").is_none());
            make_a_certificate(stack);
            let good = look(stack);
            assert_eq!(good.code, 0, "{}{}", good.stdout, good.stderr);
        },
    );
    checks.hold("preflight-live says that the demo's certificate is not the webhook's", || {
        let finished = stack.compose(&["run", "--rm", "preflight-live"]);
        assert_eq!(finished.code, 1, "{}{}", finished.stdout, finished.stderr);
        assert!(finished.stdout.contains("PF243"), "{}", finished.stdout);
        says_no_secret(stack, &finished);
    });
}

/// `preflight-live` of a stack whose webhook is on [`PUBLIC`], with a certificate for it.
pub(crate) fn look(stack: &Stack) -> Finished {
    let token = stack.layout.setting("TELEGRAM_BOT_TOKEN");
    let webhook = format!("TELEGRAM_WEBHOOK_URL=https://{PUBLIC}/webhook/{token}");
    let certificate = format!("{}:/certificate.pem:ro", certificate(stack));
    let finished = stack.compose(
        &[
            &["run", "--rm", "-v", &certificate, "-e", "TLS_CERTIFICATE=/certificate.pem"][..],
            &["-e", &webhook, "preflight-live"],
        ]
        .concat(),
    );
    says_no_secret(stack, &finished);
    finished
}

fn says_no_secret(stack: &Stack, finished: &Finished) {
    assert_absent(&secrets(stack), "preflight-live's report", finished.stdout.as_bytes());
    assert_absent(&secrets(stack), "preflight-live's log", finished.stderr.as_bytes());
}

fn certificate(stack: &Stack) -> String {
    stack.layout.compose().join("certificate.pem").display().to_string()
}

fn make_a_certificate(stack: &Stack) {
    let made = stack
        .engine
        .program("openssl")
        .args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes".split(' '))
        .args(["-days", "90", "-subj", "/CN=live", "-keyout", "/dev/null"])
        .args(["-addext", &format!("subjectAltName=IP:{PUBLIC}"), "-out", &certificate(stack)])
        .run(Duration::from_mins(1));
    assert_eq!(made.code, 0, "{}", made.stderr);
}
