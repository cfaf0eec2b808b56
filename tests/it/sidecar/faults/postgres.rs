//! What PostgreSQL refuses.

use tests::unique;

use super::Fault;
use crate::sidecar::World;

#[test]
fn a_password_that_is_changed_is_told_by_the_next_login() {
    let mut world = World::new();
    let alter = |world: &World, password: &str| {
        let sql = format!("alter role ballast password '{password}'");
        let _ = world.postgres.sql("postgres", &sql);
    };
    let good = world.postgres.password().to_owned();
    Fault::at_login(&[("postgres", "postgres_auth_failed")]).play(
        world.program(),
        &mut world,
        |world| alter(world, &unique()),
        |world, ()| alter(world, &good),
    );
}

#[test]
fn connections_that_are_used_up_are_told_by_the_next_login() {
    let mut world = World::new();
    Fault::at_login(&[("postgres", "postgres_too_many_connections")]).play(
        world.program(),
        &mut world,
        |world| world.postgres.take_every_connection(),
        |_, taken| drop(taken),
    );
}

#[test]
fn a_server_that_recovers_is_starting_up() {
    let mut world = World::new();
    Fault::of(&[("postgres", "postgres_starting_up")]).play(
        world.program(),
        &mut world,
        |world| {
            world.postgres.stop();
            world.postgres.restart_recovering();
        },
        |world, ()| {
            world.postgres.stop();
            world.postgres.restart();
        },
    );
}
