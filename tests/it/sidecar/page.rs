//! The status page in a real Chromium: what is read there, how it looks, and that it asks for nothing
//! but itself. `PAGE_SHOTS` names a folder for pictures of it.

mod facts;
mod live;
mod records;
mod stage;

use std::path::PathBuf;

use serde_json::json;
use sidecar::page::Facts;
use tests::{Browser, Looks};

use stage::Stage;

/// Every made-up stack, with the word that its page begins with.
fn stacks() -> [(&'static str, Facts, &'static str); 5] {
    [
        ("healthy", facts::healthy(), "Healthy"),
        ("degraded", facts::degraded(), "Degraded"),
        ("unhealthy", facts::unhealthy(), "Unhealthy"),
        ("stale", facts::stale(), "Stale"),
        ("unknown", facts::unknown(), "Not yet known"),
    ]
}

/// Keeps a picture where somebody wants to look at it.
fn keep(browser: &Browser, name: &str) {
    if let Some(folder) = std::env::var_os("PAGE_SHOTS") {
        browser.screenshot(&PathBuf::from(folder).join(format!("{name}.png")));
    }
}

fn is_quiet(browser: &Browser) {
    let said = browser.console();
    assert!(said.is_empty(), "the console says: {said:#?}");
}

#[test]
fn every_status_has_its_word_its_shape_and_its_icon() {
    let browser = Browser::start();
    let stage = Stage::of(&facts::healthy());
    let mut icons = Vec::new();
    for (name, facts, word) in stacks() {
        stage.show(&facts);
        browser.open(&stage.url());
        assert_eq!(browser.text("h1"), word, "{name}");
        let title = browser.run("return document.title");
        assert_eq!(title, format!("{word} · bot"), "{name}");
        let seen = browser.run(
            "const shape = document.querySelector('h1 svg').getBoundingClientRect();
             return [shape.width > 10, document.querySelector('h1 use').getAttribute('href'),
                     document.querySelector('link[rel=icon]').href]",
        );
        assert_eq!(seen[0], true, "{name}: the shape is seen");
        icons.push((seen[1].clone(), seen[2].clone()));
        keep(&browser, &format!("{name}-light"));
        is_quiet(&browser);
    }
    // What is stale is as little known as what was never known.
    assert_eq!(icons.pop(), icons.last().cloned());
    icons.dedup();
    assert_eq!(icons.len(), 4, "{icons:?}");
}

#[test]
fn what_is_wrong_is_said_in_words_and_codes_and_since_when() {
    let browser = Browser::start();
    let stage = Stage::of(&facts::unhealthy());
    browser.open(&stage.url());
    let issues = browser.text(".issues");
    for expected in [
        "bot does not answer: no whole answer within the deadline bot_timeout since 15:07:26, 2 min ago",
        "PostgreSQL does not answer: the server has no connection left postgres_too_many_connections",
        "Redis does not answer: nothing listens there redis_refused",
        "Service redis fails its own health check, has restarted 5 times",
        "The newest deployment (v1.5.0-rc.1) failed: bot: bot_timeout",
        "The newest backup failed postgres_too_many_connections",
    ] {
        assert!(issues.contains(expected), "{expected}\n{issues}");
    }
    assert!(browser.text("#backups .newest").contains("newest verified 1 d ago"));
    let backups = browser.text("#backups");
    for expected in ["restored in 12 s", "off-site · encrypted"] {
        assert!(backups.contains(expected), "{expected}\n{backups}");
    }
    assert!(browser.text("#dependency-postgres").contains("median 0.78 ms"));
    assert!(browser.text("#services").contains("452 MB / 512 MB"));
    let deployments = browser.text("#deployments");
    for expected in ["v1.5.0-rc.1", "rolled back", "-pre_deployment · migration applied"] {
        assert!(deployments.contains(expected), "{expected}\n{deployments}");
    }

    stage.show(&facts::stale());
    browser.open(&stage.url());
    assert!(browser.text(".sentence").contains("what stands below may no longer hold"));
    assert!(browser.text(".sentence").contains("Since 15:02:26"));
    assert!(!browser.text("#dependencies").contains("answers"), "nothing stale looks fresh");
}

#[test]
fn nothing_is_wider_than_a_telephone_and_every_text_can_be_read() {
    let browser = Browser::start();
    let stage = Stage::of(&facts::healthy());
    let more = [("crowded", facts::crowded(), ""), ("hostile", facts::hostile("<b>"), "")];
    for (name, facts, _) in stacks().into_iter().chain(more) {
        stage.show(&facts);
        for (way, looks) in [
            ("light", Looks::DESK),
            ("dark", Looks::DESK.dark()),
            ("phone", Looks::PHONE),
            ("phone-dark", Looks::PHONE.dark()),
            ("tablet", Looks { width: 800, ..Looks::PHONE }),
        ] {
            browser.look(looks);
            browser.open(&stage.url());
            let width = browser.run("return document.documentElement.scrollWidth");
            let fits = width.as_u64() <= Some(looks.width.into());
            assert!(fits, "{name}, {way}: {width} pixels scroll sideways");
            let contrast = browser.run(include_str!("page/look.js"));
            assert!(contrast["seen"].as_u64() > Some(20), "{name}, {way}: {contrast}");
            assert_eq!(contrast["faint"], json!([]), "{name}, {way}");
            keep(&browser, &format!("{name}-{way}"));
        }
    }
    is_quiet(&browser);
}

#[test]
fn the_dark_page_has_colours_of_its_own() {
    let browser = Browser::start();
    let stage = Stage::of(&facts::healthy());
    browser.open(&stage.url());
    let colors = || {
        browser.run(
            "const of = (one) => getComputedStyle(document.querySelector(one));
             return [of('body').backgroundColor, of('body').color, of('h1').color]",
        )
    };
    let light = colors();
    browser.look(Looks::DESK.dark());
    let dark = colors();
    for place in 0..3 {
        assert_ne!(light[place], dark[place]);
    }
}

#[test]
fn what_others_wrote_is_shown_as_text_and_runs_nowhere() {
    let browser = Browser::start();
    let attack = "<img src=x onerror=document.title='taken'></script><script>document.title='taken'</script>\"'&amp;";
    let stage = Stage::of(&facts::hostile(attack));
    browser.open(&stage.url());
    let found = browser.run(
        "return [document.querySelectorAll('img').length, document.querySelectorAll('script').length,
                 document.title.startsWith('Unhealthy'), document.querySelectorAll('[style]').length]",
    );
    assert_eq!(found, json!([0, 1, true, 0]));
    assert!(browser.text("#deployments").contains("<img src=x onerror="));
    assert!(browser.text("#services").contains("<img src=x onerror="));
    is_quiet(&browser);
}

#[test]
fn many_services_are_bounded_and_the_troubled_come_first() {
    let browser = Browser::start();
    let stage = Stage::of(&facts::crowded());
    browser.open(&stage.url());
    let names = browser.run(
        "const rows = document.querySelectorAll('#services tbody tr');
         return [rows.length, rows[0].querySelector('.name').textContent]",
    );
    assert_eq!(names, json!([60, "worker-150"]));
    assert!(browser.text("#services").contains("and 140 more"));
}
