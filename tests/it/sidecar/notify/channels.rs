//! All channels at once, with everything that is secret about them.

use std::fs;

use serde_json::Value;
use tests::canary::assert_absent;
use tests::{Canary, Running, unique};
use tests::{Certificates, Shown};

use super::mail;
use super::receiver::{Door, Foreign, Receiver};
use super::{SOON, World, statuses};

const USER: &str = "ballast@example.com";

#[test]
fn redis_gone_and_back_is_told_twice_through_every_channel_and_no_secret_is_seen() {
    let mut world = World::new();
    let certificates = Certificates::new();
    let [slack_path, hook_path, token] =
        ["slack", "hook", "token"].map(|name| Canary::of(name, &unique()));
    let bot = Canary::telegram_token();
    let password = Canary::password("smtp");
    let door = Door {
        certificates: &certificates,
        shown: Shown::Good,
        user: USER,
        password: password.value(),
    };
    let (slack, telegram) = (Receiver::willing(), Receiver::willing());
    let (https, smtp) = (Foreign::start("https", &door), Foreign::start("starttls", &door));

    let secret = |name: &str, value: String| {
        let path = world.record(name);
        fs::write(&path, value + "\n").expect("a file can be written");
        path
    };
    let hook = format!("https://localhost:{}/{}", https.port, hook_path.value());
    let smtp_url =
        format!("smtp://{}:{}@localhost:{}", "ballast%40example.com", password.in_url(), smtp.port);
    let mut sidecar = world
        .telling()
        .env("CA_FILE", certificates.authority())
        .env("NOTIFY_SLACK_WEBHOOK_URL", slack.url(&format!("/services/{}", slack_path.value())))
        .env("NOTIFY_WEBHOOK_URL_FILE", secret("hook", hook))
        .env("NOTIFY_WEBHOOK_TOKEN_FILE", secret("token", token.value().to_owned()))
        .env("NOTIFY_WEBHOOK_TOKEN", "")
        .env("NOTIFY_TELEGRAM_BOT_TOKEN_FILE", secret("bot", bot.value().to_owned()))
        .env("NOTIFY_TELEGRAM_CHAT_ID", "-1001234567890")
        .env("NOTIFY_TELEGRAM_API_URL", telegram.url(""))
        .env("NOTIFY_SMTP_URL_FILE", secret("smtp", smtp_url))
        .env("NOTIFY_EMAIL_FROM", "ballast@example.com")
        .env("NOTIFY_EMAIL_TO", "ops@example.com, boss@example.com")
        .env("LOG_LEVEL", "DEBUG")
        .spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    let arrived = |sidecar: &mut Running, count: usize| {
        sidecar.wait_until(&format!("{count} each"), SOON, |_| {
            let counts =
                [slack.requests().len(), telegram.requests().len(), https.received().len()];
            counts.iter().chain([&smtp.received().len()]).all(|seen| *seen >= count)
        });
    };
    world.redis.stop();
    arrived(&mut sidecar, 1);
    world.redis.restart();
    arrived(&mut sidecar, 2);
    world.wait_for(&mut sidecar, 200, "healthy");

    let bodies: Vec<Value> = https.received().iter().map(|it| it["body"].clone()).collect();
    assert_eq!(statuses(&bodies), ["degraded", "healthy"]);
    assert_eq!((slack.requests().len(), telegram.requests().len()), (2, 2));
    let [down, up] = &bodies[..] else { panic!("{bodies:?}") };
    assert_eq!((&down["schema_version"], &down["service_name"]), (&1.into(), &"bot".into()));
    assert_eq!((&down["version"], &down["facts"]["from"]), (&"v1.2.3".into(), &"healthy".into()));
    assert_eq!(down["facts"]["failing"][0]["check"], "redis");
    assert_eq!(down["facts"]["failing"][0]["error_code"], "redis_refused");
    assert!(
        up["facts"]["unwell_seconds"].is_u64() && up["facts"]["failing"] == serde_json::json!([])
    );
    let request = &https.received()[0];
    assert_eq!(request["headers"]["authorization"], format!("Bearer {}", token.value()));
    assert_eq!(request["path"], format!("/{}", hook_path.value()));

    let said = slack.requests().remove(0);
    assert_eq!(said.path, format!("/services/{}", slack_path.value()));
    let text = said.body["text"].as_str().unwrap_or_default();
    assert!(text.starts_with("bot is degraded: redis\nStatus: healthy → degraded\n"), "{text}");
    let said = telegram.requests().remove(0);
    assert_eq!(said.path, format!("/bot{}/sendMessage", bot.value()));
    assert_eq!(said.body["chat_id"], -1_001_234_567_890_i64);
    assert!(said.body["parse_mode"].is_null() && said.body["text"] == down_text(down), "{said:?}");

    let letter = &smtp.received()[0];
    assert_eq!(letter["sender"], "ballast@example.com");
    assert_eq!(letter["to"], serde_json::json!(["ops@example.com", "boss@example.com"]));
    assert_eq!((&letter["encrypted"], &letter["authenticated"]), (&true.into(), &true.into()));
    let (headers, text) = mail::read(letter);
    assert_eq!(mail::header(&headers, "Subject"), "bot is degraded: redis");
    assert_eq!(text.trim_end(), down["text"].as_str().unwrap_or_default());
    let id = down["notice_id"].as_str().unwrap_or_default();
    assert_eq!(mail::header(&headers, "Message-ID"), format!("<{id}@example.com>"));

    for channel in ["slack", "webhook", "telegram", "smtp"] {
        let delivered =
            format!("ballast_notifications_total{{channel=\"{channel}\",outcome=\"delivered\"}} ");
        assert_eq!(world.sample(&delivered), Some(2.0), "{channel}");
    }
    let canaries = [slack_path, hook_path, token, bot, password];
    let argv = fs::read(format!("/proc/{}/cmdline", sidecar.id())).expect("it runs");
    let kept = fs::read(world.record("state/notifications.json")).expect("it is kept");
    for (place, bytes) in [("argv", argv), ("notifications.json", kept)] {
        assert_absent(&canaries, place, &bytes);
    }
    for path in ["/", "/metrics", "/health", "/history", "/openapi.json"] {
        let answer = world.get(path).expect("an answer");
        assert_absent(&canaries, path, &answer.body);
    }
    sidecar.terminate();
    let ended = sidecar.wait(SOON);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_absent(&canaries, "the log", ended.stderr.as_bytes());
}

fn down_text(body: &Value) -> String {
    let of = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    format!("{}\n{}", of("title"), of("text"))
}
