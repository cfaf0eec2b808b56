//! Servers that freeze, and a network that drops, resets and swallows.

use std::fs;
use std::time::Duration;

use tests::{OwnNetwork, Running, Scratch, binary, in_a_view, unique, wait_until};

use super::{Fault, INTERVAL, SLACK, TIMEOUT, at_our_pace};
use crate::sidecar::World;
use crate::sidecar::proxy::Proxy;

const TIMED_OUT: Fault = Fault::of(&[("postgres", "postgres_timeout"), ("redis", "redis_timeout")]);

/// How many connections the sidecar has with each server, as they count them.
fn connections(world: &World) -> (String, usize) {
    let count = "select count(*) from pg_stat_activity where application_name = 'ballast-sidecar'";
    let clients = world.redis.command(&["CLIENT", "LIST"]);
    let others = clients.lines().filter(|line| !line.contains("cmd=client"));
    (world.postgres.sql(&world.database, count), others.count())
}

#[test]
fn a_server_that_is_frozen_is_a_timeout_and_keeps_nothing_of_ours() {
    let mut world = World::new();
    TIMED_OUT.play(
        world.program(),
        &mut world,
        |world| {
            world.postgres.sigstop();
            world.redis.sigstop();
        },
        |world, ()| {
            world.postgres.sigcont();
            world.redis.sigcont();
            // What was given up while they were frozen has ended on their side as well.
            wait_until("one connection is left", TIMEOUT + INTERVAL + SLACK, || {
                connections(world) == ("1".to_owned(), 1)
            });
        },
    );
}

#[test]
fn a_network_that_drops_every_packet_is_a_timeout() {
    let name = "sidecar::faults::network::a_network_that_drops_every_packet_is_a_timeout";
    let Some(network) = OwnNetwork::enter(name) else { return };
    let mut world = World::new();
    let ports = [world.postgres.port(), world.redis.port()];
    TIMED_OUT.play(
        world.program(),
        &mut world,
        |_| network.drop_packets(&ports),
        |_, ()| network.let_packets_through(),
    );
}

#[test]
fn a_connection_that_is_reset_is_closed() {
    let mut world = World::new();
    let postgres = Proxy::before(world.postgres.port());
    let redis = Proxy::before(world.redis.port());
    let program = world.program_through(&postgres, &redis);
    Fault::of(&[("postgres", "postgres_closed"), ("redis", "redis_closed")]).play(
        program,
        &mut world,
        |_| {
            postgres.reset();
            redis.reset();
        },
        |_, ()| {
            postgres.pass();
            redis.pass();
        },
    );
}

/// The file descriptors of a process.
fn descriptors(sidecar: &Running) -> usize {
    fs::read_dir(format!("/proc/{}/fd", sidecar.id())).expect("it runs").count()
}

#[test]
fn a_query_that_is_given_up_is_cancelled_on_the_server_and_leaves_nothing() {
    let world = World::new();
    let postgres = Proxy::before(world.postgres.port());
    let redis = Proxy::before(world.redis.port());
    let mut sidecar = at_our_pace(world.program_through(&postgres, &redis)).spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    let calm = descriptors(&sidecar);
    assert_eq!((postgres.open(), redis.open(), postgres.cancel_requests()), (1, 1, 0));

    postgres.swallow();
    redis.swallow();
    world.wait_for(&mut sidecar, 503, "unhealthy");
    wait_until("PostgreSQL is asked to stop", SLACK, || postgres.cancel_requests() == 1);
    // Only a query has something to be cancelled: what follows are logins that get no answer.
    for _ in 0..20 {
        assert!(postgres.open() <= 2 && redis.open() <= 1, "a login that was given up goes on");
        assert!(descriptors(&sidecar) <= calm + 2, "descriptors pile up");
        std::thread::sleep(Duration::from_millis(200));
    }
    postgres.pass();
    redis.pass();
    world.wait_for(&mut sidecar, 200, "healthy");
    wait_until("all is as before", SLACK, || {
        (postgres.open(), redis.open(), descriptors(&sidecar)) == (1, 1, calm)
    });
    assert_eq!(connections(&world), ("1".to_owned(), 1));
}

/// `$1` and `$2` are all that is known of names.
const IN_A_VIEW: &str = "mount --bind \"$1\" /etc/hosts && mount --bind \"$2\" /etc/resolv.conf && \
    exec \"$3\" serve";

#[test]
fn names_that_nobody_knows_any_more_are_told_by_the_next_login() {
    let mut world = World::new();
    let folder = Scratch::new();
    let (names, resolver) = (folder.join("hosts"), folder.join("resolv.conf"));
    let (database, cache) = (format!("db-{}", unique()), format!("cache-{}", unique()));
    let known = format!("127.0.0.1 localhost {database} {cache}\n");
    fs::write(&names, &known).expect("a file can be made");
    // Nobody listens there, so that a question is refused at once.
    let nobody = "nameserver 127.83.0.1\noptions timeout:1 attempts:1\n";
    fs::write(&resolver, nobody).expect("a file can be made");
    let program = in_a_view(IN_A_VIEW)
        .args([names.clone(), resolver, binary("sidecar")])
        .envs(world.variables())
        .env("DATABASE_URL", world.postgres.url(&world.database).replace("127.0.0.1", &database))
        .env("REDIS_URL", world.redis.url().replace("127.0.0.1", &cache));
    Fault::at_login(&[("postgres", "postgres_dns_failed"), ("redis", "redis_dns_failed")]).play(
        program,
        &mut world,
        |_| fs::write(&names, "127.0.0.1 localhost\n").expect("a file can be written"),
        |_, ()| fs::write(&names, &known).expect("a file can be written"),
    );
}
