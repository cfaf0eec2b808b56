//! The example app: what it takes is kept once, whatever happens around it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use tests::canary::assert_absent;
use tests::http::{self, Answer};
use tests::{Canary, Postgres, Program, Redis, Running, free_port, wait_until};

const SOON: Duration = Duration::from_secs(10);
/// As many the bot talks to at once.
const CONNECTIONS: usize = 128;

struct World {
    postgres: Postgres,
    redis: Redis,
    database: String,
    token: Canary,
    address: SocketAddr,
}

impl World {
    fn new() -> Self {
        let postgres = Postgres::start();
        let database = postgres.database();
        let address = (Ipv4Addr::LOCALHOST, free_port()).into();
        Self { database, postgres, redis: Redis::start(), token: Canary::telegram_token(), address }
    }

    fn program(&self) -> Program {
        Program::new("bot")
            .env("TELEGRAM_BOT_TOKEN", self.token.value())
            .env("DATABASE_URL", self.postgres.url(&self.database))
            .env("REDIS_URL", self.redis.url())
            .env("DEPLOYMENT_TAG", "v1.2.3")
            .env("LOG_LEVEL", "DEBUG")
            .env("LISTEN_ADDR", self.address.to_string())
    }

    fn bot(&self) -> Running {
        let mut bot = self.program().spawn();
        bot.wait_until("the bot is healthy", SOON, |_| self.health() == Some(200));
        bot
    }

    fn health(&self) -> Option<u16> {
        http::get(self.address, "/health", SOON).ok().map(|answer| answer.status)
    }

