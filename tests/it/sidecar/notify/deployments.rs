//! Outcomes of deployments, and texts that somebody else wrote.

use serde_json::{Value, json};
use tests::{Certificates, Shown};

use super::mail;
use super::receiver::{Door, Foreign, Receiver};
use super::{SOON, World};

const FAILED: &str = "00000000-0000-4000-8000-000000000001";

impl World {
    /// A concluded event of so many minutes ago, on the database's clock.
    fn concluded(&self, number: usize, minutes_ago: u32) -> Value {
        let then = self.ago(minutes_ago);
        let mut event = self.success("v1.2.3");
        event["event_id"] = format!("00000000-0000-4000-8000-{number:012}").into();
        event["started_at"] = then.clone().into();
        event["completed_at"] = then.into();
        event
    }
}

/// A deployment that failed, and how its automatic rollback begins.
fn failure(world: &World) -> [Value; 2] {
    let mut failed = World::of_deploy(world.success("v2.0.0"));
    for (key, value) in [
        ("event_id", json!(FAILED)),
        ("previous_artifact_id", json!("v1.2.3")),
        ("status", json!("failed")),
        ("error_message", json!("health gate: bot is unhealthy")),
        ("health_check_passed", json!(false)),
        ("backup_created", json!(true)),
        ("backup_id", json!("shop-20261123T012835Z-pre_deployment")),
        ("migration_applied", json!(true)),
    ] {
        failed[key] = value;
    }
    let mut rollback = World::of_deploy(world.open_event("v1.2.3"));
    for (key, value) in [
        ("event_id", json!("00000000-0000-4000-8000-000000000002")),
        ("event_type", json!("rollback")),
        ("triggered_by", json!("automated")),
        ("previous_artifact_id", json!("v2.0.0")),
    ] {
        rollback[key] = value;
    }
    [failed, rollback]
}

/// The event, ended like that.
fn ended(world: &World, event: &Value, status: &str) -> Value {
    let mut event = event.clone();
    event["status"] = status.into();
    event["completed_at"] = world.now().into();
    event["duration_seconds"] = 12.into();
    if status == "failed" {
        event["error_message"] = "health gate: bot is gone".into();
    }
    event
}

fn events(bodies: &[Value]) -> Vec<u64> {
    let number = |body: &Value| {
        let id = body["facts"]["event_id"].as_str()?;
        id.rsplit('-').next()?.parse().ok()
    };
    bodies.iter().filter_map(number).collect()
}

#[test]
fn an_outcome_is_told_once_and_what_is_long_ago_is_not() {
    let world = World::new();
    let willing = Receiver::willing();
    let program = || world.telling().env("NOTIFY_WEBHOOK_URL", willing.url("/"));
    let mut journal = vec![world.concluded(1, 60), world.concluded(2, 20), world.concluded(3, 5)];
    world.write_journal(&journal);
    let mut sidecar = program().spawn();
    assert_eq!(events(&willing.wait_for(&mut sidecar, 1)), [3]);

    let mut open = world.open_event("v1.2.3");
    open["event_id"] = "00000000-0000-4000-8000-000000000004".into();
    journal.push(open);
    world.write_journal(&journal);
    let bodies = willing.wait_for(&mut sidecar, 2);
    assert_eq!(events(&bodies), [3, 4], "the sidecar's own conclusion is told too");
    let facts = &bodies[1]["facts"];
    assert_eq!((&facts["status"], &facts["artifact_id"]), (&"success".into(), &"v1.2.3".into()));
    assert_eq!((&facts["operator"], &facts["backup_created"]), (&"root".into(), &false.into()));
    assert_eq!(bodies[1]["kind"], "deployment_concluded");
    sidecar.wait_until("it is remembered", SOON, |_| {
        world.remembered()["deployments"]["known"].as_array().is_some_and(|known| known.len() == 4)
            && world.remembered()["waiting"] == json!([])
    });
    sidecar.kill();
    let _ = sidecar.wait(SOON);

    let mut journal = world.journal();
    journal.push(world.concluded(5, 30));
    world.write_journal(&journal);
    let mut sidecar = program().spawn();
    let bodies = willing.wait_for(&mut sidecar, 3);
    assert_eq!(events(&bodies), [3, 4, 5], "what ended while nobody watched is news");
    world.wait_for(&mut sidecar, 200, "healthy");
    assert_eq!(willing.requests().len(), 3);
}

