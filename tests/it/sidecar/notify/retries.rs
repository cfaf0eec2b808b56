//! Receivers that fail: what is tried again, how soon, and whom it holds up.

use std::time::{Duration, Instant};

use serde_json::Value;
use tests::free_port;

use super::receiver::{Receiver, Reply};
use super::{SOON, World, logged, statuses};

#[test]
fn what_fails_for_now_is_tried_again_when_it_may_be_and_what_fails_for_good_is_not() {
    let mut world = World::new();
    let unwell = Receiver::start(|before| Reply::Status(if before < 2 { 500 } else { 200 }, ""));
    let busy = Receiver::start(|before| match before {
        0 => Reply::Status(429, "retry-after: 4\r\n"),
        _ => Reply::Status(200, ""),
    });
    let strict = Receiver::start(|_| Reply::Status(400, ""));
    let mut sidecar = world
        .telling()
        .env("NOTIFY_SLACK_WEBHOOK_URL", unwell.url("/"))
        .env("NOTIFY_WEBHOOK_URL", busy.url("/"))
        .env("NOTIFY_TELEGRAM_BOT_TOKEN", tests::Canary::telegram_token().value())
        .env("NOTIFY_TELEGRAM_CHAT_ID", "1")
        .env("NOTIFY_TELEGRAM_API_URL", strict.url(""))
        .spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    world.redis.stop();
    unwell.wait_for(&mut sidecar, 3);
    let bodies = busy.wait_for(&mut sidecar, 2);
    assert_eq!(bodies[0], bodies[1], "it is the same notice, told again");
    let times: Vec<Instant> = busy.requests().iter().map(|request| request.at).collect();
    assert!(times[1] - times[0] >= Duration::from_secs(4), "the receiver's wish is kept");
    assert_eq!(strict.requests().len(), 1, "the same would fail again");

    let missed = logged(&sidecar.stderr(), "a notification did not arrive");
    let codes: Vec<_> =
        missed.iter().map(|line| (line["channel"].clone(), line["error_code"].clone())).collect();
    for expected in [
        ("slack", "notify_server_error"),
        ("webhook", "notify_rate_limited"),
        ("telegram", "notify_rejected"),
    ] {
        let expected = (expected.0.into(), expected.1.into());
        assert_eq!(codes.iter().filter(|code| **code == expected).count(), 1, "{codes:?}");
    }
    let sample = |channel: &str, outcome: &str| {
        world.sample(&format!(
            "ballast_notifications_total{{channel=\"{channel}\",outcome=\"{outcome}\"}} "
        ))
    };
    sidecar.wait_until("they are counted", SOON, |_| sample("webhook", "delivered") == Some(1.0));
    assert_eq!(sample("telegram", "failed"), Some(1.0));
    assert_eq!(sample("slack", "failed"), Some(0.0));
}

#[test]
fn dead_channels_hold_up_no_other_no_probe_and_no_end_and_lose_nothing() {
    let mut world = World::new();
    let silent = Receiver::start(|_| Reply::Hang);
    let willing = Receiver::willing();
    let closed = format!("http://127.0.0.1:{}", free_port());
    let program = |world: &World| {
        world
            .telling()
            .env("NOTIFY_SLACK_WEBHOOK_URL", silent.url("/"))
            .env("NOTIFY_WEBHOOK_URL", willing.url("/"))
            .env("NOTIFY_TELEGRAM_BOT_TOKEN", tests::Canary::telegram_token().value())
            .env("NOTIFY_TELEGRAM_CHAT_ID", "1")
            .env("NOTIFY_TELEGRAM_API_URL", &closed)
            .env("NOTIFY_SMTP_URL", "smtp://mail.invalid?tls=none")
            .env("NOTIFY_EMAIL_FROM", "a@example.com")
            .env("NOTIFY_EMAIL_TO", "b@example.com")
    };
    let mut sidecar = program(&world).spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    world.redis.stop();
    let told = willing.wait_for(&mut sidecar, 1).remove(0);
    silent.wait_for(&mut sidecar, 1);
    world.redis.restart();
    willing.wait_for(&mut sidecar, 2);
    assert_eq!(statuses(&willing.bodies()), ["degraded", "healthy"]);
    assert_eq!(silent.requests().len(), 1, "it still holds the first");
    let missed = |log: &str, code: &str| {
        logged(log, "a notification did not arrive")
            .iter()
            .filter(|line| line["error_code"] == code)
            .count()
    };
    let log = sidecar.stderr();
    assert_eq!(
        (missed(&log, "notify_refused"), missed(&log, "notify_dns_failed")),
        (1, 1),
        "{log}"
    );
    let checked =
        |world: &World| world.get("/health").map(|answer| answer.json()["checked_at"].clone());
    let before = checked(&world);
    sidecar.wait_until("the prober goes on", SOON, |_| checked(&world) != before);

    let asked = Instant::now();
    sidecar.terminate();
    let ended = sidecar.wait(SOON);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    let waiting = world.remembered()["waiting"].as_array().cloned().unwrap_or_default();
    let of = |channel: &str| waiting.iter().filter(|it| it["channel"] == channel).count();
    assert_eq!((of("slack"), of("telegram"), of("smtp"), of("webhook")), (2, 2, 2, 0));

    silent.now(|_| Reply::Status(200, ""));
    let mut sidecar = program(&world).spawn();
    silent.wait_for(&mut sidecar, 3);
    let texts: Vec<Value> = silent.bodies()[1..].iter().map(|body| body["text"].clone()).collect();
    let title =
        |text: &Value| text.as_str().and_then(|text| text.lines().next()).map(str::to_owned);
    assert_eq!(title(&texts[0]).as_deref(), told["title"].as_str());
    assert!(title(&texts[1]).is_some_and(|title| title.starts_with("bot is healthy again after ")));
    world.wait_for(&mut sidecar, 200, "healthy");
    assert_eq!(willing.requests().len(), 2, "nothing is told again where it arrived");
}

#[test]
fn what_keeps_changing_is_told_in_few_notices() {
    let world = World::new();
    let willing = Receiver::willing();
    let mut sidecar = world
        .telling()
        .env("RISE", "1")
        .env("FALL", "1")
        .env("NOTIFY_WEBHOOK_URL", willing.url("/"))
        .spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    let told = || statuses(&willing.bodies());
    let is_told =
        |status: &str| told().last().is_some_and(|last| last == status || last == "changing");
    for status in ["unhealthy", "healthy"].repeat(3) {
        let code = if status == "healthy" { 200 } else { 500 };
        world.bot.now(move |_| (code, String::new()));
        // A check that flaps is slower to be believed.
        sidecar.wait_until(&format!("{status} is told"), SOON * 2, |_| is_told(status));
    }
    let first_four = ["unhealthy", "healthy", "unhealthy", "healthy"];
    assert_eq!(told(), [&first_four[..], &["changing"]].concat(), "and no more of it");
}
