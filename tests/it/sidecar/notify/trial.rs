//! `sidecar notify`: a person tries the channels.

use tests::{Certificates, Shown};
use tests::{Program, free_port};

use super::SOON;
use super::receiver::{Door, Foreign, Receiver, Reply};

const TOKEN: &str = "7123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1";
const PASSWORD: &str = "s3cret-p4ssword";

fn notify() -> Program {
    Program::new("sidecar").arg("notify")
}

fn mail(url: &str) -> Program {
    notify()
        .env("NOTIFY_SMTP_URL", url)
        .env("NOTIFY_EMAIL_FROM", "a@example.com")
        .env("NOTIFY_EMAIL_TO", "b@example.com,nobody@example.com")
}

#[test]
fn each_channel_says_for_itself_whether_it_arrived() {
    let (slack, telegram) = (Receiver::willing(), Receiver::start(|_| Reply::Status(401, "")));
    let whole = |telegram: &Receiver| {
        notify()
            .env("NOTIFY_SLACK_WEBHOOK_URL", slack.url("/services/s3cret"))
            .env("NOTIFY_TELEGRAM_BOT_TOKEN", TOKEN)
            .env("NOTIFY_TELEGRAM_CHAT_ID", "1")
            .env("NOTIFY_TELEGRAM_API_URL", telegram.url(""))
            .run(SOON)
    };
    let said = whole(&telegram);
    let words =
        "telegram: notify_auth_failed (The token, the user or the password is not accepted.)";
    assert_eq!((said.code, said.stdout), (1, format!("slack: arrived\n{words}\n")));
    telegram.now(|_| Reply::Status(200, ""));
    let said = whole(&telegram);
    assert_eq!((said.code, said.stdout.as_str()), (0, "slack: arrived\ntelegram: arrived\n"));
    let text = slack.bodies()[0]["text"].clone();
    assert!(text.as_str().is_some_and(|text| text.starts_with("bot: this is a test")), "{text}");
}

#[test]
fn without_a_channel_or_with_half_of_one_it_says_so() {
    let said = notify().env("NOTIFY_SLACK_WEBHOOK_URL", "").run(SOON);
    assert_eq!(
        (said.code, said.stdout.as_str()),
        (1, "no channel is configured: every NOTIFY_… is empty\n")
    );
    let said = notify().env("NOTIFY_SMTP_URL", "smtps://u:s3cret@h").run(SOON);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("NOTIFY_EMAIL_TO is not set"), "{}", said.stderr);
    assert!(!said.stderr.contains("s3cret"));
}

#[test]
fn every_fault_of_a_webhook_has_its_code() {
    let certificates = Certificates::new();
    let https = |shown| {
        let door = Door { certificates: &certificates, shown, user: "", password: "" };
        Foreign::start("https", &door)
    };
    let plain = Receiver::willing();
    let good = https(Shown::Good);
    let [elsewhere, stranger, expired] =
        [Shown::Elsewhere, Shown::Stranger, Shown::Expired].map(https);
    let url = |server: &Foreign| format!("https://localhost:{}/", server.port);
    // It greets in the clear, as no server of TLS does.
    let door = Door { certificates: &certificates, shown: Shown::Good, user: "", password: "" };
    let greeting = Foreign::start("plain", &door);
    let cases = [
        (url(&good), "arrived"),
        (url(&elsewhere), "notify_tls_untrusted"),
        (url(&stranger), "notify_tls_untrusted"),
        (url(&expired), "notify_tls_untrusted"),
        (url(&greeting), "notify_tls_refused"),
        (format!("http://127.0.0.1:{}/", free_port()), "notify_refused"),
        ("https://hooks.invalid/".to_owned(), "notify_dns_failed"),
    ];
    for (url, expected) in cases {
        let said = notify()
            .env("CA_FILE", certificates.authority())
            .env("NOTIFY_WEBHOOK_URL", &url)
            .run(SOON);
        assert!(said.stdout.starts_with(&format!("webhook: {expected}")), "{url}: {}", said.stdout);
    }
    for (status, expected) in [
        (302, "notify_rejected"),
        (404, "notify_not_found"),
        (410, "notify_not_found"),
        (429, "notify_rate_limited"),
        (503, "notify_server_error"),
    ] {
        plain.now(move |_| Reply::Status(status, "location: /\r\n"));
        let said = notify().env("NOTIFY_WEBHOOK_URL", plain.url("/")).run(SOON);
        assert!(
            said.stdout.starts_with(&format!("webhook: {expected}")),
            "{status}: {}",
            said.stdout
        );
    }
    plain.now(|_| Reply::Hang);
    let said = notify().env("NOTIFY_WEBHOOK_URL", plain.url("/")).run(SOON);
    assert!(said.stdout.starts_with("webhook: notify_timeout"), "{}", said.stdout);
}

#[test]
fn mail_goes_encrypted_or_not_at_all_and_each_fault_has_its_code() {
    let certificates = Certificates::new();
    let serve = |mode, shown| {
        let door = Door { certificates: &certificates, shown, user: "us3r", password: PASSWORD };
        Foreign::start(mode, &door)
    };
    let open = Door { certificates: &certificates, shown: Shown::Good, user: "", password: "" };
    let smtps = serve("smtps", Shown::Good);
    let starttls = serve("starttls", Shown::Good);
    let stranger = serve("starttls", Shown::Stranger);
    let plain = Foreign::start("plain", &open);
    let picky = Foreign::start("picky", &open);
    let right = format!("us3r:{PASSWORD}");
    let cases = [
        (format!("smtps://{right}@localhost:{}", smtps.port), "arrived"),
        (format!("smtp://{right}@localhost:{}", starttls.port), "arrived"),
        (format!("smtp://localhost:{}?tls=none", plain.port), "arrived"),
        (format!("smtps://us3r:wr0ng@localhost:{}", smtps.port), "notify_auth_failed"),
        (format!("smtps://localhost:{}", smtps.port), "notify_auth_failed"),
        (format!("smtp://{right}@localhost:{}", stranger.port), "notify_tls_untrusted"),
        (format!("smtp://{right}@localhost:{}", plain.port), "notify_tls_refused"),
        (format!("smtps://{right}@localhost:{}", plain.port), "notify_tls_refused"),
        (format!("smtp://localhost:{}?tls=none", picky.port), "notify_recipient_refused"),
        (format!("smtps://localhost:{}", free_port()), "notify_refused"),
    ];
    for (url, expected) in &cases {
        let said = mail(url).env("CA_FILE", certificates.authority()).run(SOON);
        assert!(said.stdout.starts_with(&format!("smtp: {expected}")), "{url}: {}", said.stdout);
        assert!(!(said.stdout + &said.stderr).contains(PASSWORD));
    }
    for (server, encrypted) in [(&smtps, true), (&starttls, true), (&plain, false)] {
        let letters = server.received();
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert_eq!(letters[0]["encrypted"], encrypted);
    }
    let letters = picky.received();
    assert_eq!(letters[0]["to"], serde_json::json!(["b@example.com"]), "who is accepted gets it");
    assert!(stranger.received().is_empty());
}