#[test]
fn a_failure_and_its_rollback_are_told_as_one_also_by_a_teller_that_was_killed_between() {
    let world = World::new();
    let willing = Receiver::willing();
    let program = || world.telling().env("NOTIFY_WEBHOOK_URL", willing.url("/"));
    let deploy = world.hold_deploy_lock();
    let [failed, rollback] = failure(&world);
    world.write_journal(std::slice::from_ref(&failed));
    let mut sidecar = program().spawn();
    // Long enough for one that nobody undoes.
    world.wait_for_age(&mut sidecar, 9);
    let newest = "ballast_deployment_newest_status{type=\"deploy\",status=\"failed\"} ";
    assert_eq!(world.sample(newest), Some(1.0), "it is seen");
    assert!(willing.requests().is_empty(), "deploy is at work: {:?}", willing.bodies());
    sidecar.kill();
    let _ = sidecar.wait(SOON);

    let mut journal = vec![failed.clone(), rollback.clone()];
    world.write_journal(&journal);
    let mut sidecar = program().spawn();
    let under_way = "ballast_deployments_in_progress ";
    sidecar.wait_until("the rollback is seen", SOON, |_| world.sample(under_way) == Some(1.0));
    journal.extend([ended(&world, &rollback, "success"), ended(&world, &failed, "rolled_back")]);
    world.write_journal(&journal);
    let told = willing.wait_for(&mut sidecar, 1).remove(0);
    deploy.kill();
    assert_eq!(told["title"], "bot: deployment of v2.0.0 failed and was rolled back to v1.2.3");
    let facts = &told["facts"];
    assert_eq!((&facts["event_id"], &facts["status"]), (&FAILED.into(), &"rolled_back".into()));
    assert_eq!(facts["rollback"]["event_id"], rollback["event_id"]);
    let text = told["text"].as_str().unwrap_or_default();
    for line in [
        "Reason: health gate: bot is unhealthy",
        "Rollback: v1.2.3 runs again and is healthy, after 12 s",
        "Migration: applied, and it stays so after the rollback: v1.2.3 runs on the new schema",
    ] {
        assert!(text.lines().any(|said| said == line), "{line}: {text}");
    }
    assert!(text.contains("restore shop-20261123T012835Z-pre_deployment --into shop --swap"));
    sidecar.wait_until("all of it is remembered", SOON, |_| {
        let known = world.remembered()["deployments"]["known"].clone();
        known.as_array().map(Vec::len) == Some(2) && world.remembered()["waiting"] == json!([])
    });
    assert_eq!(willing.requests().len(), 1);
    assert_eq!(world.sample(newest), None);
    let newest = "ballast_deployment_newest_status{type=\"deploy\",status=\"rolled_back\"} ";
    assert_eq!(world.sample(newest), Some(1.0), "its rollback is not the news");
}

#[test]
fn a_rollback_that_fails_is_told_while_deploy_is_still_at_work() {
    let world = World::new();
    let willing = Receiver::willing();
    let deploy = world.hold_deploy_lock();
    let [failed, rollback] = failure(&world);
    let mut journal = vec![failed, rollback.clone()];
    world.write_journal(&journal);
    let mut sidecar = world.telling().env("NOTIFY_WEBHOOK_URL", willing.url("/")).spawn();
    let under_way = "ballast_deployments_in_progress ";
    sidecar.wait_until("the rollback is seen", SOON, |_| world.sample(under_way) == Some(1.0));
    journal.push(ended(&world, &rollback, "failed"));
    world.write_journal(&journal);
    let told = willing.wait_for(&mut sidecar, 1).remove(0);
    assert_eq!(
        told["title"],
        "bot: ROLLBACK FAILED: deployment of v2.0.0 failed, and v1.2.3 did not come back"
    );
    assert_eq!(told["facts"]["rollback"]["error_message"], "health gate: bot is gone");
    let newest = "ballast_deployment_newest_status{type=\"rollback\",status=\"failed\"} ";
    assert_eq!(world.sample(newest), Some(1.0));
    deploy.kill();
}

