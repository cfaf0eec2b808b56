//! A bot that answers every other question: what is told of it stays calm.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::{World, logged};

/// As long as the issue asks for.
const A_MINUTE: Duration = Duration::from_mins(1);

/// The results of a coin, always the same ones in a row.
struct Coin(u64);

impl Coin {
    fn throw(&mut self) -> bool {
        // Numerical Recipes' "quick and dirty" generator; its high bits are good enough.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 63 == 1
    }
}

fn turns<T: PartialEq>(results: &[T]) -> usize {
    results.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

#[test]
fn of_random_failures_for_a_minute_few_turns_are_told_and_each_once() {
    let world = World::new();
    let mut sidecar = world.program().spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    let results = Arc::new(Mutex::new(vec![true]));
    let coins = Arc::clone(&results);
    let mut coin = Coin(20_241_122);
    world.bot.now(move |_| {
        let passed = coin.throw();
        coins.lock().unwrap_or_else(PoisonError::into_inner).push(passed);
        (if passed { 200 } else { 500 }, String::new())
    });
    std::thread::sleep(A_MINUTE);
    let raw = turns(&results.lock().unwrap_or_else(PoisonError::into_inner));
    let log = sidecar.stderr();
    // A bot that is well again is believed after a while.
    world.bot.now(|_| (200, String::new()));
    world.wait_for(&mut sidecar, 200, "healthy");

    let of_the_bot = |line: &Value| line["check"] == "bot" && line["from"] != "unknown";
    let changes = logged(&log, "check changed");
    let told: Vec<_> =
        changes.iter().filter(|line| of_the_bot(line)).map(|line| &line["to"]).collect();
    assert!(!told.is_empty() && raw > 20, "{told:?} of {raw}: {log}");
    assert!(told.len() * 10 <= raw, "{} of {raw} turns are told: {log}", told.len());
    assert_eq!(turns(&told) + 1, told.len(), "one is told twice: {log}");
    // With the bot, the whole stack turns, and that too is said once each time.
    let overall = logged(&log, "health status changed");
    let overall: Vec<_> = overall.iter().map(|line| &line["overall_status"]).collect();
    assert_eq!(turns(&overall) + 1, overall.len(), "one is told twice: {log}");
    assert!(overall.len() <= told.len() + 3, "{overall:?}: {log}");
}
