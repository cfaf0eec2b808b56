//! The page over time: it follows what it is told, and says when it is told nothing.

use std::time::Duration;

use serde_json::json;
use tests::{Browser, wait_until};

use super::super::{SOON, World};
use super::stage::Stage;
use super::{facts, is_quiet, keep};

/// The page asks again each 5 s, and waits 4 s for an answer.
const UPDATED: Duration = Duration::from_secs(30);

fn reads(browser: &Browser, selector: &str, expected: &str) {
    let mut text = String::new();
    wait_until(&format!("{selector} says {expected}"), UPDATED, || {
        text = browser.text(selector);
        text.contains(expected)
    });
}

#[test]
fn it_follows_the_real_stack_without_being_loaded_again() {
    let mut world = World::new();
    let _sidecar = world.healthy_sidecar();
    let browser = Browser::start();
    browser.open(&format!("http://{}/", world.address));
    assert_eq!(browser.text("h1"), "Healthy");
    assert!(browser.text("#dependency-redis .figure").ends_with(" ms"));
    let _ = browser.run("window.loadedOnce = true");
    world.redis.stop();
    reads(&browser, "h1", "Degraded");
    assert!(browser.text(".issues").contains("redis_refused"));
    assert!(browser.text("#spoken").contains("Degraded"), "it is told to whoever listens");
    world.redis.restart();
    reads(&browser, "h1", "Healthy");
    assert_eq!(browser.run("return window.loadedOnce"), true);
    keep(&browser, "real");
    let outside = browser.run(
        "const all = performance.getEntriesByType('resource').map((one) => one.name);
         return [all.length > 0, all.filter((name) => !name.startsWith(location.origin + '/'))]",
    );
    assert_eq!(outside, json!([true, []]));
    is_quiet(&browser);
}

#[test]
fn it_is_served_with_a_policy_and_kept_by_nobody() {
    let world = World::new();
    let _sidecar = world.healthy_sidecar();
    let page = world.get("/").expect("an answer");
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("content-security-policy"), Some(sidecar::page::policy()));
    let policy = sidecar::page::policy();
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
    for secret in [world.postgres.password(), world.redis.password()] {
        assert!(!page.text().contains(secret));
    }
}

#[test]
fn an_update_keeps_the_place_and_the_focus() {
    let browser = Browser::start();
    let stage = Stage::of(&facts::crowded());
    browser.open(&stage.url());
    let _ = browser.run(
        "document.querySelector('#services .remark a').focus({ preventScroll: true });
         scrollTo(0, 700)",
    );
    let mut other = facts::crowded();
    other.health.version = Some("v9.9.9".to_owned());
    let mut services = (*other.services).clone();
    services.services[3].entity.restart_count = 77;
    other.services = services.into();
    stage.show(&other);
    reads(&browser, ".version", "v9.9.9");
    let place = browser.run(
        "return [scrollY, document.activeElement.getAttribute('href'),
                 document.activeElement.isConnected]",
    );
    assert_eq!(place, json!([700, "/services", true]));
}

#[test]
fn a_sidecar_that_does_not_answer_is_never_taken_for_a_healthy_one() {
    let browser = Browser::start();
    let stage = Stage::of(&facts::healthy());
    browser.open(&stage.url());
    assert_eq!(browser.text("#silence"), "");
    stage.fall_silent();
    reads(&browser, "#silence", "No answer since ");
    keep(&browser, "silent");
    let seen = browser.run(
        "return [document.title.startsWith('No answer'),
                 getComputedStyle(document.querySelector('main')).filter]",
    );
    assert_eq!(seen[0], true);
    assert_ne!(seen[1], "none");
    stage.show(&facts::degraded());
    reads(&browser, "h1", "Degraded");
    assert_eq!(browser.text("#silence"), "");
    assert_eq!(browser.run("return document.title"), "Degraded · bot");
}

#[test]
fn without_javascript_it_is_a_plain_page_that_is_loaded_again() {
    let browser = Browser::without_javascript();
    let stage = Stage::of(&facts::degraded());
    browser.open(&stage.url());
    assert_eq!(browser.text("h1"), "Degraded");
    let footer = browser.run("return document.querySelector('footer').innerText");
    let footer = footer.as_str().expect("a text");
    assert!(footer.contains("loaded again every 30 seconds"), "{footer}");
    assert!(!footer.contains("keeps itself up to date"), "{footer}");
    assert!(browser.text("#services").contains("redis"));
    keep(&browser, "plain");
    stage.show(&facts::healthy());
    wait_until("it has been loaded again", SOON * 3, || browser.text("h1") == "Healthy");
}
