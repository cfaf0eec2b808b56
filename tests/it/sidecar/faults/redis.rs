//! What Redis refuses.

use std::io::{Read, Write};
use std::net::TcpStream;

use tests::{Redis, free_port, unique, wait_until};

use super::Fault;
use crate::sidecar::{SOON, World};

#[test]
fn a_password_that_is_changed_is_told_by_the_next_login() {
    let mut world = World::new();
    let good = world.redis.password().to_owned();
    Fault::at_login(&[("redis", "redis_auth_failed")]).play(
        world.program(),
        &mut world,
        |world| world.redis.change_password(&unique()),
        |world, ()| world.redis.change_password(&good),
    );
}

#[test]
fn a_password_that_is_demanded_from_now_on_is_told_by_the_next_login() {
    let mut world = World::new();
    let good = world.redis.password().to_owned();
    let _ = world.redis.command(&["CONFIG", "SET", "requirepass", ""]);
    let program =
        world.program().env("REDIS_URL", format!("redis://127.0.0.1:{}/0", world.redis.port()));
    Fault::at_login(&[("redis", "redis_auth_required")]).play(
        program,
        &mut world,
        |world| world.redis.change_password(&good),
        |world, ()| {
            let _ = world.redis.command(&["CONFIG", "SET", "requirepass", ""]);
        },
    );
}

/// A connection that is logged in, for when the server takes no other.
struct Line(TcpStream);

impl Line {
    fn open(redis: &Redis) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", redis.port())).expect("Redis listens");
        let mut line = Self(stream);
        line.say(&format!("AUTH {}", redis.password()));
        line
    }

    fn say(&mut self, command: &str) {
        self.0.write_all(format!("{command}\r\n").as_bytes()).expect("Redis reads");
        let mut answer = [0; 5];
        self.0.read_exact(&mut answer).expect("Redis answers");
        assert_eq!(&answer, b"+OK\r\n", "{command}");
    }
}

#[test]
fn connections_that_are_used_up_are_told_by_the_next_login() {
    let mut world = World::new();
    let mut line = Line::open(&world.redis);
    Fault::at_login(&[("redis", "redis_too_many_clients")]).play(
        world.program(),
        &mut world,
        |world| drop(world.redis.command(&["CONFIG", "SET", "maxclients", "2"])),
        |_, ()| line.say("CONFIG SET maxclients 1000"),
    );
}

#[test]
fn a_replica_without_its_master_is_told() {
    let mut world = World::new();
    Fault::of(&[("redis", "redis_master_down")]).play(
        world.program(),
        &mut world,
        |world| {
            let _ = world.redis.command(&["CONFIG", "SET", "replica-serve-stale-data", "no"]);
            let _ = world.redis.command(&["REPLICAOF", "127.0.0.1", &free_port().to_string()]);
        },
        |world, ()| drop(world.redis.command(&["REPLICAOF", "NO", "ONE"])),
    );
}

#[test]
fn a_server_that_reads_its_data_in_is_loading() {
    let mut world = World::new();
    let master = Redis::start();
    let fill = "for i = 1, 20000 do redis.call('SET', 'key:' .. i, i) end";
    let _ = master.command(&["EVAL", fill, "0"]);
    let _ = master.command(&["CONFIG", "SET", "repl-diskless-sync-delay", "0"]);
    Fault::of(&[("redis", "redis_loading")]).play(
        world.program(),
        &mut world,
        |world| {
            for (name, value) in [
                ("masterauth", master.password()),
                ("key-load-delay", "3000"),
                ("loading-process-events-interval-bytes", "1024"),
            ] {
                assert_eq!(world.redis.command(&["CONFIG", "SET", name, value]), "OK", "{name}");
            }
            let _ = world.redis.command(&["REPLICAOF", "127.0.0.1", &master.port().to_string()]);
            wait_until("Redis loads", SOON, || {
                world.redis.command(&["PING"]).starts_with("LOADING")
            });
        },
        |world, ()| {
            let _ = world.redis.command(&["CONFIG", "SET", "key-load-delay", "0"]);
            wait_until("Redis has loaded", SOON, || world.redis.command(&["PING"]) == "PONG");
        },
    );
}