    fn post(&self, update_id: i64) -> u16 {
        let body =
            format!(r#"{{"update_id":{update_id},"message":{{"text":"naïve \u0000 text"}}}}"#);
        self.webhook(body.as_bytes()).status
    }

    /// Sends an update and does not wait for the answer.
    fn send(&self, client: &mut TcpStream, update_id: i64) {
        let body = format!(r#"{{"update_id":{update_id}}}"#);
        let (token, length) = (self.token.value(), body.len());
        write!(
            client,
            "POST /webhook/{token} HTTP/1.1\r\nhost: bot\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .expect("the kernel takes it");
    }

    fn webhook(&self, body: &[u8]) -> Answer {
        let path = format!("/webhook/{}", self.token.value());
        http::post(self.address, &path, body, SOON).expect("the bot answers")
    }

    fn stored(&self) -> String {
        self.postgres.sql(&self.database, "select count(*) from updates")
    }

    fn counted(&self) -> String {
        self.redis.command(&["GET", "bot:updates"])
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let client = TcpStream::connect(address).expect("the kernel connects");
    client.set_read_timeout(Some(SOON)).expect("a time is set");
    client
}

#[test]
fn an_update_is_stored_once_and_counted_once() {
    let world = World::new();
    let _bot = world.bot();
    for update_id in [1, 2, 2, i64::MAX, 1] {
        assert_eq!(world.post(update_id), 200);
    }
    assert_eq!((world.stored().as_str(), world.counted().as_str()), ("3", "3"));
    let text = "select payload->'message'->>'text' like 'na_ve %' from (
        select replace(payload::text, '\\u0000', '')::json as payload from updates limit 1) as t";
    assert_eq!(world.postgres.sql(&world.database, text), "t");
}

#[test]
fn only_the_right_token_and_method_get_in_and_nothing_is_echoed() {
    let world = World::new();
    let _bot = world.bot();
    let good = format!("/webhook/{}", world.token.value());
    let shorter = &good[..good.len() - 1];
    let longer = format!("{good}x");
    let body = br#"{"update_id":1}"#;
    for path in ["/webhook/wrong", "/webhook/", "/webhook", "/", shorter, &longer, "/wedge"] {
        let answer = http::post(world.address, path, body, SOON).expect("the bot answers");
        assert_eq!((answer.status, answer.text().as_str()), (404, "{}"), "{path}");
    }
    let answer = http::get(world.address, &good, SOON).expect("the bot answers");
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    for (body, status) in [
        (b"".to_vec(), 400),
        (b"[1]".to_vec(), 400),
        (br#"{"update_id":"1"}"#.to_vec(), 400),
        (b"\xff\xfe".to_vec(), 400),
        (vec![b' '; 1024 * 1024], 413),
    ] {
        assert_eq!(world.webhook(&body).status, status, "{} bytes", body.len());
    }
    assert_eq!(world.stored(), "0");
}

#[test]
fn health_answers_for_the_bot_and_not_for_its_dependencies() {
    let mut world = World::new();
    let _bot = world.bot();
    let answer = http::get(world.address, "/health", SOON).expect("the bot answers").json();
    assert_eq!(answer["status"], "ok");
    assert_eq!(answer["version"], "v1.2.3");
    world.redis.stop();
    world.postgres.stop();
    assert_eq!(world.post(1), 503);
    assert_eq!(world.health(), Some(200));
}

#[test]
fn an_update_is_kept_while_redis_is_away_and_the_count_catches_up() {
    let mut world = World::new();
    let _bot = world.bot();
    assert_eq!(world.post(1), 200);
    world.redis.stop();
    assert_eq!((world.post(2), world.post(3)), (200, 200));
    world.redis.restart();
    assert_eq!(world.post(4), 200);
    assert_eq!((world.stored().as_str(), world.counted().as_str()), ("4", "4"));
    // It comes back between two updates, empty: the count is made anew.
    world.redis.stop();
    world.redis.restart();
    assert_eq!((world.post(5), world.counted().as_str()), (200, "5"));
}

#[test]
fn a_bot_comes_back_to_a_postgres_that_came_back() {
    let mut world = World::new();
    let _bot = world.bot();
    assert_eq!(world.post(1), 200);
    world.postgres.stop();
    assert_eq!(world.post(2), 503);
    world.postgres.restart();
    wait_until("the update that Telegram sends again is taken", SOON, || world.post(2) == 200);
    assert_eq!((world.stored().as_str(), world.counted().as_str()), ("2", "2"));
}

#[test]
fn a_frozen_postgres_costs_an_update_its_answer_and_not_the_bot_its_health() {
    let world = World::new();
    let _bot = world.bot();
    world.postgres.sigstop();
    assert_eq!(world.post(1), 503);
    assert_eq!(world.health(), Some(200));
    world.postgres.sigcont();
    wait_until("the bot is connected again", SOON, || world.post(1) == 200);
    assert_eq!((world.stored().as_str(), world.counted().as_str()), ("1", "1"));
}

#[test]
fn a_bot_that_starts_before_postgres_waits_for_it() {
    let mut world = World::new();
    world.postgres.stop();
    let mut bot = world.program().spawn();
    bot.wait_until("the bot says that it is starting", SOON, |_| world.health() == Some(503));
    world.postgres.restart();
    bot.wait_until("the bot is healthy", SOON, |_| world.health() == Some(200));
}

#[test]
fn on_sigterm_what_is_in_flight_is_finished_and_nothing_new_is_taken() {
    let world = World::new();
    let bot = world.bot();
    world.postgres.sigstop();
    let answer = std::thread::scope(|scope| {
        let in_flight = scope.spawn(|| world.post(1));
        std::thread::sleep(Duration::from_millis(300));
        bot.terminate();
        wait_until("nothing new is taken", SOON, || world.health().is_none());
        world.postgres.sigcont();
        in_flight.join().expect("the request has an answer")
    });
    assert_eq!(answer, 200);
    assert_eq!(bot.wait(SOON).code, 0);
    assert_eq!(world.stored(), "1");
}

#[test]
fn on_sigterm_whoever_is_connected_is_answered_too() {
    let world = World::new();
    let mut bot = world.bot();
    // Whoever comes after these is connected by the kernel, and waits to be taken.
    let mut taken: Vec<_> = (0..CONNECTIONS).map(|_| connect(world.address)).collect();
    let mut asking: Vec<_> = (0..20).map(|_| connect(world.address)).collect();
    for (update_id, client) in (1..).zip(&mut asking) {
        world.send(client, update_id);
    }
    bot.terminate();
    bot.wait_until("it stops", SOON, |bot| bot.stderr().contains("stopping"));
    let mut late = taken.swap_remove(0);
    world.send(&mut late, 21);
    asking.push(late);
    for mut client in asking {
        let mut answer = String::new();
        client.read_to_string(&mut answer).expect("an answer, not a reset");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer:?}");
    }
    assert_eq!(bot.wait(SOON).code, 0);
    assert_eq!(world.stored(), "21");
}

#[test]
fn no_secret_reaches_the_log() {
    let mut world = World::new();
    let bot = world.bot();
    let _ = world.post(1);
    let _ = http::post(world.address, "/webhook/wr0ng-token", b"{}", SOON);
    world.redis.stop();
    world.postgres.stop();
    let _ = world.post(2);
    bot.terminate();
    let finished = bot.wait(SOON);
    assert_eq!(finished.code, 0);
    let canaries = [
        world.token.clone(),
        Canary::of("the database's password", world.postgres.password()),
        Canary::of("Redis's password", world.redis.password()),
        Canary::of("what a stranger sent", "wr0ng-token"),
        Canary::of("the database's address", &format!("127.0.0.1:{}", world.postgres.port())),
    ];
    let log = finished.stdout + &finished.stderr;
    assert!(log.contains("postgres_unreachable"), "{log}");
    assert_absent(&canaries, "the log", log.as_bytes());
}

#[test]
fn bad_configuration_is_named_all_at_once_and_never_shown() {
    let finished = Program::new("bot")
        .env("DATABASE_URL", "mysql://hunter22")
        .env("REDIS_URL", "hunter22")
        .env("BOT_UNHEALTHY", "hunter22")
        .run(SOON);
    assert_eq!(finished.code, 2, "{}", finished.stderr);
    for name in ["TELEGRAM_BOT_TOKEN", "DATABASE_URL", "REDIS_URL", "BOT_UNHEALTHY"] {
        assert!(finished.stderr.contains(name), "{name}: {}", finished.stderr);
    }
    assert!(!finished.stderr.contains("hunter22"), "{}", finished.stderr);
}

#[test]
fn each_fault_happens_when_it_is_told_to() {
    let world = World::new();
    let mut bot = world.program().env("BOT_UNHEALTHY", "1").spawn();
    bot.wait_until("it has started", SOON, |bot| bot.stderr().contains("\"started\""));
    assert_eq!(world.health(), Some(503));
    drop(bot);

    let crashed = world.program().env("BOT_CRASH_AFTER_SECONDS", "1").run(SOON);
    assert_eq!(crashed.code, 3, "{}", crashed.stderr);

    let mut bot = world.program().env("BOT_START_DELAY_SECONDS", "1").spawn();
    bot.wait_until("it is starting", SOON, |_| world.health() == Some(503));
    bot.wait_until("it has started", SOON, |_| world.health() == Some(200));
    drop(bot);

    let mut bot = world.program().env("BOT_ALLOW_WEDGE", "1").spawn();
    bot.wait_until("it has started", SOON, |_| world.health() == Some(200));
    let wait = Duration::from_millis(500);
    assert!(http::post(world.address, "/wedge", b"", wait).is_err());
    assert!(http::get(world.address, "/health", wait).is_err());
    bot.terminate();
    std::thread::sleep(wait);
    assert_eq!(bot.exit_code(), None, "a wedged bot ignores SIGTERM");
}