#[test]
fn a_deploy_that_died_is_told_once_the_sidecar_has_closed_its_event() {
    let world = World::new();
    let willing = Receiver::willing();
    world.write_journal(&[World::of_deploy(world.open_event("v2.0.0"))]);
    let mut sidecar = world.telling().env("NOTIFY_WEBHOOK_URL", willing.url("/")).spawn();
    let told = willing.wait_for(&mut sidecar, 1).remove(0);
    assert_eq!(told["title"], "bot: deployment of v2.0.0 failed");
    assert_eq!(told["facts"]["error_message"], "deploy was interrupted");
}

#[test]
fn what_somebody_wrote_commands_no_channel() {
    let world = World::new();
    let certificates = Certificates::new();
    let door = Door { certificates: &certificates, shown: Shown::Good, user: "", password: "" };
    let (slack, telegram) = (Receiver::willing(), Receiver::willing());
    let smtp = Foreign::start("plain", &door);
    let mut event = world.concluded(1, 0);
    event["operator"] =
        "<!channel> @here\r\nBcc: everybody@example.com\r\n\r\n.\r\nQUIT\r\n".into();
    event["artifact_id"] = "v1\r\nBcc: everybody@example.com".into();
    world.write_journal(&[event]);
    let mut sidecar = world
        .telling()
        .env("NOTIFY_SLACK_WEBHOOK_URL", slack.url("/"))
        .env("NOTIFY_TELEGRAM_BOT_TOKEN", tests::Canary::telegram_token().value())
        .env("NOTIFY_TELEGRAM_CHAT_ID", "@ops")
        .env("NOTIFY_TELEGRAM_API_URL", telegram.url(""))
        .env("NOTIFY_SMTP_URL", format!("smtp://127.0.0.1:{}?tls=none", smtp.port))
        .env("NOTIFY_EMAIL_FROM", "a@example.com")
        .env("NOTIFY_EMAIL_TO", "b@example.com")
        .spawn();
    let said = slack.wait_for(&mut sidecar, 1).remove(0);
    let text = said["text"].as_str().unwrap_or_default();
    assert!(!text.contains(['<', '>']) && !text.contains("@here"), "{text}");
    assert!(text.contains("By: &lt;!channel&gt; @\u{200b}here  Bcc: "), "{text}");
    let said = telegram.wait_for(&mut sidecar, 1).remove(0);
    assert!(said["parse_mode"].is_null());
    sidecar.wait_until("the mail is there", SOON, |_| !smtp.received().is_empty());
    let letters = smtp.received();
    assert_eq!((letters.len(), &letters[0]["to"]), (1, &json!(["b@example.com"])));
    let (headers, text) = mail::read(&letters[0]);
    let subject = mail::header(&headers, "Subject");
    assert_eq!(subject, "bot: deployment of v1  Bcc: everybody@example.com succeeded");
    assert!(headers.iter().all(|(name, _)| name != "Bcc"), "{headers:?}");
    assert!(text.lines().all(|line| !line.starts_with("Bcc") && line != "."), "{text}");
}

#[test]
fn a_flood_for_a_dead_channel_has_a_bound() {
    const EVENTS: usize = 100;
    const MAX_WAITING: usize = 32;
    let world = World::new();
    let closed = format!("http://127.0.0.1:{}/", tests::free_port());
    let journal: Vec<_> = (0..EVENTS).map(|number| world.concluded(number, 1)).collect();
    world.write_journal(&journal);
    let mut sidecar = world.telling().env("NOTIFY_SLACK_WEBHOOK_URL", closed).spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    sidecar.wait_until("the queue is full", SOON, |_| {
        world.remembered()["waiting"].as_array().is_some_and(|waiting| waiting.len() == MAX_WAITING)
    });
    let failed = "ballast_notifications_total{channel=\"slack\",outcome=\"failed\"} ";
    let kept = world.remembered()["deployments"]["known"].as_array().map_or(0, Vec::len);
    let dropped = u32::try_from(kept - MAX_WAITING).expect("a small number");
    assert_eq!(world.sample(failed), Some(f64::from(dropped)), "each dropped one is counted");
    let said = super::logged(&sidecar.stderr(), "the oldest notification is dropped");
    assert_eq!(said.len(), 1, "and said once: {said:?}");
}
